/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/session.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "kv/tree.h"

/* Four trees of items, so that a copy costs nothing. Keys are big-endian numbers: they sort as
 * such. Invariants: every session stands once in by_sid, by_use and by_deadline; every answer
 * belongs to a session and is one of first_open … first_open + LIMIT_SESSION_OPEN - 1; the sums are
 * over what by_sid and answers hold. */
struct sessions {
    struct tree by_sid;      /* sid → ttl, last used, first open */
    struct tree answers;     /* sid, seq → bytes; rev: index */
    struct tree by_use;      /* last used, sid → nothing */
    struct tree by_deadline; /* last used + ttl, sid → nothing */
    struct sessions_limits limits;
    uint64_t count;
    uint64_t answers_count;
    uint64_t answer_bytes;
    uint64_t digest;
};

/* ---- keys and records ---- */

struct pair {
    char bytes[16];
};

static void put_big_endian(char *to, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        to[i] = (char)(v >> (56 - 8 * i));
}

static uint64_t big_endian(const char *from)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | (unsigned char)from[i];
    return v;
}

static struct pair pair_of(uint64_t first, uint64_t second)
{
    struct pair p;
    put_big_endian(p.bytes, first);
    put_big_endian(p.bytes + 8, second);
    return p;
}

static struct tree_probe probe_pair(const struct pair *p)
{
    return (struct tree_probe){.key = span_of(p->bytes, 16)};
}

static uint64_t key_first(const struct item *item)
{
    return big_endian(item->bytes);
}

static uint64_t key_second(const struct item *item)
{
    return big_endian(item->bytes + 8);
}

static uint64_t deadline_of(const struct session *session)
{
    uint64_t used = session->last_used_ns;
    return used > UINT64_MAX - session->ttl_ns ? UINT64_MAX : used + session->ttl_ns;
}

static void put_new(struct tree *t, struct span key)
{
    struct item *item = item_new(key, (struct span){0}, (struct span){0}, 0);
    tree_put(t, item);
    item_unref(item);
}

static struct session session_of(const struct item *item)
{
    struct span value = item_value(item);
    struct bytes c = bytes_of(value.data, value.len);
    struct session session = {.sid = key_first(item)};
    session.ttl_ns = bytes_u64(&c);
    session.last_used_ns = bytes_u64(&c);
    session.first_open = bytes_u64(&c);
    ASSERT(bytes_ended(&c));
    return session;
}

static struct item *item_of(const struct session *session)
{
    char key[8];
    char value[24]; /* little-endian, so that digests agree between machines */
    const uint64_t words[3] = {session->ttl_ns, session->last_used_ns, session->first_open};
    put_big_endian(key, session->sid);
    for (size_t i = 0; i < sizeof(value); i++)
        value[i] = (char)(words[i / 8] >> (8 * (i % 8)));
    return item_new(span_of(key, sizeof(key)), span_of(value, sizeof(value)), (struct span){0}, 0);
}

/* ---- life ---- */

static const struct sessions_limits default_limits = {
    .sessions = LIMIT_SESSIONS,
    .own_bytes = LIMIT_SESSION_ANSWER_BYTES,
    .answer_bytes = LIMIT_SESSIONS_ANSWER_BYTES,
};

struct sessions *sessions_new(const struct sessions_limits *limits)
{
    struct sessions *s = mem_alloc(sizeof(*s)); /* zeroes are empty trees by key */
    s->limits = limits == NULL ? default_limits : *limits;
    ASSERT(s->limits.sessions > 0);
    return s;
}

void sessions_free(struct sessions *s)
{
    if (s == NULL)
        return;
    tree_drop(&s->by_sid);
    tree_drop(&s->answers);
    tree_drop(&s->by_use);
    tree_drop(&s->by_deadline);
    mem_free(s);
}

struct sessions *sessions_copy(struct sessions *s)
{
    struct sessions *copy = mem_dup(s, sizeof(*s));
    copy->by_sid = tree_copy(&s->by_sid);
    copy->answers = tree_copy(&s->answers);
    copy->by_use = tree_copy(&s->by_use);
    copy->by_deadline = tree_copy(&s->by_deadline);
    return copy;
}

/* ---- one session, one answer ---- */

static struct item *find(const struct sessions *s, uint64_t sid)
{
    char key[8];
    put_big_endian(key, sid);
    return tree_find(&s->by_sid, (struct tree_probe){.key = span_of(key, sizeof(key))});
}

