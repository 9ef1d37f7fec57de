/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated world as the runner sees it, and what it cannot do. */
#include "base/units.h"
#include "emulator/clients/door.h"
#include "emulator/judging/judged.h"
#include "emulator/sim/breaks.h"
#include "emulator/sim/filter.h"
#include "emulator/sim/run.h"

#include <stdio.h>
#include <string.h>

/* A node told to stop that is not gone by then is killed. */
#define GRACE_NS (5 * NS_PER_S)

static uint64_t now(void *arg)
{
    const struct sim *sim = arg;
    return sim->now_ns;
}

static uint64_t events(void *arg)
{
    const struct sim *sim = arg;
    return sim->queue.taken;
}

static int start(void *arg, unsigned node, const struct world_start *how, struct err *e)
{
    struct sim *sim = arg;
    return sim_node_start(&sim->nodes[node], how, e);
}

static int end(void *arg, unsigned node, int signal, const char *cause, uint64_t grace_ns,
               struct err *e)
{
    struct sim *sim = arg;
    (void)e;
    sim_node_kill(&sim->nodes[node], signal, cause, grace_ns == 0 ? GRACE_NS : grace_ns);
    return 0;
}

static int suspend(void *arg, unsigned node, bool paused, struct err *e)
{
    struct sim *sim = arg;
    (void)e;
    sim_node_suspend(&sim->nodes[node], paused);
    return 0;
}

static void expect_end(void *arg, unsigned node, const char *cause)
{
    struct sim *sim = arg;
    sim->nodes[node].leaving = cause;
}

static int twin(void *arg, unsigned node, unsigned at, struct err *e)
{
    struct sim *sim = arg;
    struct sim_node *copy = &sim->nodes[at];
    const struct world_start how = {0};
    if (copy->running || at < sim->s->cluster.voters + sim->s->cluster.learners)
        return err_set(e, -E_BUSY, "%s: a copy needs a spare node that does not run", copy->name);
    sim_node_copy(copy, &sim->nodes[node]);
    return sim_node_start(copy, &how, e);
}

static void readdress(void *arg, unsigned node)
{
    struct sim *sim = arg;
    sim_node_readdress(&sim->nodes[node]);
}

static int ask(void *arg, unsigned node, const struct span *words, size_t count,
               uint64_t *ret_ticket, struct err *e)
{
    return sim_admin_ask(arg, node, words, count, ret_ticket, e);
}

static enum world_reply reply(void *arg, uint64_t ticket, char text[WORLD_TEXT_MAX])
{
    return sim_admin_reply(arg, ticket, text);
}

static void done(void *arg, uint64_t ticket)
{
    sim_admin_done(arg, ticket);
}

static int recover(void *arg, unsigned node, struct err *e)
{
    struct sim *sim = arg;
    return sim_node_recover(&sim->nodes[node], e);
}

/* The rest is refused beforehand. */
static int limit(void *arg, unsigned node, const struct world_limit *allowed, struct err *e)
{
    struct sim *sim = arg;
    (void)e;
    sim->nodes[node].cpu_share = allowed->cpu;
    return 0;
}

static const char *peer_address(void *arg, unsigned node, char out[WORLD_ADDRESS_MAX])
{
    const struct sim *sim = arg;
    (void)snprintf(out, WORLD_ADDRESS_MAX, "%.*s", WORLD_ADDRESS_MAX - 1, sim->nodes[node].address);
    return out;
}

static int links(void *arg, const struct world_link *changes, size_t count, struct err *e)
{
    struct sim *sim = arg;
    for (size_t i = 0; i < count; i++) {
        int code = impairment_check(changes[i].state, e);
        if (code < 0)
            return code;
        sim_net_set(sim->net, changes[i].messages, changes[i].from, changes[i].to, changes[i].state,
                    sim->now_ns);
    }
    return 0;
}

static int filter(void *arg, const struct world_filter *what, uint64_t *ret_number, struct err *e)
{
    struct sim *sim = arg;
    return sim_filters_add(sim_net_filters(sim->net), what, ret_number, e);
}

static bool filter_active(void *arg, uint64_t number)
{
    struct sim *sim = arg;
    return sim_filters_active(sim_net_filters(sim->net), number);
}

