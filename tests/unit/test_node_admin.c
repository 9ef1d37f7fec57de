/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What clients of Redis ask besides data. */
#include "base/units.h"
#include "kv/command.h"
#include "tests/support/nodes.h"
#include "wire/resp_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (10 * NS_PER_S)

static int begin(void **state)
{
    struct nodes *n = calloc(1, sizeof(*n));
    assert_non_null(n);
    nodes_open(n, 1, 81);
    assert_int_equal(nodes_leader(n, LIMIT), 0);
    *state = n;
    return 0;
}

static int end(void **state)
{
    nodes_close(*state);
    free(*state);
    return 0;
}

static const char *ask(struct nodes *n, const char *line)
{
    return nodes_ask(n, 0, 0, line, LIMIT);
}

static void expect(struct nodes *n, const char *line, const char *reply)
{
    assert_string_equal(ask(n, line), reply);
}

/* One well-formed value, whatever it says. */
static void expect_whole(struct nodes *n, const char *line)
{
    struct resp_replies r;
    const struct resp_value *v;
    const char *reply = ask(n, line);
    resp_replies_init(&r, 0);
    resp_replies_feed(&r, reply, strlen(reply));
    assert_int_equal(resp_replies_next(&r, &v, NULL), 1);
    assert_int_equal(resp_replies_next(&r, &v, NULL), 0);
    assert_int_equal(r.start, r.in.len);
    resp_replies_free(&r);
}

static void names(void **state)
{
    struct nodes *n = *state;
    expect(n, "CLIENT ID", ":1\r\n");
    expect(n, "CLIENT GETNAME", "$-1\r\n");
    expect(n, "CLIENT SETNAME worker-7", "+OK\r\n");
    expect(n, "CLIENT GETNAME", "$8\r\nworker-7\r\n");
    expect(n, "CLIENT SETINFO LIB-NAME redis-py", "+OK\r\n");
    expect(n, "WATCH a b", "+OK\r\n");
    expect(n, "CLIENT INFO", "$43\r\nid=1 name=worker-7 resp=2 multi=-1 watch=2\n\r\n");
    assert_non_null(strstr(ask(n, "CLIENT SETNAME a\tb"), "cannot contain spaces"));
    assert_non_null(strstr(ask(n, "CLIENT KILL 1"), "not supported"));
    assert_int_equal(strncmp(ask(n, "HELLO 2 SETNAME x"), "*14\r\n", 5), 0);
    expect(n, "CLIENT GETNAME", "$1\r\nx\r\n");
    expect(n, "RESET", "+RESET\r\n");
    expect(n, "CLIENT GETNAME", "$-1\r\n");
}

static void hello(void **state)
{
    struct nodes *n = *state;
    static const char head[] = "*14\r\n$6\r\nserver\r\n$7\r\nraftlab\r\n";
    assert_int_equal(strncmp(ask(n, "HELLO"), head, strlen(head)), 0);
    expect(n, "HELLO 4", "-NOPROTO unsupported protocol version\r\n");
    expect(n, "HELLO 3 AUTH a b", "-ERR AUTH is not supported: there are no users\r\n");
    expect(n, "HELLO 3 SETNAME", "-ERR Syntax error in HELLO\r\n");
    expect(n, "GET a", "$-1\r\n"); /* still RESP2 */
    assert_int_equal(strncmp(ask(n, "HELLO 3"), "%7\r\n", 4), 0);
    expect(n, "GET a", "_\r\n");
    expect_whole(n, "HELLO 3");
    expect(n, "RESET", "+RESET\r\n");
    expect(n, "GET a", "$-1\r\n");
    expect(n, "SELECT 0", "+OK\r\n");
    expect(n, "SELECT 1", "-ERR DB index is out of range: there is one database, 0\r\n");
    expect(n, "PING", "+PONG\r\n");
    expect(n, "PING hi", "$2\r\nhi\r\n");
    expect(n, "ECHO", "-ERR wrong number of arguments for 'echo' command\r\n");
}

