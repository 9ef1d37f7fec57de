/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/images/flow.h"

void image_flow_init(struct image_flow *f, raft_id peer)
{
    *f = (struct image_flow){.peer = peer, .size = IMAGE_FLOW_BYTES_FIRST};
}

static void measured(struct image_flow *f, uint64_t took_ns, uint64_t heartbeat_ns)
{
    if (took_ns <= heartbeat_ns / 2 && f->size <= LIMIT_CHUNK_BYTES / 2)
        f->size *= 2;
    else if (took_ns > heartbeat_ns && f->size / 2 >= IMAGE_FLOW_BYTES_MIN)
        f->size /= 2;
    f->sample_end = 0;
}

uint32_t image_flow_room(struct image_flow *f, uint64_t offset, uint64_t acked, uint64_t now_ns,
                         const struct raft_timing *timing, uint32_t most)
{
    uint64_t took_ns = now_ns - f->sample_ns;
    bool arrived = f->sample_end != 0 && acked >= f->sample_end;
    bool lost = f->sample_end != 0 && !arrived && offset <= acked;
    if (arrived || lost)
        measured(f, lost ? UINT64_MAX : took_ns, timing->heartbeat_ns);
    if (f->size >= most)
        return most;
    bool patient = f->sample_end == 0 || took_ns <= timing->election_ns_max;
    return offset > acked && patient ? 0 : f->size;
}

void image_flow_sent(struct image_flow *f, uint64_t offset, uint32_t size, uint64_t now_ns)
{
    if (f->sample_end != 0)
        return;
    f->sample_end = offset + size;
    f->sample_ns = now_ns;
}
