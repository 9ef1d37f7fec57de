/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/logtold.h"

#include <stdio.h>

static struct trace_record begin(struct logtold *l, int node, enum trace_event ev)
{
    struct logtold_node *n = &l->nodes[node];
    struct trace_record rec;
    trace_record_init(&rec, ev);
    TRACE_PUT(&rec, t, l->t_ns);
    TRACE_PUT(&rec, node, n->number);
    TRACE_PUT(&rec, disk, (uint64_t)node + 1);
    TRACE_PUT(&rec, inc, n->inc);
    TRACE_PUT(&rec, seq, ++n->seq);
    TRACE_PUT(&rec, term, n->term);
    return rec;
}

static void end(struct logtold *l, const struct trace_record *rec)
{
    struct err e;
    int code = check_feed(l->run, rec, &e);
    ASSERT(code == 0);
}

static void boot(struct logtold *l, int node)
{
    struct logtold_node *n = &l->nodes[node];
    n->inc++;
    n->seq = 0;
    struct trace_record rec = begin(l, node, TRACE_boot);
    TRACE_PUT(&rec, last, ((struct trace_position){n->last_term, n->last}));
    TRACE_PUT(&rec, durable, n->last);
    TRACE_PUT(&rec, voters,
              1ull << l->nodes[0].number | 1ull << l->nodes[1].number | 1ull << l->nodes[2].number);
    end(l, &rec);
}

static void stop(struct logtold *l, int node)
{
    struct trace_record rec = begin(l, node, TRACE_crashed);
    TRACE_PUT(&rec, cause, trace_text_of("power"));
    end(l, &rec);
}

static void appended(struct logtold *l, int node, uint64_t term)
{
    struct logtold_node *n = &l->nodes[node];
    struct trace_record rec = begin(l, node, TRACE_appended);
    const struct trace_run run = {term, 1};
    TRACE_PUT(&rec, from, n->last + 1);
    TRACE_PUT(&rec, to, n->last + 1);
    TRACE_PUT(&rec, runs, &run);
    rec.runs_count = 1;
    end(l, &rec);
    n->last++;
    n->last_term = term;
}

uint64_t logtold_append(struct logtold *l, uint64_t name, bool silent)
{
    struct logtold_node *n = &l->nodes[l->leader];
    struct trace_record rec = begin(l, l->leader, TRACE_proposed);
    const struct trace_mark mark = {n->last + 1, name};
    TRACE_PUT(&rec, from, n->last + 1);
    TRACE_PUT(&rec, to, n->last + 1);
    TRACE_PUT(&rec, marks, &mark);
    rec.marks_count = name != 0 && !silent;
    end(l, &rec);
    appended(l, l->leader, l->term);
    return n->last;
}

/* Followers have what is committed; of it only the last entry's term matters here. */
void logtold_commit(struct logtold *l)
{
    const struct logtold_node *n = &l->nodes[l->leader];
    struct trace_record rec = begin(l, l->leader, TRACE_committed);
    TRACE_PUT(&rec, to, n->last);
    l->commit = n->last;
    end(l, &rec);
}

static void lead(struct logtold *l, int node)
{
    struct logtold_node *n = &l->nodes[node];
    l->leader = node;
    n->term = ++l->term;
    while (n->last < l->commit)
        appended(l, node, l->nodes[node].last_term);
    struct trace_record rec = begin(l, node, TRACE_becameLeader);
    TRACE_PUT(&rec, last, ((struct trace_position){n->last_term, n->last}));
    end(l, &rec);
    (void)logtold_append(l, 0, false);
}

void logtold_start(struct logtold *l, struct check_run *run, struct trace_names *names)
{
    *l = (struct logtold){.run = run, .t_ns = 1};
    for (int i = 0; i < LOGTOLD_NODES; i++) {
        char name[8];
        int len = snprintf(name, sizeof(name), "n%d", i + 1);
        l->nodes[i].number = trace_names_add(names, name, (size_t)len);
    }
    for (int i = 0; i < LOGTOLD_NODES; i++)
        boot(l, i);
    lead(l, 0);
    logtold_commit(l);
}

void logtold_depose(struct logtold *l)
{
    int old = l->leader;
    uint64_t kept = l->commit;
    stop(l, old);
    lead(l, (old + 1) % LOGTOLD_NODES);
    logtold_commit(l);
    boot(l, old);
    struct trace_record rec = begin(l, old, TRACE_truncated);
    TRACE_PUT(&rec, from, kept + 1);
    end(l, &rec);
    l->nodes[old].last = kept;
}

void logtold_restart(struct logtold *l, int node)
{
    stop(l, node);
    boot(l, node);
    if (node == l->leader)
        lead(l, node);
}

void logtold_power_cut(struct logtold *l)
{
    for (int i = 0; i < LOGTOLD_NODES; i++)
        stop(l, i);
    for (int i = 0; i < LOGTOLD_NODES; i++)
        boot(l, i);
    lead(l, l->leader);
}
