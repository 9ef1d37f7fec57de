/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/template.h"

#include "base/base64.h"
#include "raftctl/print.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#define KEY_MAX 95

/* The value at key.inner, NULL if there is none. */
static const cJSON *find(const cJSON *doc, const char *key)
{
    char name[KEY_MAX + 1];
    for (;;) {
        size_t len = strcspn(key, ".");
        (void)snprintf(name, sizeof(name), "%.*s", (int)len, key);
        doc = cJSON_GetObjectItemCaseSensitive(doc, name);
        if (doc == NULL || key[len] == '\0')
            return doc;
        key += len + 1;
    }
}

/* cJSON would print those from 10^15 on with an exponent. */
static bool is_whole_number(const cJSON *item)
{
    const double exact = 9007199254740992.0; /* 2^53: what is beyond comes as a string */
    double value = item->valuedouble;
    return cJSON_IsNumber(item) && value >= -exact && value <= exact &&
           value == (double)(long long)value;
}

static void put_scalar(struct buf *out, const cJSON *item)
{
    if (cJSON_IsString(item)) {
        print_escaped(out, span_str(item->valuestring));
        return;
    }
    const cJSON *b64 = cJSON_GetObjectItemCaseSensitive(item, "b64");
    if (cJSON_IsString(b64)) {
        struct buf bytes = {0};
        base64_take(&bytes, b64->valuestring);
        print_escaped(out, span_of(bytes.data, bytes.len));
        buf_free(&bytes);
        return;
    }
    if (is_whole_number(item)) {
        buf_putf(out, "%.0f", item->valuedouble);
        return;
    }
    char *text = cJSON_PrintUnformatted(item);
    print_escaped(out, span_str(text));
    cJSON_free(text);
}

bool template_put_value(struct buf *out, const cJSON *doc, const char *key)
{
    const cJSON *item = find(doc, key), *child;
    if (item == NULL || cJSON_IsNull(item) ||
        (cJSON_IsString(item) && item->valuestring[0] == '\0'))
        return false;
    if (cJSON_IsBool(item)) {
        buf_puts(out, cJSON_IsTrue(item) ? "yes" : "no");
        return true;
    }
    if (!cJSON_IsArray(item)) {
        put_scalar(out, item);
        return true;
    }
    size_t before = out->len;
    cJSON_ArrayForEach(child, item)
    {
        buf_puts(out, out->len > before ? " " : "");
        put_scalar(out, child);
    }
    return out->len > before;
}

/* One hole, text being behind its brace. Returns what is behind the hole; *missing is set where
 * there is neither a value nor a word for it. */
static const char *put_hole(struct buf *out, const cJSON *doc, const char *text, bool *missing)
{
    char key[KEY_MAX + 1];
    size_t all = strcspn(text, "}"), len = strcspn(text, "|}");
    ASSERT(text[all] == '}' && len <= KEY_MAX);
    (void)snprintf(key, sizeof(key), "%.*s", (int)len, text);
    if (!template_put_value(out, doc, key)) {
        *missing = *missing || len == all;
        if (len == all)
            buf_putc(out, '-');
        else
            buf_put(out, text + len + 1, all - len - 1);
    }
    return text + all + 1;
}

void template_put(struct buf *out, const cJSON *doc, const char *text)
{
    struct buf part = {0}; /* what stands between brackets */
    bool inside = false, missing = false;
    while (*text != '\0') {
        struct buf *to = inside ? &part : out;
        char c = *text++;
        if (c == '{') {
            text = put_hole(to, doc, text, &missing);
        } else if (c == '[') {
            inside = true;
            missing = false;
        } else if (c == ']') {
            if (!missing)
                buf_put(out, part.data, part.len);
            buf_reset(&part);
            inside = false;
        } else {
            buf_putc(to, c);
        }
    }
    buf_free(&part);
}
