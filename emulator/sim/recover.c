/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory at rest that is recovered by force, as the daemon's --recover does it. */
#include "raft/recover.h"
#include "emulator/sim/run.h"

static bool complete(void *arg, struct vfs_op **ret_op, int *ret_status)
{
    return memvfs_complete(arg, ret_op, ret_status);
}

int sim_node_recover(struct sim_node *n, struct err *e)
{
    struct node_recovery found;
    if (n->running || !n->started)
        return err_set(e, -E_BUSY, "%s: its process has not ended", n->name);
    const struct node_recover_host host = {
        .vfs = memvfs_vfs(n->disk), .complete = complete, .arg = n->disk};
    int code = node_recover(&host, SIM_DATA_DIR, true, &found, e);
    memvfs_crash(n->disk, MEMVFS_KILL); /* the tool's process ends */
    return code < 0 ? err_set(e, -E_INVALID, "%s: recover: %.400s", n->name, e->text) : 0;
}
