/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two levels of states: all come back as they were, from memory or from disk, once. */
#include "base/mem.h"
#include "base/prng.h"
#include "emulator/explore/frontier.h"
#include "emulator/explore/pack.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#define MANY     60000u
#define JOBS     4u
#define NO_LIMIT (1ull << 40)

/* ---- records as the search writes them: servers, what is left of the budgets, messages ---- */

#define LEN_MAX 160u

static size_t make(uint8_t out[LEN_MAX], uint64_t i)
{
    struct prng p = prng_seed(i);
    uint32_t words[LEN_MAX / 4] = {(uint32_t)i, (uint32_t)(i / 7), (uint32_t)(i / 31), 0x01020002};
    uint32_t count = 4 + (uint32_t)prng_below(&p, 12);
    for (uint32_t k = 4; k < count; k++)
        words[k] = words[k - 1] % 1000 + (uint32_t)prng_below(&p, 40);
    size_t len = count * 4 + (size_t)(i % 3);
    if (i % 50 == 0)
        len = 130 + (size_t)(i % 30); /* two bytes of length */
    memcpy(out, words, len < sizeof(words) ? len : sizeof(words));
    return len;
}

static struct frontier *opened(uint64_t memory, bool parents)
{
    struct frontier *f = NULL;
    struct err e = {0};
    const struct frontier_options o = {
        .dir = "/tmp", .memory_bytes_max = memory, .parents = parents};
    if (frontier_open(&f, &o, &e) != 0)
        fail_msg("%s", e.text);
    return f;
}

/* ---- one worker ---- */

static void write_all(struct frontier *f, uint64_t from, uint64_t to)
{
    struct err e = {0};
    struct frontier_writer *w = frontier_writer_new(f);
    for (uint64_t i = from; i < to; i++) {
        uint8_t record[LEN_MAX];
        size_t len = make(record, i);
        if (frontier_add(w, record, len, i * 3, &e) != 0)
            fail_msg("%s", e.text);
    }
    if (frontier_flush(w, &e) != 0)
        fail_msg("%s", e.text);
    frontier_writer_free(w);
}

static void check(const struct frontier_record *rec, uint64_t i)
{
    uint8_t record[LEN_MAX];
    assert_int_equal(rec->len, make(record, i));
    assert_memory_equal(rec->data, record, rec->len);
}

static void read_all(struct frontier *f, uint64_t from, uint64_t to)
{
    struct err e = {0};
    struct frontier_record rec;
    struct frontier_reader *r = frontier_reader_new(f);
    for (uint64_t i = from; i < to; i++) {
        int got = frontier_next(r, &rec, &e);
        if (got != 1)
            fail_msg("%s", e.text);
        assert_int_equal(rec.number, i);
        check(&rec, i);
    }
    assert_int_equal(frontier_next(r, &rec, &e), 0);
    assert_int_equal(frontier_next(r, &rec, &e), 0);
    frontier_reader_free(r);
}

static void levels_come_back(uint64_t memory, bool parents, bool expect_file)
{
    struct err e = {0};
    struct frontier *f = opened(memory, parents);
    struct frontier_numbers n;
    for (uint64_t level = 0; level < 3; level++) {
        write_all(f, level * MANY, (level + 1) * MANY);
        frontier_count(f, &n);
        assert_int_equal(n.written, MANY);
        assert_int_equal(n.all, (level + 1) * MANY);
        assert_int_equal(n.disk_bytes - (parents ? n.all * 8 : 0) > 0, expect_file);
        assert_true(n.memory_bytes <= memory + MANY);
        assert_int_equal(frontier_turn(f, &e), 0);
        read_all(f, level * MANY, (level + 1) * MANY);
        frontier_count(f, &n);
        assert_int_equal(n.to_read, 0);
        assert_true(n.memory_bytes < 20000); /* the list alone */
    }
    for (uint64_t i = 0; parents && i < 3 * MANY; i += 77) {
        uint64_t word = 0;
        assert_int_equal(frontier_parent(f, i, &word, &e), 0);
        assert_int_equal(word, i * 3);
    }
    frontier_close(f);
}

