/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of disks: calls that fail, operations that take long, crashes that forget, directories
 * that come back as they were. */
#include "emulator/disk/kinds.h"
#include "emulator/sim/run.h"

static bool is_for(const struct sim_disk_rule *r, const struct sim_node *n)
{
    return r->number != 0 && (r->nodes >> n->index & 1) != 0;
}

/* Space and lies are the disk's own: as the rules in force want them. */
static void settle(struct sim_node *n)
{
    uint64_t capacity = 0;
    bool lies = false;
    for (size_t i = 0; i < n->sim->disk_rules_end; i++) {
        const struct sim_disk_rule *r = &n->sim->disk_rules[i];
        if (!is_for(r, n))
            continue;
        if (r->what.kind == WORLD_DISK_FULL && (capacity == 0 || r->met[n->index] < capacity))
            capacity = r->met[n->index];
        lies = lies || (r->what.kind == WORLD_DISK_UNSYNCED && r->what.lies);
    }
    memvfs_set_capacity(n->disk, capacity);
    memvfs_lie(n->disk, lies);
}

int sim_disks_add(struct sim *sim, nodeset nodes, const struct world_disk *fault,
                  uint64_t *ret_number, struct err *e)
{
    size_t at = 0;
    while (at < SIM_DISK_RULES_MAX && sim->disk_rules[at].number != 0)
        at++;
    if (at == SIM_DISK_RULES_MAX)
        return err_set(e, -E_LIMIT, "more than %d faults of disks at once", SIM_DISK_RULES_MAX);
    struct sim_disk_rule *r = &sim->disk_rules[at];
    if (at == sim->disk_rules_end)
        sim->disk_rules_end++;
    *r = (struct sim_disk_rule){.number = ++sim->disk_numbers, .nodes = nodes, .what = *fault};
    for (unsigned i = 0; i < sim->nodes_count; i++) {
        if (!is_for(r, &sim->nodes[i]))
            continue;
        if (fault->kind == WORLD_DISK_FULL) /* 0 would be no bound */
            r->met[i] = memvfs_used(sim->nodes[i].disk, NULL) + fault->free_bytes + 1;
        settle(&sim->nodes[i]);
    }
    *ret_number = r->number;
    return 0;
}

bool sim_disks_active(const struct sim *sim, uint64_t number)
{
    for (size_t i = 0; i < sim->disk_rules_end; i++) {
        const struct sim_disk_rule *r = &sim->disk_rules[i];
        if (r->number != number)
            continue;
        bool tears = r->what.kind == WORLD_DISK_TEAR;
        uint64_t ends = tears ? 1 : r->what.after + r->what.count;
        if (!tears && (r->what.kind != WORLD_DISK_ERROR || r->what.count == 0))
            return true;
        for (unsigned k = 0; k < sim->nodes_count; k++) {
            if ((r->nodes >> k & 1) != 0 && r->met[k] < ends)
                return true;
        }
    }
    return false;
}

/* What waited is done now. */
static void wake(struct sim_node *n)
{
    for (; n->disk_waiting > 0; n->disk_waiting--)
        sim_after(n->sim, 0, SIM_DISK, n->index, n->life);
}

void sim_disks_remove(struct sim *sim, uint64_t number)
{
    sim_disks_spare(sim, number, NODESET_ALL);
}

void sim_disks_spare(struct sim *sim, uint64_t number, nodeset spared)
{
    for (size_t i = 0; i < sim->disk_rules_end; i++) {
        struct sim_disk_rule *r = &sim->disk_rules[i];
        nodeset nodes = r->nodes & spared;
        if (r->number != number)
            continue;
        r->nodes &= ~spared;
        r->number = r->nodes == 0 ? 0 : number;
        for (unsigned k = 0; k < sim->nodes_count; k++) {
            if ((nodes >> k & 1) == 0)
                continue;
            settle(&sim->nodes[k]);
            wake(&sim->nodes[k]);
        }
    }
}

/* ---- calls ---- */

/* The directory is synced for all of them: only who means any file means it. */
static bool is_about(const struct sim_disk_rule *r, unsigned ops, unsigned files)
{
    bool about_files =
        files == WORLD_FILE_ANY ? r->what.files == WORLD_FILE_ANY : (r->what.files & files) != 0;
    return (r->what.ops & ops) != 0 && about_files;
}

