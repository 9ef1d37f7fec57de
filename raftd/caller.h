/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One client's connection, shared by callers.c (all of them) and caller.c (one of them). */
#ifndef RAFTD_CALLER_H
#define RAFTD_CALLER_H

#include "raftd/callers.h"
#include "wire/resp.h"

enum caller_state {
    CALLER_OPEN,      /* requests are read */
    CALLER_FINISHING, /* nothing more is read: its open requests are answered first */
    CALLER_ENDING,    /* what was written has to leave; then the write side is shut down */
    CALLER_LINGERING, /* shut down: what still arrives is thrown away, or the kernel would reset the
                         connection under the last reply */
    CALLER_CLOSED,    /* waits for libuv */
};

/* Invariants: in callers.all unless CLOSED; in callers.ready iff ready; in callers.waiting iff
 * waiting. number is 0 for a connection the node does not know of (too many). */
struct caller {
    TAILQ_ENTRY(caller) all_link;
    TAILQ_ENTRY(caller) ready_link;
    TAILQ_ENTRY(caller) waiting_link;
    struct callers *all;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    uv_shutdown_t shutdown;
    struct outq out;
    struct resp_requests in;
    uint64_t number;
    enum caller_state state;
    bool admin;                 /* came by the admin socket */
    bool ended;                 /* the client will say no more */
    bool reading;               /* the socket is being read */
    bool ready;                 /* bytes wait to be parsed */
    bool waiting;               /* callers_settle has to look at it */
    bool stalled;               /* too many requests open, or replies unread: not read */
    size_t fed_bytes;           /* read since it was parsed last */
    uint64_t seen_bytes;        /* written, when it was looked at last */
    uint64_t since_ns;          /* when that rose last, or when lingering began */
    char problem[ERR_TEXT_MAX]; /* FINISHING: the last words; empty for none */
};

TAILQ_HEAD(caller_list, caller);

struct callers {
    struct turn *turn;
    uv_tcp_t port;
    uv_pipe_t socket;
    bool port_open;
    bool socket_open;
    uv_timer_t sweep;
    struct caller_list all;
    struct caller_list ready;
    struct caller_list waiting;
    size_t count;  /* in all */
    size_t guests; /* of these, by TCP and admitted */
    uint64_t guests_max;
    uint64_t serial;       /* of the last number given */
    struct caller **slots; /* number % 2^16 → caller */
    uint32_t *free_slots;
    size_t free_count;
    uint64_t *gone; /* numbers the node is to be told of */
    size_t gone_count;
    size_t gone_cap;
};

/* caller.c */

/* Starts reading. */
void caller_open(struct caller *c);
/* Refused: gets this line and is hung up on. */
void caller_refuse(struct caller *c, const char *line);
/* Parses what has arrived and hands the requests over. */
void caller_turn(struct caller *c);
/* Goes on, if what it waited for has happened. */
void caller_settle(struct caller *c);
/* Once a second: closes those that do not move. */
void caller_sweep(struct caller *c, uint64_t now_ns);
/* Nothing more is read or parsed; closes it at once if it waits for nothing. */
void caller_finish(struct caller *c);
void caller_hang_up(struct caller *c);
void caller_close(struct caller *c);

/* callers.c: takes it out of the tables; called once, by caller_close. */
void callers_forget(struct callers *all, struct caller *c);

#endif