static void info(void **state)
{
    struct nodes *n = *state;
    (void)ask(n, "SET a 1 EX 100");
    (void)ask(n, "SET b 1");
    (void)ask(n, "SET c 1 PX 1");
    nodes_run(n, NS_PER_S);
    const char *text = ask(n, "INFO");
    static const char *const parts[] = {"# Server\r\nraftlab_version:",
                                        "uptime_in_seconds:",
                                        "\r\n# Clients\r\nconnected_clients:20\r\n",
                                        "role:master",
                                        "raft_role:leader",
                                        "expired_keys:1\r\n",
                                        "# Keyspace\r\ndb0:keys=2,expires=1,"};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        assert_non_null(strstr(text, parts[i]));
    text = ask(n, "INFO keyspace");
    assert_null(strstr(text, "# Server"));
    assert_non_null(strstr(text, "# Keyspace"));
    text = ask(n, "INFO stats raft");
    assert_non_null(strstr(text, "# Stats"));
    assert_non_null(strstr(text, "# Raft"));
    assert_null(strstr(text, "# Clients"));
    expect(n, "INFO nosuch", "$0\r\n\r\n");
    assert_non_null(strstr(ask(n, "INFO everything"), "# Memory"));
}

static void configuration(void **state)
{
    struct nodes *n = *state;
    expect(n, "CONFIG GET appendonly", "*2\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n");
    expect(n, "CONFIG GET save data*",
           "*4\r\n$9\r\ndatabases\r\n$1\r\n1\r\n$4\r\nsave\r\n$0\r\n\r\n");
    expect(n, "CONFIG GET nosuch", "*0\r\n");
    expect_whole(n, "CONFIG GET *");
    assert_non_null(strstr(ask(n, "CONFIG SET maxmemory 1"), "options are given at start"));
}

/* The number behind a reply's first character. */
static size_t head_of(const char *reply)
{
    return strtoul(reply + 1, NULL, 10);
}

static void commands(void **state)
{
    struct nodes *n = *state;
    size_t count;
    (void)command_table(&count);
    size_t total = head_of(ask(n, "COMMAND COUNT"));
    assert_true(total > count);
    assert_int_equal(head_of(ask(n, "COMMAND")), total);
    assert_int_equal(head_of(ask(n, "COMMAND LIST")), total);
    assert_int_equal(head_of(ask(n, "COMMAND DOCS")), 2 * total);
    expect_whole(n, "COMMAND");
    expect_whole(n, "COMMAND DOCS");
    expect_whole(n, "COMMAND DOCS get nosuch raft");
    expect(n, "COMMAND INFO mset nosuch",
           "*2\r\n*10\r\n$4\r\nmset\r\n:-3\r\n*1\r\n+write\r\n:1\r\n:-1\r\n:2\r\n*0\r\n*0\r\n*0\r\n"
           "*0\r\n*-1\r\n");
    assert_non_null(strstr(ask(n, "COMMAND INFO scan"), "+readonly\r\n:0\r\n:0\r\n:0\r\n"));
    assert_non_null(strstr(ask(n, "COMMAND INFO del"), ":1\r\n:-1\r\n:1\r\n"));
    assert_non_null(strstr(ask(n, "COMMAND INFO get"), ":1\r\n:1\r\n:1\r\n"));
    assert_non_null(strstr(ask(n, "COMMAND GETKEYS get a"), "not supported"));
    (void)ask(n, "HELLO 3");
    expect_whole(n, "COMMAND DOCS");
    assert_int_equal(ask(n, "COMMAND DOCS get")[0], '%');
}

