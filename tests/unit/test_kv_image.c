/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules: R-SNAP-1, R-SNAP-5, R-CLI-3. */
#include "base/checksum.h"
#include "base/mem.h"
#include "kv/kv_image.h"
#include "tests/support/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- writing and reading whole images ---- */

/* In pieces of one size; 0: of random ones. */
static uint64_t write_image(struct machine *m, size_t piece, struct prng *p, struct buf *out)
{
    struct kv_image_writer *w = kv_image_writer_new(machine_copy(m));
    buf_reset(out);
    for (;;) {
        size_t want = piece > 0 ? piece : prng_between(p, 1, 500);
        size_t before = out->len, got = kv_image_write(w, out, want);
        assert_int_equal(out->len - before, got);
        if (got < want)
            break;
    }
    assert_true(kv_image_written(w));
    assert_int_equal(kv_image_write(w, out, 10), 0);
    assert_int_equal(out->len, kv_image_bytes(m));
    uint64_t digest = kv_image_writer_digest(w);
    kv_image_writer_free(w);
    return digest;
}

/* Returns 0 and the machine, or the code. */
static int read_image(struct span image, size_t piece, struct prng *p, struct machine **ret,
                      uint64_t *ret_digest, struct err *e)
{
    struct kv_image_reader *r = kv_image_reader_new();
    int code = 0;
    while (code == 0 && image.len > 0) {
        size_t len = piece > 0 ? piece : prng_between(p, 1, 500);
        len = len < image.len ? len : image.len;
        code = kv_image_read(r, span_of(image.data, len), e);
        image = span_of(image.data + len, image.len - len);
    }
    if (code == 0)
        code = kv_image_finish(r, ret, e);
    if (code == 0)
        *ret_digest = kv_image_reader_digest(r);
    kv_image_reader_free(r);
    return code;
}

static struct span span_of_buf(const struct buf *b)
{
    return span_of(b->data, b->len);
}

static struct machine *expect_read(const struct buf *image, size_t piece, struct prng *p,
                                   uint64_t digest)
{
    struct machine *m = NULL;
    struct err e = {0};
    uint64_t read_digest = 0;
    if (read_image(span_of_buf(image), piece, p, &m, &read_digest, &e) < 0)
        fail_msg("%s", e.text);
    assert_int_equal(read_digest, digest);
    return m;
}

static void expect_same_state(const struct machine *a, const struct machine *b)
{
    assert_int_equal(machine_digest(a), machine_digest(b));
    assert_int_equal(machine_index(a), machine_index(b));
    assert_int_equal(machine_term(a), machine_term(b));
    assert_int_equal(machine_clock_ns(a), machine_clock_ns(b));
    assert_int_equal(kv_count(machine_kv(a)), kv_count(machine_kv(b)));
    assert_int_equal(kv_bytes(machine_kv(a)), kv_bytes(machine_kv(b)));
    assert_int_equal(sessions_count(machine_sessions(a)), sessions_count(machine_sessions(b)));
    assert_int_equal(sessions_answers(machine_sessions(a)), sessions_answers(machine_sessions(b)));
    assert_int_equal(sessions_answer_bytes(machine_sessions(a)),
                     sessions_answer_bytes(machine_sessions(b)));
}

/* ---- tests ---- */

/* The same entries on both from here on: same replies (kept answers too), same states. */
static void expect_same_future(struct machine *a, struct machine *b, uint64_t seed, uint64_t stamp)
{
    struct feed f = {.machine = a, .stamp = stamp}, g = {.machine = b, .stamp = stamp};
    struct prng p = prng_seed(seed), q = p;
    for (int i = 0; i < 300; i++) {
        feed_random(&f, &p);
        feed_random(&g, &q);
        assert_string_equal(buf_str(&f.reply), buf_str(&g.reply));
        assert_memory_equal(&f.result, &g.result, sizeof(g.result));
        assert_int_equal(machine_digest(a), machine_digest(b));
    }
    feed_free(&f);
    feed_free(&g);
}

