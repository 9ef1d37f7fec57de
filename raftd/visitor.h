/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections that peers dialed: a greeting, then frames for the node. */
#ifndef RAFTD_VISITOR_H
#define RAFTD_VISITOR_H

#include "raftd/turn.h"

/* All of them. */
struct visitors {
    struct turn *turn;
    const char *clients_at; /* where clients are to go that come here instead; borrowed */
    /* A peer was admitted; called from the loop, not from within the node. */
    void (*greeted)(void *arg, raft_id id, uint64_t incarnation);
    void *arg;
    TAILQ_HEAD(, visitor) list;
    size_t count;
    uint64_t complained_ns; /* when a bad connection was last logged */
    unsigned swallowed;     /* complaints since then */
};

void visitors_init(struct visitors *v, struct turn *turn, const char *clients_at,
                   void (*greeted)(void *arg, raft_id id, uint64_t incarnation), void *arg);
/* Takes a waiting connection of the listener. */
void visitors_accept(struct visitors *v, uv_stream_t *listener);
/* Closes those that have not greeted in time; once in a while. */
void visitors_watch(struct visitors *v, uint64_t now_ns);
void visitors_close(struct visitors *v);

#endif
