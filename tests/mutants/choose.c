/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which planted mistake is awake in this program: $RAFTLAB_MUTANT, an id or a name, or "none".
 * Before main, so that the program's own code needs to know nothing of it. */
#include "base/mutant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 64

enum mutant mutant_awake;

static const struct {
    const char *id;
    const char *name;
    const char *wrong;
} mutants[MUTANTS_COUNT] = {
#define MUTANT_ROW(id, name, wrong) [MUTANT_##id] = {#id, #name, wrong},
    [MUTANT_NONE] = {"none", "none", "nothing is wrong"}, MUTANTS(MUTANT_ROW)};
#undef MUTANT_ROW

static _Noreturn void refuse(const char *asked)
{
    (void)fprintf(stderr, "error: RAFTLAB_MUTANT=%s: give one of the mistakes planted here:\n",
                  asked == NULL ? "" : asked);
    for (size_t i = 0; i < MUTANTS_COUNT; i++)
        (void)fprintf(stderr, "  %-5s %-20s %s\n", mutants[i].id, mutants[i].name,
                      mutants[i].wrong);
    exit(EXIT_USAGE);
}

__attribute__((constructor)) static void choose(void)
{
    const char *asked = getenv("RAFTLAB_MUTANT");
    for (unsigned i = 0; asked != NULL && i < MUTANTS_COUNT; i++) {
        if (strcmp(asked, mutants[i].id) != 0 && strcmp(asked, mutants[i].name) != 0)
            continue;
        mutant_awake = (enum mutant)i;
        return;
    }
    refuse(asked);
}