static void test_round_trips(void **state)
{
    (void)state;
    struct buf image = {0}, again = {0};
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct prng p = prng_seed(seed);
        struct feed f = {.machine = machine_new()};
        for (int round = 0; round < 5; round++) {
            uint64_t digest = write_image(f.machine, 1 << 20, &p, &image);
            assert_int_equal(write_image(f.machine, 0, &p, &again), digest);
            assert_true(span_equal(span_of_buf(&image), span_of_buf(&again)));
            struct machine *m = expect_read(&image, round == 1 ? 1 : 0, &p, digest);
            expect_same_state(m, f.machine);
            assert_int_equal(write_image(m, 7, &p, &again), digest);
            assert_true(span_equal(span_of_buf(&image), span_of_buf(&again)));
            expect_same_future(f.machine, m, seed * 100 + (uint64_t)round, f.stamp);
            machine_free(m);
            f.stamp = machine_clock_ns(f.machine);
            for (uint64_t i = 0; i < 500; i++)
                feed_random(&f, &p);
        }
        assert_true(sessions_answers(machine_sessions(f.machine)) > 10);
        machine_free(f.machine);
        feed_free(&f);
    }
    buf_free(&image);
    buf_free(&again);
}

/* An image of a state in which a crowd of keys has ended in part: the rest is still there. */
static void test_keys_that_are_due(void **state)
{
    (void)state;
    struct prng p = prng_seed(3);
    struct feed f = {.machine = machine_new()};
    struct buf image = {0};
    char line[32];
    for (unsigned i = 0; i < LIMIT_EXPIRE_KEYS + 10; i++) {
        (void)snprintf(line, sizeof(line), "set k%u v px 1", i);
        (void)feed_plain(&f, line);
    }
    f.stamp = 1 << 30;
    (void)feed_kind(&f, ENTRY_TICK);
    assert_int_equal(kv_count(machine_kv(f.machine)), 10);
    uint64_t digest = write_image(f.machine, 1000, &p, &image);
    struct machine *m = expect_read(&image, 0, &p, digest);
    expect_same_state(m, f.machine);
    expect_same_future(f.machine, m, 5, f.stamp);
    machine_free(m);
    machine_free(f.machine);
    feed_free(&f);
    buf_free(&image);
}

static void test_writes_go_on_meanwhile(void **state)
{
    (void)state;
    struct prng p = prng_seed(9);
    struct feed f = {.machine = machine_new()};
    struct buf image = {0}, meanwhile = {0};
    for (int i = 0; i < 2000; i++)
        feed_random(&f, &p);
    uint64_t digest = write_image(f.machine, 4096, &p, &image);
    struct kv_image_writer *w = kv_image_writer_new(machine_copy(f.machine));
    assert_int_equal(machine_index(kv_image_writer_machine(w)), 2000);
    while (kv_image_write(w, &meanwhile, 16) == 16) {
        for (int i = 0; i < 5; i++)
            feed_random(&f, &p);
    }
    assert_int_equal(kv_image_writer_digest(w), digest);
    assert_true(span_equal(span_of_buf(&image), span_of_buf(&meanwhile)));
    assert_true(machine_index(f.machine) > 3000);
    kv_image_writer_free(w);
    machine_free(f.machine);
    feed_free(&f);
    buf_free(&image);
    buf_free(&meanwhile);
}

