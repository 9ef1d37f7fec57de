/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node's process: its birth, its turns, its end. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/sim/run.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Of a disk that keeps its promises: an NVMe drive's write with its flush. */
#define DISK_NS_MIN (80 * NS_PER_US)
#define DISK_NS_MAX (250 * NS_PER_US)
/* From the start of a process to its first word. */
#define START_NS (3 * NS_PER_MS)
/* Between two tries to find a cluster to join. */
#define BIRTH_NS (100 * NS_PER_MS)

/* ---- the node's door ---- */

static bool on_send(void *arg, raft_id to, const void *frame, size_t len)
{
    return sim_peers_send(arg, to, frame, len);
}

static void on_reply(void *arg, uint64_t client, const void *bytes, size_t len)
{
    const struct sim_node *n = arg;
    if (n->dying[0] == '\0' && !sim_admin_bytes(arg, client, bytes, len))
        sim_streams_reply(arg, client, bytes, len);
}

static size_t on_unread(void *arg, uint64_t client)
{
    return sim_streams_unread(arg, client);
}

static void on_hang_up(void *arg, uint64_t client)
{
    const struct sim_node *n = arg;
    if (n->dying[0] == '\0' && !sim_admin_hung_up(arg, client))
        sim_streams_hang_up(arg, client);
}

static void on_peers(void *arg, const struct node_peer *peers, size_t count)
{
    sim_peers_wanted(arg, peers, count);
}

static void on_log(void *arg, enum env_topic topic, enum env_level level, const char *text)
{
    (void)topic;
    const struct sim_node *n = arg;
    if (level >= ENV_WARNING && n->dying[0] == '\0')
        sim_say(n->sim, "%s: %s", n->name, text);
}

static void on_fatal(void *arg, int exit_code, const char *text)
{
    struct sim_node *n = arg;
    if (n->dying[0] != '\0')
        return;
    n->fatal_exit = exit_code;
    (void)snprintf(n->fatal_text, sizeof(n->fatal_text), "%s", text);
}

static void on_decided(void *arg, const struct raft_reason *reasons, size_t count)
{
    const struct sim_node *n = arg;
    const struct sim_watch *w = n->sim->options->watch;
    if (w != NULL && n->dying[0] == '\0')
        w->decided(w->arg, sim_time(n->sim), n->index, reasons, count);
}

/* Judges compare nodes: what they are told is in true time. A copy of a node is that node, and has
 * a name of its own here. */
static void on_trace(void *arg, struct trace_record *rec)
{
    struct sim_node *n = arg;
    if (n->dying[0] != '\0')
        return;
    rec->t = n->sim->now_ns;
    rec->node = (int)n->index;
    if (trace_has(rec, TRACE_HAS_until))
        rec->until = host_clock_when(sim_node_clock(n), rec->until);
    sim_tell_node(n, rec);
}

/* ---- birth ---- */

static int open_trace(struct sim_node *n, struct err *e)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "trace/%s.ndjson", n->name);
    int code = sim_teller_open(n->sim, &n->trace, name, e);
    n->started = code == 0;
    return code;
}

static void on_call(void *arg, enum memvfs_call call, const char *path, bool after)
{
    if (!after)
        sim_disks_call(arg, call, path);
    sim_points_call(arg, call, path, after);
}

void sim_node_fresh_disk(struct sim_node *n)
{
    const struct vfs *v;
    if (n->disk != NULL)
        memvfs_free(n->disk);
    n->disk = memvfs_new(prng_u64(&n->disk_dice));
    memvfs_watch(n->disk, on_call, n);
    v = memvfs_vfs(n->disk);
    int code = v->mkdir(v->arg, SIM_DATA_DIR, NULL);
    ASSERT(code == 0);
}

