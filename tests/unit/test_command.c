/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"
#include "kv/command.h"
#include "kv/glob.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Runs a command of words without spaces; '~' stands for an empty word. */
static void run(struct kv *kv, uint64_t index, enum resp_version version, const char *line,
                struct buf *reply)
{
    char words[LIMIT_PATTERN_BYTES + 64];
    struct span argv[32];
    size_t argc = 0;
    (void)snprintf(words, sizeof(words), "%s", line);
    for (char *rest = words, *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
        argv[argc++] = strcmp(word, "~") == 0 ? (struct span){0} : span_str(word);
    const struct command *c = command_find(argv[0]);
    bool write = c != NULL && (c->flags & COMMAND_WRITE);
    const struct command_call call = {.kv = kv,
                                      .index = write ? index : 0,
                                      .version = write ? RESP2 : version,
                                      .argv = argv,
                                      .argc = argc};
    buf_reset(reply);
    command_apply(&call, reply);
}

struct step {
    const char *line;
    const char *reply;
};

static void expect_steps(const struct step *steps, size_t count)
{
    struct kv *kv = kv_new();
    struct buf reply = {0};
    for (size_t i = 0; i < count; i++) {
        uint64_t digest = kv_digest(kv);
        run(kv, i + 1, RESP2, steps[i].line, &reply);
        assert_string_equal(buf_str(&reply), steps[i].reply);
        if (reply.data[0] == '-') /* an error has no effect */
            assert_int_equal(kv_digest(kv), digest);
        const struct command *c = command_find(span_of(steps[i].line, strcspn(steps[i].line, " ")));
        if (c != NULL && (c->flags & COMMAND_READ))
            assert_int_equal(kv_digest(kv), digest);
    }
    buf_free(&reply);
    kv_free(kv);
}

static void test_strings(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"get a", "$-1\r\n"},
        {"set a 1", "+OK\r\n"},
        {"GET a", "$1\r\n1\r\n"},
        {"strlen a", ":1\r\n"},
        {"strlen b", ":0\r\n"},
        {"set a 2 NX", "$-1\r\n"},
        {"set b 2 xx", "$-1\r\n"},
        {"set b 3 nx", "+OK\r\n"},
        {"set b 4 xx get", "$1\r\n3\r\n"},
        {"set b 5 get nx", "$1\r\n4\r\n"},
        {"get b", "$1\r\n4\r\n"},
        {"set c 6 nx get", "$-1\r\n"},
        {"get c", "$1\r\n6\r\n"},
        {"set d 7 xx get", "$-1\r\n"},
        {"exists d", ":0\r\n"},
        {"set e 1 nx xx", "-ERR syntax error\r\n"},
        {"set e 1 ex", "-ERR syntax error\r\n"},
        {"exists a b c a z", ":4\r\n"},
        {"mget a z c", "*3\r\n$1\r\n1\r\n$-1\r\n$1\r\n6\r\n"},
        {"del a z c", ":2\r\n"},
        {"dbsize", ":1\r\n"},
        {"mset x 1 y 2 x 3", "+OK\r\n"},
        {"mget x y", "*2\r\n$1\r\n3\r\n$1\r\n2\r\n"},
        {"mset x 1 y", "-ERR wrong number of arguments for 'mset' command\r\n"},
        {"append x 45", ":3\r\n"},
        {"append n ~", ":0\r\n"},
        {"get n", "$0\r\n\r\n"},
        {"append n 7", ":1\r\n"},
        {"getrev n", "*2\r\n$1\r\n7\r\n:28\r\n"},
        {"getrev z", "$-1\r\n"},
        {"set ~ empty", "+OK\r\n"},
        {"get ~", "$5\r\nempty\r\n"},
    };
    expect_steps(steps, ARRAY_LEN(steps));
}

