/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of the adapter protocol both ways, what cluster.sut names, and who leads when only adapters
 * say so. */
#include "base/mem.h"
#include "emulator/adapters/lines.h"
#include "emulator/adapters/suts.h"
#include "emulator/runner/observer.h"
#include "emulator/scenario/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void wrote(const struct adapter_ask *ask, const char *expected)
{
    struct buf line = {0};
    adapter_ask_write(ask, &line);
    assert_string_equal(buf_str(&line), expected);
    buf_free(&line);
}

static void test_questions(void **state)
{
    char heartbeat[] = "heartbeat", slow[] = "100ms", fast[] = "50ms";
    struct pair common = {.key = heartbeat, .value = slow}, own = {.key = heartbeat, .value = fast};
    const struct pair_list configs[] = {{.items = &common, .count = 1},
                                        {.items = &own, .count = 1}};
    (void)state;
    wrote(&(struct adapter_ask){.id = 1, .what = ADAPTER_hello},
          "{\"id\":1,\"do\":\"hello\",\"protocol\":1}\n");
    wrote(
        &(struct adapter_ask){
            .id = 2, .what = ADAPTER_start, .founders = 2, .configs = configs, .configs_count = 2},
        "{\"id\":2,\"do\":\"start\",\"founders\":[\"n1\",\"n2\"],\"join\":null,"
        "\"config\":{\"heartbeat\":\"50ms\"}}\n");
    wrote(&(struct adapter_ask){.id = 3,
                                .what = ADAPTER_op,
                                .kind = ADAPTER_CAN_cas,
                                .key = "k",
                                .value = "\"2\"",
                                .time_ms = 10},
          "{\"id\":3,\"do\":\"op\",\"kind\":\"cas\",\"key\":\"k\",\"value\":\"\\\"2\\\"\","
          "\"expect\":null,\"timeout_ms\":10}\n");
    wrote(&(struct adapter_ask){.id = 4, .what = ADAPTER_join, .node = "n4"},
          "{\"id\":4,\"do\":\"join\",\"node\":\"n4\"}\n");
}

static struct adapter_line read_line(const char *text)
{
    struct adapter_line line;
    struct err e = {0};
    assert_int_equal(adapter_line_read(text, strlen(text), &line, &e), 0);
    return line;
}

static void test_answers(void **state)
{
    enum adapter_is is;
    struct err e;
    (void)state;
    struct adapter_line line =
        read_line("{\"id\":7,\"is\":\"ok\",\"result\":12,\"done\":true,\"leader\":null,"
                  "\"can\":[\"read\",\"fly\",\"members\"],\"new\":{\"a\":[]}}");
    assert_int_equal(line.id, 7);
    assert_int_equal(adapter_line_is(&line, &is, &e), 0);
    assert_int_equal(is, ADAPTER_OK);
    assert_string_equal(adapter_line_text(&line, "result"), "12");
    assert_true(adapter_line_true(&line, "done"));
    assert_null(adapter_line_text(&line, "leader"));
    assert_int_equal(adapter_line_can(&line), 1u << ADAPTER_CAN_read | 1u << ADAPTER_CAN_members);
    adapter_line_free(&line);
    line = read_line("{\"id\":8,\"is\":\"maybe\"}");
    assert_int_equal(adapter_line_is(&line, &is, &e), -E_INVALID);
    adapter_line_free(&line);
}

static void test_no_lines(void **state)
{
    static const char *const texts[] = {
        "", "What?", "[1]", "{}", "{\"id\":-1}", "{\"id\":1", "{\"id\":1}{\"id\":2}"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct adapter_line line;
        struct err e = {0};
        assert_int_equal(adapter_line_read(texts[i], strlen(texts[i]), &line, &e), -E_INVALID);
        assert_true(e.text[0] != '\0');
    }
}

