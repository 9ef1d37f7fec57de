/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces written by hand, short enough to read:
 *
 *     TIME NODE TERM EVENT key=value …
 *
 * NODE is "n1", "n1#2" (its second incarnation), "n1#2@e2" (on disk 0xe2, else 0xa1 of n1, 0xa2 of
 * n2, …) or "-" (client and fault events, with TERM "-"). Values are JSON without the quotes: words
 * become strings, #ab the 16 hex digits of 0xab, 2:5 the position of term 2 and index 5. TIME is in
 * ms unless it has a unit ("2.5s"). Sequence numbers count up by themselves. */
#ifndef TESTS_SUPPORT_TRACETEXT_H
#define TESTS_SUPPORT_TRACETEXT_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the NDJSON lines of a text to out. -E_INVALID: it is no such text. */
int tracetext_expand(const char *text, struct buf *out, struct err *e) MUST_CHECK;

#endif