static void test_counters(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"incr a", ":1\r\n"},
        {"incr a", ":2\r\n"},
        {"incrby a 40", ":42\r\n"},
        {"incrby a -43", ":-1\r\n"},
        {"decr a", ":-2\r\n"},
        {"get a", "$2\r\n-2\r\n"},
        {"incrby a 1.5", "-ERR value is not an integer or out of range\r\n"},
        {"set b x", "+OK\r\n"},
        {"incr b", "-ERR value is not an integer or out of range\r\n"},
        {"set b ~", "+OK\r\n"},
        {"incr b", "-ERR value is not an integer or out of range\r\n"},
        {"set b 9223372036854775807", "+OK\r\n"},
        {"incr b", "-ERR increment or decrement would overflow\r\n"},
        {"decr b", ":9223372036854775806\r\n"},
        {"set b -9223372036854775808", "+OK\r\n"},
        {"decr b", "-ERR increment or decrement would overflow\r\n"},
        {"get b", "$20\r\n-9223372036854775808\r\n"},
        {"incr b", ":-9223372036854775807\r\n"},
    };
    expect_steps(steps, ARRAY_LEN(steps));
}

static void test_compare_and_set(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"cas a 1 2", "*2\r\n:0\r\n$-1\r\n"},   /* absent: nothing to compare with */
        {"cas a 1", "*2\r\n:1\r\n$1\r\n1\r\n"}, /* absent, as expected */
        {"cas a 9", "*2\r\n:0\r\n$1\r\n1\r\n"}, /* present */
        {"cas a 2 3", "*2\r\n:0\r\n$1\r\n1\r\n"},
        {"cas a 1 3", "*2\r\n:1\r\n$1\r\n3\r\n"},
        {"cas a 3 3", "*2\r\n:1\r\n$1\r\n3\r\n"},
        {"getrev a", "*2\r\n$1\r\n3\r\n:6\r\n"},
        {"casdel a 1", "*2\r\n:0\r\n$1\r\n3\r\n"},
        {"casdel a 3", "*2\r\n:1\r\n$-1\r\n"},
        {"casdel a 3", "*2\r\n:0\r\n$-1\r\n"},
        {"cas a ~ 1", "*2\r\n:0\r\n$-1\r\n"}, /* empty is not absent */
        {"set a ~", "+OK\r\n"},
        {"cas a ~ 1", "*2\r\n:1\r\n$1\r\n1\r\n"},
        {"cas a", "-ERR wrong number of arguments for 'cas' command\r\n"},
        {"cas a 1 2 3", "-ERR wrong number of arguments for 'cas' command\r\n"},
    };
    expect_steps(steps, ARRAY_LEN(steps));
}

#define WRONG "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"

static void test_lists(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"lpop q", "$-1\r\n"},
        {"lrange q 0 -1", "*0\r\n"},
        {"rpush q a ~ b", ":3\r\n"},
        {"rpush q a", ":4\r\n"},
        {"type q", "+list\r\n"},
        {"lrange q 0 -1", "*4\r\n$1\r\na\r\n$0\r\n\r\n$1\r\nb\r\n$1\r\na\r\n"},
        {"lrange q 2 2", "*1\r\n$1\r\nb\r\n"},
        {"lrange q -2 99", "*2\r\n$1\r\nb\r\n$1\r\na\r\n"},
        {"lrange q -99 0", "*1\r\n$1\r\na\r\n"},
        {"lrange q 0 -5", "*0\r\n"},
        {"lrange q 3 1", "*0\r\n"},
        {"lrange q 4 9", "*0\r\n"},
        {"lrange q 0 x", "-ERR value is not an integer or out of range\r\n"},
        {"lpop q", "$1\r\na\r\n"},
        {"lpop q", "$0\r\n\r\n"},
        {"pexpire q 10", ":1\r\n"},
        {"rpush q c", ":3\r\n"},
        {"pttl q", ":10\r\n"}, /* stays */
        {"persist q", ":1\r\n"},
        {"lpop q", "$1\r\nb\r\n"},
        {"lpop q", "$1\r\na\r\n"},
        {"exists q", ":1\r\n"},
        {"lpop q", "$1\r\nc\r\n"},
        {"exists q", ":0\r\n"}, /* an empty list is none */
        {"lpop q", "$-1\r\n"},
        {"rpush q", "-ERR wrong number of arguments for 'rpush' command\r\n"},
    };
    expect_steps(steps, ARRAY_LEN(steps));
}

