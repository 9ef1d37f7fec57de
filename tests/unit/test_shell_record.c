/* SPDX-License-Identifier: GPL-3.0-or-later */
/* \record: verbs become the steps of a scenario. */
#include "base/units.h"
#include "raftctl/shell/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/raftctl-record-XXXXXX";

static int begin(struct recorder *r, const struct scout_view *view, uint64_t now_ns, struct err *e)
{
    (void)unlink(path);
    return recorder_open(r, path, view, now_ns, e);
}

static const char *written(void)
{
    static char text[1 << 16];
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    return text;
}

static void put(struct recorder *r, char *const *words, size_t count)
{
    const struct recorder_deed deed = {words, count, CTL_OK, {"", 0}, 0, 0};
    struct err e = {0};
    assert_int_equal(recorder_add(r, &deed, &e), 0);
}

static void add_answered(struct recorder *r, uint64_t at_ms, enum ctl_exit exit, const char *words,
                         const char *answer)
{
    char copy[256], *list[16];
    size_t count = 0;
    struct err e = {0};
    (void)snprintf(copy, sizeof(copy), "%s", words);
    for (char *save, *word = strtok_r(copy, " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save))
        list[count++] = word;
    const struct recorder_deed deed = {
        list, count, exit, span_str(answer), at_ms * NS_PER_MS, (at_ms + 1) * NS_PER_MS};
    assert_int_equal(recorder_add(r, &deed, &e), 0);
}

static void add(struct recorder *r, uint64_t at_ms, enum ctl_exit exit, const char *words)
{
    add_answered(r, at_ms, exit, words, "");
}

static void expect(const char *text)
{
    const char *got = written();
    if (strstr(got, text) == NULL)
        fail_msg("no %s in %s", text, got);
}

static void verbs_become_steps(void **state)
{
    (void)state;
    const struct scout_view view = {.members = {{.name = "alpha", .voter = true},
                                                {.name = "beta", .voter = true},
                                                {.name = "gamma"}},
                                    .members_count = 3};
    struct recorder r = {0};
    struct err e = {0};
    assert_int_equal(begin(&r, &view, 1000 * NS_PER_MS, &e), 0);
    expect("\"cluster\":{\"voters\":2,\"learners\":1}");
    expect("n1 is alpha, n2 is beta, n3 is gamma");
    add(&r, 3500, CTL_OK, "set k v");
    expect(
        "{\"after\":\"2500ms\",\"//\":\"set k v\",\"client.op\":{\"kind\":\"write\",\"key\":\"k\","
        "\"value\":\"v\",\"expect\":\"ok\"}}");
    add(&r, 3501, CTL_UNKNOWN, "set k w");
    expect("{\"//\":\"set k w (exit 2)\",\"client.op\":{\"kind\":\"write\",\"key\":\"k\",\"value\":"
           "\"w\"}}");
    add(&r, 3600, CTL_OK, "get k --consistency local -o json");
    expect(
        "\"client.op\":{\"kind\":\"read\",\"key\":\"k\",\"readMode\":\"local\",\"expect\":\"ok\"}");
    add(&r, 3650, CTL_OK, "get k --stale --from beta");
    expect("\"client.op\":{\"kind\":\"read\",\"key\":\"k\",\"via\":\"n2\",\"readMode\":\"local\","
           "\"expect\":"
           "\"ok\"}");
    add(&r, 3700, CTL_OK, "del k");
    expect("\"client.op\":{\"kind\":\"delete\",\"key\":\"k\",\"expect\":\"ok\"}");
    expect("\"coverage\":{\"opsOk\":4}");
    add(&r, 3800, CTL_OK, "del k l"); /* one key an operation */
    expect("{\"after\":\"99ms\",\"//\":\"del k l\",\"repeat\":{\"times\":1,\"steps\":["
           "{\"client.op\":{\"kind\":\"delete\",\"key\":\"k\",\"expect\":\"ok\"}},"
           "{\"client.op\":{\"kind\":\"delete\",\"key\":\"l\",\"expect\":\"ok\"}}]}}");
    expect("\"coverage\":{\"opsOk\":6}");
    add(&r, 3810, CTL_OK, "append k x");
    expect("\"//\":\"append k "
           "x\",\"client.op\":{\"kind\":\"append\",\"key\":\"k\",\"expect\":\"ok\"}");
    add(&r, 3820, CTL_OK, "mget k");
    expect("\"//\":\"mget k\",\"client.op\":{\"kind\":\"read\",\"key\":\"k\",\"expect\":\"ok\"}");
    add(&r, 3900, CTL_OK, "status");
    expect("\"//\":\"status\",\"wait\":\"1ms\"");
    add(&r, 4000, CTL_OK, "member add delta 127.0.0.1:7104 --learner");
    expect("\"member.add\":{\"who\":\"n4\",\"expect\":\"ok\",\"as\":\"learner\"}");
    expect("\"cluster\":{\"voters\":2,\"learners\":1,\"spare\":1}");
    add(&r, 4100, CTL_NO, "member remove beta --shutdown");
    expect("\"member.remove\":{\"who\":\"n2\",\"expect\":\"refused\",\"shutdown\":true}");
    add(&r, 4200, CTL_OK, "member remove beta --dry-run");
    expect("\"//\":\"member remove beta --dry-run\",\"wait\":\"1ms\"");
    add(&r, 4300, CTL_OK, "member replace alpha delta 127.0.0.1:7104");
    expect("\"member.replace\":{\"who\":\"n1\",\"expect\":\"ok\",\"to\":\"n4\"}");
    add(&r, 4400, CTL_TRY_AGAIN, "transfer gamma");
    expect("\"leader.transfer\":{\"to\":\"n3\",\"expect\":\"any\"}");
    add(&r, 4500, CTL_OK, "transfer");
    expect("\"leader.transfer\":{\"expect\":\"ok\"}");
    add(&r, 4600, CTL_OK, "stepdown --force");
    expect("\"leader.stepDown\":{\"force\":true,\"expect\":\"ok\"}");
    add(&r, 4700, CTL_OK, "leave alpha");
    expect("\"node.leave\":{\"who\":\"n1\",\"expect\":\"ok\"}");
    add(&r, 4800, CTL_OK, "snapshot take n2");
    expect("\"//\":\"snapshot take n2\",\"snapshot.take\":{\"who\":\"n5\",\"expect\":\"ok\"}");
    add(&r, 4900, CTL_USAGE, "nonsense \xff");
    expect("\"//\":\"nonsense \\\\xff (exit 64)\",\"wait\":\"1ms\"");
    recorder_close(&r);
}

static void waiting_and_options_become_steps(void **state)
{
    (void)state;
    const struct scout_view view = {.members = {{.name = "alpha", .voter = true},
                                                {.name = "beta", .voter = true},
                                                {.name = "gamma"}},
                                    .members_count = 3};
    struct recorder r = {0};
    struct err e = {0};
    assert_int_equal(begin(&r, &view, 1000 * NS_PER_MS, &e), 0);
    add(&r, 3830, CTL_OK, "wait leader -t 5s");
    expect("\"wait\":{\"leader\":{}},\"within\":\"30s\"");
    add(&r, 3840, CTL_OK, "wait healthy");
    expect("\"wait\":{\"caughtUp\":{\"who\":\"voters\"}},\"within\":\"30s\"");
    add(&r, 3845, CTL_OK, "wait caught-up");
    expect("\"//\":\"wait caught-up\",\"wait\":{\"caughtUp\":{\"who\":\"voters\"}}");
    add(&r, 3850, CTL_OK, "wait node=beta:follower");
    expect("\"wait\":{\"role\":{\"who\":\"n2\",\"is\":\"follower\"}},\"within\":\"30s\"");
    add(&r, 3855, CTL_OK, "wait node=beta:caught-up");
    expect("\"wait\":{\"caughtUp\":{\"who\":\"n2\"}},\"within\":\"30s\"");
    add(&r, 3857, CTL_OK, "wait node=beta:caught-up=5");
    expect("\"//\":\"wait node=beta:caught-up=5\",\"wait\":\"1ms\"");
    add(&r, 3860, CTL_OK, "wait node=beta:down");
    expect("\"//\":\"wait node=beta:down\",\"wait\":\"1ms\"");
    add(&r, 3870, CTL_UNKNOWN, "wait leader");
    expect("\"//\":\"wait leader (exit 2)\",\"wait\":\"1ms\"");
    add(&r, 3880, CTL_OK, "config set snapshot-every 50 --node gamma");
    expect("\"config.set\":{\"who\":\"n3\",\"knob\":\"snapshot_every\",\"value\":\"50\",\"expect\":"
           "\"ok\"}");
    add(&r, 3890, CTL_NO, "config set heartbeat 50ms");
    expect("\"config.set\":{\"who\":\"all\",\"knob\":\"heartbeat\",\"value\":\"50ms\",\"expect\":"
           "\"refused\"}");
    add(&r, 5000, CTL_OK, "member change alpha=h:1,gamma=h:3");
    expect("\"member.change\":{\"target\":[\"n1\",\"n3\"],\"style\":\"joint\",\"expect\":\"ok\"}");
    add(&r, 5100, CTL_OK, "recover --survivor beta --yes");
    expect("\"cluster.forceRecover\":{\"survivors\":\"n2\"}");
    recorder_close(&r);
}

static void writes_become_what_they_did(void **state)
{
    (void)state;
    const struct scout_view view = {.members = {{.name = "n1", .voter = true}}, .members_count = 1};
    struct recorder r = {0};
    struct err e = {0};
    assert_int_equal(begin(&r, &view, 0, &e), 0);
    add_answered(&r, 10, CTL_OK, "incr n", "41\n");
    expect(
        "\"//\":\"incr "
        "n\",\"client.op\":{\"kind\":\"write\",\"key\":\"n\",\"value\":\"41\",\"expect\":\"ok\"}");
    add_answered(&r, 20, CTL_OK, "incr n -50", "{\"v\":1,\"value\":-9,\"rev\":7}\n");
    expect(
        "\"//\":\"incr n -50\",\"client.op\":{\"kind\":\"write\",\"key\":\"n\",\"value\":\"-9\"");
    add_answered(&r, 25, CTL_OK, "incr n", "{\"v\":1,\"value\":\"9223372036854775806\"}\n");
    expect("\"value\":\"9223372036854775806\"");
    add_answered(&r, 30, CTL_OK, "incr n -q", "");
    expect("\"//\":\"incr n -q\",\"wait\":\"1ms\"");
    add(&r, 40, CTL_NO, "incr n");
    expect("\"//\":\"incr n (exit 1)\",\"client.op\":{\"kind\":\"read\",\"key\":\"n\"}");
    add(&r, 45, CTL_UNKNOWN, "incr n");
    expect("\"//\":\"incr n (exit 2)\",\"wait\":\"1ms\"");
    add(&r, 50, CTL_OK, "cas n 4 5");
    expect("\"kind\":\"write\",\"key\":\"n\",\"value\":\"5\",\"expect\":\"ok\"}");
    add(&r, 60, CTL_OK, "cas new first");
    expect("\"kind\":\"write\",\"key\":\"new\",\"value\":\"first\",\"expect\":\"ok\"}");
    add(&r, 70, CTL_NO, "cas n 4 6");
    expect("\"//\":\"cas n 4 6 (exit 1)\",\"client.op\":{\"kind\":\"read\",\"key\":\"n\"}");
    add(&r, 80, CTL_UNKNOWN, "cas n 4 7");
    expect("\"//\":\"cas n 4 7 (exit 2)\",\"wait\":\"1ms\"");
    add(&r, 90, CTL_NO, "set n 8 --if-absent");
    expect("(exit 1)\",\"client.op\":{\"kind\":\"read\",\"key\":\"n\"}");
    add(&r, 100, CTL_OK, "set m 8 --if-absent");
    expect("\"kind\":\"write\",\"key\":\"m\",\"value\":\"8\",\"expect\":\"ok\"}");
    recorder_close(&r);
}

/* Keys and values of the language are words: it refuses others when the scenario runs. */
static void what_is_no_word_of_the_language(void **state)
{
    (void)state;
    const struct scout_view view = {.members = {{.name = "n1", .voter = true}}, .members_count = 1};
    char set[] = "set", key[] = "k", odd_key[] = "two words", long_key[41] = "";
    char long_value[65] = "", *odd_values[] = {"", "two words", "1.5", "-", "\"", long_value};
    struct recorder r = {0};
    struct err e = {0};
    memset(long_key, 'k', sizeof(long_key) - 1);
    memset(long_value, 'v', sizeof(long_value) - 1);
    assert_int_equal(begin(&r, &view, 0, &e), 0);
    for (size_t i = 0; i < sizeof(odd_values) / sizeof(odd_values[0]); i++) {
        char *words[] = {set, key, odd_values[i], NULL};
        put(&r, words, 3);
    }
    assert_null(strstr(written(), "\"value\":"));
    assert_int_equal(r.ok_count, sizeof(odd_values) / sizeof(odd_values[0]));
    char *none[] = {set, odd_key, key, NULL}, *longer[] = {set, long_key, key, NULL};
    put(&r, none, 3);
    expect("\"//\":\"set two words k\",\"wait\":\"1ms\"");
    size_t before = r.ok_count;
    put(&r, longer, 3);
    assert_int_equal(r.ok_count, before);
    long_value[63] = long_key[39] = '\0'; /* these just fit */
    char *fits[] = {set, long_key, long_value, NULL};
    put(&r, fits, 3);
    expect(long_value);
    assert_int_equal(r.ok_count, before + 1);
    recorder_close(&r);
}

static void own_names_are_kept(void **state)
{
    (void)state;
    const struct scout_view view = {.members = {{.name = "n3", .voter = true},
                                                {.name = "n1", .voter = true},
                                                {.name = "n2", .voter = true}},
                                    .members_count = 3};
    struct recorder r = {0};
    struct err e = {0};
    assert_int_equal(begin(&r, &view, 0, &e), 0);
    add(&r, 10, CTL_OK, "transfer n3");
    expect("\"leader.transfer\":{\"to\":\"n3\"");
    recorder_close(&r);
}

static void what_cannot_be_recorded(void **state)
{
    (void)state;
    const struct scout_view nobody = {0};
    const struct scout_view one = {.members = {{.name = "n1", .voter = true}}, .members_count = 1};
    struct recorder r = {0};
    struct err e = {0};
    assert_int_equal(recorder_open(&r, path, &nobody, 0, &e), -E_NOTFOUND);
    assert_null(r.path);
    assert_int_equal(recorder_open(&r, "/nonexistent/x.json", &one, 0, &e), -E_NOTFOUND);
    assert_null(r.path);
    assert_non_null(strstr(e.text, "/nonexistent/x.json"));

    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs("precious", file) >= 0 && fclose(file) == 0);
    assert_int_equal(recorder_open(&r, path, &one, 0, &e), -E_EXISTS);
    assert_null(r.path);
    assert_string_equal(written(), "precious");

    char status[] = "status", *words[] = {status, NULL};
    assert_int_equal(begin(&r, &one, 0, &e), 0);
    for (size_t i = 0; i < RECORD_STEPS_MAX; i++)
        put(&r, words, 1);
    const struct recorder_deed deed = {words, 1, CTL_OK, {"", 0}, 0, 0};
    assert_int_equal(recorder_add(&r, &deed, &e), -E_LIMIT);
    assert_null(r.path);
}

static int set_up(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs_become_steps),
        cmocka_unit_test(waiting_and_options_become_steps),
        cmocka_unit_test(writes_become_what_they_did),
        cmocka_unit_test(what_is_no_word_of_the_language),
        cmocka_unit_test(own_names_are_kept),
        cmocka_unit_test(what_cannot_be_recorded),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
