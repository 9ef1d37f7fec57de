/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands with a time, and the smaller ones of strings, against what Redis documents. */
#include "base/mem.h"
#include "base/units.h"
#include "kv/command.h"
#include "tests/support/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* at: milliseconds of the log's clock; before each step what is over has ended, as in a log. */
struct step {
    unsigned at;
    const char *line;
    const char *reply;
};

static void expect_steps(const struct step *steps, size_t count)
{
    struct feed f = {.machine = machine_new()};
    for (size_t i = 0; i < count; i++) {
        uint64_t digest = kv_digest(machine_kv(f.machine));
        f.stamp = steps[i].at * NS_PER_MS;
        if (f.stamp != machine_clock_ns(f.machine)) {
            (void)feed_kind(&f, ENTRY_TICK);
            digest = kv_digest(machine_kv(f.machine));
        }
        const char *reply = feed_plain(&f, steps[i].line);
        if (strcmp(reply, steps[i].reply) != 0)
            fail_msg("%u: %s: %s", steps[i].at, steps[i].line, reply);
        if (reply[0] == '-')
            assert_int_equal(kv_digest(machine_kv(f.machine)), digest);
    }
    machine_free(f.machine);
    feed_free(&f);
}

static void test_set_with_a_time(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, "set a 1 ex 10", "+OK\r\n"},
        {0, "ttl a", ":10\r\n"},
        {0, "pttl a", ":10000\r\n"},
        {400, "ttl a", ":10\r\n"}, /* rounded */
        {600, "ttl a", ":9\r\n"},
        {600, "pttl a", ":9400\r\n"},
        {600, "set a 2 keepttl", "+OK\r\n"},
        {600, "pttl a", ":9400\r\n"},
        {600, "set a 3 xx px 50 get", "$1\r\n2\r\n"},
        {650, "get a", "$1\r\n3\r\n"}, /* still, at the very time */
        {650, "pttl a", ":0\r\n"},
        {651, "get a", "$-1\r\n"},
        {651, "ttl a", ":-2\r\n"},
        {651, "dbsize", ":0\r\n"},
        {651, "set a 4", "+OK\r\n"},
        {651, "ttl a", ":-1\r\n"},
        {651, "set a 5 px 9", "+OK\r\n"},
        {651, "set a 6", "+OK\r\n"}, /* a plain SET lives for ever */
        {700, "get a", "$1\r\n6\r\n"},
        {700, "set b 1 keepttl", "+OK\r\n"},
        {700, "ttl b", ":-1\r\n"},
        {700, "set a 1 nx ex 1", "$-1\r\n"}, /* not set: not the time either */
        {700, "ttl a", ":-1\r\n"},
        {700, "set a 1 ex 0", "-ERR invalid expire time in 'set' command\r\n"},
        {700, "set a 1 px -1", "-ERR invalid expire time in 'set' command\r\n"},
        {700, "set a 1 ex 9223372036854775807", "-ERR invalid expire time in 'set' command\r\n"},
        {700, "set a 1 ex 1.5", "-ERR value is not an integer or out of range\r\n"},
        {700, "set a 1 ex 1 px 1", "-ERR syntax error\r\n"},
        {700, "set a 1 ex 1 keepttl", "-ERR syntax error\r\n"},
        {700, "set a 1 keepttl px 1", "-ERR syntax error\r\n"},
        {700, "set a 1 exat 99",
         "-ERR EXAT and PXAT are not supported: keys expire by the log's clock, which knows no "
         "date; use EX or PX\r\n"},
        {700, "setex c 2 x", "+OK\r\n"},
        {700, "pttl c", ":2000\r\n"},
        {700, "psetex c 7 x", "+OK\r\n"},
        {700, "pttl c", ":7\r\n"},
        {700, "setex c 0 x", "-ERR invalid expire time in 'setex' command\r\n"},
        {700, "psetex c x x", "-ERR value is not an integer or out of range\r\n"},
        {708, "exists c", ":0\r\n"},
    };
    expect_steps(steps, ARRAY_LEN(steps));
}

