/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs that move messages: deliver, drop, dup, send, cut, heal, settle, messages. */
#include "tests/protocol/world.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FROM>TO [TYPE] [nth K] [all]; either end may be *. */
struct link {
    raft_id from; /* 0: any */
    raft_id to;
    const char *type; /* NULL: any */
    uint64_t nth;     /* of those that fit, oldest first; from 1 */
    bool all;
};

static raft_id parse_end(const char **at)
{
    uint64_t id = 0;
    if (**at == '*')
        (*at)++;
    else if (!words_parse(at, &id) || id > WORLD_NODES)
        return UINT64_MAX;
    return id;
}

static struct link parse_link(struct words *line, char between)
{
    struct link l = {0};
    const char *word = words_next(line), *at = word;
    if (line->err.code != 0)
        return l;
    l.from = parse_end(&at);
    bool ok = l.from != UINT64_MAX && *at == between;
    at += ok;
    if (ok)
        l.to = parse_end(&at);
    if (!ok || l.to == UINT64_MAX || *at != '\0')
        words_fail(line, "FROM>TO expected", word);
    return l;
}

static bool parse_match(struct words *line, struct link *ret)
{
    *ret = parse_link(line, '>');
    const char *word = words_peek(line);
    if (word != NULL && strcmp(word, "all") != 0 && strcmp(word, "nth") != 0)
        ret->type = words_next(line);
    ret->nth = words_take(line, "nth") ? words_number(line) : 1;
    ret->all = words_take(line, "all");
    return words_end(line) == 0;
}

static bool matches(const struct link *l, const struct raft_message *m)
{
    return (l->from == 0 || l->from == m->from) && (l->to == 0 || l->to == m->to) &&
           (l->type == NULL || strcmp(l->type, raft_message_name(m->type)) == 0);
}

/* The first message that fits, at or after start; queue_count if none. */
static uint32_t find(const struct world *w, const struct link *l, uint32_t start)
{
    while (start < w->queue_count && !matches(l, &w->queue[start].message))
        start++;
    return start;
}

/* The one meant, where not all are; queue_count if there is none. */
static uint32_t find_one(const struct world *w, const struct link *l)
{
    uint32_t at = find(w, l, 0);
    for (uint64_t n = 1; n < l->nth && at < w->queue_count; n++)
        at = find(w, l, at + 1);
    return at;
}

/* deliver FROM>TO [TYPE] [nth K] [all]: those in the queue now, oldest first; not what they cause.
 */
static int verb_deliver(struct world *w, struct words *line)
{
    struct link l;
    if (!parse_match(line, &l))
        return line->err.code;
    uint32_t left = w->queue_count, at = l.all ? 0 : find_one(w, &l), done = 0;
    for (uint32_t looked = at; looked < left && (l.all || done == 0); looked++) {
        if (matches(&l, &w->queue[at].message)) {
            world_deliver(w, at);
            done++;
        } else {
            at++;
        }
    }
    return done > 0 ? 0 : err_set(w->err, -E_NOTFOUND, "no such message is under way");
}

static int verb_drop(struct world *w, struct words *line)
{
    struct link l;
    if (!parse_match(line, &l))
        return line->err.code;
    uint32_t done = 0;
    for (uint32_t at = find_one(w, &l); at < w->queue_count && (l.all || done == 0);
         at = find(w, &l, at)) {
        world_drop(w, at);
        done++;
    }
    if (done > 0 || l.all)
        return 0;
    return err_set(w->err, -E_NOTFOUND, "no such message is under way");
}

/* refuse FROM>TO [retry +D] [gone]: the first bytes of an image on this link never left. */
static int verb_refuse(struct world *w, struct words *line)
{
    struct link l = parse_link(line, '>');
    struct raft_event event = {.type = RAFT_CHUNK_UNSENT};
    uint64_t retry = 0;
    if (words_take(line, "retry"))
        retry = words_duration(line);
    event.chunk_unsent.gone = words_take(line, "gone");
    if (words_end(line) < 0)
        return line->err.code;
    l.type = raft_message_name(RAFT_INSTALL_SNAPSHOT);
    uint32_t at = find(w, &l, 0);
    if (at == w->queue_count)
        return err_set(w->err, -E_NOTFOUND, "no such message is under way");
    const struct raft_message *m = &w->queue[at].message;
    raft_id id = m->from;
    event.chunk_unsent.peer = m->to;
    event.chunk_unsent.retry_ns = retry == 0 ? 0 : world_clock(w, id) + retry;
    event.chunk_unsent.image = m->image;
    event.chunk_unsent.offset = m->offset;
    world_drop(w, at);
    world_step(w, id, &event, NULL, "could not send bytes of the image");
    return 0;
}

