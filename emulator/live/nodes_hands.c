/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is done to nodes from outside, beside starting and ending them: to their files, addresses,
 * limits and logs. */
#include "emulator/disk/directory.h"
#include "emulator/live/loop_time.h"
#include "emulator/live/nodes_inside.h"

#include <signal.h>

/* What a process that was told to end has for it when its files are wanted. */
#define HOLD_MS 1000

/* ---- files ---- */

const char *nodes_data_dir(const struct nodes *n, unsigned node)
{
    ASSERT(node < n->count);
    return n->each[node].data_dir;
}

const char *nodes_home(const struct nodes *n, unsigned node)
{
    ASSERT(node < n->count);
    return n->each[node].home;
}

uint64_t nodes_used(const struct nodes *n, unsigned node)
{
    const char *path = nodes_data_dir(n, node);
    return path == NULL ? 0 : directory_used(path);
}

bool nodes_runs(const struct nodes *n, unsigned node)
{
    ASSERT(node < n->count);
    return n->each[node].pid != 0 && n->each[node].planned == NULL;
}

bool nodes_paused(const struct nodes *n, unsigned node)
{
    ASSERT(node < n->count);
    return n->each[node].paused;
}

/* One that had stopped by itself has said so: then it is not to be let go on. */
static int stand_still(struct nodes *n, struct one *one, struct err *e)
{
    int code = one->paused ? 0 : nodes_signal(one, SIGSTOP, e);
    if (code < 0)
        return code;
    one->held = true;
    if (!process_wait_stopped(one->pid, NODES_STOP_MS)) {
        nodes_release(n, one->index);
        return err_set(e, -E_BUSY, "n%u: its process does not stand still", one->index + 1);
    }
    if (one->lab != NULL)
        node_lab_drain(one->lab);
    return 0;
}

int nodes_hold(struct nodes *n, unsigned node, struct err *e)
{
    ASSERT(node < n->count);
    struct one *one = &n->each[node];
    if (!one->opened)
        return err_set(e, -E_NOTFOUND, "n%u was never started: it has no files", node + 1);
    if (nodes_runs(n, node))
        return stand_still(n, one, e);
    if (one->pid != 0)
        process_wait_ended(one->pid, HOLD_MS);
    nodes_reap_one(n, one);
    if (one->pid != 0)
        return err_set(e, -E_BUSY, "n%u: its process has not ended", node + 1);
    return 0;
}

void nodes_release(struct nodes *n, unsigned node)
{
    ASSERT(node < n->count);
    struct one *one = &n->each[node];
    struct err ignored;
    one->held = false;
    if (nodes_runs(n, node) && !one->paused)
        (void)!nodes_signal(one, SIGCONT, &ignored);
}

int nodes_empty(struct nodes *n, unsigned node, struct err *e)
{
    int code = nodes_hold(n, node, e);
    if (code == 0)
        code = directory_put_aside(n->each[node].data_dir, e);
    n->each[node].joined = n->each[node].joined || code == 0;
    return code;
}

/* ---- addresses ---- */

void nodes_readdress(struct nodes *n, unsigned node)
{
    struct err e = {0};
    if (netem_readdress(n->o.net, netem_node(n->o.net, (int)node), &e) < 0)
        n->o.failed(n->o.arg, &e);
}

/* ---- limits ---- */

int nodes_limit(struct nodes *n, unsigned node, const struct world_limit *limit, struct err *e)
{
    ASSERT(node < n->count);
    struct one *one = &n->each[node];
    if (one->sink == NULL && limit->log_blocked)
        return err_set(e, -E_UNSUPPORTED,
                       "n%u logs into a file: only a scenario that says so beforehand (needs: "
                       "procBlockLog) has it log into a pipe",
                       node + 1);
    if (one->sink != NULL)
        sink_block(one->sink, limit->log_blocked);
    return limiter_set(&one->limiter, n->o.loop, limit, e);
}

/* ---- twins ---- */

/* The files of a directory as they are at this moment. */
static int copy_files(struct nodes *n, unsigned from, const char *to, struct err *e)
{
    struct memvfs *files = NULL;
    int code = nodes_hold(n, from, e);
    if (code < 0)
        return code;
    code = directory_read(n->each[from].data_dir, 0, &files, e);
    nodes_release(n, from);
    if (code == 0)
        code = directory_write(files, to, e);
    memvfs_free(files);
    return code;
}

/* It did not come about: what starts there next is a node of its own. */
static void forget_copy(struct one *copy)
{
    struct err ignored; /* the first one counts */
    copy->twin_of = NULL;
    if (copy->data_dir != NULL)
        (void)!directory_put_aside(copy->data_dir, &ignored);
}

int nodes_twin(struct nodes *n, unsigned node, unsigned at, struct err *e)
{
    ASSERT(node < n->count && at < n->count);
    const struct scenario_cluster *c = &n->o.s->cluster;
    struct one *copy = &n->each[at];
    const struct one *original = &n->each[node];
    const struct world_start how = {
        .settings = original->settings, .joins = original->joined, .via = original->via};
    if (copy->words.argv != NULL || at < c->voters + c->learners)
        return err_set(e, -E_BUSY, "n%u: a copy needs a spare node that has not run yet", at + 1);
    copy->twin_of = original;
    int code = copy->opened ? 0 : nodes_open_one(n, copy, e);
    if (code == 0)
        code = copy_files(n, node, copy->data_dir, e);
    if (code == 0)
        code = nodes_start(n, at, &how, e);
    if (code < 0)
        forget_copy(copy);
    return code;
}
