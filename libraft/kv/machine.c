/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/machine.h"

#include "base/checksum.h"
#include "base/mem.h"
#include "kv/envelope.h"

#include <inttypes.h>

struct machine {
    struct kv *kv;             /* owned */
    struct sessions *sessions; /* owned */
    uint64_t index;
    uint64_t term;
    uint64_t clock_ns;
    struct history *history;        /* borrowed; NULL: changes are not noted */
    struct command_words words;     /* scratch of machine_apply */
    struct transaction transaction; /* of the present entry */
};

struct machine *machine_restore(struct kv *kv, struct sessions *sessions, uint64_t index,
                                uint64_t term, uint64_t clock_ns)
{
    struct machine *m = mem_alloc(sizeof(*m));
    m->kv = kv;
    m->sessions = sessions;
    m->index = index;
    m->term = term;
    m->clock_ns = clock_ns;
    return m;
}

struct machine *machine_new(void)
{
    return machine_restore(kv_new(), sessions_new(NULL), 0, 0, 0);
}

void machine_free(struct machine *m)
{
    if (m == NULL)
        return;
    kv_free(m->kv);
    sessions_free(m->sessions);
    mem_free(m);
}

struct machine *machine_copy(struct machine *m)
{
    return machine_restore(kv_copy(m->kv), sessions_copy(m->sessions), m->index, m->term,
                           m->clock_ns);
}

/* ---- one entry ---- */

static bool kind_takes(enum entry_kind kind, const struct envelope *envelope)
{
    return kind == ENTRY_DATA ? envelope_is_data(envelope) : !envelope_is_data(envelope);
}

/* What the entry says, checked as a whole: whatever is wrong shows before anything has changed. */
static int parse(struct machine *m, const struct entry *e, struct envelope *ret_envelope,
                 struct err *err)
{
    int code = envelope_decode(span_of(e->payload, e->len), ret_envelope, err);
    if (code == 0 && !kind_takes(e->kind, ret_envelope))
        code = err_set(err, -E_CORRUPT, "payload: form %u in an entry of kind %u",
                       (unsigned)ret_envelope->form, (unsigned)e->kind);
    if (code == 0 && envelope_is_transaction(ret_envelope))
        code = transaction_decode(ret_envelope->command, &m->words, &m->transaction, err);
    else if (code == 0 && envelope_is_data(ret_envelope))
        code = command_decode(ret_envelope->command, &m->words, err);
    return code == 0 ? 0 : err_wrap(err, "machine: entry %" PRIu64, e->index);
}

static void execute(struct machine *m, const struct envelope *envelope, struct buf *reply)
{
    struct command_call call = {.kv = m->kv,
                                .index = m->index,
                                .clock_ns = m->clock_ns,
                                .version = RESP2,
                                .argv = m->words.argv,
                                .argc = m->words.argc};
    if (envelope_is_transaction(envelope))
        transaction_apply(&m->transaction, &call, m->history, &m->words, reply);
    else
        command_apply(&call, reply);
    m->kv = call.kv;
    ASSERT(!reply->overflow);
}

static void refuse(struct machine_result *result, enum machine_outcome outcome, struct buf *reply,
                   const char *text)
{
    result->outcome = outcome;
    respw_error(reply, text);
}

#define NO_SESSION "NOSESSION the session was closed, expired or never opened; nothing was done now"

static void write_in_session(struct machine *m, const struct envelope *envelope, struct buf *reply,
                             struct machine_result *result)
{
    const struct session_write *w = &result->write;
    struct session_answer answer;
    size_t begin = reply->len;
    switch (sessions_begin(m->sessions, w, m->clock_ns, &answer)) {
    case SESSION_EXECUTE:
        result->outcome = MACHINE_EXECUTED;
        execute(m, envelope, reply);
        sessions_keep(m->sessions, w, m->index, span_of(reply->data + begin, reply->len - begin));
        break;
    case SESSION_REPEATED:
        result->outcome = MACHINE_REPEATED;
        result->index = answer.index;
        buf_put(reply, answer.bytes.data, answer.bytes.len);
        break;
    case SESSION_UNKNOWN: refuse(result, MACHINE_NO_SESSION, reply, NO_SESSION); break;
    case SESSION_STALE:
        refuse(result, MACHINE_STALE, reply,
               "STALESEQ the session has moved past this number; nothing was done now");
        break;
    case SESSION_FULL:
        refuse(result, MACHINE_FULL, reply,
               "BUSY too many writes of this session are open; nothing was done");
        break;
    }
    ASSERT(!reply->overflow);
    result->answer_digest = checksum64(reply->data + begin, reply->len - begin);
}