static void enqueue(struct sessions *s, const struct session *session)
{
    struct pair use = pair_of(session->last_used_ns, session->sid);
    struct pair deadline = pair_of(deadline_of(session), session->sid);
    put_new(&s->by_use, span_of(use.bytes, 16));
    put_new(&s->by_deadline, span_of(deadline.bytes, 16));
}

static void dequeue(struct sessions *s, const struct session *session)
{
    struct pair use = pair_of(session->last_used_ns, session->sid);
    struct pair deadline = pair_of(deadline_of(session), session->sid);
    bool queued = tree_remove(&s->by_use, probe_pair(&use)) &&
                  tree_remove(&s->by_deadline, probe_pair(&deadline));
    ASSERT(queued);
}

/* Puts a session's record, in place of the old one (NULL: it is new). */
static void save(struct sessions *s, const struct session *session, const struct item *old)
{
    struct item *item = item_of(session);
    s->digest += item->digest;
    if (old == NULL) {
        s->count++;
    } else {
        s->digest -= old->digest;
    }
    tree_put(&s->by_sid, item);
    item_unref(item);
}

/* The first answer of a session with a number >= seq, or NULL. */
static struct item *answer_from(const struct sessions *s, uint64_t sid, uint64_t seq)
{
    struct pair key = pair_of(sid, seq);
    struct item *item = tree_seek(&s->answers, probe_pair(&key), false);
    return item != NULL && key_first(item) == sid ? item : NULL;
}

static void add_answer(struct sessions *s, uint64_t sid, uint64_t seq, uint64_t index,
                       struct span bytes)
{
    struct pair key = pair_of(sid, seq);
    struct item *item = item_new(span_of(key.bytes, 16), bytes, (struct span){0}, index);
    s->digest += item->digest;
    s->answers_count++;
    s->answer_bytes += bytes.len;
    tree_put(&s->answers, item);
    item_unref(item);
}

/* Forgets the answers of a session below seq. */
static void forget_below(struct sessions *s, uint64_t sid, uint64_t seq)
{
    struct item *item;
    while ((item = answer_from(s, sid, 0)) != NULL && key_second(item) < seq) {
        struct pair key = pair_of(sid, key_second(item));
        s->digest -= item->digest;
        s->answers_count--;
        s->answer_bytes -= item->value_len;
        (void)tree_remove(&s->answers, probe_pair(&key));
    }
}

static void drop(struct sessions *s, struct item *item)
{
    struct session session = session_of(item);
    forget_below(s, session.sid, UINT64_MAX);
    dequeue(s, &session);
    s->digest -= item->digest;
    s->count--;
    char key[8];
    put_big_endian(key, session.sid);
    (void)tree_remove(&s->by_sid, (struct tree_probe){.key = span_of(key, sizeof(key))});
}

/* ---- who goes ---- */

/* Those that are due at one time go together, so their order among each other shows nowhere. */
void sessions_expire(struct sessions *s, uint64_t now_ns)
{
    struct item *first;
    while ((first = tree_seek(&s->by_deadline, (struct tree_probe){0}, false)) != NULL &&
           key_first(first) < now_ns)
        drop(s, find(s, key_second(first)));
}

bool sessions_next_deadline(const struct sessions *s, struct session *ret_session)
{
    const struct item *first = tree_seek(&s->by_deadline, (struct tree_probe){0}, false);
    if (first == NULL)
        return false;
    *ret_session = session_of(find(s, key_second(first)));
    return true;
}

static void drop_least_recently_used(struct sessions *s)
{
    struct item *first = tree_seek(&s->by_use, (struct tree_probe){0}, false);
    ASSERT(first != NULL);
    drop(s, find(s, key_second(first)));
}

void sessions_open(struct sessions *s, uint64_t sid, uint64_t ttl_ns, uint64_t now_ns)
{
    ASSERT(ttl_ns >= SESSION_TTL_NS_MIN && ttl_ns <= SESSION_TTL_NS_MAX);
    sessions_restore(s, &(struct session){
                            .sid = sid, .ttl_ns = ttl_ns, .last_used_ns = now_ns, .first_open = 1});
    while (s->count > s->limits.sessions)
        drop_least_recently_used(s);
}

bool sessions_close(struct sessions *s, uint64_t sid)
{
    struct item *item = find(s, sid);
    if (item == NULL)
        return false;
    drop(s, item);
    return true;
}

