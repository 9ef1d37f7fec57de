/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/server.h"

#include "base/prng.h"

#include <string.h>

const struct ex_disk *ex_host_newest(const struct ex_host *h)
{
    return h->writes == 0 ? &h->disk : &h->later[h->writes - 1];
}

const struct ex_log *ex_host_log(const struct ex_host *h)
{
    return &ex_host_newest(h)->log;
}

bool ex_host_holds(const struct ex_host *h, uint64_t index)
{
    return index <= h->image || index <= ex_log_last(&h->disk.log);
}

struct raft_image ex_host_image(const struct ex_host *h)
{
    if (h->image == 0)
        return (struct raft_image){0};
    return (struct raft_image){.pos = {h->image_term, h->image},
                               .bytes = 1,
                               .digest = (uint64_t)h->image << 8 | h->image_term};
}

uint8_t ex_host_config_at(const struct ex_host *h, uint64_t index, uint8_t *ret_index)
{
    const struct ex_log *log = ex_host_log(h);
    for (uint64_t i = index; i > log->base; i--) {
        const struct ex_entry *e = ex_log_at(log, i);
        if (e == NULL || e->config == 0)
            continue;
        *ret_index = (uint8_t)i;
        return e->config;
    }
    *ret_index = h->image == 0 ? 0 : h->image_config_index;
    return h->image == 0 ? h->boot : h->image_config;
}

struct digest {
    const uint64_t (*configs)[EX_RENAMINGS];
    const uint8_t *of;
    uint32_t renaming;
    uint64_t h;
};

static void word(struct digest *d, uint64_t v)
{
    d->h = prng_mix(d->h ^ (v + 0x9e3779b97f4a7c15u));
}

static void disk(struct digest *d, const struct ex_disk *disk)
{
    const struct ex_log *log = &disk->log;
    word(d, (uint64_t)disk->term << 32 | (uint64_t)d->of[disk->vote] << 24 |
                (uint64_t)log->base << 16 | (uint64_t)log->base_term << 8 | log->count);
    for (uint32_t i = 0; i < log->count; i++) {
        const struct ex_entry *e = &log->at[i];
        word(d, ((uint64_t)e->term << 8 | e->kind) ^ d->configs[e->config][d->renaming]);
    }
}

uint64_t ex_host_hash(const struct ex_host *h, const struct ex_configs *configs,
                      const struct ex_renamings *renamings, uint32_t renaming)
{
    struct digest digest = {configs->hash, renamings->of[renaming], renaming, 0}, *d = &digest;
    const uint8_t bytes[8] = {d->of[h->id], h->up,    h->starts,  h->attempts,
                              h->reads,     h->image, h->reading, h->writes};
    uint64_t first;
    memcpy(&first, bytes, sizeof(first));
    word(d, first);
    word(d, configs->hash[h->boot][renaming]);
    if (h->image != 0) {
        word(d, (uint64_t)h->image_term << 8 | h->image_config_index);
        word(d, configs->hash[h->image_config][renaming]);
    }
    disk(d, &h->disk);
    for (uint32_t i = 0; i < h->writes; i++) {
        disk(d, &h->later[i]);
        word(d, h->truncations_ago[i]);
    }
    return d->h;
}

uint32_t ex_pack(const uint64_t *block, uint32_t words, uint64_t *out)
{
    uint32_t n = 0, i = 0;
    while (i < words) {
        uint32_t from = i;
        while (i < words && block[i] == 0)
            i++;
        uint32_t zeroes = i - from;
        if (i == words)
            break;
        from = i;
        while (i < words && block[i] != 0)
            i++;
        out[n++] = (uint64_t)zeroes << 32 | (i - from);
        memcpy(out + n, block + from, (i - from) * sizeof(*block));
        n += i - from;
    }
    return n;
}

void ex_unpack(const uint64_t *packed, uint32_t packed_words, uint64_t *block, uint32_t words)
{
    memset(block, 0, words * sizeof(*block));
    uint32_t at = 0;
    for (uint32_t i = 0; i < packed_words;) {
        uint32_t count = (uint32_t)packed[i];
        at += (uint32_t)(packed[i++] >> 32);
        ASSERT(at + count <= words && i + count <= packed_words);
        memcpy(block + at, packed + i, count * sizeof(*block));
        at += count;
        i += count;
    }
}
