/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `cluster.sut` names: which program stands between the laboratory and a node. */
#ifndef EMULATOR_ADAPTERS_SUTS_H
#define EMULATOR_ADAPTERS_SUTS_H

#include "base/err.h"

/* The words an adapter is started with: of "etcd" and "redis-sentinel" this program's own, of
 * "exec:PROGRAM WORD…" those, the program looked for as a shell would. Ends with NULL; owned by the
 * caller (adapter_words_free). Errors: -E_NOTFOUND (no such program), -E_INVALID. */
int adapter_words(const char *sut, char ***ret, struct err *e) MUST_CHECK;
void adapter_words_free(char **words); /* NULL is fine */

/* The absolute path of a program, looked for as a shell would; NULL: there is none. Owned. */
char *adapter_program(const char *name) MUST_CHECK;

#endif
