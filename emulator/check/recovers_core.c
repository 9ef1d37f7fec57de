/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/recovers_core.h"

#include "base/units.h"

#include <stdio.h>
#include <string.h>

static double ms(uint64_t ns)
{
    return (double)ns / (double)NS_PER_MS;
}

static void mended(struct recovers_core *c, const struct check_input *in,
                   const struct trace_record *rec)
{
    *c = (struct recovers_core){
        .nodes = rec->targets, .from_ns = rec->t, .terms = in->view->term_max, .open = true};
    for (size_t i = 0; i < TRACE_NODES_MAX; i++) {
        uint64_t commit = in->view->nodes[i].commit;
        c->base = commit > c->base ? commit : c->base;
    }
}

/* A leader that has committed all it has, and something of its own term: it waits to be asked.
 * Whether it is one of the core does not matter: it leads by a quorum, or it would not any more. */
static bool idle_leader(const struct view *view)
{
    for (size_t i = 0; i < TRACE_NODES_MAX; i++) {
        const struct view_node *n = &view->nodes[i];
        if (n->role == VIEW_LEADER && n->commit >= n->log.last &&
            view_log_term(&n->log, n->commit) == n->term)
            return true;
    }
    return false;
}

/* The cluster as it was when the bound passed. A leader that refuses what it is asked, as late as
 * in the second half of the time, does not wait for anybody. */
static void look(struct recovers_core *c, const struct check_input *in, uint64_t now_ns)
{
    if (c->first_ns != 0 || c->missed || now_ns < c->from_ns + in->params->core_within_ns)
        return;
    c->missed = true;
    bool refuses = c->refused_ns >= c->from_ns + in->params->core_within_ns / 2;
    c->idle = idle_leader(in->view) && !refuses;
}

/* Only a leader copies: one outside, which leads with others, may be out of reach for some of the
 * core, and need not give way to one they all see. */
static bool leads_itself(const struct recovers_core *c, const struct view *view)
{
    uint64_t highest = 0;
    bool leader = false;
    for (nodeset left = c->nodes; left != 0; left &= left - 1) {
        const struct view_node *n = &view->nodes[nodeset_first(left)];
        leader = n->term > highest ? n->role == VIEW_LEADER
                                   : leader || (n->term == highest && n->role == VIEW_LEADER);
        highest = n->term > highest ? n->term : highest;
    }
    return leader;
}

/* The members of the newest committed configuration: who was removed meanwhile is told nothing. */
static nodeset members(const struct view *view)
{
    const struct view_config *newest = view_config_agreed(view, UINT64_MAX);
    return newest == NULL ? NODESET_ALL : view_config_members(newest);
}

static void over(struct recovers_core *c, const struct check_input *in, uint64_t now_ns)
{
    c->open = false;
    c->ended = true;
    c->to_ns = now_ns;
    if (!leads_itself(c, in->view))
        return;
    for (nodeset left = c->nodes & members(in->view); left != 0; left &= left - 1) {
        int i = nodeset_first(left);
        if (in->view->nodes[i].commit < c->first && (c->installing >> i & 1) == 0)
            c->behind |= NODE_BIT(i);
    }
}

static void follow(struct recovers_core *c, const struct trace_record *rec)
{
    nodeset bit = NODE_BIT(rec->node);
    bool commits = rec->ev == TRACE_committed && rec->to > c->base;
    if (rec->ev == TRACE_snapshotChunk)
        c->installing |= bit;
    if (rec->ev == TRACE_snapshotInstalled)
        c->installing &= ~bit;
    if (rec->ev == TRACE_becameLeader) {
        c->elections++;
        c->elected = event_ref_of(rec);
    }
    c->campaigns += rec->ev == TRACE_campaign;
    if (commits && c->first_ns == 0) {
        c->first_ns = rec->t;
        c->first = rec->to;
    }
}

