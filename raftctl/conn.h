/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections to nodes: ask several at once, wait for all of them until a deadline. */
#ifndef RAFTCTL_CONN_H
#define RAFTCTL_CONN_H

#include "raftctl/endpoint.h"
#include "wire/resp_reply.h"

struct addrinfo;

/* One connection and the request under way on it. It has a reply, has failed, or is waiting.
 * Invariants: fd >= 0 unless failed.code < 0; reply != NULL implies failed.code == 0. */
struct conn {
    struct endpoint to;
    int fd;
    bool connecting;
    bool sent;                 /* a byte of the request has left: a failure now leaves it open */
    struct addrinfo *resolved; /* owned; the addresses of a host name */
    struct addrinfo *next;     /* the one to try when this one fails */
    struct buf out;
    struct resp_replies in;
    const struct resp_value *reply; /* borrowed from in until the next conn_ask or conn_close */
    int error_number;               /* errno of the failure; 0 if it was not the system's */
    struct err failed;
};

/* Nanoseconds of the monotonic clock: what deadlines are counted in. */
uint64_t conn_now_ns(void);

/* Starts connecting; does not wait (but a host name is looked up). A failure shows in c->failed.
 * c is to be closed in every case. */
void conn_open(struct conn *c, const struct endpoint *to);
void conn_close(struct conn *c);

/* Queues a request on a connection without one under way; does nothing on a failed one. */
void conn_ask(struct conn *c, const struct span *argv, size_t argc);

/* Sends a request that needs no reply on a connection that has one, and leaves that as it is. Best
 * effort: it waits for nothing. The connection is good for nothing else afterwards. */
void conn_tell(struct conn *c, const struct span *argv, size_t argc);

/* Runs all of them until each has a reply or has failed; who has neither at the deadline fails
 * with -E_TIMEOUT. */
void conn_wait(struct conn *const *conns, size_t count, uint64_t deadline_ns);

/* Runs all of them until one has a reply or has failed, or until the deadline, at which nothing
 * fails. */
void conn_turn(struct conn *const *conns, size_t count, uint64_t deadline_ns);

/* The next reply of a stream: what was asked for is answered again and again. Returns false, and
 * leaves the connection as it is, if none has come by the deadline; a failure shows in c->failed.
 */
bool conn_next(struct conn *c, uint64_t deadline_ns);

/* Runs one until it is connected or has failed, before anything is asked. */
void conn_wait_connected(struct conn *c, uint64_t deadline_ns);

#endif