int sim_node_init(struct sim *sim, unsigned index)
{
    struct sim_node *n = &sim->nodes[index];
    char stream[32];
    n->sim = sim;
    n->index = index;
    (void)snprintf(n->name, sizeof(n->name), "n%u", index + 1);
    memcpy(n->says, n->name, sizeof(n->says));
    (void)snprintf(n->address, sizeof(n->address), "n%u:7001", index + 1);
    (void)snprintf(stream, sizeof(stream), "disk of n%u", index + 1);
    n->id = node_id_of_name(n->name);
    n->disk_dice = prng_named(sim->seed, stream);
    n->trace.file.fd = -1;
    n->cpu_share = 1;
    sim_node_fresh_disk(n);
    return 0;
}

void sim_node_free(struct sim_node *n)
{
    struct err ignored;
    if (n->node != NULL) {
        memvfs_crash(n->disk, MEMVFS_KILL);
        node_close(n->node);
    }
    if (n->disk != NULL)
        memvfs_free(n->disk);
    for (size_t i = 0; i < n->deferred_count; i++)
        sim_packet_free(n->deferred[i].what);
    mem_free(n->deferred);
    (void)!sim_teller_close(&n->trace, &ignored);
}

static struct env env_of(struct sim_node *n)
{
    return (struct env){.arg = n,
                        .send = on_send,
                        .reply = on_reply,
                        .unread = on_unread,
                        .hang_up = on_hang_up,
                        .peers = on_peers,
                        .log = on_log,
                        .fatal = on_fatal,
                        .decided = n->sim->options->watch == NULL ? NULL : on_decided,
                        .trace = {.sink = on_trace, .arg = n, .names = n->sim->names},
                        .vfs = *memvfs_vfs(n->disk)};
}

/* A newcomer asks for the cluster it belongs to; a node that is not reached cannot tell. */
static bool ask_cluster(struct sim_node *n, struct node_options *o)
{
    struct sim *sim = n->sim;
    const struct sim_node *via = &sim->nodes[n->start.via];
    bool reached = via != n && via->node != NULL && !via->paused &&
                   !sim_net_is_cut(sim->net, n->index, via->index) &&
                   !sim_net_is_cut(sim->net, via->index, n->index);
    if (!reached)
        return false;
    struct peer_link link = node_hello(via->node, 0).link;
    o->join_cluster_id = link.cluster_id;
    o->join_generation = link.generation;
    return true;
}

static void introduce(const struct sim_node *n, struct node_peer *ret)
{
    *ret = (struct node_peer){.id = n->id};
    memcpy(ret->name, n->name, sizeof(n->name));
    memcpy(ret->address, n->address, sizeof(ret->address));
}

static size_t give_hints(const struct sim_node *n, struct node_peer ret[LIMIT_MEMBERS])
{
    for (unsigned i = 0; i < n->sim->nodes_count; i++)
        introduce(&n->sim->nodes[i], &ret[i]);
    return n->start.hints ? n->sim->nodes_count : 0;
}

void sim_node_copy(struct sim_node *n, struct sim_node *of)
{
    ASSERT(!n->running);
    memvfs_free(n->disk);
    n->disk = memvfs_clone(of->disk, prng_u64(&n->disk_dice));
    memvfs_watch(n->disk, on_call, n);
    n->id = of->id;
    memcpy(n->says, of->says, sizeof(n->says));
    n->copied = of->copied = true;
    sim_peers_enrol(n->sim);
}

void sim_node_readdress(struct sim_node *n)
{
    (void)snprintf(n->address, sizeof(n->address), "n%u:%u", n->index + 1, 7001 + ++n->moves);
    sim_peers_moved(n->sim);
}

