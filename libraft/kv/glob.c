/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/glob.h"

static unsigned char at(struct span s, size_t i)
{
    return (unsigned char)s.data[i];
}

/* One character of a class, a backslash skipped; *i moves behind it. */
static unsigned char class_char(struct span pattern, size_t *i)
{
    if (at(pattern, *i) == '\\' && *i + 1 < pattern.len)
        ++*i;
    return at(pattern, (*i)++);
}

/* Whether c is in the class that opens at *i; *i moves behind its bracket. */
static bool class_match(struct span pattern, size_t *i, unsigned char c)
{
    bool hit = false;
    ++*i;
    bool negated = *i < pattern.len && at(pattern, *i) == '^';
    if (negated)
        ++*i;
    while (*i < pattern.len && at(pattern, *i) != ']') {
        unsigned char low = class_char(pattern, i), high = low;
        if (*i + 1 < pattern.len && at(pattern, *i) == '-') {
            ++*i;
            high = class_char(pattern, i);
        }
        if (low > high) {
            unsigned char swap = low;
            low = high;
            high = swap;
        }
        hit = hit || (c >= low && c <= high);
    }
    if (*i < pattern.len)
        ++*i;
    return hit != negated;
}

/* Whether the pattern's element at *i, anything but a star, matches c; *i moves behind it. */
static bool element_match(struct span pattern, size_t *i, unsigned char c)
{
    switch (at(pattern, *i)) {
    case '?': ++*i; return true;
    case '[': return class_match(pattern, i, c);
    case '\\':
        if (*i + 1 < pattern.len)
            ++*i;
        break;
    default: break;
    }
    return at(pattern, (*i)++) == c;
}

/* On a mismatch only the last star is tried with one character more: an earlier one taking more
 * could not do better. */
bool glob_match(struct span pattern, struct span text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, star_text = 0;
    while (t < text.len) {
        if (p < pattern.len && at(pattern, p) == '*') {
            star = ++p;
            star_text = t;
            continue;
        }
        size_t next = p;
        if (p < pattern.len && element_match(pattern, &next, at(text, t))) {
            p = next;
            t++;
            continue;
        }
        if (star == SIZE_MAX)
            return false;
        p = star;
        t = ++star_text;
    }
    while (p < pattern.len && at(pattern, p) == '*')
        p++;
    return p == pattern.len;
}
