/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/trace.h"

#include "base/mem.h"

#include <string.h>

void trace_open(struct trace *tr, const struct trace_host *host, const char *node, uint64_t disk,
                uint64_t incarnation)
{
    *tr = (struct trace){.host = *host,
                         .node = node,
                         .id = trace_name_id(node, strlen(node)),
                         .disk = disk,
                         .incarnation = incarnation};
}

void trace_close(struct trace *tr)
{
    mem_free(tr->runs);
    mem_free(tr->marks);
    *tr = (struct trace){0};
}

void trace_to(struct trace *tr, const struct trace_host *host)
{
    tr->host = *host;
}

int trace_node(const struct trace *tr, uint64_t id)
{
    return trace_names_of_id(tr->host.names, id);
}

int trace_add_node(const struct trace *tr, const char *name)
{
    int number = trace_names_add(tr->host.names, name, strlen(name));
    ASSERT(number >= 0); /* a record names fewer nodes than a table takes */
    return number;
}

static int self(const struct trace *tr)
{
    int number = trace_node(tr, tr->id);
    return number >= 0 ? number : trace_add_node(tr, tr->node);
}

struct trace_record *trace_begin(struct trace *tr, enum trace_event ev, uint64_t now_ns,
                                 uint64_t term)
{
    struct trace_record *rec = &tr->rec;
    if (!trace_is_on(tr))
        return NULL;
    trace_record_init(rec, ev);
    TRACE_PUT(rec, t, now_ns);
    TRACE_PUT(rec, node, self(tr));
    TRACE_PUT(rec, disk, tr->disk);
    TRACE_PUT(rec, inc, tr->incarnation);
    TRACE_PUT(rec, seq, ++tr->seq);
    TRACE_PUT(rec, term, term);
    return rec;
}

void trace_add_run(struct trace *tr, uint64_t term, uint64_t count)
{
    if (tr->rec.runs_count == tr->runs_cap) {
        tr->runs_cap = tr->runs_cap == 0 ? 16 : 2 * tr->runs_cap;
        tr->runs = mem_grow(tr->runs, tr->runs_cap, sizeof(*tr->runs));
    }
    tr->runs[tr->rec.runs_count++] = (struct trace_run){term, count};
    TRACE_PUT(&tr->rec, runs, tr->runs);
}

void trace_add_mark(struct trace *tr, uint64_t index, uint64_t value)
{
    if (tr->rec.marks_count == tr->marks_cap) {
        tr->marks_cap = tr->marks_cap == 0 ? 16 : 2 * tr->marks_cap;
        tr->marks = mem_grow(tr->marks, tr->marks_cap, sizeof(*tr->marks));
    }
    tr->marks[tr->rec.marks_count++] = (struct trace_mark){index, value};
    TRACE_PUT(&tr->rec, marks, tr->marks);
}

void trace_end(struct trace *tr)
{
    ASSERT(trace_is_on(tr));
    tr->host.sink(tr->host.arg, &tr->rec);
}
