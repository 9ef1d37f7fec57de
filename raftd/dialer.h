/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The connection that this node dials to one peer, and keeps dialing: its frames leave on it. */
#ifndef RAFTD_DIALER_H
#define RAFTD_DIALER_H

#include "raftd/turn.h"
#include "wire/frame.h"

/* How long what may take. */
struct dialer_limits {
    uint64_t connect_ns;     /* connecting, and again the handshake; then a fresh socket: its first
                                packet goes at once, TCP's own second try comes a second later */
    uint64_t silence_ns;     /* bytes that the other host acknowledges none of */
    uint64_t backoff_ns_min; /* after a refusal; doubles up to the maximum, half of it random */
    uint64_t backoff_ns_max;
};

struct dialer; /* opaque */

/* turn and limits are borrowed. Ownership: dialer_free. */
struct dialer *dialer_new(struct turn *turn, const struct dialer_limits *limits,
                          const struct node_peer *peer, uint64_t seed);
/* Closes; the memory goes when the loop has closed the handles. Never enters the node. */
void dialer_free(struct dialer *d);

const struct node_peer *dialer_peer(const struct dialer *d);
/* The peer lives elsewhere now, or under another address: what is open is closed. */
void dialer_move(struct dialer *d, const struct node_peer *peer);

/* Dials as soon as the loop runs, if it is waiting to; forgets earlier refusals. */
void dialer_hurry(struct dialer *d);

/* One frame. False: not connected, or too much is queued. */
bool dialer_send(struct dialer *d, const void *frame, size_t len);

/* The peer has greeted this node with that incarnation: it is alive, and what an older one left
 * open is not. */
void dialer_greeted(struct dialer *d, uint64_t incarnation);

/* Looks whether what was sent is being acknowledged; to be called a few times per silence_ns.
 * rested: nobody looked for a while (the process was stopped): what that means is unknown. */
void dialer_watch(struct dialer *d, uint64_t now_ns, bool rested);

/* True once after a link was lost on which frames may have been sent. */
bool dialer_take_lost(struct dialer *d);

/* Why nobody answered an attempt, once after each; NULL: nothing new. Borrowed. */
const char *dialer_take_failure(struct dialer *d);

/* "connected", "connecting", "waiting: connection refused". Borrowed. */
const char *dialer_describe(const struct dialer *d);

#endif