static void unfilter(void *arg, uint64_t number, const nodeset *off)
{
    struct sim *sim = arg;
    sim_net_let_go(sim->net, sim_filters_remove(sim_net_filters(sim->net), number, off),
                   sim->now_ns);
}

static int breaks(void *arg, const nodeset *where, enum world_break how, uint64_t *ret_number,
                  struct err *e)
{
    struct sim *sim = arg;
    struct sim_breaks *b = sim_net_breaks(sim->net);
    b->silence_ns = sim->s->cluster.election_ns_max;
    return sim_breaks_add(b, where, how, sim->connections, ret_number, e);
}

static bool break_active(void *arg, uint64_t number)
{
    struct sim *sim = arg;
    return breaks_active(&sim_net_breaks(sim->net)->in_force, number);
}

static void unbreak(void *arg, uint64_t number, const nodeset *off)
{
    struct sim *sim = arg;
    breaks_remove(&sim_net_breaks(sim->net)->in_force, number, off);
}

static int reset(void *arg, const nodeset *where, unsigned *ret_count, struct err *e)
{
    (void)e;
    *ret_count = sim_peers_reset(arg, where) + sim_streams_reset(arg, where);
    return 0;
}

static int point(void *arg, nodeset nodes, const struct world_point *what, uint64_t *ret_number,
                 struct err *e)
{
    return sim_points_add(arg, nodes, what, ret_number, e);
}

static int point_hit(void *arg, uint64_t number)
{
    return sim_points_hit(arg, number);
}

static void unpoint(void *arg, uint64_t number)
{
    sim_points_remove(arg, number);
}

static int disk(void *arg, nodeset nodes, const struct world_disk *what, uint64_t *ret_number,
                struct err *e)
{
    return sim_disks_add(arg, nodes, what, ret_number, e);
}

static bool disk_active(void *arg, uint64_t number)
{
    return sim_disks_active(arg, number);
}

static void undisk(void *arg, uint64_t number)
{
    sim_disks_remove(arg, number);
}

static void disk_spare(void *arg, uint64_t number, nodeset nodes)
{
    sim_disks_spare(arg, number, nodes);
}

static int image(void *arg, unsigned node, enum world_image what, unsigned files, const char *mark,
                 struct err *e)
{
    struct sim *sim = arg;
    return sim_disks_image(&sim->nodes[node], what, files, mark, e);
}

static int damage(void *arg, unsigned node, const struct world_damage *what,
                  char text[WORLD_TEXT_MAX], struct err *e)
{
    struct sim *sim = arg;
    return sim_disks_damage(&sim->nodes[node], what, text, e);
}

static uint64_t disk_used(void *arg, unsigned node)
{
    const struct sim *sim = arg;
    return memvfs_used(sim->nodes[node].disk, NULL);
}

static void usage(void *arg, unsigned node)
{
    struct sim *sim = arg;
    sim_tell_usage(&sim->nodes[node]);
}

static int bend_clock(void *arg, nodeset nodes, const struct world_clock *what,
                      uint64_t *ret_number, struct err *e)
{
    return sim_clocks_add(arg, nodes, what, ret_number, e);
}

static uint64_t clock_until(void *arg, uint64_t number)
{
    const struct sim *sim = arg;
    return clocks_until(&sim->clocks, number);
}

static void unclock(void *arg, uint64_t number, nodeset nodes)
{
    struct sim *sim = arg;
    clocks_remove(&sim->clocks, sim->now_ns, number, nodes);
}

static void load(void *arg, bool on, uint64_t operations)
{
    const struct sim *sim = arg;
    clients_load(sim->clients, on, operations);
}

static int load_shape(void *arg, const struct scenario_load *how, struct err *e)
{
    const struct sim *sim = arg;
    return clients_shape(sim->clients, how, e);
}

static int load_burst(void *arg, uint64_t operations, const struct scenario_load *how,
                      struct err *e)
{
    const struct sim *sim = arg;
    return clients_burst(sim->clients, operations, how, e);
}

static int client_ask(void *arg, const struct world_operation *op, struct err *e)
{
    const struct sim *sim = arg;
    return clients_door_ask(sim->clients, op, e);
}

