/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of the log goes once an image stands for it (thesis 5.1). */
#include "node/node_private.h"

/* Entries kept below the image, so that whoever lags a little needs no image: at most so many
 * bytes of them. What members need above that is kept as long as the log stays below the last. */
#define TRAILING_BYTES (64u << 20)
#define LAGGING_BYTES  (256u << 20)
/* What an entry costs beside its payload. */
#define ENTRY_BYTES_BESIDES 48
/* Each compaction costs a record in the log: small gains wait. */
#define GAIN_ENTRIES 256

/* The newest entry that neither the trailing entries nor their bytes hold. */
uint64_t images_compact_target(const struct node *n, uint64_t trailing)
{
    uint64_t image = image_meta(n->store.image)->at.index, base = wal_base(n->wal).index;
    uint64_t bytes = 0, index = image;
    for (; index > base && image - index < trailing; index--) {
        bytes += wal_size_of(n->wal, index);
        if (bytes > TRAILING_BYTES)
            break;
    }
    return index > base ? index : 0;
}

static uint64_t log_bytes(const struct node *n)
{
    return wal_payload_bytes(n->wal) +
           (wal_last(n->wal).index - wal_base(n->wal).index) * ENTRY_BYTES_BESIDES;
}

void images_compact(struct node *n)
{
    struct images *i = &n->images;
    uint64_t to = i->compact_to, base = wal_base(n->wal).index;
    if (to == 0 || n->raft == NULL || n->dead)
        return;
    uint64_t limit = raft_compact_limit(n->raft, n->now_ns);
    bool whole = limit >= to || log_bytes(n) > LAGGING_BYTES;
    if (!whole)
        to = limit;
    if (to > wal_durable(n->wal) || to <= base || (!whole && to - base < GAIN_ENTRIES))
        return;
    node_step(n, &(struct raft_event){.type = RAFT_COMPACT, .now_ns = n->now_ns, .compact = to});
    if (n->dead)
        return;
    wal_compact(n->wal, to);
    if (whole)
        i->compact_to = 0;
}
