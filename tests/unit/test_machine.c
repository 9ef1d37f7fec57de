/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/checksum.h"
#include "base/mem.h"
#include "kv/envelope.h"
#include "tests/support/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TTL SESSION_TTL_NS_DEFAULT

static int begin(void **state)
{
    struct feed *f = mem_alloc(sizeof(*f));
    f->machine = machine_new();
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct feed *f = *state;
    machine_free(f->machine);
    feed_free(f);
    free(f);
    return 0;
}

static const char *get(const struct feed *f, const char *key, struct buf *reply)
{
    const struct span argv[] = {{"get", 3}, span_str(key)};
    buf_reset(reply);
    machine_read(f->machine, argv, 2, RESP2, reply);
    return buf_str(reply);
}

static void expect_result(const struct feed *f, enum machine_outcome outcome, uint64_t index)
{
    assert_int_equal(f->result.outcome, outcome);
    assert_int_equal(f->result.index, index);
}

static void test_plain_commands(void **state)
{
    struct feed *f = *state;
    struct buf reply = {0};
    assert_string_equal(feed_plain(f, "set a 1"), "+OK\r\n");
    expect_result(f, MACHINE_EXECUTED, 1);
    assert_int_equal(f->result.write.sid, 0);
    assert_int_equal(f->result.answer_digest, 0);
    assert_string_equal(feed_plain(f, "incr a"), ":2\r\n");
    assert_string_equal(feed_plain(f, "incr a"), ":3\r\n"); /* without a session: once more */
    assert_string_equal(get(f, "a", &reply), "$1\r\n3\r\n");
    assert_string_equal(get(f, "b", &reply), "$-1\r\n");
    buf_free(&reply);
}

static void test_other_entries_only_advance(void **state)
{
    struct feed *f = *state;
    const enum entry_kind kinds[] = {ENTRY_NOOP, ENTRY_CONFIG, ENTRY_TICK};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        uint64_t digest = machine_digest(f->machine);
        f->stamp += 10;
        assert_string_equal(feed_kind(f, kinds[i]), "");
        expect_result(f, MACHINE_ADVANCED, i + 1);
        assert_int_equal(machine_index(f->machine), i + 1);
        assert_int_equal(machine_clock_ns(f->machine), f->stamp);
        assert_int_not_equal(machine_digest(f->machine), digest); /* the clock is state */
    }
    f->stamp = 5;
    (void)feed_kind(f, ENTRY_TICK);
    assert_int_equal(machine_clock_ns(f->machine), 30); /* and never runs back */
}

static void test_a_retry_is_not_executed_again(void **state)
{
    struct feed *f = *state;
    struct buf reply = {0};
    uint64_t sid = feed_open(f, TTL);
    expect_result(f, MACHINE_OPENED, 1);
    assert_int_equal(f->result.write.sid, sid);
    assert_string_equal(buf_str(&f->reply), ":1\r\n");
    assert_string_equal(feed_write(f, sid, 1, 1, "incr n"), ":1\r\n");
    expect_result(f, MACHINE_EXECUTED, 2);
    uint64_t answer = f->result.answer_digest;
    assert_int_equal(answer, checksum64(":1\r\n", 4));
    assert_string_equal(feed_write(f, sid, 2, 1, "incr n"), ":2\r\n");
    assert_string_equal(feed_write(f, sid, 1, 1, "incr n"), ":1\r\n");
    expect_result(f, MACHINE_REPEATED, 2);
    assert_int_equal(f->result.answer_digest, answer);
    assert_int_equal(f->result.write.seq, 1);
    assert_string_equal(get(f, "n", &reply), "$1\r\n2\r\n");
    /* The number counts, not the words: the client promised that they are the same. */
    assert_string_equal(feed_write(f, sid, 2, 1, "set n x"), ":2\r\n");
    buf_free(&reply);
}

