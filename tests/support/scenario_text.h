/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scenarios written as text in a test. */
#ifndef TESTS_SUPPORT_SCENARIO_TEXT_H
#define TESTS_SUPPORT_SCENARIO_TEXT_H

#include "emulator/scenario/lint.h"

/* A whole scenario around some steps and further sections; free it. */
char *scenario_text_around(const char *steps, const char *sections);

/* The scenario, or NULL with the rendered complaints in *ret_said (free it). */
struct scenario *scenario_text_parse(const char *text, const struct lint_world *world,
                                     char **ret_said);

/* The scenario; the test fails if it is refused. */
struct scenario *scenario_text_good(const char *text);

#endif
