/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps from other files: {"include":{"file":"parts/split.steps"}} is given those steps in the
 * tree, before the tree is parsed. What is printed holds them, so a resolved scenario needs no
 * other file. */
#ifndef SCENARIO_INCLUDE_H
#define SCENARIO_INCLUDE_H

#include "emulator/scenario/parse.h"

/* Reads what every include names that has no steps yet, those within them, too. The file holds
 * {"why":…, "steps":[…]}; its path is relative to the file that includes it. False after a
 * complaint in src->diags: it cannot be read, is no such object, is absolute, or includes itself.
 * Without effect on a text that was not read from a file: the parser complains. */
bool scenario_include(struct scenario_source *src) MUST_CHECK;

#endif
