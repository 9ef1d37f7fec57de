/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands on a node's disk: files, slots, batches. */
#include "node/members/witness.h"
#include "tests/nodes/files.h"
#include "tests/nodes/stage.h"

#include "base/bytes.h"
#include "store/slot.h"

#include <stdio.h>
#include <string.h>

#define ULL(x) ((unsigned long long)(x))

static const char *name_of(const struct stage *s, uint64_t id)
{
    for (unsigned i = 0; i < s->n.count; i++) {
        if (node_id_of_name(s->n.one[i].name) == id)
            return s->n.one[i].name;
    }
    return id == 0 ? "nobody" : "?";
}

/* files n1: the names. */
static int verb_files(struct stage *s, struct words *line)
{
    static struct files f;
    char text[VFS_NAME_MAX];
    unsigned i = stage_node(s, line);
    if (words_end(line) < 0)
        return line->err.code;
    files_list(&s->n.one[i], &f);
    buf_putf(s->out, "%s has", s->n.one[i].name);
    for (size_t k = 0; k < f.count; k++)
        buf_putf(s->out, " %s", files_short(f.name[k], text));
    buf_putc(s->out, '\n');
    return 0;
}

/* slots n1: the two copies of its hard state. */
static int verb_slots(struct stage *s, struct words *line)
{
    char path[VFS_PATH_MAX];
    unsigned i = stage_node(s, line);
    if (words_end(line) < 0)
        return line->err.code;
    const struct nodes_one *one = &s->n.one[i];
    if (!files_find(one, META_NAME, path)) {
        buf_putf(s->out, "%s has no hard state\n", one->name);
        return 0;
    }
    size_t len;
    const uint8_t *data = memvfs_bytes(one->disk, path, &len);
    for (unsigned k = 0; k < SLOTS && (k + 1) * VFS_BLOCK <= len; k++) {
        const uint8_t *block = data + (size_t)k * VFS_BLOCK;
        uint64_t mark;
        memcpy(&mark, block + 8, sizeof(mark)); /* little-endian hosts, like the file */
        struct slot slot = slot_decode(block, k, mark);
        buf_putf(s->out, "%s slot %u: ", one->name, k);
        if (slot.valid)
            buf_putf(s->out, "change %llu: term %llu vote %s\n", ULL(slot.seq),
                     ULL(slot.state.term), name_of(s, slot.state.vote));
        else
            buf_puts(s->out, "does not read\n");
    }
    return 0;
}

static const char *entry_name(enum entry_kind kind)
{
    switch (kind) {
    case ENTRY_DATA: return "data";
    case ENTRY_NOOP: return "no-op";
    case ENTRY_CONFIG: return "config";
    case ENTRY_SESSION: return "session";
    case ENTRY_TICK: return "tick";
    }
    return "?";
}

static void print_records(struct buf *out, const uint8_t *batch, const struct batch_header *h)
{
    struct bytes c = batch_records(batch, h);
    struct record r;
    for (uint32_t k = 0; k < h->records && record_decode(&c, &r); k++) {
        switch (r.kind) {
        case RECORD_ENTRY:
            buf_putf(out, ", %llu %s of term %llu%s", ULL(r.entry.index), entry_name(r.entry.kind),
                     ULL(r.entry.term), witness_hollow(&r.entry) ? " without its command" : "");
            break;
        case RECORD_TRUNCATE: buf_putf(out, ", gone from %llu on", ULL(r.entry.index)); break;
        case RECORD_BASE: buf_putf(out, ", gone up to %llu", ULL(r.entry.index)); break;
        case RECORD_RESET: buf_putf(out, ", stands on image %llu", ULL(r.entry.index)); break;
        }
    }
}

/* batches n1 [from K]: what its log's files hold, batch by batch. */
static int verb_batches(struct stage *s, struct words *line)
{
    struct files_batch b;
    unsigned i = stage_node(s, line);
    uint64_t from = words_take(line, "from") ? words_number(line) : 0;
    if (words_end(line) < 0)
        return line->err.code;
    const struct nodes_one *one = &s->n.one[i];
    unsigned found = 0;
    for (; files_batch(one, found, &b); found++) {
        if (b.head.seq < from)
            continue;
        char text[VFS_NAME_MAX];
        size_t len;
        const uint8_t *data = memvfs_bytes(one->disk, b.path, &len);
        buf_putf(s->out, "%s %s batch %llu", one->name, files_short(strrchr(b.path, '/') + 1, text),
                 ULL(b.head.seq));
        buf_putf(s->out, " (term %llu vote %s)", ULL(b.head.hard_term),
                 name_of(s, b.head.hard_vote));
        if (b.intact)
            print_records(s->out, data + b.at, &b.head);
        else
            buf_puts(s->out, ": does not read");
        buf_putc(s->out, '\n');
    }
    if (found == 0)
        buf_putf(s->out, "%s has no batch\n", one->name);
    return 0;
}

const struct stage_verb stage_verbs_files[] = {
    {"files", verb_files}, {"slots", verb_slots}, {"batches", verb_batches}, {NULL, NULL}};
