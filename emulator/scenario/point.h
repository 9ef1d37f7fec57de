/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The points of a step (trace/point.h), and what was meant by a name that none of them has. */
#ifndef SCENARIO_POINT_H
#define SCENARIO_POINT_H

#include "trace/point.h"

/* False: no point has that name; then *ret_near is the nearest one, or NULL. */
bool scenario_point_find(const char *name, struct trace_point *ret, const char **ret_near);

#endif
