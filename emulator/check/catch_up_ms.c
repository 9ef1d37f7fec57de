/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a member needs to have what the others had already committed.
 *
 * The watch starts when it comes back, when a configuration takes it in, and when the last fault
 * ends; it stops when the member has committed what was committed anywhere at that moment. While
 * something is broken nobody is blamed: the watch is put away and started anew at the end. So it is
 * while a member is down that was stopped by plan; one that fails by itself is behind for all that
 * time. */
#include "base/units.h"
#include "emulator/check/registry.h"

struct watch {
    bool running;
    uint64_t goal; /* the greatest index committed when it was started */
    struct event_ref from;
};

struct state {
    struct watch of[TRACE_NODES_MAX];
    nodeset members;
    uint64_t config_index;
    uint64_t worst_ns;
    struct event_ref worst_from; /* may be of no node: the end of a fault */
    struct event_ref worst_to;
    uint64_t worst_goal;
};

/* commit: what the member itself knows by now. */
static void start(struct state *s, const struct check_input *in, int node, uint64_t commit,
                  struct event_ref ref)
{
    struct watch *w = &s->of[node];
    uint64_t goal = in->view->committed.last;
    bool member = (s->members >> node & 1) != 0;
    if (!member || w->running || in->faults->breaking > 0)
        return;
    if (commit < goal)
        *w = (struct watch){.running = true, .goal = goal, .from = ref};
}

static void reached(struct state *s, int node, uint64_t index, const struct trace_record *rec,
                    struct check_result *res)
{
    struct watch *w = &s->of[node];
    if (!w->running || index < w->goal)
        return;
    uint64_t took_ns = rec->t - w->from.t_ns;
    w->running = false;
    res->seen++;
    if (res->seen > 1 && took_ns <= s->worst_ns)
        return;
    s->worst_ns = took_ns;
    s->worst_from = w->from;
    s->worst_to = event_ref_of(rec);
    s->worst_goal = w->goal;
}

static bool is_up(const struct check_input *in, int node)
{
    const struct view_node *n = &in->view->nodes[node];
    return n->known && n->role != VIEW_DOWN;
}

/* Who is new in it begins now, or when it comes. */
static void take_in(struct state *s, const struct check_input *in, const struct trace_record *rec)
{
    uint64_t index = rec->ev == TRACE_boot ? rec->config_index : rec->index;
    nodeset set = view_members_told(rec), former = s->members;
    if (set == 0 || (s->members != 0 && index <= s->config_index))
        return;
    s->members = set;
    s->config_index = index;
    for (int i = 0; i < TRACE_NODES_MAX; i++) {
        if ((set & ~former) >> i & 1 && is_up(in, i) && rec->ev != TRACE_boot)
            start(s, in, i, in->view->nodes[i].commit, event_ref_of(rec));
        s->of[i].running &= (set >> i & 1) != 0;
    }
}

static void on_fault(struct state *s, const struct check_input *in, const struct trace_record *rec)
{
    for (int i = 0; i < TRACE_NODES_MAX; i++) {
        if (in->faults->breaking > 0)
            s->of[i].running = false;
        else if (is_up(in, i) && trace_text_is(rec->phase, "end"))
            start(s, in, i, in->view->nodes[i].commit, event_ref_of(rec));
    }
}

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    switch ((int)rec->ev) {
    case TRACE_fault: on_fault(s, in, rec); break;
    case TRACE_boot:
        take_in(s, in, rec);
        start(s, in, rec->node, rec->image, event_ref_of(rec));
        break;
    case TRACE_configAppended: take_in(s, in, rec); break;
    case TRACE_committed: reached(s, rec->node, rec->to, rec, res); break;
    case TRACE_snapshotInstalled: reached(s, rec->node, rec->index, rec, res); break;
    case TRACE_crashed: s->of[rec->node].running &= !faults_planned(in->facts, rec->cause); break;
    default: break;
    }
}

/* A watch that the run's end finds running has shown at least so much. */
static bool late(const struct state *s, const struct check_input *in, struct check_result *res)
{
    uint64_t max_ns = in->params->max * NS_PER_MS;
    for (int i = 0; i < TRACE_NODES_MAX; i++) {
        const struct watch *w = &s->of[i];
        if (!w->running || in->end_ns < w->from.t_ns || in->end_ns - w->from.t_ns <= max_ns)
            continue;
        res->seen++;
        const char *node = trace_names_text(in->names, i);
        unsigned long long ms = (in->end_ns - w->from.t_ns) / NS_PER_MS;
        if (!result_violate(res, "%s had not caught up when the run ended, %llu ms later", node,
                            ms))
            return true;
        if (w->from.node >= 0)
            result_event(res, in->names, w->from, NULL);
        result_paragraph(res,
                         "From %.3f s on nothing kept %s from fetching what it lacked. Index %llu "
                         "was committed elsewhere by then; when the run ended at %.3f s, %s had "
                         "committed up to %llu. The scenario allows %llu ms.",
                         (double)w->from.t_ns / 1e9, node, (unsigned long long)w->goal,
                         (double)in->end_ns / 1e9, node,
                         (unsigned long long)in->view->nodes[i].commit,
                         (unsigned long long)in->params->max);
        return true;
    }
    return false;
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    const struct state *s = state;
    unsigned long long worst = s->worst_ns / NS_PER_MS, max = in->params->max;
    const char *node = res->seen == 0 ? "" : trace_names_text(in->names, s->worst_to.node);
    if (!late(s, in, res) && res->seen > 0 && s->worst_ns > max * NS_PER_MS &&
        result_violate(res, "%s needed %llu ms to catch up (bound %llu ms)", node, worst, max)) {
        if (s->worst_from.node >= 0)
            result_event(res, in->names, s->worst_from, NULL);
        result_event(res, in->names, s->worst_to, "has index %llu",
                     (unsigned long long)s->worst_goal);
        result_paragraph(res,
                         "From %.3f s on nothing kept %s from fetching what it lacked, and index "
                         "%llu was committed elsewhere. It had committed that at %.3f s.",
                         (double)s->worst_from.t_ns / 1e9, node, (unsigned long long)s->worst_goal,
                         (double)s->worst_to.t_ns / 1e9);
    }
    result_settle(res, "members that were behind");
    if (res->verdict == CHECK_OK)
        result_say(res, "who was behind caught up within %llu ms (%llu times; bound %llu ms)",
                   worst, (unsigned long long)res->seen, max);
    result_excuse(res, in->facts, "catching up");
}

const struct checker check_catch_up_ms = {
    .name = "catchUpMs",
    .property = "A member that is behind, and free to, catches up within max milliseconds.",
    .source = "thesis 4.2.1, 10.2",
    .class = CHECKER_LIVENESS,
    .events = CHECKER_ON(fault) | CHECKER_ON(boot) | CHECKER_ON(configAppended) |
              CHECKER_ON(committed) | CHECKER_ON(snapshotInstalled) | CHECKER_ON(crashed),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
