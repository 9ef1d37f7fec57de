/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of checkers, all but one of them mute when $RAFTLAB_ALONE is to judge alone: a run ends
 * at the first violation, and others may be quicker. "any", or it is not set: all judge. */
#include "emulator/check/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKERS_MAX 64
#define EXIT_USAGE   64

static const char *judge;

/* registry.c's own, under another name here. */
const struct checker *registry_all_at(size_t i);

__attribute__((constructor)) static void choose_judge(void)
{
    judge = getenv("RAFTLAB_ALONE");
    if (judge != NULL && strcmp(judge, "any") == 0)
        judge = NULL;
    if (judge == NULL || registry_find(judge) != NULL || strcmp(judge, "finally") == 0)
        return;
    (void)fprintf(stderr, "error: RAFTLAB_ALONE=%s: there is no such checker\n", judge);
    exit(EXIT_USAGE);
}

static void nothing_seen(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    res->seen = 1; /* not vacuous either */
    result_say(res, "not asked");
}

const struct checker *registry_at(size_t i)
{
    static struct checker mute[CHECKERS_MAX];
    const struct checker *c = registry_all_at(i);
    if (judge == NULL || strcmp(judge, c->name) == 0)
        return c;
    ASSERT(i < CHECKERS_MAX);
    mute[i] = (struct checker){.name = c->name,
                               .property = c->property,
                               .source = c->source,
                               .class = c->class,
                               .state_size = 1,
                               .finish = nothing_seen};
    return &mute[i];
}
