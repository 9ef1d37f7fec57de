/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/print.h"

#include "base/base64.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

void failure_set(struct failure *f, enum ctl_exit exit, const char *name, const char *fmt, ...)
{
    va_list args;
    f->exit = exit;
    f->why[0] = f->fix[0] = '\0';
    (void)snprintf(f->name, sizeof(f->name), "%s", name);
    va_start(args, fmt);
    (void)vsnprintf(f->what, sizeof(f->what), fmt, args);
    va_end(args);
}

void failure_why(struct failure *f, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(f->why, sizeof(f->why), fmt, args);
    va_end(args);
}

void failure_fix(struct failure *f, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(f->fix, sizeof(f->fix), fmt, args);
    va_end(args);
}

#define RED    "\x1b[31m"
#define YELLOW "\x1b[33m"
#define USUAL  "\x1b[0m"

static void failure_as_text(struct buf *out, const struct failure *f, bool color)
{
    buf_puts(out, color ? RED "error: " USUAL : "error: ");
    print_escaped(out, span_str(f->what));
    buf_puts(out, "   [");
    print_escaped(out, span_str(f->name));
    buf_puts(out, "]\n");
    if (f->why[0] != '\0') {
        buf_puts(out, "  why: ");
        print_escaped(out, span_str(f->why));
        buf_putc(out, '\n');
    }
    if (f->fix[0] != '\0') {
        buf_puts(out, "  fix: ");
        print_escaped(out, span_str(f->fix));
        buf_putc(out, '\n');
    }
}

static void failure_as_json(struct buf *out, const struct failure *f)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_key(&w, "error");
    jsonw_object(&w);
    jsonw_kv_string(&w, "name", f->name);
    jsonw_kv_u64(&w, "exit", f->exit);
    jsonw_kv_string(&w, "what", f->what);
    if (f->why[0] != '\0')
        jsonw_kv_string(&w, "why", f->why);
    if (f->fix[0] != '\0')
        jsonw_kv_string(&w, "fix", f->fix);
    jsonw_end(&w);
    jsonw_end(&w);
    buf_putc(out, '\n');
}

enum ctl_exit print_failure(const struct ctl *ctl, const struct failure *f)
{
    struct buf text = {0};
    bool json = ctl_output_is_json(ctl->output);
    if (json)
        failure_as_json(&text, f);
    else
        failure_as_text(&text, f, ctl->sink->terminal[SINK_FAILURE]);
    bool written = sink_put(ctl->sink, json ? SINK_ANSWER : SINK_FAILURE, &text);
    buf_free(&text);
    return written ? f->exit : CTL_IO;
}

enum ctl_exit print_out(const struct ctl *ctl, const struct buf *text, enum ctl_exit code)
{
    ASSERT(!text->overflow);
    if (sink_put(ctl->sink, SINK_ANSWER, text))
        return code;
    perror("error: standard output");
    return CTL_IO;
}

void print_warning(struct buf *out, const struct sink *sink, const char *text)
{
    bool color = sink->terminal[SINK_ANSWER];
    buf_puts(out, color ? YELLOW "! " : "! ");
    print_escaped(out, span_str(text));
    buf_puts(out, color ? USUAL "\n" : "\n");
}

void print_warn(const struct ctl *ctl, const char *text)
{
    struct buf line = {0};
    print_warning(&line, ctl->sink, text);
    (void)sink_put(ctl->sink, SINK_FAILURE, &line);
    buf_free(&line);
}

void print_waits(const struct ctl *ctl, const char *text)
{
    struct buf line = {0};
    buf_puts(&line, "waits: ");
    print_escaped(&line, span_str(text));
    buf_putc(&line, '\n');
    if (!ctl->given[OPT_QUIET])
        (void)sink_put(ctl->sink, SINK_FAILURE, &line);
    buf_free(&line);
}

void print_escaped(struct buf *out, struct span bytes)
{
    buf_put_visible(out, bytes.data, bytes.len);
}

bool print_is_utf8(struct span s)
{
    while (s.len > 0) {
        size_t len = utf8_length((const uint8_t *)s.data, s.len);
        if (len == 0)
            return false;
        s = span_of(s.data + len, s.len - len);
    }
    return true;
}

void print_json_bytes(struct jsonw *w, struct span bytes)
{
    if (print_is_utf8(bytes)) {
        jsonw_bytes(w, bytes.data, bytes.len);
        return;
    }
    struct buf text = {0};
    base64_put(&text, bytes);
    jsonw_object(w);
    jsonw_kv_string(w, "b64", buf_str(&text));
    jsonw_end(w);
    buf_free(&text);
}

static void pad(struct buf *out, size_t count)
{
    for (; count > 0; count--)
        buf_putc(out, ' ');
}

void print_table(struct buf *out, const char *const *cells, size_t rows_count, size_t columns_count,
                 unsigned right)
{
    size_t widths[PRINT_COLUMNS_MAX] = {0};
    ASSERT(columns_count <= PRINT_COLUMNS_MAX);
    for (size_t i = 0; i < rows_count * columns_count; i++) {
        size_t len = strlen(cells[i]);
        if (len > widths[i % columns_count])
            widths[i % columns_count] = len;
    }
    size_t gap = 0; /* spaces due before the next word: none at the end of a line */
    for (size_t i = 0; i < rows_count * columns_count; i++) {
        size_t column = i % columns_count;
        size_t space = widths[column] - strlen(cells[i]);
        bool to_right = (right >> column & 1) != 0;
        if (cells[i][0] != '\0') {
            pad(out, gap + (to_right ? space : 0));
            gap = to_right ? 0 : space;
        } else {
            gap += widths[column];
        }
        buf_puts(out, cells[i]);
        gap += 2;
        if (column + 1 == columns_count) {
            buf_putc(out, '\n');
            gap = 0;
        }
    }
}
