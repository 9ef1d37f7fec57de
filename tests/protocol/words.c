/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/protocol/words.h"

#include "base/units.h"

#include <stdio.h>
#include <string.h>

void words_split(struct words *w, const char *line)
{
    *w = (struct words){0};
    (void)snprintf(w->text, sizeof(w->text), "%s", line);
    for (char *c = w->text; *c != '\0' && w->count < WORDS_MAX;) {
        if (*c == ' ') {
            *c++ = '\0';
            continue;
        }
        w->word[w->count++] = c;
        while (*c != ' ' && *c != '\0')
            c++;
    }
}

void words_fail(struct words *w, const char *what, const char *word)
{
    if (w->err.code == 0)
        (void)err_set(&w->err, -E_INVALID, "%s: '%s'", what, word);
    w->at = w->count;
}

const char *words_peek(const struct words *w)
{
    return w->at < w->count ? w->word[w->at] : NULL;
}

bool words_take(struct words *w, const char *word)
{
    const char *next = words_peek(w);
    if (next == NULL || strcmp(next, word) != 0)
        return false;
    w->at++;
    return true;
}

const char *words_next(struct words *w)
{
    if (w->at == w->count) {
        words_fail(w, "more words expected after", w->count == 0 ? "" : w->word[w->count - 1]);
        return "";
    }
    return w->word[w->at++];
}

bool words_parse(const char **at, uint64_t *ret)
{
    const char *c = *at;
    uint64_t value = 0;
    while (*c >= '0' && *c <= '9' && value < INT64_MAX / 10)
        value = value * 10 + (uint64_t)(*c++ - '0');
    if (c == *at)
        return false;
    *at = c;
    *ret = value;
    return true;
}

uint64_t words_number(struct words *w)
{
    const char *word = words_next(w), *at = word;
    uint64_t value = 0;
    if (w->err.code == 0 && (!words_parse(&at, &value) || *at != '\0'))
        words_fail(w, "a number expected", word);
    return w->err.code == 0 ? value : 0;
}

uint64_t words_duration(struct words *w)
{
    const char *word = words_next(w);
    uint64_t value = 0;
    if (w->err.code == 0 && units_duration(word + (*word == '+'), &value) < 0)
        words_fail(w, "a duration expected", word);
    return value;
}

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

bool words_switch(struct words *w)
{
    const char *word = words_next(w);
    if (strcmp(word, "on") != 0 && strcmp(word, "off") != 0)
        words_fail(w, "on or off expected", word);
    return strcmp(word, "on") == 0;
}

raft_id words_node(struct words *w, uint32_t max)
{
    uint64_t id = words_number(w);
    if (w->err.code == 0 && (id == 0 || id > max))
        words_fail(w, "no such node", w->word[w->at - 1]);
    return w->err.code == 0 ? id : 1;
}

uint32_t words_numbers(struct words *w, uint64_t *ret, uint32_t max)
{
    uint32_t count = 0;
    for (; count < max && words_peek(w) != NULL; count++) {
        const char *at = words_peek(w);
        if (!words_parse(&at, &ret[count]) || *at != '\0')
            break;
        w->at++;
    }
    return count;
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

int words_end(struct words *w)
{
    if (w->err.code == 0 && w->at < w->count)
        words_fail(w, "did not expect", w->word[w->at]);
    return w->err.code;
}
