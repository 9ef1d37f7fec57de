/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crashes and stalls at named points: where a node is, told by its trace and its calls to the disk.
 */
#include "emulator/disk/kinds.h"
#include "emulator/sim/run.h"

#include <stdio.h>

int sim_points_add(struct sim *sim, nodeset nodes, const struct world_point *point,
                   uint64_t *ret_number, struct err *e)
{
    struct trace_point at;
    const char *near = NULL;
    size_t i = 0;
    if (!scenario_point_find(point->name, &at, &near))
        return err_set(e, -E_INVALID, "point %s: there is none of that name", point->name);
    while (i < SIM_POINTS_MAX && sim->points[i].number != 0)
        i++;
    if (i == SIM_POINTS_MAX)
        return err_set(e, -E_LIMIT, "more than %d points at once", SIM_POINTS_MAX);
    struct sim_point *p = &sim->points[i];
    if (i == sim->points_end)
        sim->points_end++;
    *p = (struct sim_point){.number = ++sim->points_numbers,
                            .nodes = nodes,
                            .hit = -1,
                            .at = at,
                            .left = point->hit,
                            .stall_ns = point->stall_ns};
    if (point->where != NULL)
        p->where = *point->where;
    (void)snprintf(p->name, sizeof(p->name), "%s", point->name);
    *ret_number = p->number;
    return 0;
}

int sim_points_hit(const struct sim *sim, uint64_t number)
{
    for (size_t i = 0; i < sim->points_end; i++) {
        if (sim->points[i].number == number)
            return sim->points[i].hit;
    }
    return -1;
}

void sim_points_remove(struct sim *sim, uint64_t number)
{
    for (size_t i = 0; i < sim->points_end; i++) {
        if (sim->points[i].number == number)
            sim->points[i].number = 0;
    }
}

static void reach(struct sim_node *n, struct sim_point *p)
{
    char cause[64];
    if (--p->left > 0)
        return;
    p->hit = (int)n->index;
    n->sim->outcome->points_hit++;
    if (p->stall_ns > 0) {
        sim_node_stall(n, p->stall_ns);
        return;
    }
    (void)snprintf(cause, sizeof(cause), "crashPoint: %s", p->name);
    sim_node_strike(n, cause);
}

/* rec: of an event; NULL: it is a call. */
static void pass(struct sim_node *n, const struct trace_point *at, const struct trace_record *rec)
{
    for (size_t i = 0; i < n->sim->points_end && n->dying[0] == '\0'; i++) {
        struct sim_point *p = &n->sim->points[i];
        if (p->number != 0 && p->hit < 0 && (p->nodes >> n->index & 1) != 0 &&
            trace_point_same(&p->at, at) && (rec == NULL || event_where_holds(&p->where, rec)))
            reach(n, p);
    }
}

void sim_points_event(struct sim_node *n, const struct trace_record *rec)
{
    if (n->running)
        pass(n, &(struct trace_point){.event = (int)rec->ev}, rec);
}

/* False: nobody names such calls. */
static bool call_of(enum memvfs_call call, enum point_call *ret)
{
    switch (call) {
    case MEMVFS_WRITE: *ret = POINT_Write; return true;
    case MEMVFS_SYNC:
    case MEMVFS_SYNC_DIR: *ret = POINT_Sync; return true;
    case MEMVFS_CREATE: *ret = POINT_Create; return true;
    case MEMVFS_RENAME: *ret = POINT_Rename; return true;
    case MEMVFS_UNLINK: *ret = POINT_Unlink; return true;
    case MEMVFS_LOCK:
    case MEMVFS_MKDIR:
    case MEMVFS_LIST:
    case MEMVFS_OPEN:
    case MEMVFS_SIZE:
    case MEMVFS_READ: return false;
    }
    UNREACHABLE();
}

void sim_points_call(struct sim_node *n, enum memvfs_call call, const char *path, bool after)
{
    struct trace_point at = {.event = -1, .file = POINT_dir, .after = after};
    if (n->sim->points_end == 0 || !n->running || !call_of(call, &at.call))
        return;
    if (call == MEMVFS_SYNC_DIR || trace_point_file(path, &at.file))
        pass(n, &at, NULL);
}
