/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One simulated run: the loop that takes events in the order of virtual time. */
#include "emulator/sim/sim.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/sim/run.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BEGIN_NS  (NS_PER_S) /* virtual time starts here: 0 means "never" in many places */
#define FINISH_NS (20 * NS_PER_S)
/* Of a run without a limit of its own: beyond it something hangs. */
#define LENGTH_FACTOR 3
#define LENGTH_NS     (120 * NS_PER_S)

uint64_t sim_time(const struct sim *sim)
{
    return sim->now_ns - BEGIN_NS;
}

void sim_say(struct sim *sim, const char *fmt, ...)
{
    char text[768];
    va_list args;
    if (sim->options->say == NULL)
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    sim->options->say(sim->options->say_arg, sim_time(sim), text);
}

void sim_after(struct sim *sim, uint64_t ns, enum sim_event_kind kind, unsigned who,
               uint64_t number)
{
    sim_queue_put(
        &sim->queue,
        &(struct sim_event){.t_ns = sim->now_ns + ns, .kind = kind, .who = who, .number = number});
}

/* ---- events ---- */

/* Whether what was sent again and again until it arrives still matters to anybody. */
static bool is_awaited(struct sim *sim, const struct sim_packet *p)
{
    return p->kind == PACKET_QUESTION || p->kind == PACKET_ANSWER
               ? sim_admin_awaits(sim, p->connection)
               : sim_streams_alive(sim, p->connection);
}

static void resend(struct sim *sim, struct sim_packet *p)
{
    if (p->unsent)
        sim_packet_free(p);
    else if (!p->reliable || is_awaited(sim, p))
        sim_net_send(sim->net, p, sim->now_ns);
    else
        sim_packet_free(p);
}

static void packet(struct sim *sim, struct sim_event *event)
{
    struct sim_packet *p = sim_net_arrive(sim->net, event->what, sim->now_ns);
    if (p == NULL)
        return;
    if (p->to < sim->nodes_count) {
        event->what = p;
        event->who = p->to;
        sim_node_event(&sim->nodes[p->to], event);
        return;
    }
    if (p->kind == PACKET_ANSWER)
        sim_admin_told(sim, p);
    else
        sim_streams_at_client(sim, p);
    sim_packet_free(p);
}

static void take(struct sim *sim)
{
    struct sim_event event = sim_queue_take(&sim->queue);
    ASSERT(event.t_ns >= sim->now_ns);
    const struct sim_watch *w = sim->options->watch;
    sim->now_ns = event.t_ns;
    sim_pace_note(&sim->pace, &event);
    if (w != NULL)
        w->event(w->arg, sim_time(sim), &event);
    switch (event.kind) {
    case SIM_PACKET: packet(sim, &event); break;
    case SIM_RESEND: resend(sim, event.what); break;
    case SIM_CLIENT:
        if (sim_alarm_rings(sim, &sim->client_alarms[event.who], &event))
            clients_wake(sim->clients, event.who);
        break;
    case SIM_STROBE: sim_clocks_strobe(sim, event.number); break;
    case SIM_READ:
    case SIM_ADMIN:
    case SIM_DISK:
    case SIM_TIMER:
    case SIM_TURN:
    case SIM_DIAL:
    case SIM_RESUME:
    case SIM_BIRTH:
    case SIM_END: sim_node_event(&sim->nodes[event.who], &event); break;
    }
}

/* ---- passing time ---- */

/* Everything up to and including that time, or until something happened. */
static void pass(struct sim *sim, uint64_t until_ns)
{
    sim->passing = true;
    sim->until_ns = until_ns;
    sim->until_event = UINT64_MAX;
    sim->changed = false;
}

static void passed(struct sim *sim)
{
    sim->passing = false;
    if (!sim->changed && sim->until_ns != UINT64_MAX && sim->now_ns < sim->until_ns)
        sim->now_ns = sim->until_ns;
    if (sim->leader == sim->observer.leader)
        return;
    sim->leader = sim->observer.leader;
    if (sim->leader >= 0)
        sim_say(sim, "n%d leads, term %llu", sim->leader + 1,
                (unsigned long long)sim->observer.term_max);
    if (sim->s->clients.attach == ATTACH_leader)
        clients_leader_changed(sim->clients);
}

/* ---- the run ---- */

static const char *broken(const struct sim *sim, char out[ERR_TEXT_MAX])
{
    char span[UNITS_TEXT_MAX];
    if (sim->now_ns - BEGIN_NS < sim->limit_ns)
        return NULL;
    (void)snprintf(out, ERR_TEXT_MAX, "the run was not done after %s of virtual time, its limit",
                   units_print_duration(sim->limit_ns, span));
    return out;
}