void recovers_core_feed(struct recovers_core *c, const struct check_input *in,
                        const struct trace_record *rec)
{
    bool mine = rec->ev == TRACE_fault && trace_text_is(rec->action, "recovers");
    if (mine && trace_text_is(rec->phase, "mended"))
        mended(c, in, rec);
    if (!c->open)
        return;
    look(c, in, rec->t);
    if (rec->ev == TRACE_clientReturn) {
        bool leads = rec->node >= 0 && in->view->nodes[rec->node].role == VIEW_LEADER;
        if (leads && trace_text_is(rec->outcome, "fail"))
            c->refused_ns = rec->t;
        return;
    }
    if (mine && trace_text_is(rec->phase, "over"))
        over(c, in, rec->t);
    else if (rec->ev != TRACE_fault && rec->node >= 0 && (c->nodes >> rec->node & 1) != 0)
        follow(c, rec);
}

/* ---- at the end ---- */

static const char *print_nodes(const struct check_input *in, nodeset nodes, char out[256])
{
    size_t used = 0;
    out[0] = '\0';
    for (; nodes != 0 && used < 200; nodes &= nodes - 1)
        used += (size_t)snprintf(out + used, 256 - used, "%s%s", used > 0 ? " " : "",
                                 trace_names_text(in->names, nodeset_first(nodes)));
    return out;
}

static void stuck(const struct recovers_core *c, const struct check_input *in,
                  struct check_result *res)
{
    char who[256];
    if (!result_violate(res, "the core %s committed nothing new within %.0f ms",
                        print_nodes(in, c->nodes, who), ms(in->params->core_within_ns)))
        return;
    result_event(res, in->names, c->elected, NULL);
    result_paragraph(res,
                     "From %.3f s on %s were connected to each other and to clients, ran, and had "
                     "working disks; they are a quorum, so the faults of all others must not hold "
                     "them up. Until %.3f s index %llu was the last one committed. In that time "
                     "they campaigned %llu times and elected %llu leaders, and the term rose from "
                     "%llu to %llu.",
                     ms(c->from_ns) / 1000, who, ms(c->from_ns + in->params->core_within_ns) / 1000,
                     (unsigned long long)c->base, (unsigned long long)c->campaigns,
                     (unsigned long long)c->elections, (unsigned long long)c->terms,
                     (unsigned long long)in->view->term_max);
}

static void left_behind(const struct recovers_core *c, const struct check_input *in,
                        struct check_result *res)
{
    char who[256];
    if (!result_violate(res, "%s in the core did not catch up while the others stayed broken",
                        print_nodes(in, c->behind, who)))
        return;
    result_paragraph(res,
                     "Index %llu was committed in the core at %.3f s. At %.3f s, %.0f ms after the "
                     "core had been mended, %s still did not know, though connected to all of it.",
                     (unsigned long long)c->first, ms(c->first_ns) / 1000, ms(c->to_ns) / 1000,
                     ms(c->to_ns - c->from_ns), who);
}

static void add_sentence(struct check_result *res, const struct recovers_core *c,
                         const struct check_input *in)
{
    char before[CHECK_SENTENCE_MAX], who[256];
    if (res->verdict == CHECK_VIOLATED || (c->first_ns == 0 && !c->idle))
        return;
    (void)snprintf(before, sizeof(before), "%s", res->sentence);
    (void)print_nodes(in, c->nodes, who);
    if (c->idle)
        result_say(res, "%.300s; the core %.80s had a leader whom nobody asked for anything",
                   before, who);
    else
        result_say(res, "%.300s; the core %.80s committed after %.0f ms (bound %.0f ms)", before,
                   who, ms(c->first_ns - c->from_ns), ms(in->params->core_within_ns));
    res->verdict = res->verdict == CHECK_VACUOUS ? CHECK_OK : res->verdict;
}

void recovers_core_finish(struct recovers_core *c, const struct check_input *in,
                          struct check_result *res)
{
    if (in->params->core_within_ns == 0)
        return;
    if (!c->ended) {
        res->verdict = res->verdict == CHECK_VIOLATED ? CHECK_VIOLATED : CHECK_UNKNOWN;
        result_say(res, "recovery cannot be judged: no core was mended, or the run ended before");
        return;
    }
    res->seen += c->first_ns != 0 || c->idle;
    if (c->missed && !c->idle)
        stuck(c, in, res);
    else if (c->behind != 0 && c->to_ns >= c->from_ns + in->params->core_within_ns)
        left_behind(c, in, res);
    add_sentence(res, c, in);
}