/* Two ways to one state: with a detour that leaves nothing behind, and straight. */
static void test_equal_states_give_equal_bytes(void **state)
{
    (void)state;
    struct prng p = prng_seed(1);
    struct feed a = {.machine = machine_new()}, b = {.machine = machine_new()};
    struct buf image_a = {0}, image_b = {0};
    char line[64];
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(line, sizeof(line), "set gone%u x", i * 7919 % 1000);
        (void)feed_plain(&a, line);
        (void)feed_kind(&b, ENTRY_NOOP);
    }
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(line, sizeof(line), "del gone%u", i);
        (void)(i % 10 == 3 ? feed_open(&a, SESSION_TTL_NS_MIN) : (uint64_t)feed_plain(&a, line)[0]);
        (void)feed_kind(&b, ENTRY_TICK);
    }
    a.stamp = b.stamp = 2 * SESSION_TTL_NS_MIN; /* the first's sessions are over */
    uint64_t sid = feed_open(&a, SESSION_TTL_NS_DEFAULT);
    assert_int_equal(feed_open(&b, SESSION_TTL_NS_DEFAULT), sid);
    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(line, sizeof(line), "del gone%u", i * 10 + 3);
        (void)feed_plain(&a, line);
        (void)feed_kind(&b, ENTRY_CONFIG);
        (void)snprintf(line, sizeof(line), "set k%u v%u", i * 37 % 100, i);
        (void)feed_write(&a, sid, i + 1, i < 9 ? 1 : i - 8, line);
        (void)feed_write(&b, sid, i + 1, i < 4 ? 1 : i - 3, line);
    }
    (void)feed_write(&a, sid, 101, 99, "set z 1");
    (void)feed_write(&b, sid, 101, 99, "set z 1");
    assert_int_equal(kv_count(machine_kv(a.machine)), 101);
    uint64_t digest = write_image(a.machine, 100, &p, &image_a);
    assert_int_equal(write_image(b.machine, 3000, &p, &image_b), digest);
    assert_true(span_equal(span_of_buf(&image_a), span_of_buf(&image_b)));
    expect_same_state(a.machine, b.machine);
    machine_free(a.machine);
    machine_free(b.machine);
    feed_free(&a);
    feed_free(&b);
    buf_free(&image_a);
    buf_free(&image_b);
}

/* ---- an image by hand ---- */

struct hand {
    struct buf bytes;
    size_t chained; /* of them */
    uint64_t digest;
};

static void chain(struct hand *h)
{
    h->digest = checksum64_seeded(h->digest, h->bytes.data + h->chained, h->bytes.len - h->chained);
    h->chained = h->bytes.len;
}

static void put_u64s(struct hand *h, size_t count, const uint64_t *words)
{
    for (size_t i = 0; i < count; i++)
        buf_put_u64(&h->bytes, words[i]);
}

static void hand_head(struct hand *h, uint64_t index, uint64_t clock, uint64_t sessions,
                      uint64_t answers, uint64_t keys)
{
    buf_puts(&h->bytes, "raftkv");
    buf_put_u16(&h->bytes, 2);
    put_u64s(h, 6, (uint64_t[]){index, index == 0 ? 0 : 1, clock, sessions, answers, keys});
    chain(h);
}

static void hand_session(struct hand *h, uint64_t sid, uint64_t ttl, uint64_t used, uint64_t first)
{
    buf_putc(&h->bytes, 'S');
    put_u64s(h, 4, (uint64_t[]){sid, ttl, used, first});
    chain(h);
}

static void hand_answer(struct hand *h, uint64_t seq, uint64_t index, const char *text)
{
    buf_putc(&h->bytes, 'A');
    put_u64s(h, 2, (uint64_t[]){seq, index});
    buf_put_u32(&h->bytes, (uint32_t)strlen(text));
    chain(h);
    buf_puts(&h->bytes, text);
    chain(h);
}

static void hand_expiring_key(struct hand *h, uint64_t rev, uint64_t expires, const char *key,
                              const char *value)
{
    buf_putc(&h->bytes, 'K');
    buf_put_u32(&h->bytes, (uint32_t)strlen(key));
    buf_put_u32(&h->bytes, (uint32_t)strlen(value));
    put_u64s(h, 2, (uint64_t[]){rev, expires});
    chain(h);
    buf_puts(&h->bytes, key);
    chain(h);
    if (value[0] != '\0') {
        buf_puts(&h->bytes, value);
        chain(h);
    }
}

static void hand_key(struct hand *h, uint64_t rev, const char *key, const char *value)
{
    hand_expiring_key(h, rev, 0, key, value);
}

static void hand_end(struct hand *h, uint64_t state)
{
    buf_putc(&h->bytes, 'E');
    put_u64s(h, 2, (uint64_t[]){state, h->digest});
}

