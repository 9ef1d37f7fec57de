/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading trace lines: one NDJSON line in, one struct trace_record out, without a JSON library.
 *
 * Whatever a line holds, reading it costs O(length), allocates nothing beyond bounded scratch, and
 * never crashes. Unknown keys are skipped, so that newer nodes can be read; a known key with a
 * value of the wrong type makes the line malformed. Node names become small numbers (struct
 * trace_names), so that sets of nodes are 64-bit words. */
#ifndef EMULATOR_TRACE_READER_H
#define EMULATOR_TRACE_READER_H

#include "base/err.h"
#include "base/limits.h"
#include "trace/trace.h"

#define TRACE_NODES_MAX 64          /* different nodes in one run: node sets are 64-bit words */
#define TRACE_LINE_MAX  (16u << 20) /* bytes of one line */
#define TRACE_LIST_MAX  65536u      /* runs or marks of one line */

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

/* Node name <-> number. All-zero is empty. Invariant: names are distinct, never removed. */
struct trace_names {
    char name[TRACE_NODES_MAX][LIMIT_NODE_NAME + 1];
    uint32_t count;
};

/* The number of that name, adding it; -1 if it is empty, too long, or the table is full. */
int trace_names_add(struct trace_names *names, const char *name, size_t len);
/* The number of that name, or -1. */
int trace_names_find(const struct trace_names *names, const char *name, size_t len);
/* "?" for -1. */
const char *trace_names_text(const struct trace_names *names, int node);

/* kind, key = member of struct trace_record. This list is the parser:
 *   U64 number, HEX 16 hex digits, BOOL, TEXT string, number or null, NODE name or null,
 *   SET array of names, POS position, RUNS [[term,count],…], MARKS [[index,"hex"],…],
 *   TEXTS array of strings (kept as raw JSON) */
#define TRACE_FIELDS(X)  \
    X(U64, t)            \
    X(NODE, node)        \
    X(HEX, disk)         \
    X(U64, inc)          \
    X(U64, seq)          \
    X(U64, term)         \
    X(U64, durable)      \
    X(U64, config_index) \
    X(U64, restoring)    \
    X(U64, image)        \
    X(U64, for_term)     \
    X(U64, from)         \
    X(U64, to)           \
    X(U64, index)        \
    X(U64, until)        \
    X(U64, round)        \
    X(U64, point)        \
    X(U64, offset)       \
    X(U64, match)        \
    X(U64, at)           \
    X(U64, op)           \
    X(HEX, chain)        \
    X(HEX, digest)       \
    X(BOOL, pre)         \
    X(BOOL, done)        \
    X(NODE, vote)        \
    X(NODE, candidate)   \
    X(NODE, peer)        \
    X(NODE, target)      \
    X(SET, voters)       \
    X(SET, old)          \
    X(SET, learners)     \
    X(POS, base)         \
    X(POS, last)         \
    X(POS, prev)         \
    X(RUNS, runs)        \
    X(MARKS, marks)      \
    X(TEXT, cause)       \
    X(TEXT, what)        \
    X(TEXT, reason)      \
    X(TEXT, mode)        \
    X(TEXT, step)        \
    X(TEXT, phase)       \
    X(TEXT, action)      \
    X(TEXT, client)      \
    X(TEXT, kind)        \
    X(TEXT, key)         \
    X(TEXT, value)       \
    X(TEXT, expect)      \
    X(TEXT, outcome)     \
    X(TEXT, result)      \
    X(TEXT, error)       \
    X(TEXTS, targets)

enum trace_field {
#define X(kind, name) TRACE_HAS_##name,
    TRACE_FIELDS(X)
#undef X
        TRACE_FIELDS_COUNT
};
_Static_assert(TRACE_FIELDS_COUNT <= 64, "has is one 64-bit word");

/* One event. Members of absent keys are 0, NULL, or -1 for nodes; trace_has tells absent from
 * zero (a key whose value is null counts as present). All texts, runs and marks are borrowed from
 * the line and the reader: valid until the reader's next line. */
struct trace_record {
    enum trace_event ev;
    uint64_t line; /* its number in its file, from 1; 0 = unknown */
    uint64_t has;  /* bit TRACE_HAS_x */
#define TRACE_TYPE_U64   uint64_t
#define TRACE_TYPE_HEX   uint64_t
#define TRACE_TYPE_BOOL  bool
#define TRACE_TYPE_TEXT  struct trace_text
#define TRACE_TYPE_TEXTS struct trace_text
#define TRACE_TYPE_NODE  int
#define TRACE_TYPE_SET   uint64_t
#define TRACE_TYPE_POS   struct trace_position
#define TRACE_TYPE_RUNS  const struct trace_run *
#define TRACE_TYPE_MARKS const struct trace_mark *
#define X(kind, name)    TRACE_TYPE_##kind name;
    TRACE_FIELDS(X)
#undef X
    uint32_t runs_count;
    uint32_t marks_count;
};

static inline bool trace_has(const struct trace_record *rec, enum trace_field field)
{
    return (rec->has >> field & 1) != 0;
}

bool trace_text_is(struct trace_text text, const char *s);

/* The reader's scratch. Owns its memory; names is borrowed and shared by the readers of a run. */
struct trace_reader {
    struct trace_names *names;
    struct trace_run *runs;
    size_t runs_cap;
    struct trace_mark *marks;
    size_t marks_cap;
    char *text; /* owned: strings that held escapes, decoded; never moved during a line */
    size_t text_len;
    size_t text_cap;
};

void trace_reader_init(struct trace_reader *r, struct trace_names *names);
void trace_reader_free(struct trace_reader *r);

/* Reads one line (a final '\n' is optional). Required: t and ev; for events of a node also node,
 * seq, term. line_number goes into the record and into errors.
 * Errors: -E_CORRUPT malformed, -E_UNSUPPORTED an event name unknown here, -E_LIMIT too long, too
 * many list items or too many nodes. ret is untouched on failure. */
int trace_read_line(struct trace_reader *r, const char *line, size_t len, uint64_t line_number,
                    struct trace_record *ret, struct err *e) MUST_CHECK;

#endif
