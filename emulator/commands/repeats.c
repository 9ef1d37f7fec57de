/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/repeats.h"

#include "base/span.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define REPEAT_MAX 1000000

struct repeats repeats_usual(void)
{
    return (struct repeats){.repeat = 1, .runs = "runs"};
}

bool repeats_number(const char *text, const char **ret_end, uint64_t *ret)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 0);
    if (errno != 0)
        return false;
    *ret_end = end;
    *ret = number;
    return true;
}

static int take_seed(const struct cmd *cmd, struct repeats *r, const char *value)
{
    const char *end;
    r->has_seed = true;
    if (repeats_number(value, &end, &r->seed) && *end == '\0')
        return 0;
    return cmd_usage(cmd, "--seed %s: not a number of at most 64 bits", value);
}

static int take_repeat(const struct cmd *cmd, struct repeats *r, const char *value)
{
    if (span_to_u64(span_str(value), &r->repeat) && r->repeat > 0 && r->repeat <= REPEAT_MAX)
        return 0;
    return cmd_usage(cmd, "--repeat %s: give 1 to %d", value, REPEAT_MAX);
}

static int take_keep(const struct cmd *cmd, struct repeats *r, const char *value)
{
    static const char *const words[] = {"fail", "always", "never"}; /* as enum keep */
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(value, words[i]) == 0) {
            r->keep = (enum keep)i;
            return 0;
        }
    }
    return cmd_usage(cmd, "--keep %s: give fail, always or never", value);
}

bool repeats_option(const struct cmd *cmd, struct repeats *r, int option, const char *value,
                    int *ret_code)
{
    *ret_code = 0;
    switch (option) {
    case 'S': *ret_code = take_seed(cmd, r, value); return true;
    case 'r': *ret_code = take_repeat(cmd, r, value); return true;
    case 'k': *ret_code = take_keep(cmd, r, value); return true;
    case 'u': r->until_fail = true; return true;
    case 'R': r->runs = value; return true;
    default: return false;
    }
}

uint64_t repeats_seed(const struct repeats *r, const struct scenario *s, uint64_t k)
{
    uint64_t seed;
    if (r->has_seed)
        return r->seed + k;
    if (s->has_seed)
        return s->seed + k;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        seed = (uint64_t)getpid();
    return seed & 0xffffffff;
}
