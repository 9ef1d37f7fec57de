/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps about processes and the load; dispatch to the others. */
#include "emulator/runner/runner_private.h"

#include <signal.h>
#include <string.h>

/* The names are those of the scenario language: the parser lets no other one through. */
static int signal_of(const char *name, int otherwise)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"SIGKILL", SIGKILL}, {"SIGTERM", SIGTERM}, {"SIGINT", SIGINT},
                   {"SIGQUIT", SIGQUIT}, {"SIGHUP", SIGHUP},   {"SIGABRT", SIGABRT}};
    if (name == NULL)
        return otherwise;
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        if (strcmp(name, signals[i].name) == 0)
            return signals[i].number;
    }
    UNREACHABLE();
}

static int who_of(struct runner *r, const struct scenario_step *step, nodeset *ret, struct err *e)
{
    struct targets taken = {0}, who = {0};
    int code = runner_targets(r, scenario_arg_who(&step->args, PARAM_who), &taken, &who, e);
    if (code == 0)
        *ret = who.nodes;
    return code;
}

/* Of the version it runs; NULL: there is but one. */
static const struct pair_list *settings_of(const struct runner *r, unsigned node)
{
    const struct scenario_cluster *c = &r->s->cluster;
    return c->versions.count == 0 ? NULL : &c->per_version[r->versions[node]];
}

static bool leaves_on_signal(const struct runner *r, unsigned node, int number)
{
    const char *text = scenario_setting(r->s, node, settings_of(r, node), "on_sigterm");
    return (number == SIGTERM || number == SIGINT) && text != NULL && strcmp(text, "leave") == 0;
}

int runner_end_node(struct runner *r, unsigned node, int number, const char *cause,
                    uint64_t grace_ns, struct err *e)
{
    r->dead |= NODE_BIT(node);
    if (leaves_on_signal(r, node, number))
        r->leaving |= NODE_BIT(node);
    return r->w.kill(r->w.arg, node, number, cause, grace_ns, e);
}

static int nobody_runs(struct err *e)
{
    return err_set(e, -E_NOTFOUND, "who: none of these nodes runs");
}

static int end_those(struct runner *r, const struct scenario_step *step, nodeset nodes, bool stop,
                     struct err *e)
{
    int number =
        signal_of(scenario_arg_text(&step->args, PARAM_signal, NULL), stop ? SIGTERM : SIGKILL);
    uint64_t grace = scenario_arg_u64(&step->args, PARAM_grace, 0);
    int code = 0;
    for (unsigned i = 0; i < r->o->nodes_count && code == 0; i++) {
        if ((nodes >> i & 1) != 0)
            code = runner_end_node(r, i, number, stop ? "stop" : "kill", grace, e);
    }
    return code;
}

static int end_processes(struct runner *r, const struct scenario_step *step, nodeset nodes,
                         bool stop, struct err *e)
{
    bool struck = step->when != NULL && scenario_trigger_before(step->when); /* already */
    nodeset alive = nodes & ~runner_ended(r), hit = struck ? nodes : alive;
    int code = hit == 0 ? nobody_runs(e) : end_those(r, step, alive, stop, e);
    return code < 0 ? code : fault_begin(r, step, FAULT_DEAD, NULL, hit, e);
}

/* Whom an empty directory asks for its cluster: the leader, else any member that runs. */
static unsigned gate_of(const struct runner *r, unsigned newcomer)
{
    nodeset members = observed_members(&r->o->configs.present);
    int leader = r->o->leader;
    if (leader >= 0 && (unsigned)leader != newcomer)
        return (unsigned)leader;
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        const struct view_node *n = &r->o->nodes[i];
        if (i != newcomer && (members >> i & 1) != 0 && n->alive && !n->paused)
            return i;
    }
    return newcomer == 0 ? 1 : 0;
}