/* The layout of the header file, byte by byte. */
static void test_the_format(void **state)
{
    (void)state;
    struct prng p = prng_seed(1);
    struct feed f = {.machine = machine_new()};
    struct buf image = {0};
    struct hand h = {0};
    (void)feed_open(&f, SESSION_TTL_NS_DEFAULT);
    f.stamp = 0x0102030405060708;
    uint64_t sid = feed_open(&f, SESSION_TTL_NS_MAX);
    (void)feed_write(&f, sid, 2, 1, "set b value");
    (void)feed_write(&f, sid, 1, 1, "incr a");
    (void)feed_plain(&f, "set c x px 1");
    uint64_t digest = write_image(f.machine, 1000, &p, &image);

    hand_head(&h, 5, 0x0102030405060708, 1, 2, 3);
    hand_session(&h, 2, SESSION_TTL_NS_MAX, 0x0102030405060708, 1);
    hand_answer(&h, 1, 4, ":1\r\n");
    hand_answer(&h, 2, 3, "+OK\r\n");
    hand_key(&h, 4, "a", "1");
    hand_key(&h, 3, "b", "value");
    hand_expiring_key(&h, 5, 0x0102030405060708 + 1000000, "c", "x");
    assert_int_equal(h.digest, digest);
    hand_end(&h, machine_digest(f.machine));
    assert_int_equal(h.bytes.len, image.len);
    assert_memory_equal(h.bytes.data, image.data, image.len);
    assert_memory_equal(image.data + 8, "\5\0\0\0\0\0\0\0", 8);
    assert_memory_equal(image.data + 24, "\10\7\6\5\4\3\2\1", 8);
    machine_free(f.machine);
    feed_free(&f);
    buf_free(&image);
    buf_free(&h.bytes);
}

/* ---- images that are refused ---- */

static void expect_refused(struct span image, const char *sentence)
{
    struct prng p = prng_seed(image.len);
    struct machine *m = NULL;
    struct err e = {0};
    uint64_t digest = 77;
    assert_int_equal(read_image(image, 0, &p, &m, &digest, &e), -E_CORRUPT);
    assert_null(m);
    assert_int_equal(digest, 77);
    if (sentence != NULL)
        assert_string_equal(e.text, sentence);
    assert_int_equal(strncmp(e.text, "image: ", 7), 0);
}

static void test_cut_and_garbled(void **state)
{
    (void)state;
    struct prng p = prng_seed(2);
    struct feed f = {.machine = machine_new()};
    struct buf image = {0};
    for (int i = 0; i < 150; i++)
        feed_random(&f, &p);
    assert_true(sessions_answers(machine_sessions(f.machine)) > 5);
    (void)write_image(f.machine, 1000, &p, &image);
    for (size_t len = 0; len < image.len; len++)
        expect_refused(span_of(image.data, len), "image: it is cut short");
    for (size_t i = 0; i < image.len; i++) {
        for (int bit = 0; bit < 8; bit++) {
            image.data[i] = (char)(image.data[i] ^ (1 << bit));
            expect_refused(span_of_buf(&image), NULL);
            image.data[i] = (char)(image.data[i] ^ (1 << bit));
        }
    }
    buf_putc(&image, 'E');
    expect_refused(span_of_buf(&image), "image: bytes behind its end");
    machine_free(f.machine);
    feed_free(&f);
    buf_free(&image);
}

/* Well-formed but for one thing, with a right digest of its bytes. */
static void refuse_and_free(struct hand *h, const char *sentence)
{
    hand_end(h, 0);
    expect_refused(span_of_buf(&h->bytes), sentence);
    buf_free(&h->bytes);
    *h = (struct hand){0};
}

#define MS SESSION_TTL_NS_MIN

static void test_impossible_heads(void **state)
{
    (void)state;
    struct hand h = {0};
    buf_puts(&h.bytes, "raftkw");
    buf_put_zeros(&h.bytes, 50);
    refuse_and_free(&h, "image: it does not begin like one");
    buf_puts(&h.bytes, "raftkv\1");
    buf_put_zeros(&h.bytes, 49);
    refuse_and_free(&h, "image: version 1 is not 2");
    hand_head(&h, UINT64_C(1) << 63, 0, 0, 0, 0);
    refuse_and_free(&h, "image: its position is impossible");
    hand_head(&h, 1, 0, LIMIT_SESSIONS + 1, 0, 0);
    refuse_and_free(&h, "image: more sessions or answers than there may be");
    hand_head(&h, 1, 0, 1, LIMIT_SESSION_OPEN + 1, 0);
    refuse_and_free(&h, "image: more sessions or answers than there may be");
    hand_head(&h, 9, 0, 0, 0, 1);
    refuse_and_free(&h, "image: sessions, answers or keys are missing");
    hand_head(&h, 9, 0, 0, 0, 0);
    buf_putc(&h.bytes, 'X');
    refuse_and_free(&h, "image: a record of no known kind");
    hand_head(&h, 9, 0, 0, 0, 0);
    refuse_and_free(&h, "image: its state is not the state it was written from");
    hand_head(&h, 9, 0, 0, 0, 0);
    h.digest++;
    refuse_and_free(&h, "image: its digest is not that of its bytes");
}

