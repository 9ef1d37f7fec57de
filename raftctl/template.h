/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text with holes, filled from a JSON document. */
#ifndef RAFTCTL_TEMPLATE_H
#define RAFTCTL_TEMPLATE_H

#include "base/buf.h"

struct cJSON;

/* {key} and {key.inner} are values, "-" where there is none; {key|word} is the word then; what
 * stands between [ and ] is left out if a value in it is not there. Values are escaped for a
 * terminal. */
void template_put(struct buf *out, const struct cJSON *doc, const char *text);

/* One value, escaped: a string as it is, an array with spaces, other things as JSON. False: there
 * is none, or null, or an empty text. */
bool template_put_value(struct buf *out, const struct cJSON *doc, const char *key);

#endif
