/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/version.h"
#include "raft/node.h"
#include "raftd/config.h"
#include "raftd/daemon.h"
#include "raftd/examine.h"
#include "raftd/recover.h"

#include <stdio.h>
#include <string.h>

static int print(const struct config *c, void (*text)(const struct config *, struct buf *))
{
    struct buf out = {0};
    text(c, &out);
    (void)fputs(buf_str(&out), stdout);
    buf_free(&out);
    return fflush(stdout) == 0 ? 0 : NODE_EXIT_DISK;
}

static void help(const struct config *c, struct buf *out)
{
    (void)c;
    config_help(out);
}

static void version(const struct config *c, struct buf *out)
{
    (void)c;
    buf_puts(out, "raftd " RAFTLAB_VERSION "\n");
}

static void good(const struct config *c, struct buf *out)
{
    if (c->warning[0] != '\0')
        buf_putf(out, "warning: %s\n", c->warning);
    buf_puts(out, "config: good\n");
}

static int act(const struct config *c, int argc, char *const *argv)
{
    switch (c->action) {
    case CONFIG_RUN: return daemon_run(c, argc, argv);
    case CONFIG_CHECK: return print(c, good);
    case CONFIG_PRINT: return print(c, config_print);
    case CONFIG_PRINT_JSON: return print(c, config_print_json);
    case CONFIG_HELP: return print(c, help);
    case CONFIG_VERSION: return print(c, version);
    }
    UNREACHABLE();
}

/* Options that stand first, and for all: no node is started. */
static const struct {
    const char *option;
    int (*run)(int argc, char *const *argv);
} alone[] = {
    {"--recover", recover_run},
    {"--verify", examine_verify},
    {"--dump", examine_dump},
    {"--contents", examine_contents},
};

int main(int argc, char **argv)
{
    static struct config config; /* large, and there is one */
    struct err e = {0};
    for (size_t i = 0; argc > 1 && i < ARRAY_LEN(alone); i++) {
        if (strcmp(argv[1], alone[i].option) == 0)
            return alone[i].run(argc - 2, argv + 2);
    }
    int exit_code = config_load(argc, argv, &config, &e);
    if (exit_code == 0)
        exit_code = act(&config, argc, argv);
    else
        (void)fprintf(stderr, "%s%s\n", e.text, argc == 1 ? "\n  fix: raftd --help" : "");
    config_free(&config);
    return exit_code;
}
