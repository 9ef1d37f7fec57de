/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scenarios named on a command line: files, folders, or names of shipped ones. */
#ifndef EMULATOR_LOAD_H
#define EMULATOR_LOAD_H

#include "emulator/cmd.h"
#include "emulator/scenario/lint.h"
#include "emulator/scenario/model.h"

#define LOAD_MAX      1000
#define LOAD_SETS_MAX 64

/* All borrowed. */
struct load_options {
    const char *sets[LOAD_SETS_MAX]; /* PATH=VALUE, for every scenario */
    size_t sets_count;
    const struct lint_world *world; /* that is to run them */
    const char *tag;                /* only those with it; NULL: all */
};

/* For the array of getopt_long. */
#define LOAD_OPTIONS                        \
    {"set", required_argument, NULL, 's'},  \
    {                                       \
        "tag", required_argument, NULL, 'T' \
    }
/* A further --set of at most LOAD_SETS_MAX. 0, or as cmd_usage, which has said what is wrong. */
int load_set(const struct cmd *cmd, const char **sets, size_t *count, const char *assignment);
/* Takes the value of one of those options; true: it was one of them, and *ret_code is 0 or that of
 * cmd_usage, which has said what is wrong. */
bool load_option(const struct cmd *cmd, struct load_options *o, int option, const char *value,
                 int *ret_code);

/* Whether the scenario bears the tag. */
bool load_has_tag(const struct scenario *s, const char *tag);

struct loaded {
    struct scenario *items[LOAD_MAX];
    const char *given[LOAD_MAX]; /* as the user named them, or their files */
    size_t count;
    size_t unable; /* further ones that this world cannot run */
};

/* Adds what the names stand for; none at all, but a tag: all the shipped ones. What is wrong is
 * said on stderr, and the exit code returned; 0: all is well. A scenario that the world cannot run
 * is said, counted in unable, and no error. */
int load_all(const struct load_options *o, char *const *names, int count, struct loaded *ret);
/* The same, and there has to be one that can be simulated. */
int load_simulable(const struct load_options *o, char *const *names, int count, struct loaded *ret);
void loaded_free(struct loaded *l); /* l itself, too */

#endif
