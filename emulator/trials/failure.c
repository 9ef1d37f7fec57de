/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trials/failure.h"

#include "emulator/cmd.h"

#include <stdio.h>
#include <string.h>

struct failure failure_of(int exit_code, const char *sentence)
{
    struct failure f = {.kind = FAILURE_NONE};
    if (exit_code != EXIT_CHECK_FAILED && exit_code != EXIT_INTERNAL)
        return f;
    bool check = exit_code == EXIT_CHECK_FAILED;
    size_t len = check ? strcspn(sentence, ":") : strlen(sentence);
    f.kind = check ? FAILURE_CHECK : FAILURE_DIED;
    (void)snprintf(f.what, sizeof(f.what), "%.*s", (int)len, sentence);
    return f;
}

bool failure_same(const struct failure *a, const struct failure *b)
{
    return a->kind != FAILURE_NONE && a->kind == b->kind && strcmp(a->what, b->what) == 0;
}

enum failure_votes failure_votes(unsigned failed, unsigned passed, unsigned runs, unsigned fails)
{
    ASSERT(fails > 0 && fails <= runs && failed + passed <= runs);
    if (failed >= fails)
        return VOTES_FAILS;
    return failed + (runs - failed - passed) < fails ? VOTES_PASSES : VOTES_OPEN;
}
