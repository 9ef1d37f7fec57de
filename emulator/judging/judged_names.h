/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the judges know, by name: their headers and the scenario's are not for one file. */
#ifndef EMULATOR_JUDGED_NAMES_H
#define EMULATOR_JUDGED_NAMES_H

#include "base/must.h"

bool judged_property(const char *name); /* a checker of that name exists */
bool judged_counter(const char *name);  /* that is counted from the trace */

#endif
