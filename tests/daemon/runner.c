/* SPDX-License-Identifier: GPL-3.0-or-later */
/* daemon_runner RAFTD [--rewrite] FILE...: stories of real processes. */
#include "base/mem.h"
#include "tests/daemon/crew.h"
#include "tests/support/script_main.h"

#include <signal.h>
#include <stdlib.h>

static void *open_crew(void)
{
    return mem_alloc(sizeof(struct crew));
}

static int run_line(void *arg, const char *line, struct buf *out, struct err *e)
{
    struct crew *c = arg;
    struct words words;
    words_split(&words, line);
    c->out = out;
    c->err = e;
    return crew_command(c, &words);
}

static void close_crew(void *arg)
{
    crew_free(arg);
    free(arg);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    crew_program = argv[1];
    (void)signal(SIGPIPE, SIG_IGN);
    return script_main(argc - 1, argv + 1, &(struct script_tier){open_crew, run_line, close_crew});
}
