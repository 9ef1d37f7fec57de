/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/trace/scan.h"

#include "base/mem.h"

#include <endian.h>
#include <string.h>

#define DEPTH_MAX   64
#define DIGITS_SAFE 19 /* so many make no number beyond 64 bits */

void scan_fail(struct scan *s, const char *why)
{
    if (s->why == NULL)
        s->why = why;
    s->p = s->end;
}

uint64_t scan_u64(struct scan *s)
{
    scan_blanks(s);
    const char *start = s->p;
    const char *safe = s->end - s->p > DIGITS_SAFE ? s->p + DIGITS_SAFE : s->end;
    uint64_t v = 0;
    for (; s->p < safe && *s->p >= '0' && *s->p <= '9'; s->p++)
        v = v * 10 + (unsigned)(*s->p - '0');
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9') {
        unsigned digit = (unsigned)(*s->p - '0');
        if (v > (UINT64_MAX - digit) / 10) {
            scan_fail(s, "number beyond 64 bits");
            return 0;
        }
        v = v * 10 + digit;
        s->p++;
    }
    if (s->p == start || (s->p < s->end && (*s->p == '.' || *s->p == 'e' || *s->p == 'E'))) {
        scan_fail(s, "a whole number that is not negative was expected");
        return 0;
    }
    return v;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* digits at p, which the caller knows to be inside the line; -1 when one is no hex digit. */
static bool hex_number(const char *p, int digits, uint64_t *ret)
{
    uint64_t v = 0;
    for (int i = 0; i < digits; i++) {
        int d = hex_digit(p[i]);
        if (d < 0)
            return false;
        v = v << 4 | (unsigned)d;
    }
    *ret = v;
    return true;
}

uint64_t scan_hex64(struct scan *s)
{
    uint64_t v = 0;
    scan_blanks(s);
    if (s->end - s->p < 18 || s->p[0] != '"' || s->p[17] != '"' || !hex_number(s->p + 1, 16, &v)) {
        scan_fail(s, "16 hex digits in quotes were expected");
        return 0;
    }
    s->p += 18;
    return v;
}

static bool word(struct scan *s, const char *w)
{
    size_t len = strlen(w);
    scan_blanks(s);
    if ((size_t)(s->end - s->p) < len || memcmp(s->p, w, len) != 0)
        return false;
    s->p += len;
    return true;
}

bool scan_bool(struct scan *s)
{
    if (word(s, "true"))
        return true;
    if (!word(s, "false"))
        scan_fail(s, "true or false was expected");
    return false;
}

bool scan_null(struct scan *s)
{
    return word(s, "null");
}

static void utf8_put(struct trace_reader *r, uint32_t c)
{
    char *p = r->text + r->text_len;
    if (c < 0x80) {
        p[0] = (char)c;
        r->text_len += 1;
    } else if (c < 0x800) {
        p[0] = (char)(0xc0 | c >> 6);
        p[1] = (char)(0x80 | (c & 0x3f));
        r->text_len += 2;
    } else if (c < 0x10000) {
        p[0] = (char)(0xe0 | c >> 12);
        p[1] = (char)(0x80 | (c >> 6 & 0x3f));
        p[2] = (char)(0x80 | (c & 0x3f));
        r->text_len += 3;
    } else {
        p[0] = (char)(0xf0 | c >> 18);
        p[1] = (char)(0x80 | (c >> 12 & 0x3f));
        p[2] = (char)(0x80 | (c >> 6 & 0x3f));
        p[3] = (char)(0x80 | (c & 0x3f));
        r->text_len += 4;
    }
}

/* After "\u": four hex digits, and the second half of a surrogate pair when there is one. */
static void unicode_escape(struct scan *s, struct trace_reader *r)
{
    uint64_t c = 0;
    uint64_t low = 0;
    if (s->end - s->p < 4 || !hex_number(s->p, 4, &c)) {
        scan_fail(s, "bad \\u escape");
        return;
    }
    s->p += 4;
    if (c >= 0xd800 && c < 0xe000) {
        bool pair = c < 0xdc00 && s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u' &&
                    hex_number(s->p + 2, 4, &low) && low >= 0xdc00 && low < 0xe000;
        if (pair)
            s->p += 6;
        c = pair ? 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
    }
    utf8_put(r, (uint32_t)c);
}

/* After a backslash. */
static void escape(struct scan *s, struct trace_reader *r)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char c = s->p < s->end ? *s->p++ : '\0';
    if (c == 'u') {
        unicode_escape(s, r);
        return;
    }
    const char *at = c == '\0' ? NULL : strchr(from, c);
    if (at == NULL) {
        scan_fail(s, "unknown escape in a string");
        return;
    }
    r->text[r->text_len++] = to[at - from];
}

/* The slow road: start is behind the opening quote. Decoded text is never longer than its
 * source, and the reader's room was made for the whole line. */
static struct trace_text decoded(struct scan *s, struct trace_reader *r, const char *start)
{
    size_t begin = r->text_len;
    s->p = start;
    while (s->p < s->end && *s->p != '"') {
        char c = *s->p++;
        if (c == '\\')
            escape(s, r);
        else
            r->text[r->text_len++] = c;
    }
    if (s->p == s->end) {
        scan_fail(s, "string without an end");
        return (struct trace_text){0};
    }
    s->p++;
    return (struct trace_text){r->text + begin, r->text_len - begin};
}

