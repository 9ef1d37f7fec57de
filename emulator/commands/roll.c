/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/roll.h"

#include "emulator/cmd.h"

#include <stdio.h>

void roll_add(struct roll *r, const char *name, uint64_t seed, int exit_code)
{
    r->runs++;
    if (exit_code == 0 || exit_code == EXIT_CANNOT_RUN)
        return;
    size_t at = (size_t)r->failed_count++;
    if (at >= ROLL_SHOWN_MAX)
        return;
    r->failed[at].name = name;
    r->failed[at].seed = seed;
    r->failed[at].exit_code = exit_code;
}

void roll_print(const struct roll *r)
{
    if (r->failed_count == 0 || r->runs < 2)
        return;
    (void)printf("not passed: %llu of %llu runs\n", (unsigned long long)r->failed_count,
                 (unsigned long long)r->runs);
    for (size_t i = 0; i < r->failed_count && i < ROLL_SHOWN_MAX; i++)
        (void)printf("  %-7s  %-28s seed 0x%llX\n", roll_word(r->failed[i].exit_code),
                     r->failed[i].name, (unsigned long long)r->failed[i].seed);
    if (r->failed_count > ROLL_SHOWN_MAX)
        (void)printf("  … and %llu more\n", (unsigned long long)(r->failed_count - ROLL_SHOWN_MAX));
}

const char *roll_word(int exit_code)
{
    return exit_code == EXIT_CHECK_FAILED ? "FAIL"
           : exit_code == EXIT_VACUOUS    ? "VACUOUS"
           : exit_code == EXIT_UNKNOWN    ? "UNKNOWN"
                                          : "BROKEN";
}