static enum world_reply client_reply(void *arg, unsigned client, char text[WORLD_TEXT_MAX])
{
    const struct sim *sim = arg;
    return clients_door_reply(sim->clients, client, text);
}

static void client_pin(void *arg, uint64_t who, int node)
{
    const struct sim *sim = arg;
    clients_pin(sim->clients, who, node);
}

static void client_drop_sessions(void *arg, uint64_t who)
{
    const struct sim *sim = arg;
    clients_drop_sessions(sim->clients, who);
}

static void fault(void *arg, const struct world_fault *f)
{
    struct sim *sim = arg;
    const struct sim_watch *w = sim->options->watch;
    if (w != NULL)
        w->fault(w->arg, sim_time(sim), f);
    sim_tell_fault(sim, f);
}

static void say(void *arg, const char *text)
{
    sim_say(arg, "%s", text);
}

void sim_world_fill(struct sim *sim)
{
    sim->world = (struct world){.arg = sim,
                                .name = "sim",
                                .now = now,
                                .events = events,
                                .start = start,
                                .kill = end,
                                .pause = suspend,
                                .expect_end = expect_end,
                                .readdress = readdress,
                                .twin = twin,
                                .admin = ask,
                                .admin_reply = reply,
                                .admin_done = done,
                                .recover = recover,
                                .limit = limit,
                                .peer_address = peer_address,
                                .links = links,
                                .filter = filter,
                                .filter_active = filter_active,
                                .unfilter = unfilter,
                                .breaks = breaks,
                                .break_active = break_active,
                                .unbreak = unbreak,
                                .reset = reset,
                                .point = point,
                                .point_hit = point_hit,
                                .unpoint = unpoint,
                                .disk = disk,
                                .disk_active = disk_active,
                                .undisk = undisk,
                                .disk_spare = disk_spare,
                                .image = image,
                                .clock = bend_clock,
                                .clock_until = clock_until,
                                .unclock = unclock,
                                .load = load,
                                .damage = damage,
                                .disk_used = disk_used,
                                .load_shape = load_shape,
                                .load_burst = load_burst,
                                .client_ask = client_ask,
                                .client_reply = client_reply,
                                .client_pin = client_pin,
                                .client_drop_sessions = client_drop_sessions,
                                .fault = fault,
                                .usage = usage,
                                .say = say};
}

/* ---- what it cannot do ---- */

/* What a process has and a simulated node has not. */
static int refuse_step(const struct scenario_step *step, struct err *e)
{
    static const enum param_id params[] = {PARAM_env, PARAM_mem, PARAM_fds, PARAM_threads};
    const char *name = vocab_action(step->action)->name;
    const struct scenario_value *flags = scenario_arg(&step->args, PARAM_flags);
    for (size_t i = 0; i < ARRAY_LEN(params); i++) {
        if (scenario_arg(&step->args, params[i]) != NULL)
            return err_set(e, -E_UNSUPPORTED,
                           "step %u: %s: %s: a process has it, a simulated node has none",
                           step->number, name, vocab_param_name(params[i]));
    }
    const char *unknown = flags == NULL ? NULL : sim_options_unknown(&flags->texts);
    if (unknown != NULL)
        return err_set(e, -E_UNSUPPORTED,
                       "step %u: %s: flags: %s: a simulated node knows the settings of raftd only",
                       step->number, name, unknown);
    return 0;
}

const struct lint_world *sim_world(void)
{
    static struct lint_world world;
    world =
        (struct lint_world){.name = "sim",
                            .id = WORLD_sim,
                            .capabilities = runner_capabilities() | runner_inner_capabilities() |
                                            runner_disk_capabilities() | 1ull << CAP_clockWall,
                            .checkers = judged_checkers(),
                            .coverage = judged_coverage() | 1ull << COVERAGE_crashPointsHit,
                            .refuse = refuse_step};
    return &world;
}

int sim_refuse(const struct scenario *s, struct err *e)
{
    if (!scenario_is_raftd(s))
        return err_set(e, -E_UNSUPPORTED,
                       "cluster: sut: %s cannot be simulated, only the node of this laboratory",
                       s->cluster.sut);
    return runner_refuse(s, refuse_step, e);
}
