/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shrinking with an oracle that looks at the scenario instead of running it. */
#include "emulator/scenario/parse.h"
#include "emulator/scenario/walk.h"
#include "emulator/shrink/shrink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char big[] =
    "{\"version\":1, \"name\":\"big\", \"why\":\"much of it is of no use\", \"tags\":[\"a\",\"b\"],"
    "\"cluster\":{\"voters\":5, \"spare\":1, \"config\":{\"heartbeat\":\"40ms\", "
    "\"snapshot_every\":50, \"prevote\":\"on\"}, \"perNode\":{\"n5\":{\"prevote\":\"off\"}}},"
    "\"links\":{\"default\":{\"delay\":\"1234us\",\"loss\":\"1%\"}},"
    "\"clients\":{\"count\":9,\"model\":\"register\",\"ratePerS\":300,"
    "\"retry\":true,\"sessions\":true},"
    "\"steps\":["
    "{\"wait\":{\"leader\":{\"stable\":\"1s\"}},\"within\":\"5s\",\"as\":\"old\"},"
    "{\"after\":\"733ms\",\"proc.pause\":{\"who\":\"n5\"},\"for\":\"861ms\"},"
    "{\"repeat\":{\"times\":6,\"steps\":[{\"proc.kill\":{\"who\":\"$old\"}},"
    "{\"parallel\":{\"branches\":[[{\"net.isolate\":{\"who\":\"n4\"},\"for\":\"900ms\"}],"
    "[{\"proc.pause\":{\"who\":\"n2\"},\"for\":\"1s\"},{\"wait\":\"10s\"}]]}},"
    "{\"proc.start\":{\"who\":\"$old\"}}]}},"
    "{\"member.add\":{\"who\":\"n6\",\"as\":\"voter\"}},"
    "{\"net.heal\":{\"link\":\"all\"}}],"
    "\"expect\":{\"linearizable\":{\"model\":\"register\"},\"recovers\":{\"within\":\"4s\"}},"
    "\"finally\":[{\"leader\":{\"stable\":\"500ms\"}}],"
    "\"coverage\":{\"opsOk\":500}}";

/* The "bug": a scenario with at least so many voters, that isolates somebody for a while, fails
 * with every third seed. */
struct bug {
    size_t voters;
    uint64_t for_ns_min;
    uint64_t asked;
    uint64_t stop_after;
};

struct found {
    const struct bug *bug;
    bool yes;
};

static void look(const struct scenario_step *step, void *arg)
{
    struct found *f = arg;
    f->yes = f->yes || (step->action == ACTION_net_isolate && step->for_ns >= f->bug->for_ns_min);
}

static bool fails(const struct bug *b, const struct scenario *s, uint64_t seed)
{
    struct found f = {.bug = b};
    scenario_each_step(s, look, &f);
    return f.yes && s->cluster.voters >= b->voters && seed % 3 == 0;
}

static int first(void *arg, const struct scenario *const *list, size_t count, uint64_t seed,
                 struct shrink_hit *ret, struct err *e)
{
    struct bug *b = arg;
    for (size_t i = 0; i < count; i++) {
        if (b->stop_after != 0 && b->asked == b->stop_after)
            return err_set(e, -E_LIMIT, "that was enough");
        b->asked++;
        for (uint64_t k = 0; k < 4; k++) {
            if (!fails(b, list[i], seed + k))
                continue;
            *ret = (struct shrink_hit){.which = i, .seed = seed + k, .operations = 7};
            return 1;
        }
    }
    return 0;
}

static struct scenario *parse(const char *text, size_t len)
{
    struct scenario_source src;
    struct err e = {0};
    assert_int_equal(scenario_source_text(&src, "test", text, len, &e), 0);
    struct scenario *s = scenario_source_parse(&src);
    if (s == NULL || scenario_lint(s, &src, NULL) > 0) {
        struct buf said = {0};
        diags_render(&src.diags, &said);
        fail_msg("%s", buf_str(&said));
    }
    scenario_source_close(&src);
    return s;
}

static int run(struct bug *b, const char *text, size_t len, uint64_t seed,
               struct shrink_result *ret)
{
    const struct shrink_options o = {.oracle = {.arg = b, .first = first}};
    struct err e = {0};
    struct scenario *s = parse(text, len);
    int code = shrink(&o, s, seed, ret, &e);
    scenario_free(s);
    return code;
}

