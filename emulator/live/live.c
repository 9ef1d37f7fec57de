/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run from its first socket to its last. One thread does everything but carrying packets and
 * listening for stalls: whatever happens, happens in the order of its turns. */
#include "emulator/live/live.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/adapters/suts.h"
#include "emulator/live/loop_time.h"
#include "emulator/live/run.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS       100
#define STOP_GRACE_NS (2 * NS_PER_S)
#define STOP_NS_MAX   (20 * NS_PER_S)
/* Of a run without a limit of its own: beyond it something hangs. */
#define WALL_FACTOR 3
#define WALL_NS     (120 * NS_PER_S)

/* ---- turns ---- */

static void on_wake(uv_timer_t *timer)
{
    (void)timer; /* the loop turns: that is all that was wanted */
}

static void on_tick(uv_timer_t *timer)
{
    struct live *l = timer->data;
    nodes_tick(l->nodes);
    inside_tick(l);
    outfile_flush(&l->history);
    if (!l->ending && !l->options->stays)
        news_progress(l);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct live *l = handle->data;
    if (number == SIGCHLD) {
        nodes_reap(l->nodes);
        return;
    }
    if (!l->outcome->interrupted)
        live_say(l, "interrupted");
    l->outcome->interrupted = true;
}

static void turn(struct live *l, uint64_t wake_ns)
{
    if (wake_ns == UINT64_MAX)
        (void)uv_timer_stop(&l->wake);
    else
        (void)uv_timer_start(&l->wake, on_wake, loop_until(&l->loop, wake_ns), 0);
    points_turn(&l->points);
    (void)uv_run(&l->loop, UV_RUN_ONCE);
    if (l->leader != l->observer.leader) {
        l->leader = l->observer.leader;
        if (l->s->clients.attach == ATTACH_leader)
            clients_leader_changed(l->clients);
    }
}

/* ---- opening ---- */

static int open_net(struct live *l, struct err *e)
{
    struct buf capture = {0};
    enum netem_carrier carrier;
    int code = live_carrier(l->s, l->options->carrier, &carrier, e);
    if (code < 0)
        return code;
    l->hosts = world_hosts(l->s->clients.count, scenario_nodes_count(l->s));
    buf_putf(&capture, "%s/net.pcapng", l->options->dir);
    struct netem_options o = {.nodes_count = (int)scenario_nodes_count(l->s),
                              .clients_count = (int)l->hosts,
                              .carrier = carrier,
                              .seed = l->options->seed,
                              .pcapng_path = l->options->capture ? buf_str(&capture) : NULL};
    code = netem_open(&o, &l->net, e);
    buf_free(&capture);
    if (code < 0)
        return code;
    (void)snprintf(l->outcome->carrier, sizeof(l->outcome->carrier), "%s",
                   netem_carrier_name(l->net));
    (void)snprintf(l->outcome->carrier_why, sizeof(l->outcome->carrier_why), "%s",
                   netem_carrier_why(l->net));
    return 0;
}