static void test_sets(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"smembers s", "*0\r\n"},
        {"sismember s a", ":0\r\n"},
        {"srem s a", ":0\r\n"},
        {"sadd s c a ~ c", ":3\r\n"},
        {"type s", "+set\r\n"},
        {"sadd s b a", ":1\r\n"},
        {"sadd s a", ":0\r\n"},
        {"smembers s", "*4\r\n$0\r\n\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"},
        {"sismember s ~", ":1\r\n"},
        {"sismember s aa", ":0\r\n"},
        {"sismember s d", ":0\r\n"},
        {"srem s b x b ~", ":2\r\n"},
        {"smembers s", "*2\r\n$1\r\na\r\n$1\r\nc\r\n"},
        {"srem s c a", ":2\r\n"},
        {"type s", "+none\r\n"},
        {"sadd s", "-ERR wrong number of arguments for 'sadd' command\r\n"},
    };
    expect_steps(steps, ARRAY_LEN(steps));
}

/* Every command on the wrong type is refused, but those that replace what there was. */
static void test_types(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"rpush q a", ":1\r\n"},
        {"sadd s a", ":1\r\n"},
        {"set t a", "+OK\r\n"},
        {"get q", WRONG},
        {"strlen s", WRONG},
        {"getrange q 0 1", WRONG},
        {"getrev s", WRONG},
        {"getset q x", WRONG},
        {"getdel s", WRONG},
        {"getex q persist", WRONG},
        {"set s x get", WRONG},
        {"incr q", WRONG},
        {"decrby s 2", WRONG},
        {"append q x", WRONG},
        {"setrange s 0 x", WRONG},
        {"cas q a b", WRONG},
        {"casdel s a", WRONG},
        {"rpush s a", WRONG},
        {"lpop t", WRONG},
        {"lrange s 0 1", WRONG},
        {"sadd q a", WRONG},
        {"srem t a", WRONG},
        {"smembers t", WRONG},
        {"sismember q a", WRONG},
        {"mget q s t", "*3\r\n$-1\r\n$-1\r\n$1\r\na\r\n"},
        {"range q 9", "*6\r\n$1\r\nq\r\n$-1\r\n$1\r\ns\r\n$-1\r\n$1\r\nt\r\n$1\r\na\r\n"},
        {"scan 0 type set", "*2\r\n$1\r\n0\r\n*1\r\n$1\r\ns\r\n"},
        {"scan 0 type hash", "*2\r\n$1\r\n0\r\n*0\r\n"},
        {"setnx q x", ":0\r\n"},
        {"set q x", "+OK\r\n"},
        {"get q", "$1\r\nx\r\n"},
        {"mset s y", "+OK\r\n"},
        {"type s", "+string\r\n"},
        {"sadd z 1", ":1\r\n"},
        {"expire z 9", ":1\r\n"},
        {"type z", "+set\r\n"},
        {"del z", ":1\r\n"},
    };
    expect_steps(steps, ARRAY_LEN(steps));
}

static void test_elements_have_a_limit(void **state)
{
    (void)state;
    struct kv *kv = kv_new();
    struct buf reply = {0};
    char *large = mem_alloc(LIMIT_VALUE_BYTES / 2);
    const char *const names[] = {"rpush", "sadd"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct span argv[] = {span_str(names[i]), span_str("k"),
                              span_of(large, LIMIT_VALUE_BYTES / 2), span_str("b")};
        struct command_call call = {
            .kv = kv, .index = 1, .version = RESP2, .argv = argv, .argc = ARRAY_LEN(argv)};
        kv_clear(kv);
        buf_reset(&reply);
        command_apply(&call, &reply);
        assert_string_equal(buf_str(&reply), ":2\r\n");
        uint64_t digest = kv_digest(kv);
        argv[2] = span_of(large, LIMIT_VALUE_BYTES / 2 - 17); /* one byte too many */
        argv[3] = span_str("c");
        buf_reset(&reply);
        command_apply(&call, &reply);
        assert_string_equal(buf_str(&reply),
                            "-ERR list or set exceeds maximum allowed size (8388608 bytes)\r\n");
        assert_int_equal(kv_digest(kv), digest);
        argv[2].len--;
        buf_reset(&reply);
        command_apply(&call, &reply);
        assert_string_equal(buf_str(&reply), i == 0 ? ":4\r\n" : ":2\r\n");
    }
    free(large);
    buf_free(&reply);
    kv_free(kv);
}

