/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links: cut, heal, hold, release, pass, lose. */
#include "tests/nodes/stage.h"

#include <stdio.h>
#include <string.h>

/* n1>n2, n1-n2 (both ways), n1 (to and from everybody), * (all links) */
struct links {
    bool any_from, any_to, both;
    unsigned from, to;
};

static bool parse_links(const struct stage *s, const char *word, struct links *ret)
{
    char text[16];
    unsigned client;
    *ret = (struct links){0};
    if (strcmp(word, "*") == 0) {
        ret->any_from = ret->any_to = true;
        return true;
    }
    (void)snprintf(text, sizeof(text), "%s", word);
    char *sign = strpbrk(text, ">-");
    ret->both = sign == NULL || *sign == '-';
    ret->any_to = sign == NULL;
    if (sign != NULL)
        *sign = '\0';
    return stage_connection(s, text, &ret->from, &client) &&
           (sign == NULL || stage_connection(s, sign + 1, &ret->to, &client));
}

static bool one_way(const struct links *l, unsigned from, unsigned to)
{
    return (l->any_from || from == l->from) && (l->any_to || to == l->to);
}

static int set_links(struct stage *s, struct words *line, bool flags[NODES_MAX][NODES_MAX],
                     bool value)
{
    struct links l;
    do {
        const char *word = words_next(line);
        if (line->err.code == 0 && !parse_links(s, word, &l))
            words_fail(line, "links expected (n1>n2, n1-n2, n1, *)", word);
        for (unsigned a = 0; line->err.code == 0 && a < NODES_MAX; a++) {
            for (unsigned b = 0; b < NODES_MAX; b++) {
                if (a != b && (one_way(&l, a, b) || (l.both && one_way(&l, b, a))))
                    flags[a][b] = value;
            }
        }
    } while (words_peek(line) != NULL);
    return words_end(line);
}

/* cut LINKS...: what is sent there is lost, silently. */
static int verb_cut(struct stage *s, struct words *line)
{
    return set_links(s, line, s->n.cut, true);
}

static int verb_heal(struct stage *s, struct words *line)
{
    return set_links(s, line, s->n.cut, false);
}

/* hold LINKS...: what is sent there waits for release. */
static int verb_hold(struct stage *s, struct words *line)
{
    return set_links(s, line, s->n.held, true);
}

static int verb_release(struct stage *s, struct words *line)
{
    return set_links(s, line, s->n.held, false);
}

/* pass n1>n2 N: so many of the frames that wait there go on. */
static int verb_pass(struct stage *s, struct words *line)
{
    struct links l = {0};
    const char *word = words_next(line);
    uint64_t count = words_number(line);
    if (line->err.code == 0 && (!parse_links(s, word, &l) || l.both || l.any_to))
        words_fail(line, "a link expected (n1>n2)", word);
    if (words_end(line) < 0)
        return line->err.code;
    s->n.passes[l.from][l.to] = (unsigned)count;
    nodes_settle(&s->n);
    s->n.passes[l.from][l.to] = 0;
    return 0;
}

/* lose TYPE, lose nothing: messages of this type are lost on all links (AppendEntries). */
static int verb_lose(struct stage *s, struct words *line)
{
    const char *name = words_next(line);
    unsigned type = 1;
    while (type < RAFT_MESSAGE_TYPES && strcmp(raft_message_name(type), name) != 0)
        type++;
    if (strcmp(name, "nothing") == 0)
        type = 0;
    else if (type == RAFT_MESSAGE_TYPES)
        words_fail(line, "no such message", name);
    if (words_end(line) < 0)
        return line->err.code;
    s->n.lose_type = type;
    return 0;
}

const struct stage_verb stage_verbs_network[] = {
    {"cut", verb_cut},   {"heal", verb_heal}, {"hold", verb_hold}, {"release", verb_release},
    {"pass", verb_pass}, {"lose", verb_lose}, {NULL, NULL}};
