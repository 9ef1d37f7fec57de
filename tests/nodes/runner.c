/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nodes_runner [--rewrite] FILE...: stories of whole nodes. */
#include "base/mem.h"
#include "tests/nodes/stage.h"
#include "tests/support/script_main.h"

#include <stdlib.h>

static void *open_stage(void)
{
    return mem_alloc(sizeof(struct stage));
}

static int run_line(void *arg, const char *line, struct buf *out, struct err *e)
{
    struct stage *s = arg;
    struct words words;
    words_split(&words, line);
    s->out = out;
    s->err = e;
    return stage_command(s, &words);
}

static void close_stage(void *arg)
{
    stage_free(arg);
    free(arg);
}

int main(int argc, char **argv)
{
    return script_main(argc, argv, &(struct script_tier){open_stage, run_line, close_stage});
}
