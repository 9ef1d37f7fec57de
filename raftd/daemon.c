/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/daemon.h"

#include "base/version.h"

#include "base/mem.h"
#include "base/units.h"
#include "raftd/birth.h"
#include "raftd/env_uv.h"
#include "raftd/first_start.h"
#include "raftd/metrics.h"
#include "raftd/system.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define READ_BYTES    (256u << 10)
#define FINISH_NS     (2 * NS_PER_S)  /* how long clients may take to get their last answers */
#define PAUSE_NS      (5 * NS_PER_MS) /* a turn that took longer looks at the sockets again first */
#define PAUSES_MAX    3
#define FILES_BESIDES 256 /* descriptors for peers, files, and the process itself */

static const int signal_numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

struct daemon {
    const struct config *config;
    int argc;
    char *const *argv;
    struct logger log;
    uv_loop_t loop;
    struct turn turn;
    struct env_uv uv;
    struct metrics_server *metrics; /* NULL: not asked for */
    uv_prepare_t before_poll;
    uv_check_t after_poll;
    uv_timer_t wake;
    uv_async_t disk_done;
    uv_signal_t signals[ARRAY_LEN(signal_numbers)];
    uint64_t polled_ns;      /* just before the sockets were looked at last … */
    uint64_t polled_node_ns; /* … and what the node's clock showed then */
    uint64_t armed_ns;       /* what wake is armed for; 0: it is not */
    int pauses;              /* turns in a row in which due timers had to wait */
    uint64_t finish_ns;      /* stopping: when to stop waiting for clients; 0: not stopping */
    bool parting;            /* asked for by a signal: leaving, or handing leadership over */
    int exit_code;
    bool closing;
    bool unborn_stop; /* told to stop before there was a node */
};

static void say(struct daemon *d, enum env_level level, const char *text)
{
    logger_write(&d->log, ENV_ABOUT_PROCESS, level, text);
}

/* ---- one turn ---- */

/* A node that was stopped for a while (SIGSTOP, a busy host) must hear what its peers said
 * meanwhile before it acts on a deadline: it would campaign although a heartbeat lies in its
 * socket. So a deadline counts when it had passed before the sockets were read, and that was not
 * long ago. */
static void run_timers(struct daemon *d)
{
    if (node_wake_at(d->turn.node) > d->polled_node_ns) {
        d->pauses = 0;
        return;
    }
    if (turn_now_ns() - d->polled_ns > PAUSE_NS && d->pauses < PAUSES_MAX) {
        d->pauses++;
        turn_again(&d->turn);
        return;
    }
    d->pauses = 0;
    node_on_timer(d->turn.node, turn_node_ns(&d->turn));
}

static void on_io_done(void *arg, struct vfs_op *op, int status)
{
    struct daemon *d = arg;
    node_on_io_done(d->turn.node, turn_node_ns(&d->turn), op, status);
}

/* The trace first, all of it, then what it tells of. */
static void let_out(struct daemon *d)
{
    struct err e = {0};
    if (d->uv.lab != NULL && lab_flush(d->uv.lab, LAB_WAIT_MS, &e) < 0)
        env_uv_die(&d->uv, DAEMON_EXIT_UNAVAILABLE, e.text);
    trace_file_flush(d->uv.trace);
    disk_kick(d->uv.disk);
    outq_flush_all(&d->turn.dirty);
    callers_settle(d->uv.callers);
    outq_flush_all(&d->turn.dirty);
}

static void on_wake(uv_timer_t *timer)
{
    struct daemon *d = timer->data;
    d->armed_ns = 0;
    turn_again(&d->turn);
}