/* 0 also while it still looks for a cluster. */
static int birth(struct sim_node *n, struct err *e)
{
    struct node_options o;
    struct env env = env_of(n);
    int exit_code = 0;
    int code = sim_options_fill(n->sim->s, n->index, &n->start, &o, e);
    if (code < 0)
        return code;
    o.seed = prng_u64(&n->disk_dice);
    struct node_peer founders[LIMIT_MEMBERS] = {0}, hints[LIMIT_MEMBERS];
    for (unsigned i = 0; !n->joined && i < n->sim->s->cluster.voters; i++) {
        introduce(&n->sim->nodes[i], &founders[i]);
        if (n->sim->nodes[i].moves > 0) /* the list it was founded with */
            (void)snprintf(founders[i].address, sizeof(founders[i].address), "n%u:7001", i + 1);
        o.bootstrap_count++;
    }
    o.bootstrap = o.bootstrap_count > 0 ? founders : NULL;
    o.hints = hints;
    o.hints_count = give_hints(n, hints);
    o.data_dir = SIM_DATA_DIR;
    o.name = n->says;
    (void)snprintf(o.peer_address, sizeof(o.peer_address), "%s", n->address);
    (void)snprintf(o.client_address, sizeof(o.client_address), "%s:6379", n->name);
    code = node_open(&o, &env, sim_node_now(n), &n->node, &exit_code, e);
    if (code == -E_NOTFOUND && n->joined) {
        if (!ask_cluster(n, &o)) {
            sim_after(n->sim, BIRTH_NS, SIM_BIRTH, n->index, n->life);
            return 0;
        }
        code = node_open(&o, &env, sim_node_now(n), &n->node, &exit_code, e);
    }
    const struct sim_watch *w = n->sim->options->watch;
    if (code < 0) {
        on_fatal(n, exit_code, e->text);
        n->node = NULL;
    } else if (w != NULL) {
        w->process(w->arg, sim_time(n->sim), n->index, NULL);
    }
    sim_node_turn(n);
    return 0;
}

int sim_node_start(struct sim_node *n, const struct world_start *how, struct err *e)
{
    if (n->running) { /* one that is ending starts again when it has ended */
        n->again = n->planned != NULL;
        n->next = *how;
        return 0;
    }
    int code = n->started ? 0 : open_trace(n, e);
    if (code < 0)
        return code;
    if (how->wipe)
        sim_node_fresh_disk(n);
    n->start = *how;
    n->joined = how->joins || how->wipe || n->joined || n->index >= n->sim->s->cluster.voters;
    n->running = true;
    n->paused = n->suspended = n->toils = n->reads = false;
    n->parting = n->turn_due = false;
    n->stall_until_ns = 0;
    n->leaving = n->planned = NULL;
    n->fatal_exit = 0;
    n->disk_due = n->disk_waiting = 0;
    n->disk_struck = n->torn = false;
    n->timer = (struct sim_alarm){.numbers = n->timer.numbers};
    n->life++;
    observer_started(&n->sim->observer, n->index, n->sim->now_ns);
    sim_after(n->sim, START_NS, SIM_BIRTH, n->index, n->life);
    return 0;
}

/* ---- the end ---- */

static void forget_deferred(struct sim_node *n)
{
    for (size_t i = 0; i < n->deferred_count; i++)
        sim_packet_free(n->deferred[i].what);
    n->deferred_count = 0;
}

static void start_again(struct sim_node *n)
{
    struct err e = {0};
    const struct world_start how = n->next;
    n->again = false;
    if (sim_node_start(n, &how, &e) < 0)
        sim_say(n->sim, "%s does not start again: %s", n->name, e.text);
}

/* What a node that stood still was about to send never leaves. */
static void forget_unsent(struct sim_node *n)
{
    struct sim_queue *q = &n->sim->queue;
    for (size_t i = 0; i < q->count; i++) {
        struct sim_packet *p = q->heap[i].kind == SIM_RESEND ? q->heap[i].what : NULL;
        if (p != NULL && p->from == n->index && !p->passed)
            p->unsent = true;
    }
}

/* code: of its exit; -1: that signal ended it. */
static void die(struct sim_node *n, int code, int signal, const char *cause)
{
    struct sim *sim = n->sim;
    n->running = false;
    memvfs_crash(n->disk, code < 0 ? sim_disks_crash(n) : MEMVFS_STOP);
    if (n->node != NULL)
        node_close(n->node);
    n->node = NULL;
    n->paused = false;
    n->dying[0] = '\0';
    n->late_op = NULL;
    sim_net_quiet(sim->net, n->index, 0);
    forget_unsent(n);
    forget_deferred(n);
    sim_peers_died(n);
    sim_streams_died(n);
    sim_admin_died(n);
    sim_tell_crash(n, cause, code);
    const struct sim_watch *w = sim->options->watch;
    if (w != NULL)
        w->process(w->arg, sim_time(sim), n->index, cause);
    observer_died(&sim->observer, n->index, sim->now_ns);
    observer_ended(&sim->observer, n->index, code, signal);
    sim->changed = true;
    if (n->again)
        start_again(n);
}

