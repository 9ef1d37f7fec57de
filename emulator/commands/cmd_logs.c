/* SPDX-License-Identifier: GPL-3.0-or-later */
/* logs: what a lab's nodes say. */
#include "base/mem.h"
#include "emulator/commands/at_lab.h"
#include "emulator/commands/lab_logs.h"
#include "emulator/commands/log_merge.h"
#include "emulator/commands/log_print.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define WIDTH_USUAL 120

static volatile sig_atomic_t stop;

static void on_interrupt(int number)
{
    (void)number;
    stop = 1;
}

/* Whose logs: the names, and their files; both lists and their members are owned. */
struct chosen {
    char **names, **paths;
    size_t count;
};

static void chosen_free(struct chosen *c)
{
    for (size_t i = 0; i < c->count; i++) {
        mem_free(c->names[i]);
        mem_free(c->paths[i]);
    }
    mem_free(c->names);
    mem_free(c->paths);
}

static void choose(struct chosen *c, const struct at_lab *at, unsigned node)
{
    char file[32], dir[LABS_PATH_MAX];
    struct buf path = {0};
    (void)snprintf(file, sizeof(file), "n%u", node + 1);
    buf_putf(&path, "%s/nodes/%s/log", labs_dir(at->folder, at->name, dir), file);
    c->names = mem_grow(c->names, c->count + 1, sizeof(*c->names));
    c->paths = mem_grow(c->paths, c->count + 1, sizeof(*c->paths));
    c->names[c->count] = mem_strdup(file);
    c->paths[c->count++] = mem_strdup(buf_str(&path));
    buf_free(&path);
}

/* Those named, or all there are. 0, or an exit code. */
static int choose_all(struct chosen *c, const struct at_lab *at, char *const *names, int count)
{
    char path[LABS_PATH_MAX], name[16];
    struct stat st;
    unsigned nodes = 0;
    while (lstat(labs_socket(at->folder, at->name, nodes, path), &st) == 0)
        nodes++;
    for (unsigned n = 0; n < nodes && count == 0; n++)
        choose(c, at, n);
    for (int i = 0; i < count; i++) {
        unsigned n = 0;
        do
            (void)snprintf(name, sizeof(name), "n%u", ++n);
        while (n <= nodes && strcmp(name, names[i]) != 0);
        if (n > nodes) {
            cmd_error("no node %s: there are n1 to n%u", names[i], nodes);
            return EXIT_USAGE;
        }
        choose(c, at, n - 1);
    }
    return 0;
}

static size_t screen_width(void)
{
    struct winsize size;
    const char *said = getenv("COLUMNS");
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    unsigned long columns = said == NULL ? 0 : strtoul(said, NULL, 10);
    return columns > 0 && columns < 1000 ? columns : WIDTH_USUAL;
}

/* *buf is printed, and empty. False: nobody reads it. */
static bool flush(struct buf *text)
{
    bool ok = fwrite(text->data, 1, text->len, stdout) == text->len && fflush(stdout) == 0;
    buf_reset(text);
    return ok;
}

static int tell(struct at_lab *at, const struct chosen *c, const struct lab_logs *how)
{
    const struct log_print print = {.names = c->names,
                                    .count = c->count,
                                    .width = screen_width(),
                                    .columns = how->columns,
                                    .coloured = isatty(STDOUT_FILENO) != 0};
    struct log_merge *merge = NULL;
    struct buf text = {0};
    struct err e = {0};
    if (log_merge_open(c->paths, c->count, how->follow, &merge, &e) < 0) {
        cmd_error("%s", e.text);
        return EXIT_INTERNAL;
    }
    log_print_head(&print, &text);
    bool goes_on = true;
    while (goes_on && stop == 0) {
        size_t which = 0;
        const char *line;
        while ((line = log_merge_next(merge, &which)) != NULL && goes_on) {
            log_print_line(&print, which, line, &text);
            if (text.len > BUFSIZ)
                goes_on = flush(&text);
        }
        goes_on =
            goes_on && flush(&text) && how->follow && log_merge_wait(merge, lab_call_fd(at->call));
    }
    log_merge_close(merge);
    buf_free(&text);
    return 0;
}

int lab_logs(struct at_lab *at, const struct lab_logs *how, char *const *names, int count)
{
    struct chosen c = {0};
    int code = choose_all(&c, at, names, count);
    if (code == 0) {
        stop = 0;
        if (how->follow)
            cmd_on_interrupt(on_interrupt);
        code = tell(at, &c, how);
    }
    chosen_free(&c);
    return code;
}

int cmd_logs(const struct cmd *cmd, int argc, char **argv)
{
    static const struct option options[] = {{"lab", required_argument, NULL, 'l'},
                                            {"follow", no_argument, NULL, 'f'},
                                            {"columns", no_argument, NULL, 'c'},
                                            {0}};
    struct lab_logs how = {0};
    const char *name = NULL;
    struct at_lab at;
    int option;
    optind = 1;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "f", options, NULL)) != -1) {
        if (option == '?')
            return cmd_usage(cmd, "unknown option or missing value: %s", argv[optind - 1]);
        name = option == 'l' ? optarg : name;
        how.follow = how.follow || option == 'f';
        how.columns = how.columns || option == 'c';
    }
    int code = at_lab_call(name, &at);
    if (code == 0)
        code = lab_logs(&at, &how, argv + optind, argc - optind);
    at_lab_end(&at);
    return code;
}