static void arm(struct daemon *d)
{
    uint64_t due_ns = node_wake_at(d->turn.node);
    uint64_t wake_ns = due_ns == RAFT_NEVER ? RAFT_NEVER : turn_when_ns(&d->turn, due_ns);
    uint64_t now_ns = turn_now_ns();
    if (d->finish_ns != 0 && d->finish_ns < wake_ns)
        wake_ns = d->finish_ns;
    if (wake_ns <= now_ns) {
        turn_again(&d->turn);
    } else if (wake_ns == RAFT_NEVER) {
        (void)uv_timer_stop(&d->wake);
        d->armed_ns = 0;
    } else if (wake_ns != d->armed_ns) {
        uv_update_time(&d->loop);
        (void)uv_timer_start(&d->wake, on_wake, (wake_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS, 0);
        d->armed_ns = wake_ns;
    }
}

static void close_all(struct daemon *d);

static bool finished(const struct daemon *d)
{
    bool idle = callers_count(d->uv.callers) == 0 && !disk_busy(d->uv.disk);
    return d->finish_ns != 0 && (idle || turn_now_ns() >= d->finish_ns);
}

/* From now on only what was asked already is answered. */
static void begin_stop(struct daemon *d)
{
    d->finish_ns = turn_now_ns() + FINISH_NS;
    callers_finish(d->uv.callers);
    turn_again(&d->turn);
}

/* The node is done with its way out, asked for by a signal, a command, or whoever removed it. */
static void look_at_parting(struct daemon *d)
{
    enum node_parting parting = node_parting(d->turn.node);
    if (d->finish_ns != 0 || parting == NODE_STAYS || parting == NODE_PARTING)
        return;
    d->exit_code = node_parting_exit(parting);
    begin_stop(d);
}

static void on_before_poll(uv_prepare_t *handle)
{
    struct daemon *d = handle->data;
    d->polled_ns = turn_now_ns();
    d->polled_node_ns = turn_node_ns(&d->turn);
}

static void on_after_poll(uv_check_t *handle)
{
    struct daemon *d = handle->data;
    if (d->closing)
        return;
    (void)uv_idle_stop(&d->turn.again);
    peers_turn(d->uv.peers);
    run_timers(d);
    disk_collect(d->uv.disk, on_io_done, d);
    callers_turn(d->uv.callers);
    node_pump(d->turn.node, turn_node_ns(&d->turn));
    look_at_parting(d);
    let_out(d);
    arm(d);
    if (finished(d))
        close_all(d);
}

/* From a worker thread. */
static void wake_for_disk(void *arg)
{
    struct daemon *d = arg;
    (void)uv_async_send(&d->disk_done);
}

/* The turn that follows collects. */
static void on_disk_done(uv_async_t *handle)
{
    (void)handle;
}

/* ---- signals ---- */

/* Only what is safe to change under a running node. */
static void reload(struct daemon *d)
{
    struct config fresh;
    struct err e = {0};
    if (config_load(d->argc, d->argv, &fresh, &e) != 0) {
        logger_printf(&d->log, ENV_ABOUT_CONFIG, ENV_ERROR, "SIGHUP: old values stay: %s", e.text);
    } else {
        d->log.level = (enum env_level)fresh.log_level;
        logger_printf(&d->log, ENV_ABOUT_CONFIG, ENV_INFO,
                      "SIGHUP: log_level is %s; other options need a restart",
                      env_level_name(d->log.level));
    }
    config_free(&fresh);
}

static const char *name_of(void *arg, raft_id id)
{
    return node_name_of(arg, id);
}

static void describe(struct daemon *d)
{
    char text[2048];
    struct raft_names names = {.of = name_of, .arg = d->turn.node};
    const struct raft *raft = node_raft(d->turn.node);
    if (raft != NULL)
        say(d, ENV_INFO, raft_describe_state(raft, &names, text, sizeof(text)));
    else
        say(d, ENV_INFO, "starting: waits for the disk");
    logger_printf(&d->log, ENV_ABOUT_PROCESS, ENV_INFO, "applied %llu, clients %zu, disk %s",
                  (unsigned long long)node_applied(d->turn.node), callers_count(d->uv.callers),
                  disk_busy(d->uv.disk) ? "busy" : "idle");
    peers_describe(d->uv.peers);
}

/* Membership ends, or leadership goes, before the process does; clients that are connected are
 * served meanwhile. */
static void part(struct daemon *d, const char *signal)
{
    bool leaves = d->config->on_sigterm == CONFIG_LEAVE;
    logger_printf(&d->log, ENV_ABOUT_PROCESS, ENV_INFO, "%s: stops once it has %s", signal,
                  leaves ? "left the cluster" : "handed leadership over");
    d->parting = true;
    callers_close_port(d->uv.callers);
    if (leaves)
        node_leave(d->turn.node, turn_node_ns(&d->turn));
    else
        node_hand_over(d->turn.node, turn_node_ns(&d->turn));
}

static void stop(struct daemon *d, const char *signal)
{
    if (d->finish_ns != 0 || d->parting) {
        logger_printf(&d->log, ENV_ABOUT_PROCESS, ENV_INFO, "%s again: stopping at once", signal);
        if (d->finish_ns == 0 && d->config->on_sigterm == CONFIG_LEAVE)
            d->exit_code = node_parting_exit(node_parting(d->turn.node));
        d->finish_ns = 1;
    } else if (d->config->on_sigterm != CONFIG_STOP) {
        part(d, signal);
    } else {
        logger_printf(&d->log, ENV_ABOUT_PROCESS, ENV_INFO, "%s: stopping", signal);
        begin_stop(d);
    }
    turn_again(&d->turn);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct daemon *d = handle->data;
    if (d->closing)
        return;
    if (d->turn.node == NULL) { /* waits to be born */
        d->unborn_stop |= number == SIGTERM || number == SIGINT;
        return;
    }
    switch (number) {
    case SIGTERM: stop(d, "SIGTERM"); return;
    case SIGINT: stop(d, "SIGINT"); return;
    case SIGHUP: reload(d); return;
    case SIGUSR1: describe(d); return;
    }
}

/* ---- start and end ---- */

static void make_loop(struct daemon *d)
{
    int status = uv_loop_init(&d->loop);
    ASSERT(status == 0);
    d->turn.loop = &d->loop;
    d->turn.log = &d->log;
    d->turn.read_size = READ_BYTES;
    d->turn.read_bytes = mem_alloc(READ_BYTES);
    TAILQ_INIT(&d->turn.dirty);
    (void)uv_idle_init(&d->loop, &d->turn.again);
    (void)uv_prepare_init(&d->loop, &d->before_poll);
    (void)uv_check_init(&d->loop, &d->after_poll);
    (void)uv_timer_init(&d->loop, &d->wake);
    status = uv_async_init(&d->loop, &d->disk_done, on_disk_done);
    ASSERT(status == 0);
    d->before_poll.data = d->after_poll.data = d->wake.data = d;
    for (size_t i = 0; i < ARRAY_LEN(signal_numbers); i++) {
        (void)uv_signal_init(&d->loop, &d->signals[i]);
        d->signals[i].data = d;
        (void)uv_signal_start(&d->signals[i], on_signal, signal_numbers[i]);
    }
}

static void close_all(struct daemon *d)
{
    d->closing = true;
    peers_stop(d->uv.peers);
    callers_stop(d->uv.callers);
    metrics_stop(d->metrics);
    if (d->uv.lab != NULL)
        lab_stop(d->uv.lab);
    uv_close((uv_handle_t *)&d->turn.again, NULL);
    uv_close((uv_handle_t *)&d->before_poll, NULL);
    uv_close((uv_handle_t *)&d->after_poll, NULL);
    uv_close((uv_handle_t *)&d->wake, NULL);
    for (size_t i = 0; i < ARRAY_LEN(signal_numbers); i++)
        uv_close((uv_handle_t *)&d->signals[i], NULL);
    /* The workers may call uv_async_send until they have ended. */
    disk_stop(d->uv.disk);
    uv_close((uv_handle_t *)&d->disk_done, NULL);
    if (d->turn.lookups > 0)
        uv_stop(&d->loop); /* it would run until the names are found */
}

/* Frees everything; the loop has run dry. */
static void unmake(struct daemon *d)
{
    int status = uv_loop_close(&d->loop);
    ASSERT(status == 0);
    metrics_free(d->metrics);
    peers_free(d->uv.peers);
    callers_free(d->uv.callers);
    d->log.wall = NULL;
    if (d->uv.lab != NULL)
        lab_free(d->uv.lab);
    disk_free(d->uv.disk);
    trace_file_free(d->uv.trace);
    mem_free(d->turn.read_bytes);
}

static void complain(struct daemon *d, const struct err *e)
{
    char text[ERR_TEXT_MAX];
    memcpy(text, e->text, sizeof(text));
    for (char *line = text, *next; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        say(d, ENV_ERROR, line);
    }
}

static struct node_options options_of(const struct config *c, struct node_peer *founders,
                                      struct node_peer named[LIMIT_MEMBERS], uint64_t seed)
{
    struct node_options options = {.data_dir = c->data_dir,
                                   .name = c->name,
                                   .cluster = c->cluster_said ? c->cluster : "",
                                   .bootstrap = c->bootstrap.count > 0 ? founders : NULL,
                                   .bootstrap_count = c->bootstrap.count,
                                   .hints = named,
                                   .timing = c->timing,
                                   .pre_vote = c->pre_vote != 0,
                                   .check_quorum = c->check_quorum != 0,
                                   .lease_reads = c->lease_reads != 0,
                                   .clock_drift_ppm = (uint32_t)c->clock_drift_ppm,
                                   .max_staleness_ns = c->max_staleness_ns,
                                   .redirects = c->forward == 0,
                                   .client_deadline_ns = c->client_deadline_ns,
                                   .leave_timeout_ns = c->leave_timeout_ns,
                                   .shutdown_on_remove = c->shutdown_on_remove != 0,
                                   .seed = seed,
                                   .segment_bytes = c->segment_bytes,
                                   .snapshot_every = c->snapshot_every,
                                   .snapshot_trailing = c->snapshot_trailing,
                                   .snapshot_rate = c->snapshot_rate,
                                   .watch_history = (uint32_t)c->watch_history};
    for (size_t i = 0; i < c->bootstrap.count; i++)
        founders[i].id = node_id_of_name(founders[i].name);
    for (size_t i = 0; i < c->peers.count; i++) {
        if (c->peers.list[i].name[0] != '\0')
            named[options.hints_count++] = c->peers.list[i];
    }
    memcpy(options.peer_address, c->advertise_peer, sizeof(options.peer_address));
    memcpy(options.client_address, c->advertise_client, sizeof(options.client_address));
    return options;
}

static bool unborn_stopped(void *arg)
{
    struct daemon *d = arg;
    (void)uv_run(&d->loop, UV_RUN_NOWAIT);
    return d->unborn_stop;
}

/* Waits for the others, and becomes one of the founders, or of those who join. */
static int be_born(struct daemon *d, const struct birth_host *host, struct node_options *options,
                   struct birth_result *birth, struct err *e)
{
    struct vfs vfs = disk_vfs(d->uv.disk);
    int code = birth_run(d->config, &vfs, host, birth, e);
    if (code < 0)
        return code == -E_BUSY ? DAEMON_EXIT_UNAVAILABLE : NODE_EXIT_CONFIG;
    options->bootstrap = birth->born ? birth->founders.peers : NULL;
    options->bootstrap_count = birth->born ? birth->founders.config.count : 0;
    options->disk_id = birth->disk_id;
    options->join_cluster_id = birth->born ? 0 : birth->link.cluster_id;
    options->join_generation = birth->born ? 0 : birth->link.generation;
    return birth->born ? 0 : first_start_joins(d->config, birth->living, &birth->link, options, e);
}

static int open_node(struct daemon *d, uint64_t seed, struct err *e)
{
    const struct config *c = d->config;
    struct config_peers founders = c->bootstrap;
    struct node_peer named[LIMIT_MEMBERS];
    struct node_options options = options_of(c, founders.list, named, seed);
    struct env env = env_uv_table(&d->uv);
    int exit_code = NODE_EXIT_CONFIG;
    options.look_first = true;
    int code = node_open(&options, &env, turn_node_ns(&d->turn), &d->turn.node, &exit_code, e);
    bool wanted = c->join[0] != '\0' || c->bootstrap.count > 0 || c->expect > 0;
    static struct birth_result birth; /* large, and there is one */
    if (code == -E_NOTFOUND && wanted) {
        const struct birth_host host = {.log = &d->log, .stopped = unborn_stopped, .arg = d};
        options.look_first = false;
        int refused = c->expect > 0 ? be_born(d, &host, &options, &birth, e)
                                    : first_start_ask(c, &host, &options, e);
        if (refused != 0)
            return refused;
        code = node_open(&options, &env, turn_node_ns(&d->turn), &d->turn.node, &exit_code, e);
    }
    if (code == 0 && c->expect > 0) {
        struct vfs vfs = disk_vfs(d->uv.disk);
        birth_forget(c, &vfs);
    }
    if (code == -E_MISMATCH) {
        size_t used = strlen(e->text);
        (void)snprintf(
            e->text + used, sizeof(e->text) - used,
            "\n  a data directory keeps the --name, --cluster and --bootstrap list it was "
            "founded with\n  fix: start with those, or with another --data-dir");
    }
    if (code == -E_BUSY) {
        size_t used = strlen(e->text);
        (void)snprintf(e->text + used, sizeof(e->text) - used,
                       "\n  fix: does %s run already? If not, give it a --data-dir of its own",
                       c->name);
    }
    if (code == -E_LOST) {
        size_t used = strlen(e->text);
        (void)snprintf(e->text + used, sizeof(e->text) - used, "\n  fix: " NODE_COMES_BACK, c->name,
                       c->name, c->name);
    }
    return code == 0 ? 0 : exit_code;
}

static int listen_all(struct daemon *d, struct err *e)
{
    const struct config *c = d->config;
    int code = peers_start(d->uv.peers, c->listen_peer, e);
    if (code == 0)
        code = callers_start(d->uv.callers, c->listen_client, c->admin_socket, e);
    if (code == 0)
        d->uv.admin_socket = c->admin_socket;
    if (code == 0 && c->metrics[0] != '\0')
        code = metrics_start(&d->turn, c->metrics, &d->metrics, e);
    if (code == 0)
        return 0;
    return code == -E_PERMISSION ? DAEMON_EXIT_PERMISSION : DAEMON_EXIT_UNAVAILABLE;
}

static void announce(struct daemon *d, uint64_t seed)
{
    const struct config *c = d->config;
    const char *buffered = disk_buffered_why(d->uv.disk);
    logger_printf(&d->log, ENV_ABOUT_PROCESS, ENV_INFO,
                  "raftd " RAFTLAB_VERSION ": peers at %s, clients at %s, admin %s, seed %016llx",
                  c->listen_peer, c->listen_client,
                  c->admin_socket[0] != '\0' ? c->admin_socket : "off", (unsigned long long)seed);
    if (buffered == NULL)
        logger_printf(&d->log, ENV_ABOUT_DISK, ENV_INFO, "data in %s: written past the page cache",
                      c->data_dir);
    else
        logger_printf(&d->log, ENV_ABOUT_DISK, ENV_INFO,
                      "data in %s: buffered and synced, slower (%s)", c->data_dir, buffered);
    if (c->unsafe_no_fsync != 0)
        say(d, ENV_WARNING,
            "--unsafe-no-fsync: a power cut LOSES ACKNOWLEDGED WRITES and may elect two leaders "
            "of one term; never outside of tests");
    if (c->warning[0] != '\0')
        logger_write(&d->log, ENV_ABOUT_CONFIG, ENV_WARNING, c->warning);
    uint64_t files = system_raise_files();
    if (files < c->clients_max + FILES_BESIDES)
        logger_printf(&d->log, ENV_ABOUT_CONFIG, ENV_WARNING,
                      "config: max_clients: %llu: this process may have %llu descriptors only; "
                      "raise the limit (ulimit -Hn)",
                      (unsigned long long)c->clients_max, (unsigned long long)files);
}

/* Everything that is needed before the node exists. 0 or an exit code. */
static int prepare(struct daemon *d, uint64_t seed, struct err *e)
{
    const struct config *c = d->config;
    int code = system_make_dir(c->data_dir, e);
    if (code < 0)
        return code == -E_PERMISSION ? DAEMON_EXIT_PERMISSION : DAEMON_EXIT_CREATE;
    make_loop(d);
    d->uv.trace = trace_file_new(c->data_dir, &d->log);
    if (c->lab_fd != LAB_FD_NONE)
        code = lab_open(&d->turn, (int)c->lab_fd, c->name, &d->uv.lab, e);
    if (d->uv.lab != NULL)
        d->log.wall = lab_wall(d->uv.lab);
    if (code < 0)
        return CONFIG_EXIT_USAGE;
    struct disk_options options = {.no_fsync = c->unsafe_no_fsync != 0,
                                   .calls = d->uv.lab == NULL ? NULL : lab_calls_of(d->uv.lab),
                                   .wake = wake_for_disk,
                                   .wake_arg = d};
    code = disk_open(&options, &d->uv.disk, e);
    if (code < 0)
        return NODE_EXIT_DISK;
    d->uv.peers = peers_new(&d->turn, &c->timing, c->advertise_client, seed);
    if (d->uv.lab != NULL)
        lab_filters_serve(lab_filters_of(d->uv.lab), d->uv.peers);
    d->uv.callers = callers_new(&d->turn, c->clients_max);
    return 0;
}

int daemon_run(const struct config *config, int argc, char *const *argv)
{
    static struct daemon d; /* handles must not move, and there is one */
    struct err e = {0};
    uint64_t seed = system_seed();
    d.config = config;
    d.argc = argc;
    d.argv = argv;
    d.log =
        (struct logger){.level = (enum env_level)config->log_level, .json = config->log_json != 0};
    memcpy(d.log.node, config->name, sizeof(d.log.node));
    d.uv.turn = &d.turn;
    d.uv.admin_socket = "";
    (void)signal(SIGPIPE, SIG_IGN);
    int exit_code = prepare(&d, seed, &e);
    if (exit_code != 0 && d.uv.callers == NULL) {
        complain(&d, &e);
        return exit_code; /* hardly anything was made: the process ends anyway */
    }
    if (exit_code == 0)
        exit_code = open_node(&d, seed, &e);
    if (exit_code == 0)
        exit_code = listen_all(&d, &e);
    if (exit_code == 0) {
        announce(&d, seed);
        (void)uv_prepare_start(&d.before_poll, on_before_poll);
        (void)uv_check_start(&d.after_poll, on_after_poll);
        turn_again(&d.turn);
    } else {
        if (!d.unborn_stop)
            complain(&d, &e);
        close_all(&d);
    }
    (void)uv_run(&d.loop, UV_RUN_DEFAULT);
    node_close(d.turn.node);
    if (exit_code == 0 || d.unborn_stop) {
        say(&d, ENV_INFO, "stopped");
        exit_code = d.exit_code;
    }
    /* All files are closed. A resolver that does not answer takes many seconds to give up, and the
     * end of the process by exit would wait for its thread. */
    if (d.turn.lookups > 0)
        _exit(exit_code);
    unmake(&d);
    return exit_code;
}
