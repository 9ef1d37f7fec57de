/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What entries say, as they stand on a disk: config, stamps. */
#include "node/members/members_codec.h"
#include "tests/nodes/files.h"
#include "tests/nodes/stage.h"

#include <string.h>

#define ULL(x) ((unsigned long long)(x))

/* Calls see for the entries on node i's disk in the order they were written, until it is false. */
static void each_entry(const struct nodes_one *one,
                       bool (*see)(void *arg, const struct entry *entry), void *arg)
{
    struct files_batch b;
    struct record r;
    for (unsigned k = 0; files_batch(one, k, &b); k++) {
        size_t len;
        const uint8_t *data = memvfs_bytes(one->disk, b.path, &len);
        struct bytes c = batch_records(data + b.at, &b.head);
        for (uint32_t j = 0; b.intact && j < b.head.records && record_decode(&c, &r); j++) {
            if (r.kind == RECORD_ENTRY && !see(arg, &r.entry))
                return;
        }
    }
}

/* The last one written with that index, or the last of all. */
struct wanted {
    uint64_t index; /* 0: any */
    struct membership membership;
    uint64_t found; /* its index; 0: none */
    struct err err;
};

static bool see_config(void *arg, const struct entry *entry)
{
    struct wanted *w = arg;
    if (entry->kind != ENTRY_CONFIG || (w->index != 0 && entry->index != w->index))
        return true;
    w->found = entry->index;
    return membership_decode(span_of(entry->payload, entry->len), &w->membership, &w->err) == 0;
}

static const char *role_of(const struct raft_member *m)
{
    bool votes = (m->flags & RAFT_VOTER) != 0, voted = (m->flags & RAFT_VOTER_OLD) != 0;
    if (votes && voted)
        return "voter, as before";
    if (votes)
        return "voter";
    return voted ? "voter of before" : "learner";
}

/* Whose disk that is. */
static const char *disk_of(const struct stage *s, uint64_t disk, const char *name)
{
    if (disk == 0)
        return "no disk yet";
    for (unsigned i = 0; i < s->n.count; i++) {
        const struct nodes_one *one = &s->n.one[i];
        if (one->node != NULL && strcmp(one->name, name) == 0)
            return node_hello(one->node, 0).disk_id == disk ? "its disk" : "another disk";
    }
    return "a disk";
}

static void print_membership(struct stage *s, const struct membership *m)
{
    for (uint32_t i = 0; i < m->config.count; i++) {
        const struct raft_member *member = &m->config.members[i];
        const struct node_peer *p = &m->peers[i];
        buf_putf(s->out, "  %s: %s%s, at %s, %s", p->name, role_of(member),
                 (member->flags & RAFT_WITNESS) != 0 ? ", witness" : "", p->address,
                 disk_of(s, p->disk, p->name));
        if (member->priority != 0)
            buf_putf(s->out, ", priority %d", member->priority + RAFT_PRIORITY_USUAL);
        buf_putc(s->out, '\n');
    }
    for (uint32_t i = 0; i < m->lost_count; i++)
        buf_putf(s->out, "  given up: %s\n", m->lost[i].name);
}

/* config n1 [INDEX]: the newest entry with a configuration on its disk, or the one at INDEX. */
static int verb_config(struct stage *s, struct words *line)
{
    struct wanted w = {0};
    unsigned i = stage_node(s, line);
    w.index = words_peek(line) != NULL ? words_number(line) : 0;
    if (words_end(line) < 0)
        return line->err.code;
    each_entry(&s->n.one[i], see_config, &w);
    if (w.found == 0 || w.err.code < 0)
        return err_set(s->err, -E_NOTFOUND, "no such configuration");
    buf_putf(s->out, "%s entry %llu, generation %llu%s\n", s->n.one[i].name, ULL(w.found),
             ULL(w.membership.generation), w.membership.config.joint ? ", joint" : "");
    print_membership(s, &w.membership);
    return 0;
}

struct stamps {
    struct buf *out;
    uint64_t before_ns;
    bool any;
};

static bool see_stamp(void *arg, const struct entry *entry)
{
    struct stamps *st = arg;
    int64_t step_ns = st->any ? (int64_t)(entry->stamp - st->before_ns) : 0;
    buf_putf(st->out, " %llu:%+.1fs", ULL(entry->index), (double)step_ns / NS_PER_S);
    st->before_ns = entry->stamp;
    st->any = true;
    return true;
}

/* stamps n1: by how much the log's clock went on from each entry to the next, in tenths of seconds:
 * when a message came to the millisecond is of no importance. */
static int verb_stamps(struct stage *s, struct words *line)
{
    struct stamps st = {.out = s->out};
    unsigned i = stage_node(s, line);
    if (words_end(line) < 0)
        return line->err.code;
    buf_putf(s->out, "%s stamps", s->n.one[i].name);
    each_entry(&s->n.one[i], see_stamp, &st);
    buf_putc(s->out, '\n');
    return 0;
}

const struct stage_verb stage_verbs_entries[] = {
    {"config", verb_config}, {"stamps", verb_stamps}, {NULL, NULL}};