static void test_range(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"range ~ 10", "*0\r\n"},
        {"mset b 2 a 1 d 4 c 3", "+OK\r\n"},
        {"range ~ 2", "*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n"},
        {"range bb 1", "*2\r\n$1\r\nc\r\n$1\r\n3\r\n"},
        {"range c 9 d", "*2\r\n$1\r\nc\r\n$1\r\n3\r\n"},
        {"range c 9 c", "*0\r\n"},
        {"range x 9", "*0\r\n"},
        {"range a 99999999", "*8\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n$1\r\nc\r\n$1\r\n3"
                             "\r\n$1\r\nd\r\n$1\r\n4\r\n"},
        {"range a 0", "-ERR syntax error\r\n"},
        {"range a x", "-ERR value is not an integer or out of range\r\n"},
        {"range a 1 b c", "-ERR syntax error\r\n"},
        {"range a", "-ERR wrong number of arguments for 'range' command\r\n"},
        {"scan x", "-ERR invalid cursor\r\n"},
        {"scan -1", "-ERR invalid cursor\r\n"},
        {"scan 18446744073709551616", "-ERR invalid cursor\r\n"},
        {"scan 18446744073709551615", "*2\r\n$1\r\n0\r\n*0\r\n"},
        {"scan 0 count", "-ERR syntax error\r\n"},
        {"scan 0 count 0", "-ERR syntax error\r\n"},
        {"scan 0 count x", "-ERR value is not an integer or out of range\r\n"},
        {"scan 0 type", "-ERR syntax error\r\n"},
        {"scan 0 type hash", "*2\r\n$1\r\n0\r\n*0\r\n"},
        {"scan 0 match c type STRING", "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nc\r\n"},
        {"scan 0 match c count 100", "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nc\r\n"},
    };
    expect_steps(steps, ARRAY_LEN(steps));
}

/* One SCAN; the cursor behind it, and how many keys it gave. */
static uint64_t scan(struct kv *kv, uint64_t cursor, const char *options, size_t *keys)
{
    char line[64];
    struct buf reply = {0};
    unsigned width;
    (void)snprintf(line, sizeof(line), "scan %" PRIu64 " %s", cursor, options);
    run(kv, 0, RESP2, line, &reply);
    assert_int_equal(sscanf(reply.data, "*2\r\n$%u\r\n%" SCNu64 "\r\n*%zu", &width, &cursor, keys),
                     3);
    buf_free(&reply);
    return cursor;
}

static void test_scan_to_the_end(void **state)
{
    (void)state;
    struct kv *kv = kv_new();
    char key[16];
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(key, sizeof(key), "key%u", i);
        kv_put(kv, span_str(key), span_str("v"), 1);
    }
    static const struct {
        const char *options;
        size_t keys, calls;
    } cases[] = {{"count 7", 1000, 143},
                 {"", 1000, 100},
                 {"count 1000", 1000, 1},
                 {"count 50 match key1*", 111, 20},
                 {"match nothing count 100", 0, 10}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint64_t cursor = 0;
        size_t total = 0, calls = 0, keys;
        do {
            cursor = scan(kv, cursor, cases[i].options, &keys);
            total += keys;
            calls++;
            assert_true(cursor < 1ull << KV_SCAN_BITS);
        } while (cursor != 0);
        assert_int_equal(total, cases[i].keys);
        assert_int_equal(calls, cases[i].calls);
    }
    kv_free(kv);
}

static void test_patterns_have_a_limit(void **state)
{
    char line[LIMIT_PATTERN_BYTES + 32];
    struct kv *kv = kv_new();
    struct buf reply = {0};
    (void)state;
    for (int len = LIMIT_PATTERN_BYTES; len < LIMIT_PATTERN_BYTES + 2; len++) {
        (void)snprintf(line, sizeof(line), "keys %0*d", len, 0);
        run(kv, 1, RESP2, line, &reply);
        assert_int_equal(buf_str(&reply)[0], len == LIMIT_PATTERN_BYTES ? '*' : '-');
        (void)snprintf(line, sizeof(line), "scan 0 match %0*d", len, 0);
        run(kv, 1, RESP2, line, &reply);
        assert_int_equal(buf_str(&reply)[0], len == LIMIT_PATTERN_BYTES ? '*' : '-');
    }
    buf_free(&reply);
    kv_free(kv);
}