static void open_loop(struct live *l)
{
    static const int numbers[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
    struct sigaction inherited;
    int failed = uv_loop_init(&l->loop);
    ASSERT(failed == 0);
    l->loop_open = true;
    (void)uv_timer_init(&l->loop, &l->wake);
    (void)uv_timer_init(&l->loop, &l->tick);
    l->tick.data = l;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        (void)uv_signal_init(&l->loop, &l->signals[i]);
        l->signals[i].data = l;
        /* Whoever started us may want it to be ignored: nohup, a shell's background. */
        if ((numbers[i] == SIGINT || numbers[i] == SIGHUP) &&
            sigaction(numbers[i], NULL, &inherited) == 0 && inherited.sa_handler == SIG_IGN)
            continue;
        failed = uv_signal_start(&l->signals[i], on_signal, numbers[i]);
        ASSERT(failed == 0);
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

static int open_records(struct live *l, struct err *e)
{
    if (l->options->stays) { /* nobody will judge it, and they would grow for ever */
        int code = outfile_open(&l->history, NODES_NO_TRACE, e);
        return code < 0 ? code : outfile_open(&l->faults, NODES_NO_TRACE, e);
    }
    int code = outfile_open_in(&l->history, l->options->dir, "history.ndjson", e);
    return code < 0 ? code : outfile_open_in(&l->faults, l->options->dir, "faults.ndjson", e);
}

static int open_parts(struct live *l, struct err *e)
{
    struct nodes_options nodes = {.loop = &l->loop,
                                  .net = l->net,
                                  .s = l->s,
                                  .raftd = l->options->raftd,
                                  .adapter = l->adapter,
                                  .dir = l->options->dir,
                                  .traces = !l->options->stays,
                                  .observer = &l->observer,
                                  .names = &l->names,
                                  .record = news_record,
                                  .crashed = news_crashed,
                                  .struck = inside_struck,
                                  .fell = news_fell,
                                  .failed = news_failed,
                                  .greet = inside_greet,
                                  .met = inside_met,
                                  .led = news_led,
                                  .arg = l};
    struct clients_options clients = {.s = l->s,
                                      .workload = l->workload,
                                      .observer = &l->observer,
                                      .hosts = l->hosts,
                                      .seed = l->options->seed};
    world_names(&l->names, scenario_nodes_count(l->s));
    int code = open_records(l, e);
    if (code == 0)
        code = nodes_open(&nodes, &l->nodes, e);
    if (code < 0)
        return code;
    const struct scenario_cluster *c = &l->s->cluster;
    observer_init(&l->observer, c->voters, c->learners, c->spare, loop_now_ns());
    l->leader = -1;
    l->adapter_clients = (struct adapter_clients){.loop = &l->loop,
                                                  .nodes = l->nodes,
                                                  .timeout_ns = l->s->clients.timeout_ns,
                                                  .lacks = news_failed,
                                                  .arg = l};
    l->client_io =
        client_io_new(&l->loop, l->net, &l->history, &l->names, (unsigned)l->s->clients.count,
                      l->adapter == NULL ? NULL : &l->adapter_clients);
    clients.io = client_io_table(l->client_io);
    l->clients = clients_new(&clients);
    client_io_serve(l->client_io, l->clients);
    l->admin = admin_new(&l->loop, l->nodes);
    inside_open(l);
    live_world_fill(l);
    l->runner = runner_new(l->s, &l->world, &l->observer, l->hosts, l->options->seed);
    runner_stay(l->runner, l->options->stays);
    (void)uv_timer_start(&l->tick, on_tick, TICK_MS, TICK_MS);
    return canary_start(&l->canary, e);
}

/* ---- the run ---- */

static uint64_t wall_limit(const struct live *l)
{
    uint64_t limit = l->s->budget.wall_ns;
    if (limit == 0)
        limit = scenario_length_ns(l->s) * WALL_FACTOR + WALL_NS;
    return limit;
}

/* Why the run cannot go on; NULL: it can. One that stays is ended by who stands beside it. */
static const char *broken(const struct live *l, char out[ERR_TEXT_MAX])
{
    char span[UNITS_TEXT_MAX];
    if (l->options->stays)
        return NULL;
    if (l->outcome->interrupted)
        return "interrupted";
    if (l->failed.code != 0)
        return l->failed.text;
    if (loop_now_ns() - l->began_ns < wall_limit(l))
        return NULL;
    (void)snprintf(out, ERR_TEXT_MAX, "the run was not done after %s, its limit",
                   units_print_duration(wall_limit(l), span));
    return out;
}

bool live_turn(struct live *l)
{
    char text[ERR_TEXT_MAX];
    const char *why = broken(l, text);
    if (why != NULL)
        runner_abort(l->runner, why);
    uint64_t wake = runner_done(l->runner) ? 0 : runner_advance(l->runner);
    if (!runner_done(l->runner))
        turn(l, wake);
    return !runner_done(l->runner);
}

/* Answers under way may still come; new questions are not asked. */
static void finish_operations(struct live *l)
{
    uint64_t until = loop_now_ns() + l->s->clients.timeout_ns + NS_PER_S;
    clients_finish(l->clients);
    while (clients_busy(l->clients) > 0 && loop_now_ns() < until && !l->outcome->interrupted)
        turn(l, until);
}

static int measure_net(struct live *l, struct err *e)
{
    int code = netem_counters_total(l->net, &l->outcome->counters, e);
    return code < 0 ? code : netem_health(l->net, &l->outcome->health, e);
}

int live_stop(struct live *l, struct err *e)
{
    uint64_t until = loop_now_ns() + STOP_NS_MAX;
    int code = 0;
    l->ending = true;
    for (unsigned i = 0; i < scenario_nodes_count(l->s); i++) {
        int stopped = nodes_kill(l->nodes, i, SIGTERM, "stop", STOP_GRACE_NS, e);
        code = code < 0 ? code : stopped;
    }
    while (nodes_running(l->nodes) > 0 && loop_now_ns() < until)
        turn(l, until);
    if (nodes_running(l->nodes) > 0)
        return err_set(e, -E_IO, "%u nodes cannot be ended", nodes_running(l->nodes));
    return code;
}

int live_start(struct live *l, struct err *e)
{
    return runner_start(l->runner, e);
}

static int run(struct live *l, struct err *e)
{
    int code = live_start(l, e);
    if (code == 0) {
        while (live_turn(l))
            ;
        finish_operations(l);
        code = measure_net(l, e);
    }
    l->outcome->host_stall_ns = canary_stop(&l->canary);
    struct err stop = {0};
    if (live_stop(l, &stop) < 0 && code == 0)
        code = err_set(e, stop.code, "%s", stop.text);
    if (code == 0 && l->did_not_start)
        code = err_set(e, l->failed.code, "%s", l->failed.text);
    l->outcome->began_ns = l->began_ns;
    l->outcome->runner = runner_result(l->runner);
    l->outcome->trace_lost = nodes_lost(l->nodes);
    if (code == 0)
        code = runner_write_schedule(l->runner, l->options->dir, e);
    return code;
}

/* ---- closing ---- */

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void close_loop(struct live *l)
{
    if (!l->loop_open)
        return;
    clients_close(l->clients);
    client_io_close(l->client_io);
    admin_close(l->admin);
    nodes_silence(l->nodes);
    uv_walk(&l->loop, close_handle, NULL);
    while (uv_run(&l->loop, UV_RUN_DEFAULT) != 0)
        ;
    int failed = uv_loop_close(&l->loop);
    ASSERT(failed == 0);
}

/* The first error counts, whoever made it. */
int live_close(struct live *l, int code, struct err *e)
{
    struct err late = {0};
    (void)canary_stop(&l->canary);
    close_loop(l);
    runner_free(l->runner);
    disks_free(&l->disks);
    points_free(&l->points);
    int closed = nodes_close(l->nodes, &late);
    if (outfile_close(&l->faults, &late) < 0 || outfile_close(&l->history, &late) < 0)
        closed = late.code;
    workload_free(l->workload);
    netem_close(l->net);
    adapter_words_free(l->adapter);
    mem_free(l);
    if (code == 0 && closed < 0)
        return err_set(e, closed, "%s", late.text);
    return code;
}

int live_open(const struct scenario *s, const struct live_options *options, struct live **ret,
              struct err *e)
{
    struct live *l = mem_alloc(sizeof(*l));
    l->s = s;
    l->options = options;
    l->outcome = &l->its_outcome;
    l->history.fd = l->faults.fd = -1;
    int code = live_refuse(s, e);
    if (code == 0 && s->clients.count > 0)
        code = workload_new(&s->clients, options->seed, &l->workload, e);
    bool raftd = scenario_is_raftd(s);
    if (code == 0 && !raftd)
        code = adapter_words(s->cluster.sut, &l->adapter, e);
    if (code == 0 && raftd && access(options->raftd, X_OK) < 0)
        code = err_set(e, -E_NOTFOUND, "%s: no such program", options->raftd);
    if (code == 0)
        code = open_net(l, e);
    if (code == 0) {
        open_loop(l);
        code = open_parts(l, e);
    }
    if (code < 0)
        return live_close(l, code, e);
    *ret = l;
    return 0;
}

int live_run(const struct scenario *s, const struct live_options *options, struct live_outcome *ret,
             struct err *e)
{
    struct live *l;
    int code = live_open(s, options, &l, e);
    if (code < 0)
        return code;
    code = run(l, e);
    const struct live_outcome outcome = *l->outcome;
    code = live_close(l, code, e);
    if (code == 0)
        *ret = outcome;
    return code;
}
