/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of a server in every state and between two: looked at after every step of every
 * story, and of states that no correct server reaches (the verb forge). */
#include "base/mem.h"
#include "core/state.h"
#include "tests/protocol/world.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void world_look(struct world *w, raft_id id)
{
    const struct host *h = &w->nodes[id];
    size_t size = raft_size(&h->setup.limits);
    const char *state = raft_invariant(h->core);
    const char *change = w->seen[id] == NULL ? NULL : raft_invariant_delta(w->seen[id], h->core);
    if (state != NULL || change != NULL)
        buf_putf(w->out, "  BROKEN: %s\n", state != NULL ? state : change);
    if (w->seen[id] == NULL)
        w->seen[id] = mem_alloc(size);
    memcpy(w->seen[id], h->core, size);
}

void world_forget(struct world *w, raft_id id)
{
    free(w->seen[id]);
    w->seen[id] = NULL;
}

#define FIELD(name, member)                 \
    {                                       \
        name, offsetof(struct raft, member) \
    }

/* Numbers of 64 bits in the core. */
static const struct {
    const char *name;
    size_t offset;
} fields[] = {
    FIELD("term", term),
    FIELD("vote", vote),
    FIELD("durable-term", durable_term),
    FIELD("base", trail.base.index),
    FIELD("last", trail.last),
    FIELD("commit", commit),
    FIELD("durable", durable),
    FIELD("accepted", accepted),
    FIELD("image", image.pos.index),
    FIELD("image-term", image.pos.term),
    FIELD("leader", leader),
    FIELD("noop", noop_index),
    FIELD("hold", hold_until),
    FIELD("timer", timer_at),
    FIELD("granted", granted),
    FIELD("denied", denied),
    FIELD("config", config_indexes[0]),
};

static struct progress *member_of(struct raft *r, raft_id id)
{
    for (uint32_t i = 0; i < LIMIT_MEMBERS; i++) {
        if (r->progress[i].id == id)
            return &r->progress[i];
    }
    return NULL;
}

/* match|next MEMBER VALUE */
static bool forge_member(struct raft *r, const char *field, struct words *line)
{
    bool match = strcmp(field, "match") == 0;
    if (!match && strcmp(field, "next") != 0)
        return false;
    struct progress *p = member_of(r, words_node(line, WORLD_NODES));
    uint64_t value = words_number(line);
    if (p == NULL)
        words_fail(line, "no such member", field);
    else if (match)
        p->match = value;
    else
        p->next = value;
    return true;
}

static bool forge_field(struct raft *r, const char *field, struct words *line)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (strcmp(fields[i].name, field) != 0)
            continue;
        uint64_t value = words_number(line);
        memcpy((char *)r + fields[i].offset, &value, sizeof(value));
        return true;
    }
    return false;
}

static void print_forged(struct world *w, raft_id id, const struct raft *forged)
{
    const char *state = raft_invariant(forged);
    const char *change = raft_invariant_delta(w->nodes[id].core, forged);
    if (state != NULL)
        buf_putf(w->out, "n%u cannot be like that: %s\n", (unsigned)id, state);
    if (change != NULL)
        buf_putf(w->out, "n%u cannot become like that: %s\n", (unsigned)id, change);
    if (state == NULL && change == NULL)
        buf_putf(w->out, "n%u may become like that\n", (unsigned)id);
}

/* forge N FIELD VALUE...: what would be said if N were like that next. N itself stays as it is. */
static int verb_forge(struct world *w, struct words *line)
{
    raft_id id = words_node(line, w->nodes_count);
    const struct host *h = &w->nodes[id];
    if (line->err.code == 0 && !h->up)
        words_fail(line, "it is down", line->word[line->at - 1]);
    if (line->err.code != 0)
        return line->err.code;
    size_t size = raft_size(&h->setup.limits);
    struct raft *forged = mem_alloc(size);
    memcpy(forged, h->core, size);
    while (words_peek(line) != NULL) {
        const char *field = words_next(line);
        if (!forge_member(forged, field, line) && !forge_field(forged, field, line))
            words_fail(line, "no such field", field);
    }
    int rc = words_end(line);
    if (rc == 0)
        print_forged(w, id, forged);
    free(forged);
    return rc;
}

const struct verb verbs_invariants[] = {{"forge", verb_forge}, {NULL, NULL}};
