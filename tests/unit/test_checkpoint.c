/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checkpoints: the same again, or a clear error; never something else. */
#include "base/mem.h"
#include "base/prng.h"
#include "emulator/explore/fpset.h"
#include "emulator/explore/frontier.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define STATES   200000u /* that are seen */
#define FRONTIER 30000u  /* of the level that is read */
#define READ     12345u  /* of them when the checkpoint is made */
#define WRITTEN  7000u   /* of the next level by then */

static char dir[] = "/tmp/raft-checkpoint-XXXXXX";

static const char *path(const char *name)
{
    static char text[200];
    (void)snprintf(text, sizeof(text), "%s/%s", dir, name);
    return text;
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(path("state"));
    return rmdir(dir); /* which fails if anything else was left */
}

/* ---- the stream ---- */

#define BYTES (3u << 20)

static void write_bytes(size_t count)
{
    struct checkpoint_out out;
    struct err e = {0};
    struct prng p = prng_seed(count);
    assert_int_equal(checkpoint_create(&out, dir, &e), 0);
    for (size_t i = 0; i < count; i++) {
        uint8_t byte = (uint8_t)prng_u64(&p);
        checkpoint_put(&out, &byte, 1);
    }
    if (checkpoint_commit(&out, &e) != 0)
        fail_msg("%s", e.text);
}

/* 0: so many bytes were written, and are what was written. */
static int read_bytes(size_t written, size_t count, struct err *e)
{
    struct checkpoint_in in;
    struct prng p = prng_seed(written);
    int code = checkpoint_open(&in, dir, e);
    if (code != 0)
        return code;
    for (size_t i = 0; i < count; i++) {
        uint8_t byte;
        if (!checkpoint_get(&in, &byte, 1))
            break;
        assert_int_equal(byte, (uint8_t)prng_u64(&p));
    }
    return checkpoint_finish(&in, e);
}

static void test_bytes_come_back(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 1000, 1u << 20, (1u << 20) + 1, BYTES};
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        struct err e = {0};
        write_bytes(counts[i]);
        if (read_bytes(counts[i], counts[i], &e) != 0)
            fail_msg("%s", e.text);
        assert_int_equal(read_bytes(counts[i], counts[i] + 1, &e), -E_CORRUPT);
        if (counts[i] > 0) {
            struct checkpoint_in in;
            assert_int_equal(checkpoint_open(&in, dir, &e), 0);
            assert_int_equal(checkpoint_finish(&in, &e), -E_CORRUPT); /* not read to its end */
        }
    }
}

static size_t file_size(void)
{
    struct stat st;
    assert_int_equal(stat(path("state"), &st), 0);
    return (size_t)st.st_size;
}

static void flip(size_t at)
{
    int fd = open(path("state"), O_RDWR);
    uint8_t byte;
    assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
    byte ^= 16;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
    (void)close(fd);
}

/* But for the 24 bytes that show which version wrote it, and decide nothing. */
static void test_damage_is_found(void **state)
{
    (void)state;
    struct err e = {0};
    write_bytes(2000);
    size_t size = file_size();
    for (size_t at = 0; at < size; at++) {
        bool shown_only = at >= 24 && at < 48;
        flip(at);
        int code = read_bytes(2000, 2000, &e);
        flip(at);
        assert_int_equal(code, shown_only ? 0 : at < 24 ? -E_MISMATCH : -E_CORRUPT);
        assert_true(shown_only || strstr(e.text, dir) != NULL);
    }
    assert_int_equal(read_bytes(2000, 2000, &e), 0);
    for (size_t len = 0; len < size; len += len < 100 ? 1 : 13) {
        write_bytes(2000);
        assert_int_equal(truncate(path("state"), (off_t)len), 0);
        assert_int_equal(read_bytes(2000, 2000, &e), -E_CORRUPT);
    }
    write_bytes(2000);
    assert_int_equal(truncate(path("state"), (off_t)size + 1), 0);
    assert_int_equal(read_bytes(2000, 2000, &e), -E_CORRUPT);
}

