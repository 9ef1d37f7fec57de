/* SPDX-License-Identifier: GPL-3.0-or-later */
/* transcript PRELUDE RAFTD RAFTCTL [--rewrite] FILE...: stories of the real programs. Each line of
 * a case is a line of shell, run with the functions of PRELUDE in a directory of the case's own;
 * what it writes is what it must print. "skip: REASON" ends the case with 77. */
#include "base/mem.h"
#include "tests/support/ports.h"
#include "tests/support/script_main.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_SKIP 77

static const char *prelude;

struct stage {
    char dir[64];
    int ports_fd; /* keeps the case's ports its own */
};

static void *open_stage(void)
{
    struct stage *s = mem_alloc(sizeof(*s));
    (void)snprintf(s->dir, sizeof(s->dir), "/tmp/transcript-XXXXXX");
    char *made = mkdtemp(s->dir);
    ASSERT(made != NULL);
    char base[16];
    unsigned first;
    s->ports_fd = ports_hold(&first);
    (void)snprintf(base, sizeof(base), "%u", first);
    (void)setenv("BASE", base, 1);
    return s;
}

static int run_line(void *arg, const char *line, struct buf *out, struct err *e)
{
    const struct stage *s = arg;
    struct buf command = {0};
    char text[1024];
    buf_putf(&command, "cd %s && . %s && { %s\n} 2>&1", s->dir, prelude, line);
    FILE *f = popen(buf_str(&command), "r");
    buf_free(&command);
    if (f == NULL)
        return err_set(e, -E_IO, "no shell");
    while (fgets(text, sizeof(text), f) != NULL) {
        if (strncmp(text, "skip: ", 6) == 0) {
            printf("%s", text);
            exit(EXIT_SKIP);
        }
        buf_puts(out, text);
    }
    int status = pclose(f);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        buf_putf(out, "exit %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 0;
}

static void close_stage(void *arg)
{
    struct stage *s = arg;
    struct buf out = {0};
    struct err e = {0};
    (void)run_line(s, "all_away", &out, &e);
    printf("%s", buf_str(&out));
    buf_free(&out);
    (void)close(s->ports_fd);
    free(s);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    prelude = argv[1];
    (void)setenv("PRELUDE", prelude, 1);
    static char self[PATH_MAX];
    if (realpath("/proc/self/exe", self) != NULL)
        (void)setenv("TRANSCRIPT", self, 1);
    (void)setenv("RAFTD", argv[2], 1);
    (void)setenv("RAFTCTL", argv[3], 1);
    return script_main(argc - 3, argv + 3,
                       &(struct script_tier){open_stage, run_line, close_stage});
}