static void test_a_level_comes_back_in_order(void **state)
{
    (void)state;
    levels_come_back(NO_LIMIT, false, false);
    levels_come_back(NO_LIMIT, true, false);
    levels_come_back(0, false, true);
    levels_come_back(200u << 10, true, true); /* some of it in memory, some not */
}

static void test_an_empty_level_is_an_end(void **state)
{
    (void)state;
    struct err e = {0};
    struct frontier *f = opened(0, false);
    write_all(f, 0, 1);
    assert_int_equal(frontier_turn(f, &e), 0);
    read_all(f, 0, 1);
    assert_int_equal(frontier_turn(f, &e), 0);
    read_all(f, 0, 0);
    frontier_close(f);
}

static void test_what_is_given_back_is_read_once(void **state)
{
    (void)state;
    static const uint64_t memories[] = {0, NO_LIMIT};
    for (size_t m = 0; m < ARRAY_LEN(memories); m++) {
        struct err e = {0};
        struct frontier *f = opened(memories[m], false);
        write_all(f, 0, MANY);
        assert_int_equal(frontier_turn(f, &e), 0);
        struct frontier_record rec;
        uint64_t i = 0;
        while (i < MANY) {
            struct frontier_reader *r = frontier_reader_new(f);
            for (uint64_t k = 0; k < 1234 && i < MANY; k++, i++) {
                assert_int_equal(frontier_next(r, &rec, &e), 1);
                assert_int_equal(rec.number, i);
                check(&rec, i);
            }
            frontier_give_back(r);
            struct frontier_numbers n;
            frontier_count(f, &n);
            assert_int_equal(n.to_read, MANY - i);
            frontier_reader_free(r);
        }
        read_all(f, 0, 0);
        frontier_close(f);
    }
}

/* ---- several ---- */

struct worker {
    struct frontier *f;
    uint64_t from, to; /* to write; from == to: to read */
    uint8_t *seen;     /* by what is in the record */
    struct err e;
    pthread_t thread;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    struct frontier_writer *writer = frontier_writer_new(w->f);
    struct frontier_reader *reader = frontier_reader_new(w->f);
    int code = 0;
    for (uint64_t i = w->from; i < w->to && code == 0; i++) {
        uint8_t record[LEN_MAX];
        size_t len = make(record, i);
        code = frontier_add(writer, record, len, i, &w->e);
    }
    if (code == 0)
        code = frontier_flush(writer, &w->e);
    struct frontier_record rec;
    while (w->from == w->to && (code = frontier_next(reader, &rec, &w->e)) == 1) {
        uint64_t word = 0;
        uint32_t i;
        memcpy(&i, rec.data, sizeof(i));
        if (frontier_parent(w->f, rec.number, &word, &w->e) != 0 || word != i)
            code = err_set(&w->e, -E_CORRUPT, "%u has parent %llu", i, (unsigned long long)word);
        __atomic_fetch_add(&w->seen[i], 1, __ATOMIC_RELAXED);
    }
    frontier_reader_free(reader);
    frontier_writer_free(writer);
    return NULL;
}

static void work_together(struct worker all[JOBS])
{
    for (uint32_t i = 0; i < JOBS; i++)
        assert_int_equal(pthread_create(&all[i].thread, NULL, work, &all[i]), 0);
    for (uint32_t i = 0; i < JOBS; i++) {
        assert_int_equal(pthread_join(all[i].thread, NULL), 0);
        assert_string_equal(all[i].e.text, "");
    }
}

static void test_workers_share_a_level(void **state)
{
    (void)state;
    struct err e = {0};
    struct frontier *f = opened(300u << 10, true);
    uint8_t *seen = mem_array(MANY, 1);
    struct worker writing[JOBS], reading[JOBS];
    for (uint64_t i = 0; i < JOBS; i++) {
        writing[i] = (struct worker){.f = f, .from = MANY / JOBS * i, .to = MANY / JOBS * (i + 1)};
        reading[i] = (struct worker){.f = f, .seen = seen};
    }
    work_together(writing);
    assert_int_equal(frontier_turn(f, &e), 0);
    work_together(reading);
    for (uint32_t i = 0; i < MANY; i++)
        assert_int_equal(seen[i], 1);
    free(seen);
    frontier_close(f);
}

/* ---- disks that fail ---- */

