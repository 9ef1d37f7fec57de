/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of disks that are in use: what the processes are told, and what they left behind. */
#include "emulator/live/disks.h"

#include "base/units.h"
#include "emulator/live/loop_time.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

/* After which a node that goes on has borne the failure of a call. */
#define SETTLE_NS NS_PER_S

static bool is_for(const struct disks_rule *r, unsigned node)
{
    return r->number != 0 && nodeset_has(r->nodes, node);
}

/* ---- told to processes ---- */

static const char *errno_of(int code)
{
    return code == -E_NOSPACE ? "nospace" : code == -E_PERMISSION ? "permission" : "io";
}

static void say_error(struct node_lab *lab, const struct disks_rule *r, unsigned node)
{
    uint64_t met = r->met[node];
    if (r->what.count != 0 && met >= r->what.count)
        return;
    node_lab_say(lab, "disk rule=%llu kind=error op=%u file=%u errno=%s after=%llu count=%llu",
                 (unsigned long long)r->number, r->what.ops, r->what.files, errno_of(r->what.code),
                 (unsigned long long)(met > 0 ? 0 : r->what.after),
                 (unsigned long long)(r->what.count == 0 ? 0 : r->what.count - met));
}

static void say(struct node_lab *lab, const struct disks_rule *r, unsigned node)
{
    unsigned long long number = r->number;
    switch (r->what.kind) {
    case WORLD_DISK_SLOW:
        node_lab_say(lab, "disk rule=%llu kind=slow op=%u file=%u delay=%llu jitter=%llu chance=%u",
                     number, r->what.ops, r->what.files, (unsigned long long)r->what.delay_ns,
                     (unsigned long long)r->what.jitter_ns, (unsigned)(r->what.probability * 1e6));
        return;
    case WORLD_DISK_STALL:
        node_lab_say(lab, "disk rule=%llu kind=stall op=%u file=%u", number, r->what.ops,
                     r->what.files);
        return;
    case WORLD_DISK_ERROR: say_error(lab, r, node); return;
    case WORLD_DISK_FULL:
        node_lab_say(lab, "disk rule=%llu kind=full op=%u file=%u bytes=%llu", number,
                     WORLD_DISK_ANY, WORLD_FILE_ANY, (unsigned long long)r->capacity[node]);
        return;
    case WORLD_DISK_READONLY:
        node_lab_say(lab, "disk rule=%llu kind=readonly op=%u file=%u", number, WORLD_DISK_ANY,
                     WORLD_FILE_ANY);
        return;
    case WORLD_DISK_UNSYNCED:
        if (r->what.lies)
            node_lab_say(lab, "disk rule=%llu kind=lie op=%u file=%u", number, WORLD_DISK_ANY,
                         WORLD_FILE_ANY);
        return;
    case WORLD_DISK_TEAR:
        if (r->met[node] == 0)
            node_lab_say(lab, "disk rule=%llu kind=power op=%u file=%u", number,
                         (unsigned)WORLD_DISK_FSYNC, r->what.files);
        return;
    }
    UNREACHABLE();
}

static void keep_journal(struct node_lab *lab)
{
    node_lab_say(lab, "disk-undo dir=" NODES_UNDO);
}

/* Where no step was known beforehand that would want them: from now on. */
static void keep_journals(struct disks *d)
{
    for (unsigned i = 0; i < d->nodes_count && !d->journals; i++) {
        if (nodes_lab(d->nodes, i) != NULL)
            keep_journal(nodes_lab(d->nodes, i));
    }
    d->journals = true;
}

void disks_greet(struct disks *d, unsigned node, struct node_lab *lab)
{
    d->struck &= ~NODE_BIT(node);
    d->doomed[node] = 0;
    if (d->journals)
        keep_journal(lab);
    for (size_t i = 0; i < d->rules_end; i++) {
        if (is_for(&d->rules[i], node))
            say(lab, &d->rules[i], node);
    }
}

/* ---- the faults in force ---- */

int disks_add(struct disks *d, uint64_t number, nodeset nodes, const struct world_disk *fault,
              struct err *e)
{
    size_t at = 0;
    while (at < DISKS_RULES_MAX && d->rules[at].number != 0)
        at++;
    if (at == DISKS_RULES_MAX)
        return err_set(e, -E_LIMIT, "more than %d faults of disks at once", DISKS_RULES_MAX);
    struct disks_rule *r = &d->rules[at];
    if (fault->kind == WORLD_DISK_UNSYNCED || fault->kind == WORLD_DISK_TEAR)
        keep_journals(d);
    d->rules_end += at == d->rules_end;
    *r = (struct disks_rule){.number = number, .nodes = nodes, .what = *fault};
    for (unsigned i = 0; i < d->nodes_count; i++) {
        if (!is_for(r, i))
            continue;
        if (fault->kind == WORLD_DISK_FULL)
            r->capacity[i] = nodes_used(d->nodes, i) + fault->free_bytes;
        if (nodes_lab(d->nodes, i) != NULL)
            say(nodes_lab(d->nodes, i), r, i);
    }
    return 0;
}