static void end_by_itself(struct sim_node *n, int code, const char *why)
{
    char cause[32];
    const char *planned =
        world_exit_cause(code, n->planned, n->leaving, n->sim->observer.nodes[n->index].removed);
    bool disk = sim_disks_blamed(n, code);
    (void)snprintf(cause, sizeof(cause), "%sexit %d", disk ? "disk: " : "", code);
    if (disk) {
        planned = cause;
        sim_say(n->sim, "%s ended: %s: %s", n->name, cause, why);
    }
    if (planned == NULL) {
        n->sim->outcome->unplanned_exits++;
        sim_say(n->sim, "%s ended by itself: %s: %s", n->name, cause, why);
    }
    die(n, code, 0, planned != NULL ? planned : cause);
}

void sim_node_kill(struct sim_node *n, int signal, const char *cause, uint64_t grace_ns)
{
    if (!n->running)
        return;
    n->planned = cause;
    n->again = false;
    observer_died(&n->sim->observer, n->index, n->sim->now_ns);
    bool asked = signal == SIGTERM || signal == SIGINT;
    bool orderly = asked && n->node != NULL && !n->parting;
    if (orderly && sim_options_says(n->sim->s, n->index, &n->start, "on_sigterm", "leave"))
        node_leave(n->node, sim_node_now(n));
    else if (orderly && sim_options_says(n->sim->s, n->index, &n->start, "on_sigterm", "transfer"))
        node_hand_over(n->node, sim_node_now(n));
    else
        orderly = false;
    if (n->dying[0] != '\0') { /* on its way out */
        char struck[sizeof(n->dying)];
        (void)snprintf(struck, sizeof(struck), "%s", n->dying);
        die(n, -1, SIGKILL, struck);
        return;
    }
    if (!orderly) {
        die(n, asked ? 0 : -1, asked ? 0 : signal, cause);
        return;
    }
    n->parting = true;
    sim_node_suspend(n, false);
    sim_after(n->sim, grace_ns, SIM_END, n->index, n->life);
    sim_node_turn(n);
}

void sim_node_strike(struct sim_node *n, const char *cause)
{
    (void)snprintf(n->dying, sizeof(n->dying), "%s", cause);
    memvfs_halt_at(n->disk, 1);
    sim_net_quiet(n->sim->net, n->index, UINT64_MAX);
}

/* ---- turns ---- */

void sim_node_turn(struct sim_node *n)
{
    if (n->turn_due)
        return;
    n->turn_due = true;
    sim_after(n->sim, 0, SIM_TURN, n->index, n->life);
}

bool sim_node_serves(const struct sim_node *n)
{
    enum node_parting parting = n->node == NULL ? NODE_STOPS : node_parting(n->node);
    return parting == NODE_STAYS;
}

/* What the node has handed to its disk since is done one after the other. */
static void start_disk(struct sim_node *n)
{
    struct sim *sim = n->sim;
    const struct vfs_op *op = memvfs_oldest(n->disk);
    for (size_t i = 0; i < n->disk_due; i++)
        op = op->next;
    for (; n->disk_due < memvfs_queued(n->disk); n->disk_due++) {
        uint64_t from = n->disk_at_ns > sim->now_ns ? n->disk_at_ns : sim->now_ns;
        n->disk_at_ns = from + prng_between(&n->disk_dice, DISK_NS_MIN, DISK_NS_MAX) +
                        sim_disks_delay_ns(n, op);
        op = op->next;
        sim_after(sim, n->disk_at_ns - sim->now_ns, SIM_DISK, n->index, n->life);
    }
}

