/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/point.h"

#include "emulator/scenario/diag.h"
#include "trace/trace.h"

#include <string.h>

/* file, call: those that a node makes. */
#define CALLS(X)     \
    X(log, Write)    \
    X(log, Sync)     \
    X(log, Create)   \
    X(log, Rename)   \
    X(log, Unlink)   \
    X(meta, Write)   \
    X(meta, Sync)    \
    X(image, Write)  \
    X(image, Sync)   \
    X(image, Create) \
    X(image, Rename) \
    X(image, Unlink) \
    X(dir, Sync)

static const struct {
    const char *name;
    struct scenario_point point;
} calls[] = {
#define X(file, call) {#file #call, {-1, POINT_##file, POINT_##call, false}},
    CALLS(X)
#undef X
};

static const char *const after_names[] = {
#define X(file, call) "after-" #file #call,
    CALLS(X)
#undef X
};

#define PREFIX "after-"

static const char *nearest(const char *name)
{
    const char *all[TRACE_EVENTS_COUNT + 2 * ARRAY_LEN(calls)];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        all[count++] = calls[i].name;
        all[count++] = after_names[i];
    }
    for (int ev = 0; ev < TRACE_EVENTS_COUNT; ev++)
        all[count++] = trace_event_name((enum trace_event)ev);
    return diag_nearest(name, all, count);
}

bool scenario_point_find(const char *name, struct scenario_point *ret, const char **ret_near)
{
    bool after = strncmp(name, PREFIX, strlen(PREFIX)) == 0;
    const char *call = after ? name + strlen(PREFIX) : name;
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        if (strcmp(calls[i].name, call) != 0)
            continue;
        *ret = calls[i].point;
        ret->after = after;
        return true;
    }
    int ev = after ? -1 : trace_event_find(name, strlen(name));
    bool of_a_node = ev >= 0 && ev != TRACE_crashed && ev != TRACE_fault &&
                     ev != TRACE_clientInvoke && ev != TRACE_clientReturn;
    if (of_a_node)
        *ret = (struct scenario_point){.event = ev};
    else
        *ret_near = nearest(name);
    return of_a_node;
}
