/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A data directory on a memory file system with log, hard state and images, driven by hand. */
#ifndef TESTS_SUPPORT_STORERIG_H
#define TESTS_SUPPORT_STORERIG_H

#include "emulator/disk/memvfs.h"
#include "store/recover.h"

#define STORERIG_DIR         "data"
#define STORERIG_SEGMENT     (4u * VFS_BLOCK)
#define STORERIG_STATE_BYTES 90000u

struct storerig {
    struct memvfs *m;
    struct store store;
    struct store_report report;
    struct image_writer *writer;
    struct image_sweep sweep;
    uint64_t promised; /* the newest entry acknowledged as durable, or installed */
    struct err e;
};

int storerig_open(struct storerig *b);  /* store_open; may format */
void storerig_stop(struct storerig *b); /* frees everything */
/* Flushes and completes until nothing moves any more; the first failure, or 0. */
int storerig_run(struct storerig *b);

/* The leader's log: the terms rise at 5, 13 and 25. An entry's payload is valid until the next
 * call.
 */
uint64_t storerig_term(uint64_t index);
struct entry storerig_entry(uint64_t index, uint64_t term);
uint64_t storerig_chain(uint64_t index);
/* Appends the entries up to `last` as the leader has them, or of `term` if that is not 0, and the
 * hard state they need; runs. */
int storerig_append(struct storerig *b, uint64_t last, uint64_t term);

/* The state as of an entry: STORERIG_STATE_BYTES. */
void storerig_state(uint8_t *state, uint64_t index);
struct image_meta storerig_meta(uint64_t index); /* of the leader's log */
/* Appends what b->writer lacks of the state, finishes, runs. */
int storerig_finish_writer(struct storerig *b, const uint8_t *state);
int storerig_put_image(struct storerig *b, const struct image_meta *m);

#endif
