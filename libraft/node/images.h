/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A node's snapshots: taking its own, dropping the log below them, starting from one.
 *
 * An image is the state machine as of one applied entry, with the configuration in force there
 * (thesis 5.1). It is written from a frozen copy, a piece a turn, while entries go on being
 * applied; the log below it goes only once it is durable. */
#ifndef NODE_IMAGES_H
#define NODE_IMAGES_H

#include "base/jsonw.h"
#include "kv/kv_image.h"
#include "store/image.h"

struct node;
struct request;

/* An image of this node's own, on its way to the disk. */
struct image_taking {
    struct kv_image_writer *source; /* owned, the frozen machine; NULL: nothing is being taken */
    struct image_writer *writer;    /* owned */
    uint64_t state_digest;          /* machine_digest of what is frozen */
    uint64_t log_bytes;             /* images.log_bytes then */
    uint64_t begun_ns;
};

struct images {
    /* The configuration as of the last applied entry: its entry's index and payload. */
    uint64_t config_index;
    struct buf config;

    struct image_taking taking;
    struct request *request; /* waits for an image taken after it came; NULL: nobody */
    bool wanted;             /* as soon as none is being taken any more, whatever the policy says */
    uint64_t retry_ns;       /* not before: the last attempt found no space */
    uint64_t log_bytes;      /* of the entries applied since the newest image */
    uint64_t taken;          /* in this life */
    uint64_t last_took_ns;

    struct image_sweep sweep;
    bool sweep_wanted;
    uint64_t compact_to; /* the log up to here may go; 0: nothing */
};

/* image_policy.c */

/* Counts an applied entry, and keeps its configuration if it is one. */
void images_applied(struct node *n, const struct entry *e);
/* Whether the log since the newest image is long enough for another one. */
bool images_due(const struct node *n);
/* A durable image, open, takes the place of the newest: what goes because of it. Takes it over. */
void images_newest(struct node *n, struct image *image);

/* image_take.c */

void images_take_advance(struct node *n); /* once a turn */
uint64_t images_wake(const struct node *n);
bool images_take_done(struct node *n, struct vfs_op *op, int status); /* false: not its operation */
void images_take_cancel(struct node *n, const char *why);
/* The configuration in force at the newest applied entry, as the image's. */
void images_keep_config(struct node *n, uint64_t index, struct span payload);

/* image_load.c */

/* The machine of the image that the store begins from, and everything that goes with it. Blocking.
 * Nothing to do without an image. */
int images_load(struct node *n, struct err *e) MUST_CHECK;
/* Whether a machine is what its image says: 0 or -E_CORRUPT. */
int image_machine_check(const struct image_meta *m, const struct machine *machine,
                        struct err *e) MUST_CHECK;

/* image_admin.c */

/* RAFT SNAPSHOT [STATUS]. */
void images_request(struct node *n, struct request *r, const struct span *argv, size_t argc);
void images_status(const struct node *n, struct jsonw *w);
/* Gives a waiting RAFT SNAPSHOT its answer: the newest image, or an error. */
void images_answer(struct node *n, const char *error);

void images_free(struct images *i);

#endif
