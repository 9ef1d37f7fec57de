/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the twins' files share. */
#ifndef TESTS_SUPPORT_LINTWIN_INSIDE_H
#define TESTS_SUPPORT_LINTWIN_INSIDE_H

#include "tests/support/lintwin.h"

size_t twin_list_length(uint64_t list);
/* Bytes of an element: ",a", or in wide histories sometimes ",bbb". */
size_t twin_element_size(const struct twin *t, uint64_t element);
/* The state after op, or false when its known answer does not fit. */
bool twin_model(const struct twin *t, const struct twin_op *op, uint64_t state, uint64_t *ret);
/* Answers as a real object would; returns the state after it. */
uint64_t twin_execute(const struct twin *t, struct twin_op *op, uint64_t state, struct prng *p);

#endif
