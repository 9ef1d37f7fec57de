/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON pointers (RFC 6901): /cluster/leader, /nodes/0/name. */
#ifndef RAFTCTL_POINTER_H
#define RAFTCTL_POINTER_H

#include "base/must.h"

struct cJSON;

/* The value at that place, or NULL: there is none, or text is no pointer. */
const struct cJSON *pointer_find(const struct cJSON *root, const char *text);

/* A member that is a whole number, not negative; 0 if it is something else or not there. */
uint64_t pointer_number(const struct cJSON *object, const char *key);

#endif
