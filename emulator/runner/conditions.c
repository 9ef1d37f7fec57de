/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What steps wait for. */
#include "base/mem.h"
#include "emulator/runner/runner_private.h"

#include <string.h>

static uint64_t events_of(const struct observer *o, nodeset who, enum trace_event ev)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < o->nodes_count; i++) {
        if (who >> i & 1)
            sum += o->events[i][ev];
    }
    return sum;
}

static bool about_event(const struct scenario_condition *c, enum trace_event *ret)
{
    const struct scenario_value *v =
        scenario_arg(&c->args, c->kind == WAIT_trigger ? PARAM_event : PARAM_type);
    if (v == NULL || (c->kind != WAIT_event && c->kind != WAIT_trigger))
        return false;
    *ret = v->event;
    return true;
}

/* NULL: every event of that name is meant. */
static struct event_watch *watch_of(struct runner *r, const struct scenario_condition *c,
                                    enum trace_event ev)
{
    const struct scenario_value *where = scenario_arg(&c->args, PARAM_where);
    if (where == NULL)
        return NULL;
    struct event_watch *watch = mem_alloc(sizeof(*watch));
    observer_watch(r->o, ev, &where->pairs, watch);
    return watch;
}

int waiting_arm(struct runner *r, const struct scenario_condition *c, struct waiting *ret,
                struct err *e)
{
    const struct selectors *who = scenario_arg_who(&c->args, PARAM_who);
    struct waiting w = {.armed_ns = runner_now(r), .base = r->o->commit_max};
    struct targets taken = {0}, targets = {0};
    enum trace_event ev;
    w.who = nodeset_below(r->o->nodes_count);
    if (who != NULL) {
        int code = runner_targets(r, who, &taken, &targets, e);
        if (code < 0)
            return code;
        w.who = targets.nodes;
    }
    memcpy(w.ops, r->o->ops, sizeof(w.ops));
    waiting_arm_members(r, &w);
    if (about_event(c, &ev)) {
        w.base = events_of(r->o, w.who, ev);
        for (unsigned i = 0; i < r->o->nodes_count; i++)
            w.seen[i] = r->o->events[i][ev];
        w.watch = watch_of(r, c, ev);
    }
    if (c->children_count > 0)
        w.children = mem_array(c->children_count, sizeof(*w.children));
    *ret = w;
    for (size_t i = 0; i < c->children_count; i++) {
        int code = waiting_arm(r, &c->children[i], &ret->children[i], e);
        if (code < 0) {
            waiting_free(ret, c);
            return code;
        }
    }
    return 0;
}

void waiting_free(struct waiting *w, const struct scenario_condition *c)
{
    for (size_t i = 0; w->children != NULL && i < c->children_count; i++)
        waiting_free(&w->children[i], &c->children[i]);
    mem_free(w->children);
    if (w->watch != NULL)
        observer_unwatch(w->watch);
    mem_free(w->watch);
    *w = (struct waiting){0};
}

/* True once `span` has passed since `since`; otherwise asks to be woken then. */
static bool passed(uint64_t now, uint64_t since, uint64_t span, uint64_t *wake)
{
    if (now >= since && now - since >= span)
        return true;
    if (since + span < *wake)
        *wake = since + span;
    return false;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static bool leader_holds(struct runner *r, const struct scenario_condition *c, uint64_t now,
                         uint64_t *wake, nodeset *found)
{
    if (r->o->leader < 0)
        return false;
    *found = NODE_BIT(r->o->leader);
    return passed(now, r->o->leader_since_ns, scenario_arg_u64(&c->args, PARAM_stable, 0), wake);
}

static bool role_holds(const struct runner *r, const struct scenario_condition *c, nodeset who)
{
    const char *is = scenario_arg_text(&c->args, PARAM_is, "");
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        const struct view_node *n = &r->o->nodes[i];
        if ((who >> i & 1) == 0)
            continue;
        bool ok = strcmp(is, "leader") == 0      ? n->role == VIEW_LEADER
                  : strcmp(is, "candidate") == 0 ? n->role == VIEW_CANDIDATE
                  : strcmp(is, "learner") == 0   ? n->learner
                                                 : n->role == VIEW_FOLLOWER;
        if (!n->alive || !ok)
            return false;
    }
    return true;
}

static bool reached(const struct runner *r, nodeset who, uint64_t applied)
{
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if ((who >> i & 1) != 0 && (!r->o->nodes[i].alive || r->o->applied[i] < applied))
            return false;
    }
    return true;
}

static bool commit_holds(const struct runner *r, const struct scenario_condition *c,
                         const struct waiting *w)
{
    if (scenario_arg(&c->args, PARAM_plus) != NULL)
        return r->o->commit_max >= w->base + scenario_arg_u64(&c->args, PARAM_plus, 0);
    return r->o->commit_max >= scenario_arg_u64(&c->args, PARAM_atLeast, 0);
}

