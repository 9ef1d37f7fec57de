/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waits about members, snapshots and the ends of processes. */
#include "emulator/runner/runner_private.h"

#include <signal.h>
#include <string.h>

void waiting_arm_members(const struct runner *r, struct waiting *ret)
{
    const struct observed_configs *c = &r->o->configs;
    ret->joints[0] = c->joints_entered;
    ret->joints[1] = c->joints_committed;
    ret->joints[2] = c->joints_left;
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        ret->chunks[i] = r->o->installs[i].chunks;
        ret->installed[i] = r->o->installs[i].installed;
    }
}

/* The set a parameter names, looked up anew each time: members come and go while one waits. Whom
 * nobody is, nobody waits for. */
static bool is_set(struct runner *r, const struct scenario_condition *c, enum param_id id,
                   nodeset set)
{
    struct targets taken = {0}, who = {0};
    struct err ignored;
    if (scenario_arg(&c->args, id) == NULL)
        return true;
    if (runner_targets(r, scenario_arg_who(&c->args, id), &taken, &who, &ignored) < 0)
        return set == 0;
    return who.nodes == set;
}

bool config_holds(struct runner *r, const struct scenario_condition *c)
{
    const struct observed_config *now = &r->o->configs.present;
    bool committed = now->index == r->o->configs.committed.index;
    if (scenario_arg(&c->args, PARAM_committed) != NULL &&
        scenario_arg_bool(&c->args, PARAM_committed, true) != (committed && !observed_joint(now)))
        return false;
    return is_set(r, c, PARAM_members, observed_members(now)) &&
           is_set(r, c, PARAM_voters, now->voters) && is_set(r, c, PARAM_learners, now->learners);
}

bool joint_holds(const struct runner *r, const struct scenario_condition *c,
                 const struct waiting *w)
{
    const struct observed_configs *now = &r->o->configs;
    const char *state = scenario_arg_text(&c->args, PARAM_state, "");
    if (strcmp(state, "entered") == 0)
        return observed_joint(&now->present) || now->joints_entered > w->joints[0];
    if (strcmp(state, "committed") == 0)
        return observed_joint(&now->committed) || now->joints_committed > w->joints[1];
    return now->joints_left > w->joints[2];
}

bool snapshot_holds(const struct runner *r, const struct scenario_condition *c,
                    const struct waiting *w, nodeset *found)
{
    const char *phase = scenario_arg_text(&c->args, PARAM_phase, "");
    bool installed = strcmp(phase, "installed") == 0;
    uint64_t need = strcmp(phase, "chunk") == 0 ? scenario_arg_u64(&c->args, PARAM_chunk, 1) : 1;
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        const struct observed_install *got = &r->o->installs[i];
        uint64_t count = installed ? got->installed - w->installed[i] : got->chunks - w->chunks[i];
        if ((w->who >> i & 1) != 0 && count < need)
            return false;
    }
    *found = w->who;
    return true;
}

static int signal_number(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"SIGKILL", SIGKILL}, {"SIGTERM", SIGTERM}, {"SIGINT", SIGINT},
                   {"SIGQUIT", SIGQUIT}, {"SIGHUP", SIGHUP},   {"SIGABRT", SIGABRT},
                   {"SIGSEGV", SIGSEGV}, {"SIGBUS", SIGBUS},   {"SIGFPE", SIGFPE},
                   {"SIGILL", SIGILL},   {"SIGPIPE", SIGPIPE}};
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        if (strcmp(name, signals[i].name) == 0)
            return signals[i].number;
    }
    UNREACHABLE(); /* the parser lets no other name through */
}

bool exit_holds(const struct runner *r, const struct scenario_condition *c, nodeset who)
{
    const struct scenario_value *code = scenario_arg(&c->args, PARAM_code);
    const char *name = scenario_arg_text(&c->args, PARAM_signal, NULL);
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        const struct observed_exit *x = &r->o->exits[i];
        if ((who >> i & 1) == 0)
            continue;
        if (!x->ended || (code != NULL && (x->code < 0 || (uint64_t)x->code != code->u64)) ||
            (name != NULL && x->signal != signal_number(name)))
            return false;
    }
    return true;
}

bool disks_hold(const struct runner *r, const struct scenario_condition *c, nodeset who)
{
    uint64_t used = scenario_arg_u64(&c->args, PARAM_used, 0);
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if ((who >> i & 1) != 0 && r->w.disk_used(r->w.arg, i) < used)
            return false;
    }
    return true;
}
