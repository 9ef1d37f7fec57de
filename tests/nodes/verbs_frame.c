/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames that no correct node sends, whole and with a right checksum: frame. */
#include "tests/nodes/stage.h"

#include "base/bytes.h"

#include <stdio.h>
#include <string.h>

#define ENTRIES_MAX 4

/* What the case wants to stand in the frame, whatever encoders say to it. */
struct wanted {
    unsigned type;
    uint64_t term, commit;
    struct raft_pos pos; /* the last entry of a candidate, the one before an append */
    uint32_t count;
    struct raft_pos entry[ENTRIES_MAX];
};

/* A correct message is encoded with these numbers, which stand nowhere else, and the bytes of each
 * are replaced then: the layout of messages is nobody's business here. */
#define STAND_IN(k) (UINT64_C(0x0101010101010101) * (k))
#define INDEX_BASE  STAND_IN(10)

static void replace(struct buf *bytes, uint64_t from, uint64_t to)
{
    struct buf old = {0}, new = {0};
    buf_put_u64(&old, from);
    buf_put_u64(&new, to);
    char *at = memmem(bytes->data, bytes->len, old.data, old.len);
    if (at != NULL)
        memcpy(at, new.data, new.len);
    buf_free(&old);
    buf_free(&new);
}

static struct raft_message stand_in(const struct stage *s, const struct wanted *w, unsigned from,
                                    unsigned to)
{
    struct raft_pos pos = {STAND_IN(1), INDEX_BASE};
    struct raft_message m = {.type = w->type,
                             .from = node_id_of_name(s->n.one[from].name),
                             .to = node_id_of_name(s->n.one[to].name),
                             .term = STAND_IN(9),
                             .commit = STAND_IN(8),
                             .entries_count = w->count};
    if (w->type == RAFT_APPEND)
        m.prev = pos;
    else
        m.last = pos;
    return m;
}

/* The whole frame as it would come from the network. */
static int forge(const struct stage *s, const struct wanted *w, unsigned from, unsigned to,
                 struct buf *out, struct err *e)
{
    struct entry entries[ENTRIES_MAX];
    struct buf right = {0};
    struct peer_link link = node_hello(s->n.one[from].node, 0).link;
    struct raft_message m = stand_in(s, w, from, to);
    for (uint32_t i = 0; i < w->count; i++)
        entries[i] = (struct entry){
            .index = INDEX_BASE + 1 + i, .term = STAND_IN(2 + i), .kind = ENTRY_NOOP};
    int code = peer_raft_encode(&right, &link, &m, entries, e);
    if (code == 0) {
        size_t at = frame_begin(out);
        struct frame_header header = {.type = (uint8_t)w->type,
                                      .cluster_id = link.cluster_id,
                                      .generation = link.generation,
                                      .group = link.group,
                                      .from = m.from,
                                      .to = m.to};
        replace(&right, STAND_IN(9), w->term);
        replace(&right, STAND_IN(8), w->commit);
        replace(&right, STAND_IN(1), w->pos.term);
        replace(&right, INDEX_BASE, w->pos.index);
        for (uint32_t i = 0; i < w->count; i++) {
            replace(&right, STAND_IN(2 + i), w->entry[i].term);
            replace(&right, INDEX_BASE + 1 + i, w->entry[i].index);
        }
        buf_put(out, right.data + FRAME_HEADER_BYTES, right.len - FRAME_HEADER_BYTES);
        code = frame_end(out, at, &header, e);
    }
    buf_free(&right);
    return code;
}

/* A number, "2^63" or "2^63-1". */
static bool parse_wide(const char **at, uint64_t *ret)
{
    bool big = strncmp(*at, "2^63", 4) == 0, below = big && strncmp(*at + 4, "-1", 2) == 0;
    if (!big)
        return words_parse(at, ret);
    *at += below ? 6 : 4;
    *ret = (UINT64_C(1) << 63) - below;
    return true;
}

