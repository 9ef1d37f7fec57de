/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of images between nodes: their bytes, and what no correct node sends. */
#include "wire/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct peer_link demo = {.cluster_id = 7, .generation = 2, .group = 3};

/* A piece of an image: the byte table of the README, spelled out. */
static void test_piece_is_as_documented(void **state)
{
    (void)state;
    static const uint8_t expected[] = {6,  0, 0, 0, 0, 0, 0, 0, 3,  0, 0, 0, 0,   0,  0, 0,
                                       12, 0, 0, 0, 0, 0, 0, 0, 44, 1, 0, 0, 0,   0,  0, 0,
                                       7,  0, 0, 0, 0, 0, 0, 0, 1,  1, 0, 0, 0,   0,  0, 0,
                                       9,  0, 0, 0, 0, 0, 0, 0, 2,  0, 0, 0, 'a', 'b'};
    const struct raft_message m = {.type = RAFT_INSTALL_SNAPSHOT,
                                   .from = 1,
                                   .to = 2,
                                   .term = 6,
                                   .image = {.pos = {3, 12}, .bytes = 300, .digest = 7},
                                   .offset = 257,
                                   .round = 9,
                                   .size = 2};
    struct buf bytes = {0};
    struct err e = {0};
    assert_int_equal(peer_chunk_encode(&bytes, &demo, &m, span_str("ab"), &e), 0);
    assert_int_equal(bytes.len, FRAME_HEADER_BYTES + sizeof(expected));
    assert_int_equal(bytes.data[5], 12);
    assert_memory_equal(bytes.data + FRAME_HEADER_BYTES, expected, sizeof(expected));
    buf_free(&bytes);
}

struct problem_case {
    const char *problem;
    struct raft_message m;
};

static void test_problems(void **state)
{
    (void)state;
    static const struct problem_case cases[] = {
        {"of nothing", {.type = RAFT_INSTALL_SNAPSHOT, .from = 1, .to = 2, .term = 1}},
        {"of nothing",
         {.type = RAFT_INSTALL_SNAPSHOT, .from = 1, .to = 2, .term = 1, .image = {{1, 5}, 0, 7}}},
        {"2^63",
         {.type = RAFT_INSTALL_SNAPSHOT,
          .from = 1,
          .to = 2,
          .term = 1,
          .image = {{1, 5}, 1ull << 63, 7}}},
        {"later term",
         {.type = RAFT_INSTALL_SNAPSHOT, .from = 1, .to = 2, .term = 1, .image = {{2, 5}, 9, 7}}},
        {"only one of",
         {.type = RAFT_INSTALL_SNAPSHOT, .from = 1, .to = 2, .term = 1, .image = {{0, 5}, 9, 7}}},
        {"beyond the end",
         {.type = RAFT_INSTALL_SNAPSHOT,
          .from = 1,
          .to = 2,
          .term = 1,
          .image = {{1, 5}, 9, 7},
          .offset = 8,
          .size = 2}},
        {"beyond the end",
         {.type = RAFT_INSTALL_SNAPSHOT,
          .from = 1,
          .to = 2,
          .term = 1,
          .image = {{1, 5}, 9, 7},
          .offset = 10}},
        {"more bytes",
         {.type = RAFT_INSTALL_SNAPSHOT,
          .from = 1,
          .to = 2,
          .term = 1,
          .image = {{1, 5}, 1 << 20, 7},
          .size = LIMIT_CHUNK_BYTES + 1}},
        {"status of an image",
         {.type = RAFT_INSTALL_SNAPSHOT_REPLY,
          .from = 1,
          .to = 2,
          .term = 1,
          .image = {{1, 5}, 9, 7},
          .chunk_status = RAFT_CHUNK_FAILED + 1}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *problem = peer_raft_problem(&cases[i].m, NULL);
        assert_non_null(problem);
        assert_non_null(strstr(problem, cases[i].problem));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_piece_is_as_documented),
                                       cmocka_unit_test(test_problems)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
