/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several commands as one entry, and the history of changes beside them. */
#include "base/mem.h"
#include "kv/envelope.h"
#include "tests/support/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct rig {
    struct feed feed;
    struct history *history;
    struct buf revs, keys, commands;
    size_t watches_count, commands_count;
};

static int begin(void **state)
{
    struct rig *r = mem_alloc(sizeof(*r));
    r->feed.machine = machine_new();
    r->history = history_new(1000, 32 << 20);
    machine_set_history(r->feed.machine, r->history);
    *state = r;
    return 0;
}

static int end(void **state)
{
    struct rig *r = *state;
    machine_free(r->feed.machine);
    history_free(r->history);
    feed_free(&r->feed);
    buf_free(&r->revs);
    buf_free(&r->keys);
    buf_free(&r->commands);
    free(r);
    return 0;
}

static void watch(struct rig *r, const char *key, uint64_t rev)
{
    buf_put_u64(&r->revs, rev);
    assert_int_equal(transaction_put_key(&r->keys, span_str(key), NULL), 0);
    r->watches_count++;
}

static void queue(struct rig *r, const char *line)
{
    char text[256];
    struct span argv[16];
    size_t argc = 0;
    (void)snprintf(text, sizeof(text), "%s", line);
    for (char *rest = text, *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
        argv[argc++] = span_str(word);
    assert_int_equal(transaction_put_command(&r->commands, argv, argc, NULL), 0);
    r->commands_count++;
}

static struct transaction collected(const struct rig *r)
{
    return (struct transaction){.watches_count = r->watches_count,
                                .commands_count = r->commands_count,
                                .revs = span_of(r->revs.data, r->revs.len),
                                .keys = span_of(r->keys.data, r->keys.len),
                                .commands = span_of(r->commands.data, r->commands.len)};
}

/* What was collected as the next entry; with a session unless w is NULL. */
static const char *exec(struct rig *r, const struct session_write *w)
{
    struct transaction t = collected(r);
    buf_reset(&r->feed.payload);
    assert_int_equal(envelope_encode_transaction(&r->feed.payload, w, &t, NULL), 0);
    buf_reset(&r->revs);
    buf_reset(&r->keys);
    buf_reset(&r->commands);
    r->watches_count = r->commands_count = 0;
    return feed_payload(&r->feed, ENTRY_DATA);
}

static void test_one_entry(void **state)
{
    struct rig *r = *state;
    (void)feed_plain(&r->feed, "set a 1");
    queue(r, "set b 2");
    queue(r, "incr a");
    queue(r, "mget a b"); /* reads see what the transaction has done so far */
    queue(r, "incr b x");
    queue(r, "nosuch");
    queue(r, "del b");
    queue(r, "get b");
    assert_string_equal(exec(r, NULL), "*7\r\n+OK\r\n:2\r\n*2\r\n$1\r\n2\r\n$1\r\n2\r\n"
                                       "-ERR wrong number of arguments for 'incr' command\r\n"
                                       "-ERR unknown command 'nosuch'\r\n:1\r\n$-1\r\n");
    assert_int_equal(machine_rev(r->feed.machine, span_str("a")), 2);
    assert_int_equal(machine_index(r->feed.machine), 2);
    assert_string_equal(exec(r, NULL), "*0\r\n");
}

static void test_watch(void **state)
{
    struct rig *r = *state;
    (void)feed_plain(&r->feed, "set a 1");
    watch(r, "a", 1);
    watch(r, "absent", 0);
    queue(r, "set a 2");
    assert_string_equal(exec(r, NULL), "*1\r\n+OK\r\n");
    uint64_t digest = kv_digest(machine_kv(r->feed.machine));
    watch(r, "a", 1); /* made anew since */
    queue(r, "set a 3");
    assert_string_equal(exec(r, NULL), "*-1\r\n");
    watch(r, "b", 0);
    watch(r, "a", 0); /* is there */
    queue(r, "set a 3");
    assert_string_equal(exec(r, NULL), "*-1\r\n");
    watch(r, "gone", 1);
    queue(r, "set a 3");
    assert_string_equal(exec(r, NULL), "*-1\r\n");
    assert_int_equal(kv_digest(machine_kv(r->feed.machine)), digest);
    assert_int_equal(history_next(r->history), 2);
}

static void test_in_a_session(void **state)
{
    struct rig *r = *state;
    uint64_t sid = feed_open(&r->feed, SESSION_TTL_NS_DEFAULT);
    for (int i = 0; i < 3; i++) {
        queue(r, "incr n");
        queue(r, "incr n");
        assert_string_equal(exec(r, &(struct session_write){sid, 1, 1}), "*2\r\n:1\r\n:2\r\n");
        assert_int_equal(r->feed.result.outcome, i == 0 ? MACHINE_EXECUTED : MACHINE_REPEATED);
        assert_int_equal(r->feed.result.index, 2);
    }
    watch(r, "n", 1); /* that it was refused is an answer too, and stays one */
    queue(r, "incr n");
    assert_string_equal(exec(r, &(struct session_write){sid, 2, 1}), "*-1\r\n");
    queue(r, "incr n");
    assert_string_equal(exec(r, &(struct session_write){sid, 2, 1}), "*-1\r\n");
}

/* All or nothing: the replies must fit an answer between nodes. */
static void test_too_long_replies_undo_everything(void **state)
{
    struct rig *r = *state;
    (void)feed_plain(&r->feed, "set n 1");
    (void)feed_plain(&r->feed, "setrange big 5000000 x");
    queue(r, "incr n");
    queue(r, "set new 1 px 5");
    queue(r, "get big");
    queue(r, "flushall");
    queue(r, "get n");
    queue(r, "setrange big 5000000 y");
    assert_int_equal(strncmp(exec(r, NULL), "*6\r\n:2\r\n+OK\r\n$5000001\r\n", 23), 0);
    (void)feed_plain(&r->feed, "set n 1");
    uint64_t digest = kv_digest(machine_kv(r->feed.machine)), noted = history_next(r->history);
    queue(r, "incr n");
    queue(r, "set new 1 px 5");
    queue(r, "get big");
    queue(r, "append big z");
    queue(r, "get big");
    assert_string_equal(exec(r, NULL),
                        "-ERR the replies are longer than 8388608 bytes; nothing was done\r\n");
    assert_int_equal(kv_digest(machine_kv(r->feed.machine)), digest);
    assert_int_equal(history_next(r->history), noted);
    /* And what is noted later is noted: the map that was gone back to is watched as well. */
    (void)feed_plain(&r->feed, "set n 5");
    struct kv_change change;
    assert_true(history_at(r->history, noted, &change));
    assert_int_equal(change.rev, 6);
}

static void test_malformed(void **state)
{
    struct rig *r = *state;
    struct command_words *words = mem_alloc(sizeof(*words));
    struct buf bytes = {0};
    struct err e = {0};
    struct transaction t, again;
    watch(r, "key", 7);
    watch(r, "", 0);
    queue(r, "set a 1");
    queue(r, "get a");
    t = collected(r);
    assert_int_equal(transaction_encode(&bytes, &t, &e), 0);
    assert_int_equal(transaction_decode(span_of(bytes.data, bytes.len), words, &again, &e), 0);
    assert_int_equal(again.watches_count, 2);
    assert_true(span_equal(again.keys, t.keys) && span_equal(again.commands, t.commands));
    assert_int_equal(bytes.data[transaction_rev_offset(0)], 7);
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(transaction_decode(span_of(bytes.data, len), words, &again, &e),
                         -E_CORRUPT);
    buf_putc(&bytes, 'x');
    assert_int_equal(transaction_decode(span_of(bytes.data, bytes.len), words, &again, &e),
                     -E_CORRUPT);
    assert_string_equal(e.text, "transaction: bytes left over");
    bytes.data[1] = 127;
    assert_int_equal(transaction_decode(span_of(bytes.data, bytes.len), words, &again, &e),
                     -E_CORRUPT);
    t.commands_count = LIMIT_TRANSACTION_COMMANDS + 1;
    size_t len = bytes.len;
    assert_int_equal(transaction_encode(&bytes, &t, &e), -E_LIMIT);
    assert_int_equal(bytes.len, len);
    buf_free(&bytes);
    free(words);
}

/* ---- the history alone ---- */

static void test_history_is_bounded(void **state)
{
    (void)state;
    struct feed f = {.machine = machine_new()};
    struct history *h = history_new(10, 1 << 20);
    struct kv_change change;
    char line[32];
    (void)feed_plain(&f, "set before 1");
    machine_set_history(f.machine, h);
    assert_int_equal(history_complete_from(h), 2);
    for (unsigned i = 0; i < 10; i++) {
        (void)snprintf(line, sizeof(line), "set k%u v%u", i, i);
        (void)feed_plain(&f, line);
    }
    assert_int_equal(history_complete_from(h), 2);
    assert_int_equal(history_first(h), 1); /* 0 stands for the entry before */
    assert_int_equal(history_seek(h, 0), 1);
    assert_int_equal(history_seek(h, 5), 4);
    assert_int_equal(history_seek(h, 99), 11);
    (void)feed_plain(&f, "del k3");
    (void)feed_plain(&f, "del k3"); /* changes nothing: not noted */
    (void)feed_plain(&f, "flushall");
    assert_int_equal(history_complete_from(h), 4); /* 2 and 3 have made room */
    assert_false(history_at(h, 2, &change));
    assert_true(history_at(h, 3, &change));
    assert_int_equal(change.rev, 4);
    assert_true(span_equal(change.value, span_str("v2")));
    assert_true(history_at(h, 11, &change));
    assert_int_equal(change.kind, KV_CHANGE_DELETED);
    assert_true(span_equal(change.key, span_str("k3")));
    assert_true(history_at(h, 12, &change));
    assert_int_equal(change.kind, KV_CHANGE_CLEARED);
    assert_false(history_at(h, 13, &change));
    history_restart(h, 20);
    assert_int_equal(history_complete_from(h), 21);
    assert_int_equal(history_bytes(h), 0);
    machine_free(f.machine);
    history_free(h);
    feed_free(&f);
}

/* By bytes too, and one change larger than all of them leaves nothing. */
static void test_history_of_large_values(void **state)
{
    (void)state;
    struct feed f = {.machine = machine_new()};
    struct history *h = history_new(1000, 100000);
    machine_set_history(f.machine, h);
    for (unsigned i = 0; i < 10; i++)
        (void)feed_plain(&f, "setrange k 29999 x");
    assert_int_equal(history_next(h) - history_first(h), 3);
    assert_int_equal(history_complete_from(h), 8);
    assert_true(history_bytes(h) <= 100000);
    (void)feed_plain(&f, "setrange k 200000 x");
    assert_int_equal(history_complete_from(h), 12);
    assert_int_equal(history_bytes(h), 0);
    machine_free(f.machine);
    history_free(h);
    feed_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_entry, begin, end),
        cmocka_unit_test_setup_teardown(test_watch, begin, end),
        cmocka_unit_test_setup_teardown(test_in_a_session, begin, end),
        cmocka_unit_test_setup_teardown(test_too_long_replies_undo_everything, begin, end),
        cmocka_unit_test_setup_teardown(test_malformed, begin, end),
        cmocka_unit_test(test_history_is_bounded),
        cmocka_unit_test(test_history_of_large_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