/* Each of these three: what to do before time passes on; false: there is nothing more of it. */
static bool steps(struct sim *sim)
{
    char text[ERR_TEXT_MAX];
    if (runner_done(sim->runner))
        return false;
    const char *why = broken(sim, text);
    if (why != NULL && !sim->stays) {
        runner_abort(sim->runner, why);
        return false;
    }
    uint64_t wake = runner_advance(sim->runner);
    if (runner_done(sim->runner))
        return false;
    if (wake == UINT64_MAX && sim->queue.count == 0 && !sim->stays) {
        runner_abort(sim->runner, "nothing will happen any more");
        return false;
    }
    pass(sim, wake);
    sim->until_event = runner_next_event(sim->runner);
    return true;
}

/* Answers under way may still come; new questions are not asked. */
static bool answers(struct sim *sim)
{
    if (clients_busy(sim->clients) == 0 || sim->now_ns >= sim->phase_end_ns)
        return false;
    pass(sim, sim->phase_end_ns);
    return true;
}

static bool stops(struct sim *sim)
{
    unsigned running = 0;
    for (unsigned i = 0; i < sim->nodes_count; i++)
        running += sim->nodes[i].running;
    if (running == 0 || sim->now_ns >= sim->phase_end_ns)
        return false;
    pass(sim, sim->phase_end_ns);
    return true;
}

static void report(struct sim *sim)
{
    sim->result.runner = runner_result(sim->runner);
    sim->result.counters = sim_net_counters(sim->net);
    sim->result.began_ns = BEGIN_NS;
    sim->result.ended_ns = sim->now_ns;
    sim->result.events = sim->queue.taken;
}

static void next_phase(struct sim *sim)
{
    switch (sim->phase) {
    case SIM_STEPS:
        sim->phase = SIM_ANSWERS;
        sim->phase_end_ns = sim->now_ns + sim->s->clients.timeout_ns + NS_PER_S;
        clients_finish(sim->clients);
        break;
    case SIM_ANSWERS:
        report(sim);
        sim->phase = SIM_STOPS;
        sim->phase_end_ns = sim->now_ns + FINISH_NS;
        for (unsigned i = 0; i < sim->nodes_count; i++)
            sim_node_kill(&sim->nodes[i], SIGTERM, "stop", FINISH_NS / 2);
        break;
    case SIM_STOPS: sim->phase = SIM_OVER; break;
    case SIM_OVER: break;
    }
}

/* Whatever phase it is in: more of the same would never end. */
static void give_up(struct sim *sim)
{
    char why[ERR_TEXT_MAX];
    sim_pace_say(&sim->pace, BEGIN_NS, sim->nodes_count, why, sizeof(why));
    sim_say(sim, "%s", why);
    runner_abort(sim->runner, why);
    if (sim->phase < SIM_STOPS)
        report(sim);
    struct runner_result *r = &sim->result.runner;
    if (!r->failed)
        memcpy(r->sentence, why, sizeof(why));
    r->failed = true;
    sim->passing = false;
    sim->phase = SIM_OVER;
}

/* Time passes on, or the run is over. */
static void go_on(struct sim *sim)
{
    while (!sim->passing && sim->phase != SIM_OVER) {
        bool more = sim->phase == SIM_STEPS     ? steps(sim)
                    : sim->phase == SIM_ANSWERS ? answers(sim)
                                                : stops(sim);
        if (!more)
            next_phase(sim);
    }
}

void sim_act(struct sim *sim)
{
    if (sim->passing) {
        sim->changed = true;
        passed(sim);
    }
    go_on(sim);
}

bool sim_next(struct sim *sim)
{
    for (;;) {
        if (sim->stopped)
            return false;
        go_on(sim);
        if (sim->phase == SIM_OVER)
            return false;
        if (sim->queue.count == 0 && sim->until_ns == UINT64_MAX && !sim->changed)
            return false; /* it stays, and nothing moves */
        bool there = sim->now_ns >= sim->until_ns && sim->queue.taken >= sim->until_event;
        if (!sim->changed && !there && sim_queue_next_ns(&sim->queue) <= sim->until_ns) {
            take(sim);
            if (sim_pace_stands(&sim->pace))
                give_up(sim);
            return true;
        }
        passed(sim);
    }
}

/* ---- opening and closing ---- */

static int make_dir(const struct sim *sim, const char *name, struct err *e)
{
    if (sim->options->dir == NULL)
        return 0;
    struct buf path = {0};
    buf_putf(&path, "%s/%s", sim->options->dir, name);
    int code = mkdir(buf_str(&path), 0755) == 0 || errno == EEXIST
                   ? 0
                   : err_set_errno(e, err_from_errno(errno), errno, "%s", buf_str(&path));
    buf_free(&path);
    return code;
}

