/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the user carrier that need no network: frames, checksums, lateness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/prng.h"
#include "netem/user/flows.h"
#include "netem/user/frame.h"
#include "netem/user/lateness.h"

#define ETH  14
#define IP   20
#define TCP  20
#define UDP  8
#define BODY 101 /* odd: the sum pads it */

struct sample {
    uint8_t bytes[ETH + IP + 60 + BODY];
    uint32_t len;
    uint32_t transport_at;
    uint32_t checksum_at;
    uint8_t protocol;
};

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* The checksum as a receiver computes it: over a pseudo header and everything from the transport
 * header on. 0 when it is right. */
static unsigned sum_of(const struct sample *s)
{
    uint32_t len = s->len - s->transport_at;
    uint32_t sum = s->protocol + len;
    for (uint32_t at = ETH + 12; at < ETH + 20; at += 2)
        sum += (unsigned)s->bytes[at] << 8 | s->bytes[at + 1];
    for (uint32_t i = 0; i < len; i++)
        sum += i % 2 ? s->bytes[s->transport_at + i] : (unsigned)s->bytes[s->transport_at + i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static struct sample sample_of(uint8_t protocol, uint32_t header_bytes)
{
    struct sample s = {.protocol = protocol, .transport_at = ETH + IP};
    const uint8_t to[6] = {2, 0, 0, 0, 1, 2}; /* number 0x0102: client 2 */
    s.len = ETH + IP + header_bytes + BODY;
    memcpy(s.bytes, to, sizeof(to));
    put16(s.bytes + 12, 0x0800);
    uint8_t *ip = s.bytes + ETH;
    ip[0] = 0x45;
    put16(ip + 2, s.len - ETH);
    ip[9] = protocol;
    put16(ip + 12, 0x0a4d);
    put16(ip + 14, 1);
    put16(ip + 16, 0x0a4d);
    put16(ip + 18, 0x0102);
    uint8_t *transport = s.bytes + s.transport_at;
    for (uint32_t i = 0; i < BODY; i++)
        transport[header_bytes + i] = (uint8_t)(i * 31 + 7);
    if (protocol == 6)
        transport[12] = (uint8_t)(header_bytes / 4 << 4);
    else
        put16(transport + 4, header_bytes + BODY);
    s.checksum_at = s.transport_at + (protocol == 6 ? 16 : 6);
    put16(s.bytes + s.checksum_at, sum_of(&s));
    return s;
}

static void headers_are_read(void **state)
{
    struct frame f;
    (void)state;
    struct sample s = sample_of(6, TCP + 12);
    assert_int_equal(sum_of(&s), 0);
    assert_true(frame_parse(s.bytes, s.len, &f));
    assert_int_equal(f.to_number, 0x0102);
    assert_false(f.syn);
    assert_int_equal(f.payload_at, ETH + IP + TCP + 12);
    assert_int_equal(f.checksum_at, ETH + IP + 16);
    s.bytes[s.transport_at + 13] = 0x12;
    assert_true(frame_parse(s.bytes, s.len, &f) && f.syn);

    s = sample_of(17, UDP);
    assert_true(frame_parse(s.bytes, s.len, &f));
    assert_int_equal(f.payload_at, ETH + IP + UDP);
    put16(s.bytes + s.checksum_at, 0); /* UDP without a checksum */
    assert_true(frame_parse(s.bytes, s.len, &f));
    assert_int_equal(f.checksum_at, 0);
}

/* Made of the segment alone; whoever sent it must take it for the other end's. */
static void a_reset_answers_a_segment(void **state)
{
    (void)state;
    struct frame f, back;
    struct sample s = sample_of(6, TCP + 12), r = {.len = FRAME_RESET_BYTES};
    uint8_t *tcp = s.bytes + ETH + IP;
    const uint8_t sender[6] = {2, 0, 0, 0, 0, 1};
    memcpy(s.bytes + 6, sender, sizeof(sender));
    put16(tcp, 7001);
    put16(tcp + 2, 40000);
    put16(tcp + 6, 1000); /* sequence */
    put16(tcp + 10, 2000);
    tcp[13] = 0x10;
    assert_true(frame_parse(s.bytes, s.len, &f) && frame_is_segment(&f));
    assert_int_equal(frame_ports(s.bytes, &f), 7001u << 16 | 40000);
    assert_true(frame_reset(s.bytes, s.len, &f, r.bytes));
    r.transport_at = ETH + IP;
    r.protocol = 6;
    assert_int_equal(sum_of(&r), 0);
    assert_true(frame_parse(r.bytes, r.len, &back) && frame_is_segment(&back) && !back.syn);
    assert_int_equal(back.to_number, 1);
    assert_int_equal(frame_ports(r.bytes, &back), 40000u << 16 | 7001);
    assert_memory_equal(r.bytes + ETH + 12, s.bytes + ETH + 16, 4);
    assert_memory_equal(r.bytes + ETH + IP + 4, "\0\0\x07\xd0", 4); /* what it expects next */
    assert_int_equal(r.bytes[ETH + IP + 13], 0x04);
    assert_false(frame_reset(r.bytes, r.len, &back, s.bytes)); /* nobody answers a reset */
    tcp[13] = 0x02;                                            /* it opens a connection */
    assert_true(frame_reset(s.bytes, s.len, &f, r.bytes));
    assert_memory_equal(r.bytes + ETH + IP + 8, "\0\0\x04\x4e", 4); /* 1000 + SYN + BODY */
    assert_int_equal(r.bytes[ETH + IP + 13], 0x14);
    assert_int_equal(sum_of(&r), 0);
}

static void openings_are_remembered(void **state)
{
    (void)state;
    struct flows f = {0};
    assert_int_equal(flows_when(&f, 1), 0);
    for (uint32_t i = 1; i <= FLOWS_MAX + 5; i++)
        flows_opened(&f, i, 1000 + i);
    for (uint32_t i = 1; i <= FLOWS_MAX; i++)
        assert_int_equal(flows_when(&f, i), 1000 + i);
    assert_int_equal(flows_when(&f, FLOWS_MAX + 5), 0); /* beyond the bound */
    flows_opened(&f, 7, 5);
    assert_int_equal(flows_when(&f, 7), 5);
    flows_clear(&f);
    assert_int_equal(flows_when(&f, 7), 0);
}

static void odd_frames_are_survived(void **state)
{
    struct frame f;
    (void)state;
    struct sample s = sample_of(6, TCP);
    for (uint32_t len = 0; len <= s.len; len++) {
        uint8_t *exact = malloc(len + 1); /* a sanitizer sees a read behind it */
        memcpy(exact, s.bytes, len);
        if (frame_parse(exact, len, &f)) {
            assert_true(len >= FRAME_ETHERNET_BYTES && f.payload_at <= len);
            assert_true(f.checksum_at == 0 || f.checksum_at + 2 <= len);
        } else {
            assert_true(len < FRAME_ETHERNET_BYTES);
        }
        free(exact);
    }
    s.bytes[0] = 0xff; /* somebody else's */
    assert_true(frame_parse(s.bytes, s.len, &f));
    assert_int_equal(f.to_number, 0);
    put16(s.bytes + ETH + 6, 0x2000); /* a fragment: its payload is not known */
    assert_true(frame_parse(s.bytes, s.len, &f));
    assert_int_equal(f.payload_at, s.len);
}

static void repaired_damage_goes_unnoticed(void **state)
{
    static const struct {
        uint8_t protocol;
        uint32_t header;
    } kinds[] = {{6, TCP}, {6, TCP + 12}, {17, UDP}};
    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        const struct sample whole = sample_of(kinds[k].protocol, kinds[k].header);
        for (uint32_t bit = 0; bit < BODY * 8; bit++) {
            struct sample s = whole;
            struct frame f;
            assert_true(frame_parse(s.bytes, s.len, &f));
            uint32_t byte = f.payload_at + bit / 8;
            frame_damage(s.bytes, &f, byte, (uint8_t)(1u << bit % 8), true);
            assert_int_not_equal(s.bytes[byte], whole.bytes[byte]);
            assert_int_equal(sum_of(&s), 0);
            s = whole;
            frame_damage(s.bytes, &f, byte, (uint8_t)(1u << bit % 8), false);
            assert_int_not_equal(sum_of(&s), 0);
        }
    }
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void quantiles_are_within_an_eighth(void **state)
{
    enum { COUNT = 5000 };
    static uint64_t values[COUNT];
    struct prng dice = prng_seed(3);
    struct lateness l = {0};
    (void)state;
    assert_int_equal(lateness_quantile_ns(&l, 0.5), 0);
    for (int i = 0; i < COUNT; i++) {
        values[i] = prng_u64(&dice) >> (i % 60 + 4);
        lateness_add(&l, values[i]);
    }
    qsort(values, COUNT, sizeof(values[0]), compare);
    assert_int_equal(l.count, COUNT);
    assert_int_equal(l.max_ns, values[COUNT - 1]);
    for (int percent = 1; percent <= 100; percent++) {
        uint64_t exact = values[COUNT * percent / 100 - 1];
        uint64_t told = lateness_quantile_ns(&l, percent / 100.0);
        assert_true(told >= exact);
        assert_true(told - exact <= exact / 8);
    }
    lateness_add(&l, UINT64_MAX);
    assert_true(lateness_quantile_ns(&l, 1) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_read),
        cmocka_unit_test(a_reset_answers_a_segment),
        cmocka_unit_test(openings_are_remembered),
        cmocka_unit_test(odd_frames_are_survived),
        cmocka_unit_test(repaired_damage_goes_unnoticed),
        cmocka_unit_test(quantiles_are_within_an_eighth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
