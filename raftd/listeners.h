/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ports and socket files to be dialed at: opening them, with errors a person can act on. */
#ifndef RAFTD_LISTENERS_H
#define RAFTD_LISTENERS_H

#include "base/err.h"

#include <uv.h>

/* Both initialise *handle, bind it and listen; each new connection calls on_connection. key is the
 * option's name, for the message. 0, or a negative code (-E_BUSY: somebody else is there); the
 * handle is then initialised all the same, to be closed. */
int listeners_tcp(uv_loop_t *loop, uv_tcp_t *handle, const char *key, const char *address,
                  uv_connection_cb on_connection, struct err *e) MUST_CHECK;
/* A socket file that nobody answers at any more is replaced; only its owner may connect. It is
 * removed when the handle is closed. */
int listeners_unix(uv_loop_t *loop, uv_pipe_t *handle, const char *key, const char *path,
                   uv_connection_cb on_connection, struct err *e) MUST_CHECK;

/* Why one cannot listen there, as a sentence: status is a uv code (-errno). -E_BUSY, -E_NOTFOUND,
 * -E_PERMISSION or -E_IO. */
int listeners_fail(struct err *e, const char *key, const char *where, int status);

#endif