static bool term_holds(const struct runner *r, const struct scenario_condition *c,
                       const struct waiting *w, uint64_t now, uint64_t *wake)
{
    if (scenario_arg(&c->args, PARAM_atLeast) != NULL)
        return r->o->term_max >= scenario_arg_u64(&c->args, PARAM_atLeast, 0);
    return passed(now, later(r->o->term_changed_ns, w->armed_ns),
                  scenario_arg_u64(&c->args, PARAM_unchangedFor, 0), wake);
}

static bool ops_hold(const struct runner *r, const struct scenario_condition *c,
                     const struct waiting *w)
{
    static const enum param_id names[] = {PARAM_ok, PARAM_fail, PARAM_unknown};
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        if (r->o->ops[i] - w->ops[i] < scenario_arg_u64(&c->args, names[i], 0))
            return false;
    }
    return true;
}

/* So many came that are what `where` says. */
static bool picked_hold(const struct runner *r, const struct waiting *w, uint64_t need,
                        nodeset *found)
{
    uint64_t sum = 0;
    nodeset nodes = 0;
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if ((w->who >> i & 1) == 0 || w->watch->counts[i] == 0)
            continue;
        sum += w->watch->counts[i];
        nodes |= NODE_BIT(i);
    }
    if (sum < need)
        return false;
    *found |= nodes;
    return true;
}

static bool event_holds(const struct runner *r, const struct scenario_condition *c,
                        const struct waiting *w, nodeset *found)
{
    enum trace_event ev;
    uint64_t need =
        scenario_arg_u64(&c->args, c->kind == WAIT_trigger ? PARAM_nth : PARAM_count, 1);
    if (w->watch != NULL)
        return picked_hold(r, w, need, found);
    if (!about_event(c, &ev) || events_of(r->o, w->who, ev) - w->base < need)
        return false;
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if ((w->who >> i & 1) != 0 && r->o->events[i][ev] > w->seen[i])
            *found |= NODE_BIT(i);
    }
    return true;
}

static bool several_hold(struct runner *r, const struct scenario_condition *c,
                         const struct waiting *w, uint64_t *wake, nodeset *found)
{
    size_t held = 0;
    for (size_t i = 0; i < c->children_count; i++)
        held += waiting_holds(r, &c->children[i], &w->children[i], wake, found);
    return c->kind == WAIT_any ? held > 0 : held == c->children_count;
}

bool waiting_holds(struct runner *r, const struct scenario_condition *c, const struct waiting *w,
                   uint64_t *wake, nodeset *found)
{
    uint64_t now = runner_now(r);
    const struct scenario_args *args = &c->args;
    switch (c->kind) {
    case WAIT_time: return passed(now, w->armed_ns, scenario_arg_u64(args, PARAM_time, 0), wake);
    case WAIT_leader: return leader_holds(r, c, now, wake, found);
    case WAIT_noLeader:
        return r->o->no_leader_since_ns != UINT64_MAX &&
               passed(now, r->o->no_leader_since_ns, scenario_arg_u64(args, PARAM_for, 0), wake);
    case WAIT_role: *found = w->who; return role_holds(r, c, w->who);
    case WAIT_term: return term_holds(r, c, w, now, wake);
    case WAIT_commit: return commit_holds(r, c, w);
    case WAIT_applied: return reached(r, w->who, scenario_arg_u64(args, PARAM_index, 0));
    case WAIT_caughtUp: {
        uint64_t lag = scenario_arg_u64(args, PARAM_lagEntries, 0);
        return reached(r, w->who, r->o->commit_max > lag ? r->o->commit_max - lag : 0);
    }
    case WAIT_event: return event_holds(r, c, w, found);
    case WAIT_trigger:
        return w->point != 0 ? trigger_came(r, w, found) : event_holds(r, c, w, found);
    case WAIT_ops: return ops_hold(r, c, w);
    case WAIT_quiet:
        return passed(now, later(later(r->o->unrest_ns, r->last_fault_ns), w->armed_ns),
                      scenario_arg_u64(args, PARAM_for, 0), wake);
    case WAIT_any:
    case WAIT_all: return several_hold(r, c, w, wake, found);
    case WAIT_config: return config_holds(r, c);
    case WAIT_joint: return joint_holds(r, c, w);
    case WAIT_snapshot: return snapshot_holds(r, c, w, found);
    case WAIT_exit: *found = w->who; return exit_holds(r, c, w->who);
    case WAIT_disk: *found = w->who; return disks_hold(r, c, w->who);
    case WAITS_COUNT: break;
    }
    UNREACHABLE(); /* refused before the run: no world states their capabilities */
}
