/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/prng.h"
#include "wire/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct peer_link demo = {.cluster_id = 7, .generation = 2, .group = 3};

/* Takes the only frame of bytes; the decoder owns its memory. */
static struct frame only_frame(struct frame_decoder *d, const struct buf *bytes)
{
    struct frame frame;
    struct err e = {0};
    frame_decoder_init(d);
    frame_decoder_feed(d, bytes->data, bytes->len);
    if (frame_decoder_next(d, &frame, &e) != 1)
        fail_msg("%s", e.text);
    assert_int_equal(frame.header.cluster_id, demo.cluster_id);
    assert_int_equal(frame.header.generation, demo.generation);
    assert_int_equal(frame.header.group, demo.group);
    return frame;
}

/* ---- Raft messages ---- */

static struct raft_pos random_pos(struct prng *p, uint64_t term_max)
{
    if (prng_chance(p, 0.2))
        return (struct raft_pos){0};
    return (struct raft_pos){.term = 1 + prng_below(p, term_max), .index = 1 + (prng_u64(p) >> 2)};
}

/* Random values in every field that counts for the type, as the header lists them. */
static struct raft_message random_message(struct prng *p, uint32_t type)
{
    struct raft_message m = {.type = type,
                             .from = 1 + prng_below(p, 1000),
                             .to = UINT64_MAX - prng_below(p, 1000),
                             .term = 1 + (prng_u64(p) >> 2)};
    bool is_reply = strstr(peer_type_name((uint8_t)type), "Reply") != NULL;
    if (is_reply || type == RAFT_PRE_VOTE)
        m.for_term = prng_u64(p) >> 1;
    if (type == RAFT_PRE_VOTE || type == RAFT_PRE_VOTE_REPLY)
        m.nonce = prng_u64(p);
    if (type == RAFT_PRE_VOTE || type == RAFT_REQUEST_VOTE)
        m.last = random_pos(p, m.term);
    if (type == RAFT_REQUEST_VOTE)
        m.transfer = (uint32_t)prng_below(p, 2);
    if (type == RAFT_PRE_VOTE_REPLY || type == RAFT_REQUEST_VOTE_REPLY) {
        m.granted = (uint32_t)prng_below(p, 2);
        m.refusal = (uint32_t)prng_below(p, RAFT_REFUSED_LEADER + 1);
    }
    if (type == RAFT_APPEND)
        m.prev = random_pos(p, m.term);
    if (type == RAFT_APPEND || type == RAFT_HEARTBEAT)
        m.commit = prng_u64(p) >> 1;
    if (type == RAFT_APPEND || type == RAFT_APPEND_REPLY || type == RAFT_HEARTBEAT ||
        type == RAFT_HEARTBEAT_REPLY)
        m.round = prng_u64(p);
    if (type == RAFT_APPEND_REPLY || type == RAFT_HEARTBEAT_REPLY) {
        m.match = prng_u64(p) >> 1;
        m.last_index = prng_u64(p) >> 1;
        m.hold_ns = prng_u64(p) >> 1;
    }
    if (type == RAFT_APPEND_REPLY) {
        m.status = (uint32_t)prng_below(p, 3);
        m.at = prng_u64(p) >> 1;
        m.hint_first = prng_u64(p) >> 1;
        m.hint_last = prng_u64(p) >> 1;
        m.hint_term = prng_u64(p) >> 1;
    }
    if (type == RAFT_INSTALL_SNAPSHOT || type == RAFT_INSTALL_SNAPSHOT_REPLY) {
        m.round = prng_u64(p);
        m.image = (struct raft_image){.pos = {1 + prng_below(p, m.term), 1 + (prng_u64(p) >> 2)},
                                      .bytes = (1u << 20) + (prng_u64(p) >> 2),
                                      .digest = prng_u64(p)};
    }
    if (type == RAFT_INSTALL_SNAPSHOT) {
        m.size = (uint32_t)prng_below(p, 400);
        m.offset = prng_below(p, m.image.bytes - m.size + 1);
    }
    if (type == RAFT_INSTALL_SNAPSHOT_REPLY) {
        m.chunk_status = (uint32_t)prng_below(p, RAFT_CHUNK_FAILED + 1);
        m.next_offset = prng_u64(p) >> 1;
        m.incarnation = prng_u64(p);
        m.match = prng_u64(p) >> 1;
        m.last_index = prng_u64(p) >> 1;
        m.hold_ns = prng_u64(p) >> 1;
    }
    if (type == RAFT_READ_INDEX || type == RAFT_READ_INDEX_REPLY)
        m.ctx = prng_u64(p);
    if (type == RAFT_READ_INDEX)
        m.lease = (uint32_t)prng_below(p, 2);
    if (type == RAFT_READ_INDEX_REPLY) {
        m.granted = (uint32_t)prng_below(p, 2);
        m.index = prng_u64(p) >> 1;
    }
    return m;
}

