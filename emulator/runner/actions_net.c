/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps about the network. */
#include "emulator/runner/runner_private.h"

#include <string.h>

uint64_t actions_net(void)
{
    return 1ull << CAP_netShape | 1ull << CAP_netCut | 1ull << CAP_netPlane |
           1ull << CAP_netTrickle;
}

int runner_links(struct runner *r, const struct scenario_step *step, struct link_set *ret,
                 nodeset *ret_nodes, struct err *e)
{
    struct cluster_view view;
    struct view_name bindings[RUNNER_BINDINGS_MAX], marks[RUNNER_BINDINGS_MAX];
    runner_view(r, &view, bindings, marks);
    return links_select(&r->links, scenario_arg_link(&step->args, PARAM_link), &view, &r->rnd, ret,
                        ret_nodes, e);
}

uint32_t runner_lane_messages(const struct scenario_step *step)
{
    const struct scenario_link *link = scenario_arg_link(&step->args, PARAM_link);
    return link == NULL ? 0 : link->messages;
}

int runner_lane(struct runner *r, const struct scenario_step *step, struct links **ret,
                struct err *e)
{
    return links_lane(&r->links, runner_lane_messages(step), ret, e);
}

/* The groups as sets of nodes; every node is in one of them at most. */
static int resolve_groups(struct runner *r, const struct scenario_groups *groups, nodeset *ret,
                          struct err *e)
{
    struct targets taken = {0};
    for (size_t i = 0; i < groups->count; i++) {
        struct targets one = {0};
        int code = runner_targets(r, &groups->items[i], &taken, &one, e);
        if (code < 0)
            return err_wrap(e, "group %zu", i + 1);
        ret[i] = one.nodes;
    }
    return 0;
}

/* Link by link: the first node of a row sends nothing to the others of it. */
static int cut_rows(struct runner *r, const struct scenario_groups *rows, struct partition *ret,
                    struct err *e)
{
    *ret = (struct partition){0};
    for (size_t i = 0; i < rows->count; i++) {
        const struct selectors *row = &rows->items[i];
        struct targets taken = {0}, from = {0}, to = {0};
        struct selectors first = {.items = row->items, .count = 1};
        struct selectors others = {.items = row->items + 1, .count = row->count - 1};
        int code = row->count < 2
                       ? err_set(e, -E_INVALID, "cuts: a row names one who sends, and others")
                       : runner_targets(r, &first, &taken, &from, e);
        if (code == 0)
            code = runner_targets(r, &others, &taken, &to, e);
        if (code < 0)
            return code;
        for (unsigned n = 0; n < r->o->nodes_count; n++)
            ret->cut[n] |= (from.nodes >> n & 1) != 0 ? to.nodes : 0;
    }
    return 0;
}

int partition_draw(struct runner *r, const struct scenario_step *step, struct partition *ret,
                   struct err *e)
{
    bool directed = scenario_arg_bool(&step->args, PARAM_directed, false);
    const struct scenario_shape *shape = &scenario_arg(&step->args, PARAM_shape)->shape;
    struct cluster_view view;
    struct view_name bindings[RUNNER_BINDINGS_MAX], marks[RUNNER_BINDINGS_MAX];
    int centre = -1;
    runner_view(r, &view, bindings, marks);
    if (shape->has_centre) {
        struct selector one = shape->centre;
        struct targets taken = {0}, target = {0};
        int code =
            runner_targets(r, &(struct selectors){.items = &one, .count = 1}, &taken, &target, e);
        if (code < 0)
            return code;
        centre = nodeset_first(target.nodes);
    }
    return partition_shape(shape->id, view_voters(&view), centre, view_leader_index(&view),
                           directed, &r->rnd, ret, e);
}

/* The scenario says who cannot get anywhere from now on. */
static int note_named(struct runner *r, const struct selectors *who, struct err *e)
{
    struct cluster_view view;
    struct view_name bindings[RUNNER_BINDINGS_MAX], marks[RUNNER_BINDINGS_MAX];
    struct prng rnd = prng_named(r->seed, "noProgressExpected");
    struct targets taken = {0}, stuck = {0};
    runner_view(r, &view, bindings, marks);
    int code = select_targets(who, &view, &rnd, &taken, &stuck, e);
    if (code < 0)
        return err_wrap(e, "noProgressExpected: who");
    fault_apart(r, stuck.nodes);
    return 0;
}