static void make_room(struct scan *s, struct trace_reader *r)
{
    if (r->text_len == 0 && r->text_cap < (size_t)(s->end - s->p)) {
        r->text_cap = (size_t)(s->end - s->p);
        r->text = mem_grow(r->text, r->text_cap, 1);
    }
}

/* Bytes of a word that are zero have their highest bit set, and maybe some behind the first. */
static uint64_t zeros_of(uint64_t word)
{
    return (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
}

/* The next quote or backslash, or the end; eight bytes at a time. */
static const char *string_stop(const char *p, const char *end)
{
    for (uint64_t word; end - p >= (ptrdiff_t)sizeof(word); p += sizeof(word)) {
        memcpy(&word, p, sizeof(word));
        word = le64toh(word);
        uint64_t hits = zeros_of(word ^ 0x2222222222222222u) | zeros_of(word ^ 0x5c5c5c5c5c5c5c5cu);
        if (hits != 0)
            return p + __builtin_ctzll(hits) / 8;
    }
    while (p < end && *p != '"' && *p != '\\')
        p++;
    return p;
}

struct trace_text scan_string(struct scan *s, struct trace_reader *r)
{
    scan_blanks(s);
    if (s->p == s->end || *s->p != '"') {
        scan_fail(s, "a string was expected");
        return (struct trace_text){0};
    }
    make_room(s, r);
    const char *start = s->p + 1;
    s->p = string_stop(start, s->end);
    if (s->p == s->end) {
        scan_fail(s, "string without an end");
        return (struct trace_text){0};
    }
    if (*s->p == '\\')
        return decoded(s, r, start);
    return (struct trace_text){start, (size_t)(s->p++ - start)};
}

static bool ends_scalar(char c)
{
    return c == ',' || c == '}' || c == ']' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static const char *digits_end(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

bool scan_is_number(const char *p, const char *end)
{
    p += p < end && *p == '-';
    const char *whole = digits_end(p, end);
    bool fine = whole > p && (*p != '0' || whole == p + 1);
    p = whole;
    if (fine && p < end && *p == '.') {
        const char *part = digits_end(p + 1, end);
        fine = part > p + 1;
        p = part;
    }
    if (fine && p < end && (*p == 'e' || *p == 'E')) {
        p += p + 1 < end && (p[1] == '+' || p[1] == '-') ? 2 : 1;
        const char *power = digits_end(p, end);
        fine = power > p;
        p = power;
    }
    return fine && p == end;
}

/* A number, true or false. */
static struct trace_text bare(struct scan *s)
{
    const char *start = s->p;
    while (s->p < s->end && !ends_scalar(*s->p))
        s->p++;
    size_t len = (size_t)(s->p - start);
    if (!scan_is_number(start, s->p) && !(len == 4 && memcmp(start, "true", 4) == 0) &&
        !(len == 5 && memcmp(start, "false", 5) == 0)) {
        scan_fail(s, "a value was expected");
        return (struct trace_text){0};
    }
    return (struct trace_text){start, len};
}

struct trace_text scan_scalar(struct scan *s, struct trace_reader *r)
{
    if (scan_peek(s) == '"')
        return scan_string(s, r);
    if (scan_null(s))
        return (struct trace_text){0};
    return bare(s);
}

/* Steps over one string without decoding it. */
static void skip_string(struct scan *s)
{
    s->p++;
    while (s->p < s->end && *s->p != '"')
        s->p += *s->p == '\\' && s->end - s->p > 1 ? 2 : 1;
    if (s->p == s->end)
        scan_fail(s, "string without an end");
    else
        s->p++;
}

/* Steps over one token of a nested value. */
static void skip_token(struct scan *s, char *stack, int *depth)
{
    char c = *s->p;
    if (c == '"') {
        skip_string(s);
    } else if (c == '{' || c == '[') {
        if (*depth == DEPTH_MAX) {
            scan_fail(s, "nested too deeply");
            return;
        }
        stack[(*depth)++] = c == '{' ? '}' : ']';
        s->p++;
    } else if (c == '}' || c == ']') {
        if (*depth == 0 || stack[*depth - 1] != c) {
            scan_fail(s, "brackets do not match");
            return;
        }
        (*depth)--;
        s->p++;
    } else {
        s->p++;
    }
}

struct trace_text scan_skip(struct scan *s)
{
    char stack[DEPTH_MAX];
    int depth = 0;
    char c = scan_peek(s);
    const char *start = s->p;
    if (c == '{' || c == '[') {
        do {
            skip_token(s, stack, &depth);
        } while (s->p < s->end && depth > 0);
        if (depth > 0)
            scan_fail(s, "brackets do not match");
    } else if (c == '"') {
        skip_string(s);
    } else if (!scan_null(s)) {
        (void)bare(s);
    }
    return s->why != NULL ? (struct trace_text){0}
                          : (struct trace_text){start, (size_t)(s->p - start)};
}
