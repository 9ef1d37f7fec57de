/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of the nodes' disks. From outside, files are changed beside the process; from inside,
 * calls take long, hang or fail, as the process is told over its lab channel; and where a process
 * was killed, the power fails afterwards, by the journal it has written of what it had not synced.
 */
#ifndef LIVE_DISKS_H
#define LIVE_DISKS_H

#include "base/limits.h"
#include "emulator/disk/saves.h"
#include "emulator/live/nodes.h"

#define DISKS_RULES_MAX 64

/* A fault in force. Invariant: number 0 = free. */
struct disks_rule {
    uint64_t number;
    nodeset nodes;
    struct world_disk what;
    uint64_t met[LIMIT_MEMBERS];      /* how often it struck, by node … */
    uint64_t met_ns[LIMIT_MEMBERS];   /* … and when it did last */
    uint64_t capacity[LIMIT_MEMBERS]; /* of a full disk: bytes of all files */
};

struct disks {
    struct nodes *nodes; /* borrowed */
    unsigned nodes_count;
    uint64_t seed;
    bool journals; /* nodes keep what they replace */
    /* Told of a node whose files are not what it wrote; of what could not be done. */
    void (*harmed)(void *arg, unsigned node);
    void (*failed)(void *arg, const struct err *e);
    void *arg;
    uint64_t done; /* changes so far: each has dice of its own */
    struct disk_saves saves;
    struct disks_rule rules[DISKS_RULES_MAX];
    size_t rules_end;               /* all from there on are free, and were always */
    nodeset bad;                    /* nodes whose files are not what they wrote */
    nodeset struck;                 /* nodes for whom a call failed in this life */
    unsigned doomed[LIMIT_MEMBERS]; /* what the kill under way leaves: memvfs_crash + 1; 0: by the
                                     * rules at its end */
    char cause[32];
};

/* Its files are not what it alone wrote, from now on. */
void disks_harm(struct disks *d, unsigned node);
/* As the calls of that name in world.h. A process that runs stands still meanwhile; one that was
 * killed is waited for. */
int disks_image(struct disks *d, unsigned node, enum world_image what, unsigned files,
                const char *mark, struct err *e) MUST_CHECK;
int disks_damage(struct disks *d, unsigned node, const struct world_damage *what,
                 char text[WORLD_TEXT_MAX], struct err *e) MUST_CHECK;

/* disk, disk_active, disk_spare of world.h. number: of the lab channel, used for nothing else. */
int disks_add(struct disks *d, uint64_t number, nodeset nodes, const struct world_disk *fault,
              struct err *e) MUST_CHECK;
bool disks_active(const struct disks *d, uint64_t number);
void disks_spare(struct disks *d, uint64_t number, nodeset nodes);

/* The node's process is about to start: it hears of the faults in force. */
void disks_greet(struct disks *d, unsigned node, struct node_lab *lab);
/* It has met the fault of that number; false: there is none. */
bool disks_met(struct disks *d, unsigned node, uint64_t number);
/* It is being killed: what that leaves on its disk is said by the faults now in force. */
void disks_doom(struct disks *d, unsigned node);
/* Its process has ended, of itself if nobody told it to: what a power cut loses is lost now. Why it
 * ended, if that was its disk's doing, borrowed until the next call; else NULL. */
const char *disks_ended(struct disks *d, unsigned node, int status, bool told);

void disks_free(struct disks *d);

/* Between the files of it: makes of the directory what the power cut leaves, and how that went.
 * torn, tear: the write that was under way is broken off; torn empty: none. */
int disks_cut(struct disks *d, unsigned node, enum memvfs_crash how, const struct world_tear *tear,
              bool *ret_torn, struct err *e) MUST_CHECK;

#endif