/* The node whose last call failed may be about to end because of that: then it is the fault that
 * ended it. */
static bool is_over(const struct disks_rule *r, unsigned node)
{
    if (r->what.kind == WORLD_DISK_TEAR)
        return r->met[node] > 0;
    return r->what.kind == WORLD_DISK_ERROR && r->what.count > 0 && r->met[node] >= r->what.count &&
           loop_now_ns() > r->met_ns[node] + SETTLE_NS;
}

bool disks_active(const struct disks *d, uint64_t number)
{
    for (size_t i = 0; i < d->rules_end; i++) {
        for (unsigned k = 0; k < d->nodes_count && d->rules[i].number == number; k++) {
            if (is_for(&d->rules[i], k) && !is_over(&d->rules[i], k))
                return true;
        }
    }
    return false;
}

void disks_spare(struct disks *d, uint64_t number, nodeset nodes)
{
    for (size_t i = 0; i < d->rules_end && number != 0; i++) {
        struct disks_rule *r = &d->rules[i];
        if (r->number != number)
            continue;
        for (unsigned k = 0; k < d->nodes_count; k++) {
            struct node_lab *lab = nodeset_has(r->nodes & nodes, k) ? nodes_lab(d->nodes, k) : NULL;
            if (lab != NULL)
                node_lab_say(lab, "disk-end rule=%llu", (unsigned long long)number);
        }
        r->nodes &= ~nodes;
        r->number = r->nodes == 0 ? 0 : number;
    }
}

bool disks_met(struct disks *d, unsigned node, uint64_t number)
{
    for (size_t i = 0; i < d->rules_end; i++) {
        struct disks_rule *r = &d->rules[i];
        if (r->number != number)
            continue;
        d->struck |= NODE_BIT(node);
        r->met[node]++;
        r->met_ns[node] = loop_now_ns();
        return true;
    }
    return false;
}

/* ---- ends ---- */

/* What a kill leaves. */
static enum memvfs_crash crash_of(const struct disks *d, unsigned node, bool *ret_lied)
{
    static const enum memvfs_crash crashes[] = {[WORLD_LOSE_ALL] = MEMVFS_CUT_LOSE,
                                                [WORLD_LOSE_SUFFIX] = MEMVFS_CUT_SUFFIX,
                                                [WORLD_LOSE_RANDOM] = MEMVFS_CUT_RANDOM,
                                                [WORLD_LOSE_NAMES] = MEMVFS_CUT_NAMES};
    enum memvfs_crash how = MEMVFS_KILL;
    for (size_t i = 0; i < d->rules_end; i++) {
        const struct disks_rule *r = &d->rules[i];
        if (!is_for(r, node) || r->what.kind != WORLD_DISK_UNSYNCED)
            continue;
        how = crashes[r->what.loss];
        *ret_lied = *ret_lied || r->what.lies;
    }
    return how;
}

void disks_doom(struct disks *d, unsigned node)
{
    bool lied = false;
    if (!nodes_runs(d->nodes, node))
        return;
    d->doomed[node] = (unsigned)crash_of(d, node, &lied) + 1;
    if (lied)
        disks_harm(d, node);
}

static struct disks_rule *tearing(struct disks *d, unsigned node)
{
    for (size_t i = 0; i < d->rules_end; i++) {
        struct disks_rule *r = &d->rules[i];
        if (is_for(r, node) && r->what.kind == WORLD_DISK_TEAR && r->met[node] == 0)
            return r;
    }
    return NULL;
}

/* It was killed, or killed itself as the power failed in its write. */
static const char *killed(struct disks *d, unsigned node, bool told)
{
    struct disks_rule *tear = told ? NULL : tearing(d, node);
    bool lied = false, torn = false;
    struct err e = {0};
    enum memvfs_crash how =
        d->doomed[node] != 0 ? (enum memvfs_crash)(d->doomed[node] - 1) : crash_of(d, node, &lied);
    d->doomed[node] = 0;
    if (how == MEMVFS_KILL && tear == NULL)
        return NULL;
    if (lied)
        disks_harm(d, node);
    if (disks_cut(d, node, how, tear == NULL ? NULL : &tear->what.tear, &torn, &e) < 0)
        d->failed(d->arg, &e);
    if (!torn)
        return NULL;
    tear->met[node]++;
    return "power: a write was torn";
}

const char *disks_ended(struct disks *d, unsigned node, int status, bool told)
{
    bool full = false, bad = nodeset_has(d->bad, node);
    for (size_t i = 0; i < d->rules_end; i++)
        d->rules[i].met_ns[node] = 0; /* it is known what came of it */
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGKILL ? killed(d, node, told) : NULL;
    d->doomed[node] = 0;
    for (size_t i = 0; i < d->rules_end; i++)
        full = full || (is_for(&d->rules[i], node) && d->rules[i].what.kind == WORLD_DISK_FULL);
    int code = WEXITSTATUS(status);
    if (!world_exit_of_disk(code, bad, full || bad || nodeset_has(d->struck, node)))
        return NULL;
    (void)snprintf(d->cause, sizeof(d->cause), "disk: exit %d", code);
    return d->cause;
}
