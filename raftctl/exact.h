/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers that readers of JSON get wrong: most of them, and cJSON, count in doubles. */
#ifndef RAFTCTL_EXACT_H
#define RAFTCTL_EXACT_H

#include "base/buf.h"
#include "base/span.h"

/* Appends the JSON text with every whole number beyond 2^53, in either direction, as a string of
 * its digits. */
void exact_put(struct buf *out, struct span json);

struct cJSON;

/* The document that is left of the text so; the caller deletes it. NULL: it is not JSON. */
struct cJSON *exact_parse(struct span json);

#endif