static int open_parts(struct sim *sim, struct err *e)
{
    const struct scenario_cluster *c = &sim->s->cluster;
    int code = make_dir(sim, "trace", e);
    if (code == 0)
        code = sim_teller_open(sim, &sim->history, "history.ndjson", e);
    if (code == 0)
        code = sim_teller_open(sim, &sim->faults, "faults.ndjson", e);
    if (code == 0 && sim->s->clients.count > 0)
        code = workload_new(&sim->s->clients, sim->seed, &sim->workload, e);
    if (code < 0)
        return code;
    sim->admin_links = runner_wants_admin(sim->s);
    sim->hosts = world_hosts(sim->s->clients.count, sim->nodes_count + sim->admin_links);
    sim->net =
        sim_net_new(sim->nodes_count + sim->hosts + sim->admin_links, sim->seed, &sim->queue);
    sim_net_watch(sim->net, sim->options->watch, BEGIN_NS);
    sim_clocks_init(sim);
    for (unsigned i = 0; i < sim->nodes_count; i++)
        sim_node_init(sim, i);
    sim_peers_enrol(sim);
    observer_init(&sim->observer, c->voters, c->learners, c->spare, sim->now_ns);
    sim->client_alarms = mem_array(sim->s->clients.count + 1, sizeof(*sim->client_alarms));
    sim_streams_io(sim);
    sim->clients = clients_new(&(struct clients_options){.io = &sim->clients_io,
                                                         .s = sim->s,
                                                         .workload = sim->workload,
                                                         .observer = &sim->observer,
                                                         .hosts = sim->hosts,
                                                         .seed = sim->seed});
    sim_world_fill(sim);
    sim->runner = runner_new(sim->s, &sim->world, &sim->observer, sim->hosts, sim->seed);
    return 0;
}

static int close_parts(struct sim *sim, struct err *e)
{
    int code = 0;
    clients_close(sim->clients);
    sim_streams_free(sim);
    buf_free(&sim->greeting);
    if (sim->options->dir != NULL && sim->runner != NULL)
        code = runner_write_schedule(sim->runner, sim->options->dir, e);
    runner_free(sim->runner);
    for (unsigned i = 0; i < sim->nodes_count; i++)
        sim_node_free(&sim->nodes[i]);
    disk_saves_free(&sim->saves);
    sim_admin_free(sim);
    while (sim->queue.count > 0) {
        struct sim_event event = sim_queue_take(&sim->queue);
        sim_packet_free(event.what);
    }
    sim_queue_free(&sim->queue);
    sim_net_free(sim->net);
    mem_free(sim->client_alarms);
    workload_free(sim->workload);
    struct err late = {0};
    if (sim_teller_close(&sim->faults, &late) < 0 && code == 0)
        code = err_set(e, late.code, "%s", late.text);
    if (sim_teller_close(&sim->history, &late) < 0 && code == 0)
        code = err_set(e, late.code, "%s", late.text);
    return code;
}

int sim_open(const struct scenario *s, const struct sim_options *options, struct sim **ret,
             struct err *e)
{
    struct err ignored;
    int code = sim_refuse(s, e);
    if (code < 0)
        return code;
    struct sim *sim = mem_alloc(sizeof(*sim));
    sim->s = s;
    sim->options = options;
    sim->outcome = &sim->result;
    sim->seed = options->seed;
    sim->now_ns = BEGIN_NS;
    sim->limit_ns = s->budget.virtual_ns;
    if (sim->limit_ns == 0)
        sim->limit_ns = scenario_length_ns(s) * LENGTH_FACTOR + LENGTH_NS;
    sim->leader = -1;
    sim->nodes_count = (unsigned)scenario_nodes_count(s);
    sim->nodes = mem_array(sim->nodes_count, sizeof(*sim->nodes));
    sim->history.file.fd = sim->faults.file.fd = -1;
    sim->names = options->names;
    world_names(sim->names, sim->nodes_count);
    code = open_parts(sim, e);
    if (code == 0)
        code = runner_start(sim->runner, e);
    if (code == 0)
        *ret = sim;
    else
        (void)!sim_close(sim, NULL, &ignored);
    return code;
}

int sim_close(struct sim *sim, struct sim_outcome *ret, struct err *e)
{
    if (sim == NULL)
        return 0;
    if (sim->phase < SIM_STOPS && ret != NULL)
        report(sim);
    sim->result.unseed = sim->digest;
    sim->result.stopped = sim->stopped;
    struct sim_outcome outcome = sim->result;
    int code = close_parts(sim, e);
    mem_free(sim->nodes);
    mem_free(sim);
    if (code == 0 && ret != NULL)
        *ret = outcome;
    return code;
}

int sim_run(const struct scenario *s, const struct sim_options *options, struct sim_outcome *ret,
            struct err *e)
{
    struct sim *sim;
    int code = sim_open(s, options, &sim, e);
    if (code < 0)
        return code;
    while (sim_next(sim))
        continue;
    return sim_close(sim, ret, e);
}
