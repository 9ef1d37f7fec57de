/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processes an adapter starts: when one ends by itself, so does the adapter. */
#ifndef EMULATOR_ADAPTERS_SERVER_H
#define EMULATOR_ADAPTERS_SERVER_H

#include "base/err.h"

/* Starts it in the adapter's process group; what it prints goes to the log. argv[0] is a path.
 * Errors: -E_IO, -E_LIMIT, -E_CLOSED (they are stopped). */
int server_start(char *const *argv, struct err *e) MUST_CHECK;
/* Before any is started: whether one that ended by itself, other than in order, has done so for a
 * good reason. Asked by a thread of its own. */
void server_may_end(bool (*may)(void));
/* Asks all of them to end, and waits as long as grace_ms; then kills. */
void server_stop_all(uint64_t grace_ms);

/* Writes a file below dir. Errors: those of writing. */
int server_write_file(const char *dir, const char *name, const char *text,
                      struct err *e) MUST_CHECK;

#endif
