/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/jsonw.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

void jsonw_init(struct jsonw *w, struct buf *out)
{
    *w = (struct jsonw){.out = out};
}

static void before_value(struct jsonw *w)
{
    if (w->depth == 0)
        return;
    int d = w->depth - 1;
    ASSERT(w->object[d] == w->keyed);
    if (!w->object[d]) {
        if (w->comma[d])
            buf_putc(w->out, ',');
        w->comma[d] = true;
    }
    w->keyed = false;
}

static void open_level(struct jsonw *w, bool object)
{
    before_value(w);
    ASSERT(w->depth < JSONW_DEPTH_MAX);
    w->object[w->depth] = object;
    w->comma[w->depth] = false;
    w->depth++;
    buf_putc(w->out, object ? '{' : '[');
}

void jsonw_object(struct jsonw *w)
{
    open_level(w, true);
}

void jsonw_array(struct jsonw *w)
{
    open_level(w, false);
}

void jsonw_end(struct jsonw *w)
{
    ASSERT(w->depth > 0 && !w->keyed);
    w->depth--;
    buf_putc(w->out, w->object[w->depth] ? '}' : ']');
}

static void put_quoted(struct buf *out, const uint8_t *p, size_t len)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < len;) {
        size_t n = utf8_length(p + i, len - i);
        if (n == 0) {
            buf_puts(out, "\\ufffd");
            i++;
            continue;
        }
        if (p[i] == '"' || p[i] == '\\') {
            buf_putc(out, '\\');
            buf_putc(out, (char)p[i]);
        } else if (p[i] == '\n') {
            buf_puts(out, "\\n");
        } else if (p[i] < 0x20 || p[i] == 0x7f) {
            buf_putf(out, "\\u%04x", (unsigned)p[i]);
        } else {
            buf_put(out, p + i, n);
        }
        i += n;
    }
    buf_putc(out, '"');
}

void jsonw_key(struct jsonw *w, const char *key)
{
    ASSERT(w->depth > 0 && w->object[w->depth - 1] && !w->keyed);
    if (w->comma[w->depth - 1])
        buf_putc(w->out, ',');
    w->comma[w->depth - 1] = true;
    put_quoted(w->out, (const uint8_t *)key, strlen(key));
    buf_putc(w->out, ':');
    w->keyed = true;
}

void jsonw_string(struct jsonw *w, const char *s)
{
    jsonw_bytes(w, s, strlen(s));
}

void jsonw_bytes(struct jsonw *w, const void *data, size_t len)
{
    before_value(w);
    put_quoted(w->out, data, len);
}

void jsonw_u64(struct jsonw *w, uint64_t v)
{
    before_value(w);
    buf_putf(w->out, "%llu", (unsigned long long)v);
}

void jsonw_i64(struct jsonw *w, int64_t v)
{
    before_value(w);
    buf_putf(w->out, "%lld", (long long)v);
}

void jsonw_hex64(struct jsonw *w, uint64_t v)
{
    before_value(w);
    buf_putf(w->out, "\"%016llx\"", (unsigned long long)v);
}

void jsonw_double(struct jsonw *w, double v)
{
    ASSERT(v == v && v - v == 0); /* finite */
    before_value(w);
    char text[64];
    (void)snprintf(text, sizeof(text), "%.6f", v);
    size_t n = strlen(text);
    while (text[n - 1] == '0')
        n--;
    buf_put(w->out, text, text[n - 1] == '.' ? n - 1 : n);
}

void jsonw_bool(struct jsonw *w, bool v)
{
    before_value(w);
    buf_puts(w->out, v ? "true" : "false");
}

void jsonw_null(struct jsonw *w)
{
    before_value(w);
    buf_puts(w->out, "null");
}

void jsonw_raw(struct jsonw *w, const char *json)
{
    jsonw_raw_bytes(w, json, strlen(json));
}

void jsonw_raw_bytes(struct jsonw *w, const char *json, size_t len)
{
    before_value(w);
    buf_put(w->out, json, len);
}

void jsonw_kv_string(struct jsonw *w, const char *key, const char *s)
{
    jsonw_key(w, key);
    jsonw_string(w, s);
}

void jsonw_kv_text(struct jsonw *w, const char *key, const char *s)
{
    jsonw_key(w, key);
    if (s == NULL)
        jsonw_null(w);
    else
        jsonw_string(w, s);
}

void jsonw_kv_u64(struct jsonw *w, const char *key, uint64_t v)
{
    jsonw_key(w, key);
    jsonw_u64(w, v);
}

void jsonw_kv_double(struct jsonw *w, const char *key, double v)
{
    jsonw_key(w, key);
    jsonw_double(w, v);
}

void jsonw_kv_bool(struct jsonw *w, const char *key, bool v)
{
    jsonw_key(w, key);
    jsonw_bool(w, v);
}

void jsonw_kv_hex64(struct jsonw *w, const char *key, uint64_t v)
{
    jsonw_key(w, key);
    jsonw_hex64(w, v);
}
