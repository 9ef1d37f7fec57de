/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a client's write is called in traces, by the client that asks and by the leader that appends
 * it: 64 bits made from the words of the request alone. */
#ifndef TRACE_WRITE_NAME_H
#define TRACE_WRITE_NAME_H

#include "base/span.h"

/* sid, seq: the number of its session and its own there; 0, 0: it has none. words: of the data
 * command, count of them. Equal requests have equal names, others have not (but for one pair in
 * 2^64). Never 0. */
uint64_t trace_write_name(uint64_t sid, uint64_t seq, const struct span *words, size_t count);

#endif
