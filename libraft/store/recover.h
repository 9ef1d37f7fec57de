/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start of a data directory: lock, identity, hard state, image, log, and whether they fit
 * together. */
#ifndef STORE_RECOVER_H
#define STORE_RECOVER_H

#include "base/span.h"
#include "store/identity.h"
#include "store/image.h"
#include "store/meta.h"
#include "store/wal.h"

struct store_options {
    const char *dir; /* created if it is missing and may_format is set */
    /* Who should live here. node_id and cluster_name must match an existing directory, and
     * cluster_id too unless it is 0 (it must not be when the directory may be formatted);
     * generation, disk_id and bootstrap_digest count only when it is formatted now. */
    struct identity wanted;
    bool any_cluster_name; /* so does cluster_name then */
    bool may_format;       /* an empty directory may be made into this node's */
    /* Whether a damaged log may be given up and fetched again from the other members; config: the
     * newest configuration that still reads, or empty. NULL: never. */
    bool (*may_restore)(void *arg, struct span config);
    void *may_restore_arg;
    struct wal_options wal; /* log_id and create are set by store_open */
};

/* Everything a node keeps on disk. */
struct store {
    const struct vfs *vfs; /* borrowed */
    char dir[VFS_PATH_MAX];
    struct identity identity; /* as it is on disk now */
    struct meta *meta;        /* owned */
    struct wal *wal;          /* owned */
    struct image *image; /* owned: the one to load, base <= its index <= last of the log; NULL =
                          * none, then the log begins at 1. The node may close and replace it */
    struct image_writer *partial; /* owned: a reception that can be resumed, above the image; NULL =
                                   * none. The node may take it over (setting NULL) */
};

/* The mark that image functions take: of this disk. */
uint64_t store_mark(const struct store *store);

struct store_report {
    bool formatted; /* the directory was empty and is this node's now */
    struct meta_recovered meta;
    struct wal_recovered wal; /* after the installation was finished, if it had to be */
    bool image_found;         /* its meta: image_meta(store.image) */
    bool image_installed;     /* the image was newer than the log, or contradicted it: the log was
                               * dropped in its favour now, as an installation broken off would */
    char damaged_text[512];   /* what was damaged and given up now (identity.restoring); or empty */
    char image_text[256];     /* one sentence about it, or about a damaged newer image that was
                               * passed over because the log reaches back to this one; or empty */
};

/* Opens, or formats, and counts this start (identity.incarnation). On success all of *ret_report is
 * durable. Changes nothing in a directory that it refuses. A log or image that is damaged beside an
 * intact hard state is put aside if may_restore says so, and an empty one begun: see
 * identity.restoring.
 * *Errors*: -E_BUSY (another process has it), -E_MISMATCH (another cluster's, node's or disk's),
 * -E_UNSUPPORTED (newer format), -E_NOTFOUND (empty and not may_format), -E_CORRUPT (the log or the
 * identity is damaged: restore or replace), -E_LOST (the hard state is missing or older than the
 * log, or the log is missing: this disk must never vote again, the member has to be replaced), and
 * the vfs's. e names the file and what to do.
 * *Ownership*: store_close frees what *ret_store holds; options are copied, vfs is borrowed. */
int store_open(const struct vfs *vfs, const struct store_options *options, struct store *ret_store,
               struct store_report *ret_report, struct err *e) MUST_CHECK;
/* The log is whole again: durably no mark of its damage any more. Blocking; a failure is final. */
int store_restored(struct store *store, struct err *e) MUST_CHECK;
void store_close(struct store *store); /* releases the lock too; no operation with the host */

/* The rule of the cross-check, alone: true if slots holding s could not have been written by the
 * time a log ending in last repeated (hard_term, hard_vote). */
bool store_hard_state_is_older(const struct hard_state *s, uint64_t hard_term, uint64_t hard_vote,
                               struct wal_position last);

#endif
