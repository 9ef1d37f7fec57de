/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/members/at_rest.h"

#include <string.h>

int at_rest_open(struct at_rest *a, const char *dir, struct err *e)
{
    struct store_options options = {.dir = dir,
                                    .wal = {.segment_bytes = WAL_SEGMENT_BYTES_DEFAULT}};
    int code = identity_read(a->host->vfs, dir, &options.wanted, e);
    if (code == -E_NOTFOUND)
        return err_set(e, -E_NOTFOUND, "it has no file named identity");
    if (code < 0)
        return code;
    return store_open(a->host->vfs, &options, &a->store, &a->report, e);
}

static int take_config(struct at_rest *a, uint64_t index, struct span payload, struct err *e)
{
    int code = membership_decode(payload, &a->members, e);
    if (code < 0)
        return err_wrap(e, "entry %llu", (unsigned long long)index);
    a->config_before = a->config_index;
    a->config_index = index;
    const struct node_peer *self = membership_find(&a->members, a->store.identity.node_id);
    if (self != NULL)
        memcpy(a->name, self->name, sizeof(a->name));
    return 0;
}

bool at_rest_is_member(const struct at_rest *a)
{
    return membership_find(&a->members, a->store.identity.node_id) != NULL;
}

int at_rest_read_log(struct at_rest *a, void (*show)(void *arg, const struct entry *entry),
                     void *arg, struct err *e)
{
    const struct image_meta *image = a->store.image == NULL ? NULL : image_meta(a->store.image);
    uint64_t above = image == NULL ? 0 : image->at.index;
    uint64_t from = show == NULL ? above + 1 : wal_first(a->store.wal);
    int code = image == NULL
                   ? 0
                   : take_config(a, image->config_index,
                                 span_of((const char *)image->config, image->config_len), e);
    for (uint64_t i = from; i <= wal_last(a->store.wal).index && code == 0; i++) {
        struct entry entry;
        code = wal_read(a->store.wal, i, &entry, e);
        if (code == 0 && show != NULL)
            show(arg, &entry);
        if (code == 0 && entry.kind == ENTRY_CONFIG && i > above)
            code = take_config(a, i, span_of(entry.payload, entry.len), e);
    }
    return code;
}

/* A configuration is appended only once the one before has committed. */
static uint64_t known_commit(const struct at_rest *a)
{
    uint64_t image = a->store.image == NULL ? 0 : image_meta(a->store.image)->at.index;
    return a->config_before > image ? a->config_before : image;
}

void at_rest_describe(const struct at_rest *a, struct node_recovery *ret)
{
    const struct identity *id = &a->store.identity;
    struct wal_position last = wal_last(a->store.wal);
    *ret = (struct node_recovery){.cluster_id = id->cluster_id,
                                  .generation = a->members.generation,
                                  .term = meta_durable(a->store.meta)->term,
                                  .last = {.term = last.term, .index = last.index},
                                  .commit = known_commit(a),
                                  .config_index = a->config_index,
                                  .member = at_rest_is_member(a),
                                  .given_up = id->superseded,
                                  .members_count = a->members.config.count};
    ret->alone = ret->member && !ret->given_up && ret->members_count == 1;
    memcpy(ret->name, a->name, sizeof(ret->name));
    memcpy(ret->cluster, id->cluster_name, sizeof(ret->cluster));
    for (uint32_t i = 0; i < a->members.config.count; i++)
        memcpy(ret->members[i], a->members.peers[i].name, sizeof(ret->members[i]));
}
