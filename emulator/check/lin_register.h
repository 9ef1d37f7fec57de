/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the zone algorithm and the sentences about what it finds. */
#ifndef EMULATOR_CHECK_LIN_REGISTER_H
#define EMULATOR_CHECK_LIN_REGISTER_H

#include "emulator/check/lin.h"

#define LIN_NONE UINT32_MAX

/* A value: its write and all reads of it. Times are shifted by one: 0 is before everything. */
struct lin_cluster {
    uint64_t f; /* least return; HISTORY_NEVER while nothing returned */
    uint64_t s; /* greatest call */
    uint32_t value;
    uint32_t f_pos;
    uint32_t s_pos;
    uint32_t w_pos;      /* the write; LIN_NONE */
    uint32_t r_pos;      /* the first read, if reads > 0 */
    uint32_t failed_pos; /* a write of this value that was refused; LIN_NONE */
    uint32_t reads;
};

/* x and y must each come before the other. */
struct lin_conflict {
    uint64_t known_ns; /* when the last of its operations had returned */
    const struct lin_cluster *x;
    const struct lin_cluster *y;
};

/* Keeps the conflict that was known earliest; first: nothing was kept before. */
void lin_conflict_offer(const struct lin_key *key, const struct lin_cluster *x,
                        const struct lin_cluster *y, bool first, struct lin_conflict *best);
void lin_explain_conflict(const struct lin_key *key, const struct lin_conflict *c,
                          struct lin_finding *why);
void lin_explain_phantom(const struct lin_key *key, const struct lin_cluster *c,
                         struct lin_finding *why);
void lin_explain_future(const struct lin_key *key, const struct lin_cluster *c,
                        struct lin_finding *why);

#endif
