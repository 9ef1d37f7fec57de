/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What fingerprints are made of: words one after the other, and sets as sums. */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include "base/prng.h"
#include "raft/fingerprint.h"

struct digest {
    uint64_t h;
    const struct raft_renaming *as; /* NULL: nobody has another name */
};

static inline void digest_word(struct digest *d, uint64_t v)
{
    d->h = prng_mix(d->h ^ v) + 0x9e3779b97f4a7c15u;
}

/* kind tells digests of different things apart. */
static inline struct digest digest_begin(const struct raft_renaming *as, uint64_t kind)
{
    struct digest d = {.as = as};
    digest_word(&d, kind);
    return d;
}

static inline void digest_words(struct digest *d, const uint64_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        digest_word(d, words[i]);
}

static inline void digest_id(struct digest *d, raft_id id)
{
    bool renamed = d->as != NULL && id != 0 && id <= d->as->count;
    digest_word(d, renamed ? d->as->to[id] : id);
}

static inline void digest_image(struct digest *d, const struct raft_image *i)
{
    const uint64_t words[] = {i->pos.term, i->pos.index, i->bytes, i->digest};
    digest_words(d, words, ARRAY_LEN(words));
}

#endif