static void test_expire(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, "expire a 10", ":0\r\n"},
        {0, "set a 1", "+OK\r\n"},
        {0, "expire a 10 xx", ":0\r\n"},
        {0, "expire a 10 gt", ":0\r\n"}, /* none is later than for ever */
        {0, "expire a 10 nx", ":1\r\n"},
        {0, "expire a 5 nx", ":0\r\n"},
        {0, "expire a 5 gt", ":0\r\n"},
        {0, "expire a 10 lt", ":0\r\n"},
        {0, "expire a 12 xx gt", ":1\r\n"},
        {0, "pexpire a 900 lt", ":1\r\n"},
        {0, "pttl a", ":900\r\n"},
        {0, "set b 1", "+OK\r\n"},
        {0, "expire b 3 lt", ":1\r\n"},
        {0, "getrev b", "*2\r\n$1\r\n1\r\n:13\r\n"}, /* the time is part of what a rev names */
        {0, "expire a 5 nx xx",
         "-ERR NX and XX, GT or LT options at the same time are not compatible\r\n"},
        {0, "expire a 5 gt lt", "-ERR GT and LT options at the same time are not compatible\r\n"},
        {0, "expire a 5 yy", "-ERR Unsupported option yy\r\n"},
        {0, "expire a x", "-ERR value is not an integer or out of range\r\n"},
        {0, "expire a 9223372036854775807", "-ERR invalid expire time in 'expire' command\r\n"},
        {0, "persist a", ":1\r\n"},
        {0, "persist a", ":0\r\n"},
        {0, "persist z", ":0\r\n"},
        {999, "ttl a", ":-1\r\n"},
        {999, "pexpire a 0", ":1\r\n"}, /* over already */
        {999, "exists a", ":0\r\n"},
        {999, "expire b -5", ":1\r\n"},
        {999, "exists b", ":0\r\n"},
        {999, "set c 5 px 20", "+OK\r\n"},
        {999, "incr c", ":6\r\n"}, /* changing a value keeps its end */
        {999, "append c 0", ":2\r\n"},
        {999, "setrange c 1 9", ":2\r\n"},
        {999, "pttl c", ":20\r\n"},
        {999, "getset c 1", "$2\r\n69\r\n"}, /* replacing it does not */
        {999, "pttl c", ":-1\r\n"},
        {999, "getex c px 30", "$1\r\n1\r\n"},
        {999, "getex c", "$1\r\n1\r\n"},
        {999, "pttl c", ":30\r\n"},
        {999, "getex c persist", "$1\r\n1\r\n"},
        {999, "pttl c", ":-1\r\n"},
        {999, "getex c ex 0", "-ERR invalid expire time in 'getex' command\r\n"},
        {999, "getex c px", "-ERR syntax error\r\n"},
        {999, "getex z ex 5", "$-1\r\n"},
        {999, "exists z", ":0\r\n"},
        {999, "mset c 1 d 2", "+OK\r\n"},
        {999, "pttl c", ":-1\r\n"},
    };
    expect_steps(steps, ARRAY_LEN(steps));
}

static void test_smaller_commands(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {0, "setnx a 1", ":1\r\n"},
        {0, "setnx a 2", ":0\r\n"},
        {0, "get a", "$1\r\n1\r\n"},
        {0, "getset z 1", "$-1\r\n"},
        {0, "getdel z", "$1\r\n1\r\n"},
        {0, "getdel z", "$-1\r\n"},
        {0, "msetnx b 1 a 2", ":0\r\n"},
        {0, "exists b", ":0\r\n"},
        {0, "msetnx b 1 c 2 b 3", ":1\r\n"},
        {0, "mget b c", "*2\r\n$1\r\n3\r\n$1\r\n2\r\n"},
        {0, "msetnx b 1 c", "-ERR wrong number of arguments for 'msetnx' command\r\n"},
        {0, "decrby c 5", ":-3\r\n"},
        {0, "decrby c -9223372036854775808", "-ERR decrement would overflow\r\n"},
        {0, "decrby c x", "-ERR value is not an integer or out of range\r\n"},
        {0, "type a", "+string\r\n"},
        {0, "type z", "+none\r\n"},
        {0, "touch a b z", ":2\r\n"},
        {0, "unlink b z", ":1\r\n"},
        {0, "set s This_is_a_string", "+OK\r\n"},
        {0, "getrange s 0 3", "$4\r\nThis\r\n"},
        {0, "getrange s -3 -1", "$3\r\ning\r\n"},
        {0, "getrange s 0 -1", "$16\r\nThis_is_a_string\r\n"},
        {0, "getrange s 10 100", "$6\r\nstring\r\n"},
        {0, "getrange s 5 3", "$0\r\n\r\n"},
        {0, "getrange s -1 -5", "$0\r\n\r\n"},
        {0, "getrange s -100 1", "$2\r\nTh\r\n"},
        {0, "getrange s 16 16", "$0\r\n\r\n"},
        {0, "getrange z 0 -1", "$0\r\n\r\n"},
        {0, "getrange s x 1", "-ERR value is not an integer or out of range\r\n"},
        {0, "setrange s 5 IS", ":16\r\n"},
        {0, "getrange s 4 8", "$5\r\n_IS_a\r\n"},
        {0, "setrange n 2 x", ":3\r\n"},
        {0, "strlen n", ":3\r\n"},
        {0, "getrange n 2 2", "$1\r\nx\r\n"},
        {0, "setrange n -1 x", "-ERR offset is out of range\r\n"},
        {0, "setrange n 8388608 x", "-ERR string exceeds maximum allowed size (8388608 bytes)\r\n"},
        {0, "setrange n 9223372036854775807 x",
         "-ERR string exceeds maximum allowed size (8388608 bytes)\r\n"},
        {0, "keys *", "*4\r\n$1\r\na\r\n$1\r\nc\r\n$1\r\nn\r\n$1\r\ns\r\n"},
        {0, "keys [a-c]", "*2\r\n$1\r\na\r\n$1\r\nc\r\n"},
        {0, "keys q*", "*0\r\n"},
        {0, "flushdb maybe", "-ERR syntax error\r\n"},
        {0, "flushdb sync", "+OK\r\n"},
        {0, "dbsize", ":0\r\n"},
        {0, "set a 1 ex 5", "+OK\r\n"},
        {0, "flushall", "+OK\r\n"},
        {0, "keys *", "*0\r\n"},
    };
    expect_steps(steps, ARRAY_LEN(steps));
}

