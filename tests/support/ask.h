/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A blocking RESP client for tests: one connection, requests out, replies as text. */
#ifndef TESTS_SUPPORT_ASK_H
#define TESTS_SUPPORT_ASK_H

#include "base/buf.h"

/* Replies are printed on one line, as redis-cli's raw types: "+OK", "-ERR …", ":1", "$text",
 * "(nil)",
 * "[a b c]" for aggregates. Without an answer (time out, closed) the text is "!timeout" or
 * "!closed".
 */
struct ask {
    int fd; /* -1: not connected */
    struct ask_replies *replies;
    struct buf text; /* of the last reply */
};

/* Connects; false if nobody listens. All-zero before the first use is not needed. */
bool ask_connect(struct ask *a, unsigned port);         /* 127.0.0.1 */
bool ask_connect_path(struct ask *a, const char *path); /* a Unix socket */
void ask_close(struct ask *a);                          /* also of one that never connected */

/* Sends the words, split at spaces, as one request; false if the connection is gone. */
bool ask_send(struct ask *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool ask_send_bytes(struct ask *a, const void *data, size_t len);
/* The next reply; waits up to wait_ms. Borrowed until the next call. */
const char *ask_reply(struct ask *a, int wait_ms);
/* Both, with a generous limit. */
const char *ask(struct ask *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