/* ---- writes ---- */

/* The entry that names a session keeps it alive and may tell that answers have arrived. */
static struct session use(struct sessions *s, struct item *item, const struct session_write *w,
                          uint64_t now_ns)
{
    struct session session = session_of(item);
    if (session.last_used_ns == now_ns && session.first_open >= w->first_open)
        return session;
    if (session.last_used_ns != now_ns) {
        dequeue(s, &session);
        session.last_used_ns = now_ns;
        enqueue(s, &session);
    }
    if (session.first_open < w->first_open) {
        session.first_open = w->first_open;
        forget_below(s, session.sid, session.first_open);
    }
    save(s, &session, item);
    return session;
}

/* The kept answer of this very write: the heart of exactly once. */
static bool seen(const struct sessions *s, const struct session_write *w,
                 struct session_answer *ret_answer)
{
    struct item *item = answer_from(s, w->sid, w->seq);
    if (item == NULL || key_second(item) != w->seq)
        return false;
    *ret_answer =
        (struct session_answer){.seq = w->seq, .index = item->rev, .bytes = item_value(item)};
    return true;
}

/* Counted only when it can matter: no session keeps more than all together. */
static bool too_many_bytes(const struct sessions *s, uint64_t sid)
{
    if (s->answer_bytes < s->limits.own_bytes)
        return false;
    uint64_t bytes = 0;
    struct item *item = answer_from(s, sid, 0);
    for (; item != NULL; item = answer_from(s, sid, key_second(item) + 1))
        bytes += item->value_len;
    return bytes >= s->limits.own_bytes;
}

/* Dropping answers first changes no verdict, as seq >= first_open, but makes room for this one. */
enum session_verdict sessions_begin(struct sessions *s, const struct session_write *w,
                                    uint64_t now_ns, struct session_answer *ret_answer)
{
    ASSERT(w->first_open >= 1 && w->first_open <= w->seq && w->seq < SESSION_NUMBER_END);
    struct item *item = find(s, w->sid);
    if (item == NULL)
        return SESSION_UNKNOWN;
    struct session session = use(s, item, w, now_ns);
    if (w->seq < session.first_open)
        return SESSION_STALE;
    if (seen(s, w, ret_answer))
        return SESSION_REPEATED;
    if (w->seq - session.first_open >= LIMIT_SESSION_OPEN || too_many_bytes(s, w->sid))
        return SESSION_FULL;
    return SESSION_EXECUTE;
}

void sessions_keep(struct sessions *s, const struct session_write *w, uint64_t index,
                   struct span bytes)
{
    ASSERT(bytes.len <= LIMIT_REPLY_BYTES);
    add_answer(s, w->sid, w->seq, index, bytes);
    while (s->answer_bytes + s->answers_count * SESSION_ANSWER_OVERHEAD_BYTES >
           s->limits.answer_bytes)
        drop_least_recently_used(s);
}

/* ---- views and images ---- */

uint64_t sessions_count(const struct sessions *s)
{
    return s->count;
}

uint64_t sessions_answers(const struct sessions *s)
{
    return s->answers_count;
}

uint64_t sessions_answer_bytes(const struct sessions *s)
{
    return s->answer_bytes;
}

uint64_t sessions_digest(const struct sessions *s)
{
    return s->digest;
}

bool sessions_at_or_after(const struct sessions *s, uint64_t sid, struct session *ret_session)
{
    char key[8];
    put_big_endian(key, sid);
    struct tree_probe probe = {.key = span_of(key, sizeof(key))};
    const struct item *item = tree_seek(&s->by_sid, probe, false);
    if (item == NULL)
        return false;
    *ret_session = session_of(item);
    return true;
}

bool sessions_answer_at_or_after(const struct sessions *s, uint64_t sid, uint64_t seq,
                                 struct session_answer *ret_answer)
{
    const struct item *item = answer_from(s, sid, seq);
    if (item == NULL)
        return false;
    *ret_answer = (struct session_answer){
        .seq = key_second(item), .index = item->rev, .bytes = item_value(item)};
    return true;
}

void sessions_restore(struct sessions *s, const struct session *session)
{
    ASSERT(find(s, session->sid) == NULL);
    enqueue(s, session);
    save(s, session, NULL);
}

void sessions_restore_answer(struct sessions *s, uint64_t sid, const struct session_answer *answer)
{
    add_answer(s, sid, answer->seq, answer->index, answer->bytes);
}
