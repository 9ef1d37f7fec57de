/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Splitting a line into words as Redis does: spaces, 'quotes', "quotes with \n and \x41". */
#ifndef WIRE_RESP_INLINE_H
#define WIRE_RESP_INLINE_H

#include "base/span.h"

/* Takes the next word of line[*at..len), unescaping it in place (a word never grows). 1:
 * *ret_word points into line and *at is behind it. 0: no more words. -1: a quote is not closed,
 * or closed in the middle of a word. */
int resp_inline_word(char *line, size_t len, size_t *at, struct span *ret_word) MUST_CHECK;

#endif
