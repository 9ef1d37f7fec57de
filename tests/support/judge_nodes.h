/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laboratory's safety checkers over what a cluster in one process did. */
#ifndef TESTS_SUPPORT_JUDGE_NODES_H
#define TESTS_SUPPORT_JUDGE_NODES_H

#include "tests/support/nodes.h"

/* NULL, or what is violated; valid until the next call. Also that the checker named must_see has
 * compared something, unless it is NULL. */
const char *judge_nodes(const struct nodes *n, const char *must_see);

#endif
