/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `list` says of a scenario: how long it is, what it needs, and which worlds can run it. */
#ifndef EMULATOR_LIST_SAY_H
#define EMULATOR_LIST_SAY_H

#include "base/jsonw.h"
#include "emulator/scenario/list.h"

/* Two lines, on stdout; of an invalid one what is wrong with it. */
void list_say_text(const struct scenario_list_entry *entry);
/* An object. */
void list_say_json(const struct scenario_list_entry *entry, struct jsonw *w);

#endif
