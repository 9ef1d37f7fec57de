/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expected failures: a code to branch on and a sentence to show. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/must.h"

/* name, text: every code a raftlab function may return (negated: -E_IO). */
#define ERR_CODES(X)                                    \
    X(E_IO, "input/output error")                       \
    X(E_NOSPACE, "no space left")                       \
    X(E_CORRUPT, "data is corrupt")                     \
    X(E_INVALID, "invalid input")                       \
    X(E_NOTFOUND, "not found")                          \
    X(E_EXISTS, "already exists")                       \
    X(E_BUSY, "busy")                                   \
    X(E_LIMIT, "a limit was reached")                   \
    X(E_PERMISSION, "not permitted")                    \
    X(E_UNSUPPORTED, "not supported here")              \
    X(E_TIMEOUT, "timed out")                           \
    X(E_CLOSED, "connection closed")                    \
    X(E_MISMATCH, "belongs to another cluster or node") \
    X(E_LOST, "durable state is missing")

enum err_code {
    E_OK = 0,
#define X(name, text) name,
    ERR_CODES(X)
#undef X
};

#define ERR_TEXT_MAX 512

/* Who failed, on what, and the system's reason: "netem: n1>n3: set delay: sch_netem: …".
 * text is always NUL-terminated; empty while code is 0. */
struct err {
    int code; /* 0 or a negated enum err_code */
    char text[ERR_TEXT_MAX];
};

/* The generic sentence of a code; accepts it negated or not. Never NULL. */
const char *err_name(int code);

/* Fills e (may be NULL) and returns code, so that a function can end with
 * `return err_set(e, -E_IO, "…")`. Long texts are cut, never overflowed. */
int err_set(struct err *e, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The same, with ": " and strerror(errno_value) appended. */
int err_set_errno(struct err *e, int code, int errno_value, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Puts "context: " in front of the text already there; returns e->code. */
int err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The code that fits an errno value: ENOSPC and EDQUOT give -E_NOSPACE, EPERM and EACCES
 * -E_PERMISSION, ENOENT -E_NOTFOUND, EEXIST -E_EXISTS, all others -E_IO. */
int err_from_errno(int errno_value);

#endif
