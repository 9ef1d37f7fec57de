/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps about members, leadership and snapshots: what is asked, and of whom. */
#include "emulator/runner/runner_private.h"

#include <stdio.h>
#include <string.h>

uint64_t actions_admin(void)
{
    return 1ull << CAP_member | 1ull << CAP_memberMore | 1ull << CAP_transfer | 1ull << CAP_leave |
           1ull << CAP_snapshot | 1ull << CAP_configSet | 1ull << CAP_forceRecover;
}

static bool is_joint(const struct scenario_step *step)
{
    return step->action == ACTION_member_change &&
           strcmp(scenario_arg_text(&step->args, PARAM_style, "single"), "joint") == 0;
}

/* member.change is one addition or removal after the other, if it is not one joint change. */
static enum action_id doing(const struct admin_task *a, const struct scenario_step *step)
{
    if (step->action != ACTION_member_change || is_joint(step))
        return step->action;
    return (a->joining >> a->subject & 1) != 0 ? ACTION_member_add : ACTION_member_remove;
}

/* ---- beginning ---- */

static int resolve(struct runner *r, const struct scenario_step *step, enum param_id id,
                   struct targets *taken, nodeset *ret, struct err *e)
{
    struct targets who = {0};
    if (scenario_arg(&step->args, id) == NULL)
        return 0;
    int code = runner_targets(r, scenario_arg_who(&step->args, id), taken, &who, e);
    if (code == 0)
        *ret = who.nodes;
    return code < 0 ? err_wrap(e, "%s", vocab_param_name(id)) : 0;
}

static int node_of(nodeset set)
{
    return nodeset_first(set);
}

int action_admin(struct runner *r, struct task *t, const struct scenario_step *step,
                 nodeset *ret_nodes, struct err *e)
{
    struct targets taken = {0}, free = {0};
    struct admin_task a = {.subject = -1, .by = -1, .other = -1};
    nodeset who = 0, to = 0, by = 0, target = 0;
    int code = resolve(r, step, PARAM_who, &taken, &who, e);
    if (code == 0)
        code = resolve(r, step, PARAM_to, &taken, &to, e);
    if (code == 0)
        code = resolve(r, step, PARAM_target, &taken, &target, e);
    if (code == 0)
        code = resolve(r, step, PARAM_survivors, &taken, &who, e);
    if (code == 0)
        code = resolve(r, step, PARAM_by, &free, &by, e);
    if (code < 0)
        return code;
    a.on = true;
    a.by = node_of(by);
    a.other = node_of(to);
    a.todo = who;
    a.target = target;
    if (step->action == ACTION_member_change && !is_joint(step)) {
        nodeset members = observed_members(&r->o->configs.present);
        a.joining = target & ~members;
        a.leaving = members & ~target;
        a.todo = a.joining;
        a.begun = true; /* without a question about nobody */
    }
    t->admin = a;
    *ret_nodes = who | to | target;
    fault_tell(r, step, "begin", *ret_nodes);
    return 0;
}

/* ---- asking ---- */

int admin_whom(struct runner *r, const struct admin_task *a, const struct scenario_step *step)
{
    if (step->action == ACTION_node_leave || step->action == ACTION_snapshot_take ||
        step->action == ACTION_log_compact || step->action == ACTION_config_set ||
        step->action == ACTION_cluster_forceRecover)
        return a->subject;
    if (a->by >= 0)
        return a->by;
    return r->o->leader;
}

int admin_prepare(struct runner *r, const struct admin_task *a, const struct scenario_step *step,
                  struct err *e)
{
    enum action_id action = doing(a, step);
    nodeset newcomers = action == ACTION_member_add       ? NODE_BIT(a->subject)
                        : action == ACTION_member_replace ? NODE_BIT(a->other)
                        : action == ACTION_member_change  ? a->target
                                                          : 0;
    int code = 0;
    if (action == ACTION_node_leave) {
        r->w.expect_end(r->w.arg, (unsigned)a->subject, "leave");
        r->leaving |= NODE_BIT(a->subject);
    }
    for (unsigned i = 0; i < r->o->nodes_count && code == 0; i++) {
        bool runs = r->o->nodes[i].alive || (r->dead >> i & 1) != 0;
        if ((newcomers >> i & 1) != 0 && !runs)
            code = runner_start_node(r, i, NULL, e);
    }
    return code;
}

int admin_at_rest(struct runner *r, const struct admin_task *a, const struct scenario_step *step,
                  struct err *e)
{
    const char *mode = scenario_arg_text(&step->args, PARAM_mode, "newCluster");
    if (step->action != ACTION_cluster_forceRecover || strcmp(mode, "peersFile") != 0)
        return 1;
    if (r->w.recover == NULL)
        return err_set(e, -E_UNSUPPORTED, "the %s world recovers no directories", r->w.name);
    int code = r->w.recover(r->w.arg, (unsigned)a->subject, e);
    if (code == 0)
        code = runner_start_node(r, (unsigned)a->subject, NULL, e);
    return code;
}

struct wording {
    char name[2][16];
    char number[24];
    char address[WORLD_ADDRESS_MAX];
    char list[LIMIT_MEMBERS * (WORLD_ADDRESS_MAX + 8)];
    struct span words[8];
    size_t count;
};

static void say_word(struct wording *w, const char *word)
{
    ASSERT(w->count < ARRAY_LEN(w->words));
    w->words[w->count++] = span_str(word);
}

