/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steering a cluster: a command for whoever leads, or for one node by its name. */
#ifndef RAFTCTL_STEER_H
#define RAFTCTL_STEER_H

#include "raftctl/ask.h"

/* Asks the leader, wherever it is, and asks again until the time is up while leadership moves,
 * another change is open, or a newcomer lags. kind: whether it does anything. *ret_before: the
 * cluster as it was before the question; *ret_took_ns: how long the answer took. Returns as
 * ask_cluster does; a refusal is a failure. CTL_OK: close with conn_close(&ret->conn). */
enum ctl_exit steer_leader(const struct ctl *ctl, enum ask_kind kind, const struct span *argv,
                           size_t argc, struct answer *ret, struct survey *ret_before,
                           uint64_t *ret_took_ns, struct failure *f);

/* ctl, aimed at the node of that name alone: the endpoint that is it, else where it says it
 * listens. Errors: CTL_UNREACHABLE, nobody knows where it is; CTL_NO: it is no member either. */
enum ctl_exit steer_find(const struct ctl *ctl, const char *name, struct ctl *ret,
                         struct failure *f);

/* The endpoint that is the node, by its own word, for an admin socket has no address: all are asked
 * at once, or the sockets alone. False: none has said so by the deadline. */
bool steer_endpoint(const struct ctl *ctl, const char *name, bool socket_only, uint64_t deadline_ns,
                    struct endpoint *ret) MUST_CHECK;

/* Asks whoever is at ctl's endpoints, as ask_cluster does; once a change is sent, ^C ends the wait
 * for it, and what may go on is told. */
enum ctl_exit steer_ask(const struct ctl *ctl, enum ask_kind kind, const struct span *argv,
                        size_t argc, struct answer *ret, struct failure *f);

/* Asks the node of that name so: by the endpoint that is it, else where it says it listens. */
enum ctl_exit steer_node(const struct ctl *ctl, const char *name, enum ask_kind kind,
                         const struct span *argv, size_t argc, struct answer *ret,
                         struct failure *f);

/* A question whose outcome is not known is not answered by reading a key. */
enum ctl_exit steer_failed(const struct ctl *ctl, struct failure *f);

#endif
