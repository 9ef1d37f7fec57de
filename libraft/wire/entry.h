/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A log entry inside an AppendEntries. */
#ifndef WIRE_ENTRY_H
#define WIRE_ENTRY_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/entry.h"

/* index, term, stamp, kind, len; then the payload. */
#define WIRE_ENTRY_HEAD_BYTES (8 + 8 + 8 + 1 + 4)

void wire_entry_put(struct buf *out, const struct entry *entry);
/* The payload is borrowed from the cursor's bytes. Sets c->bad when bytes are missing, the kind is
 * unknown or the payload is above LIMIT_ENTRY_BYTES; the result is then meaningless. */
struct entry wire_entry_get(struct bytes *c);

/* NULL, or what is wrong with count entries that follow position {prev_term, prev_index} in a
 * message of the given term: a gap in the indexes, a term that falls or is above the message's,
 * an index of 2^63 or above. Source: thesis 3.5; terms never fall along a log. */
const char *wire_entries_problem(const struct entry *entries, size_t count, uint64_t prev_term,
                                 uint64_t prev_index, uint64_t message_term);

#endif
