/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/point.h"

#include "emulator/scenario/diag.h"
#include "trace/trace.h"

#define CALLS_MAX 64

static const char *nearest(const char *name)
{
    const char *all[TRACE_EVENTS_COUNT + CALLS_MAX];
    size_t count = 0;
    for (; trace_point_name(count) != NULL; count++) {
        ASSERT(count < CALLS_MAX);
        all[count] = trace_point_name(count);
    }
    for (int ev = 0; ev < TRACE_EVENTS_COUNT; ev++)
        all[count++] = trace_event_name((enum trace_event)ev);
    return diag_nearest(name, all, count);
}

bool scenario_point_find(const char *name, struct trace_point *ret, const char **ret_near)
{
    bool found = trace_point_find(name, ret);
    if (!found)
        *ret_near = nearest(name);
    return found;
}
