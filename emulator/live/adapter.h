/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The conversation with one adapter (emulator/adapters/PROTOCOL.md): the process of a node that is
 * not raftd. */
#ifndef LIVE_ADAPTER_H
#define LIVE_ADAPTER_H

#include "emulator/adapters/lines.h"

#include <uv.h>

struct adapter; /* opaque */

/* What it has to say by itself; none is called any more after close. */
struct adapter_events {
    /* Its node runs. */
    void (*started)(void *arg);
    /* It names another leader than before; NULL: none. */
    void (*leader)(void *arg, const char *node);
    /* Cannot do it here, or does not speak the protocol; -E_UNSUPPORTED, -E_CLOSED, -E_INVALID. */
    void (*failed)(void *arg, const struct err *e);
};

/* A process has been started; fd is its standard input and output, and owned from now on. start
 * is asked as soon as it has said hello, unless it lacks one of needs (bit ADAPTER_CAN_x): then it
 * has failed with -E_UNSUPPORTED. What start names, events and arg are borrowed until it is closed.
 */
struct adapter *adapter_open(uv_loop_t *loop, int fd, const struct adapter_ask *start,
                             uint32_t needs, const struct adapter_events *events, void *arg);
/* The process has ended, or is given up: whoever still waits for an answer is told that it is lost.
 * a is gone. NULL is fine. */
void adapter_close(struct adapter *a);

bool adapter_serves(const struct adapter *a); /* its node has been started, and not stopped */
bool adapter_can(const struct adapter *a, enum adapter_ability can);
const char *adapter_name(const struct adapter *a); /* "etcd 3.4.23"; "" before hello */

/* The node shall stop; then the adapter, by the end of its input. */
void adapter_stop(struct adapter *a, uint64_t grace_ns);
/* Now and then: asks who leads. */
void adapter_tick(struct adapter *a);

/* line: NULL: it is lost, and why says how. Borrowed. */
typedef void adapter_answer(void *arg, const struct adapter_line *line, const char *why);
/* Asks (ask->id is not looked at). *ret_ticket names the question until it is answered or
 * forgotten. Errors: -E_LIMIT: too many at once; -E_CLOSED. */
int adapter_question(struct adapter *a, const struct adapter_ask *ask, adapter_answer *answer,
                     void *arg, uint64_t *ret_ticket, struct err *e) MUST_CHECK;
/* Nobody wants the answer any more; an unknown ticket is fine. */
void adapter_forget(struct adapter *a, uint64_t ticket);

#endif