int runner_start_node(struct runner *r, unsigned node, const struct scenario_step *step,
                      struct err *e)
{
    struct world_start how = {.via = gate_of(r, node)};
    how.joins = node >= r->s->cluster.voters;
    how.hints = step != NULL && step->action == ACTION_net_readdress && nodeset_count(r->moved) > 1;
    if (step != NULL) {
        const struct scenario_value *flags = scenario_arg(&step->args, PARAM_flags);
        const struct scenario_value *env = scenario_arg(&step->args, PARAM_env);
        const char *version = scenario_arg_text(&step->args, PARAM_version, NULL);
        int number = version == NULL ? -1 : scenario_version_find(r->s, version);
        if (number >= 0)
            r->versions[node] = (unsigned)number;
        how.wipe = !scenario_arg_bool(&step->args, PARAM_keepData, true);
        how.flags = flags == NULL ? NULL : &flags->texts;
        how.env = env == NULL ? NULL : &env->pairs;
    }
    how.settings = settings_of(r, node);
    int code = r->w.start(r->w.arg, node, &how, e);
    if (code < 0)
        return code;
    r->dead &= ~NODE_BIT(node);
    r->result.started |= NODE_BIT(node);
    return 0;
}

/* Who runs already would go on as it is. */
static int is_settled(struct runner *r, const struct scenario_step *step, nodeset nodes,
                      struct err *e)
{
    static const enum param_id settings[] = {PARAM_version, PARAM_flags, PARAM_env, PARAM_keepData};
    nodeset already = nodes & ~runner_ended(r);
    char names[NODESET_TEXT_MAX];
    for (size_t i = 0; i < ARRAY_LEN(settings) && already != 0; i++) {
        if (scenario_arg(&step->args, settings[i]) != NULL)
            return err_set(e, -E_NOTFOUND, "who: %s: runs, so that %s would change nothing",
                           nodeset_print(already, names), vocab_param_name(settings[i]));
    }
    return 0;
}

static int start_processes(struct runner *r, const struct scenario_step *step, nodeset nodes,
                           struct err *e)
{
    int settled = is_settled(r, step, nodes, e);
    if (settled < 0)
        return settled;
    fault_moment(r, step, nodes);
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if ((nodes >> i & 1) == 0 || r->o->nodes[i].alive)
            continue;
        int code = runner_start_node(r, i, step, e);
        if (code < 0)
            return code;
    }
    faults_close(r);
    return 0;
}

/* The fault undoes itself after the gap. */
static int restart_processes(struct runner *r, const struct scenario_step *step, nodeset nodes,
                             bool stop, struct err *e)
{
    int code = end_those(r, step, nodes & ~runner_ended(r), stop, e);
    if (code == 0)
        code = fault_begin(r, step, FAULT_DEAD, NULL, nodes, e);
    if (code < 0)
        return code;
    r->faults[r->faults_count - 1].undo_ns =
        runner_now(r) + scenario_arg_u64(&step->args, PARAM_gap, 0);
    r->faults[r->faults_count - 1].start = step;
    return 0;
}

int action_readdress(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                     struct err *e)
{
    ASSERT(r->w.readdress != NULL);
    int code = who_of(r, step, ret_nodes, e);
    if (code == 0)
        code = restart_processes(r, step, *ret_nodes, true, e);
    r->moved = *ret_nodes;
    for (unsigned i = 0; i < r->o->nodes_count && code == 0; i++) {
        if (*ret_nodes >> i & 1)
            r->w.readdress(r->w.arg, i);
    }
    return code;
}

static int pause_processes(struct runner *r, const struct scenario_step *step, nodeset nodes,
                           struct err *e)
{
    bool on = step->action == ACTION_proc_pause;
    nodeset hit = nodes & ~runner_ended(r);
    if (!on)
        fault_moment(r, step, nodes);
    else if (hit == 0)
        return nobody_runs(e);
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        int code = (hit >> i & 1) == 0 ? 0 : r->w.pause(r->w.arg, i, on, e);
        if (code < 0)
            return code;
    }
    if (on)
        return fault_begin(r, step, FAULT_PAUSED, NULL, hit, e);
    faults_close(r);
    return 0;
}

