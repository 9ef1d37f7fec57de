/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was done to a lab, as a scenario. */
#include "emulator/lab/deeds.h"

#include "base/units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* after setjmp.h and stdarg.h, which it needs */

static struct scenario *cluster(void)
{
    static const char text[] = "{\"version\":1,\"name\":\"t\",\"cluster\":{\"voters\":3},"
                               "\"clients\":{\"count\":2,\"idle\":true},\"steps\":[]}";
    struct scenario_source src;
    struct err e = {0};
    assert_int_equal(scenario_source_text(&src, "t", text, strlen(text), &e), 0);
    struct scenario *s = scenario_source_parse(&src);
    assert_non_null(s);
    scenario_source_close(&src);
    return s;
}

static void done(struct lab_deeds *d, const struct scenario *s, const char *json, uint64_t at_ns)
{
    struct scenario *parsed = NULL;
    struct by_hand_fault fault;
    struct err e = {0};
    if (scenario_by_hand(s, json, NULL, &parsed, &fault, &e) < 0)
        fail_msg("%s: %s", json, e.text);
    assert_int_equal(lab_deeds_add(d, parsed, at_ns, &e), 0);
}

static bool says(const struct buf *text, const char *part)
{
    return strstr(text->data, part) != NULL;
}

/* Each at its time and in its words; what failed is left out; what went on does not hold up the
 * next one; the label it had in the lab is not part of it. */
static void steps_at_their_times(void **state)
{
    struct scenario *s = cluster();
    struct lab_deeds d = {0};
    struct buf text = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(lab_deeds_record(&d, s, NS_PER_S, &text, &e), -E_NOTFOUND);
    done(&d, s, "{\"net.cut\":{\"link\":\"all\"},\"label\":\"net.cut all\"}", NS_PER_S);
    done(&d, s, "{\"proc.kill\":{\"who\":\"n3\"}}", 2 * NS_PER_S);
    d.items[1].done = false;
    done(&d, s, "{\"net.flap\":{\"link\":\"all\",\"up\":\"1s\",\"down\":\"1s\",\"cycles\":9}}",
         3 * NS_PER_S);
    d.items[2].went_on = true;
    assert_int_equal(lab_deeds_record(&d, s, 4 * NS_PER_S, &text, &e), 0);
    assert_true(says(&text, "{\"wait\": {\"leader\": {}}, \"within\": \"60s\"}"));
    assert_true(says(&text, "{\"at\": \"1s\", \"net.cut\": {\"link\": \"all\"}}"));
    assert_false(says(&text, "proc.kill"));
    assert_true(says(&text, "\"cycles\": 9}, \"background\": true}"));
    assert_true(says(&text, "{\"at\": \"4s\", \"wait\": \"0s\"}"));
    buf_free(&text);
    lab_deeds_free(&d);
    scenario_free(s);
}

/* Healing ends what no step could end: it lasted so long. What steps mend stays as it was said. */
static void healing_ends_what_only_ends(void **state)
{
    struct scenario *s = cluster();
    struct lab_deeds d = {0};
    struct buf text = {0};
    struct err e = {0};
    (void)state;
    done(&d, s, "{\"disk.slow\":{\"who\":\"n1\",\"delay\":\"9ms\"}}", NS_PER_S);
    done(&d, s, "{\"disk.slow\":{\"who\":\"n2\",\"delay\":\"8ms\"},\"for\":\"1s\"}", NS_PER_S);
    done(&d, s, "{\"net.cut\":{\"link\":\"all\"}}", NS_PER_S);
    done(&d, s, "{\"proc.stutter\":{\"who\":\"n1\",\"run\":\"1s\",\"stop\":\"1s\",\"cycles\":9}}",
         NS_PER_S);
    lab_deeds_healed(&d, 4 * NS_PER_S);
    done(&d, s, "{\"disk.slow\":{\"who\":\"n3\",\"delay\":\"7ms\"}}", 5 * NS_PER_S);
    assert_int_equal(lab_deeds_record(&d, s, 6 * NS_PER_S, &text, &e), 0);
    assert_true(says(&text, "\"delay\": \"9ms\"}, \"for\": \"3s\"}"));
    assert_true(says(&text, "\"cycles\": 2}}"));
    assert_true(says(&text, "\"delay\": \"8ms\"}, \"for\": \"1s\"}"));
    assert_true(says(&text, "\"net.cut\": {\"link\": \"all\"}},"));
    assert_true(says(&text, "\"delay\": \"7ms\"}}"));
    buf_free(&text);
    lab_deeds_free(&d);
    scenario_free(s);
}

/* A recording is a scenario, and those have so many steps. */
static void no_more_than_a_scenario(void **state)
{
    struct scenario *s = cluster(), *parsed = NULL;
    struct lab_deeds d = {0};
    struct by_hand_fault fault;
    struct buf text = {0};
    struct err e = {0};
    (void)state;
    for (unsigned i = 0; i < SCENARIO_STEPS_MAX - 2; i++)
        done(&d, s, "{\"load.burst\":{\"ops\":1}}", NS_PER_S + i);
    assert_int_equal(lab_deeds_record(&d, s, 2 * NS_PER_S, &text, &e), 0);
    assert_int_equal(scenario_by_hand(s, "{\"load.stop\":{}}", NULL, &parsed, &fault, &e), 0);
    assert_int_equal(lab_deeds_add(&d, parsed, 2 * NS_PER_S, &e), -E_LIMIT);
    scenario_free(parsed);
    buf_free(&text);
    lab_deeds_free(&d);
    scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_at_their_times),
        cmocka_unit_test(healing_ends_what_only_ends),
        cmocka_unit_test(no_more_than_a_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
