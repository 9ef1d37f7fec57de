/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decisions, messages and states as stable one-line text: tests, traces and people read the same
 * sentence. */
#include "core/state.h"

#include <string.h>

/* A line being written: cut at its size, always terminated. */
struct line {
    char *out;
    size_t size;
    size_t len;
    const struct raft_names *names;
};

static void text(struct line *l, const char *s)
{
    for (; *s != '\0' && l->len + 1 < l->size; s++)
        l->out[l->len++] = *s;
    l->out[l->len] = '\0';
}

static void number(struct line *l, uint64_t v)
{
    char digits[21];
    size_t at = sizeof(digits) - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    text(l, &digits[at]);
}

static void node(struct line *l, raft_id id)
{
    if (id == 0) {
        text(l, "nobody");
        return;
    }
    if (l->names != NULL && l->names->of != NULL) {
        text(l, l->names->of(l->names->arg, id));
        return;
    }
    text(l, "n");
    number(l, id);
}

/* " key value" */
static void field(struct line *l, const char *key, uint64_t v)
{
    text(l, " ");
    text(l, key);
    text(l, " ");
    number(l, v);
}

static void position(struct line *l, const char *key, struct raft_pos p)
{
    text(l, " ");
    text(l, key);
    text(l, " {");
    number(l, p.term);
    text(l, ",");
    number(l, p.index);
    text(l, "}");
}

static struct line line_of(char *out, size_t size, const struct raft_names *names)
{
    ASSERT(size > 0);
    out[0] = '\0';
    return (struct line){.out = out, .size = size, .names = names};
}

const char *raft_role_name(enum raft_role role)
{
    switch (role) {
    case RAFT_FOLLOWER: return "follower";
    case RAFT_PRE_CANDIDATE: return "pre-candidate";
    case RAFT_CANDIDATE: return "candidate";
    case RAFT_LEADER: return "leader";
    }
    UNREACHABLE();
}

const char *raft_message_name(uint32_t type)
{
    static const char *const names[] = {"None",
#define X(name, text) text,
                                        RAFT_MESSAGES(X)
#undef X
    };
    ASSERT(type < RAFT_MESSAGE_TYPES);
    return names[type];
}

static const char *refusal_name(uint32_t refusal)
{
    static const char *const names[] = {"no",   "held",   "log",     "voted",
                                        "term", "leader", "removed", "damaged"};
    return refusal < ARRAY_LEN(names) ? names[refusal] : "?";
}

static void vote_reply(struct line *l, const struct raft_message *m)
{
    field(l, "for_term", m->for_term);
    text(l, m->granted ? " granted" : " refused ");
    if (!m->granted)
        text(l, refusal_name(m->refusal));
}

static void append_reply(struct line *l, const struct raft_message *m)
{
    field(l, "for_term", m->for_term);
    field(l, "round", m->round);
    switch ((enum raft_append_status)m->status) {
    case RAFT_APPEND_OK: field(l, "ok match", m->match); break;
    case RAFT_APPEND_BUSY: text(l, " busy"); break;
    case RAFT_APPEND_MISMATCH:
        field(l, "mismatch at", m->at);
        field(l, "hint", m->hint_first);
        text(l, "..");
        number(l, m->hint_last);
        field(l, "term", m->hint_term);
        break;
    }
    field(l, "last", m->last_index);
}

static void append(struct line *l, const struct raft_message *m)
{
    position(l, "prev", m->prev);
    if (m->entries_count > 0) {
        field(l, "entries", m->prev.index + 1);
        text(l, "..");
        number(l, m->prev.index + m->entries_count);
    } else {
        text(l, " entries none");
    }
    field(l, "commit", m->commit);
    field(l, "round", m->round);
}

static void chunk_reply(struct line *l, const struct raft_message *m)
{
    field(l, "for_term", m->for_term);
    field(l, "round", m->round);
    position(l, "image", m->image.pos);
    switch ((enum raft_chunk_status)m->chunk_status) {
    case RAFT_CHUNK_OK: field(l, "ok next_offset", m->next_offset); break;
    case RAFT_CHUNK_BUSY: text(l, " busy"); break;
    case RAFT_CHUNK_OBSOLETE: field(l, "obsolete match", m->match); break;
    case RAFT_CHUNK_INSTALLED: field(l, "installed match", m->match); break;
    case RAFT_CHUNK_FAILED: text(l, " failed"); break;
    }
    field(l, "last", m->last_index);
}

