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
#include "node/images/flow.h"
#include "raft/raft.h"
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

/* Pieces of an image that were not sent: the core is told when its output has been carried out. */
struct image_unsent {
    raft_id peer;
    struct raft_image image;
    uint64_t offset;
    uint64_t retry_ns;
    bool gone;
};

enum receive_phase {
    RECEIVE_BYTES,      /* pieces are awaited; of which image: image, all zero: of none */
    RECEIVE_LOADING,    /* all are here: they are read into a machine */
    RECEIVE_FINISHING,  /* it could be: the file is completed and gets its final name */
    RECEIVE_INSTALLING, /* that stands: the core decides whether it is taken over */
    RECEIVE_KEEPING,    /* it was not needed any more: an image like one of our own */
};

/* An image of the leader's. Invariants: writer up to RECEIVE_FINISHING, head only before it; reader
 * from RECEIVE_LOADING, machine from RECEIVE_FINISHING, file from RECEIVE_INSTALLING on. */
struct image_receiving {
    enum receive_phase phase;
    struct raft_image image;
    struct buf head;                /* as far as it has come, until there is a writer */
    uint32_t head_bytes;            /* then */
    struct image_writer *writer;    /* owned: the partial */
    bool owes;                      /* an answer, once there is room for more */
    struct image_writer *cancelled; /* owned: an earlier one, whose file is being removed */
    struct image *file;             /* owned */
    struct kv_image_reader *reader; /* owned */
    uint64_t loaded;
    struct machine *machine; /* owned */
};

/* Images being sent besides the newest. */
#define IMAGES_PINNED_MAX 4

struct images {
    /* The configuration as of the last applied entry: its entry's index and payload. */
    uint64_t config_index;
    struct buf config;

    struct image_taking taking;
    struct request *request; /* waits for an image taken after it came; NULL: nobody */
    bool keeps;              /* who waits says how much of the log stays below it: */
    uint64_t keep;           /* so many entries */
    bool wanted;             /* as soon as none is being taken any more, whatever the policy says */
    uint64_t retry_ns;       /* not before: the last attempt found no space */
    uint64_t log_bytes;      /* of the entries applied since the newest image */
    uint64_t taken;          /* in this life */
    uint64_t last_took_ns;

    struct image_sweep sweep;
    bool sweep_wanted;
    uint64_t compact_to; /* the log up to here may go; 0: nothing */

    struct image *pinned[IMAGES_PINNED_MAX]; /* owned, oldest first */
    size_t pinned_count;
    struct image_unsent unsent[LIMIT_MEMBERS];
    size_t unsent_count;
    struct image_flow flows[LIMIT_MEMBERS];
    uint64_t paced_until_ns; /* no piece leaves before */
    uint64_t sent_bytes;

    struct image_receiving receiving;
    bool chunk_wanted; /* by the core, of the message just handled */
    uint64_t received_bytes;
    uint64_t installed; /* in this life */
};

/* policy.c */

/* Counts an applied entry, and keeps its configuration if it is one. */
void images_applied(struct node *n, const struct entry *e);
/* Whether the log since the newest image is long enough for another one. */
bool images_due(const struct node *n);
/* A durable image, open, takes the place of the newest: what goes because of it. Takes it over. */
void images_newest(struct node *n, struct image *image);
/* The same, of the own state: the core is told. */
void images_taken(struct node *n, struct image *image);

/* compact.c */

/* Drops the log's entries that the newest image makes needless, as far as nobody needs them. */
void images_compact(struct node *n);
/* How far that is for the newest image, if so many entries stay below it; 0: nothing goes. */
uint64_t images_compact_target(const struct node *n, uint64_t trailing);

/* take.c */

void images_take_advance(struct node *n); /* once a turn */
uint64_t images_wake(const struct node *n);
bool images_take_done(struct node *n, struct vfs_op *op, int status); /* false: not its operation */
void images_take_cancel(struct node *n, const char *why);
/* The configuration in force at the newest applied entry, as the image's. */
void images_keep_config(struct node *n, uint64_t index, struct span payload);

/* load.c */

/* The machine of the image that the store begins from, and everything that goes with it. Blocking.
 * Nothing to do without an image. */
int images_load(struct node *n, struct err *e) MUST_CHECK;
/* The machine of an image; free with machine_free. Blocking. */
int image_machine(struct image *image, struct machine **ret, struct err *e) MUST_CHECK;
/* Whether a machine is what its image says: 0 or -E_CORRUPT. */
int image_machine_check(const struct image_meta *m, const struct machine *machine,
                        struct err *e) MUST_CHECK;

/* stream.c: an image as it travels, a head and the state. */

struct raft_image image_described(const struct image_meta *m);
uint32_t image_head_bytes(uint32_t config_len);
/* How many bytes at least are missing of a head; 0: none, or it is no head. */
uint32_t image_head_missing(struct span head);
void image_head_encode(struct buf *out, const struct image_meta *m);
/* A whole head, of the image that the sender says it is (NULL: no sender says). -E_CORRUPT,
 * -E_UNSUPPORTED. ret->config is borrowed from data. */
int image_head_decode(struct span data, const struct raft_image *said, struct image_meta *ret,
                      struct err *e) MUST_CHECK;
/* Appends exactly len bytes of it from offset on. Blocking; image_read's errors. */
int image_stream_read(struct image *image, uint64_t offset, struct buf *out, size_t len,
                      struct err *e) MUST_CHECK;

/* send.c */

void images_pin(struct node *n, struct image *image); /* takes it over; NULL is allowed */
void images_unpin(struct node *n);                    /* those that nobody is sent any more */
uint32_t images_chunk_bytes(const struct node *n);    /* the largest piece to send */
/* Sends a piece with its bytes, or notes it as unsent. */
void images_send(struct node *n, const struct raft_message *m);

/* receive.c */

/* Bytes of the image being received that are here. */
uint64_t images_received(const struct node *n);
/* Goes on with what an earlier life has received. */
void images_resume(struct node *n);
/* A piece that the core wants. */
void images_receive(struct node *n, const struct raft_message *m, struct span data);
void images_receive_advance(struct node *n); /* once a turn */
bool images_receive_done(struct node *n, struct vfs_op *op, int status);
/* The core has taken the received image over: log and state become its. */
void images_take_over(struct node *n);
void image_receiving_free(struct image_receiving *r);

/* admin.c */

/* RAFT SNAPSHOT [TRAILING n|STATUS]. */
void images_request(struct node *n, struct request *r, const struct span *argv, size_t argc);
/* RAFT COMPACT [TRAILING n]. */
void images_compact_request(struct node *n, struct request *r, const struct span *argv,
                            size_t argc);
void images_status(const struct node *n, struct jsonw *w);
/* Gives a waiting RAFT SNAPSHOT its answer: the newest image, or an error. */
void images_answer(struct node *n, const char *error);

void images_free(struct images *i);

#endif
