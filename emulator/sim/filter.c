/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/sim/filter.h"

#include "emulator/scenario/vocab.h"
#include "wire/peer.h"

#include <string.h>

void sim_filters_init(struct sim_filters *f, uint64_t seed)
{
    *f = (struct sim_filters){.dice = prng_named(seed, "filters")};
}

static void free_list(struct sim_packet *p)
{
    for (struct sim_packet *next; p != NULL; p = next) {
        next = p->next;
        sim_packet_free(p);
    }
}

void sim_filters_free(struct sim_filters *f)
{
    for (size_t i = 0; i < f->end; i++)
        free_list(f->list[i].held);
}

static bool has(const nodeset *links, const struct sim_packet *p)
{
    return (links[p->from] >> p->to & 1) != 0;
}

static const uint8_t words[RAFT_MESSAGE_TYPES] = {
    [RAFT_PRE_VOTE] = MESSAGE_PreVote,
    [RAFT_PRE_VOTE_REPLY] = MESSAGE_PreVoteReply,
    [RAFT_REQUEST_VOTE] = MESSAGE_RequestVote,
    [RAFT_REQUEST_VOTE_REPLY] = MESSAGE_RequestVoteReply,
    [RAFT_APPEND] = MESSAGE_AppendEntries,
    [RAFT_APPEND_REPLY] = MESSAGE_AppendEntriesReply,
    [RAFT_HEARTBEAT] = MESSAGE_Heartbeat,
    [RAFT_HEARTBEAT_REPLY] = MESSAGE_HeartbeatReply,
    [RAFT_READ_INDEX] = MESSAGE_ReadIndex,
    [RAFT_READ_INDEX_REPLY] = MESSAGE_ReadIndexReply,
    [RAFT_TIMEOUT_NOW] = MESSAGE_TimeoutNow,
    [RAFT_INSTALL_SNAPSHOT] = MESSAGE_InstallSnapshot,
    [RAFT_INSTALL_SNAPSHOT_REPLY] = MESSAGE_InstallSnapshotReply,
};

uint32_t sim_message_bit(const struct sim_packet *p)
{
    if (p->kind != PACKET_FRAME || p->len <= FRAME_TYPE_OFFSET)
        return 0;
    uint8_t type = p->data[FRAME_TYPE_OFFSET];
    return peer_type_is_raft(type) ? 1u << words[type] : 0;
}

static void hold(struct sim_filter *f, struct sim_packet *p)
{
    struct sim_packet **end = &f->held;
    while (*end != NULL)
        end = &(*end)->next;
    p->next = NULL;
    *end = p;
}

/* The frame of the same link that waits for its successor; NULL: none does. */
static struct sim_packet *take_waiting(struct sim_filter *f, const struct sim_packet *p)
{
    for (struct sim_packet **at = &f->held; *at != NULL; at = &(*at)->next) {
        struct sim_packet *other = *at;
        if (other->from != p->from || other->to != p->to)
            continue;
        *at = other->next;
        other->next = NULL;
        return other;
    }
    return NULL;
}

static enum sim_fate apply(struct sim_filter *f, struct sim_packet *p, uint64_t *ret_delay_ns)
{
    f->left--;
    switch (f->what.verdict) {
    case WORLD_DROP: return SIM_FATE_DROP;
    case WORLD_DUPLICATE: return SIM_FATE_TWICE;
    case WORLD_DELAY: *ret_delay_ns = f->what.delay_ns; return SIM_FATE_LATER;
    case WORLD_HOLD:
    case WORLD_SWAP: break;
    }
    hold(f, p);
    return SIM_FATE_HELD;
}

enum sim_fate sim_filters_meet(struct sim_filters *f, struct sim_packet *p, uint64_t *ret_delay_ns,
                               struct sim_packet **ret_other)
{
    uint32_t bit = f->end == 0 ? 0 : sim_message_bit(p);
    for (size_t i = 0; i < f->end && bit != 0; i++) {
        struct sim_filter *one = &f->list[i];
        if (one->number == 0 || (one->what.messages & bit) == 0 || !has(one->links, p))
            continue;
        *ret_other = one->what.verdict == WORLD_SWAP ? take_waiting(one, p) : NULL;
        if (*ret_other != NULL)
            return SIM_FATE_SWAP;
        if (one->left == 0 || !prng_chance(&f->dice, one->what.probability))
            continue;
        f->met++;
        return apply(one, p, ret_delay_ns);
    }
    return SIM_FATE_GO;
}

int sim_filters_add(struct sim_filters *f, const struct world_filter *what, uint64_t *ret_number,
                    struct err *e)
{
    size_t i = 0;
    while (i < SIM_FILTERS_MAX && f->list[i].number != 0)
        i++;
    if (i == SIM_FILTERS_MAX)
        return err_set(e, -E_LIMIT, "more than %d filters at once", SIM_FILTERS_MAX);
    struct sim_filter *one = &f->list[i];
    if (i == f->end)
        f->end++;
    *one = (struct sim_filter){
        .number = ++f->numbers, .what = *what, .left = what->count == 0 ? UINT64_MAX : what->count};
    memcpy(one->links, what->links, sizeof(one->links));
    one->what.links = NULL;
    *ret_number = one->number;
    return 0;
}

static struct sim_filter *find(struct sim_filters *f, uint64_t number)
{
    for (size_t i = 0; i < f->end && number != 0; i++) {
        if (f->list[i].number == number)
            return &f->list[i];
    }
    return NULL;
}

bool sim_filters_active(const struct sim_filters *f, uint64_t number)
{
    for (size_t i = 0; i < f->end && number != 0; i++) {
        const struct sim_filter *one = &f->list[i];
        if (one->number == number)
            return one->left > 0 || one->held != NULL;
    }
    return false;
}

struct sim_packet *sim_filters_remove(struct sim_filters *f, uint64_t number, const nodeset *links)
{
    struct sim_packet *freed = NULL, **end = &freed;
    struct sim_filter *one = find(f, number);
    nodeset any = 0;
    if (one == NULL)
        return NULL;
    for (struct sim_packet **at = &one->held; *at != NULL;) {
        struct sim_packet *p = *at;
        if (links != NULL && !has(links, p)) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        p->next = NULL;
        *end = p;
        end = &p->next;
    }
    for (size_t i = 0; i < WORLD_ENDPOINTS_MAX; i++) {
        one->links[i] &= links == NULL ? 0 : ~links[i];
        any |= one->links[i];
    }
    if (any == 0)
        one->number = 0;
    return freed;
}
