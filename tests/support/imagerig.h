/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Images on a memory file system, driven by hand: what the tests of images share. */
#ifndef TESTS_SUPPORT_IMAGERIG_H
#define TESTS_SUPPORT_IMAGERIG_H

#include "emulator/disk/memvfs.h"
#include "store/image.h"

#define IMAGERIG_DIR  "data"
#define IMAGERIG_MARK 77u

/* The configuration in every header. */
extern const char imagerig_config[28];

/* The state of every test: a function of the position. The caller frees. */
uint8_t *imagerig_state(uint64_t index, size_t len);
uint64_t imagerig_digest(const uint8_t *state, size_t len);
/* For a node's own image at that index, of term 3; and complete, for a received one. */
struct image_meta imagerig_meta(uint64_t index);
struct image_meta imagerig_whole_meta(uint64_t index, size_t len);

/* Completes what is queued, all of it the writer's; the first code of a failed operation, or 0. */
int imagerig_complete(struct memvfs *m, struct image_writer *w);
/* Brings a writer to its end: appends what is missing of the state in pieces of at most `step`
 * bytes, finishes, flushes. 0 or the code of the failure. */
int imagerig_write_out(struct memvfs *m, struct image_writer *w, const uint8_t *state, size_t len,
                       size_t step);
/* Writes a whole image of one's own. */
int imagerig_write(struct memvfs *m, uint64_t index, size_t len, size_t step);

int imagerig_open(struct memvfs *m, uint64_t index, struct image **ret, struct err *e);
/* The image is there in full, at any offset. */
void imagerig_expect(struct memvfs *m, uint64_t index, size_t len);
/* The newest image's position; {0, 0} without any. */
struct wal_position imagerig_newest(struct memvfs *m);

#endif