/* Entries that may follow m.prev in m.term. */
static void random_entries(struct prng *p, struct raft_message *m, struct entry entries[8])
{
    static const uint8_t payload[300];
    uint64_t term = m->prev.term;
    m->entries_count = (uint32_t)prng_below(p, 9);
    for (uint32_t i = 0; i < m->entries_count; i++) {
        term = term + prng_below(p, m->term - term + 1);
        term = term == 0 ? 1 : term;
        entries[i] = (struct entry){.index = m->prev.index + 1 + i,
                                    .term = term,
                                    .stamp = prng_u64(p),
                                    .kind = (enum entry_kind)(1 + prng_below(p, 5)),
                                    .len = (uint32_t)prng_below(p, sizeof(payload)),
                                    .payload = payload};
    }
}

/* With its entries, or a piece of an image. */
static void encode(struct buf *bytes, const struct raft_message *m, const struct entry *entries)
{
    static const uint8_t image[400] = {1, 2, 3};
    struct err e = {0};
    int code = m->type == RAFT_INSTALL_SNAPSHOT
                   ? peer_chunk_encode(bytes, &demo, m, span_of(image, m->size), &e)
                   : peer_raft_encode(bytes, &demo, m, entries, &e);
    assert_int_equal(code, 0);
}

static void test_every_message_round_trips(void **state)
{
    (void)state;
    struct peer_raft got = {0};
    for (uint64_t seed = 0; seed < 500; seed++) {
        for (uint32_t type = 1; type < RAFT_MESSAGE_TYPES; type++) {
            struct prng p = prng_seed(seed * 100 + type);
            struct raft_message m = random_message(&p, type);
            struct entry entries[8];
            if (type == RAFT_APPEND)
                random_entries(&p, &m, entries);
            struct buf bytes = {0};
            struct err e = {0};
            assert_null(peer_raft_problem(&m, entries));
            encode(&bytes, &m, entries);
            struct frame_decoder d;
            struct frame frame = only_frame(&d, &bytes);
            assert_int_equal(peer_raft_decode(&frame, &got, &e), 0);
            assert_memory_equal(&got.message, &m, sizeof(m));
            assert_int_equal(got.data.len, m.size);
            assert_true(m.size < 3 || memcmp(got.data.data, "\1\2\3", 3) == 0);
            for (uint32_t i = 0; i < m.entries_count; i++) {
                assert_int_equal(got.entries[i].index, entries[i].index);
                assert_int_equal(got.entries[i].term, entries[i].term);
                assert_int_equal(got.entries[i].stamp, entries[i].stamp);
                assert_int_equal(got.entries[i].kind, entries[i].kind);
                assert_int_equal(got.entries[i].len, entries[i].len);
                assert_memory_equal(got.entries[i].payload, entries[i].payload, entries[i].len);
            }
            frame_decoder_free(&d);
            buf_free(&bytes);
        }
    }
    peer_raft_free(&got);
}