static uint64_t next_wide(struct words *line)
{
    const char *word = words_next(line), *at = word;
    uint64_t value = 0;
    if (line->err.code == 0 && (!parse_wide(&at, &value) || *at != '\0'))
        words_fail(line, "a number expected", word);
    return value;
}

/* "T,I", or "T": the index that comes next */
static struct raft_pos parse_pos(struct words *line, uint64_t next)
{
    const char *word = words_next(line), *at = word;
    struct raft_pos p = {.index = next};
    if (line->err.code == 0 && (!parse_wide(&at, &p.term) ||
                                (*at == ',' && (at++, !parse_wide(&at, &p.index))) || *at != '\0'))
        words_fail(line, "TERM,INDEX expected", word);
    return p;
}

static void parse_wanted(struct words *line, struct wanted *w)
{
    const char *name = words_next(line);
    for (w->type = 1; w->type < RAFT_MESSAGE_TYPES; w->type++) {
        if (strcmp(raft_message_name(w->type), name) == 0)
            break;
    }
    if (w->type != RAFT_APPEND && w->type != RAFT_HEARTBEAT && w->type != RAFT_REQUEST_VOTE)
        words_fail(line, "AppendEntries, Heartbeat or RequestVote expected", name);
    while (words_peek(line) != NULL && line->err.code == 0) {
        if (words_take(line, "term"))
            w->term = next_wide(line);
        else if (words_take(line, "commit"))
            w->commit = next_wide(line);
        else if (words_take(line, "last") || words_take(line, "prev"))
            w->pos = parse_pos(line, 0);
        else if (words_take(line, "entries"))
            while (words_peek(line) != NULL && w->count < ENTRIES_MAX) {
                uint64_t next = (w->count == 0 ? w->pos : w->entry[w->count - 1]).index + 1;
                w->entry[w->count++] = parse_pos(line, next);
            }
        else
            words_fail(line, "no such field", words_next(line));
    }
}

static void deliver(struct stage *s, unsigned to, const struct buf *bytes)
{
    struct nodes_one *one = &s->n.one[to];
    struct frame_decoder decoder;
    struct frame frame;
    struct err e = {0};
    frame_decoder_init(&decoder);
    frame_decoder_feed(&decoder, bytes->data, bytes->len);
    int code = frame_decoder_next(&decoder, &frame, &e);
    if (code == 1)
        code = node_on_frame(one->node, nodes_clock(&s->n, to), &frame, &e);
    if (code < 0)
        buf_putf(s->out, "%s hangs up: %s\n", one->name, e.text);
    else
        buf_putf(s->out, "%s takes it\n", one->name);
    frame_decoder_free(&decoder);
    if (one->fatal == 0)
        nodes_settle(&s->n);
}

/* frame n2>n1 TYPE [term T] [commit I] [last T,I] [prev T,I] [entries T[,I]...] */
static int verb_frame(struct stage *s, struct words *line)
{
    char text[16];
    unsigned from = 0, to = 0, client;
    struct wanted w = {0};
    struct buf bytes = {0};
    const char *word = words_next(line);
    (void)snprintf(text, sizeof(text), "%s", word);
    char *sign = strchr(text, '>');
    if (sign != NULL)
        *sign = '\0';
    if (sign == NULL || !stage_connection(s, text, &from, &client) ||
        !stage_connection(s, sign + 1, &to, &client) || s->n.one[from].node == NULL ||
        s->n.one[to].node == NULL)
        words_fail(line, "two running nodes expected (n2>n1)", word);
    parse_wanted(line, &w);
    if (words_end(line) < 0)
        return line->err.code;
    int code = forge(s, &w, from, to, &bytes, s->err);
    if (code == 0)
        deliver(s, to, &bytes);
    buf_free(&bytes);
    return code;
}

const struct stage_verb stage_verbs_frame[] = {{"frame", verb_frame}, {NULL, NULL}};
