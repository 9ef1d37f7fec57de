/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/script.h"

#include <stdio.h>
#include <string.h>

/* Where the reader is; the line is a copy. */
struct reader {
    const char *at;
    uint32_t number;
    char line[1024];
};

static bool next_line(struct reader *r)
{
    if (*r->at == '\0')
        return false;
    size_t len = strcspn(r->at, "\n");
    size_t kept = len < sizeof(r->line) ? len : sizeof(r->line) - 1;
    memcpy(r->line, r->at, kept);
    r->line[kept] = '\0';
    r->at += len + (r->at[len] == '\n');
    r->number++;
    return true;
}

static bool is_prose(const char *line)
{
    return line[0] == '\0' || line[0] == '#';
}

/* The expected text: everything up to the next empty line. */
static void read_expected(struct reader *r, struct buf *expected)
{
    while (next_line(r) && r->line[0] != '\0')
        buf_putf(expected, "%s\n", r->line);
}

static void report(const char *name, uint32_t line, const char *want, const char *got)
{
    printf("%s:%u: printed something else\n--- expected\n%s--- printed\n%s---\n", name, line, want,
           got);
}

/* Runs the commands from the current line to "----". */
static int run_commands(const char *name, struct reader *r, script_command run, void *arg,
                        struct buf *rewritten, struct buf *printed, struct err *e)
{
    do {
        buf_putf(rewritten, "%s\n", r->line);
        int code = run(arg, r->line, printed, e);
        if (code < 0)
            return err_wrap(e, "%s:%u: %s", name, r->number, r->line);
        if (!next_line(r))
            return err_set(e, -E_INVALID, "%s:%u: the file ends before ----", name, r->number);
    } while (strcmp(r->line, "----") != 0);
    buf_puts(rewritten, "----\n");
    if (printed->len == 0)
        buf_puts(printed, "ok\n");
    return 0;
}

int script_run(const char *name, const char *text, script_command run, void *arg,
               struct buf *rewritten, struct script_result *ret, struct err *e)
{
    struct reader r = {.at = text};
    struct buf printed = {0}, expected = {0};
    int code = 0;
    while (code == 0 && next_line(&r)) {
        if (is_prose(r.line)) {
            buf_putf(rewritten, "%s\n", r.line);
            continue;
        }
        uint32_t line = r.number;
        buf_reset(&printed);
        buf_reset(&expected);
        code = run_commands(name, &r, run, arg, rewritten, &printed, e);
        if (code < 0)
            break;
        read_expected(&r, &expected);
        buf_putf(rewritten, "%s%s", buf_str(&printed), *r.at != '\0' ? "\n" : "");
        ret->blocks++;
        if (strcmp(buf_str(&printed), buf_str(&expected)) == 0)
            continue;
        ret->wrong++;
        report(name, line, buf_str(&expected), buf_str(&printed));
    }
    buf_free(&printed);
    buf_free(&expected);
    return code;
}
