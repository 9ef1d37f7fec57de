/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph of states walked by hand: what can happen next, numbered; one of it happens; and back.
 */
#ifndef EXPLORE_HAND_H
#define EXPLORE_HAND_H

#include "base/buf.h"
#include "base/err.h"
#include "emulator/explore/bounds.h"

struct ex_hand; /* opaque */

struct ex_hand *ex_hand_open(const struct ex_bounds *bounds);
void ex_hand_close(struct ex_hand *h); /* NULL is allowed */

/* Does one line of text and adds what there is to say to out; an empty line and one that begins
 * with '#' do nothing. *ret_quit: it was the last one. Negative: nothing was done, and e says what
 * is wrong and what would be right. */
int ex_hand_line(struct ex_hand *h, const char *line, struct buf *out, bool *ret_quit,
                 struct err *e) MUST_CHECK;

/* The k-th command's name, for completion; NULL: there are no more. */
const char *ex_hand_name_at(size_t k);
/* What to show before each line. Borrowed until the next call. */
const char *ex_hand_prompt(struct ex_hand *h);
/* A promise is broken where it stands. */
bool ex_hand_broken(const struct ex_hand *h);

#endif