static void carry_out(struct machine *m, const struct envelope *envelope, struct buf *reply,
                      struct machine_result *result)
{
    result->write = envelope->write;
    switch (envelope->form) {
    case ENVELOPE_PLAIN:
    case ENVELOPE_TRANSACTION:
        result->outcome = MACHINE_EXECUTED;
        execute(m, envelope, reply);
        return;
    case ENVELOPE_SESSION:
    case ENVELOPE_SESSION_TRANSACTION: write_in_session(m, envelope, reply, result); return;
    case ENVELOPE_OPEN:
        sessions_open(m->sessions, m->index, envelope->ttl_ns, m->clock_ns);
        result->outcome = MACHINE_OPENED;
        result->write.sid = m->index;
        respw_unsigned(reply, m->index);
        return;
    case ENVELOPE_CLOSE:
        if (sessions_close(m->sessions, envelope->write.sid)) {
            result->outcome = MACHINE_CLOSED;
            respw_ok(reply);
        } else {
            refuse(result, MACHINE_NO_SESSION, reply, NO_SESSION);
        }
        return;
    }
    UNREACHABLE();
}

int machine_apply(struct machine *m, const struct entry *e, struct buf *reply,
                  struct machine_result *ret_result, struct err *err)
{
    ASSERT(e->index == m->index + 1);
    struct envelope envelope;
    bool asks = e->kind == ENTRY_DATA || e->kind == ENTRY_SESSION;
    int code = asks ? parse(m, e, &envelope, err) : 0;
    if (code < 0)
        return code;
    m->index = e->index;
    m->term = e->term;
    if (e->stamp > m->clock_ns)
        m->clock_ns = e->stamp;
    if (m->history != NULL)
        history_begin(m->history, m->index);
    sessions_expire(m->sessions, m->clock_ns);
    kv_expire(m->kv, m->clock_ns);
    *ret_result = (struct machine_result){.outcome = MACHINE_ADVANCED, .index = e->index};
    if (asks)
        carry_out(m, &envelope, reply, ret_result);
    return 0;
}

void machine_read(const struct machine *m, const struct span *argv, size_t argc,
                  enum resp_version version, struct buf *reply)
{
    command_apply(
        &(struct command_call){
            .kv = m->kv, .clock_ns = m->clock_ns, .version = version, .argv = argv, .argc = argc},
        reply);
}

uint64_t machine_rev(const struct machine *m, struct span key)
{
    struct kv_item item;
    return kv_get(m->kv, key, &item) ? item.rev : 0;
}

void machine_set_history(struct machine *m, struct history *history)
{
    m->history = history;
    kv_set_history(m->kv, history);
    history_restart(history, m->index);
}

/* A session unused for ttl ends; an entry a quarter of that keeps what a change of leaders can take
 * away from the clock below that quarter. */
static uint64_t session_tick(const struct machine *m)
{
    struct session next;
    if (!sessions_next_deadline(m->sessions, &next))
        return UINT64_MAX;
    uint64_t quarter = next.ttl_ns / 4, end = next.last_used_ns + next.ttl_ns;
    uint64_t tick = m->clock_ns + (quarter > MACHINE_TICK_NS_MIN ? quarter : MACHINE_TICK_NS_MIN);
    return tick < end ? tick : end;
}

uint64_t machine_tick_at(const struct machine *m)
{
    uint64_t tick = session_tick(m), key;
    if (!kv_next_expiry(m->kv, &key))
        return tick;
    if (key < m->clock_ns)
        key = m->clock_ns; /* the rest of a crowd: any later entry takes more of it */
    return key < tick ? key : tick;
}

/* ---- views ---- */

uint64_t machine_digest(const struct machine *m)
{
    const uint64_t words[3] = {kv_digest(m->kv), sessions_digest(m->sessions), m->clock_ns};
    uint8_t bytes[24]; /* little-endian, so that digests agree between machines */
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(words[i / 8] >> (8 * (i % 8)));
    return checksum64(bytes, sizeof(bytes));
}

uint64_t machine_index(const struct machine *m)
{
    return m->index;
}

uint64_t machine_term(const struct machine *m)
{
    return m->term;
}

uint64_t machine_clock_ns(const struct machine *m)
{
    return m->clock_ns;
}

const struct kv *machine_kv(const struct machine *m)
{
    return m->kv;
}

const struct sessions *machine_sessions(const struct machine *m)
{
    return m->sessions;
}
