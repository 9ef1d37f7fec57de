/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/protocol/words_raft.h"

#include <string.h>

struct raft_pos words_pos(struct words *w)
{
    const char *word = words_next(w), *at = word;
    struct raft_pos p = {0};
    if (w->err.code != 0)
        return p;
    bool ok = words_parse(&at, &p.term) && *at++ == ',' && words_parse(&at, &p.index);
    if (!ok || *at != '\0')
        words_fail(w, "TERM,INDEX expected", word);
    return p;
}

raft_id words_node(struct words *w, uint32_t max)
{
    uint64_t id = words_number(w);
    if (w->err.code == 0 && (id == 0 || id > max))
        words_fail(w, "no such node", w->word[w->at - 1]);
    return w->err.code == 0 ? id : 1;
}

static struct raft_member *member(struct raft_config *c, raft_id id)
{
    uint32_t at = 0;
    while (at < c->count && c->members[at].id != id)
        at++;
    if (at == LIMIT_MEMBERS)
        return NULL;
    c->members[at].id = id;
    c->count += at == c->count;
    return &c->members[at];
}

/* NODE=PRIORITY, as people write it */
static void words_priorities(struct words *w, struct raft_config *c)
{
    uint64_t id, value;
    for (; words_peek(w) != NULL; w->at++) {
        const char *at = words_peek(w);
        if (!words_parse(&at, &id) || *at++ != '=' || !words_parse(&at, &value) || *at != '\0')
            return;
        struct raft_member *m = member(c, id);
        if (m != NULL)
            m->priority = (int32_t)value - RAFT_PRIORITY_USUAL;
    }
}

static bool role_of(const char *word, uint32_t *ret_flags)
{
    static const struct {
        const char *word;
        uint32_t flags;
    } roles[] = {{"voters", RAFT_VOTER},
                 {"old", RAFT_VOTER_OLD},
                 {"learners", 0},
                 {"witnesses", RAFT_WITNESS}};
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        if (strcmp(word, roles[i].word) == 0) {
            *ret_flags = roles[i].flags;
            return true;
        }
    }
    return false;
}

void words_config(struct words *w, struct raft_config *c)
{
    uint64_t ids[LIMIT_MEMBERS];
    uint32_t flags;
    while (words_peek(w) != NULL && w->err.code == 0) {
        if (words_take(w, "priorities")) {
            words_priorities(w, c);
            continue;
        }
        if (!role_of(words_peek(w), &flags))
            return;
        w->at++;
        uint32_t count = words_numbers(w, ids, LIMIT_MEMBERS);
        for (uint32_t i = 0; i < count; i++) {
            struct raft_member *m = member(c, ids[i]);
            if (m != NULL)
                m->flags |= flags;
        }
        c->joint |= flags == RAFT_VOTER_OLD;
    }
}
