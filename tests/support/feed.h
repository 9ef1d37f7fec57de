/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds a state machine with entries made from short lines. */
#ifndef TESTS_FEED_H
#define TESTS_FEED_H

#include "base/prng.h"
#include "kv/machine.h"

/* Zero-initialise, then set machine; the caller frees it, feed_free the rest. */
struct feed {
    struct machine *machine; /* of the caller */
    uint64_t stamp;          /* of the next entries; the caller moves it */
    struct buf payload;
    struct buf reply;
    struct machine_result result; /* of the last entry */
};

void feed_free(struct feed *f);

/* Each applies one entry and returns its reply ("" for none), valid until the next one. The
 * payload must be right: anything else panics. */
/* An entry with what stands in f->payload. */
const char *feed_payload(struct feed *f, enum entry_kind kind);
const char *feed_kind(struct feed *f, enum entry_kind kind); /* without payload */
const char *feed_plain(struct feed *f, const char *line);    /* words between spaces */
const char *feed_write(struct feed *f, uint64_t sid, uint64_t seq, uint64_t first_open,
                       const char *line);
uint64_t feed_open(struct feed *f, uint64_t ttl_ns); /* the session's id */
const char *feed_close(struct feed *f, uint64_t sid);

/* One entry of any kind on a few keys and sessions, the stamp moving on now and then. */
void feed_random(struct feed *f, struct prng *p);

#endif