static void test_errors_name_the_directory(void **state)
{
    (void)state;
    struct frontier *f = NULL;
    struct err e = {0};
    struct frontier_options o = {.dir = "/nonexistent/place", .parents = true};
    assert_int_equal(frontier_open(&f, &o, &e), -E_NOTFOUND);
    assert_non_null(strstr(e.text, "/nonexistent/place"));

    /* A file that may not grow: the error a full disk gives, but for its name. */
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 50000, .rlim_max = before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    f = opened(0, false);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct frontier_writer *w = frontier_writer_new(f);
    int code = 0;
    uint64_t i = 0;
    for (; i < MANY && code == 0; i++) {
        uint8_t record[LEN_MAX];
        size_t len = make(record, i);
        code = frontier_add(w, record, len, i, &e);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(code, -E_IO);
    assert_true(i < MANY);
    assert_non_null(strstr(e.text, "directory /tmp: write: "));
    frontier_writer_free(w);
    frontier_close(f);
}

/* ---- packing ---- */

static void pack_and_back(const uint8_t *raw, size_t len)
{
    struct pack_memory *memory = mem_alloc(sizeof(*memory));
    uint8_t *code = mem_alloc(PACK_BOUND(len)), *back = mem_alloc(len + 1);
    size_t code_len = pack(memory, raw, len, code);
    assert_true(code_len <= PACK_BOUND(len));
    assert_true(unpack(code, code_len, back, len));
    assert_memory_equal(raw, back, len);
    if (len > 0)
        assert_false(unpack(code, code_len, back, len - 1));
    assert_false(unpack(code, code_len, back, len + 1));
    assert_false(unpack(code, code_len - 1, back, len));
    free(memory);
    free(code);
    free(back);
}

static void test_packing_loses_nothing(void **state)
{
    (void)state;
    struct prng p = prng_seed(1);
    static uint8_t raw[PACK_RAW_MAX];
    for (uint32_t round = 0; round < 300; round++) {
        size_t len = (size_t)prng_below(&p, round % 20 == 0 ? PACK_RAW_MAX + 1u : 400);
        uint64_t values = 1 + prng_below(&p, round % 3 == 0 ? 256 : 4);
        for (size_t i = 0; i < len; i++)
            raw[i] =
                (uint8_t)(i > 20 && prng_below(&p, 50) != 0 ? raw[i - 20] : prng_below(&p, values));
        pack_and_back(raw, len);
    }
    memset(raw, 0, sizeof(raw));
    pack_and_back(raw, sizeof(raw));
    for (size_t i = 0; i < sizeof(raw); i++)
        raw[i] = (uint8_t)prng_u64(&p);
    pack_and_back(raw, sizeof(raw));
}

/* Any bytes at all: refused, or as many as asked for, never beyond. */
static void test_damaged_code_is_bounded(void **state)
{
    (void)state;
    struct prng p = prng_seed(2);
    for (uint32_t round = 0; round < 200000; round++) {
        uint8_t code[40], *raw = mem_alloc(300);
        size_t len = (size_t)prng_below(&p, sizeof(code) + 1);
        for (size_t i = 0; i < len; i++)
            code[i] = prng_below(&p, 4) == 0 ? 255 : (uint8_t)prng_below(&p, 40);
        bool whole = unpack(code, len, raw, (size_t)prng_below(&p, 301));
        assert_true(!whole || len > 0);
        free(raw);
    }
}

static void test_states_become_small(void **state)
{
    (void)state;
    struct frontier *f = opened(NO_LIMIT, false);
    write_all(f, 0, MANY);
    struct frontier_numbers n;
    frontier_count(f, &n);
    print_message("%.1f bytes a record, %.1f packed\n", (double)n.raw_bytes / MANY,
                  (double)n.packed_bytes / MANY);
    assert_true(n.packed_bytes * 5 < n.raw_bytes * 4);
    frontier_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_level_comes_back_in_order),
        cmocka_unit_test(test_an_empty_level_is_an_end),
        cmocka_unit_test(test_what_is_given_back_is_read_once),
        cmocka_unit_test(test_workers_share_a_level),
        cmocka_unit_test(test_errors_name_the_directory),
        cmocka_unit_test(test_packing_loses_nothing),
        cmocka_unit_test(test_damaged_code_is_bounded),
        cmocka_unit_test(test_states_become_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