/* R-CLI-4: what has expired goes first, in one order on every node. */
static void test_order_of_expiry(void **state)
{
    (void)state;
    struct feed f = {.machine = machine_new()};
    struct history *h = history_new(100, 1 << 20);
    struct kv_change change;
    static const char *const order[] = {"q", "a", "b", "z"};
    machine_set_history(f.machine, h);
    (void)feed_plain(&f, "set z 1 px 9");
    (void)feed_plain(&f, "set b 1 px 8");
    (void)feed_plain(&f, "set a 1 px 8");
    (void)feed_plain(&f, "set q 1 px 7");
    (void)feed_plain(&f, "set stays 1 px 10");
    assert_int_equal(kv_expiring_count(machine_kv(f.machine)), 5);
    assert_int_equal(machine_tick_at(f.machine), 7 * NS_PER_MS);
    f.stamp = 10 * NS_PER_MS;
    assert_string_equal(feed_plain(&f, "set z 2"), "+OK\r\n");
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        assert_true(history_at(h, 5 + i, &change));
        assert_int_equal(change.kind, KV_CHANGE_EXPIRED);
        assert_int_equal(change.rev, 6);
        assert_true(span_equal(change.key, span_str(order[i])));
    }
    assert_true(history_at(h, 9, &change));
    assert_int_equal(change.kind, KV_CHANGE_SET);
    assert_int_equal(kv_count(machine_kv(f.machine)), 2);
    assert_int_equal(machine_tick_at(f.machine), 10 * NS_PER_MS);
    machine_free(f.machine);
    history_free(h);
    feed_free(&f);
}

/* A crowd goes in parts, in the same order. */
static void test_a_crowd(void **state)
{
    (void)state;
    struct feed f = {.machine = machine_new()};
    char line[64];
    for (unsigned i = 0; i < 2 * LIMIT_EXPIRE_KEYS + 5; i++) {
        (void)snprintf(line, sizeof(line), "set k%05u v px 10", i);
        (void)feed_plain(&f, line);
    }
    (void)feed_plain(&f, "set later v px 11");
    assert_int_equal(machine_tick_at(f.machine), 10 * NS_PER_MS);
    f.stamp = 10 * NS_PER_MS + 7;
    assert_string_equal(feed_plain(&f, "exists k00000 k09999 k10000"), ":1\r\n");
    assert_int_equal(machine_tick_at(f.machine), f.stamp);
    assert_string_equal(feed_plain(&f, "pttl k20000"), ":0\r\n"); /* and the next part is gone */
    assert_string_equal(feed_plain(&f, "dbsize"), ":1\r\n");
    assert_int_equal(machine_tick_at(f.machine), 11 * NS_PER_MS);
    machine_free(f.machine);
    feed_free(&f);
}

/* What an idle leader waits for: the next key, a quarter of a session's life, or its end. */
static void test_tick(void **state)
{
    (void)state;
    struct feed f = {.machine = machine_new(), .stamp = 100 * NS_PER_S};
    assert_int_equal(machine_tick_at(f.machine), UINT64_MAX);
    (void)feed_plain(&f, "set a 1");
    assert_int_equal(machine_tick_at(f.machine), UINT64_MAX);
    uint64_t sid = feed_open(&f, 40 * NS_PER_S);
    assert_int_equal(machine_tick_at(f.machine), 110 * NS_PER_S);
    f.stamp = 110 * NS_PER_S;
    (void)feed_kind(&f, ENTRY_TICK);
    assert_int_equal(machine_tick_at(f.machine), 120 * NS_PER_S);
    f.stamp = 135 * NS_PER_S;
    (void)feed_kind(&f, ENTRY_TICK);
    assert_int_equal(machine_tick_at(f.machine), 140 * NS_PER_S); /* its end */
    (void)feed_plain(&f, "expire a 3");
    assert_int_equal(machine_tick_at(f.machine), 138 * NS_PER_S);
    (void)feed_plain(&f, "del a");
    (void)feed_open(&f, NS_PER_S);
    assert_int_equal(machine_tick_at(f.machine), 136 * NS_PER_S); /* at most once a second */
    f.stamp = 140 * NS_PER_S + 1;
    (void)feed_kind(&f, ENTRY_TICK);
    assert_int_equal(machine_tick_at(f.machine), UINT64_MAX);
    assert_string_equal(feed_close(&f, sid),
                        "-NOSESSION the session was closed, expired or never opened; nothing was "
                        "done now\r\n");
    machine_free(f.machine);
    feed_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_with_a_time),
        cmocka_unit_test(test_expire),
        cmocka_unit_test(test_smaller_commands),
        cmocka_unit_test(test_order_of_expiry),
        cmocka_unit_test(test_tick),
        cmocka_unit_test(test_a_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
