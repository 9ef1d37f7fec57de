/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a checkpoint lies in its file. */
#ifndef EXPLORE_CHECKPOINT_INSIDE_H
#define EXPLORE_CHECKPOINT_INSIDE_H

#include "base/version.h"
#include "emulator/explore/checkpoint.h"

#define CHECKPOINT_MAGIC       0x544e494f504b4843u /* "CHKPOINT" */
#define CHECKPOINT_FORMAT      4u
#define CHECKPOINT_CHUNK_BYTES (1u << 20)

struct checkpoint_head {
    uint64_t magic;
    uint64_t format;
    uint64_t program; /* of the executable */
    char version[24]; /* to be shown */
};

struct checkpoint_chunk {
    uint64_t len; /* 0: the end */
    uint64_t sum;
};

/* As this program writes it. */
void checkpoint_head(struct checkpoint_head *ret);
uint64_t checkpoint_sum(uint64_t place, const void *data, size_t len);
int checkpoint_path_open(const char *dir, const char *name, int flags);

#endif
