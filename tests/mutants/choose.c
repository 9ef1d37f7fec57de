/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which planted mistake is awake in this program: $RAFTLAB_MUTANT, an id or a name, or "none".
 * Before main, so that the program's own code needs to know nothing of it. Afterwards, how often
 * the mistake was made, by all processes together, is written to the file $RAFTLAB_MUTANT_MET. */
#include "tests/mutants/choose.h"

#include "emulator/check/registry.h"
#include "tests/mutants/mutant.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXIT_USAGE 64

enum mutant mutant_awake;
bool mutant_unguarded;

static _Atomic unsigned long *met; /* shared with every process that comes of this one */
static pid_t first;
static const char *judge;

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
        (void)fprintf(stderr, "  %-5s %-26s %s\n", mutants[i].id, mutants[i].name,
                      mutants[i].wrong);
    exit(EXIT_USAGE);
}

static void choose_mutant(void)
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

static void choose_judge(void)
{
    judge = getenv("RAFTLAB_ALONE");
    mutant_unguarded = judge != NULL;
    if (judge != NULL && strcmp(judge, "any") == 0)
        judge = NULL;
    if (judge == NULL || registry_find(judge) != NULL || strcmp(judge, "finally") == 0)
        return;
    (void)fprintf(stderr, "error: RAFTLAB_ALONE=%s: there is no such checker\n", judge);
    exit(EXIT_USAGE);
}

__attribute__((constructor)) static void choose(void)
{
    choose_mutant();
    choose_judge();
    met = mmap(NULL, sizeof(*met), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (met == MAP_FAILED)
        abort();
    first = getpid();
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("RAFTLAB_MUTANT_MET");
    FILE *f = path == NULL || met == NULL || getpid() != first ? NULL : fopen(path, "w");
    if (f == NULL)
        return;
    (void)fprintf(f, "%lu\n", atomic_load(met));
    (void)fclose(f);
}

bool mutant_met(void)
{
    (void)atomic_fetch_add_explicit(met, 1, memory_order_relaxed);
    return true;
}

const char *mutant_judge(void)
{
    return judge;
}