static void arm(struct sim_node *n)
{
    uint64_t wake = node_wake_at(n->node);
    if (wake != RAFT_NEVER) {
        wake = host_clock_when(sim_node_clock(n), wake);
        if (wake < n->sim->now_ns)
            wake = n->sim->now_ns;
    }
    sim_alarm_set(n->sim, &n->timer, wake == RAFT_NEVER ? 0 : wake, SIM_TIMER, n->index);
}

void sim_node_rearm(struct sim_node *n)
{
    if (n->node != NULL && n->dying[0] == '\0')
        arm(n);
}

static void end_turn(struct sim_node *n)
{
    n->turn_due = false;
    if (n->node != NULL && n->fatal_exit == 0)
        node_pump(n->node, sim_node_now(n));
    if (n->fatal_exit != 0) {
        end_by_itself(n, n->fatal_exit, n->fatal_text);
        return;
    }
    if (n->node == NULL)
        return;
    enum node_parting parting = node_parting(n->node);
    if (parting != NODE_STAYS && parting != NODE_PARTING) {
        end_by_itself(n, node_parting_exit(parting), "its way out is done");
        return;
    }
    start_disk(n);
    arm(n);
}

static void disk_done(struct sim_node *n)
{
    struct vfs_op *op;
    int status;
    ASSERT(n->disk_due > 0);
    if (sim_disks_hangs(n, memvfs_oldest(n->disk))) {
        n->disk_waiting++;
        return;
    }
    n->disk_due--;
    if (!memvfs_complete(n->disk, &op, &status) || n->dying[0] != '\0')
        return;
    if (n->paused) { /* it stalls at this very operation */
        n->late_op = op;
        n->late_status = status;
        return;
    }
    node_on_io_done(n->node, sim_node_now(n), op, status);
    sim_node_turn(n);
}

static void of_this_life(struct sim_node *n, const struct sim_event *event)
{
    struct err e;
    switch (event->kind) {
    case SIM_TURN: end_turn(n); break;
    case SIM_DISK: disk_done(n); break;
    case SIM_DIAL: sim_peers_dial(n); break;
    case SIM_RESUME: sim_node_resume(n); break;
    case SIM_BIRTH:
        if (birth(n, &e) < 0) {
            on_fatal(n, NODE_EXIT_CONFIG, e.text);
            sim_node_turn(n);
        }
        break;
    case SIM_END: die(n, -1, SIGKILL, n->planned); break;
    case SIM_PACKET:
    case SIM_READ:
    case SIM_RESEND:
    case SIM_TIMER:
    case SIM_ADMIN:
    case SIM_STROBE:
    case SIM_CLIENT: UNREACHABLE();
    }
}

static void arrived(struct sim_node *n, struct sim_packet *p)
{
    if (p->kind <= PACKET_GONE)
        sim_peers_packet(n, p);
    else if (p->kind == PACKET_QUESTION)
        sim_admin_arrive(n, p->connection);
    else
        sim_streams_at_node(n, p);
    sim_packet_free(p);
}

static void take_event(struct sim_node *n, const struct sim_event *event)
{
    if (n->paused && event->kind != SIM_END && event->kind != SIM_RESUME) {
        sim_node_defer(n, event);
    } else if (event->kind == SIM_PACKET || event->kind == SIM_READ) {
        arrived(n, event->what);
    } else if (event->kind == SIM_ADMIN) {
        sim_admin_arrive(n, event->number);
    } else if (event->kind == SIM_TIMER) {
        if (n->node == NULL || !sim_alarm_rings(n->sim, &n->timer, event))
            return;
        node_on_timer(n->node, sim_node_now(n));
        sim_node_turn(n);
    } else if (n->running && event->number == n->life) {
        of_this_life(n, event);
    }
}

void sim_node_event(struct sim_node *n, const struct sim_event *event)
{
    char cause[sizeof(n->dying)];
    take_event(n, event);
    sim_node_pay(n);
    const char *broken = sim_whole_look(n);
    if (broken != NULL && n->dying[0] == '\0')
        end_by_itself(n, NODE_EXIT_INVARIANT, broken);
    if (n->dying[0] == '\0')
        return;
    (void)snprintf(cause, sizeof(cause), "%s", n->dying);
    die(n, -1, SIGKILL, cause);
}
