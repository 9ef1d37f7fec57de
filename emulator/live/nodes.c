/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/nodes_inside.h"

#include "base/mem.h"
#include "emulator/disk/directory.h"
#include "emulator/live/loop_time.h"
#include "emulator/live/usage.h"
#include "emulator/scenario/lint.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- opening ---- */

static int make_dir(const char *path, struct err *e)
{
    if (mkdir(path, 0755) == 0 || errno == EEXIST)
        return 0;
    return err_set_errno(e, err_from_errno(errno), errno, "%s", path);
}

static void record(void *arg, unsigned node, const struct trace_record *rec)
{
    struct nodes *n = arg;
    observer_feed(n->o.observer, rec);
    n->o.record(n->o.arg, node, rec);
}

static void channel(void *arg, unsigned node, const char *line, size_t len)
{
    const struct nodes *n = arg;
    if (n->each[node].lab != NULL)
        node_lab_line(n->each[node].lab, line, len);
}

int nodes_open_one(struct nodes *n, struct one *one, struct err *e)
{
    const char *name = netem_name(n->o.net, netem_node(n->o.net, (int)one->index));
    struct buf dir = {0}, path = {0};
    buf_putf(&dir, "%s/nodes/%s", n->o.dir, name);
    int code = make_dir(buf_str(&dir), e);
    one->home = mem_strdup(buf_str(&dir));
    one->home_fd = open(one->home, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (code == 0 && one->home_fd < 0)
        code = err_set_errno(e, -E_IO, errno, "%s", one->home);
    buf_putf(&path, "%s/log", buf_str(&dir));
    one->log_path = mem_strdup(buf_str(&path));
    buf_reset(&path);
    buf_putf(&path, "%s/data", buf_str(&dir));
    one->data_dir = mem_strdup(buf_str(&path));
    buf_reset(&path);
    if (n->o.traces)
        buf_putf(&path, "%s/trace/%s.ndjson", n->o.dir, name);
    else
        buf_puts(&path, NODES_NO_TRACE);
    if (code == 0)
        code = collector_open(&one->collector, one->index, name, buf_str(&path), n->o.names, record,
                              n, e);
    one->collector.channel = channel;
    if (code == 0 && n->pipes) {
        buf_reset(&path);
        buf_putf(&path, "%s/log.pipe", buf_str(&dir));
        one->sink_path = mem_strdup(buf_str(&path));
        code = sink_open(n->o.loop, one->sink_path, one->log_path, &one->sink, e);
    }
    one->opened = true;
    buf_free(&dir);
    buf_free(&path);
    return code;
}

/* The words of the next start, into its conf.json, too. */
static int prepare(struct nodes *n, struct one *one, const struct world_start *how, struct err *e)
{
    struct buf path = {0};
    int code = one->opened ? 0 : nodes_open_one(n, one, e);
    if (code < 0)
        return code;
    struct world_start start = *how;
    unsigned who = one->twin_of == NULL ? one->index : one->twin_of->index;
    one->settings = how->settings;
    one->joined = start.joins = start.joins || start.wipe || one->joined;
    one->via = start.via;
    command_line_free(&one->words);
    if (n->o.adapter == NULL)
        command_line_build(&one->words, n->o.s, n->o.net, who, one->index, n->raftd, one->data_dir,
                           &start);
    else
        command_line_adapter(&one->words, n->o.s, n->o.net, one->index, n->o.adapter, one->data_dir,
                             &start);
    buf_putf(&path, "%s/nodes/%s/conf.json", n->o.dir, one->collector.name);
    code = command_line_write(&one->words, one->collector.name, buf_str(&path), e);
    buf_free(&path);
    one->wipe = how->wipe;
    return code;
}

int nodes_open(const struct nodes_options *o, struct nodes **ret, struct err *e)
{
    struct nodes *n = mem_alloc(sizeof(*n));
    struct buf path = {0};
    struct err ignored;
    n->o = *o;
    n->raftd = realpath(o->raftd, NULL);
    n->count = (unsigned)scenario_nodes_count(o->s);
    uint64_t needs = scenario_needs(o->s);
    n->pipes = (needs >> CAP_procBlockLog & 1) != 0;
    n->needs = (needs >> CAP_member & 1) != 0 ? 1u << ADAPTER_CAN_members : 0;
    buf_putf(&path, "%s/nodes", o->dir);
    int code = make_dir(buf_str(&path), e);
    buf_reset(&path);
    buf_putf(&path, "%s/trace", o->dir);
    if (code == 0 && o->traces)
        code = make_dir(buf_str(&path), e);
    for (unsigned i = 0; i < n->count; i++)
        n->each[i] = (struct one){.nodes = n,
                                  .index = i,
                                  .home_fd = -1,
                                  .kill_at_ns = UINT64_MAX,
                                  .collector.file.fd = -1};
    buf_free(&path);
    if (o->adapter != NULL)
        process_adopt();
    if (code == 0 && n->raftd == NULL && o->adapter == NULL)
        code = err_set_errno(e, -E_NOTFOUND, errno, "%s", o->raftd);
    if (code < 0)
        (void)!nodes_close(n, &ignored);
    else
        *ret = n;
    return code;
}

void nodes_silence(struct nodes *n)
{
    for (unsigned i = 0; n != NULL && i < n->count; i++) {
        struct one *one = &n->each[i];
        adapter_close(one->adapter);
        node_lab_close(one->lab);
        sink_close(one->sink);
        limiter_end(&one->limiter);
        one->adapter = NULL;
        one->lab = NULL;
        one->sink = NULL;
    }
}

int nodes_close(struct nodes *n, struct err *e)
{
    int code = 0;
    if (n == NULL)
        return 0;
    for (unsigned i = 0; i < n->count; i++) {
        struct one *one = &n->each[i];
        struct err failed = {0};
        if (one->opened && collector_close(&one->collector, &failed) < 0 && code == 0)
            code = err_set(e, failed.code, "%s", failed.text);
        command_line_free(&one->words);
        mem_free(one->data_dir);
        mem_free(one->home);
        if (one->home_fd >= 0)
            close(one->home_fd);
        mem_free(one->log_path);
        mem_free(one->sink_path);
    }
    mem_free(n->raftd);
    mem_free(n);
    return code;
}

/* ---- starting ---- */

static void on_refused(void *arg, const char *text)
{
    const struct one *one = arg;
    struct err e;
    (void)err_set(&e, -E_IO, "%s: lab channel: %s", one->collector.name, text);
    one->nodes->o.failed(one->nodes->o.arg, &e);
}

static void on_met(void *arg, uint64_t number)
{
    const struct one *one = arg;
    one->nodes->o.met(one->nodes->o.arg, one->index, number);
}

static const struct node_lab_events lab_events = {.refused = on_refused, .met = on_met};

struct node_lab *nodes_lab(const struct nodes *n, unsigned node)
{
    ASSERT(node < n->count);
    return n->each[node].lab;
}

/* ---- adapters ---- */

static void on_served(void *arg)
{
    struct one *one = arg;
    one->booted = true;
}

static void on_led(void *arg, const char *leader)
{
    struct one *one = arg;
    int number =
        leader == NULL ? -1 : trace_names_find(one->nodes->o.names, leader, strlen(leader));
    observer_told(one->nodes->o.observer, one->index, number, loop_now_ns());
    one->nodes->o.led(one->nodes->o.arg, one->index, number);
}

static void on_failed(void *arg, const struct err *e)
{
    struct one *one = arg;
    struct err named = *e;
    (void)err_wrap(&named, "%s", one->collector.name);
    one->nodes->o.failed(one->nodes->o.arg, &named);
}

static const struct adapter_events adapter_events = {
    .started = on_served, .leader = on_led, .failed = on_failed};

/* A new life in the trace, which says no more than its end. */
static void converse(struct nodes *n, struct one *one, int fd)
{
    const struct scenario_cluster *c = &n->o.s->cluster;
    struct adapter_ask start = {.what = ADAPTER_start,
                                .founders = (unsigned)c->voters,
                                .configs = one->configs,
                                .configs_count = ARRAY_LEN(one->configs)};
    one->configs[0] = c->config;
    one->configs[1] = c->per_node[one->index];
    if (one->joined || one->index >= c->voters) {
        (void)snprintf(one->via_name, sizeof(one->via_name), "n%u", one->via + 1);
        start.node = one->via_name;
    }
    one->booted = false;
    collector_born(&one->collector);
    one->adapter = adapter_open(n->o.loop, fd, &start, n->needs, &adapter_events, one);
}

bool nodes_have_adapters(const struct nodes *n)
{
    return n->o.adapter != NULL;
}

struct adapter *nodes_adapter(const struct nodes *n, unsigned node)
{
    ASSERT(node < n->count);
    return n->each[node].adapter;
}

static int start_now(struct nodes *n, struct one *one, struct err *e)
{
    struct process_spec spec = {.net = n->o.net,
                                .endpoint = netem_node(n->o.net, (int)one->index),
                                .argv = one->words.argv,
                                .envp = one->words.envp,
                                .home = one->home,
                                .log_path = one->sink == NULL ? one->log_path : one->sink_path,
                                .adapter = n->o.adapter != NULL};
    int fd, code = one->wipe ? directory_put_aside(one->data_dir, e) : 0;
    one->wipe = one->wipe && code < 0;
    if (code == 0)
        code = netem_settle(n->o.net, spec.endpoint, e);
    if (code == 0 && spec.adapter)
        code = make_dir(one->data_dir, e);
    if (code < 0)
        return code;
    if (!spec.adapter) {
        one->lab = node_lab_new(&one->collector, &lab_events, one);
        if (one->twin_of != NULL)
            node_lab_say(one->lab, "twin as=%s", one->collector.name);
        n->o.greet(n->o.arg, one->index, one->lab);
        spec.greeting = node_lab_greeting(one->lab);
    }
    code = process_start(&spec, &one->pid, &fd, e);
    if (code < 0) {
        node_lab_close(one->lab);
        one->lab = NULL;
        return code;
    }
    one->planned = one->leaving = NULL;
    one->kill_at_ns = UINT64_MAX;
    one->start_again = one->paused = one->held = false;
    observer_started(n->o.observer, one->index, loop_now_ns());
    if (spec.adapter)
        converse(n, one, fd);
    else
        code = node_lab_attach(one->lab, n->o.loop, fd, e);
    return code < 0 ? code : limiter_begin(&one->limiter, n->o.loop, one->pid, spec.adapter, e);
}

int nodes_start(struct nodes *n, unsigned node, const struct world_start *how, struct err *e)
{
    ASSERT(node < n->count);
    struct one *one = &n->each[node];
    bool ends = one->pid != 0 && one->planned != NULL;
    if (one->pid != 0 && !ends)
        return 0;
    int code = prepare(n, one, how, e);
    if (code < 0)
        return code;
    one->start_again = ends;
    return ends ? 0 : start_now(n, one, e);
}

int nodes_again(struct nodes *n, unsigned node, struct err *e)
{
    ASSERT(node < n->count);
    const struct world_start as_before = {.settings = n->each[node].settings};
    return nodes_start(n, node, &as_before, e);
}

const char *nodes_admin_path(const struct nodes *n, unsigned node, char out[NODES_PATH_MAX])
{
    ASSERT(node < n->count);
    (void)snprintf(out, NODES_PATH_MAX, "/proc/self/fd/%d/%s", n->each[node].home_fd,
                   LIVE_ADMIN_SOCKET);
    return out;
}

int nodes_recover(struct nodes *n, unsigned node, struct err *e)
{
    ASSERT(node < n->count);
    const struct one *one = &n->each[node];
    if (one->pid != 0 || !one->opened)
        return err_set(e, -E_BUSY, "n%u: its process has not ended", node + 1);
    char option[] = "--recover", yes[] = "--yes";
    char *argv[] = {n->raftd, option, one->data_dir, yes, NULL};
    int status = 0, code = process_run(argv, one->log_path, &status, e);
    char cause[PROCESS_CAUSE_MAX];
    if (code == 0 && status != 0)
        code = err_set(e, -E_INVALID, "n%u: raftd --recover: %s", node + 1,
                       process_cause(status, cause));
    return code;
}

void nodes_usage(const struct nodes *n, unsigned node, struct world_usage *ret)
{
    ASSERT(node < n->count);
    const struct one *one = &n->each[node];
    bool known = one->pid != 0 && one->adapter == NULL; /* an adapter's own says nothing */
    *ret = known ? usage_of(one->pid, one->data_dir)
                 : (struct world_usage){UINT64_MAX, UINT64_MAX, UINT64_MAX};
}

void nodes_expect_end(struct nodes *n, unsigned node, const char *cause)
{
    ASSERT(node < n->count);
    n->each[node].leaving = cause;
}

void nodes_member(struct nodes *n, unsigned node, bool member)
{
    ASSERT(node < n->count);
    observer_told_member(n->o.observer, node, member, loop_now_ns());
}

/* ---- ending ---- */

int nodes_signal(const struct one *one, int signal, struct err *e)
{
    /* One that has ended but is not reaped yet can still be signalled; a group whose leader is
     * reaped, but for others of it, cannot. */
    bool group = one->nodes->o.adapter != NULL;
    if (kill(group ? -one->pid : one->pid, signal) == 0 || (group && errno == ESRCH))
        return 0;
    return err_set_errno(e, -E_IO, errno, "%s: signal %d", one->collector.name, signal);
}

int nodes_kill(struct nodes *n, unsigned node, int signal, const char *cause, uint64_t grace_ns,
               struct err *e)
{
    ASSERT(node < n->count);
    struct one *one = &n->each[node];
    uint64_t now = loop_now_ns();
    if (one->pid == 0)
        return 0;
    bool asked = one->adapter != NULL && signal == SIGTERM;
    int code = asked ? 0 : nodes_signal(one, signal, e);
    if (asked)
        adapter_stop(one->adapter, grace_ns);
    if (code == 0 && one->paused)
        code = nodes_signal(one, SIGCONT, e);
    limiter_end(&one->limiter);
    one->planned = cause;
    one->planned_signal = signal;
    one->start_again = false;
    one->kill_at_ns = now + grace_ns;
    observer_died(n->o.observer, node, now);
    return code;
}

static void note_pause(struct nodes *n, struct one *one, bool paused)
{
    one->paused = paused;
    limiter_paused(&one->limiter, paused);
    observer_paused(n->o.observer, one->index, paused, loop_now_ns());
}

int nodes_pause(struct nodes *n, unsigned node, bool paused, struct err *e)
{
    ASSERT(node < n->count);
    struct one *one = &n->each[node];
    if (one->pid == 0 || one->planned != NULL)
        return 0;
    int code = !paused && one->held ? 0 : nodes_signal(one, paused ? SIGSTOP : SIGCONT, e);
    if (code < 0)
        return code;
    note_pause(n, one, paused);
    return 0;
}

void nodes_stopped(struct nodes *n, unsigned node)
{
    if (!nodes_runs(n, node))
        return;
    /* It has said so a moment before; unless somebody has let it go on since. */
    if (process_wait_stopped(n->each[node].pid, NODES_STOP_MS))
        note_pause(n, &n->each[node], true);
}

/* Why it ended in order: as it was told to, by that signal or by ours at the end of its patience,
 * or because it left or is no member any more. NULL: for no reason. */
static const char *orderly(const struct nodes *n, const struct one *one, int status)
{
    if (WIFEXITED(status))
        return world_exit_cause(WEXITSTATUS(status), one->planned, one->leaving,
                                n->o.observer->nodes[one->index].removed);
    bool ours = WTERMSIG(status) == one->planned_signal || WTERMSIG(status) == SIGKILL;
    return ours ? one->planned : NULL;
}

static void ended(struct nodes *n, struct one *one, int status)
{
    char cause[PROCESS_CAUSE_MAX];
    struct err e = {0};
    bool again = one->start_again;
    limiter_end(&one->limiter);
    if (one->sink != NULL)
        sink_drain(one->sink);
    const char *struck = n->o.struck(n->o.arg, one->index, status, one->planned != NULL);
    const char *planned = struck != NULL ? struck : orderly(n, one, status);
    bool booted = one->booted || one->collector.lines > 0;
    node_lab_close(one->lab);
    adapter_close(one->adapter);
    one->lab = NULL;
    one->adapter = NULL;
    one->pid = 0;
    (void)process_cause(status, cause);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    collector_crashed(&one->collector, loop_now_ns(), planned != NULL ? planned : cause, code);
    observer_died(n->o.observer, one->index, loop_now_ns());
    observer_ended(n->o.observer, one->index, code, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    if (planned == NULL || struck != NULL) {
        struct buf log = {0};
        process_log_end(one->log_path, &log);
        if (planned == NULL)
            n->o.crashed(n->o.arg, one->index, cause, booted, buf_str(&log));
        else
            n->o.fell(n->o.arg, one->index, struck, buf_str(&log));
        buf_free(&log);
    }
    one->start_again = false;
    if (again && start_now(n, one, &e) < 0)
        n->o.failed(n->o.arg, &e);
}

void nodes_reap_one(struct nodes *n, struct one *one)
{
    pid_t pid = one->pid;
    if (pid == 0)
        return;
    if (n->o.adapter != NULL) {
        if (process_group_ended(pid, &one->status))
            ended(n, one, one->status);
        return;
    }
    if (!process_ended(pid))
        return;
    /* What it wrote before it ended is still there, and may be heard here only: that it fell at a
     * point, and is to be started again. */
    node_lab_drain(one->lab);
    ended(n, one, process_reap(pid));
}

void nodes_reap(struct nodes *n)
{
    for (unsigned i = 0; i < n->count; i++)
        nodes_reap_one(n, &n->each[i]);
}

void nodes_tick(struct nodes *n)
{
    uint64_t now = loop_now_ns();
    struct err ignored;
    for (unsigned i = 0; i < n->count; i++) {
        struct one *one = &n->each[i];
        if (one->pid != 0 && now >= one->kill_at_ns) {
            (void)!nodes_signal(one, SIGKILL, &ignored);
            one->kill_at_ns = UINT64_MAX;
        }
        if (one->adapter != NULL)
            adapter_tick(one->adapter);
        limiter_tick(&one->limiter);
        if (one->opened)
            outfile_flush(&one->collector.file);
    }
}

unsigned nodes_running(const struct nodes *n)
{
    unsigned count = 0;
    for (unsigned i = 0; i < n->count; i++)
        count += n->each[i].pid != 0;
    return count;
}

uint64_t nodes_lost(const struct nodes *n)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < n->count; i++)
        sum += n->each[i].collector.lost;
    return sum;
}