/* What already stands in the buffer is no part of the answer. */
static void test_replies_are_appended(void **state)
{
    struct feed *f = *state;
    struct buf replies = {0}, payload = {0};
    struct machine_result result;
    const struct span argv[] = {{"incr", 4}, {"n", 1}};
    uint64_t sid = feed_open(f, TTL);
    assert_int_equal(envelope_encode(&payload, &(struct session_write){sid, 1, 1}, argv, 2, NULL),
                     0);
    for (uint64_t index = 2; index <= 3; index++) {
        const struct entry e = {
            index, 1, 0, ENTRY_DATA, (uint32_t)payload.len, (const uint8_t *)payload.data};
        buf_puts(&replies, "+before\r\n");
        assert_int_equal(machine_apply(f->machine, &e, &replies, &result, NULL), 0);
        assert_int_equal(result.answer_digest, checksum64(":1\r\n", 4));
    }
    assert_string_equal(buf_str(&replies), "+before\r\n:1\r\n+before\r\n:1\r\n");
    buf_free(&replies);
    buf_free(&payload);
}

static void test_errors_are_answers_too(void **state)
{
    struct feed *f = *state;
    uint64_t sid = feed_open(f, TTL);
    (void)feed_plain(f, "set a x");
    const char *error = "-ERR value is not an integer or out of range\r\n";
    assert_string_equal(feed_write(f, sid, 1, 1, "incr a"), error);
    expect_result(f, MACHINE_EXECUTED, 3);
    (void)feed_plain(f, "set a 1");
    assert_string_equal(feed_write(f, sid, 1, 1, "incr a"), error);
    expect_result(f, MACHINE_REPEATED, 3);
}

static void expect_refusal(struct feed *f, const char *reply, enum machine_outcome outcome,
                           const char *code)
{
    struct buf value = {0};
    assert_int_equal(strncmp(reply, code, strlen(code)), 0);
    expect_result(f, outcome, machine_index(f->machine));
    assert_string_equal(get(f, "n", &value), "$-1\r\n"); /* nothing was executed */
    buf_free(&value);
}

static void test_refusals_execute_nothing(void **state)
{
    struct feed *f = *state;
    expect_refusal(f, feed_write(f, 1, 1, 1, "incr n"), MACHINE_NO_SESSION, "-NOSESSION ");
    uint64_t sid = feed_open(f, TTL);
    (void)feed_write(f, sid, 3, 3, "set a 1");
    expect_refusal(f, feed_write(f, sid, 2, 1, "incr n"), MACHINE_STALE, "-STALESEQ ");
    expect_refusal(f, feed_write(f, sid, 67, 3, "incr n"), MACHINE_FULL, "-BUSY ");
    expect_refusal(f, feed_write(f, sid + 1, 1, 1, "incr n"), MACHINE_NO_SESSION, "-NOSESSION ");
    assert_string_equal(feed_close(f, sid), "+OK\r\n");
    expect_result(f, MACHINE_CLOSED, machine_index(f->machine));
    expect_refusal(f, feed_close(f, sid), MACHINE_NO_SESSION, "-NOSESSION ");
    expect_refusal(f, feed_write(f, sid, 3, 3, "incr n"), MACHINE_NO_SESSION, "-NOSESSION ");
}

/* An entry of any kind lets sessions expire, before it does anything else. */
static void test_expiry_comes_first(void **state)
{
    struct feed *f = *state;
    uint64_t sid = feed_open(f, NS_PER_MS);
    f->stamp = NS_PER_MS;
    (void)feed_write(f, sid, 1, 1, "set a 1");
    f->stamp = 2 * NS_PER_MS;
    assert_string_equal(feed_write(f, sid, 1, 1, "set a 1"), "+OK\r\n");
    f->stamp = 3 * NS_PER_MS + 1;
    expect_refusal(f, feed_write(f, sid, 1, 1, "incr n"), MACHINE_NO_SESSION, "-NOSESSION ");
    for (int kind = ENTRY_NOOP; kind <= ENTRY_TICK; kind++) {
        if (kind == ENTRY_DATA || kind == ENTRY_SESSION)
            continue;
        (void)feed_open(f, NS_PER_MS);
        assert_int_equal(sessions_count(machine_sessions(f->machine)), 1);
        f->stamp += NS_PER_MS + 1;
        (void)feed_kind(f, (enum entry_kind)kind);
        assert_int_equal(sessions_count(machine_sessions(f->machine)), 0);
    }
}

