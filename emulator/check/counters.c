/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/counters.h"

#include "base/units.h"

#include <string.h>

static const char *const names[] = {
#define X(name) #name,
    COUNTERS(X)
#undef X
};

const char *counter_name(enum counter_id id)
{
    ASSERT((size_t)id < COUNTERS_COUNT);
    return names[id];
}

int counter_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

bool counter_is_traced(const char *name)
{
    switch (counter_find(name)) {
    case COUNTER_crashes:
    case COUNTER_faultsBegun:
    case COUNTER_faultActiveMs:
    case COUNTER_opsOk:
    case COUNTER_opsFail:
    case COUNTER_opsUnknown:
    case COUNTER_readsOk:
    case COUNTER_writesOk:
    case COUNTER_opsOkDuringFault:
    case -1: return false; /* the world's own are no node's */
    default: return true;
    }
}

static void read_served(struct counters *c, const struct view *v, const struct trace_record *rec)
{
    c->value[COUNTER_readsServed]++;
    if (v->nodes[rec->node].role != VIEW_LEADER && (c->led >> rec->node & 1) != 0)
        c->value[COUNTER_readsServedByExLeader]++;
}

bool transfer_is_done(const struct trace_record *rec)
{
    return trace_text_is(rec->result, "ok") || trace_text_is(rec->result, "done");
}

void counters_feed(struct counters *c, const struct view *before, const struct trace_record *rec)
{
    c->value[COUNTER_events]++;
    switch ((int)rec->ev) {
    case TRACE_becameLeader:
        c->value[COUNTER_elections]++;
        c->led |= NODE_BIT(rec->node);
        break;
    case TRACE_campaign: c->value[COUNTER_campaigns] += !rec->pre; break;
    case TRACE_steppedDown:
        c->value[COUNTER_stepDowns] += before->nodes[rec->node].role == VIEW_LEADER;
        break;
    case TRACE_truncated: c->value[COUNTER_truncations]++; break;
    case TRACE_committed: c->value[COUNTER_commits]++; break;
    case TRACE_voteGranted: c->value[COUNTER_preVotesGranted] += rec->pre; break;
    case TRACE_voteRefused:
        c->value[rec->pre ? COUNTER_preVotesRejected : COUNTER_votesRefused]++;
        break;
    case TRACE_appendRejected: c->value[COUNTER_appendsRejected]++; break;
    case TRACE_snapshotTaken: c->value[COUNTER_snapshotsTaken]++; break;
    case TRACE_snapshotInstalled: c->value[COUNTER_snapshotsInstalled]++; break;
    case TRACE_configCommitted: c->value[COUNTER_configsCommitted]++; break;
    case TRACE_transferEnd: c->value[COUNTER_transfersDone] += transfer_is_done(rec); break;
    case TRACE_readServed: read_served(c, before, rec); break;
    case TRACE_crashed: c->value[COUNTER_crashes]++; break;
    case TRACE_boot: c->value[COUNTER_restarts] += rec->inc > 1; break;
    case TRACE_fault: c->value[COUNTER_faultsBegun] += trace_text_is(rec->phase, "begin"); break;
    default: break;
    }
}

void counters_operation(struct counters *c, const struct history *h, const struct trace_record *rec)
{
    if (rec->ev == TRACE_clientInvoke) {
        c->asked++;
        return;
    }
    const struct history_op *op = history_get(h, rec->op);
    c->value[COUNTER_opsFail] += op->outcome == HISTORY_FAIL;
    if (op->outcome != HISTORY_OK)
        return;
    c->value[COUNTER_opsOk]++;
    c->value[history_only_looks(op->kind) ? COUNTER_readsOk : COUNTER_writesOk]++;
    c->now_ns = rec->t;
    c->answers_now++;
}

void counters_until(struct counters *c, const struct faults *f, uint64_t t_ns)
{
    if (c->answers_now == 0 || t_ns <= c->now_ns)
        return;
    if (faults_at(f, c->now_ns))
        c->value[COUNTER_opsOkDuringFault] += c->answers_now;
    c->answers_now = 0;
}

void counters_finish(struct counters *c, const struct faults *f, uint64_t end_ns)
{
    counters_until(c, f, UINT64_MAX);
    c->value[COUNTER_faultActiveMs] = faults_active_ns(f, end_ns) / NS_PER_MS;
    c->value[COUNTER_opsUnknown] = c->asked - c->value[COUNTER_opsOk] - c->value[COUNTER_opsFail];
}
