/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Line breaks for JSON, in one pass with the open brackets' kinds as its only state. */
#include "emulator/scenario/print.h"

#define COLUMNS 100
#define INDENT  2

/* Bytes up to and with the bracket that closes the one at `at`; stops counting beyond limit. */
static size_t length_of(const char *json, size_t len, size_t at, size_t limit)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = at; i < len && i - at <= limit; i++) {
        char c = json[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[')) {
            depth++;
        } else if (!quoted && (c == '}' || c == ']') && --depth == 0) {
            return i - at + 1;
        }
    }
    return limit + 1;
}

static void new_line(struct buf *out, size_t depth, size_t *line_start)
{
    buf_putc(out, '\n');
    *line_start = out->len;
    for (size_t i = 0; i < INDENT * depth; i++)
        buf_putc(out, ' ');
}

/* A string as it stands; returns the index behind it. */
static size_t put_string(const char *json, size_t len, size_t at, struct buf *out)
{
    size_t end = at + 1;
    while (end < len && json[end] != '"')
        end += json[end] == '\\' ? 2 : 1;
    end = end < len ? end + 1 : len;
    buf_put(out, json + at, end - at);
    return end;
}

void json_pretty(const char *json, size_t len, struct buf *out)
{
    bool broken[JSONW_DEPTH_MAX + 1] = {false}; /* whether the open bracket's values stand apart */
    size_t depth = 0, line_start = out->len;
    for (size_t i = 0; i < len;) {
        char c = json[i];
        if (c == '"') {
            i = put_string(json, len, i, out);
            continue;
        }
        if (c == '}' || c == ']') {
            ASSERT(depth > 0);
            if (broken[depth--])
                new_line(out, depth, &line_start);
        }
        buf_putc(out, c);
        i++;
        if (c == '{' || c == '[') {
            size_t room = out->len - line_start < COLUMNS ? COLUMNS - (out->len - line_start) : 0;
            ASSERT(depth < JSONW_DEPTH_MAX);
            broken[++depth] = length_of(json, len, i - 1, room) > room;
            if (broken[depth])
                new_line(out, depth, &line_start);
        } else if (c == ',' && broken[depth]) {
            new_line(out, depth, &line_start);
        } else if (c == ',' || c == ':') {
            buf_putc(out, ' ');
        }
    }
    buf_putc(out, '\n');
}
