/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live world as the runner sees it. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/clients/door.h"
#include "emulator/live/command_line.h"
#include "emulator/live/loop_time.h"
#include "emulator/live/run.h"

#include <signal.h>
#include <stdio.h>

/* A node told to stop that is not gone by then is killed. */
#define GRACE_NS (5 * NS_PER_S)

static uint64_t now(void *arg)
{
    (void)arg;
    return loop_now_ns();
}

static int start(void *arg, unsigned node, const struct world_start *how, struct err *e)
{
    struct live *l = arg;
    if (l->began_ns == 0)
        l->began_ns = loop_now_ns();
    return nodes_start(l->nodes, node, how, e);
}

static int end(void *arg, unsigned node, int signal, const char *cause, uint64_t grace_ns,
               struct err *e)
{
    struct live *l = arg;
    if (signal == SIGKILL)
        disks_doom(&l->disks, node);
    return nodes_kill(l->nodes, node, signal, cause, grace_ns == 0 ? GRACE_NS : grace_ns, e);
}

static int suspend(void *arg, unsigned node, bool paused, struct err *e)
{
    struct live *l = arg;
    points_moved(&l->points, node);
    return nodes_pause(l->nodes, node, paused, e);
}

static void expect_end(void *arg, unsigned node, const char *cause)
{
    struct live *l = arg;
    nodes_expect_end(l->nodes, node, cause);
}

static int ask(void *arg, unsigned node, const struct span *words, size_t count,
               uint64_t *ret_ticket, struct err *e)
{
    struct live *l = arg;
    return admin_ask(l->admin, node, words, count, ret_ticket, e);
}

static enum world_reply reply(void *arg, uint64_t ticket, char text[WORLD_TEXT_MAX])
{
    struct live *l = arg;
    return admin_reply(l->admin, ticket, text);
}

static void done(void *arg, uint64_t ticket)
{
    struct live *l = arg;
    admin_done(l->admin, ticket);
}

static int recover(void *arg, unsigned node, struct err *e)
{
    struct live *l = arg;
    return nodes_recover(l->nodes, node, e);
}

static const char *peer_address(void *arg, unsigned node, char out[WORLD_ADDRESS_MAX])
{
    struct live *l = arg;
    (void)snprintf(out, WORLD_ADDRESS_MAX, "%s:%u",
                   netem_address(l->net, netem_node(l->net, (int)node)), LIVE_PEER_PORT);
    return out;
}

static int links(void *arg, const struct world_link *changes, size_t count, struct err *e)
{
    struct live *l = arg;
    struct netem_change *wanted = mem_array(count, sizeof(*wanted));
    for (size_t i = 0; i < count; i++) {
        ASSERT(changes[i].messages == 0); /* no capability of ours */
        wanted[i] = (struct netem_change){
            .from = (int)changes[i].from, .to = (int)changes[i].to, .link = *changes[i].state};
    }
    int code = netem_apply(l->net, wanted, (int)count, e);
    mem_free(wanted);
    return code;
}

static int break_links(void *arg, const nodeset *where, enum world_break how, uint64_t *ret_number,
                       struct err *e)
{
    struct live *l = arg;
    return live_breaks_add(&l->breaks, l->net, where, how, ret_number, e);
}

static bool break_active(void *arg, uint64_t number)
{
    const struct live *l = arg;
    return breaks_active(&l->breaks, number);
}

static void unbreak(void *arg, uint64_t number, const nodeset *where)
{
    struct live *l = arg;
    live_breaks_remove(&l->breaks, l->net, number, where);
}

static int reset(void *arg, const nodeset *where, unsigned *ret_count, struct err *e)
{
    const struct live *l = arg;
    return live_breaks_reset(l->net, where, ret_count, e);
}

static int limit(void *arg, unsigned node, const struct world_limit *allowed, struct err *e)
{
    const struct live *l = arg;
    return nodes_limit(l->nodes, node, allowed, e);
}

static void readdress(void *arg, unsigned node)
{
    struct live *l = arg;
    nodes_readdress(l->nodes, node);
}

static void load(void *arg, bool on, uint64_t operations)
{
    const struct live *l = arg;
    clients_load(l->clients, on, operations);
}

static int load_shape(void *arg, const struct scenario_load *how, struct err *e)
{
    const struct live *l = arg;
    return clients_shape(l->clients, how, e);
}

static int load_burst(void *arg, uint64_t operations, const struct scenario_load *how,
                      struct err *e)
{
    const struct live *l = arg;
    return clients_burst(l->clients, operations, how, e);
}

static int client_ask(void *arg, const struct world_operation *op, struct err *e)
{
    const struct live *l = arg;
    return clients_door_ask(l->clients, op, e);
}

static enum world_reply client_reply(void *arg, unsigned client, char text[WORLD_TEXT_MAX])
{
    const struct live *l = arg;
    return clients_door_reply(l->clients, client, text);
}