static void refuse_session(uint64_t sid, uint64_t ttl, uint64_t used, uint64_t first,
                           const char *sentence)
{
    struct hand h = {0};
    hand_head(&h, 9, 5 * MS, 2, 2, 0);
    hand_session(&h, 3, 9 * MS, MS, 1);
    hand_session(&h, sid, ttl, used, first);
    refuse_and_free(&h, sentence);
}

static void test_impossible_sessions(void **state)
{
    (void)state;
    const char *order = "image: a session id is out of order or beyond the image's index";
    const char *ttl = "image: a session's time to live is out of bounds";
    const char *used = "image: a session was used after the image's clock, or has expired";
    const char *first = "image: a session's first open number is out of bounds";
    refuse_session(3, MS, 5 * MS, 1, order);
    refuse_session(2, MS, 5 * MS, 1, order);
    refuse_session(10, MS, 5 * MS, 1, order);
    refuse_session(4, MS - 1, 5 * MS, 1, ttl);
    refuse_session(4, SESSION_TTL_NS_MAX + 1, 5 * MS, 1, ttl);
    refuse_session(4, MS, 5 * MS + 1, 1, used);
    refuse_session(4, MS, 4 * MS - 1, 1, used);
    refuse_session(4, MS, 4 * MS, 0, first);
    refuse_session(4, MS, 4 * MS, SESSION_NUMBER_END, first);
    refuse_session(4, MS, 4 * MS, 1, "image: sessions, answers or keys are missing");
    struct hand h = {0};
    hand_head(&h, 9, 0, 1, 0, 1);
    hand_key(&h, 1, "k", "v");
    hand_session(&h, 4, MS, 0, 1);
    refuse_and_free(&h, "image: a session too many, or behind the keys");
}

static void refuse_answer(uint64_t seq, uint64_t index, const char *sentence)
{
    struct hand h = {0};
    hand_head(&h, 9, 5 * MS, 1, 3, 0);
    hand_session(&h, 3, 9 * MS, MS, 5);
    hand_answer(&h, 6, 4, "+OK\r\n");
    hand_answer(&h, seq, index, "+OK\r\n");
    refuse_and_free(&h, sentence);
}

static void test_impossible_answers(void **state)
{
    (void)state;
    const char *order = "image: an answer's number is out of order or not open";
    const char *when = "image: an answer from before its session or beyond the image's index";
    const char *many = "image: an answer too many, or without a session";
    refuse_answer(6, 5, order);
    refuse_answer(5, 5, order);
    refuse_answer(69, 5, order);
    refuse_answer(UINT64_MAX, 5, order);
    refuse_answer(68, 3, when);
    refuse_answer(68, 10, when);
    refuse_answer(68, 9, "image: sessions, answers or keys are missing");
    struct hand h = {0};
    hand_head(&h, 9, 0, 1, 1, 0);
    hand_answer(&h, 1, 1, "+OK\r\n");
    refuse_and_free(&h, many);
    hand_head(&h, 9, 0, 1, 1, 1);
    hand_session(&h, 3, MS, 0, 1);
    hand_key(&h, 1, "k", "v");
    hand_answer(&h, 1, 4, "+OK\r\n");
    refuse_and_free(&h, many);
    hand_head(&h, 9, 0, 1, 1, 0);
    hand_session(&h, 3, MS, 0, 1);
    buf_putc(&h.bytes, 'A');
    put_u64s(&h, 2, (uint64_t[]){1, 4});
    buf_put_u32(&h.bytes, LIMIT_REPLY_BYTES + 1);
    refuse_and_free(&h, "image: answers longer than there may be");
}

