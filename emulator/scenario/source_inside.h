/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of files share. */
#ifndef SCENARIO_SOURCE_INSIDE_H
#define SCENARIO_SOURCE_INSIDE_H

#include "base/err.h"

/* The whole of a regular file of at most JSON_BYTES_MAX; free the text. Errors: -E_NOTFOUND,
 * -E_PERMISSION, -E_IO, -E_LIMIT. */
int scenario_source_read(const char *path, char **ret_text, size_t *ret_len,
                         struct err *e) MUST_CHECK;

#endif
