/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/script.h"

#include "base/mem.h"
#include "raftctl/shell/perform.h"
#include "raftctl/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Where it happened, beside what the command itself said. */
static void tell_place(const struct shell *sh, const char *name, size_t line_number,
                       enum ctl_exit exit)
{
    struct buf text = {0};
    if (name == NULL)
        return;
    buf_putf(&text, "%s:%zu: exit %d\n", name, line_number, (int)exit);
    (void)sink_put(sh->sink, SINK_FAILURE, &text);
    buf_free(&text);
}

static enum ctl_exit one(struct shell *sh, const struct words *w, struct span text)
{
    char *line = mem_dup(text.data, text.len);
    enum ctl_exit exit = perform(sh, w, line);
    mem_free(line);
    return exit;
}

static size_t lines_in(struct span text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    return lines;
}

enum ctl_exit script_text(struct shell *sh, struct span text, const char *name, size_t line_number,
                          bool keep_going)
{
    struct words w = {0};
    struct err e = {0};
    enum ctl_exit first = CTL_OK;
    size_t at = 0;
    int rc = 0;
    while (!sh->ended && (first == CTL_OK || keep_going) &&
           (rc = words_next(text, &at, &w, &e)) != 0) {
        enum ctl_exit exit;
        size_t start = w.count > 0 ? w.list[0].start : at;
        if (rc < 0)
            exit = shell_wrong(sh, CTL_INPUT, e.text, "\\help");
        else if (w.open != WORDS_WHOLE)
            exit = shell_wrong(sh, CTL_INPUT, "the text ends within a quote, a brace or a line",
                               "close it");
        else
            exit = one(sh, &w, span_of(text.data + start, at - start));
        if (exit != CTL_OK)
            tell_place(sh, name, line_number + lines_in(span_of(text.data, start)), exit);
        first = first == CTL_OK ? exit : first;
        if (rc < 0 || exit == CTL_INTERRUPTED || stop_asked())
            break; /* where the next one begins is not known, or not wanted */
    }
    words_free(&w);
    return first;
}

/* The whole commands at the beginning of what was read: what is behind waits for more lines. */
static size_t whole(const struct buf *unread)
{
    const char *end = unread->len == 0 ? NULL : memrchr(unread->data, '\n', unread->len);
    size_t len = end == NULL ? 0 : (size_t)(end - unread->data) + 1;
    return len > 0 && words_open(span_of(unread->data, len)) == WORDS_WHOLE ? len : 0;
}

static enum ctl_exit no_input(const struct shell *sh, const char *name, int error_number)
{
    struct failure f;
    bool absent = error_number == ENOENT;
    failure_set(&f, absent ? CTL_NO_INPUT : CTL_IO, absent ? "NOINPUT" : "IO", "%s: %s", name,
                strerror(error_number));
    return shell_fail(sh, &f);
}

enum ctl_exit script_stream(struct shell *sh, int fd, const char *name, bool keep_going)
{
    char bytes[16384];
    struct buf unread = {0};
    size_t line_number = 1;
    enum ctl_exit first = CTL_OK;
    bool more = true;
    while (more && !sh->ended && (first == CTL_OK || keep_going)) {
        ssize_t n = read(fd, bytes, sizeof(bytes));
        if (n < 0 && errno == EINTR && !stop_asked())
            continue;
        more = n > 0;
        if (n > 0)
            buf_put(&unread, bytes, (size_t)n);
        size_t len = more ? whole(&unread) : unread.len;
        enum ctl_exit exit =
            script_text(sh, span_of(unread.data, len), name, line_number, keep_going);
        first = first == CTL_OK ? exit : first;
        line_number += lines_in(span_of(unread.data, len));
        buf_consume(&unread, len);
        if (n < 0)
            first = no_input(sh, name, errno);
        if (unread.len > SCRIPT_COMMAND_BYTES_MAX) {
            first = shell_wrong(sh, CTL_INPUT, "a command is longer than 16 MiB", NULL);
            break;
        }
    }
    buf_free(&unread);
    return first;
}

enum ctl_exit script_file(struct shell *sh, const char *path, bool keep_going)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return no_input(sh, path, errno);
    enum ctl_exit exit = script_stream(sh, fd, path, keep_going);
    (void)close(fd);
    return exit;
}
