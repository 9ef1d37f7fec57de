/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `explore -o json`: how an exploration ended, as one object. */
#ifndef COMMANDS_EXPLORE_JSON_H
#define COMMANDS_EXPLORE_JSON_H

#include "base/buf.h"
#include "emulator/explore/search.h"

/* One line. checkpoint: where it is left; NULL: nowhere. */
void explore_json_write(struct ex_search *s, const struct ex_result *r, const char *checkpoint,
                        struct buf *out);

#endif