static bool op_of(enum memvfs_call call, unsigned *ret_op, bool *ret_changes)
{
    *ret_changes = true;
    *ret_op = 0;
    switch (call) {
    case MEMVFS_READ:
        *ret_changes = false;
        *ret_op = WORLD_DISK_READ;
        return true;
    case MEMVFS_WRITE:
    case MEMVFS_CREATE: *ret_op = WORLD_DISK_WRITE; return true;
    case MEMVFS_SYNC:
    case MEMVFS_SYNC_DIR:
        *ret_changes = false;
        *ret_op = WORLD_DISK_FSYNC;
        return true;
    case MEMVFS_RENAME: *ret_op = WORLD_DISK_RENAME; return true;
    case MEMVFS_UNLINK: return true;
    case MEMVFS_LOCK:
    case MEMVFS_MKDIR:
    case MEMVFS_LIST:
    case MEMVFS_OPEN:
    case MEMVFS_SIZE: return false;
    }
    UNREACHABLE();
}

/* How much longer the rules in force make it; drawn. */
static uint64_t slowed_ns(struct sim_node *n, unsigned ops, unsigned files)
{
    uint64_t delay_ns = 0;
    for (size_t i = 0; i < n->sim->disk_rules_end; i++) {
        const struct sim_disk_rule *r = &n->sim->disk_rules[i];
        if (!is_for(r, n) || r->what.kind != WORLD_DISK_SLOW || !is_about(r, ops, files) ||
            !prng_chance(&n->disk_dice, r->what.probability))
            continue;
        delay_ns += r->what.delay_ns;
        if (r->what.jitter_ns > 0)
            delay_ns += prng_below(&n->disk_dice, r->what.jitter_ns);
    }
    return delay_ns;
}

static bool hangs(const struct sim_node *n, unsigned ops, unsigned files)
{
    for (size_t i = 0; i < n->sim->disk_rules_end; i++) {
        const struct sim_disk_rule *r = &n->sim->disk_rules[i];
        if (is_for(r, n) && r->what.kind == WORLD_DISK_STALL && is_about(r, ops, files))
            return true;
    }
    return false;
}

/* Whether this call is one of those that fail. */
static bool fails(struct sim_disk_rule *r, const struct sim_node *n, unsigned op, unsigned files)
{
    if (!is_about(r, op, files))
        return false;
    uint64_t number = ++r->met[n->index];
    return number > r->what.after &&
           (r->what.count == 0 || number <= r->what.after + r->what.count);
}

/* Nobody reads beside the work: the node stands still until it has what it asked for. */
static void read_takes(struct sim_node *n, unsigned files)
{
    uint64_t ns = slowed_ns(n, WORLD_DISK_READ, files);
    n->reads = n->reads || hangs(n, WORLD_DISK_READ, files);
    if (ns > 0 || n->reads)
        sim_node_toil(n, ns + 1);
}

bool sim_disks_read_hangs(const struct sim_node *n)
{
    return hangs(n, WORLD_DISK_READ, WORLD_FILE_LOG) ||
           hangs(n, WORLD_DISK_READ, WORLD_FILE_META) ||
           hangs(n, WORLD_DISK_READ, WORLD_FILE_SNAPSHOT);
}

void sim_disks_call(struct sim_node *n, enum memvfs_call call, const char *path)
{
    unsigned op;
    bool changes;
    int code = 0;
    if (n->sim->disk_rules_end == 0 || !n->running || n->dying[0] != '\0' ||
        !op_of(call, &op, &changes))
        return;
    unsigned files = call == MEMVFS_SYNC_DIR ? WORLD_FILE_ANY : disk_kind_of(path);
    if (call == MEMVFS_READ)
        read_takes(n, files);
    for (size_t i = 0; i < n->sim->disk_rules_end && code == 0; i++) {
        struct sim_disk_rule *r = &n->sim->disk_rules[i];
        if (!is_for(r, n))
            continue;
        if (r->what.kind == WORLD_DISK_READONLY && changes)
            code = -E_PERMISSION;
        else if (r->what.kind == WORLD_DISK_ERROR && fails(r, n, op, files))
            code = r->what.code;
        else if (r->what.kind == WORLD_DISK_TEAR && call == MEMVFS_SYNC &&
                 is_about(r, WORLD_DISK_FSYNC, files) && sim_disks_tear(n, r, path))
            return;
    }
    if (code == 0)
        return;
    n->disk_struck = true;
    n->sim->changed = true; /* the fault may be over */
    memvfs_fail_call(n->disk, 1, code);
}

/* ---- operations ---- */

