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
/* What a peer gives reason to say again and again, as long as nobody mends it. */
enum journal_once { ONCE_REBORN, ONCE_STRANGER, ONCE_RIVAL, ONCE_KINDS };
/* A line about a member: said once of each peer, until journal_mended. */
void journal_say_once(struct node *n, enum journal_once what, raft_id peer, enum env_level level,
                      const char *text);
void journal_mended(struct node *n, raft_id peer);
/* The newest count of them, oldest first, as JSON. */
void journal_json(const struct node *n, uint64_t count, struct buf *out);

#endif
