/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who this data directory is: written at formatting and at each start, read before anything else.
 */
#ifndef STORE_IDENTITY_H
#define STORE_IDENTITY_H

#include "base/limits.h"
#include "store/vfs.h"

struct identity {
    uint64_t cluster_id;       /* never 0 in a file */
    uint64_t generation;       /* raised by a forced recovery of the cluster */
    uint64_t node_id;          /* never 0 */
    uint8_t disk_id[16];       /* drawn at formatting; another one is another disk */
    uint64_t bootstrap_digest; /* of the bootstrap list this directory was born with; 0 = joined */
    uint64_t incarnation;      /* starts of this directory so far */
    char cluster_name[LIMIT_NODE_NAME + 1]; /* as its founder or joiner called it */
    bool formatted;                         /* log and hard state were made completely */
    bool left;                              /* left the cluster in order */
    bool superseded;                        /* belongs to a generation that was given up */
    /* The log was damaged and given up: it reached no further than this index, and until the new
     * one does this node votes for nobody. 0: the log is whole. */
    uint64_t restoring;
    bool aside; /* restoring: the old files may not all have been put aside yet */
};

/* A digest of the disk id: the mark that log and hard state carry. */
uint64_t identity_mark(const struct identity *id);

/* *Errors*: -E_NOTFOUND (no such file), -E_CORRUPT (neither copy is intact), -E_UNSUPPORTED (newer
 * format), and the vfs's.
 */
int identity_read(const struct vfs *vfs, const char *dir, struct identity *ret,
                  struct err *e) MUST_CHECK;

/* Makes id durable: a new file, or in place in the two copies of the one that is there, which needs
 * no space on a full disk. Blocking. After a failure the old or the new one is in force; the
 * process has to stop. */
int identity_write(const struct vfs *vfs, const char *dir, const struct identity *id,
                   struct err *e) MUST_CHECK;

#endif
