/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node is and did, as the text of a case: without times, digests and other things that
 * change when something else does. */
#ifndef NODES_SHOW_H
#define NODES_SHOW_H

#include "tests/support/nodes.h"

/* One line: role, term, log, what is applied; or that it is down. */
void show_state(struct buf *out, const struct nodes_one *one);

/* The members it has in force. */
void show_members(struct buf *out, const struct nodes_one *one);

/* The terms of its log. */
void show_log(struct buf *out, const struct nodes_one *one);

/* A line of the trace: "committed to=4". line ends in '\n'. */
void show_event(struct buf *out, const char *line);

/* Whether a line of the trace is of this event. */
bool show_event_is(const char *line, const char *name);

#endif
