/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node has said lately, kept for RAFT EVENTS; and what it says goes to its host's log. */
#ifndef NODE_JOURNAL_H
#define NODE_JOURNAL_H

#include "base/buf.h"
#include "raft/env.h"

#define JOURNAL_LINES 128

struct journal_line {
    uint64_t at_ns;
    enum env_topic topic;
    enum env_level level;
    char text[320]; /* cut if longer */
};

struct journal {
    struct journal_line lines[JOURNAL_LINES]; /* line number n at n % JOURNAL_LINES */
    uint64_t next;
};

struct node;

/* One line for the log, without '\n'. */
void journal_say(struct node *n, enum env_topic topic, enum env_level level, const char *text);
/* The same, for what holds again and again: said when it is new since the start. Lines beyond a
 * thousand such are not said. */
void journal_say_once(struct node *n, enum env_topic topic, enum env_level level, const char *text);
/* The newest count of them, oldest first, as JSON. */
void journal_json(const struct node *n, uint64_t count, struct buf *out);

#endif