/* The first bytes of a vote request: the byte table of the README, spelled out. */
static void test_bytes_are_as_documented(void **state)
{
    (void)state;
    static const uint8_t expected[] = {5, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0,
                                       0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1};
    const struct raft_message m = {.type = RAFT_REQUEST_VOTE,
                                   .from = 1,
                                   .to = 2,
                                   .term = 5,
                                   .last = {.term = 4, .index = 9},
                                   .transfer = 1};
    struct buf bytes = {0};
    struct err e = {0};
    assert_int_equal(peer_raft_encode(&bytes, &demo, &m, NULL, &e), 0);
    assert_int_equal(bytes.len, FRAME_HEADER_BYTES + sizeof(expected));
    assert_int_equal(bytes.data[5], 3);
    assert_memory_equal(bytes.data + FRAME_HEADER_BYTES, expected, sizeof(expected));
    buf_free(&bytes);
}

/* Payloads that are too short or too long by any number of bytes are refused, whatever the type. */
static void test_wrong_lengths(void **state)
{
    (void)state;
    struct peer_raft got = {0};
    for (uint32_t type = 1; type < RAFT_MESSAGE_TYPES; type++) {
        struct prng p = prng_seed(type);
        struct raft_message m = random_message(&p, type);
        struct entry entries[8];
        if (type == RAFT_APPEND) {
            do {
                random_entries(&p, &m, entries);
            } while (m.entries_count < 2);
        }
        struct buf bytes = {0};
        struct err e = {0};
        encode(&bytes, &m, entries);
        buf_putc(&bytes, '\0');
        size_t whole = bytes.len - 1 - FRAME_HEADER_BYTES;
        struct frame frame = {.header = {.type = (uint8_t)type, .from = 1, .to = 2}};
        for (size_t len = 0; len <= whole + 1; len++) {
            frame.payload = span_of(bytes.data + FRAME_HEADER_BYTES, len);
            assert_int_equal(peer_raft_decode(&frame, &got, &e), len == whole ? 0 : -E_CORRUPT);
        }
        buf_free(&bytes);
    }
    peer_raft_free(&got);
}

struct problem_case {
    const char *problem;
    struct raft_message m;
};

