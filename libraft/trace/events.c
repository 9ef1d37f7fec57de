/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/events.h"

#include <string.h>

static const char *const names[] = {
#define X(name, fields) #name,
    TRACE_EVENTS(X)
#undef X
};

const char *trace_event_name(enum trace_event ev)
{
    ASSERT(ev < TRACE_EVENTS_COUNT);
    return names[ev];
}

bool trace_is_about_process(enum trace_event ev)
{
    return ev == TRACE_crashed || ev == TRACE_usage || ev == TRACE_logLine;
}

const char *trace_read_name(enum trace_read how)
{
    switch (how) {
    case TRACE_READ_INDEX: return "index";
    case TRACE_READ_LEASE: return "lease";
    case TRACE_READ_ASKED: return "asked";
    case TRACE_READ_LOCAL: return "local";
    }
    UNREACHABLE();
}

int trace_event_find(const char *name, size_t len)
{
    for (int i = 0; i < (int)TRACE_EVENTS_COUNT; i++) {
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
            return i;
    }
    return -1;
}