static int note_minority(struct runner *r, struct err *e)
{
    const struct selectors *who = runner_stuck(r);
    nodeset smallest = 0;
    if (who != NULL)
        return r->minority != 0 ? 0 : note_named(r, who, e);
    for (size_t i = 0; i < r->groups_count; i++) {
        if (smallest == 0 || nodeset_count(r->groups[i]) < nodeset_count(smallest))
            smallest = r->groups[i];
    }
    if (r->groups_count > 1)
        fault_apart(r, smallest);
    return 0;
}

static void say_groups(struct runner *r)
{
    struct buf text = {0};
    for (size_t i = 0; i < r->groups_count; i++) {
        char names[NODESET_TEXT_MAX];
        buf_putf(&text, "%s{%s}", i == 0 ? "" : " | ", nodeset_print(r->groups[i], names));
    }
    runner_say(r, "partition %s", r->groups_count == 0 ? "without sides" : buf_str(&text));
    buf_free(&text);
}

/* A new partition takes the place of the one before. */
static int partition(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                     struct err *e)
{
    struct partition p;
    bool directed = scenario_arg_bool(&step->args, PARAM_directed, false);
    const struct scenario_value *groups = scenario_arg(&step->args, PARAM_groups);
    const struct scenario_value *cuts = scenario_arg(&step->args, PARAM_cuts);
    nodeset sets[LIMIT_MEMBERS];
    int code;
    if (cuts != NULL) {
        code = cut_rows(r, &cuts->groups, &p, e);
    } else if (groups != NULL) {
        code = groups->groups.count > LIMIT_MEMBERS
                   ? err_set(e, -E_LIMIT, "more than %d groups", LIMIT_MEMBERS)
                   : resolve_groups(r, &groups->groups, sets, e);
        if (code == 0)
            code = partition_groups(sets, groups->groups.count, directed, &p, e);
    } else {
        code = partition_draw(r, step, &p, e);
    }
    if (code < 0)
        return code;
    cuts_rejoin(r);
    link_set_of_partition(&p, &r->links.partition);
    memcpy(r->groups, p.groups, sizeof(r->groups));
    r->groups_count = p.groups_count;
    for (size_t i = 0; i < p.groups_count; i++)
        *ret_nodes |= p.groups[i];
    code = links_apply(&r->links, &r->w, e);
    if (code == 0)
        code = note_minority(r, e);
    say_groups(r);
    if (code == 0)
        code = fault_begin(r, step, FAULT_CUT, &r->links.partition, *ret_nodes, e);
    if (code < 0)
        return code;
    r->faults[r->faults_count - 1].apart = true;
    faults_close(r); /* the one before */
    return 0;
}

static int cut(struct runner *r, const struct scenario_step *step, const struct link_set *set,
               nodeset nodes, struct err *e)
{
    struct links *lane;
    int code = runner_lane(r, step, &lane, e);
    if (code < 0)
        return code;
    link_set_add(&lane->cut, set);
    code = links_apply(&r->links, &r->w, e);
    if (code == 0 && runner_stuck(r) != NULL)
        code = note_minority(r, e);
    return code < 0 ? code : fault_begin(r, step, FAULT_CUT, set, nodes, e);
}

static int isolate(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                   struct err *e)
{
    struct targets taken = {0}, who = {0};
    struct link_set set;
    int code = runner_targets(r, scenario_arg_who(&step->args, PARAM_who), &taken, &who, e);
    if (code < 0)
        return code;
    const char *direction = scenario_arg_text(&step->args, PARAM_direction, "both");
    const char *plane = scenario_arg_text(&step->args, PARAM_plane, "peer");
    links_of(&r->links, who.nodes, (enum link_direction)vocab_choice(LINK_DIRECTIONS, direction),
             (enum link_plane)vocab_choice(LINK_PLANES, plane), &set);
    *ret_nodes = who.nodes;
    return cut(r, step, &set, who.nodes, e);
}

