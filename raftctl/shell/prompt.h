/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands before what is typed: cluster, leader, term, commit. */
#ifndef RAFTCTL_SHELL_PROMPT_H
#define RAFTCTL_SHELL_PROMPT_H

#include "base/buf.h"
#include "raftctl/shell/scout.h"

/* "demo n2* t7 c1842> ", "demo no-leader t7 c1842> ", "demo unreachable> ", "raftctl> " before the
 * first look. Colours, where a terminal has them, are enclosed in \001 and \002. */
void prompt_put(struct buf *out, const struct scout_view *view, bool color);

/* Whether the change is worth telling while nothing is asked; the sentence is then in *ret. */
bool prompt_news(const struct scout_view *before, const struct scout_view *now, struct buf *ret);

#define PROMPT_MORE "...> "

#endif
