/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cursor over one line of JSON: the tokens trace lines are made of, bounded, in place. */
#ifndef EMULATOR_TRACE_SCAN_H
#define EMULATOR_TRACE_SCAN_H

#include "emulator/trace/reader.h"

/* Invariant: p <= end. The first mistake sets why (a constant sentence), which stays; functions
 * then return zeros, so that a parser may look once at the end. */
struct scan {
    const char *p;
    const char *end;
    const char *why;
};

void scan_fail(struct scan *s, const char *why);
/* What is done for every byte of punctuation is written here, to be part of the caller. */
static inline void scan_blanks(struct scan *s)
{
    while (s->p < s->end && (unsigned char)*s->p <= ' ' &&
           (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n'))
        s->p++;
}

/* Skips blanks; true if the next byte is c, and then it is consumed. */
static inline bool scan_take(struct scan *s, char c)
{
    scan_blanks(s);
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

/* The next byte after blanks, not consumed; '\0' at the end. */
static inline char scan_peek(struct scan *s)
{
    scan_blanks(s);
    return s->p < s->end ? *s->p : '\0';
}

/* Consumes c or fails. */
static inline void scan_expect(struct scan *s, char c)
{
    if (!scan_take(s, c))
        scan_fail(s, "punctuation missing or out of place");
}

/* Is it a number as JSON writes it (RFC 8259, section 6)? */
bool scan_is_number(const char *p, const char *end);
uint64_t scan_u64(struct scan *s);
uint64_t scan_hex64(struct scan *s); /* "0123456789abcdef": exactly 16 digits in quotes */
bool scan_bool(struct scan *s);
/* True (and consumed) if the next token is null. */
bool scan_null(struct scan *s);
/* A string; borrowed from the line, or from r when it held escapes. */
struct trace_text scan_string(struct scan *s, struct trace_reader *r);
/* A string, number, true or false; anything but a string as its raw text. {NULL,0} for null. */
struct trace_text scan_scalar(struct scan *s, struct trace_reader *r);
/* Any value; returns its raw text. Nesting is bounded. */
struct trace_text scan_skip(struct scan *s);

#endif
