/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record as a line: one JSON object (NDJSON).
 *
 * Every line begins with the common fields, in this order:
 *   t     CLOCK_BOOTTIME of the host in ns; one host, one clock: merging nodes is a sort
 *   node  name ("n1")          disk  id of the data directory (16 hex digits)
 *   inc   incarnation: how often this directory was started, from 1
 *   seq   number of the line within the incarnation, from 1
 *   term  current term after the event
 *   ev    name of the event, one of TRACE_EVENTS
 * Indexes and terms are numbers; digests and chains are 16 hex digits. A position is
 * {"term":T,"index":I}. `chain` at index k is hash(chain at k-1, term, kind, payload), so two
 * equal chains mean two equal logs up to k. `marks` is [[index,"chain or digest"],…]: the value at
 * each multiple of 64 inside the range and at its end. Sets of nodes stand in rising order of their
 * ids. */
#ifndef TRACE_TEXT_H
#define TRACE_TEXT_H

#include "base/buf.h"
#include "trace/record.h"

/* Appends the line with its '\n'. names: of the record's numbers. */
void trace_print(struct buf *out, const struct trace_names *names, const struct trace_record *rec);

#endif
