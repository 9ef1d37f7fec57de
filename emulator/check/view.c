/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/view.h"

#include <string.h>

void view_free(struct view *v)
{
    for (size_t i = 0; i < TRACE_NODES_MAX; i++)
        view_log_free(&v->nodes[i].log);
    view_log_free(&v->committed);
}

nodeset view_member(const struct view *v, unsigned node)
{
    nodeset set = NODE_BIT(node);
    for (unsigned i = 0; i < TRACE_NODES_MAX && v->nodes[node].known; i++) {
        if (v->nodes[i].known && v->nodes[i].disk == v->nodes[node].disk)
            set |= NODE_BIT(i);
    }
    return set;
}

const struct view_config *view_config_latest(const struct view_node *n)
{
    return n->configs_count == 0 ? NULL : &n->configs[n->configs_count - 1];
}

const struct view_config *view_config_committed(const struct view_node *n)
{
    for (size_t i = n->configs_count; i > 0; i--) {
        if (n->configs[i - 1].index <= n->commit)
            return &n->configs[i - 1];
    }
    return NULL;
}

const struct view_config *view_config_agreed(const struct view *view, uint64_t upto)
{
    const struct view_config *newest = NULL;
    for (size_t i = 0; i < TRACE_NODES_MAX; i++) {
        const struct view_node *n = &view->nodes[i];
        for (size_t k = 0; k < n->configs_count; k++) {
            const struct view_config *c = &n->configs[k];
            if (c->index <= n->commit && c->index <= upto &&
                (newest == NULL || c->index > newest->index))
                newest = c;
        }
    }
    return newest;
}

nodeset view_config_members(const struct view_config *c)
{
    return c == NULL ? 0 : c->voters | c->old | c->learners;
}

nodeset view_members_told(const struct trace_record *rec)
{
    return rec->voters | rec->old | rec->learners;
}

static bool is_majority(nodeset voters, nodeset set)
{
    return nodeset_count(voters & set) * 2 > nodeset_count(voters);
}

bool view_is_quorum(const struct view_config *c, nodeset set)
{
    return is_majority(c->voters, set) && (c->old == 0 || is_majority(c->old, set));
}

/* Forgets configurations at and after from. */
static void configs_cut(struct view_node *n, uint64_t from)
{
    while (n->configs_count > 0 && n->configs[n->configs_count - 1].index >= from)
        n->configs_count--;
}

static void configs_push(struct view_node *n, uint64_t index, const struct trace_record *rec)
{
    configs_cut(n, index);
    if (n->configs_count == VIEW_CONFIGS_MAX) {
        memmove(n->configs, n->configs + 1, (VIEW_CONFIGS_MAX - 1) * sizeof(n->configs[0]));
        n->configs_count--;
    }
    n->configs[n->configs_count++] =
        (struct view_config){index, rec->voters, rec->old, rec->learners};
}

/* What was known of the log and still can be true, given where the log read from disk ends. */
static void boot_log(struct view_log *log, struct trace_position last)
{
    uint64_t told = log->last;
    view_log_cut(log, last.index + 1);
    uint64_t term = view_log_term(log, last.index);
    if (last.index == 0 || last.index > INT64_MAX || term == last.term)
        return;
    /* An old suffix came back, or an image took the place of all and the node died before it could
     * tell: nothing is certain. */
    if (term != 0 || last.index > told)
        view_log_cut(log, 1);
    view_log_set(log, last.index, last.term, 1);
}

static void on_boot(struct view_node *n, const struct trace_record *rec)
{
    if (!n->known || n->disk != rec->disk) {
        view_log_free(&n->log);
        *n = (struct view_node){.known = true, .disk = rec->disk};
    }
    boot_log(&n->log, rec->last);
    n->inc = rec->inc;
    n->term = rec->term;
    n->role = VIEW_FOLLOWER;
    n->durable = trace_has(rec, TRACE_HAS_durable) ? rec->durable : rec->last.index;
    n->image = trace_has(rec, TRACE_HAS_image) ? rec->image : rec->base.index;
    n->commit = n->image;
    n->applied = n->image;
    n->cut_open = false;
    n->cut_syncing = false;
    configs_cut(n, rec->last.index + 1);
    if (rec->voters != 0)
        configs_push(n, rec->config_index, rec);
}

static void on_appended(struct view_node *n, const struct trace_record *rec)
{
    if (rec->from == 0 || rec->to < rec->from || rec->to > INT64_MAX)
        return;
    uint64_t at = rec->from;
    view_log_cut(&n->log, at);
    for (uint32_t i = 0; i < rec->runs_count && at <= rec->to; i++) {
        uint64_t room = rec->to - at + 1;
        uint64_t count = rec->runs[i].count < room ? rec->runs[i].count : room;
        view_log_set(&n->log, at, rec->runs[i].term, count);
        at += count;
    }
    view_log_set(&n->log, at, 0, rec->to - at + 1);
    if (n->durable >= rec->from)
        n->durable = rec->from - 1;
}