/* What an operation does, and to which files. */
static void look_at(const struct vfs_op *op, unsigned *ret_ops, unsigned *ret_files)
{
    const struct vfs_change *c = &op->change;
    *ret_ops = *ret_files = 0;
    if (op->kind == VFS_OP_PREPARE) {
        *ret_ops = WORLD_DISK_WRITE | WORLD_DISK_FSYNC | WORLD_DISK_RENAME;
        *ret_files = disk_kind_of(op->prepare.path);
        return;
    }
    bool change = op->kind == VFS_OP_CHANGE;
    if (op->writes_count > 0 || (change && c->create[0] != '\0'))
        *ret_ops |= WORLD_DISK_WRITE;
    if (!change || c->sync || c->sync_dir)
        *ret_ops |= WORLD_DISK_FSYNC;
    for (unsigned i = 0; i < op->writes_count; i++) {
        if (op->writes[i].file != NULL)
            *ret_files |= disk_kind_of(memvfs_path_of(op->writes[i].file));
    }
    if (!change)
        return;
    if (c->rename_from[0] != '\0')
        *ret_ops |= WORLD_DISK_RENAME;
    *ret_files |= disk_kind_of(c->create) | disk_kind_of(c->rename_from);
    for (unsigned i = 0; i < c->removes_count; i++)
        *ret_files |= disk_kind_of(c->remove[i]);
}

uint64_t sim_disks_delay_ns(struct sim_node *n, const struct vfs_op *op)
{
    unsigned ops, files;
    if (n->sim->disk_rules_end == 0)
        return 0;
    look_at(op, &ops, &files);
    return slowed_ns(n, ops, files);
}

bool sim_disks_hangs(const struct sim_node *n, const struct vfs_op *op)
{
    unsigned ops, files;
    if (n->sim->disk_rules_end == 0 || op == NULL)
        return false;
    look_at(op, &ops, &files);
    return hangs(n, ops, files);
}

/* ---- crashes ---- */

enum memvfs_crash sim_disks_crash(struct sim_node *n)
{
    static const enum memvfs_crash crashes[] = {[WORLD_LOSE_ALL] = MEMVFS_CUT_LOSE,
                                                [WORLD_LOSE_SUFFIX] = MEMVFS_CUT_SUFFIX,
                                                [WORLD_LOSE_RANDOM] = MEMVFS_CUT_RANDOM,
                                                [WORLD_LOSE_NAMES] = MEMVFS_CUT_NAMES};
    enum memvfs_crash how = n->torn ? MEMVFS_CUT_RANDOM : MEMVFS_KILL;
    for (size_t i = 0; i < n->sim->disk_rules_end; i++) {
        const struct sim_disk_rule *r = &n->sim->disk_rules[i];
        if (!is_for(r, n) || r->what.kind != WORLD_DISK_UNSYNCED)
            continue;
        how = crashes[r->what.loss];
        if (r->what.lies)
            n->sim->outcome->bad_disks |= NODE_BIT(n->index);
    }
    return how;
}

bool sim_disks_blamed(const struct sim_node *n, int code)
{
    bool full = false, bad = (n->sim->outcome->bad_disks >> n->index & 1) != 0;
    for (size_t i = 0; i < n->sim->disk_rules_end; i++) {
        const struct sim_disk_rule *r = &n->sim->disk_rules[i];
        full = full || (is_for(r, n) && r->what.kind == WORLD_DISK_FULL);
    }
    return world_exit_of_disk(code, bad || n->copied, full || bad || n->disk_struck);
}

/* ---- images ---- */

static void wipe(struct sim_node *n, unsigned files)
{
    if (files != WORLD_FILE_ANY) {
        disk_wipe(n->disk, SIM_DATA_DIR, files);
        return;
    }
    sim_node_fresh_disk(n);
    n->joined = true;
}

int sim_disks_image(struct sim_node *n, enum world_image what, unsigned files, const char *mark,
                    struct err *e)
{
    if (what == WORLD_IMAGE_SAVE)
        return disk_saves_put(&n->sim->saves, n->index, mark, n->disk, prng_u64(&n->disk_dice), e);
    if (n->running)
        return err_set(e, -E_BUSY, "%s runs: only a stopped node's files can be changed", n->name);
    struct memvfs *saved = NULL;
    int code = what == WORLD_IMAGE_RESTORE
                   ? disk_saves_find(&n->sim->saves, n->index, mark, &saved, e)
                   : 0;
    if (code < 0)
        return code;
    n->sim->outcome->bad_disks |= NODE_BIT(n->index);
    if (what == WORLD_IMAGE_WIPE)
        wipe(n, files);
    else
        disk_restore(n->disk, saved, SIM_DATA_DIR, files);
    settle(n);
    return 0;
}
