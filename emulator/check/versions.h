/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of two values of a key is older, as far as that is certain: by the log indexes that writes
 * were told, by the lengths of lists, else by real time: of two values one of which was there and
 * done with before the other was begun, it is the first. Weak reads have no say in it. */
#ifndef EMULATOR_CHECK_VERSIONS_H
#define EMULATOR_CHECK_VERSIONS_H

#include "emulator/trace/history.h"

#define VERSION_NONE UINT32_MAX

/* A value that a key held. Times are shifted by one: 0 is before everything. */
struct version {
    uint32_t key;
    uint64_t token;  /* of a list its length, else the number of its text */
    uint64_t index;  /* of the write that made it; 0 = not told, or the value in the beginning */
    uint64_t until;  /* index of the next write that was told one; UINT64_MAX: none */
    uint64_t f_ns;   /* least return of its write and the strong reads of it; HISTORY_NEVER */
    uint64_t s_ns;   /* their greatest call */
    uint32_t maker;  /* position of its write; VERSION_NONE */
    bool is_list;    /* the key is only appended to */
    bool is_initial; /* what was there before anything was written */
    bool ambiguous;  /* written more than once: nothing is certain */
};

struct versions {
    struct version *all; /* owned; by key and token */
    size_t count;
    uint32_t *of_op; /* owned; by position: the version a read saw or a write made; VERSION_NONE */
};

/* Weak reads count as reads. O(n log n). The owner calls versions_free. */
void versions_of(struct versions *v, const struct history *h);
void versions_free(struct versions *v);
/* Its place in the log is known: [index, until). */
bool version_is_placed(const struct version *v);
/* a is certainly older than b. */
bool version_is_older(const struct version *a, const struct version *b);

#endif