/* R-STATE-7 */
static void test_problems(void **state)
{
    (void)state;
    static const struct problem_case cases[] = {
        {"an unknown type", {.type = 0, .from = 1, .to = 2}},
        {"an unknown type", {.type = 1000, .from = 1, .to = 2}},
        {"no sender", {.type = RAFT_HEARTBEAT, .to = 2}},
        {"no sender", {.type = RAFT_HEARTBEAT, .from = 2}},
        {"2^63", {.type = RAFT_HEARTBEAT, .from = 1, .to = 2, .term = 1ull << 63}},
        {"2^63", {.type = RAFT_HEARTBEAT, .from = 1, .to = 2, .term = 1, .commit = 1ull << 63}},
        {"2^63",
         {.type = RAFT_REQUEST_VOTE, .from = 1, .to = 2, .term = 1, .last = {1, 1ull << 63}}},
        {"only one of", {.type = RAFT_REQUEST_VOTE, .from = 1, .to = 2, .term = 1, .last = {1, 0}}},
        {"only one of", {.type = RAFT_APPEND, .from = 1, .to = 2, .term = 1, .prev = {0, 1}}},
        {"later term", {.type = RAFT_APPEND, .from = 1, .to = 2, .term = 1, .prev = {2, 1}}},
        {"flag", {.type = RAFT_REQUEST_VOTE, .from = 1, .to = 2, .term = 1, .transfer = 2}},
        {"flag", {.type = RAFT_PRE_VOTE_REPLY, .from = 1, .to = 2, .granted = 9}},
        {"refusal", {.type = RAFT_PRE_VOTE_REPLY, .from = 1, .to = 2, .refusal = 99}},
        {"status", {.type = RAFT_APPEND_REPLY, .from = 1, .to = 2, .status = 3}},
        {"outside an append", {.type = RAFT_HEARTBEAT, .from = 1, .to = 2, .entries_count = 1}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *problem = peer_raft_problem(&cases[i].m, NULL);
        assert_non_null(problem);
        assert_non_null(strstr(problem, cases[i].problem));
    }
}

/* An append whose entries break a rule of the log does not come out of the decoder. */
static void test_bad_entries_are_corrupt(void **state)
{
    (void)state;
    const struct raft_message m = {
        .type = RAFT_APPEND, .from = 1, .to = 2, .term = 6, .prev = {4, 7}, .entries_count = 2};
    struct entry entries[2] = {{.index = 8, .term = 4, .kind = ENTRY_DATA},
                               {.index = 9, .term = 5, .kind = ENTRY_DATA}};
    struct buf bytes = {0};
    struct err e = {0};
    struct peer_raft got = {0};
    assert_int_equal(peer_raft_encode(&bytes, &demo, &m, entries, &e), 0);
    struct frame frame = {
        .header = {.type = RAFT_APPEND, .from = 1, .to = 2},
        .payload = span_of(bytes.data + FRAME_HEADER_BYTES, bytes.len - FRAME_HEADER_BYTES)};
    assert_int_equal(peer_raft_decode(&frame, &got, &e), 0);
    char *second = bytes.data + bytes.len - 29;
    second[8] = 7; /* its term: above the sender's */
    assert_int_equal(peer_raft_decode(&frame, &got, &e), -E_CORRUPT);
    assert_string_equal(e.text, "peer: AppendEntries: an entry of a later term than its sender's");
    second[8] = 3;
    assert_int_equal(peer_raft_decode(&frame, &got, &e), -E_CORRUPT);
    assert_string_equal(e.text, "peer: AppendEntries: the terms of the entries fall");
    second[8] = 5;
    second[0] = 10;
    assert_int_equal(peer_raft_decode(&frame, &got, &e), -E_CORRUPT);
    assert_string_equal(e.text, "peer: AppendEntries: a gap in the indexes of the entries");
    /* A count that the bytes cannot hold takes no memory. */
    second[0] = 9;
    bytes.data[FRAME_HEADER_BYTES + 43] = 0x7f;
    size_t cap = got.entries_cap;
    assert_int_equal(peer_raft_decode(&frame, &got, &e), -E_CORRUPT);
    assert_int_equal(got.entries_cap, cap);
    peer_raft_free(&got);
    buf_free(&bytes);
}

static void test_append_above_the_frame_limit(void **state)
{
    (void)state;
    static uint8_t payload[LIMIT_ENTRY_BYTES];
    struct entry entries[2];
    for (uint32_t i = 0; i < 2; i++)
        entries[i] = (struct entry){.index = i + 1,
                                    .term = 1,
                                    .kind = ENTRY_DATA,
                                    .len = sizeof(payload),
                                    .payload = payload};
    struct raft_message m = {.type = RAFT_APPEND, .from = 1, .to = 2, .term = 1};
    struct buf bytes = {0};
    struct err e = {0};
    m.entries_count = 2;
    assert_int_equal(peer_raft_encode(&bytes, &demo, &m, entries, &e), -E_LIMIT);
    assert_int_equal(bytes.len, 0);
    m.entries_count = 1; /* the largest entry there is fits */
    assert_int_equal(peer_raft_encode(&bytes, &demo, &m, entries, &e), 0);
    buf_free(&bytes);
}

/* ---- handshake ---- */

static const struct peer_hello hello = {.link = {.cluster_id = 7, .generation = 2, .group = 3},
                                        .from = 11,
                                        .to = 12,
                                        .version_min = 1,
                                        .version_max = 4,
                                        .disk_id = 0xd15c,
                                        .incarnation = 5,
                                        .name = "n1",
                                        .address = "10.9.0.1:7001",
                                        .cluster = "c"};

static void test_hello_round_trips(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct err e = {0};
    assert_int_equal(peer_hello_encode(&bytes, &hello, &e), 0);
    struct frame_decoder d;
    struct frame frame = only_frame(&d, &bytes);
    struct peer_hello got;
    assert_int_equal(peer_hello_decode(&frame, &got, &e), 0);
    assert_memory_equal(&got, &hello, sizeof(got));
    /* Shorter is corrupt, longer is a later version's. */
    struct span whole = frame.payload;
    size_t early = whole.len - strlen("1c"); /* an early version's, which names no cluster */
    for (size_t len = 0; len < whole.len; len++) {
        frame.payload = span_of(whole.data, len);
        int expected = len == early ? 0 : -E_CORRUPT;
        assert_int_equal(peer_hello_decode(&frame, &got, &e), expected);
    }
    frame.payload = span_of(whole.data, early);
    assert_int_equal(peer_hello_decode(&frame, &got, &e), 0);
    assert_string_equal(got.cluster, "");
    assert_string_equal(got.client_address, hello.client_address);
    buf_puts(&bytes, "more");
    frame.payload = span_of(bytes.data + FRAME_HEADER_BYTES, whole.len + 4);
    assert_int_equal(peer_hello_decode(&frame, &got, &e), 0);
    frame_decoder_free(&d);
    buf_free(&bytes);
}

static void test_hello_refuses_nonsense(void **state)
{
    (void)state;
    struct buf bytes = {0};
    struct err e = {0};
    struct peer_hello bad = hello;
    bad.from = 0;
    assert_int_equal(peer_hello_encode(&bytes, &bad, &e), -E_INVALID);
    bad = hello;
    bad.version_max = 0;
    assert_int_equal(peer_hello_encode(&bytes, &bad, &e), -E_INVALID);
    bad = hello;
    bad.name[0] = '\0';
    assert_int_equal(peer_hello_encode(&bytes, &bad, &e), -E_INVALID);
    (void)snprintf(bad.name, sizeof(bad.name), "n 1");
    assert_int_equal(peer_hello_encode(&bytes, &bad, &e), -E_INVALID);
    bad = hello;
    (void)snprintf(bad.address, sizeof(bad.address), "a\nb");
    assert_int_equal(peer_hello_encode(&bytes, &bad, &e), -E_INVALID);
    assert_string_equal(e.text, "peer: Hello: not an address");
    /* The same from the network. */
    assert_int_equal(peer_hello_encode(&bytes, &hello, &e), 0);
    char *name = bytes.data + FRAME_HEADER_BYTES + 18;
    struct frame frame = {
        .header = {.type = PEER_HELLO, .from = 11},
        .payload = span_of(bytes.data + FRAME_HEADER_BYTES, bytes.len - FRAME_HEADER_BYTES)};
    struct peer_hello got;
    assert_int_equal(peer_hello_decode(&frame, &got, &e), 0);
    name[1] = '\0';
    assert_int_equal(peer_hello_decode(&frame, &got, &e), -E_CORRUPT);
    name[1] = '\n';
    assert_int_equal(peer_hello_decode(&frame, &got, &e), -E_CORRUPT);
    buf_free(&bytes);
}

static void test_hello_reply_round_trips(void **state)
{
    (void)state;
    struct peer_hello_reply replies[] = {
        {.hello = hello, .refusal = PEER_ACCEPTED, .version = 1},
        {.hello = hello, .refusal = PEER_REFUSED_DISK, .detail = "n1 comes with disk 1"},
        {.hello = hello, .refusal = PEER_REFUSED_RIVAL, .detail = "n1 went on alone"}};
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        struct buf bytes = {0};
        struct err e = {0};
        assert_int_equal(peer_hello_reply_encode(&bytes, &replies[i], &e), 0);
        struct frame_decoder d;
        struct frame frame = only_frame(&d, &bytes);
        struct peer_hello_reply got;
        assert_int_equal(peer_hello_reply_decode(&frame, &got, &e), 0);
        assert_memory_equal(&got, &replies[i], sizeof(got));
        char *payload = bytes.data + FRAME_HEADER_BYTES;
        frame.payload.data = payload;
        payload[1] ^= 1; /* the version: accepted without one, refused with one */
        assert_int_equal(peer_hello_reply_decode(&frame, &got, &e), -E_CORRUPT);
        payload[1] ^= 1;
        payload[0] = 99;
        assert_int_equal(peer_hello_reply_decode(&frame, &got, &e), -E_CORRUPT);
        frame_decoder_free(&d);
        buf_free(&bytes);
    }
}

