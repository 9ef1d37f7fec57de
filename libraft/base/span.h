/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes somebody else owns: a pointer and a length, may hold NULs, need not end with one. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include "base/must.h"

#include <string.h>

/* Invariant: data may be NULL only when len is 0. */
struct span {
    const char *data;
    size_t len;
};

static inline struct span span_of(const void *data, size_t len)
{
    return (struct span){.data = data, .len = len};
}

static inline struct span span_str(const char *s)
{
    return (struct span){.data = s, .len = strlen(s)};
}

/* Bytewise order, shorter first on a common prefix: <0, 0, >0. The one order of keys. */
static inline int span_compare(struct span a, struct span b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Equal but for ASCII case; word is a C string. */
static inline bool span_is_word(struct span a, const char *word)
{
    size_t i = 0;
    for (; i < a.len && word[i] != '\0'; i++) {
        unsigned char x = (unsigned char)a.data[i], y = (unsigned char)word[i];
        x = x >= 'A' && x <= 'Z' ? (unsigned char)(x + 32) : x;
        y = y >= 'A' && y <= 'Z' ? (unsigned char)(y + 32) : y;
        if (x != y)
            return false;
    }
    return i == a.len && word[i] == '\0';
}

/* An optional minus and decimal digits, no leading zeros, no spaces, within int64_t: the form
 * Redis accepts as an integer value. False leaves *ret untouched. */
bool span_to_i64(struct span s, int64_t *ret) MUST_CHECK;
/* Decimal digits only, within uint64_t. */
bool span_to_u64(struct span s, uint64_t *ret) MUST_CHECK;

#endif
