/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One server of the cluster at one moment: the core's block and what its host keeps beside it. */
#ifndef EXPLORE_SERVER_H
#define EXPLORE_SERVER_H

#include "emulator/explore/configs.h"
#include "emulator/explore/log.h"

#define EX_WRITES 6 /* handed to the disk and not yet there, at most */

/* What survives a crash, but for the image. */
struct ex_disk {
    uint8_t term;
    uint8_t vote;
    struct ex_log log;
};

/* Plain bytes without padding. The log in memory is the one that the disk will hold when all writes
 * under way are done; so it is kept nowhere else. */
struct ex_host {
    uint8_t id;
    uint8_t up;
    uint8_t starts;   /* how often it was started on this disk */
    uint8_t attempts; /* pre-votes it asked for since: each has a nonce of its own */
    uint8_t boot;     /* the configuration it knows below its log, by number */
    uint8_t image;    /* the newest image, durable at once: its index; 0: none */
    uint8_t image_term;
    uint8_t image_config;
    uint8_t image_config_index;
    uint8_t reads;   /* so many were asked for here: the newest one's ctx */
    uint8_t reading; /* that one waits for its answer */
    uint8_t writes;  /* under way, oldest first in later[] */
    struct ex_disk disk;
    struct ex_disk later[EX_WRITES];    /* what the disk holds after each; unused ones are zero */
    uint8_t truncations_ago[EX_WRITES]; /* truncations of the log since that write */
};

/* The disk as it will be. */
const struct ex_disk *ex_host_newest(const struct ex_host *h);
/* The log in memory. */
const struct ex_log *ex_host_log(const struct ex_host *h);
/* An entry, or all up to it, is on the disk, in its log or its image. */
bool ex_host_holds(const struct ex_host *h, uint64_t index);
/* Its newest image, all zero if there is none. The bytes follow from where it is: what is committed
 * there is the same everywhere, or that was found out before. */
struct raft_image ex_host_image(const struct ex_host *h);
/* The configuration in force at index, and its entry's index: of the log as it will be, the image,
 * or below it the one it began with. */
uint8_t ex_host_config_at(const struct ex_host *h, uint64_t index, uint8_t *ret_index);
/* The host alone, under a renaming. */
uint64_t ex_host_hash(const struct ex_host *h, const struct ex_configs *configs,
                      const struct ex_renamings *renamings, uint32_t renaming);

/* An interned server: all that is needed to go on from it, and what others look at. */
struct ex_row {
    struct ex_host host;
    uint8_t role; /* enum raft_role; of one that is down: follower */
    uint8_t term;
    uint8_t commit;
    uint8_t leader;
    uint8_t config;            /* in force, by number */
    bool holds;                /* it refuses votes now, and will not after a while */
    uint8_t match[EX_SERVERS]; /* a leader: how far it knows each to hold its log */
    uint32_t packed_words;
    uint64_t now_ns;  /* of its clock */
    uint64_t hold_ns; /* holds: until then */
    uint64_t wake_ns;
    uint64_t truncations;
    const uint64_t *packed; /* owned by the space; the core's block: see pack below */
    uint64_t hash[EX_RENAMINGS];
};

/* Blocks are mostly zero: written as pairs (words to skip, words that follow) and those words. out
 * has room for ex_pack_bound(words). */
#define EX_PACK_BOUND(words) (2 * (words) + 2)
uint32_t ex_pack(const uint64_t *block, uint32_t words, uint64_t *out);
void ex_unpack(const uint64_t *packed, uint32_t packed_words, uint64_t *block, uint32_t words);

#endif
