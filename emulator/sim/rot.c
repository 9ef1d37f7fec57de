/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damage as steps want it: at once to what stands there, or in the middle of the next write. */
#include "emulator/disk/damage.h"
#include "emulator/sim/run.h"

#include <stdio.h>

/* Dice of their own: what a disk draws otherwise stays as it was. */
static struct prng dice_for(struct sim *sim)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "damage %llu", (unsigned long long)++sim->damages);
    return prng_named(sim->seed, name);
}

int sim_disks_damage(struct sim_node *n, const struct world_damage *what, char text[WORLD_TEXT_MAX],
                     struct err *e)
{
    struct prng dice = dice_for(n->sim);
    int code = damage_do(n->disk, SIM_DATA_DIR, what, &dice, text, e);
    if (code < 0)
        return err_wrap(e, "%s", n->name);
    n->sim->outcome->bad_disks |= NODE_BIT(n->index);
    sim_say(n->sim, "%s: damaged: %s", n->name, text);
    return 0;
}

bool sim_disks_tear(struct sim_node *n, struct sim_disk_rule *r, const char *path)
{
    struct prng dice = dice_for(n->sim);
    if (r->met[n->index] > 0 || !damage_tear_unsynced(n->disk, path, &r->what.tear, &dice))
        return false;
    r->met[n->index]++;
    n->sim->changed = true; /* the fault is over */
    n->torn = true;
    sim_node_strike(n, "power: a write was torn");
    return true;
}
