/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tags of scenarios, for whoever asked for one that there is not. */
#ifndef EMULATOR_TAGS_H
#define EMULATOR_TAGS_H

#include "base/buf.h"
#include "emulator/scenario/list.h"

/* "crash (42), disk (17), …", by name; numbered ones (catalogue-5) as one, under their name and -N.
 * Appends to out. */
void tags_print(const struct scenario_list *list, struct buf *out);

#endif
