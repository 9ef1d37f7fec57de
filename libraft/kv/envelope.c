/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kv/envelope.h"

#include "base/bytes.h"

/* What stands in front of a command or a transaction. */
static void put_head(struct buf *out, const struct session_write *write, enum envelope_form plain,
                     enum envelope_form in_session)
{
    buf_put_u8(out, (uint8_t)(write == NULL ? plain : in_session));
    if (write == NULL)
        return;
    ASSERT(write->sid > 0 && write->sid < SESSION_NUMBER_END);
    ASSERT(write->first_open >= 1 && write->first_open <= write->seq &&
           write->seq < SESSION_NUMBER_END);
    buf_put_u64(out, write->sid);
    buf_put_u64(out, write->seq);
    buf_put_u64(out, write->first_open);
}

int envelope_encode(struct buf *out, const struct session_write *write, const struct span *argv,
                    size_t argc, struct err *e)
{
    size_t begin = out->len;
    put_head(out, write, ENVELOPE_PLAIN, ENVELOPE_SESSION);
    int code = command_encode(out, argv, argc, e);
    if (code < 0)
        out->len = begin;
    return code;
}

int envelope_encode_transaction(struct buf *out, const struct session_write *write,
                                const struct transaction *t, struct err *e)
{
    size_t begin = out->len;
    put_head(out, write, ENVELOPE_TRANSACTION, ENVELOPE_SESSION_TRANSACTION);
    int code = transaction_encode(out, t, e);
    if (code < 0)
        out->len = begin;
    return code;
}

void envelope_encode_open(struct buf *out, uint64_t ttl_ns)
{
    ASSERT(ttl_ns >= SESSION_TTL_NS_MIN && ttl_ns <= SESSION_TTL_NS_MAX);
    buf_put_u8(out, ENVELOPE_OPEN);
    buf_put_u64(out, ttl_ns);
}

void envelope_encode_close(struct buf *out, uint64_t sid)
{
    ASSERT(sid > 0 && sid < SESSION_NUMBER_END);
    buf_put_u8(out, ENVELOPE_CLOSE);
    buf_put_u64(out, sid);
}

static bool is_number(uint64_t v)
{
    return v > 0 && v < SESSION_NUMBER_END;
}

static struct span rest_of(struct bytes *c)
{
    size_t len = bytes_left(c);
    return span_of(bytes_take(c, len), len);
}

/* The fields of each form, and whether they keep to the rules. */
static bool decode_form(struct bytes *c, struct envelope *envelope)
{
    struct session_write *w = &envelope->write;
    switch (envelope->form) {
    case ENVELOPE_PLAIN:
    case ENVELOPE_TRANSACTION: envelope->command = rest_of(c); return true;
    case ENVELOPE_SESSION:
    case ENVELOPE_SESSION_TRANSACTION:
        w->sid = bytes_u64(c);
        w->seq = bytes_u64(c);
        w->first_open = bytes_u64(c);
        envelope->command = rest_of(c);
        return is_number(w->sid) && is_number(w->seq) && is_number(w->first_open) &&
               w->first_open <= w->seq;
    case ENVELOPE_OPEN:
        envelope->ttl_ns = bytes_u64(c);
        return envelope->ttl_ns >= SESSION_TTL_NS_MIN && envelope->ttl_ns <= SESSION_TTL_NS_MAX;
    case ENVELOPE_CLOSE: w->sid = bytes_u64(c); return is_number(w->sid);
    }
    return false;
}

int envelope_decode(struct span payload, struct envelope *ret_envelope, struct err *e)
{
    struct bytes c = bytes_of(payload.data, payload.len);
    uint8_t form = bytes_u8(&c);
    struct envelope envelope = {.form = form};
    if (c.bad)
        return err_set(e, -E_CORRUPT, "payload: it is empty");
    if (form < ENVELOPE_PLAIN || form > ENVELOPE_SESSION_TRANSACTION)
        return err_set(e, -E_CORRUPT, "payload: form %u is not known", form);
    bool valid = decode_form(&c, &envelope);
    if (!bytes_ended(&c))
        return err_set(e, -E_CORRUPT, "payload: %zu bytes do not make form %u", payload.len, form);
    if (!valid)
        return err_set(e, -E_CORRUPT, "payload: form %u: a number is out of bounds", form);
    *ret_envelope = envelope;
    return 0;
}

bool envelope_is_data(const struct envelope *envelope)
{
    return envelope->form != ENVELOPE_OPEN && envelope->form != ENVELOPE_CLOSE;
}

bool envelope_is_transaction(const struct envelope *envelope)
{
    return envelope->form == ENVELOPE_TRANSACTION || envelope->form == ENVELOPE_SESSION_TRANSACTION;
}