static enum peer_refusal judge(const struct peer_hello *h, uint64_t bound_disk, char *detail)
{
    const struct peer_identity me = {.link = demo, .self = 12, .cluster = "c"};
    uint8_t version = 0;
    enum peer_refusal r = peer_hello_judge(&me, h, bound_disk, &version, detail);
    assert_int_equal(version, r == PEER_ACCEPTED ? 1 : 0);
    return r;
}

/* R-STATE-6 */
static void test_hello_is_judged(void **state)
{
    (void)state;
    char detail[PEER_DETAIL_MAX + 1];
    assert_int_equal(judge(&hello, 0, detail), PEER_ACCEPTED);
    assert_int_equal(judge(&hello, 0xd15c, detail), PEER_ACCEPTED);
    assert_int_equal(judge(&hello, 0xd15d, detail), PEER_REFUSED_DISK);
    assert_string_equal(detail,
                        "REBORN: n1 comes with disk 000000000000d15c, known by 000000000000d15d");
    struct peer_hello h = hello;
    h.to = 0;
    assert_int_equal(judge(&h, 0, detail), PEER_ACCEPTED);
    h.to = 13;
    assert_int_equal(judge(&h, 0, detail), PEER_REFUSED_NODE);
    h = hello;
    h.from = 12;
    assert_int_equal(judge(&h, 0, detail), PEER_REFUSED_SELF);
    h = hello;
    h.link.cluster_id = 8;
    h.cluster[0] = 'd';
    assert_int_equal(judge(&h, 0, detail), PEER_REFUSED_CLUSTER);
    assert_string_equal(detail,
                        "n1 is of cluster d (0000000000000008), this is c (0000000000000007)");
    h.cluster[0] = '\0';
    assert_int_equal(judge(&h, 0, detail), PEER_REFUSED_CLUSTER);
    assert_string_equal(detail, "n1 is of cluster 0000000000000008, this is c (0000000000000007)");
    h.link.cluster_id = 0;
    assert_int_equal(judge(&h, 0, detail), PEER_REFUSED_CLUSTER);
    assert_string_equal(detail, "n1 is of none yet, this is c (0000000000000007)");
    h = hello;
    h.link.group = 4;
    assert_int_equal(judge(&h, 0, detail), PEER_REFUSED_GROUP);
    h = hello;
    h.link.generation = 1;
    assert_int_equal(judge(&h, 0, detail), PEER_REFUSED_GENERATION);
    assert_string_equal(detail, "n1 is of generation 1, this is 2");
    h.link.generation = 3;
    assert_int_equal(judge(&h, 0, detail), PEER_REFUSED_GENERATION);
    h = hello;
    h.version_min = 2;
    assert_int_equal(judge(&h, 0, detail), PEER_REFUSED_VERSION);
    assert_string_equal(peer_refusal_text(PEER_REFUSED_VERSION), "no protocol version in common");
}