static void say_node(struct wording *w, unsigned slot, int node)
{
    (void)snprintf(w->name[slot], sizeof(w->name[slot]), "n%d", node + 1);
    say_word(w, w->name[slot]);
}

static void say_newcomer(struct runner *r, struct wording *w, unsigned slot, int node)
{
    say_node(w, slot, node);
    say_word(w, r->w.peer_address(r->w.arg, (unsigned)node, w->address));
}

/* "n1=10.9.0.1:7001,n3=10.9.0.3:7001" */
static void say_list(struct runner *r, struct wording *w, nodeset nodes)
{
    size_t used = 0;
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if ((nodes >> i & 1) == 0)
            continue;
        int n = snprintf(w->list + used, sizeof(w->list) - used, "%sn%u=%s", used > 0 ? "," : "",
                         i + 1, r->w.peer_address(r->w.arg, i, w->address));
        ASSERT(n > 0 && used + (size_t)n < sizeof(w->list));
        used += (size_t)n;
    }
    say_word(w, w->list);
}

/* How many entries of the log are to stay. */
static void say_trailing(struct wording *w, const struct scenario_step *step)
{
    const struct scenario_value *keep = scenario_arg(&step->args, PARAM_keepEntries);
    if (keep == NULL)
        return;
    (void)snprintf(w->number, sizeof(w->number), "%llu", (unsigned long long)keep->u64);
    say_word(w, "TRAILING");
    say_word(w, w->number);
}

static void word_member(struct runner *r, const struct admin_task *a,
                        const struct scenario_step *step, struct wording *w)
{
    const char *as = scenario_arg_text(&step->args, PARAM_as, "voter");
    enum action_id action = doing(a, step);
    say_word(w, "MEMBER");
    if (action == ACTION_member_add) {
        say_word(w, "ADD");
        say_newcomer(r, w, 0, a->subject);
        if (strcmp(as, "voter") != 0)
            say_word(w, strcmp(as, "learner") == 0 ? "LEARNER" : "WITNESS");
    } else if (action == ACTION_member_replace) {
        say_word(w, "REPLACE");
        say_node(w, 0, a->subject);
        say_newcomer(r, w, 1, a->other);
    } else if (action == ACTION_member_change) {
        say_word(w, "CHANGE");
        say_list(r, w, a->target);
    } else {
        say_word(w, action == ACTION_member_promote  ? "PROMOTE"
                    : action == ACTION_member_demote ? "DEMOTE"
                                                     : "REMOVE");
        say_node(w, 0, a->subject);
        if (scenario_arg_bool(&step->args, PARAM_shutdown, false))
            say_word(w, "SHUTDOWN");
    }
}

size_t admin_words(struct runner *r, const struct admin_task *a, const struct scenario_step *step,
                   const struct span **ret)
{
    static struct wording w;
    w = (struct wording){0};
    say_word(&w, "RAFT");
    if (step->action == ACTION_leader_transfer) {
        say_word(&w, "TRANSFER");
        if (a->other >= 0)
            say_node(&w, 0, a->other);
    } else if (step->action == ACTION_leader_stepDown) {
        say_word(&w, "STEPDOWN");
        if (scenario_arg_bool(&step->args, PARAM_force, false))
            say_word(&w, "FORCE");
    } else if (step->action == ACTION_node_leave) {
        say_word(&w, "LEAVE");
    } else if (step->action == ACTION_snapshot_take) {
        say_word(&w, "SNAPSHOT");
        say_trailing(&w, step);
    } else if (step->action == ACTION_log_compact) {
        say_word(&w, "COMPACT");
        say_trailing(&w, step);
    } else if (step->action == ACTION_config_set) {
        say_word(&w, "CONFIG");
        say_word(&w, "SET");
        say_word(&w, scenario_arg_text(&step->args, PARAM_knob, ""));
        say_word(&w, scenario_arg_text(&step->args, PARAM_value, ""));
    } else if (step->action == ACTION_cluster_forceRecover) {
        say_word(&w, "RECOVER");
        say_node(&w, 0, a->subject);
    } else {
        word_member(r, a, step, &w);
    }
    *ret = w.words;
    return w.count;
}

/* ---- what has come of it ---- */

static bool member_settled(const struct runner *r, const struct admin_task *a,
                           const struct scenario_step *step)
{
    const struct observed_config *c = &r->o->configs.committed;
    unsigned at = a->subject < 0 ? 0 : (unsigned)a->subject;
    bool votes = c->voters >> at & 1, learns = c->learners >> at & 1;
    bool learner = strcmp(scenario_arg_text(&step->args, PARAM_as, "voter"), "learner") == 0;
    if (observed_joint(c))
        return false;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum" /* the rest are no changes of members */
    switch (doing(a, step)) {
    case ACTION_member_add: return learner ? learns || votes : votes;
    case ACTION_member_promote: return votes;
    case ACTION_member_demote: return learns;
    case ACTION_member_remove: return !votes && !learns;
    case ACTION_member_replace: return !votes && !learns && (c->voters >> a->other & 1) != 0;
    case ACTION_member_change: return c->voters == a->target;
    default: return false;
    }
#pragma GCC diagnostic pop
}

bool admin_settled(const struct runner *r, const struct admin_task *a,
                   const struct scenario_step *step)
{
    if (step->action == ACTION_leader_transfer)
        return a->other >= 0 && r->o->leader == a->other;
    if (step->action == ACTION_node_leave)
        return r->o->exits[a->subject].ended && r->o->nodes[a->subject].removed;
    return (a->subject >= 0 || is_joint(step)) && member_settled(r, a, step);
}
