/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The capture tells the same story as the counters, packet by packet. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/units.h"
#include "netem_measure.h"

#define CAPTURE_BYTES_MAX (8 << 20)

/* What a capture says about the interface n1>n2. */
struct story {
    int interfaces;
    int packets;
    int lost;
    int cut;
    int duplicates;
    int corrupted;
    int plain;
    uint64_t last_ns;
    bool backwards;
};

static char path[64];

static void read_options(struct bytes *body, char name[64])
{
    name[0] = '\0';
    while (bytes_left(body) >= 4) {
        uint16_t code = bytes_u16(body);
        uint16_t len = bytes_u16(body);
        const uint8_t *value = bytes_take(body, len);
        (void)bytes_take(body, (4u - len % 4) % 4);
        if (code == 0)
            break;
        assert_false(body->bad);
        if (code == 1 || code == 2)
            snprintf(name, 64, "%.*s", (int)len, (const char *)value);
    }
}

static void read_interface(struct bytes *body, struct story *s)
{
    static const char *const first[] = {"n1>n2", "n1>c1", "n2>n1"};
    char name[64];
    assert_int_equal(bytes_u16(body), 1); /* Ethernet */
    (void)bytes_u16(body);
    assert_int_equal(bytes_u32(body), 256);
    read_options(body, name);
    if (s->interfaces < (int)ARRAY_LEN(first))
        assert_string_equal(name, first[s->interfaces]);
    s->interfaces++;
}

static void read_packet(struct bytes *body, struct story *s)
{
    char comment[64];
    uint32_t interface = bytes_u32(body);
    uint64_t high = bytes_u32(body);
    uint64_t time_ns = high << 32 | bytes_u32(body);
    uint32_t captured = bytes_u32(body);
    assert_true(captured <= bytes_u32(body));
    (void)bytes_take(body, captured);
    (void)bytes_take(body, (4 - captured % 4) % 4);
    read_options(body, comment);
    assert_false(body->bad);
    assert_int_equal(interface, 0); /* n1>n2: only there was traffic */
    s->packets++;
    s->backwards = s->backwards || time_ns < s->last_ns;
    s->lost += strcmp(comment, "dropped: loss") == 0;
    s->cut += strncmp(comment, "dropped: cut", 12) == 0;
    s->duplicates += strstr(comment, "duplicate") != NULL;
    s->corrupted += strstr(comment, "corrupted byte") != NULL;
    s->plain += comment[0] == '\0';
}

static struct story read_capture(void)
{
    struct story s = {0};
    uint8_t *data = malloc(CAPTURE_BYTES_MAX);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && data != NULL);
    ssize_t n = read(fd, data, CAPTURE_BYTES_MAX);
    close(fd);
    assert_true(n > 0);
    struct bytes file = bytes_of(data, (size_t)n);
    while (bytes_left(&file) > 0) {
        uint32_t type = bytes_u32(&file);
        uint32_t total = bytes_u32(&file);
        assert_true(total >= 12 && total % 4 == 0);
        struct bytes body = bytes_sub(&file, total - 12);
        assert_int_equal(bytes_u32(&file), total);
        assert_false(file.bad);
        if (type == 1)
            read_interface(&body, &s);
        else if (type == 6)
            read_packet(&body, &s);
        else
            assert_int_equal(type, 0x0A0D0D0A);
    }
    free(data);
    return s;
}

static int open_captured(uint64_t bytes_max)
{
    struct err e = {0};
    struct netem_options o = {.nodes_count = 2,
                              .clients_count = 1,
                              .carrier = NETEM_USER,
                              .seed = SEED,
                              .pcapng_path = path,
                              .pcapng_bytes_max = bytes_max};
    if (netem_open(&o, &net, &e) == 0)
        return 0;
    print_error("%s\n", e.text);
    return -1;
}

static void close_captured(void)
{
    netem_close(net);
    net = NULL;
}

static void every_packet_is_in_the_capture_with_its_reason(void **state)
{
    enum { A = 0, B = 1 };
    (void)state;
    assert_int_equal(open_captured(0), 0);
    set(A, B,
        (struct impairment){
            .loss = 0.2, .duplicate = 0.2, .corrupt = 0.2, .delay_ns = 20 * NS_PER_MS});
    measure(A, B, 500, NS_PER_MS / 4);
    set(A, B, (struct impairment){.gate = IMPAIR_CUT});
    measure(A, B, 50, NS_PER_MS / 4);
    struct netem_counters n = counters(A, B);
    close_captured();
    struct story s = read_capture();
    assert_int_equal(s.interfaces, 6);
    assert_int_equal(s.packets, n.sent + n.duplicated);
    assert_int_equal(s.lost, n.lost);
    assert_int_equal(s.cut, n.cut);
    assert_int_equal(n.cut, 50);
    assert_true(s.lost > 0 && s.duplicates > 0 && s.plain > 0);
    assert_int_equal(s.corrupted, n.corrupted);
    assert_false(s.backwards);
}

static void a_full_capture_says_so_and_stays_whole(void **state)
{
    enum { A = 0, B = 1 };
    struct netem_health health;
    struct err e = {0};
    (void)state;
    assert_int_equal(open_captured(5000), 0);
    measure(A, B, 100, NS_PER_MS / 4);
    assert_int_equal(netem_health(net, &health, &e), 0);
    assert_true(health.pcapng_full && !health.pcapng_failed);
    assert_true(health.pcapng_bytes <= 5000);
    close_captured();
    struct story s = read_capture();
    assert_true(s.packets > 0 && s.packets < 100);
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

int measure_capture(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_packet_is_in_the_capture_with_its_reason, remove_file),
        cmocka_unit_test_teardown(a_full_capture_says_so_and_stays_whole, remove_file),
    };
    snprintf(path, sizeof(path), "/tmp/capture-XXXXXX");
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