/* ---- forwarding ---- */

static void test_forward_round_trips(void **state)
{
    (void)state;
    const struct peer_forward f = {.link = demo,
                                   .from = 1,
                                   .to = 2,
                                   .request_id = 0x1122334455667788,
                                   .hops = 1,
                                   .deadline_left_ns = 5000000000,
                                   .command = span_of("a\0b", 3)};
    struct buf bytes = {0};
    struct err e = {0};
    assert_int_equal(peer_forward_encode(&bytes, &f, &e), 0);
    struct frame_decoder d;
    struct frame frame = only_frame(&d, &bytes);
    struct peer_forward got;
    assert_int_equal(peer_forward_decode(&frame, &got, &e), 0);
    assert_int_equal(got.request_id, f.request_id);
    assert_int_equal(got.deadline_left_ns, f.deadline_left_ns);
    assert_int_equal(got.hops, 1);
    assert_int_equal(got.from, 1);
    assert_int_equal(got.to, 2);
    assert_true(span_equal(got.command, f.command));
    bytes.data[FRAME_HEADER_BYTES + 16] = 2; /* hops */
    frame.payload.data = bytes.data + FRAME_HEADER_BYTES;
    assert_int_equal(peer_forward_decode(&frame, &got, &e), -E_CORRUPT);
    assert_string_equal(e.text, "peer: Forward: 2 hops");
    frame.payload.len = 17; /* no command */
    assert_int_equal(peer_forward_decode(&frame, &got, &e), -E_CORRUPT);
    frame_decoder_free(&d);
    buf_free(&bytes);
}

