/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Assertions that stay on in release builds, and results that must be used. */
#ifndef BASE_MUST_H
#define BASE_MUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stops the program because an invariant does not hold: a bug here, never bad input.
 * The default (panic.c) prints one line to stderr and aborts with a core; a freestanding host
 * brings its own. */
_Noreturn void raft_panic(const char *file, int line, const char *what);

#define ASSERT(cond)  ((cond) ? (void)0 : raft_panic(__FILE__, __LINE__, #cond))
#define UNREACHABLE() raft_panic(__FILE__, __LINE__, "unreachable")

/* Expected failures are return values, and ignoring one is a compile error. */
#define MUST_CHECK __attribute__((warn_unused_result))

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
