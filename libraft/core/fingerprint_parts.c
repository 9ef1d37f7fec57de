/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digests of what goes between servers and their hosts. */
#include "core/digest.h"
#include "core/state.h"

uint64_t raft_message_fingerprint_as(const struct raft_message *m,
                                     const struct raft_renaming *renaming)
{
    struct digest d = digest_begin(renaming, 'm');
    const uint64_t words[] = {
        m->type,       m->entries_count, m->term,       m->for_term,    m->last.term,
        m->last.index, m->prev.term,     m->prev.index, m->nonce,       m->granted,
        m->refusal,    m->transfer,      m->status,     m->lease,       m->commit,
        m->round,      m->match,         m->last_index, m->incarnation, m->hold_ns,
        m->at,         m->hint_first,    m->hint_last,  m->hint_term,   m->ctx,
        m->index,      m->offset,        m->size,       m->next_offset, m->chunk_status};
    digest_id(&d, m->from);
    digest_id(&d, m->to);
    digest_words(&d, words, ARRAY_LEN(words));
    digest_image(&d, &m->image);
    return d.h;
}

uint64_t raft_config_fingerprint_as(const struct raft_config *c,
                                    const struct raft_renaming *renaming)
{
    struct digest d = digest_begin(renaming, 'c');
    uint64_t members = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        struct digest m = digest_begin(renaming, 'e');
        digest_id(&m, c->members[i].id);
        digest_word(&m, c->members[i].flags);
        digest_word(&m, (uint64_t)c->members[i].priority);
        members += m.h;
    }
    digest_word(&d, c->count);
    digest_word(&d, c->joint);
    digest_word(&d, members);
    return d.h;
}