static void mend_lane(struct runner *r, struct links *lane, const struct scenario_step *step,
                      const struct link_set *set)
{
    bool heals = step->action == ACTION_net_heal;
    cuts_mend(r, lane, set, heals);
    if (!heals)
        return;
    links_release(lane, set, NULL);
    if (scenario_arg_bool(&step->args, PARAM_impairments, false))
        links_unshape(lane, set);
}

static int uncut(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                 struct err *e)
{
    struct link_set set;
    uint32_t messages = runner_lane_messages(step);
    int code = runner_links(r, step, &set, ret_nodes, e);
    if (code < 0)
        return code;
    for (struct links *lane = &r->links; lane != NULL; lane = lane->lane) {
        if (messages == 0 || messages == lane->messages)
            mend_lane(r, lane, step, &set);
    }
    if (messages == 0)
        faults_unfilter(r, &set);
    if (!link_set_meets(&r->links.partition, &r->links.partition))
        r->groups_count = 0;
    fault_reunited(r);
    fault_moment(r, step, *ret_nodes);
    code = links_apply(&r->links, &r->w, e);
    faults_close(r);
    return code;
}

/* flap and ramp: the step ends when they do. */
static int begin_activity(struct runner *r, struct task *t, const struct scenario_step *step,
                          nodeset *ret_nodes, struct err *e)
{
    struct activity *a = &t->activity;
    struct links *lane;
    *a = (struct activity){.on = true, .began_ns = runner_now(r)};
    int code = runner_links(r, step, &a->links, ret_nodes, e);
    if (code == 0)
        code = runner_lane(r, step, &lane, e);
    if (code < 0)
        return code;
    a->next_ns = a->began_ns;
    a->rnd = prng_named(r->seed ^ prng_mix(a->began_ns - r->result.started_ns), "flap");
    bool flaps = step->action == ACTION_net_flap;
    a->cycles_left = flaps ? scenario_arg_u64(&step->args, PARAM_cycles, 1) : 1;
    if (!flaps)
        return fault_begin(r, step, FAULT_SHAPE, &a->links, *ret_nodes, e);
    code = fault_begin(r, step, FAULT_CUT, NULL, *ret_nodes, e); /* the first beat follows */
    if (code == 0)
        cuts_flap_begin(r, a);
    return code;
}

int action_net(struct runner *r, struct task *t, const struct scenario_step *step,
               nodeset *ret_nodes, struct err *e)
{
    struct link_set set;
    int code;
    if (step->action == ACTION_net_partition)
        return partition(r, step, ret_nodes, e);
    if (step->action == ACTION_net_isolate)
        return isolate(r, step, ret_nodes, e);
    if (step->action == ACTION_net_uncut || step->action == ACTION_net_heal)
        return uncut(r, step, ret_nodes, e);
    if (step->action == ACTION_net_flap || step->action == ACTION_net_ramp)
        return begin_activity(r, t, step, ret_nodes, e);
    if (step->action == ACTION_net_hold || step->action == ACTION_net_release)
        return action_hold(r, step, ret_nodes, e);
    if (step->action == ACTION_net_filter)
        return action_filter(r, step, ret_nodes, e);
    if (step->action == ACTION_net_readdress)
        return action_readdress(r, step, ret_nodes, e);
    if (action_breaks(step))
        return action_break(r, step, ret_nodes, e);
    code = runner_links(r, step, &set, ret_nodes, e);
    if (code < 0)
        return code;
    if (step->action == ACTION_net_cut)
        return cut(r, step, &set, *ret_nodes, e);
    ASSERT(step->action == ACTION_net_set);
    struct links *lane;
    code = runner_lane(r, step, &lane, e);
    if (code < 0)
        return code;
    links_shape(lane, &set, &step->args);
    code = links_apply(&r->links, &r->w, e);
    return code < 0 ? code : fault_begin(r, step, FAULT_SHAPE, &set, *ret_nodes, e);
}
