/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lab: a live run that stays. Its keeper, a process in the background, has the run's loop and
 * listens at a socket in the lab's directory; what it is told there becomes steps of the scenario
 * language. The lab lives as long as the keeper: all that it started dies with it. */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include "emulator/scenario/model.h"
#include "labs/labs.h"
#include "netem/netem.h"

#include <signal.h>

/* Borrowed. */
struct lab_options {
    const char *folder, *name;       /* a checked name in the user's folder of labs */
    const struct scenario *scenario; /* its cluster, links and clients; its steps are not done */
    const char *raftd;               /* absolute path */
    enum netem_carrier carrier;
    uint64_t seed;
    const volatile sig_atomic_t *stop; /* not 0: somebody has had enough of waiting */
};

/* Starts the keeper, and waits until the cluster has a leader. Nothing is left if it fails.
 * Errors: -E_EXISTS (a lab of that name lives), -E_UNSUPPORTED, -E_PERMISSION (no namespaces
 * here), -E_NOTFOUND (raftd), -E_CLOSED (a node did not start, or it was stopped), -E_TIMEOUT (no
 * leader in a minute), -E_IO. */
int lab_up(const struct lab_options *o, struct err *e) MUST_CHECK;

/* ---- talking to a keeper ---- */

struct lab_call; /* opaque */

/* Calls the keeper of a lab. Errors: those of labs_living, -E_IO. */
int lab_call(const char *folder, const char *name, struct lab_call **ret, struct err *e) MUST_CHECK;
void lab_hang_up(struct lab_call *c); /* NULL is fine */
/* For poll: hung up once the lab is gone. */
int lab_call_fd(const struct lab_call *c);

/* How it answered. Owned by who asked: lab_answer_free. */
struct lab_answer {
    int exit;         /* the exit code for it: 0, or EXIT_x */
    struct buf error; /* a sentence, and lines about it */
    struct buf text;  /* what was asked for: JSON */
    int fds[4];       /* of LAB_ENTER: namespaces (user, mount, process, network); else -1 */
};
void lab_answer_free(struct lab_answer *a);

/* verb, words for it: one row in requests.c each. say: told of news until the answer has come; may
 * be NULL. Errors: -E_CLOSED (the lab has ended), -E_TIMEOUT (no answer for a minute, or a signal
 * came; it may come yet, so hang up), -E_IO; what the keeper refuses is an answer. */
int lab_ask(struct lab_call *c, const char *verb, const char *const *words, size_t count,
            void (*say)(void *arg, const char *line), void *say_arg, struct lab_answer *ret,
            struct err *e) MUST_CHECK;

#endif
