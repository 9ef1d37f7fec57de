/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/cluster.h"

#include "base/prng.h"

#include <string.h>

/* Who is what at the beginning: voters 1..servers, then learners; other spares know of nobody. */
static uint8_t first_config(struct ex_space *space)
{
    struct raft_config c = {0};
    const struct ex_bounds *b = &space->bounds;
    for (uint32_t id = 1; id <= b->servers + b->learners; id++)
        c.members[c.count++] =
            (struct raft_member){.id = id, .flags = id <= b->servers ? RAFT_VOTER : 0};
    return ex_space_config(space, &c);
}

/* A sole voter leads from the beginning, */
static void crown(struct ex_ghost *g, const struct ex_row *row)
{
    if (row->role != RAFT_LEADER)
        return;
    g->leader[row->term] = row->host.id;
    g->committed = row->commit;
    for (uint32_t i = 0; i < g->committed; i++) {
        g->entry[i] = *ex_log_at(&row->host.disk.log, i + 1);
        g->in_term[i] = row->term;
    }
}

/* and has something to say to learners. */
static void say(struct ex_cluster *c, struct ex_space *space, const struct ex_turn *turn)
{
    for (uint32_t i = 0; i < turn->sent_count; i++) {
        uint32_t at;
        bool room = ex_cluster_post(c, space, ex_space_message(space, &turn->sent[i]), &at);
        ASSERT(room);
    }
}

void ex_cluster_begin(struct ex_cluster *c, struct ex_space *space)
{
    static const struct raft_config nobody;
    memset(c, 0, sizeof(*c));
    const struct ex_bounds *b = &space->bounds;
    uint8_t config = first_config(space), none = ex_space_config(space, &nobody);
    struct ex_turn turn;
    struct ex_ghost ghost;
    ASSERT(config == EX_CONFIG_FIRST);
    memset(&ghost, 0, sizeof(ghost));
    ex_turn_init(&turn, space);
    for (uint32_t i = 0; i < space->servers_count; i++) {
        ex_turn_begin(&turn, (uint8_t)(i + 1), i < b->servers + b->learners ? config : none);
        ASSERT((turn.flags & (EX_BEYOND | EX_BROKEN)) == 0);
        c->server[i] = ex_turn_server(&turn);
        say(c, space, &turn);
        crown(&ghost, &turn.row);
    }
    ex_turn_free(&turn);
    c->ghost = ex_space_ghost(space, &ghost);
    memcpy(c->left, b->budget, sizeof(c->left));
}

void ex_cluster_rows(const struct ex_cluster *c, const struct ex_space *space,
                     const struct ex_row *ret[EX_SERVERS])
{
    for (uint32_t i = 0; i < space->servers_count; i++)
        ret[i] = ex_space_row(space, c->server[i]);
}

size_t ex_cluster_write(const struct ex_cluster *c, const struct ex_space *space, uint8_t *out)
{
    uint8_t *at = out;
    size_t servers = space->servers_count * sizeof(c->server[0]);
    size_t messages = (size_t)(c->count + c->strays) * sizeof(c->message[0]);
    memcpy(at, c->server, servers);
    at += servers;
    memcpy(at, &c->ghost, sizeof(c->ghost));
    at += sizeof(c->ghost);
    memcpy(at, c->left, sizeof(c->left));
    at += sizeof(c->left);
    *at++ = c->count;
    *at++ = c->strays;
    memcpy(at, c->message, messages);
    return (size_t)(at + messages - out);
}

void ex_cluster_read(struct ex_cluster *c, const struct ex_space *space, const uint8_t *bytes)
{
    size_t servers = space->servers_count * sizeof(c->server[0]);
    memset(c->server, 0, sizeof(c->server));
    memcpy(c->server, bytes, servers);
    bytes += servers;
    memcpy(&c->ghost, bytes, sizeof(c->ghost));
    bytes += sizeof(c->ghost);
    memcpy(c->left, bytes, sizeof(c->left));
    bytes += sizeof(c->left);
    c->count = *bytes++;
    c->strays = *bytes++;
    memcpy(c->message, bytes, (size_t)(c->count + c->strays) * sizeof(c->message[0]));
}

static bool insert(struct ex_cluster *c, uint32_t at, uint32_t message)
{
    uint32_t all = (uint32_t)c->count + c->strays;
    if (all == EX_MESSAGES)
        return false;
    memmove(&c->message[at + 1], &c->message[at], (all - at) * sizeof(c->message[0]));
    c->message[at] = message;
    return true;
}

bool ex_cluster_post(struct ex_cluster *c, const struct ex_space *space, uint32_t message,
                     uint32_t *ret_at)
{
    uint32_t at = c->count, link = ex_space_met(space, message)->link;
    while (at > 0 && ex_space_met(space, c->message[at - 1])->link > link)
        at--;
    if (!insert(c, at, message))
        return false;
    c->count++;
    *ret_at = at;
    return true;
}

bool ex_cluster_stray(struct ex_cluster *c, uint32_t message)
{
    uint32_t at = (uint32_t)c->count + c->strays;
    while (at > c->count && c->message[at - 1] > message)
        at--;
    if (!insert(c, at, message))
        return false;
    c->strays++;
    return true;
}

void ex_cluster_take(struct ex_cluster *c, uint32_t at)
{
    uint32_t all = (uint32_t)c->count + c->strays;
    memmove(&c->message[at], &c->message[at + 1], (all - at - 1) * sizeof(c->message[0]));
    if (at < c->count)
        c->count--;
    else
        c->strays--;
}

