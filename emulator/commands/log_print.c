/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/log_print.h"

#include <string.h>

#define CLOCK_LEN  12 /* 14:46:25.123 */
#define COLUMN_MIN 20

/* Parts of a line; text is all of it where it is none of raftd's. */
struct parts {
    const char *clock; /* CLOCK_LEN of it, or NULL */
    const char *level, *topic, *text;
    size_t level_len, topic_len;
};

static const char *word(const char *at, size_t *ret_len)
{
    at += strspn(at, " ");
    *ret_len = strcspn(at, " ");
    return at;
}

static struct parts split(const char *line)
{
    struct parts p = {.text = line};
    size_t time_len, name_len;
    const char *time = word(line, &time_len);
    if (time_len != 24 || time[10] != 'T')
        return p;
    p.level = word(time + time_len, &p.level_len);
    const char *name = word(p.level + p.level_len, &name_len);
    p.topic = word(name + name_len, &p.topic_len);
    p.clock = time + 11;
    p.text = p.topic + p.topic_len;
    p.text += strspn(p.text, " ");
    return p;
}

/* ---- colours ---- */

#define PLAIN "\033[0m"

static bool is_level(const struct parts *p, const char *level)
{
    return p->level != NULL && strlen(level) == p->level_len &&
           strncmp(p->level, level, p->level_len) == 0;
}

/* Of a whole cell, by its level; "" for what is usual. */
static const char *level_colour(const struct parts *p)
{
    if (is_level(p, "error") || p->clock == NULL)
        return "\033[31m";
    return is_level(p, "warning") || is_level(p, "warn") ? "\033[33m" : "";
}

/* The same topic has the same colour, whoever says it. */
static const char *topic_colour(const struct parts *p)
{
    static const char *const colours[] = {"\033[36m", "\033[35m", "\033[34m",
                                          "\033[32m", "\033[96m", "\033[95m"};
    unsigned sum = 0;
    for (size_t i = 0; i < p->topic_len; i++)
        sum = sum * 31 + (unsigned char)p->topic[i];
    return colours[sum % ARRAY_LEN(colours)];
}

/* ---- lines ---- */

static void put_plain(const struct log_print *o, size_t node, const struct parts *p,
                      const char *line, struct buf *out)
{
    if (p->clock == NULL)
        buf_putf(out, "%s: ", o->names[node]);
    if (!o->coloured) {
        buf_putf(out, "%s\n", line);
        return;
    }
    const char *level = level_colour(p);
    if (level[0] != '\0' || p->clock == NULL)
        buf_putf(out, "%s%s" PLAIN "\n", level, line);
    else
        buf_putf(out, "%.*s%s%.*s" PLAIN "%s\n", (int)(p->topic - line), line, topic_colour(p),
                 (int)p->topic_len, p->topic, p->topic + p->topic_len);
}

/* ---- columns ---- */

static size_t column_width(const struct log_print *o)
{
    size_t room = o->width > CLOCK_LEN ? o->width - CLOCK_LEN : 0;
    size_t width = room / o->count;
    return width < COLUMN_MIN ? COLUMN_MIN : width;
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* As many bytes of the text as go into so many columns, broken at a blank if there is one. */
static size_t piece(const char *text, size_t columns)
{
    size_t len = 0, used = 0, blank = 0;
    for (; text[len] != '\0'; len++) {
        if (!continues(text[len]) && used++ == columns)
            break;
        if (text[len] == ' ')
            blank = len;
    }
    return text[len] != '\0' && blank > 0 ? blank : len;
}

static void put_spaces(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_putc(out, ' ');
}

/* A cell is a paragraph in its column. */
static void put_cell(const struct log_print *o, size_t node, const struct parts *p, struct buf *out)
{
    struct buf cell = {0};
    size_t width = column_width(o);
    bool marked = level_colour(p)[0] != '\0';
    if (marked && !o->coloured)
        buf_puts(&cell, "! ");
    if (p->topic != NULL)
        buf_putf(&cell, "%.*s: ", (int)p->topic_len, p->topic);
    buf_puts(&cell, p->text);
    const char *rest = buf_str(&cell);
    for (bool first = true; *rest != '\0'; first = false) {
        size_t len = piece(rest, width - 1);
        size_t topic = first && !marked ? p->topic_len : 0;
        if (first && p->clock != NULL)
            buf_putf(out, "%.*s ", CLOCK_LEN, p->clock);
        else
            put_spaces(out, CLOCK_LEN + 1);
        put_spaces(out, node * width);
        topic = topic < len ? topic : len;
        if (o->coloured)
            buf_putf(out, "%s%.*s%s%.*s" PLAIN "\n", marked ? level_colour(p) : topic_colour(p),
                     (int)topic, rest, marked ? "" : PLAIN, (int)(len - topic), rest + topic);
        else
            buf_putf(out, "%.*s\n", (int)len, rest);
        rest += len;
        rest += strspn(rest, " ");
    }
    buf_free(&cell);
}

void log_print_head(const struct log_print *o, struct buf *out)
{
    if (!o->columns)
        return;
    put_spaces(out, CLOCK_LEN + 1);
    for (size_t i = 0; i < o->count; i++) {
        size_t len = strlen(o->names[i]), width = column_width(o);
        buf_puts(out, o->names[i]);
        if (i + 1 < o->count)
            put_spaces(out, len < width ? width - len : 1);
    }
    buf_putc(out, '\n');
}

void log_print_line(const struct log_print *o, size_t node, const char *line, struct buf *out)
{
    const struct parts p = split(line);
    if (o->columns)
        put_cell(o, node, &p, out);
    else
        put_plain(o, node, &p, line, out);
}
