/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question to every node at once, or to one of them. */
#ifndef RAFTCTL_FAN_H
#define RAFTCTL_FAN_H

#include "raftctl/ask.h"
#include "raftctl/form.h"

struct cJSON;

/* What came of it, in the order of the survey's rows; who was not reached is there too. */
struct fan_answer {
    const char *name;  /* borrowed from the survey */
    struct conn conn;  /* holds the reply */
    struct cJSON *doc; /* owned: a reply that is a JSON object */
    const char *error; /* why there is no reply; borrowed */
    bool is_member;
};

struct fan {
    struct survey survey;
    struct fan_answer answers[2 * LIMIT_MEMBERS];
    size_t count;
    size_t opened; /* connections; at most LIMIT_MEMBERS */
};

/* Surveys, then asks the node of that name (NULL: all of them) until the time is up. CTL_OK if any
 * replied with JSON; *ret is to be freed in every case. CTL_UNREACHABLE: nobody did, or there is
 * no node of that name. */
enum ctl_exit fan_ask(const struct ctl *ctl, const char *name, const struct span *argv, size_t argc,
                      struct fan **ret, struct failure *f) MUST_CHECK;

void fan_free(struct fan *fan);

/* The survey has no node of that name: fills f and returns its exit code. */
enum ctl_exit fan_unknown(struct failure *f, const char *name);

/* Puts what the answers say: members of the document. */
typedef void fan_put(struct jsonw *w, const struct ctl *ctl, const struct fan *fan);

/* Whether the answers are such that nothing is to be shown: fills f then, and returns its exit
 * code; else CTL_OK. */
typedef enum ctl_exit fan_check(const struct ctl *ctl, const struct fan *fan, struct failure *f);

/* Asks, and shows what put makes of the answers; the document's other members are added. check may
 * be NULL. */
enum ctl_exit fan_show(const struct ctl *ctl, const char *name, const struct span *argv,
                       size_t argc, const struct form *form, fan_put *put, fan_check *check);
/* The same for an order: what all refuse is the refusal of the first, and who does not answer makes
 * it CTL_NO. */
enum ctl_exit fan_order(const struct ctl *ctl, const char *name, const struct span *argv,
                        size_t argc, const struct form *form, fan_put *put);

/* "errors":[{"node":…,"error":…}] of those who did not answer; each of them. */
void fan_put_errors(struct jsonw *w, const struct fan *fan);
void fan_put_error(struct jsonw *w, const char *node, const char *error);
#define FAN_ERRORS_SCHEMA " errors:[{node:s error:s}]"

#endif
