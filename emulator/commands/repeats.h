/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often scenarios are run, with which seeds, and what is kept: the options that `run` and `sim`
 * share. */
#ifndef EMULATOR_REPEATS_H
#define EMULATOR_REPEATS_H

#include "emulator/cmd.h"
#include "emulator/scenario/model.h"

enum keep { KEEP_FAIL, KEEP_ALWAYS, KEEP_NEVER };

struct repeats {
    bool has_seed;
    uint64_t seed;
    uint64_t repeat;
    bool until_fail;
    const char *runs; /* folder of the results; borrowed */
    enum keep keep;
};

/* For the array of getopt_long. */
#define REPEATS_OPTIONS                                                                 \
    {"seed", required_argument, NULL, 'S'}, {"repeat", required_argument, NULL, 'r'},   \
        {"until-fail", no_argument, NULL, 'u'}, {"runs", required_argument, NULL, 'R'}, \
    {                                                                                   \
        "keep", required_argument, NULL, 'k'                                            \
    }

struct repeats repeats_usual(void);

/* Takes the value of one of those options; true: it was one of them, and *ret_code is 0 or that of
 * cmd_usage, which has said what is wrong. */
bool repeats_option(const struct cmd *cmd, struct repeats *r, int option, const char *value,
                    int *ret_code);

/* The seed of the k-th repetition (from 0) of a scenario: as given, else its own, else drawn. */
uint64_t repeats_seed(const struct repeats *r, const struct scenario *s, uint64_t k);

/* A number, decimal or hexadecimal, at the beginning of text; *ret_end is what follows it. False:
 * there is none, or it is too large for 64 bits. */
bool repeats_number(const char *text, const char **ret_end, uint64_t *ret);

#endif
