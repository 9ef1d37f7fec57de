/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a verb's JSON looks like, in a few letters, and as a JSON Schema (draft 2020-12).
 *
 *   object   {name:s term:n leader:s~ match?:n}     ? behind a name: it may be absent
 *   array    [TYPE]
 *   s text   n whole number, not negative, far below 2^53   d number   b true or false
 *   i whole number, or beyond 2^53 its digits as a string (exact.h)
 *   x id of 64 bits, 16 hexadecimal digits   k bytes: text, or {"b64":text}   * anything
 *   ~ behind a type: or null
 */
#ifndef RAFTCTL_SCHEMA_H
#define RAFTCTL_SCHEMA_H

#include "base/buf.h"

/* text: the members of the document, without the braces around them; "v":1 comes before them, and
 * "via" may stand behind them. */
void schema_put(struct buf *out, const char *title, const char *text);

/* Of what -o json says when a verb fails. */
void schema_put_failure(struct buf *out);

#endif
