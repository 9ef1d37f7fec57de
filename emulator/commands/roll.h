/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of many runs did not pass: told again at the end, where a person looks. */
#ifndef EMULATOR_ROLL_H
#define EMULATOR_ROLL_H

#include <stddef.h>
#include <stdint.h>

#define ROLL_SHOWN_MAX 40

/* All-zero: nothing ran yet. */
struct roll {
    struct {
        const char *name; /* borrowed until roll_print */
        uint64_t seed;
        int exit_code;
    } failed[ROLL_SHOWN_MAX];
    uint64_t failed_count; /* all of them; only the first are kept */
    uint64_t runs;
};

/* A run is over; what this machine cannot run is neither passed nor failed. */
void roll_add(struct roll *r, const char *name, uint64_t seed, int exit_code);
/* A line for each that did not pass; nothing if all did, or if there was only one run. */
void roll_print(const struct roll *r);

/* What became of a run that did not pass: "FAIL", "UNKNOWN", "VACUOUS", or "BROKEN". */
const char *roll_word(int exit_code);

#endif
