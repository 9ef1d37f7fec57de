/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the end of a line in bytes that are still arriving, each byte looked at once. */
#ifndef WIRE_RESP_LINE_H
#define WIRE_RESP_LINE_H

#include "base/buf.h"
#include "base/span.h"

/* Looks for the line that begins at `from`, going on at *scan (first byte not yet looked at, >=
 * from). 1: *ret_line is the line without its end ("\n" or "\r\n") and *scan is behind it. 0: not
 * here yet. -1: longer than max without an end. */
int resp_line(const struct buf *in, size_t from, size_t *scan, size_t max,
              struct span *ret_line) MUST_CHECK;

/* Drops the first *start bytes once they are at least half of the buffer, so that a byte is moved
 * once at most; an empty buffer that has grown large gives its memory back. Returns how many
 * bytes everything moved down. */
size_t resp_compact(struct buf *in, size_t start);

#endif