/* dup FROM>TO [TYPE] [nth K]: a second copy, behind everything else. */
static int verb_dup(struct world *w, struct words *line)
{
    struct link l;
    if (!parse_match(line, &l))
        return line->err.code;
    uint32_t at = find_one(w, &l);
    if (at == w->queue_count)
        return err_set(w->err, -E_NOTFOUND, "no such message is under way");
    w->queue = mem_grow(w->queue, w->queue_count + 1, sizeof(*w->queue));
    w->queue[w->queue_count] = host_packet_copy(&w->queue[at]);
    w->queue_count++;
    return 0;
}

static uint32_t type_named(const char *name)
{
    uint32_t type = 1;
    while (type < RAFT_MESSAGE_TYPES && strcmp(raft_message_name(type), name) != 0)
        type++;
    return type;
}

/* Terms of the entries, "5" or "5=NAME". */
static void parse_entries(struct world *w, struct words *line, struct host_packet *p)
{
    while (words_peek(line) != NULL && *words_peek(line) >= '0' && *words_peek(line) <= '9') {
        const char *at = words_next(line);
        struct host_entry e = {.kind = ENTRY_DATA, .id = ++w->entry_ids};
        (void)words_parse(&at, &e.term);
        if (*at == '=' && (e.config = world_config(w, at + 1)) != NULL)
            e.kind = ENTRY_CONFIG;
        else if (*at != '\0')
            words_fail(line, "a term, or TERM=CONFIG, expected", at);
        uint32_t n = p->message.entries_count++;
        p->entries = mem_grow(p->entries, n + 1, sizeof(*p->entries));
        p->entries[n] = e;
    }
}

static void parse_hint(struct words *line, struct raft_message *m)
{
    m->status = RAFT_APPEND_MISMATCH;
    m->at = words_number(line);
    if (!words_take(line, "hint"))
        return;
    m->hint_first = words_number(line);
    m->hint_last = words_number(line);
    m->hint_term = words_number(line);
}

/* The fields that are one number. */
static bool parse_number(struct words *line, struct raft_message *m)
{
    const struct {
        const char *key;
        uint64_t *field;
    } numbers[] = {{"term", &m->term},
                   {"for_term", &m->for_term},
                   {"nonce", &m->nonce},
                   {"round", &m->round},
                   {"incarnation", &m->incarnation},
                   {"commit", &m->commit},
                   {"accepted", &m->match},
                   {"ctx", &m->ctx},
                   {"index", &m->index},
                   {"last_index", &m->last_index},
                   {"bytes", &m->image.bytes},
                   {"digest", &m->image.digest},
                   {"offset", &m->offset}};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (words_take(line, numbers[i].key)) {
            *numbers[i].field = words_number(line);
            return true;
        }
    }
    return false;
}

/* image T,I; size B; next_offset B | installed match M | obsolete match M | failed */
static bool parse_chunk(struct words *line, struct raft_message *m)
{
    if (words_take(line, "image")) {
        m->image.pos = words_pos(line);
        m->image.bytes = 250;
        m->image.digest = m->image.pos.index;
    } else if (words_take(line, "size")) {
        m->size = (uint32_t)words_number(line);
    } else if (words_take(line, "next_offset")) {
        m->next_offset = words_number(line);
    } else if (words_take(line, "installed")) {
        m->chunk_status = RAFT_CHUNK_INSTALLED;
    } else if (words_take(line, "obsolete")) {
        m->chunk_status = RAFT_CHUNK_OBSOLETE;
    } else if (words_take(line, "failed")) {
        m->chunk_status = RAFT_CHUNK_FAILED;
    } else {
        return false;
    }
    return true;
}