static void test_malformed_payloads(void **state)
{
    struct feed *f = *state;
    static const uint8_t bytes[][12] = {{0},
                                        {9, 1},
                                        {1, 0, 0},
                                        {1, 1, 0, 9},
                                        {3, 0, 0, 0, 0, 0, 1, 0, 0},
                                        {4, 1, 0, 0, 0, 0, 0, 0, 0}};
    static const uint32_t lens[] = {0, 2, 3, 4, 9, 9};
    struct machine_result result = {.index = 77};
    struct err err = {0};
    (void)feed_plain(f, "set a 1");
    uint64_t digest = machine_digest(f->machine);
    for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
        /* Right for the other kind: an open or a close is no command, a command opens nothing. */
        struct entry e = {2, 1, 99, ENTRY_DATA, lens[i], bytes[i]};
        buf_reset(&f->reply);
        assert_int_equal(machine_apply(f->machine, &e, &f->reply, &result, &err), -E_CORRUPT);
        assert_int_equal(strncmp(err.text, "machine: entry 2: ", 18), 0);
        assert_int_equal(result.index, 77);
        assert_int_equal(f->reply.len, 0);
        assert_int_equal(machine_digest(f->machine), digest);
        assert_int_equal(machine_index(f->machine), 1);
    }
    buf_reset(&f->payload);
    const struct span word = {"incr", 4};
    assert_int_equal(envelope_encode(&f->payload, NULL, &word, 1, NULL), 0);
    struct entry e = {
        2, 1, 99, ENTRY_SESSION, (uint32_t)f->payload.len, (const uint8_t *)f->payload.data};
    assert_int_equal(machine_apply(f->machine, &e, &f->reply, &result, &err), -E_CORRUPT);
    assert_string_equal(err.text, "machine: entry 2: payload: form 1 in an entry of kind 4");
}

static void test_copies_stand_still(void **state)
{
    struct feed *f = *state;
    struct prng p = prng_seed(11);
    for (int round = 0; round < 20; round++) {
        struct machine *frozen = machine_copy(f->machine);
        uint64_t digest = machine_digest(f->machine), index = machine_index(f->machine);
        for (int i = 0; i < 200; i++)
            feed_random(f, &p);
        assert_int_equal(machine_digest(frozen), digest);
        assert_int_equal(machine_index(frozen), index);
        assert_int_not_equal(machine_digest(f->machine), digest);
        machine_free(frozen);
    }
}

/* Two machines that apply the same entries have the same replies and digests all along. */
static void test_replicas_agree(void **state)
{
    struct feed *a = *state, b = {.machine = machine_new()};
    struct prng p = prng_seed(3), q = p;
    for (int i = 0; i < 5000; i++) {
        feed_random(a, &p);
        feed_random(&b, &q);
        assert_string_equal(buf_str(&a->reply), buf_str(&b.reply));
        assert_memory_equal(&a->result, &b.result, sizeof(b.result));
        assert_int_equal(machine_digest(a->machine), machine_digest(b.machine));
    }
    machine_free(b.machine);
    feed_free(&b);
}

/* ---- clients whose messages are lost, late, doubled and out of order ---- */

#define CLIENTS 4
#define WRITES  400
#define WINDOW  10

struct lossy_write {
    bool answered; /* the client has an answer */
    bool executed; /* it stands in the log */
    uint64_t index, digest;
};

