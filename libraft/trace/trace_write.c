/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/trace.h"

#include <stdio.h>
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

void trace_open(struct trace *tr, trace_sink *sink, void *arg, const char *node, uint64_t disk,
                uint64_t incarnation)
{
    *tr = (struct trace){.sink = sink, .arg = arg, .disk = disk, .incarnation = incarnation};
    ASSERT(strlen(node) < sizeof(tr->node));
    (void)snprintf(tr->node, sizeof(tr->node), "%s", node);
}

void trace_close(struct trace *tr)
{
    buf_free(&tr->line);
}

struct jsonw *trace_begin(struct trace *tr, enum trace_event ev, uint64_t now_ns, uint64_t term)
{
    if (tr->sink == NULL)
        return NULL;
    buf_reset(&tr->line);
    jsonw_init(&tr->w, &tr->line);
    jsonw_object(&tr->w);
    jsonw_kv_u64(&tr->w, "t", now_ns);
    jsonw_kv_string(&tr->w, "node", tr->node);
    jsonw_kv_hex64(&tr->w, "disk", tr->disk);
    jsonw_kv_u64(&tr->w, "inc", tr->incarnation);
    jsonw_kv_u64(&tr->w, "seq", ++tr->seq);
    jsonw_kv_u64(&tr->w, "term", term);
    jsonw_kv_string(&tr->w, "ev", trace_event_name(ev));
    return &tr->w;
}

void trace_end(struct trace *tr)
{
    ASSERT(tr->sink != NULL);
    jsonw_end(&tr->w);
    buf_putc(&tr->line, '\n');
    ASSERT(!tr->line.overflow);
    tr->sink(tr->arg, tr->line.data, tr->line.len);
}

void trace_position(struct jsonw *w, const char *key, uint64_t term, uint64_t index)
{
    jsonw_key(w, key);
    jsonw_object(w);
    jsonw_kv_u64(w, "term", term);
    jsonw_kv_u64(w, "index", index);
    jsonw_end(w);
}