/* Each chunk's checksum is right, and its place is not. */
static void test_chunks_have_their_order(void **state)
{
    (void)state;
    struct err e = {0};
    const size_t len = 16 + (1u << 20);
    uint8_t *chunks = mem_alloc(2 * len);
    write_bytes(BYTES);
    int fd = open(path("state"), O_RDWR);
    assert_int_equal(pread(fd, chunks, 2 * len, 48), 2 * len);
    assert_int_equal(pwrite(fd, chunks + len, len, 48), len);
    assert_int_equal(pwrite(fd, chunks, len, 48 + (off_t)len), len);
    (void)close(fd);
    free(chunks);
    assert_int_equal(read_bytes(BYTES, BYTES, &e), -E_CORRUPT);
    assert_non_null(strstr(e.text, "a checksum is wrong"));
}

static void test_what_is_not_one_is_said(void **state)
{
    (void)state;
    struct err e = {0};
    struct checkpoint_in in;
    struct checkpoint_out out;
    assert_int_equal(checkpoint_open(&in, "/nonexistent/place", &e), -E_NOTFOUND);
    assert_non_null(strstr(e.text, "/nonexistent/place"));
    assert_int_equal(checkpoint_create(&out, "/nonexistent/place", &e), -E_NOTFOUND);
    assert_non_null(strstr(e.text, "/nonexistent/place"));
    write_bytes(10);
    flip(16); /* the program's checksum */
    assert_int_equal(checkpoint_open(&in, dir, &e), -E_MISMATCH);
    assert_non_null(strstr(e.text, "another build"));
    flip(16);
    flip(0);
    assert_int_equal(checkpoint_open(&in, dir, &e), -E_MISMATCH);
    assert_non_null(strstr(e.text, "not a checkpoint"));
}

static void test_the_one_before_stays(void **state)
{
    (void)state;
    struct err e = {0};
    struct checkpoint_out out;
    write_bytes(100);
    assert_int_equal(checkpoint_create(&out, dir, &e), 0);
    checkpoint_put_u64(&out, 7);
    checkpoint_abandon(&out);
    assert_int_equal(read_bytes(100, 100, &e), 0);
    assert_int_equal(access(path("state.new"), F_OK), -1);
}

/* ---- a search's parts ---- */

struct parts {
    struct fpset *set;
    struct frontier *frontier;
};

static struct parts parts_open(uint32_t bits, uint64_t memory)
{
    struct parts p;
    struct err e = {0};
    const struct fpset_options set = {.bits = bits, .bytes_max = 8u << 20};
    const struct frontier_options frontier = {
        .dir = "/tmp", .memory_bytes_max = memory, .parents = true};
    assert_int_equal(fpset_open(&p.set, &set, &e), 0);
    assert_int_equal(frontier_open(&p.frontier, &frontier, &e), 0);
    return p;
}

static void parts_close(struct parts *p)
{
    fpset_close(p->set);
    frontier_close(p->frontier);
}

static struct fingerprint fingerprint(uint64_t i)
{
    return (struct fingerprint){{i * i, i}};
}

static void add(struct frontier_writer *w, uint64_t i)
{
    struct err e = {0};
    const uint64_t record[] = {i, i / 3, prng_mix(i)};
    assert_int_equal(frontier_add(w, record, sizeof(record), ~i, &e), 0);
}

static void read_from(struct frontier *f, struct frontier_reader *r, uint64_t from, uint64_t to)
{
    struct err e = {0};
    struct frontier_record rec;
    for (uint64_t i = from; i < to; i++) {
        uint64_t record[3];
        assert_int_equal(frontier_next(r, &rec, &e), 1);
        assert_int_equal(rec.len, sizeof(record));
        memcpy(record, rec.data, sizeof(record));
        assert_int_equal(record[0], i);
        assert_int_equal(record[2], prng_mix(i));
        assert_int_equal(rec.number, i);
    }
    for (uint64_t i = from; i < to; i += 101) {
        uint64_t word;
        assert_int_equal(frontier_parent(f, i, &word, &e), 0);
        assert_int_equal(word, ~i);
    }
}