static void test_resp3_nulls(void **state)
{
    (void)state;
    struct kv *kv = kv_new();
    struct buf reply = {0};
    run(kv, 1, RESP3, "get a", &reply);
    assert_string_equal(buf_str(&reply), "_\r\n");
    run(kv, 1, RESP3, "mget a b", &reply);
    assert_string_equal(buf_str(&reply), "*2\r\n_\r\n_\r\n");
    buf_free(&reply);
    kv_free(kv);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct step steps[] = {
        {"nosuch a", "-ERR unknown command 'nosuch'\r\n"},
        {"get", "-ERR wrong number of arguments for 'get' command\r\n"},
        {"GET a b", "-ERR wrong number of arguments for 'get' command\r\n"},
        {"dbsize a", "-ERR wrong number of arguments for 'dbsize' command\r\n"},
        {"evil\r\n+OK a", "-ERR unknown command 'evil  +OK'\r\n"},
    };
    expect_steps(steps, ARRAY_LEN(steps));
}

static void apply(struct kv *kv, struct buf *reply, const struct span *argv, size_t argc)
{
    const struct command *c = command_find(argv[0]);
    const struct command_call call = {.kv = kv,
                                      .index = c->flags & COMMAND_WRITE ? 1 : 0,
                                      .version = RESP2,
                                      .argv = argv,
                                      .argc = argc};
    buf_reset(reply);
    command_apply(&call, reply);
}

/* Nothing grows beyond the limits, and a refusal changes nothing, not even the first of several. */
static void test_sizes(void **state)
{
    (void)state;
    char *large = mem_alloc(LIMIT_VALUE_BYTES + 1);
    const struct span key = {large, LIMIT_KEY_BYTES}, long_key = {large, LIMIT_KEY_BYTES + 1};
    const struct span value = {large, LIMIT_VALUE_BYTES},
                      long_value = {large, LIMIT_VALUE_BYTES + 1};
    const struct span a = span_str("a"), one = span_str("1");
    struct kv *kv = kv_new();
    struct buf reply = {0};
    apply(kv, &reply, (struct span[]){span_str("mset"), a, one, long_key, one}, 5);
    assert_string_equal(buf_str(&reply), "-ERR key exceeds maximum allowed size (65536 bytes)\r\n");
    apply(kv, &reply, (struct span[]){span_str("mset"), a, one, key, long_value}, 5);
    assert_string_equal(buf_str(&reply),
                        "-ERR string exceeds maximum allowed size (8388608 bytes)\r\n");
    apply(kv, &reply, (struct span[]){span_str("incr"), long_key}, 2);
    assert_int_equal(reply.data[0], '-');
    apply(kv, &reply, (struct span[]){span_str("cas"), a, long_value}, 3);
    assert_int_equal(reply.data[0], '-');
    apply(kv, &reply, (struct span[]){span_str("append"), a, long_value}, 3);
    assert_int_equal(reply.data[0], '-');
    assert_int_equal(kv_count(kv), 0);
    apply(kv, &reply, (struct span[]){span_str("set"), key, value}, 3);
    assert_string_equal(buf_str(&reply), "+OK\r\n");
    apply(kv, &reply, (struct span[]){span_str("append"), key, one}, 3);
    assert_int_equal(reply.data[0], '-');
    apply(kv, &reply, (struct span[]){span_str("append"), key, {0}}, 3);
    assert_string_equal(buf_str(&reply), ":8388608\r\n");
    /* A reply is bounded too: two such values do not fit one. */
    apply(kv, &reply, (struct span[]){span_str("mget"), key}, 2);
    assert_true(reply.len > LIMIT_VALUE_BYTES);
    apply(kv, &reply, (struct span[]){span_str("mget"), key, key}, 3);
    assert_string_equal(buf_str(&reply), "-ERR the reply is longer than 16777216 bytes\r\n");
    /* Pages close early instead, and the next one goes on. */
    apply(kv, &reply, (struct span[]){span_str("set"), span_str("\x01"), value}, 3);
    apply(kv, &reply, (struct span[]){span_str("range"), {0}, span_str("10")}, 3);
    assert_true(reply.len <= LIMIT_REPLY_BYTES);
    assert_memory_equal(reply.data, "*2\r\n", 4);
    buf_free(&reply);
    kv_free(kv);
    free(large);
}

static void test_table(void **state)
{
    (void)state;
    size_t count;
    const struct command *table = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        unsigned kind = table[i].flags & (COMMAND_READ | COMMAND_WRITE);
        assert_true(kind == COMMAND_READ || kind == COMMAND_WRITE);
        assert_ptr_equal(command_find(span_str(table[i].name)), &table[i]);
        assert_true(table[i].arity != 0 && strlen(table[i].summary) > 0);
    }
    assert_null(command_find(span_str("ge")));
    assert_null(command_find(span_str("gett")));
    assert_null(command_find((struct span){0}));
}