static uint64_t left_hash(uint32_t budget, uint8_t left)
{
    return prng_mix(0xb0d6e7u + ((uint64_t)budget << 8 | left) * 0x9e3779b97f4a7c15u);
}

static void add(struct ex_sums *s, const uint64_t *hashes, uint32_t renamings)
{
    for (uint32_t p = 0; p < renamings; p++)
        s->of[p] += hashes[p];
}

static void subtract(struct ex_sums *s, const uint64_t *hashes, uint32_t renamings)
{
    for (uint32_t p = 0; p < renamings; p++)
        s->of[p] -= hashes[p];
}

/* A message counts by its place in its queue, 0 .. EX_MESSAGES - 1; strays have one for all. place:
 * that of the message before it. */
#define STRAY 63u
_Static_assert(EX_MESSAGES <= STRAY, "no place is the strays'");

static uint32_t place_of(const struct ex_cluster *c, uint32_t i, uint32_t link,
                         uint32_t link_before, uint32_t place)
{
    if (i >= c->count)
        return STRAY;
    return link != link_before ? 0 : place + 1;
}

/* Hashes are mixed already, and most are at place 0. Others must be mixed again, not only
 * multiplied or turned around: twice a number turned by one place is itself, half of the time. */
static uint64_t at_place(uint64_t hash, uint32_t place)
{
    return place == 0 ? hash : prng_mix(hash + place * 0x9e3779b97f4a7c15u);
}

static void message_sums(const struct ex_cluster *c, const struct ex_space *space,
                         struct ex_sums *s)
{
    uint32_t renamings = space->renamings.count, link = UINT32_MAX, place = 0;
    for (uint32_t p = 0; p < renamings; p++)
        s->on_way[p] = 0;
    for (uint32_t i = 0; i < (uint32_t)c->count + c->strays; i++) {
        const struct ex_met *met = ex_space_met(space, c->message[i]);
        place = place_of(c, i, met->link, link, place);
        link = met->link;
        for (uint32_t p = 0; p < renamings; p++)
            s->on_way[p] += at_place(met->hash[p], place);
    }
}

void ex_cluster_sums(const struct ex_cluster *c, const struct ex_space *space, struct ex_sums *ret)
{
    uint32_t renamings = space->renamings.count;
    uint64_t budgets = 0;
    for (uint32_t b = 0; b < EX_BUDGETS_COUNT; b++)
        budgets += left_hash(b, c->left[b]);
    for (uint32_t p = 0; p < renamings; p++)
        ret->of[p] = budgets;
    add(ret, ex_space_history(space, c->ghost)->hash, renamings);
    for (uint32_t i = 0; i < space->servers_count; i++)
        add(ret, ex_space_row(space, c->server[i])->hash, renamings);
    message_sums(c, space, ret);
}

void ex_cluster_sums_from(const struct ex_cluster *c, const struct ex_cluster *from,
                          const struct ex_space *space, struct ex_sums *sums)
{
    uint32_t renamings = space->renamings.count;
    uint64_t budgets = 0;
    for (uint32_t b = 0; b < EX_BUDGETS_COUNT; b++) {
        if (c->left[b] != from->left[b])
            budgets += left_hash(b, c->left[b]) - left_hash(b, from->left[b]);
    }
    for (uint32_t p = 0; p < renamings; p++)
        sums->of[p] += budgets;
    for (uint32_t i = 0; i < space->servers_count; i++) {
        if (c->server[i] == from->server[i])
            continue;
        add(sums, ex_space_row(space, c->server[i])->hash, renamings);
        subtract(sums, ex_space_row(space, from->server[i])->hash, renamings);
    }
    if (c->ghost != from->ghost) {
        add(sums, ex_space_history(space, c->ghost)->hash, renamings);
        subtract(sums, ex_space_history(space, from->ghost)->hash, renamings);
    }
    message_sums(c, space, sums);
}

/* What is added up in the first word, mixed once more: sums that are equal by chance are not equal
 * twice. */
static uint64_t again(uint64_t part)
{
    return prng_mix(part ^ 0x5ec0d5ec0d5ec0d5u);
}

static uint64_t second_word(const struct ex_cluster *c, const struct ex_space *space, uint32_t p)
{
    uint32_t link = UINT32_MAX, place = 0;
    uint64_t sum = again(ex_space_history(space, c->ghost)->hash[p]);
    for (uint32_t b = 0; b < EX_BUDGETS_COUNT; b++)
        sum += again(left_hash(b, c->left[b]));
    for (uint32_t i = 0; i < space->servers_count; i++)
        sum += again(ex_space_row(space, c->server[i])->hash[p]);
    for (uint32_t i = 0; i < (uint32_t)c->count + c->strays; i++) {
        const struct ex_met *met = ex_space_met(space, c->message[i]);
        place = place_of(c, i, met->link, link, place);
        link = met->link;
        sum += again(at_place(met->hash[p], place));
    }
    return prng_mix(sum);
}

struct fingerprint ex_cluster_fingerprint(const struct ex_cluster *c, const struct ex_space *space,
                                          const struct ex_sums *sums)
{
    struct fingerprint f = {{UINT64_MAX, 0}};
    uint32_t least = 0;
    for (uint32_t p = 0; p < space->renamings.count; p++) {
        uint64_t word = prng_mix(sums->of[p] + sums->on_way[p]);
        if (word < f.word[0]) {
            f.word[0] = word;
            least = p;
        }
    }
    if (space->wide)
        f.word[1] = second_word(c, space, least);
    return f;
}