static void save_in_the_middle(struct parts *p)
{
    struct err e = {0};
    struct frontier_writer *w = frontier_writer_new(p->frontier);
    struct frontier_reader *r = frontier_reader_new(p->frontier);
    for (uint64_t i = 0; i < STATES; i++) {
        while (fpset_wants_room(p->set))
            assert_int_equal(fpset_grow(p->set, &e), 0);
        assert_int_equal(fpset_insert(p->set, fingerprint(i)), FPSET_NEW);
    }
    for (uint64_t i = 0; i < FRONTIER; i++)
        add(w, i);
    assert_int_equal(frontier_flush(w, &e), 0);
    assert_int_equal(frontier_turn(p->frontier, &e), 0);
    read_from(p->frontier, r, 0, READ);
    for (uint64_t i = 0; i < WRITTEN; i++)
        add(w, FRONTIER + i);
    frontier_give_back(r);
    assert_int_equal(frontier_flush(w, &e), 0);
    struct checkpoint_out out;
    assert_int_equal(checkpoint_create(&out, dir, &e), 0);
    fpset_save(p->set, &out);
    assert_int_equal(frontier_save(p->frontier, &out, &e), 0);
    if (checkpoint_commit(&out, &e) != 0)
        fail_msg("%s", e.text);
    frontier_reader_free(r);
    frontier_writer_free(w);
}

static int load(struct parts *p, struct err *e)
{
    struct checkpoint_in in;
    int code = checkpoint_open(&in, dir, e);
    if (code != 0)
        return code;
    code = fpset_load(p->set, &in, e);
    if (code == 0)
        code = frontier_load(p->frontier, &in, e);
    int damaged = checkpoint_finish(&in, e);
    return code != 0 ? code : damaged;
}

static void goes_on_the_same(struct parts *p)
{
    struct err e = {0};
    struct frontier_record rec;
    struct frontier_numbers n;
    assert_int_equal(fpset_count(p->set), STATES);
    for (uint64_t i = 0; i < STATES; i++)
        assert_int_equal(fpset_insert(p->set, fingerprint(i)), FPSET_SEEN);
    assert_int_equal(fpset_insert(p->set, fingerprint(STATES)), FPSET_NEW);
    frontier_count(p->frontier, &n);
    assert_int_equal(n.to_read, FRONTIER - READ);
    assert_int_equal(n.written, WRITTEN);
    assert_int_equal(n.all, FRONTIER + WRITTEN);
    struct frontier_writer *w = frontier_writer_new(p->frontier);
    struct frontier_reader *r = frontier_reader_new(p->frontier);
    read_from(p->frontier, r, READ, FRONTIER);
    assert_int_equal(frontier_next(r, &rec, &e), 0);
    for (uint64_t i = WRITTEN; i < FRONTIER; i++)
        add(w, FRONTIER + i);
    assert_int_equal(frontier_flush(w, &e), 0);
    assert_int_equal(frontier_turn(p->frontier, &e), 0);
    read_from(p->frontier, r, FRONTIER, 2 * FRONTIER);
    assert_int_equal(frontier_next(r, &rec, &e), 0);
    frontier_reader_free(r);
    frontier_writer_free(w);
}

static void test_a_search_goes_on(void **state)
{
    (void)state;
    static const uint64_t memories[] = {0, 100u << 10, 1ull << 40};
    for (size_t i = 0; i < 9; i++) {
        struct err e = {0};
        uint32_t bits = i % 2 == 0 ? 64 : 128;
        struct parts before = parts_open(bits, memories[i / 3]), after;
        save_in_the_middle(&before);
        parts_close(&before);
        after = parts_open(bits, memories[i % 3]);
        if (load(&after, &e) != 0)
            fail_msg("%s", e.text);
        goes_on_the_same(&after);
        parts_close(&after);
    }
    struct err e = {0};
    struct parts other = parts_open(128, 0); /* and the last one saved has 64 */
    assert_int_equal(load(&other, &e), -E_CORRUPT);
    parts_close(&other);
}

static void test_a_damaged_search_does_not(void **state)
{
    (void)state;
    struct prng p = prng_seed(1);
    struct parts before = parts_open(64, 0);
    save_in_the_middle(&before);
    parts_close(&before);
    size_t size = file_size();
    for (uint32_t i = 0; i < 30; i++) {
        struct err e = {0};
        size_t at = 48 + (size_t)prng_below(&p, size - 48);
        struct parts after = parts_open(64, 1ull << 40);
        flip(at);
        assert_int_equal(load(&after, &e), -E_CORRUPT);
        flip(at);
        parts_close(&after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_come_back),
        cmocka_unit_test(test_damage_is_found),
        cmocka_unit_test(test_chunks_have_their_order),
        cmocka_unit_test(test_what_is_not_one_is_said),
        cmocka_unit_test(test_the_one_before_stays),
        cmocka_unit_test(test_a_search_goes_on),
        cmocka_unit_test(test_a_damaged_search_does_not),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
