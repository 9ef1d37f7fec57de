/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/install.h"

#include "core/members.h"
#include "core/replicate.h"
#include "core/role.h"

bool raft_installing(const struct raft *r)
{
    return r->receiving.pos.index != 0;
}

void install_committed(struct raft *r)
{
    if (r->receiving.pos.index <= r->commit)
        r->receiving = (struct raft_image){0};
}

static struct raft_message answer_to_leader(const struct raft *r, const struct raft_image *image,
                                            enum raft_chunk_status status)
{
    return (struct raft_message){.type = RAFT_INSTALL_SNAPSHOT_REPLY,
                                 .to = r->leader,
                                 .for_term = r->term,
                                 .round = r->chunk_round,
                                 .image = *image,
                                 .chunk_status = status,
                                 .last_index = r->trail.last,
                                 .hold_ns = r->timing.election_ns_min};
}

void on_chunk(struct turn *t, const struct raft_event *e)
{
    struct raft *r = t->r;
    ASSERT(e->chunk.status == RAFT_CHUNK_OK || e->chunk.status == RAFT_CHUNK_BUSY ||
           e->chunk.status == RAFT_CHUNK_FAILED);
    if (!raft_image_same(&r->receiving, &e->chunk.image))
        return; /* meanwhile another one is received, or none is needed any more */
    if (e->chunk.status == RAFT_CHUNK_FAILED)
        r->receiving = (struct raft_image){0};
    if (r->role != RAFT_FOLLOWER || r->leader == 0 || r->chunk_round == 0)
        return;
    struct raft_message reply = answer_to_leader(r, &e->chunk.image, e->chunk.status);
    reply.next_offset = e->chunk.status == RAFT_CHUNK_OK ? e->chunk.next_offset : 0;
    if (r->durable_term == r->term)
        turn_send(t, &reply);
    else
        r->held_chunk = reply;
}

void install_owe(struct turn *t, const struct raft_image *image, enum raft_chunk_status status)
{
    struct raft *r = t->r;
    if (image->pos.index > r->owed.pos.index) {
        r->owed = *image;
        r->owed_status = status;
    }
    install_answer(t);
}

void install_answer(struct turn *t)
{
    struct raft *r = t->r;
    if (r->owed.pos.index == 0 || r->durable < r->owed.pos.index || r->durable_term != r->term)
        return;
    struct raft_message reply =
        answer_to_leader(r, &r->owed, (enum raft_chunk_status)r->owed_status);
    reply.match = r->commit < r->durable ? r->commit : r->durable;
    r->owed = (struct raft_image){0};
    if (r->role == RAFT_FOLLOWER && r->leader != 0)
        turn_send(t, &reply);
}

/* "…the follower discards its entire log; it is all superseded by the snapshot" (P 7). Nothing of
 * the empty log is durable until the disk says so. A campaign asked for votes with the log that is
 * gone now. */
static void reset_log(struct turn *t, struct raft_pos base)
{
    struct raft *r = t->r;
    turn_reason(t, RAFT_BECAUSE_LOG_RESET, 0, base.index, r->trail.last);
    if (r->role != RAFT_FOLLOWER)
        become_follower(t, 0);
    trail_reset(&r->trail, base);
    r->held_append = (struct raft_message){0}; /* it speaks of the old log */
    r->durable = 0;
    r->truncations++;
    t->out->log_reset = true;
}

/* A leader's own log contains the entry, and commits it itself. */
static bool needed(const struct raft *r, const struct raft_image *image)
{
    return image->pos.index > r->commit && r->role != RAFT_LEADER;
}

void on_install(struct turn *t, const struct raft_image *image, const struct raft_config *config,
                uint64_t config_index)
{
    struct raft *r = t->r;
    uint64_t index = image->pos.index;
    ASSERT(index > 0 && image->bytes > 0 && image->pos.term <= r->term);
    ASSERT(config->count > 0 && config_index <= index);
    if (!needed(r, image)) {
        turn_reason(t, RAFT_BECAUSE_IMAGE_IGNORED, 0, index, r->commit);
        if (r->role == RAFT_FOLLOWER)
            install_owe(t, image, RAFT_CHUNK_OBSOLETE);
        return;
    }
    bool agrees = trail_term(&r->trail, raft_runs(r), index) == image->pos.term;
    if (!agrees && index <= certain_index(r)) {
        t->out->fatal = RAFT_FATAL_OVERWRITE;
        return;
    }
    /* "If instead the follower receives a snapshot that describes a prefix of its log … entries
     * following the snapshot are still valid and must be retained" (P 7). So are those before it,
     * until the host compacts. */
    if (agrees)
        turn_reason(t, RAFT_BECAUSE_IMAGE_INSTALLED, 0, index, 0);
    else
        reset_log(t, image->pos);
    r->removed = 0; /* said of the old configuration, by slots that others may have now */
    members_install(r, config, config_index, agrees ? index : RAFT_NEVER, t->now);
    commit_to(t, index);
    r->image = *image;
    t->out->installed = true;
    install_owe(t, image, RAFT_CHUNK_INSTALLED);
}