static void what_is_not_here(void **state)
{
    struct nodes *n = *state;
    expect(n, "LPUSH a 1",
           "-ERR 'LPUSH' is not supported: keys hold strings; of lists there are RPUSH, LPOP and "
           "LRANGE, of sets SADD, SREM, SISMEMBER and SMEMBERS\r\n");
    expect(n, "zadd a 1 b",
           "-ERR 'zadd' is not supported: keys hold strings; of lists there are RPUSH, LPOP and "
           "LRANGE, of sets SADD, SREM, SISMEMBER and SMEMBERS\r\n");
    expect(n, "EXPIREAT a 1",
           "-ERR 'EXPIREAT' is not supported: keys expire by the log's clock, which knows no date; "
           "use EXPIRE, PEXPIRE, TTL, PTTL\r\n");
    expect(n, "SUBSCRIBE a",
           "-ERR 'SUBSCRIBE' is not supported: there is no publishing; use "
           "WATCHKEY\r\n");
    expect(n, "EVAL x 0",
           "-ERR 'EVAL' is not supported: there are no scripts; use MULTI with "
           "WATCH, or CAS\r\n");
    expect(n, "BGSAVE",
           "-ERR 'BGSAVE' is not supported: the log is the data and is always synced; "
           "use RAFT SNAPSHOT\r\n");
    expect(n, "LOLWUT", "-ERR 'LOLWUT' is not supported: it is not here (yet)\r\n");
    expect(n, "lpushh a", "-ERR unknown command 'lpushh'\r\n");
    expect(n, "lpus", "-ERR unknown command 'lpus'\r\n");
}

/* Every 64th entry of late leaves the digest of the state there; the digest of now is another. */
static void digests_at_fixed_places(void **state)
{
    struct nodes *n = *state;
    assert_non_null(strstr(ask(n, "RAFT DIGEST"), "\"marks\":[]"));
    for (int i = 0; i < 70; i++)
        (void)ask(n, "INCR a");
    const char *json = ask(n, "RAFT DIGEST");
    const char *mark = strstr(json, "\"marks\":[{\"index\":64,\"digest\":\"");
    assert_non_null(mark);
    char digest[17];
    memcpy(digest, strstr(mark, "\"digest\":\"") + 10, 16);
    digest[16] = '\0';
    assert_ptr_equal(strstr(json, digest), strstr(mark, digest));
    (void)ask(n, "INCR a");
    assert_non_null(strstr(ask(n, "RAFT DIGEST"), digest));
}

