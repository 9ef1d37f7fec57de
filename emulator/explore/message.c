/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/message.h"

#include "base/prng.h"

#include <string.h>

_Static_assert(sizeof(struct raft_message) % sizeof(uint64_t) == 0, "hashed by words");

uint64_t ex_message_hash(const struct ex_message *m, const struct ex_configs *configs,
                         const struct ex_renamings *renamings, uint32_t renaming)
{
    struct raft_message renamed = m->m;
    const uint8_t *of = renamings->of[renaming];
    renamed.from = of[m->m.from];
    renamed.to = of[m->m.to];
    uint64_t words[sizeof(renamed) / sizeof(uint64_t)], h = 0;
    memcpy(words, &renamed, sizeof(renamed));
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (words[i] != 0)
            h = prng_mix(h ^ (words[i] + (i + 1) * 0x9e3779b97f4a7c15u));
    }
    for (uint32_t i = 0; i < m->m.entries_count; i++) {
        const struct ex_entry *e = &m->entries[i];
        h = prng_mix(h ^ ((uint64_t)e->term << 8 | e->kind) ^ configs->hash[e->config][renaming]);
    }
    if (m->image_config != 0)
        h = prng_mix(h ^ configs->hash[m->image_config][renaming] ^ m->image_config_index);
    return h;
}

/* A server's term never falls below the one on its disk, so what is older than that stays so. */
bool ex_message_is_stale(const struct ex_message *m, const struct ex_row *to)
{
    uint64_t term = to->host.disk.term;
    if (m->m.term > term)
        return false; /* it may tell of its sender's term */
    switch ((enum raft_message_type)m->m.type) {
    case RAFT_REQUEST_VOTE_REPLY:
    case RAFT_APPEND_REPLY:
    case RAFT_HEARTBEAT_REPLY:
    case RAFT_INSTALL_SNAPSHOT_REPLY: return m->m.for_term < term;
    case RAFT_PRE_VOTE_REPLY: return m->m.for_term <= term && m->m.refusal != RAFT_REFUSED_REMOVED;
    case RAFT_TIMEOUT_NOW: return m->m.term < term;
    case RAFT_PRE_VOTE:
    case RAFT_REQUEST_VOTE:
    case RAFT_APPEND:
    case RAFT_HEARTBEAT:
    case RAFT_INSTALL_SNAPSHOT:
    case RAFT_READ_INDEX:
    case RAFT_READ_INDEX_REPLY:
    case RAFT_MESSAGE_NONE:
    case RAFT_MESSAGE_TYPES: return false;
    }
    return false;
}

/* Of a term that its receiver's disk has left behind; an answer: to a question of such a term. */
static bool is_old(const struct ex_message *m, const struct ex_row *to)
{
    return m->m.term < to->host.disk.term || ex_message_is_stale(m, to);
}

enum ex_budget ex_message_budget(const struct ex_message *m, const struct ex_row *to)
{
    if (is_old(m, to))
        return EX_OLD;
    return m->m.type == RAFT_HEARTBEAT ? EX_HEARD : EX_FREE;
}

bool ex_message_asks(const struct ex_message *m)
{
    bool asks = m->m.type == RAFT_PRE_VOTE || m->m.type == RAFT_REQUEST_VOTE;
    return asks && !m->m.transfer;
}