static void test_what_is_left_is_the_bug(void **state)
{
    (void)state;
    struct bug b = {.voters = 3, .for_ns_min = 100000000};
    struct shrink_result r;
    assert_int_equal(run(&b, big, sizeof(big) - 1, 2, &r), 1);
    struct scenario *s = parse(r.text.data, r.text.len);
    assert_true(r.whole);
    assert_int_equal(s->steps_total, 1);
    assert_int_equal(s->steps.steps[0].action, ACTION_net_isolate);
    assert_int_equal(s->steps.steps[0].for_ns, 100000000);
    assert_int_equal(s->cluster.voters, 3);
    assert_int_equal(scenario_nodes_count(s), 3);
    assert_int_equal(s->cluster.config.count, 0);
    assert_int_equal(s->clients.count, 0);
    assert_int_equal(s->links_default.count, 0);
    assert_int_equal(s->expects_count + s->finals_count + s->covers_count, 0);
    assert_int_equal(s->seed, r.seed);
    assert_int_equal(r.seed % 3, 0);
    assert_int_equal(r.before.steps, 11);
    assert_int_equal(r.after.steps, 1);
    assert_int_equal(r.before.nodes, 6);
    assert_true(b.asked == r.tried && r.tried < 200);
    scenario_free(s);
    buf_free(&r.text);
}

static void test_the_same_again_and_nothing_more_in_a_second_pass(void **state)
{
    (void)state;
    struct bug b = {.voters = 2, .for_ns_min = 250000000};
    struct shrink_result one, two, again;
    assert_int_equal(run(&b, big, sizeof(big) - 1, 9, &one), 1);
    assert_int_equal(run(&b, big, sizeof(big) - 1, 9, &two), 1);
    assert_string_equal(buf_str(&one.text), buf_str(&two.text));
    assert_int_equal(run(&b, one.text.data, one.text.len, one.seed, &again), 1);
    assert_string_equal(buf_str(&one.text), buf_str(&again.text));
    buf_free(&one.text);
    buf_free(&two.text);
    buf_free(&again.text);
}

static void test_what_does_not_fail_is_not_shrunk(void **state)
{
    (void)state;
    struct bug b = {.voters = 9};
    struct shrink_result r;
    assert_int_equal(run(&b, big, sizeof(big) - 1, 0, &r), 0);
    assert_int_equal(r.text.len, 0);
    assert_int_equal(b.asked, 1);
}

/* Whenever it is stopped, the best so far is a scenario that fails. */
static void test_stopped_with_the_best_so_far(void **state)
{
    (void)state;
    size_t last = SIZE_MAX;
    for (uint64_t stop = 1; stop < 40; stop += 3) {
        struct bug b = {.voters = 3, .for_ns_min = 100000000, .stop_after = stop};
        struct shrink_result r;
        assert_int_equal(run(&b, big, sizeof(big) - 1, 2, &r), 1);
        struct scenario *s = parse(r.text.data, r.text.len);
        assert_false(r.whole);
        assert_true(fails(&b, s, r.seed));
        assert_true(r.after.values <= last);
        last = r.after.values;
        scenario_free(s);
        buf_free(&r.text);
    }
}

static void test_stopped_before_the_first_answer(void **state)
{
    (void)state;
    struct bug b = {.voters = 3, .asked = 1, .stop_after = 1};
    struct shrink_result r;
    assert_int_equal(run(&b, big, sizeof(big) - 1, 2, &r), -E_LIMIT);
    assert_int_equal(r.text.len, 0);
}

static void test_other_words(void **state)
{
    (void)state;
    struct bug b = {.voters = 3};
    struct shrink_result r;
    struct buf told = {0};
    assert_int_equal(run(&b, big, sizeof(big) - 1, 3, &r), 1);
    shrink_retell(&r.text, "small", "a \"reason\"", "big, shrunk", &told);
    struct scenario *s = parse(told.data, told.len);
    assert_string_equal(s->name, "small");
    assert_string_equal(s->why, "a \"reason\"");
    assert_string_equal(s->origin, "big, shrunk");
    assert_int_equal(s->seed, r.seed);
    scenario_free(s);
    buf_free(&told);
    buf_free(&r.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_left_is_the_bug),
        cmocka_unit_test(test_the_same_again_and_nothing_more_in_a_second_pass),
        cmocka_unit_test(test_what_does_not_fail_is_not_shrunk),
        cmocka_unit_test(test_stopped_with_the_best_so_far),
        cmocka_unit_test(test_stopped_before_the_first_answer),
        cmocka_unit_test(test_other_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
