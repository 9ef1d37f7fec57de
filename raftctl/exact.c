/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/exact.h"

#include <cjson/cJSON.h>
#include <string.h>

#define EXACT_MAX "9007199254740992"

/* How long the string is that begins at text, which has its end. */
static size_t string_length(const char *text, size_t left)
{
    size_t n = 1;
    while (n < left && text[n] != '"')
        n += text[n] == '\\' ? 2 : 1;
    return n < left ? n + 1 : left;
}

static bool is_too_large(struct span number)
{
    size_t sign = number.data[0] == '-', digits = number.len - sign;
    for (size_t i = sign; i < number.len; i++) {
        if (number.data[i] < '0' || number.data[i] > '9')
            return false;
    }
    if (digits != strlen(EXACT_MAX))
        return digits > strlen(EXACT_MAX);
    return memcmp(number.data + sign, EXACT_MAX, digits) > 0;
}

void exact_put(struct buf *out, struct span json)
{
    static const char in_numbers[] = "0123456789+-.eE";
    for (size_t at = 0, n; at < json.len; at += n) {
        const char *text = json.data + at;
        size_t left = json.len - at;
        bool number = text[0] == '-' || (text[0] >= '0' && text[0] <= '9');
        n = text[0] == '"' ? string_length(text, left) : 1;
        while (number && n < left && text[n] != '\0' && strchr(in_numbers, text[n]) != NULL)
            n++;
        bool quote = number && is_too_large(span_of(text, n));
        if (quote)
            buf_putc(out, '"');
        buf_put(out, text, n);
        if (quote)
            buf_putc(out, '"');
    }
}

cJSON *exact_parse(struct span json)
{
    struct buf exact = {0};
    exact_put(&exact, json);
    cJSON *doc = exact.len == 0 ? NULL : cJSON_ParseWithLength(exact.data, exact.len);
    buf_free(&exact);
    return doc;
}
