/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading trace lines: one NDJSON line in, one struct trace_record out, without a JSON library.
 *
 * Whatever a line holds, reading it costs O(length), allocates nothing beyond bounded scratch, and
 * never crashes. Unknown keys are skipped, so that newer nodes can be read; a known key with a
 * value of the wrong type makes the line malformed. The fields are those of trace/record.h. */
#ifndef EMULATOR_TRACE_READER_H
#define EMULATOR_TRACE_READER_H

#include "base/err.h"
#include "trace/record.h"

#define TRACE_LINE_MAX (16u << 20) /* bytes of one line */
#define TRACE_LIST_MAX 65536u      /* runs or marks of one line */

#define TRACE_KEYS (TRACE_FIELDS_COUNT + 3) /* "ev", an unknown one, none yet */

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
    struct trace_text unknown; /* the first key of the last line that is not known; NULL: none */
    uint8_t next[TRACE_KEYS];  /* for each key, which one followed it last (keys.h) */
};

void trace_reader_init(struct trace_reader *r, struct trace_names *names);
void trace_reader_free(struct trace_reader *r);

/* Reads one line (a final '\n' is optional). Required: t and ev; for events of a node also node,
 * seq, term. line_number goes into the record and into errors.
 * Errors: -E_CORRUPT malformed, -E_UNSUPPORTED an event name unknown here, -E_LIMIT too long, too
 * many list items or too many nodes. rec is filled in place: after a failure it means nothing. */
int trace_read_line(struct trace_reader *r, const char *line, size_t len, uint64_t line_number,
                    struct trace_record *rec, struct err *e) MUST_CHECK;

#endif