static void test_impossible_keys(void **state)
{
    (void)state;
    struct hand h = {0};
    const char *names[] = {"", "a", "b", "ba"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        hand_head(&h, 9, 0, 0, 0, 2);
        hand_key(&h, 1, "b", "v");
        hand_key(&h, 2, names[i], "");
        refuse_and_free(&h, i == 3 ? "image: its state is not the state it was written from"
                                   : "image: a key is out of order");
    }
    for (uint64_t rev = 0; rev <= 10; rev += 10) {
        hand_head(&h, 9, 0, 0, 0, 2);
        hand_key(&h, rev, "b", "v");
        refuse_and_free(&h, "image: a key's rev is beyond the image's index");
    }
    hand_head(&h, 9, 0, 0, 0, 1);
    hand_key(&h, 1, "a", "v");
    hand_key(&h, 1, "b", "v");
    refuse_and_free(&h, "image: a key too many");
    for (int i = 0; i < 2; i++) {
        hand_head(&h, 9, 0, 0, 0, 1);
        buf_putc(&h.bytes, 'K');
        buf_put_u32(&h.bytes, i == 0 ? LIMIT_KEY_BYTES + 1 : 1);
        buf_put_u32(&h.bytes, i == 1 ? LIMIT_VALUE_BYTES + 1 : 1);
        buf_put_u64(&h.bytes, 1);
        refuse_and_free(&h, "image: a key or a value longer than it may be");
    }
    for (const char *tag = "LT"; *tag != '\0'; tag++) { /* an empty list or set is none */
        hand_head(&h, 9, 0, 0, 0, 1);
        buf_putc(&h.bytes, *tag);
        buf_put_u32(&h.bytes, 1);
        buf_put_u32(&h.bytes, 0);
        put_u64s(&h, 2, (uint64_t[]){1, 0});
        buf_putc(&h.bytes, 'k');
        refuse_and_free(&h, "image: a list or a set is not packed as one");
    }
}

/* What was refused stays refused, with the same sentence. */
static void test_failures_stay(void **state)
{
    (void)state;
    struct kv_image_reader *r = kv_image_reader_new();
    struct machine *m = NULL;
    struct err e = {0};
    char zeros[60] = {0};
    assert_int_equal(kv_image_read(r, span_of(zeros, 55), &e), 0);
    for (int i = 0; i < 3; i++) {
        e = (struct err){0};
        assert_int_equal(kv_image_read(r, span_of(zeros, 5), &e), -E_CORRUPT);
        assert_string_equal(e.text, "image: it does not begin like one");
    }
    assert_int_equal(kv_image_finish(r, &m, &e), -E_CORRUPT);
    assert_string_equal(e.text, "image: it does not begin like one");
    kv_image_reader_free(r);
}

static void test_the_largest_values(void **state)
{
    (void)state;
    struct prng p = prng_seed(4);
    struct kv *kv = kv_new();
    char *bytes = mem_alloc(LIMIT_VALUE_BYTES);
    for (size_t i = 0; i < LIMIT_VALUE_BYTES; i++)
        bytes[i] = (char)(i * 31);
    kv_put(kv, span_of(bytes, LIMIT_KEY_BYTES), span_of(bytes, LIMIT_VALUE_BYTES), 1);
    kv_put(kv, (struct span){0}, (struct span){0}, 2);
    struct machine *m = machine_restore(kv, sessions_new(NULL), 2, 1, 0);
    struct buf image = {0};
    uint64_t digest = write_image(m, 256 << 10, &p, &image);
    struct machine *again = expect_read(&image, 100000, &p, digest);
    expect_same_state(m, again);
    machine_free(m);
    machine_free(again);
    buf_free(&image);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_format),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_writes_go_on_meanwhile),
        cmocka_unit_test(test_keys_that_are_due),
        cmocka_unit_test(test_equal_states_give_equal_bytes),
        cmocka_unit_test(test_cut_and_garbled),
        cmocka_unit_test(test_impossible_heads),
        cmocka_unit_test(test_impossible_sessions),
        cmocka_unit_test(test_impossible_answers),
        cmocka_unit_test(test_impossible_keys),
        cmocka_unit_test(test_failures_stay),
        cmocka_unit_test(test_the_largest_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