static void chunk(struct line *l, const struct raft_message *m)
{
    position(l, "image", m->image.pos);
    field(l, "of", m->image.bytes);
    field(l, "bytes", m->offset);
    text(l, "+");
    number(l, m->size);
    field(l, "round", m->round);
}

static void body(struct line *l, const struct raft_message *m)
{
    switch ((enum raft_message_type)m->type) {
    case RAFT_PRE_VOTE:
        field(l, "for_term", m->for_term);
        position(l, "last", m->last);
        break;
    case RAFT_REQUEST_VOTE:
        position(l, "last", m->last);
        text(l, m->transfer ? " transfer" : "");
        break;
    case RAFT_PRE_VOTE_REPLY:
    case RAFT_REQUEST_VOTE_REPLY: vote_reply(l, m); break;
    case RAFT_APPEND: append(l, m); break;
    case RAFT_APPEND_REPLY: append_reply(l, m); break;
    case RAFT_HEARTBEAT:
        field(l, "commit", m->commit);
        field(l, "round", m->round);
        break;
    case RAFT_HEARTBEAT_REPLY:
        field(l, "for_term", m->for_term);
        field(l, "round", m->round);
        text(l, m->status == RAFT_APPEND_BUSY ? " busy" : "");
        field(l, "accepted", m->match);
        field(l, "last", m->last_index);
        break;
    case RAFT_TIMEOUT_NOW: position(l, "last", m->last); break;
    case RAFT_READ_INDEX:
        field(l, "ctx", m->ctx);
        text(l, m->lease ? " lease" : "");
        break;
    case RAFT_READ_INDEX_REPLY:
        field(l, "ctx", m->ctx);
        if (m->granted)
            field(l, "index", m->index);
        else
            text(l, " refused");
        break;
    case RAFT_INSTALL_SNAPSHOT: chunk(l, m); break;
    case RAFT_INSTALL_SNAPSHOT_REPLY: chunk_reply(l, m); break;
    case RAFT_MESSAGE_NONE:
    case RAFT_MESSAGE_TYPES: break;
    }
}

const char *raft_describe_message(const struct raft_message *m, const struct raft_names *names,
                                  char *out, size_t size)
{
    struct line l = line_of(out, size, names);
    text(&l, raft_message_name(m->type));
    text(&l, " ");
    node(&l, m->from);
    text(&l, ">");
    node(&l, m->to);
    field(&l, "term", m->term);
    body(&l, m);
    return out;
}

const char *raft_describe_reason(const struct raft_reason *reason, const struct raft_names *names,
                                 char *out, size_t size)
{
    static const char *const sentences[] = {
#define X(name, text) text,
        RAFT_REASONS(X)
#undef X
    };
    struct line l = line_of(out, size, names);
    ASSERT(reason->code < RAFT_REASON_CODES);
    for (const char *s = sentences[reason->code]; *s != '\0'; s++) {
        if (*s != '%') {
            text(&l, (char[2]){*s, '\0'});
            continue;
        }
        s++;
        if (*s == 'p')
            node(&l, reason->peer);
        else
            number(&l, *s == 'a' ? reason->a : reason->b);
    }
    return out;
}

const char *raft_describe_state(const struct raft *r, const struct raft_names *names, char *out,
                                size_t size)
{
    struct line l = line_of(out, size, names);
    node(&l, r->self);
    text(&l, " ");
    text(&l, raft_role_name((enum raft_role)r->role));
    field(&l, "term", r->term);
    text(&l, " vote ");
    node(&l, r->vote);
    text(&l, " leader ");
    node(&l, r->leader);
    position(&l, "last", raft_last_pos(r));
    field(&l, "durable", r->durable);
    field(&l, "commit", r->commit);
    text(&l, r->orphan ? " orphan" : "");
    if (r->left)
        text(&l, " left");
    if (r->restoring != 0)
        field(&l, "restoring", r->restoring);
    return out;
}
