/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person sees while a scenario shrinks, and at the end. */
#ifndef EMULATOR_SHRINK_SAY_H
#define EMULATOR_SHRINK_SAY_H

#include "emulator/trials/shrinking.h"

struct shrink_say {
    bool quiet;
    uint64_t began_ns;
    uint64_t said_ns;
    const struct shrinking *runs;
};

/* For struct shrink_options, say_arg is a struct shrink_say. */
void shrink_say(void *arg, const char *what, const struct shrink_size *now);

/* out: where the result is. */
void shrink_say_end(const struct shrink_say *say, const char *name,
                    const struct shrink_result *result, const char *out, bool live);

uint64_t shrink_say_now_ns(void);

#endif
