/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/explore_walk.h"

#include "base/mem.h"
#include "emulator/cmd.h"
#include "emulator/commands/prompt.h"
#include "emulator/explore/hand.h"

#include <stdio.h>

/* False: it was the last line. */
static bool one_line(struct ex_hand *hand, bool *wrong)
{
    struct err e = {0};
    struct buf out = {0};
    bool quit = false;
    char *line = prompt_line(ex_hand_prompt(hand));
    if (line == NULL)
        return false;
    if (ex_hand_line(hand, line, &out, &quit, &e) < 0) {
        (void)printf("error: %s\n", e.text);
        *wrong = true;
    }
    if (out.len > 0)
        (void)fputs(buf_str(&out), stdout);
    (void)fflush(stdout);
    buf_free(&out);
    mem_free(line);
    return !quit;
}

int explore_walk(const struct ex_bounds *bounds)
{
    struct ex_hand *hand = ex_hand_open(bounds);
    bool wrong = false;
    prompt_open(ex_hand_name_at);
    if (prompt_at_terminal())
        (void)printf("Nothing has happened yet. list: what can happen; help: all of it.\n");
    while (one_line(hand, &wrong))
        continue;
    bool broken = ex_hand_broken(hand);
    ex_hand_close(hand);
    if (broken)
        return EXIT_CHECK_FAILED;
    return wrong && !prompt_at_terminal() ? EXIT_USAGE : EXIT_CHECKS_HOLD;
}