static void client_pin(void *arg, uint64_t who, int node)
{
    const struct live *l = arg;
    clients_pin(l->clients, who, node);
}

static void client_drop_sessions(void *arg, uint64_t who)
{
    const struct live *l = arg;
    clients_drop_sessions(l->clients, who);
}

static void fault(void *arg, const struct world_fault *f)
{
    struct live *l = arg;
    const struct trace_record rec = world_fault_record(f, loop_now_ns());
    outfile_record(&l->faults, &l->names, &rec);
    outfile_flush(&l->faults);
}

/* ---- disks ---- */

/* Told once, before anything that may come of it. */
static void harmed(void *arg, unsigned node)
{
    struct live *l = arg;
    nodeset bit = NODE_BIT(node);
    if ((l->harmed & bit) == 0)
        fault(l, &(struct world_fault){
                     .step = "", .phase = "harmed", .action = "disk", .targets = bit});
    l->harmed |= bit;
}

static int disk(void *arg, nodeset nodes, const struct world_disk *what, uint64_t *ret_number,
                struct err *e)
{
    struct live *l = arg;
    int code = disks_add(&l->disks, l->lab_numbers + 1, nodes, what, e);
    if (code == 0)
        *ret_number = ++l->lab_numbers;
    return code;
}

static bool disk_active(void *arg, uint64_t number)
{
    const struct live *l = arg;
    return disks_active(&l->disks, number);
}

static void disk_spare(void *arg, uint64_t number, nodeset nodes)
{
    struct live *l = arg;
    disks_spare(&l->disks, number, nodes);
}

static void undisk(void *arg, uint64_t number)
{
    disk_spare(arg, number, NODESET_ALL);
}

static int image(void *arg, unsigned node, enum world_image what, unsigned files, const char *mark,
                 struct err *e)
{
    struct live *l = arg;
    return disks_image(&l->disks, node, what, files, mark, e);
}

static int damage(void *arg, unsigned node, const struct world_damage *what,
                  char text[WORLD_TEXT_MAX], struct err *e)
{
    struct live *l = arg;
    int code = disks_damage(&l->disks, node, what, text, e);
    if (code == 0)
        live_say(l, "n%u: damaged: %s", node + 1, text);
    return code;
}

static uint64_t disk_used(void *arg, unsigned node)
{
    const struct live *l = arg;
    return nodes_used(l->nodes, node);
}

/* What a power cut could lose, and what stood there before, is kept where a step may want it. */
static void open_disks(struct live *l)
{
    const uint64_t wanted =
        1ull << CAP_diskUnsynced | 1ull << CAP_diskTear | 1ull << CAP_diskDamage;
    l->disks = (struct disks){.nodes = l->nodes,
                              .nodes_count = (unsigned)scenario_nodes_count(l->s),
                              .seed = l->options->seed,
                              .journals = (scenario_needs(l->s) & wanted) != 0,
                              .harmed = harmed,
                              .failed = news_failed,
                              .arg = l};
}

static int twin(void *arg, unsigned node, unsigned at, struct err *e)
{
    struct live *l = arg;
    disks_harm(&l->disks, node); /* one of them is told that there are two, and ends */
    disks_harm(&l->disks, at);
    return nodes_twin(l->nodes, node, at, e);
}

static void usage(void *arg, unsigned node)
{
    struct live *l = arg;
    struct world_usage u;
    nodes_usage(l->nodes, node, &u);
    const struct trace_record rec = world_usage_record(node, &u, loop_now_ns());
    outfile_record(&l->faults, &l->names, &rec);
}

static void say(void *arg, const char *text)
{
    live_say(arg, "%s", text);
}

void live_world_fill(struct live *l)
{
    open_disks(l);
    l->world = (struct world){.arg = l,
                              .name = "live",
                              .now = now,
                              .start = start,
                              .kill = end,
                              .pause = suspend,
                              .expect_end = expect_end,
                              .admin = ask,
                              .admin_reply = reply,
                              .admin_done = done,
                              .recover = recover,
                              .peer_address = peer_address,
                              .limit = limit,
                              .twin = twin,
                              .readdress = readdress,
                              .links = links,
                              .disk = disk,
                              .disk_active = disk_active,
                              .undisk = undisk,
                              .disk_spare = disk_spare,
                              .image = image,
                              .damage = damage,
                              .disk_used = disk_used,
                              .breaks = break_links,
                              .break_active = break_active,
                              .unbreak = unbreak,
                              .reset = reset,
                              .load = load,
                              .load_shape = load_shape,
                              .load_burst = load_burst,
                              .client_ask = client_ask,
                              .client_reply = client_reply,
                              .client_pin = client_pin,
                              .client_drop_sessions = client_drop_sessions,
                              .fault = fault,
                              .usage = usage,
                              .say = say};
    inside_fill(&l->world);
}