static void test_forward_reply_round_trips(void **state)
{
    (void)state;
    const struct peer_forward_reply f = {.link = demo,
                                         .from = 2,
                                         .to = 1,
                                         .request_id = 9,
                                         .outcome = PEER_OUTCOME_OK,
                                         .index = 1234,
                                         .leader_hint = 2,
                                         .reply = span_str(":5\r\n")};
    struct buf bytes = {0};
    struct err e = {0};
    assert_int_equal(peer_forward_reply_encode(&bytes, &f, &e), 0);
    struct frame_decoder d;
    struct frame frame = only_frame(&d, &bytes);
    struct peer_forward_reply got;
    assert_int_equal(peer_forward_reply_decode(&frame, &got, &e), 0);
    assert_int_equal(got.request_id, 9);
    assert_int_equal(got.outcome, PEER_OUTCOME_OK);
    assert_int_equal(got.index, 1234);
    assert_int_equal(got.leader_hint, 2);
    assert_true(span_equal(got.reply, f.reply));
    frame.payload.data = bytes.data + FRAME_HEADER_BYTES;
    char *last = bytes.data + bytes.len - 1;
    *last = ' ';
    assert_int_equal(peer_forward_reply_decode(&frame, &got, &e), -E_CORRUPT);
    assert_string_equal(e.text, "peer: ForwardReply: the answer is not one RESP2 value");
    *last = '\n';
    for (int outcome = 0; outcome < 256; outcome++) {
        bytes.data[FRAME_HEADER_BYTES + 8] = (char)outcome;
        assert_int_equal(peer_forward_reply_decode(&frame, &got, &e),
                         outcome >= 1 && outcome <= 3 ? 0 : -E_CORRUPT);
    }
    frame_decoder_free(&d);
    buf_free(&bytes);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(peer_type_name(RAFT_APPEND), "AppendEntries");
    assert_string_equal(peer_type_name(PEER_FORWARD_REPLY), "ForwardReply");
    assert_string_equal(peer_type_name(0), "unknown");
    assert_string_equal(peer_type_name(255), "unknown");
    assert_true(peer_type_is_raft(RAFT_PRE_VOTE));
    assert_false(peer_type_is_raft(0));
    assert_false(peer_type_is_raft(RAFT_MESSAGE_TYPES));
    assert_false(peer_type_is_raft(PEER_HELLO));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_message_round_trips),
        cmocka_unit_test(test_bytes_are_as_documented),
        cmocka_unit_test(test_wrong_lengths),
        cmocka_unit_test(test_problems),
        cmocka_unit_test(test_bad_entries_are_corrupt),
        cmocka_unit_test(test_append_above_the_frame_limit),
        cmocka_unit_test(test_hello_round_trips),
        cmocka_unit_test(test_hello_refuses_nonsense),
        cmocka_unit_test(test_hello_reply_round_trips),
        cmocka_unit_test(test_hello_is_judged),
        cmocka_unit_test(test_forward_round_trips),
        cmocka_unit_test(test_forward_reply_round_trips),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
