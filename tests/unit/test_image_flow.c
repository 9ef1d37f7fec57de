/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The size of an image's pieces follows the link: R-SNAP-7. */
#include "node/images/flow.h"

#include "base/units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct raft_timing timing = {.election_ns_min = 150 * NS_PER_MS,
                                          .election_ns_max = 300 * NS_PER_MS,
                                          .heartbeat_ns = 50 * NS_PER_MS};

/* A link of so many bytes a second for a while: bytes that arrived, and the longest time that a
 * piece took, once the size has settled. */
static uint64_t transfer(struct image_flow *f, uint64_t rate, uint64_t span_ns,
                         uint64_t *ret_longest_ns)
{
    uint64_t now = NS_PER_S, at = 0, end = now + span_ns;
    *ret_longest_ns = 0;
    while (now < end) {
        uint32_t room = image_flow_room(f, at, at, now, &timing, LIMIT_CHUNK_BYTES);
        assert_true(room > 0);
        image_flow_sent(f, at, room, now);
        uint64_t took = room * NS_PER_S / rate;
        assert_int_equal(
            image_flow_room(f, at + room, at, now + took / 2, &timing, LIMIT_CHUNK_BYTES),
            room == LIMIT_CHUNK_BYTES || took / 2 > timing.election_ns_max ? room : 0);
        if (now > NS_PER_S + span_ns / 2 && took > *ret_longest_ns)
            *ret_longest_ns = took;
        now += took;
        at += room;
    }
    return at;
}

static void a_thin_link_is_left_room(void **state)
{
    (void)state;
    for (uint64_t rate = 8 * KIB; rate <= 64 * MIB; rate *= 2) {
        struct image_flow f;
        uint64_t longest_ns;
        image_flow_init(&f, 7);
        uint64_t bytes = transfer(&f, rate, 20 * NS_PER_S, &longest_ns);
        assert_true(bytes > rate * 19);
        uint64_t least_ns = IMAGE_FLOW_BYTES_MIN * NS_PER_S / rate;
        uint64_t bound_ns = least_ns > timing.heartbeat_ns ? least_ns : timing.heartbeat_ns;
        assert_true(longest_ns <= bound_ns);
    }
}

static void it_follows_changes(void **state)
{
    struct image_flow f;
    uint64_t longest_ns;
    (void)state;
    image_flow_init(&f, 7);
    (void)transfer(&f, 100 * MIB, NS_PER_S, &longest_ns);
    assert_int_equal(f.size, LIMIT_CHUNK_BYTES);
    (void)transfer(&f, 64 * KIB, 60 * NS_PER_S, &longest_ns);
    assert_true(f.size <= 4096);
    (void)transfer(&f, 100 * MIB, NS_PER_S, &longest_ns);
    assert_int_equal(f.size, LIMIT_CHUNK_BYTES);
}

/* What the core takes up again is smaller; and it gets the time to find out. */
static void what_is_lost_is_not_waited_for(void **state)
{
    struct image_flow f;
    (void)state;
    image_flow_init(&f, 7);
    uint64_t now = NS_PER_S, end = IMAGE_FLOW_BYTES_FIRST;
    assert_int_equal(image_flow_room(&f, 0, 0, now, &timing, LIMIT_CHUNK_BYTES), end);
    image_flow_sent(&f, 0, (uint32_t)end, now);
    assert_int_equal(image_flow_room(&f, end, 0, now + 300 * NS_PER_MS, &timing, LIMIT_CHUNK_BYTES),
                     0);
    assert_true(image_flow_room(&f, end, 0, now + 301 * NS_PER_MS, &timing, LIMIT_CHUNK_BYTES) > 0);
    assert_int_equal(image_flow_room(&f, 0, 0, now + 600 * NS_PER_MS, &timing, LIMIT_CHUNK_BYTES),
                     end / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thin_link_is_left_room),
        cmocka_unit_test(it_follows_changes),
        cmocka_unit_test(what_is_lost_is_not_waited_for),
    };
    return cmocka_run_group_tests_name("image_flow", tests, NULL, NULL);
}
