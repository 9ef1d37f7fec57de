/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person hears of an exploration. */
#ifndef COMMANDS_EXPLORE_SAY_H
#define COMMANDS_EXPLORE_SAY_H

#include "emulator/explore/search.h"

/* On stdout: how it ended, the numbers, and the way to a broken promise. */
void explore_say_result(struct ex_search *s, const struct ex_result *r);
/* Every kind of decision, with how often it was met. */
void explore_say_coverage(const struct ex_result *r);

#endif
