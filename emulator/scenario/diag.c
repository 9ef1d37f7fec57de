/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/diag.h"

#include "base/mem.h"
#include "base/spelling.h"

#include <string.h>
#include <strings.h>

#define EXCERPT_COLUMNS 110 /* of a line; longer ones are shown around the place */

void diags_init(struct diags *d, const char *file, const char *text, size_t text_len)
{
    *d = (struct diags){0};
    diags_part(d, file, text, text_len);
}

void diags_part(struct diags *d, const char *file, const char *text, size_t text_len)
{
    ASSERT(d->parts_count < DIAG_PARTS_MAX && text_len >= d->text_len);
    d->parts[d->parts_count++] = (struct diag_part){d->text_len, file};
    d->text = text;
    d->text_len = text_len;
}

/* Whose place that is: the last that begins there or before; the first if it is nowhere. */
static const struct diag_part *part_at(const struct diags *d, size_t start)
{
    size_t i = start == DIAG_NOWHERE ? 0 : d->parts_count - 1;
    while (d->parts[i].start > start)
        i--;
    return &d->parts[i];
}

void diags_free(struct diags *d)
{
    for (size_t i = 0; i < d->count; i++) {
        mem_free(d->items[i].message);
        mem_free(d->items[i].hint);
        mem_free(d->items[i].pointer);
        mem_free(d->items[i].origin);
    }
    *d = (struct diags){0};
}

/* A further byte of a UTF-8 character takes no column of its own. */
static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static void locate(const struct diags *d, struct diag *g)
{
    if (g->at.start > d->text_len)
        return;
    g->line = 1;
    g->column = 1;
    for (size_t i = part_at(d, g->at.start)->start; i < g->at.start; i++) {
        if (d->text[i] == '\n') {
            g->line++;
            g->column = 1;
        } else if (!continues(d->text[i])) {
            g->column++;
        }
    }
}

static char *copy(const char *s)
{
    return s == NULL || *s == '\0' ? NULL : mem_strdup(s);
}

void diags_add(struct diags *d, enum diag_level level, struct place at, const char *pointer,
               const char *origin, const char *hint, const char *message)
{
    if (level == DIAG_WARNING)
        d->warnings++;
    else
        d->errors++;
    d->unables += level == DIAG_UNABLE;
    if (d->count == DIAGS_MAX)
        return;
    struct diag *g = &d->items[d->count++];
    *g = (struct diag){.level = level,
                       .at = at,
                       .message = mem_strdup(message),
                       .hint = copy(hint),
                       .pointer = copy(pointer),
                       .origin = copy(origin)};
    locate(d, g);
}

/* Text of the file may hold anything: what a terminal would act on is shown as '?'. */
static void put_shown(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        buf_putc(out, (c < 0x20 && c != '\t') || c == 0x7f ? '?' : (char)c);
    }
}

static size_t columns_between(const char *text, size_t from, size_t to)
{
    size_t columns = 0;
    for (size_t i = from; i < to; i++)
        columns += !continues(text[i]);
    return columns;
}

/* The line with the place, and a line of carets below it. */
static void put_excerpt(const struct diags *d, const struct diag *g, struct buf *out)
{
    size_t first = g->at.start, end = g->at.start, begin = part_at(d, g->at.start)->start;
    while (first > begin && d->text[first - 1] != '\n')
        first--;
    while (end < d->text_len && d->text[end] != '\n')
        end++;
    size_t from = first, to = end;
    if (end - first > EXCERPT_COLUMNS) {
        from =
            g->at.start - first > EXCERPT_COLUMNS / 2 ? g->at.start - EXCERPT_COLUMNS / 2 : first;
        while (from > first && continues(d->text[from]))
            from--;
        to = end - from > EXCERPT_COLUMNS ? from + EXCERPT_COLUMNS : end;
        while (to < end && continues(d->text[to]))
            to++;
    }
    buf_putf(out, "%5zu | %s", g->line, from > first ? "…" : "");
    put_shown(out, d->text + from, to - from);
    buf_puts(out, to < end ? "…\n      | " : "\n      | ");
    if (from > first)
        buf_putc(out, ' ');
    for (size_t i = from; i < g->at.start; i++) {
        if (!continues(d->text[i]))
            buf_putc(out, d->text[i] == '\t' ? '\t' : ' ');
    }
    buf_putc(out, '^');
    size_t stop = g->at.start + g->at.len;
    size_t width = columns_between(d->text, g->at.start, stop < to ? stop : to);
    for (size_t i = 1; i < width; i++)
        buf_putc(out, '~');
    if (g->hint != NULL)
        buf_putf(out, " %s", g->hint);
    buf_putc(out, '\n');
}

static const char *level_name(enum diag_level level)
{
    switch (level) {
    case DIAG_ERROR: return "error";
    case DIAG_WARNING: return "warning";
    case DIAG_UNABLE: return "not here";
    }
    UNREACHABLE();
}

void diag_render(const struct diags *d, const struct diag *g, struct buf *out)
{
    buf_puts(out, part_at(d, g->at.start)->name);
    if (g->origin != NULL)
        buf_putf(out, ": --set %s", g->origin);
    else if (g->line > 0)
        buf_putf(out, ":%zu:%zu", g->line, g->column);
    buf_putf(out, ": %s: ", level_name(g->level));
    put_shown(out, g->message, strlen(g->message));
    bool excerpt = g->line > 0 && g->origin == NULL;
    if (!excerpt && g->hint != NULL)
        buf_putf(out, " (%s)", g->hint);
    if (g->pointer != NULL) {
        buf_puts(out, "    [");
        put_shown(out, g->pointer, strlen(g->pointer));
        buf_putc(out, ']');
    }
    buf_putc(out, '\n');
    if (excerpt)
        put_excerpt(d, g, out);
}

void diags_render(const struct diags *d, struct buf *out)
{
    const struct diag *sorted[DIAGS_MAX];
    for (size_t i = 0; i < d->count; i++) { /* in the order of the file: few, and nearly sorted */
        size_t k = i;
        for (; k > 0 && sorted[k - 1]->at.start > d->items[i].at.start; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = &d->items[i];
    }
    for (size_t i = 0; i < d->count; i++)
        diag_render(d, sorted[i], out);
    if (d->errors + d->warnings == 0)
        return;
    const char *separator = "";
    if (d->errors > 0) {
        buf_putf(out, "%zu error%s", d->errors, d->errors == 1 ? "" : "s");
        separator = ", ";
    }
    if (d->warnings > 0)
        buf_putf(out, "%s%zu warning%s", separator, d->warnings, d->warnings == 1 ? "" : "s");
    if (d->errors + d->warnings > d->count)
        buf_putf(out, " (the first %zu shown)", d->count);
    buf_putc(out, '\n');
}

const char *diag_nearest(const char *word, const char *const *names, size_t count)
{
    size_t len = strlen(word);
    const char *best = NULL;
    if (len == 0)
        return NULL;
    size_t best_distance = (len / 3 > 1 ? len / 3 : 1) + 1;
    for (size_t i = 0; i < count; i++) {
        const char *dot = strchr(names[i], '.');
        if (dot != NULL && strcasecmp(dot + 1, word) == 0)
            return names[i]; /* "kill" for "proc.kill" */
        size_t d = spelling_distance(span_of(word, len), span_str(names[i]));
        if (d < best_distance) {
            best = names[i];
            best_distance = d;
        }
    }
    return best;
}