static void on_truncated(struct view_node *n, const struct trace_record *rec)
{
    view_log_cut(&n->log, rec->from);
    configs_cut(n, rec->from);
    if (rec->from > 0 && n->durable >= rec->from)
        n->durable = rec->from - 1;
    n->cut_open = true;
    n->cut_syncing = false;
}

static void on_fsync_end(struct view_node *n, const struct trace_record *rec)
{
    n->durable = rec->durable < n->log.last ? rec->durable : n->log.last;
    if (n->cut_syncing || !n->says_begin)
        n->cut_open = false;
    n->cut_syncing = false;
}

/* Copies runs of from in low..high (or 0 beyond its knowledge) to the end of to. */
static void copy_runs(struct view_log *to, const struct view_log *from, uint64_t low, uint64_t high)
{
    for (uint64_t at = low; at <= high;) {
        uint64_t end = at <= from->last ? view_log_run_end(from, at) : high;
        end = end < high ? end : high;
        view_log_set(to, at, view_log_term(from, at), end - at + 1);
        at = end + 1;
    }
}

static void on_committed(struct view *v, struct view_node *n, uint64_t to)
{
    if (to > INT64_MAX)
        return;
    n->commit = to;
    if (to > v->committed.last)
        copy_runs(&v->committed, &n->log, v->committed.last + 1, to);
}

/* Where an image up to index takes the place of entries that were never committed, or ends. */
static uint64_t replaced_from(const struct view *v, const struct view_node *n, uint64_t index)
{
    uint64_t compared = 0;
    uint64_t differ = view_log_differ(&n->log, &v->committed, n->commit + 1, index, &compared);
    return differ != 0 ? differ : index + 1;
}

static void on_installed(struct view *v, struct view_node *n, uint64_t index)
{
    if (index > INT64_MAX)
        return;
    uint64_t term = view_log_term(&v->committed, index);
    bool keep = term != 0 && view_log_term(&n->log, index) == term;
    if (!keep) {
        configs_cut(n, replaced_from(v, n, index));
        view_log_cut(&n->log, 1);
        if (index > 0)
            copy_runs(&n->log, &v->committed, 1, index);
        n->durable = index;
        n->cut_open = false;
    }
    n->durable = n->durable > index ? n->durable : index;
    n->image = n->image > index ? n->image : index;
    n->commit = n->commit > index ? n->commit : index;
    n->applied = n->applied > index ? n->applied : index;
}

/* Events that change more than numbers are handled above; most change nothing. */
static void apply_node(struct view *v, struct view_node *n, const struct trace_record *rec)
{
    switch ((int)rec->ev) {
    case TRACE_boot: on_boot(n, rec); break;
    case TRACE_crashed: n->role = VIEW_DOWN; break;
    case TRACE_campaign:
        if (!rec->pre)
            n->role = VIEW_CANDIDATE;
        break;
    case TRACE_becameLeader: n->role = VIEW_LEADER; break;
    case TRACE_steppedDown: n->role = VIEW_FOLLOWER; break;
    case TRACE_appended: on_appended(n, rec); break;
    case TRACE_truncated: on_truncated(n, rec); break;
    case TRACE_fsyncBegin:
        n->says_begin = true;
        n->cut_syncing = n->cut_open;
        break;
    case TRACE_fsyncEnd: on_fsync_end(n, rec); break;
    case TRACE_committed: on_committed(v, n, rec->to); break;
    case TRACE_applied: n->applied = rec->to; break;
    case TRACE_configAppended: configs_push(n, rec->index, rec); break;
    case TRACE_snapshotTaken: n->image = rec->index > n->image ? rec->index : n->image; break;
    case TRACE_snapshotInstalled: on_installed(v, n, rec->index); break;
    default: break;
    }
}

void view_apply(struct view *v, const struct trace_record *rec)
{
    v->t_ns = rec->t;
    if (rec->node < 0 || rec->ev == TRACE_fault || rec->ev == TRACE_clientReturn ||
        rec->ev == TRACE_clientInvoke || rec->ev == TRACE_usage || rec->ev == TRACE_logLine)
        return;
    struct view_node *n = &v->nodes[rec->node];
    /* What a node writes before it says what it has read is no part of what it held. */
    bool unborn = n->known && rec->inc > n->inc && rec->ev != TRACE_boot;
    if (unborn && rec->ev != TRACE_crashed)
        return;
    bool late = rec->ev == TRACE_votePersisted && rec->term < n->term; /* the disk is behind */
    if (rec->ev != TRACE_crashed && rec->ev != TRACE_boot && rec->term != n->term && !late) {
        if (n->role == VIEW_LEADER && rec->ev != TRACE_becameLeader)
            n->role = VIEW_FOLLOWER;
        n->term = rec->term;
    }
    apply_node(v, n, rec);
    if (n->term > v->term_max)
        v->term_max = n->term;
}