static void parse_field(struct world *w, struct words *line, struct host_packet *p)
{
    struct raft_message *m = &p->message;
    if (parse_number(line, m))
        return;
    if (words_take(line, "last"))
        m->last = words_pos(line);
    else if (words_take(line, "prev"))
        m->prev = words_pos(line);
    else if (words_take(line, "granted"))
        m->granted = true;
    else if (words_take(line, "refused"))
        m->refusal = RAFT_REFUSED_LOG;
    else if (words_take(line, "transfer"))
        m->transfer = true;
    else if (words_take(line, "lease"))
        m->lease = true;
    else if (words_take(line, "hold"))
        m->hold_ns = words_duration(line);
    else if (words_take(line, "match"))
        m->match = words_number(line);
    else if (words_take(line, "mismatch"))
        parse_hint(line, m);
    else if (words_take(line, "busy"))
        m->status = m->chunk_status = m->type == RAFT_INSTALL_SNAPSHOT_REPLY
                                          ? (uint32_t)RAFT_CHUNK_BUSY
                                          : (uint32_t)RAFT_APPEND_BUSY;
    else if (parse_chunk(line, m))
        return;
    else if (words_take(line, "entries"))
        parse_entries(w, line, p);
    else
        words_fail(line, "no such field", words_peek(line));
}

/* send FROM>TO TYPE FIELD VALUE...: a hand-made message arrives at once. A PreVoteReply without
 * nonce answers the receiver's last pre-vote. */
static int verb_send(struct world *w, struct words *line)
{
    struct link l = parse_link(line, '>');
    struct host_packet p = {.message = {.type = type_named(words_next(line))}};
    if (line->err.code == 0 && p.message.type == RAFT_MESSAGE_TYPES)
        words_fail(line, "no such message", "");
    if (line->err.code == 0 && (l.from == 0 || l.to == 0 || l.to > w->nodes_count))
        words_fail(line, "no such node", "");
    p.message.from = l.from;
    p.message.to = l.to;
    p.message.nonce = l.to <= WORLD_NODES ? w->nonce[l.to] : 0;
    while (words_peek(line) != NULL)
        parse_field(w, line, &p);
    if (words_end(line) < 0) {
        host_packet_free(&p);
        return line->err.code;
    }
    if (p.message.type == RAFT_INSTALL_SNAPSHOT) /* of a cluster as it was at the start */
        p.image = (struct host_image){.image = p.message.image, .config = world_config(w, "start")};
    w->queue = mem_grow(w->queue, w->queue_count + 1, sizeof(*w->queue));
    w->queue[w->queue_count++] = p;
    world_deliver(w, w->queue_count - 1);
    return 0;
}

static int set_cut(struct world *w, struct words *line, bool cut)
{
    while (words_peek(line) != NULL) {
        bool both = strchr(words_peek(line), '-') != NULL;
        struct link l = parse_link(line, both ? '-' : '>');
        for (raft_id a = 1; a <= WORLD_NODES && line->err.code == 0; a++) {
            for (raft_id b = 1; b <= WORLD_NODES; b++) {
                if ((l.from != 0 && l.from != a) || (l.to != 0 && l.to != b))
                    continue;
                w->cut[a][b] = cut;
                w->cut[b][a] = both ? cut : w->cut[b][a];
            }
        }
    }
    return words_end(line);
}

/* cut A>B | A-B | A-*: what is sent there is lost. What is under way arrives. */
static int verb_cut(struct world *w, struct words *line)
{
    return set_cut(w, line, true);
}

/* heal A>B | A-B | *-* */
static int verb_heal(struct world *w, struct words *line)
{
    return set_cut(w, line, false);
}

/* settle: deliver and sync until nothing is left. */
static int verb_settle(struct world *w, struct words *line)
{
    return words_end(line) < 0 ? line->err.code : world_settle(w);
}

static int verb_messages(struct world *w, struct words *line)
{
    char text[256];
    for (uint32_t i = 0; i < w->queue_count; i++)
        buf_putf(w->out, "%s\n",
                 raft_describe_message(&w->queue[i].message, NULL, text, sizeof(text)));
    if (w->queue_count == 0)
        buf_puts(w->out, "none\n");
    return words_end(line);
}

const struct verb verbs_network[] = {
    {"deliver", verb_deliver},   {"drop", verb_drop}, {"dup", verb_dup},   {"refuse", verb_refuse},
    {"send", verb_send},         {"cut", verb_cut},   {"heal", verb_heal}, {"settle", verb_settle},
    {"messages", verb_messages}, {NULL, NULL},
};
