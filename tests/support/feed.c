/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "feed.h"

#include "kv/envelope.h"

#include <stdio.h>
#include <string.h>

void feed_free(struct feed *f)
{
    buf_free(&f->payload);
    buf_free(&f->reply);
}

static const char *apply(struct feed *f, enum entry_kind kind)
{
    struct err err = {0};
    const struct entry e = {.index = machine_index(f->machine) + 1,
                            .term = machine_index(f->machine) / 100 + 1,
                            .stamp = f->stamp,
                            .kind = kind,
                            .len = (uint32_t)f->payload.len,
                            .payload = (const uint8_t *)f->payload.data};
    buf_reset(&f->reply);
    int code = machine_apply(f->machine, &e, &f->reply, &f->result, &err);
    ASSERT(code == 0);
    return buf_str(&f->reply);
}

static const char *apply_line(struct feed *f, const struct session_write *w, const char *line)
{
    char text[512];
    struct span argv[32];
    size_t argc = 0;
    (void)snprintf(text, sizeof(text), "%s", line);
    for (char *rest = text, *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
        argv[argc++] = span_str(word);
    buf_reset(&f->payload);
    int code = envelope_encode(&f->payload, w, argv, argc, NULL);
    ASSERT(code == 0);
    return apply(f, ENTRY_DATA);
}

const char *feed_payload(struct feed *f, enum entry_kind kind)
{
    return apply(f, kind);
}

const char *feed_kind(struct feed *f, enum entry_kind kind)
{
    buf_reset(&f->payload);
    return apply(f, kind);
}

const char *feed_plain(struct feed *f, const char *line)
{
    return apply_line(f, NULL, line);
}

const char *feed_write(struct feed *f, uint64_t sid, uint64_t seq, uint64_t first_open,
                       const char *line)
{
    return apply_line(f, &(struct session_write){sid, seq, first_open}, line);
}

uint64_t feed_open(struct feed *f, uint64_t ttl_ns)
{
    buf_reset(&f->payload);
    envelope_encode_open(&f->payload, ttl_ns);
    (void)apply(f, ENTRY_SESSION);
    return machine_index(f->machine);
}

const char *feed_close(struct feed *f, uint64_t sid)
{
    buf_reset(&f->payload);
    envelope_encode_close(&f->payload, sid);
    return apply(f, ENTRY_SESSION);
}

/* ---- random entries ---- */

static const char *random_line(struct prng *p, char line[static 128])
{
    unsigned key = (unsigned)prng_below(p, 200), value = (unsigned)prng_below(p, 1000);
    switch (prng_below(p, 17)) {
    case 0: (void)snprintf(line, 128, "set k%u v%u", key, value); break;
    case 1: (void)snprintf(line, 128, "incr n%u", key); break;
    case 2: (void)snprintf(line, 128, "del k%u n%u", key, key + 1); break;
    case 3: (void)snprintf(line, 128, "append k%u +%u", key % 5, value); break;
    case 4: (void)snprintf(line, 128, "cas k%u v%u w", key, value % 3); break;
    case 5: (void)snprintf(line, 128, "set k%u %u get", key, value); break;
    case 6: (void)snprintf(line, 128, "incr k%u", key); break;
    case 7: (void)snprintf(line, 128, "set k%u v%u px %u", key, value, value % 20 + 1); break;
    case 8: (void)snprintf(line, 128, "pexpire k%u %u gt", key, value % 30); break;
    case 9: (void)snprintf(line, 128, "getex k%u persist", key); break;
    case 10: (void)snprintf(line, 128, "set k%u w%u keepttl", key, value); break;
    case 11: (void)snprintf(line, 128, "rpush l%u %u %u", key % 9, value, key); break;
    case 12: (void)snprintf(line, 128, "lpop l%u", key % 9); break;
    case 13: (void)snprintf(line, 128, "sadd s%u %u %u", key % 9, value % 40, key % 40); break;
    case 14: (void)snprintf(line, 128, "srem s%u %u %u", key % 9, value % 40, key % 40); break;
    case 15: (void)snprintf(line, 128, "pexpire s%u %u", key % 9, value % 30); break;
    default: (void)snprintf(line, 128, "nonsense %u", value); break;
    }
    return line;
}

/* A session that exists, mostly; 0 if there is none. */
static uint64_t random_session(struct feed *f, struct prng *p, struct session *ret)
{
    uint64_t from = prng_below(p, machine_index(f->machine) + 1);
    const struct sessions *s = machine_sessions(f->machine);
    if (!sessions_at_or_after(s, from, ret) && !sessions_at_or_after(s, 0, ret))
        return 0;
    return ret->sid;
}

static void random_write(struct feed *f, struct prng *p, const struct session *session)
{
    char line[128];
    uint64_t seq = session->first_open + prng_below(p, prng_chance(p, 0.05) ? 100 : 10);
    uint64_t first_open = prng_chance(p, 0.3) ? seq - prng_below(p, 5) : session->first_open;
    if (first_open == 0 || first_open > seq)
        first_open = 1;
    (void)feed_write(f, session->sid, seq, first_open, random_line(p, line));
}

void feed_random(struct feed *f, struct prng *p)
{
    char line[128];
    struct session session = {0};
    if (prng_chance(p, 0.3))
        f->stamp += prng_below(p, NS_PER_MS / 4);
    uint64_t dice = prng_below(p, 100);
    if (dice < 4)
        (void)feed_open(f, NS_PER_MS * prng_between(p, 1, 60));
    else if (dice < 6)
        (void)feed_kind(f, dice == 4             ? ENTRY_NOOP
                           : prng_chance(p, 0.5) ? ENTRY_TICK
                                                 : ENTRY_CONFIG);
    else if (dice < 50 || random_session(f, p, &session) == 0)
        (void)feed_plain(f, random_line(p, line));
    else if (dice < 51)
        (void)feed_close(f, session.sid);
    else
        random_write(f, p, &session);
}