/* `who` runs on, and a copy of it at `to`. */
static int copy_process(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                        struct err *e)
{
    struct targets taken = {0}, who = {0}, to = {0};
    int code = runner_targets(r, scenario_arg_who(&step->args, PARAM_who), &taken, &who, e);
    if (code == 0)
        code = runner_targets(r, scenario_arg_who(&step->args, PARAM_to), &taken, &to, e);
    ASSERT(r->w.twin != NULL);
    if (code == 0)
        code = r->w.twin(r->w.arg, (unsigned)nodeset_first(who.nodes),
                         (unsigned)nodeset_first(to.nodes), e);
    if (code < 0)
        return code;
    *ret_nodes = to.nodes;
    r->result.started |= to.nodes;
    return fault_begin(r, step, FAULT_TWIN, NULL, to.nodes, e);
}

static int action_proc(struct runner *r, struct task *t, const struct scenario_step *step,
                       nodeset *ret_nodes, struct err *e)
{
    if (step->action == ACTION_proc_rolling)
        return action_rolling(r, t, step, ret_nodes, e);
    if (step->action == ACTION_proc_twin)
        return copy_process(r, step, ret_nodes, e);
    int code = who_of(r, step, ret_nodes, e);
    if (code < 0)
        return code;
    switch ((unsigned)step->action) {
    case ACTION_proc_kill:
    case ACTION_proc_stop:
        code = end_processes(r, step, *ret_nodes, step->action == ACTION_proc_stop, e);
        if (code == 0)
            faults_close(r); /* who is no member is not missed */
        return code;
    case ACTION_proc_start: return start_processes(r, step, *ret_nodes, e);
    case ACTION_proc_restart:
        return restart_processes(r, step, *ret_nodes,
                                 scenario_arg(&step->args, PARAM_grace) != NULL, e);
    case ACTION_proc_upgrade: return restart_processes(r, step, *ret_nodes, true, e);
    case ACTION_proc_crashAt:
    case ACTION_proc_stallAt: return action_point(r, step, *ret_nodes, e);
    case ACTION_proc_blockLog:
    case ACTION_proc_limit: return fault_limit(r, step, *ret_nodes, e);
    case ACTION_proc_pause:
    case ACTION_proc_resume: return pause_processes(r, step, *ret_nodes, e);
    default: break;
    }
    ASSERT(step->action == ACTION_proc_stutter);
    t->activity = (struct activity){.on = true,
                                    .began_ns = runner_now(r),
                                    .next_ns = runner_now(r),
                                    .cycles_left = scenario_arg_u64(&step->args, PARAM_cycles, 1),
                                    .nodes = *ret_nodes};
    return fault_begin(r, step, FAULT_PAUSED, NULL, *ret_nodes, e);
}

int action_perform(struct runner *r, struct task *t, const struct scenario_step *step,
                   nodeset *ret_nodes, struct err *e)
{
    *ret_nodes = 0;
    switch (vocab_action(step->action)->area) {
    case AREA_network: return action_net(r, t, step, ret_nodes, e);
    case AREA_process: return action_proc(r, t, step, ret_nodes, e);
    case AREA_workload:
        return step->action <= ACTION_load_mix ? action_load(r, step, e)
                                               : action_client(r, t, step, ret_nodes, e);
    case AREA_flow:
        ASSERT(step->action == ACTION_mark);
        runner_mark(r, scenario_arg_text(&step->args, PARAM_name, ""),
                    r->o->leader < 0 ? 0 : NODE_BIT(r->o->leader));
        return 0;
    case AREA_admin: return action_admin(r, t, step, ret_nodes, e);
    case AREA_disk: return action_disk(r, step, ret_nodes, e);
    case AREA_clock: return action_clock(r, step, ret_nodes, e);
    }
    UNREACHABLE(); /* refused before the run: no world states these capabilities */
}
