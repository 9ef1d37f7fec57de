/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which planted mistake is awake in this program: $RAFTLAB_MUTANT, an id or a name, or "none".
 * Before main, so that the program's own code needs to know nothing of it. How often the mistake
 * was made, by all processes together, is counted in the file $RAFTLAB_MUTANT_MET. */
#include "tests/mutants/mutant.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXIT_USAGE 64

enum mutant mutant_awake;
bool mutant_unguarded;

/* Shared by every process that was told of the file, so that none needs to live to tell. */
static _Atomic unsigned long *met;

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

static void *count_in(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || ftruncate(fd, sizeof(*met)) < 0) {
        (void)fprintf(stderr, "error: RAFTLAB_MUTANT_MET=%s: %s\n", path, strerror(errno));
        exit(EXIT_USAGE);
    }
    void *at = mmap(NULL, sizeof(*met), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    return at == MAP_FAILED ? NULL : at;
}

__attribute__((constructor)) static void choose(void)
{
    const char *path = getenv("RAFTLAB_MUTANT_MET");
    choose_mutant();
    mutant_unguarded = getenv("RAFTLAB_ALONE") != NULL;
    if (path != NULL)
        met = count_in(path);
}

bool mutant_met(void)
{
    if (met != NULL)
        (void)atomic_fetch_add_explicit(met, 1, memory_order_relaxed);
    return true;
}
