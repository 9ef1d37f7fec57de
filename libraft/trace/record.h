/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One event as data: what a node hands to its host, what readers make of a line, what checkers
 * look at. A line of text is only one form of it (text.h). */
#ifndef TRACE_RECORD_H
#define TRACE_RECORD_H

#include "trace/events.h"
#include "trace/names.h"

/* Bytes that are not NUL-terminated; at is NULL when the key is absent or null. */
struct trace_text {
    const char *at; /* borrowed */
    size_t len;
};

struct trace_position {
    uint64_t term;
    uint64_t index;
};

struct trace_run {
    uint64_t term;
    uint64_t count;
};

/* The chain or digest at an index. */
struct trace_mark {
    uint64_t index;
    uint64_t value;
};

/* kind, key = member of struct trace_record, in the order of a line: the common fields, then those
 * of events. Readers, the printer and the digest are made from this list:
 *   U64 number, HEX 16 hex digits, BOOL, TEXT string, number or null, NODE name or null,
 *   SET array of names, POS position, RUNS [[term,count],…], MARKS [[index,"hex"],…],
 *   RAW any JSON, kept as it is */
#define TRACE_COMMON_FIELDS(X) \
    X(U64, t)                  \
    X(NODE, node)              \
    X(HEX, disk)               \
    X(U64, inc)                \
    X(U64, seq)                \
    X(U64, term)
#define TRACE_FIELDS(X)    \
    TRACE_COMMON_FIELDS(X) \
    X(U64, op)             \
    X(TEXT, client)        \
    X(TEXT, kind)          \
    X(TEXT, key)           \
    X(TEXT, value)         \
    X(TEXT, expect)        \
    X(HEX, write)          \
    X(TEXT, outcome)       \
    X(TEXT, result)        \
    X(BOOL, done)          \
    X(NODE, vote)          \
    X(NODE, candidate)     \
    X(NODE, peer)          \
    X(HEX, peer_disk)      \
    X(NODE, target)        \
    X(BOOL, pre)           \
    X(U64, match)          \
    X(U64, for_term)       \
    X(POS, base)           \
    X(POS, last)           \
    X(U64, image)          \
    X(TEXT, mode)          \
    X(U64, round)          \
    X(U64, point)          \
    X(U64, until)          \
    X(U64, index)          \
    X(U64, from)           \
    X(U64, to)             \
    X(POS, prev)           \
    X(RUNS, runs)          \
    X(U64, at)             \
    X(U64, sid)            \
    X(U64, number)         \
    X(U64, offset)         \
    X(U64, durable)        \
    X(U64, restoring)      \
    X(HEX, chain)          \
    X(HEX, digest)         \
    X(U64, config_index)   \
    X(SET, voters)         \
    X(SET, old)            \
    X(SET, learners)       \
    X(MARKS, marks)        \
    X(TEXT, cause)         \
    X(U64, code)           \
    X(TEXT, what)          \
    X(TEXT, reason)        \
    X(TEXT, error)         \
    X(TEXT, step)          \
    X(TEXT, phase)         \
    X(TEXT, action)        \
    X(SET, targets)        \
    X(RAW, params)         \
    X(U64, mem)            \
    X(U64, fds)            \
    X(U64, log)            \
    X(U64, ord) /* place in the order of happening, from 1, where a world knows it */

enum trace_field {
#define X(kind, name) TRACE_HAS_##name,
    TRACE_FIELDS(X)
#undef X
        TRACE_FIELDS_COUNT
};
_Static_assert(TRACE_FIELDS_COUNT <= 64, "has is one 64-bit word");

/* One event. Members of absent keys are 0, NULL, or -1 for nodes; trace_has tells absent from
 * zero (a key whose value is null counts as present). All texts, runs and marks are borrowed from
 * whoever made the record, and valid until it makes the next. */
struct trace_record {
    enum trace_event ev;
    uint64_t line; /* its number in its file, from 1; 0 = unknown */
    uint64_t has;  /* bit TRACE_HAS_x */
#define TRACE_TYPE_U64   uint64_t
#define TRACE_TYPE_HEX   uint64_t
#define TRACE_TYPE_BOOL  bool
#define TRACE_TYPE_TEXT  struct trace_text
#define TRACE_TYPE_RAW   struct trace_text
#define TRACE_TYPE_NODE  int
#define TRACE_TYPE_SET   nodeset
#define TRACE_TYPE_POS   struct trace_position
#define TRACE_TYPE_RUNS  const struct trace_run *
#define TRACE_TYPE_MARKS const struct trace_mark *
#define X(kind, name)    TRACE_TYPE_##kind name;
    TRACE_FIELDS(X)
#undef X
    uint32_t runs_count;
    uint32_t marks_count;
};

/* What every record begins as: an event of which nothing is told yet. */
void trace_record_init(struct trace_record *rec, enum trace_event ev);

static inline bool trace_has(const struct trace_record *rec, enum trace_field field)
{
    return (rec->has >> field & 1) != 0;
}

/* Fills a field in. */
#define TRACE_PUT(rec, field, v)                        \
    do {                                                \
        (rec)->field = (v);                             \
        (rec)->has |= (uint64_t)1 << TRACE_HAS_##field; \
    } while (0)

/* A text of the program's own; NULL: null. */
struct trace_text trace_text_of(const char *s);
bool trace_text_is(struct trace_text text, const char *s);
bool trace_text_begins(struct trace_text text, const char *prefix);

/* The field table, made from the list. */
enum trace_kind {
    TRACE_KIND_U64,
    TRACE_KIND_HEX,
    TRACE_KIND_BOOL,
    TRACE_KIND_TEXT,
    TRACE_KIND_RAW,
    TRACE_KIND_NODE,
    TRACE_KIND_SET,
    TRACE_KIND_POS,
    TRACE_KIND_RUNS,
    TRACE_KIND_MARKS
};

struct trace_field_info {
    const char *name;
    uint8_t len;
    uint8_t kind;    /* enum trace_kind */
    uint16_t offset; /* in struct trace_record */
};

/* Precondition: field < TRACE_FIELDS_COUNT. */
const struct trace_field_info *trace_field_info(unsigned field);

/* Of all that is in the record, its line number and where its texts lie aside, after `seed`: equal
 * for equal events, on every machine and from every compiler. */
uint64_t trace_record_digest(uint64_t seed, const struct trace_record *rec);

#endif
