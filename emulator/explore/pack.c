/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/pack.h"

#include <string.h>

#define MATCH_MIN 4u
#define REST      15u /* in a nibble: more follows */

static uint32_t word_at(const uint8_t *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof(word));
    return word;
}

static uint16_t *memory_of(struct pack_memory *m, const uint8_t *p)
{
    return &m->at[(word_at(p) * 2654435761u) >> 19];
}

static uint8_t *put_rest(uint8_t *out, size_t rest)
{
    for (; rest >= 255; rest -= 255)
        *out++ = 255;
    *out++ = (uint8_t)rest;
    return out;
}

/* Literals, and a match behind them unless matched is 0: then it is the end. */
static uint8_t *put_sequence(uint8_t *out, const uint8_t *literals, size_t count, size_t distance,
                             size_t matched)
{
    size_t more = matched == 0 ? 0 : matched - MATCH_MIN;
    *out++ = (uint8_t)((count < REST ? count : REST) << 4 | (more < REST ? more : REST));
    if (count >= REST)
        out = put_rest(out, count - REST);
    memcpy(out, literals, count);
    out += count;
    if (matched == 0)
        return out;
    *out++ = (uint8_t)distance;
    *out++ = (uint8_t)(distance >> 8);
    return more >= REST ? put_rest(out, more - REST) : out;
}

static size_t match_length(const uint8_t *a, const uint8_t *b, const uint8_t *end)
{
    const uint8_t *start = b;
    while (b < end && *a == *b) {
        a++;
        b++;
    }
    return (size_t)(b - start);
}

size_t pack(struct pack_memory *m, const uint8_t *raw, size_t len, uint8_t *out)
{
    ASSERT(len <= PACK_RAW_MAX);
    uint8_t *start = out;
    const uint8_t *end = raw + len, *literals = raw;
    memset(m, 0, sizeof(*m)); /* 0 is a place, too: what is found there is compared */
    for (const uint8_t *p = raw + 1; len > 0 && p + MATCH_MIN <= end;) {
        uint16_t *place = memory_of(m, p);
        const uint8_t *found = raw + *place;
        *place = (uint16_t)(p - raw);
        if (word_at(found) != word_at(p)) {
            p++;
            continue;
        }
        size_t matched = match_length(found, p, end);
        out = put_sequence(out, literals, (size_t)(p - literals), (size_t)(p - found), matched);
        p += matched;
        literals = p;
    }
    out = put_sequence(out, literals, (size_t)(end - literals), 0, 0);
    return (size_t)(out - start);
}

/* Adds what follows a nibble of 15. */
static bool take_rest(const uint8_t **code, const uint8_t *end, size_t *count)
{
    uint8_t more = 255;
    while (more == 255) {
        if (*code == end || *count > PACK_RAW_MAX)
            return false;
        more = *(*code)++;
        *count += more;
    }
    return true;
}

bool unpack(const uint8_t *code, size_t len, uint8_t *raw, size_t raw_len)
{
    const uint8_t *end = code + len;
    uint8_t *to = raw, *to_end = raw + raw_len;
    while (code < end) {
        uint8_t first = *code++;
        size_t count = first >> 4, matched = first & REST;
        if (count == REST && !take_rest(&code, end, &count))
            return false;
        if (count > (size_t)(end - code) || count > (size_t)(to_end - to))
            return false;
        memcpy(to, code, count);
        code += count;
        to += count;
        if (code == end)
            return to == to_end;
        if (end - code < 2)
            return false;
        size_t distance = (size_t)(code[0] | code[1] << 8);
        code += 2;
        if (matched == REST && !take_rest(&code, end, &matched))
            return false;
        matched += MATCH_MIN;
        if (distance == 0 || distance > (size_t)(to - raw) || matched > (size_t)(to_end - to))
            return false;
        for (; matched > 0; matched--, to++)
            *to = to[-(ptrdiff_t)distance];
    }
    return false;
}