struct lossy_client {
    uint64_t sid;
    uint64_t begun; /* writes 1 … begun were sent at least once */
    uint64_t first_open;
    struct lossy_write writes[WRITES + 1];
};

/* One copy of a write arrives in the log, with the first_open of when it was sent. */
static void deliver(struct feed *f, struct prng *p, struct lossy_client *c, char name, uint64_t seq,
                    uint64_t first_open)
{
    char line[64];
    struct lossy_write *w = &c->writes[seq];
    (void)snprintf(line, sizeof(line), "append %c .%u", name, (unsigned)seq);
    (void)feed_write(f, c->sid, seq, first_open, line);
    if (f->result.outcome == MACHINE_STALE) {
        assert_true(w->answered);
        return;
    }
    assert_int_equal(f->result.outcome, w->executed ? MACHINE_REPEATED : MACHINE_EXECUTED);
    if (w->executed) {
        assert_int_equal(f->result.index, w->index);
        assert_int_equal(f->result.answer_digest, w->digest);
    }
    w->executed = true;
    w->index = f->result.index;
    w->digest = f->result.answer_digest;
    w->answered = w->answered || prng_chance(p, 0.4); /* else the answer is lost */
    while (c->first_open <= c->begun && c->writes[c->first_open].answered)
        c->first_open++;
}

static void client_step(struct feed *f, struct prng *p, struct lossy_client *c, char name)
{
    if (c->begun < WRITES && c->begun - c->first_open + 1 < WINDOW)
        c->begun++;
    if (c->begun == 0)
        return;
    uint64_t low = c->first_open > WINDOW ? c->first_open - WINDOW : 1;
    uint64_t seq = prng_between(p, low, c->begun + 1);
    /* A copy that was under way for long says less about what is open. */
    uint64_t first_open = c->first_open < seq ? c->first_open : seq;
    if (prng_chance(p, 0.3))
        first_open = first_open > 5 ? first_open - 5 : 1;
    deliver(f, p, c, name, seq, first_open);
}

/* Every tag of the list once. */
static void expect_each_once(const struct feed *f, char name)
{
    struct kv_item item;
    bool there[WRITES + 1] = {0};
    assert_true(kv_get(machine_kv(f->machine), span_of(&name, 1), &item));
    char *text = mem_dup(item.value.data, item.value.len), *rest = text, *tag;
    size_t count = 0;
    while ((tag = strtok_r(rest, ".", &rest)) != NULL) {
        unsigned long seq = strtoul(tag, NULL, 10);
        assert_true(seq >= 1 && seq <= WRITES && !there[seq]);
        there[seq] = true;
        count++;
    }
    assert_int_equal(count, WRITES);
    free(text);
}

static void test_every_write_exactly_once(void **state)
{
    struct feed *f = *state;
    struct prng p = prng_seed(5);
    struct lossy_client *clients = mem_array(CLIENTS, sizeof(*clients));
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i].sid = feed_open(f, TTL);
        clients[i].first_open = 1;
    }
    for (size_t done = 0; done < CLIENTS;) {
        size_t at = prng_below(&p, CLIENTS);
        client_step(f, &p, &clients[at], (char)('a' + at));
        for (done = 0; done < CLIENTS && clients[done].first_open > WRITES;)
            done++;
    }
    for (size_t i = 0; i < CLIENTS; i++)
        expect_each_once(f, (char)('a' + i));
    free(clients);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_plain_commands),
        TEST(test_other_entries_only_advance),
        TEST(test_a_retry_is_not_executed_again),
        TEST(test_replies_are_appended),
        TEST(test_errors_are_answers_too),
        TEST(test_refusals_execute_nothing),
        TEST(test_expiry_comes_first),
        TEST(test_malformed_payloads),
        TEST(test_copies_stand_still),
        TEST(test_replicas_agree),
        TEST(test_every_write_exactly_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