/* What one side writes the other reads. */
static void test_tells(void **state)
{
    struct adapter_tell tell = {.result = "a\nb", .index = 5};
    struct buf text = {0};
    (void)state;
    adapter_tell_write(9, &tell, &text);
    struct adapter_line line = read_line(buf_str(&text));
    assert_int_equal(line.id, 9);
    assert_string_equal(adapter_line_text(&line, "result"), "a\nb");
    assert_int_equal(adapter_line_number(&line, "index", 0), 5);
    adapter_line_free(&line);
    buf_reset(&text);
    adapter_tell_error(&tell, ADAPTER_UNKNOWN, "TIMEOUT after %d ms", 3);
    adapter_tell_write(10, &tell, &text);
    assert_string_equal(buf_str(&text),
                        "{\"id\":10,\"is\":\"unknown\",\"error\":\"TIMEOUT after 3 ms\"}\n");
    buf_free(&text);
}

static void test_suts(void **state)
{
    char **words = NULL;
    struct err e = {0};
    (void)state;
    assert_int_equal(adapter_words("exec: sh  -c  x", &words, &e), 0);
    assert_int_equal(words[0][0], '/');
    assert_string_equal(words[1], "-c");
    assert_string_equal(words[2], "x");
    assert_null(words[3]);
    adapter_words_free(words);
    assert_int_equal(adapter_words("etcd", &words, &e), 0);
    assert_string_equal(words[1], "adapter");
    assert_string_equal(words[2], "etcd");
    adapter_words_free(words);
    assert_int_equal(adapter_words("exec:/no/such/program", &words, &e), -E_NOTFOUND);
    assert_int_equal(adapter_words("exec: ", &words, &e), -E_INVALID);
}

static void tell_leader(struct observer *o, unsigned node, int leader, int expected)
{
    observer_told(o, node, leader, 1);
    assert_int_equal(o->leader, expected);
}

/* A leader is one that takes itself for it and that a majority names; a cut-off one goes on. */
static void test_leader(void **state)
{
    struct observer *o = mem_alloc(sizeof(*o));
    (void)state;
    observer_init(o, 3, 0, 0, 0);
    for (unsigned i = 0; i < 3; i++)
        observer_started(o, i, 0);
    tell_leader(o, 1, 0, -1);
    tell_leader(o, 0, 0, 0);
    tell_leader(o, 2, 0, 0);
    tell_leader(o, 1, 1, -1); /* the newest one, whom nobody follows yet */
    tell_leader(o, 2, 1, 1);
    assert_int_equal(o->nodes[0].role, VIEW_LEADER);
    assert_int_equal(o->term_max, 2);
    observer_died(o, 2, 2);
    assert_int_equal(o->leader, -1);
    observer_started(o, 2, 3);
    assert_int_equal(o->leader, -1);
    tell_leader(o, 2, 1, 1);
    tell_leader(o, 0, 1, 1);
    assert_int_equal(o->nodes[0].role, VIEW_FOLLOWER);
    tell_leader(o, 1, -1, -1);
    mem_free(o);
}

/* Members that adapters tell of count for majorities from then on. */
static void test_members(void **state)
{
    struct observer *o = mem_alloc(sizeof(*o));
    (void)state;
    observer_init(o, 3, 0, 1, 0);
    for (unsigned i = 0; i < 3; i++)
        observer_started(o, i, 0);
    tell_leader(o, 0, 0, -1);
    tell_leader(o, 1, 0, 0);
    observer_told_member(o, 3, true, 1);
    assert_int_equal(o->leader, -1); /* two of four */
    assert_int_equal(observed_members(&o->configs.present), 15);
    assert_int_equal(o->configs.present.index, o->configs.committed.index);
    observer_started(o, 3, 2);
    tell_leader(o, 3, 0, 0);
    observer_told_member(o, 1, false, 3);
    assert_true(o->nodes[1].removed);
    assert_int_equal(o->leader, 0);
    observer_told_member(o, 1, true, 4);
    assert_false(o->nodes[1].removed);
    mem_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions), cmocka_unit_test(test_answers),
        cmocka_unit_test(test_no_lines),  cmocka_unit_test(test_tells),
        cmocka_unit_test(test_suts),      cmocka_unit_test(test_leader),
        cmocka_unit_test(test_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