static void looking_inside(void **state)
{
    struct nodes *n = *state;
    (void)ask(n, "SET secret-key secret-value");
    (void)ask(n, "MULTI");
    (void)ask(n, "INCR a");
    (void)ask(n, "INCR a");
    (void)ask(n, "EXEC");
    const char *json = ask(n, "RAFT LOG COUNT 2");
    assert_non_null(strstr(json, "\"command\":\"SET\",\"key\":\"secret-key\""));
    assert_non_null(strstr(json, "\"kind\":\"data\""));
    assert_non_null(strstr(json, "\"commands\":2"));
    assert_non_null(strstr(json, "\"committed\":true"));
    assert_null(strstr(json, "secret-value"));
    assert_null(strstr(json, "\"index\":1,"));
    json = ask(n, "RAFT LOG FROM 1 COUNT 1");
    assert_non_null(strstr(json, "\"index\":1,"));
    assert_null(strstr(json, "\"index\":2,"));
    assert_non_null(strstr(ask(n, "RAFT LOG FROM 99999999"), "\"entries\":[]"));
    assert_non_null(strstr(ask(n, "RAFT LOG COUNT 0"), "\"entries\":[]"));
    expect(n, "RAFT LOG x", "-ERR give RAFT LOG [FROM index] [COUNT n]\r\n");
    expect(n, "RAFT LOG FROM -1", "-ERR give RAFT LOG [FROM index] [COUNT n]\r\n");
    json = ask(n, "RAFT CONFIG");
    assert_non_null(strstr(json, "\"heartbeat_us\":50000"));
    assert_non_null(strstr(json, "\"client_deadline_us\":5000000"));
    assert_non_null(strstr(json, "\"watch_history\":10000"));
    assert_int_equal(ask(n, "RAFT CONFIG SETS")[0], '-');
    assert_int_equal(strncmp(ask(n, "RAFT CONFIG SET election_timeout 1s"), "-FIXED ", 7), 0);
    assert_int_equal(strncmp(ask(n, "RAFT CONFIG SET snapshot_every"), "-ERR give ", 10), 0);
    expect(n, "RAFT CONFIG SET snapshot_every 1x", "-ERR snapshot_every takes a whole number\r\n");
    expect(n, "RAFT CONFIG SET snapshot_every 1125899906842625",
           "-ERR snapshot_every takes a whole number\r\n");
    expect(n, "RAFT CONFIG SET forward yes", "-ERR forward takes on or off\r\n");
    expect(n, "RAFT CONFIG SET snapshot_every 33", "+OK\r\n");
    expect(n, "RAFT CONFIG SET SNAPSHOT_TRAILING 4", "+OK\r\n");
    expect(n, "RAFT CONFIG SET snapshot_rate 5000", "+OK\r\n");
    expect(n, "RAFT CONFIG SET shutdown_on_remove on", "+OK\r\n");
    expect(n, "RAFT CONFIG SET forward off", "+OK\r\n");
    json = ask(n, "RAFT CONFIG");
    assert_non_null(strstr(json, "\"snapshot_every\":33,\"snapshot_trailing\":4,"
                                 "\"snapshot_rate\":5000,\"shutdown_on_remove\":true"));
    assert_non_null(strstr(json, "\"forward\":false"));
    json = ask(n, "RAFT EVENTS");
    assert_non_null(strstr(json, "\"topic\":\"leader\",\"text\":\"term "));
    assert_non_null(strstr(ask(n, "RAFT EVENTS COUNT 0"), "\"events\":[]"));
    expect(n, "RAFT TRACE perhaps", "-ERR RAFT TRACE takes ON or OFF, or nothing\r\n");
    expect(n, "RAFT TRACE ON", "-FIXED the trace of this node is on or off for good\r\n");
    expect(n, "RAFT EVENTS COUNT", "-ERR give RAFT EVENTS [COUNT n]\r\n");
    expect_whole(n, "RAFT EVENTS COUNT 5");
}

/* The newest lines are kept, however many there were. */
static void events_are_bounded(void **state)
{
    struct nodes *n = *state;
    struct err e = {0};
    for (int i = 0; i < 3; i++) {
        nodes_crash(n, 0, MEMVFS_KILL);
        assert_int_equal(nodes_start(n, 0, &e), 0);
        assert_int_equal(nodes_leader(n, LIMIT), 0);
    }
    assert_non_null(strstr(ask(n, "RAFT EVENTS"), ": leads"));
    for (int i = 0; i < 200; i++)
        (void)ask(n, "RAFT SNAPSHOT"), (void)ask(n, "INCR a");
    const char *json = ask(n, "RAFT EVENTS");
    size_t count = 0;
    for (const char *at = json; (at = strstr(at, "\"number\":")) != NULL; at++)
        count++;
    assert_int_equal(count, 128);
    assert_null(strstr(json, ": leads"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names, begin, end),
        cmocka_unit_test_setup_teardown(hello, begin, end),
        cmocka_unit_test_setup_teardown(info, begin, end),
        cmocka_unit_test_setup_teardown(configuration, begin, end),
        cmocka_unit_test_setup_teardown(commands, begin, end),
        cmocka_unit_test_setup_teardown(what_is_not_here, begin, end),
        cmocka_unit_test_setup_teardown(digests_at_fixed_places, begin, end),
        cmocka_unit_test_setup_teardown(looking_inside, begin, end),
        cmocka_unit_test_setup_teardown(events_are_bounded, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