static void test_codec(void **state)
{
    (void)state;
    static const uint8_t expected[] = {3, 0, 3, 0, 0,   0, 's', 'e', 't',
                                       1, 0, 0, 0, 'k', 0, 0,   0,   0};
    const struct span argv[] = {span_str("set"), span_str("k"), {0}};
    struct command_words *words = mem_alloc(sizeof(*words));
    struct buf bytes = {0};
    struct err e = {0};
    assert_int_equal(command_encode(&bytes, argv, 3, &e), 0);
    assert_int_equal(bytes.len, sizeof(expected));
    assert_memory_equal(bytes.data, expected, sizeof(expected));
    assert_int_equal(command_decode(span_of(bytes.data, bytes.len), words, &e), 0);
    assert_int_equal(words->argc, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(span_equal(words->argv[i], argv[i]));
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(command_decode(span_of(bytes.data, len), words, &e), -E_CORRUPT);
    buf_putc(&bytes, 'x');
    assert_int_equal(command_decode(span_of(bytes.data, bytes.len), words, &e), -E_CORRUPT);
    assert_int_equal(command_decode(span_of("\0\0", 2), words, &e), -E_CORRUPT);
    assert_int_equal(command_decode(span_of("\1\4", 2), words, &e), -E_CORRUPT);
    assert_string_equal(e.text, "command: 1025 words");
    buf_free(&bytes);
    free(words);
}

static void test_codec_limits(void **state)
{
    (void)state;
    char *large = mem_alloc(LIMIT_ENTRY_BYTES);
    struct span argv[LIMIT_RESP_ARGS + 1] = {{large, COMMAND_BYTES_MAX - 6}};
    struct buf bytes = {0};
    struct err e = {0};
    assert_int_equal(command_encode(&bytes, argv, 1, &e), 0);
    assert_int_equal(bytes.len, COMMAND_BYTES_MAX);
    assert_true(bytes.len <= LIMIT_ENTRY_BYTES);
    buf_reset(&bytes);
    argv[0].len++;
    assert_int_equal(command_encode(&bytes, argv, 1, &e), -E_LIMIT);
    assert_int_equal(bytes.len, 0);
    argv[0].len = 1;
    assert_int_equal(command_encode(&bytes, argv, LIMIT_RESP_ARGS, &e), 0);
    assert_int_equal(command_encode(&bytes, argv, LIMIT_RESP_ARGS + 1, &e), -E_LIMIT);
    buf_free(&bytes);
    free(large);
}

static void test_glob(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool match;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "abc", true},
        {"a*c", "abbc", true},
        {"a*c", "abb", false},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"[abc]x", "bx", true},
        {"[abc]x", "dx", false},
        {"[a-c]", "b", true},
        {"[c-a]", "b", true},
        {"[^a-c]", "b", false},
        {"[^a-c]", "d", true},
        {"[\\]]", "]", true},
        {"[a", "a", true},
        {"[", "[", false},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"\\", "\\", true},
        {"*a*b*c", "xaxbxc", true},
        {"*a*b*c", "xaxcxb", false},
        {"user:*:name", "user:1:name", true},
        {"**", "a", true},
        {"a**", "a", true},
        {"h[^e]llo", "hello", false},
        {"[a-]", "a", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(glob_match(span_str(cases[i].pattern), span_str(cases[i].text)),
                         cases[i].match);
    /* Many stars against a text that almost matches: quadratic at worst, not exponential. */
    char pattern[201], text[5001];
    for (size_t i = 0; i < 200; i++)
        pattern[i] = i % 2 == 0 ? '*' : 'a';
    memset(text, 'a', 5000);
    assert_false(glob_match(span_of(pattern, 200), span_of(text, 98)));
    text[4999] = 'b';
    assert_false(glob_match(span_of(pattern, 200), span_of(text, 5000)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_compare_and_set),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_patterns_have_a_limit),
        cmocka_unit_test(test_scan_to_the_end),
        cmocka_unit_test(test_resp3_nulls),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_codec),
        cmocka_unit_test(test_codec_limits),
        cmocka_unit_test(test_glob),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_elements_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
