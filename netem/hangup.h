/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ends TCP connections where they end: at their sockets, in the endpoints' namespaces (sock_diag).
 */
#ifndef NETEM_HANGUP_H
#define NETEM_HANGUP_H

#include "netem/topo.h"

/* Whether this kernel destroys sockets on request (CONFIG_INET_DIAG_DESTROY). */
bool hangup_possible(void);

/* Destroys, at both ends, the connections of which chosen(arg, from, to) holds in one of their
 * directions. Their owners read an error, and their peers get a reset, as far as the links let it
 * through. *ret_count: how many connections that were.
 * Errors: -E_UNSUPPORTED, -E_PERMISSION, -E_IO. */
int hangup(const struct topo *t, bool (*chosen)(void *arg, int from, int to), void *arg,
           unsigned *ret_count, struct err *e) MUST_CHECK;

#endif
