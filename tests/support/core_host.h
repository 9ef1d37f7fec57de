/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One Raft core with the least host it needs: a log in memory, a disk that lags behind it, and
 * entries for its messages. No threads, no files: the caller decides when a sync returns. */
#ifndef SUPPORT_CORE_HOST_H
#define SUPPORT_CORE_HOST_H

#include "raft/raft.h"

/* Stands for a payload: id tells entries apart that a bug could give the same {term, index}. */
struct host_entry {
    uint64_t term;
    uint64_t id;
    enum entry_kind kind;
    const struct raft_config *config; /* of a config entry; borrowed from the test */
    uint64_t chain;                   /* of its id and of all before it in this log */
};

/* Entries base.index+1 .. base.index+count. */
struct host_log {
    struct raft_pos base;
    uint64_t base_chain; /* of what was below */
    uint64_t count;
    uint64_t cap;
    struct host_entry *entries; /* owned */
};

uint64_t host_log_last(const struct host_log *log);
/* The entry at index; NULL outside the log. Borrowed until the log changes. */
const struct host_entry *host_log_at(const struct host_log *log, uint64_t index);
/* Term and chain at base.index..last; 0 outside. */
uint64_t host_log_term(const struct host_log *log, uint64_t index);
uint64_t host_log_chain(const struct host_log *log, uint64_t index);
/* Removes everything up to index, which becomes the base. */
void host_log_compact(struct host_log *log, uint64_t index);
/* Removes index and everything behind it. */
void host_log_cut(struct host_log *log, uint64_t index);
void host_log_put(struct host_log *log, struct host_entry entry);
void host_log_free(struct host_log *log);

/* An image of the state: what a real one contains stands in its digest. */
struct host_image {
    struct raft_image image;
    const struct raft_config *config; /* in force there; borrowed */
    uint64_t config_index;
    uint64_t chain; /* of the log up to there */
};

/* A message and the entries an append carries, or the image that a chunk is of. */
struct host_packet {
    struct raft_message message;
    struct host_entry *entries; /* owned; message.entries_count of them */
    struct host_image image;
};

void host_packet_free(struct host_packet *p);
struct host_packet host_packet_copy(const struct host_packet *p);

/* What one step handed to the disk. */
struct host_write {
    struct host_log reset; /* base and base_chain: the log is dropped first; index 0: no */
    uint64_t cut;          /* then truncated from here; 0: no */
    uint64_t first;        /* index of entries[0] */
    uint32_t count;
    struct host_entry *entries; /* owned */
    uint64_t compact;           /* last, entries up to here go; 0: none */
    struct raft_persisted done; /* what the core hears once this and all before it are synced */
};

/* Chosen by the test before host_open. */
struct host_setup {
    raft_id id;
    struct raft_limits limits;
    struct raft_timing timing;
    bool pre_vote;
    bool check_quorum;
    bool lease_reads;
    uint32_t clock_drift_ppm;
    bool left;          /* the disk is marked as having left the cluster */
    uint64_t restoring; /* the log was damaged and begun anew; see struct raft_boot */
    uint64_t seed;
    bool recurring; /* what is drawn follows from how often it asked for pre-votes, and no more */
    const struct raft_config *config; /* in force below the first config entry; borrowed */
    uint64_t *entry_ids;              /* where new entries get their id from; borrowed */
};

/* Somebody who is told what the core is opened from (NULL: not interested) and every event it
 * takes, just after it did. */
struct host_mirror {
    void (*open)(void *arg, const struct raft_boot *boot);
    void (*step)(void *arg, const struct raft_event *event);
    void *arg;
};

#define HOST_IMAGES 8

/* How it answers for an image it is sent. */
enum host_receiver { HOST_TAKES, HOST_BUSY, HOST_FAILS };

struct host {
    struct host_setup setup;
    bool up;
    struct raft *core; /* owned */
    struct host_log log;
    struct {
        uint64_t term;
        raft_id vote;
        struct host_log log;
        struct host_image images[HOST_IMAGES]; /* durable at once; oldest first */
        uint32_t images_count;
        struct host_image partial; /* being received; a crash may lose the end of it */
        uint64_t partial_offset;   /* what is here of it */
    } disk;
    enum host_receiver receiver;
    struct host_write *writes; /* owned; not synced yet, oldest first */
    uint32_t writes_count;
    struct raft_output out; /* of the last step */
    uint64_t starts;
    uint64_t attempts; /* to be elected, since its start */
    bool no_space;     /* what messages bring is not to be stored */

    struct host_mirror mirror; /* without step: none */
};

/* An empty disk; the server is down. */
void host_init(struct host *h, const struct host_setup *setup);
void host_free(struct host *h);

/* Starts from what is on the disk, with the first step already taken. Entries up to commit (at
 * least the base) are known to be committed. */
void host_start(struct host *h, uint64_t commit, uint64_t hold_ns, uint64_t now_ns);
/* Everything in memory is gone; the oldest kept writes reached the disk. */
void host_crash(struct host *h, uint32_t kept);

/* Takes one event. packet: what RAFT_RECEIVE brings, else NULL. */
void host_step(struct host *h, struct raft_event *event, const struct host_packet *packet);
/* A sync of the oldest count writes returned (count > 0): they are on the disk, the core hears. */
void host_sync(struct host *h, uint32_t count, uint64_t now_ns);

/* The message of the last step with its entries, or its image, attached. An image that is here no
 * more: packet.image is all zero. */
struct host_packet host_packet_of(const struct host *h, const struct raft_message *m);

#endif
