/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens to a disk: disk (stalled, full, failing), rot, tear, remove, keep, putback. */
#include "tests/nodes/files.h"
#include "tests/nodes/stage.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* disk n1 stalled|step|moving|stuck|unstuck|full|roomy|fails [N]: its operations wait, or one of
 * them ends, or all go on; those of log and hard state alone wait, or go on; it takes no byte more,
 * or as many as ever; the N-th call from now (1) fails once. */
static int verb_disk(struct stage *s, struct words *line)
{
    unsigned i = stage_node(s, line);
    struct memvfs *disk = s->n.one[i].disk;
    bool stalled = words_take(line, "stalled"), full = words_take(line, "full");
    bool stuck = words_take(line, "stuck");
    if (stalled || words_take(line, "moving")) {
        s->n.stalled[i] = stalled;
    } else if (words_take(line, "step")) {
        s->n.steps[i] = 1;
        nodes_settle(&s->n);
        s->n.steps[i] = 0;
    } else if (stuck || words_take(line, "unstuck")) {
        memvfs_stall_writes(disk, stuck);
    } else if (full || words_take(line, "roomy")) {
        memvfs_set_capacity(disk, full ? memvfs_used(disk, NULL) : 0);
    } else if (words_take(line, "fails")) {
        uint64_t nth = words_peek(line) != NULL ? words_number(line) : 1;
        memvfs_fail_call(disk, nth, -E_IO);
    } else {
        words_fail(line, "stalled, step, moving, stuck, unstuck, full, roomy or fails expected",
                   "");
    }
    return words_end(line);
}

/* Where damage is done: in a file, from a byte on. */
struct place {
    char path[VFS_PATH_MAX];
    size_t at;
};

/* The batch with that number of the log. */
static bool find_batch(const struct nodes_one *one, uint64_t seq, struct place *ret)
{
    struct files_batch b;
    for (unsigned k = 0; files_batch(one, k, &b); k++) {
        if (b.head.seq != seq)
            continue;
        memcpy(ret->path, b.path, sizeof(ret->path));
        ret->at = b.at;
        return true;
    }
    return false;
}

/* slot 0 | batch 3 | FILE, then [at N]: counted from its beginning. */
static struct place parse_place(struct stage *s, unsigned i, struct words *line)
{
    struct place p = {.at = 0};
    const struct nodes_one *one = &s->n.one[i];
    bool found;
    if (words_take(line, "slot")) {
        found = files_find(one, "hardstate", p.path);
        p.at = words_number(line) * VFS_BLOCK;
    } else if (words_take(line, "batch")) {
        found = find_batch(one, words_number(line), &p);
    } else {
        found = files_find(one, words_next(line), p.path);
    }
    if (line->err.code == 0 && !found)
        words_fail(line, "no such place", line->word[line->at - 1]);
    p.at += words_take(line, "at") ? words_number(line) : 0;
    return p;
}

static int damage(struct stage *s, struct words *line, bool tears)
{
    unsigned i = stage_node(s, line);
    struct place p = parse_place(s, i, line);
    size_t len;
    if (words_end(line) < 0)
        return line->err.code;
    uint8_t *data = memvfs_bytes(s->n.one[i].disk, p.path, &len);
    if (p.at >= len)
        return err_set(s->err, -E_INVALID, "the file ends before");
    if (tears)
        memset(data + p.at, 0, len - p.at);
    else
        data[p.at] ^= 1;
    memvfs_bytes_changed(s->n.one[i].disk, p.path);
    return 0;
}

/* rot n1 PLACE [at N]: one bit is the other way round. */
static int verb_rot(struct stage *s, struct words *line)
{
    return damage(s, line, false);
}

/* tear n1 PLACE [at N]: from there on zeros, as if the rest had never been written. */
static int verb_tear(struct stage *s, struct words *line)
{
    return damage(s, line, true);
}

/* remove n1 FILE */
static int verb_remove(struct stage *s, struct words *line)
{
    unsigned i = stage_node(s, line);
    struct place p = parse_place(s, i, line);
    if (words_end(line) < 0)
        return line->err.code;
    memvfs_remove(s->n.one[i].disk, p.path);
    return 0;
}

/* keep n1 FILE: as it is now, for putback. */
static int verb_keep(struct stage *s, struct words *line)
{
    struct stage_copy *c = &s->copies[s->copies_count];
    unsigned i = stage_node(s, line);
    const char *name = words_peek(line) != NULL ? words_peek(line) : "";
    struct place p = parse_place(s, i, line);
    if (words_end(line) < 0)
        return line->err.code;
    if (s->copies_count == STAGE_COPIES)
        return err_set(s->err, -E_LIMIT, "too many files kept");
    (void)snprintf(c->path, sizeof(c->path), "%s", p.path);
    (void)snprintf(c->name, sizeof(c->name), "%s", name);
    const uint8_t *data = memvfs_bytes(s->n.one[i].disk, p.path, &c->len);
    c->data = mem_dup(data, c->len);
    c->node = i;
    s->copies_count++;
    return 0;
}

/* putback n1 FILE [of n2]: the newest copy of it stands there again; or that of another node. */
static int verb_putback(struct stage *s, struct words *line)
{
    unsigned i = stage_node(s, line), of = i;
    const char *name = words_next(line);
    if (words_take(line, "of"))
        of = stage_node(s, line);
    if (words_end(line) < 0)
        return line->err.code;
    for (uint32_t k = s->copies_count; k > 0; k--) {
        const struct stage_copy *c = &s->copies[k - 1];
        if (c->node != of || strcmp(c->name, name) != 0)
            continue;
        memvfs_put(s->n.one[i].disk, c->path, c->data, c->len);
        return 0;
    }
    return err_set(s->err, -E_INVALID, "no copy of it");
}

const struct stage_verb stage_verbs_disk[] = {
    {"disk", verb_disk}, {"rot", verb_rot},         {"tear", verb_tear}, {"remove", verb_remove},
    {"keep", verb_keep}, {"putback", verb_putback}, {NULL, NULL}};
