/* SPDX-License-Identifier: GPL-3.0-or-later */
/* protocol_runner [--rewrite] FILE...: stories of scripted nodes. */
#include "base/mem.h"
#include "tests/protocol/world.h"
#include "tests/support/script_main.h"

#include <stdlib.h>

static void *open_world(void)
{
    return mem_alloc(sizeof(struct world));
}

static void close_world(void *arg)
{
    world_free(arg);
    free(arg);
}

static int run_line(void *arg, const char *line, struct buf *out, struct err *e)
{
    struct world *w = arg;
    struct words words;
    words_split(&words, line);
    w->out = out;
    w->err = e;
    return world_command(w, &words);
}

int main(int argc, char **argv)
{
    return script_main(argc, argv, &(struct script_tier){open_world, run_line, close_world});
}
