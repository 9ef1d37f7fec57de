/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From text to model: what every key becomes, files, overrides. */
#include "base/mem.h"
#include "base/units.h"
#include "emulator/scenario/config_keys.h"
#include "emulator/scenario/lint.h"
#include "raftd/options.h"
#include "tests/support/scenario_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct scenario *good_steps(const char *steps)
{
    char *text = scenario_text_around(steps, "");
    struct scenario *s = scenario_text_good(text);
    free(text);
    return s;
}

/* ---- what is accepted ---- */

static void test_defaults(void **state)
{
    (void)state;
    struct scenario *s = scenario_text_good(
        "{\"steps\":[],\"cluster\":{\"voters\":3},\"name\":\"x\",\"version\":1}");
    assert_int_equal(scenario_nodes_count(s), 3);
    assert_string_equal(s->cluster.sut, "raftd");
    assert_int_equal(s->cluster.election_ns_min, 150 * NS_PER_MS);
    assert_int_equal(s->cluster.heartbeat_ns, 50 * NS_PER_MS);
    assert_int_equal(s->clients.count, 0);
    assert_false(s->has_seed);
    assert_int_equal(s->run, RUN_both);
    assert_string_equal(s->file, "t.json");
    scenario_free(s);
}

static void test_sections(void **state)
{
    (void)state;
    struct scenario *s = scenario_text_good(
        "{\"//"
        "\":1,\"version\":1,\"name\":\"all-of-it\",\"why\":\"w\",\"origin\":\"o\",\"tags\":[\"a\"],"
        "\"needs\":[\"netCut\"],\"seed\":\"0x5EED0001\",\"run\":\"sim\","
        "\"budget\":{\"wall\":\"1m\",\"virtual\":\"1h\",\"maxOps\":9,\"checkerTime\":\"5s\","
        "\"checkerMemory\":\"1MiB\"},"
        "\"cluster\":{\"voters\":3,\"learners\":1,\"spare\":2,\"versions\":[\"v1\"],"
        "\"config\":{\"prevote\":false,\"max_clients\":10000,\"lease_reads\":\"on\"},"
        "\"perNode\":{\"n2\":{\"prevote\":true}}},"
        "\"links\":{\"default\":{\"delay\":\"2ms\"},\"perPair\":[{\"link\":{\"from\":\"n1\","
        "\"to\":\"n2\"},\"loss\":\"10%\"}]},"
        "\"clients\":{\"count\":4,\"model\":\"append\",\"ratePerS\":7,\"keys\":3,\"mix\":{"
        "\"append\":1},"
        "\"hot\":\"12.5%\",\"value\":\"64B\",\"timeout\":\"3s\",\"retry\":true,\"sessions\":true,"
        "\"readMode\":\"lease\",\"attach\":\"pinned\"},"
        "\"steps\":[],\"expect\":{\"elections\":3,\"noLostAck\":true,\"recovers\":{\"within\":"
        "\"2ET\"}},"
        "\"finally\":[{\"leader\":{},\"within\":\"1s\"}],\"coverage\":{\"elections\":true,"
        "\"opsOk\":5},"
        "\"negative\":[{\"mutant\":\"E03\",\"violates\":\"electionSafety\"}]}");
    assert_true(s->seed == 0x5EED0001 && s->has_seed);
    assert_int_equal(s->needs, 1ull << CAP_netCut);
    assert_int_equal(scenario_nodes_count(s), 6);
    assert_string_equal(scenario_config(s, 0, "prevote")->value, "off");
    assert_string_equal(scenario_config(s, 1, "prevote")->value, "on");
    assert_string_equal(scenario_config(s, 1, "max_clients")->value, "10000");
    assert_null(scenario_config(s, 1, "heartbeat"));
    assert_true(s->clients.hot == 0.125);
    assert_int_equal(s->clients.value_bytes, 64);
    assert_int_equal(s->clients.attach, ATTACH_pinned);
    assert_int_equal(s->clients.read_mode, READ_lease);
    assert_int_equal(s->clients.mix.weight[OP_append], 1);
    assert_int_equal(s->clients.mix.weight[OP_read], 0);
    assert_int_equal(s->budget.checker_bytes, MIB);
    struct impairment link = {0};
    scenario_impair(&s->links_default, &link);
    scenario_impair(&s->links_pairs[0].args, &link);
    assert_true(link.delay_ns == 2 * NS_PER_MS && link.loss == 0.1);
    const struct scenario_expect *e = scenario_expect_find(s, CHECKER_elections);
    assert_int_equal(scenario_arg_u64(&e->args, PARAM_max, 0), 3);
    e = scenario_expect_find(s, CHECKER_recovers);
    assert_int_equal(scenario_arg_u64(&e->args, PARAM_within, 0), 300 * NS_PER_MS);
    assert_non_null(scenario_expect_find(s, CHECKER_ackedDurable)); /* noLostAck */
    assert_null(scenario_expect_find(s, CHECKER_linearizable));
    assert_int_equal(s->finals[0].within_ns, NS_PER_S);
    assert_int_equal(s->covers[1].at_least, 5);
    assert_int_equal(s->negatives[0].violates, CHECKER_electionSafety);
    scenario_free(s);
}

static void test_step(void **state)
{
    (void)state;
    struct scenario *s = good_steps(
        "\n{\"wait\":{\"leader\":{\"stable\":\"2.5ET\"}},\"within\":\"5s\",\"as\":\"old\"},\n"
        "{\"at\":\"5s\",\"net.partition\":{\"groups\":[[\"$old\",\"random(1)\"],[\"rest\"]]},"
        "\"label\":\"split\",\"for\":\"3ET\",\"must\":false}, "
        "{\"proc.pause\":{\"who\":[\"n1\",\"n2\"]},\"after\":\"1ms\"},"
        "{\"when\":{\"event\":\"campaign\",\"who\":\"n3\",\"nth\":2},\"within\":\"9s\","
        "\"proc.kill\":{\"who\":\"n3\"}},"
        "{\"when\":{\"commit\":{\"atLeast\":5}},\"within\":\"9s\",\"net.heal\":{\"link\":\"all\"}"
        "}");
    const struct scenario_step *step = s->steps.steps;
    assert_int_equal(s->steps.count, 5);
    assert_int_equal(s->steps_total, 5);
    assert_int_equal(step[0].action, ACTION_wait);
    assert_int_equal(step[0].wait->kind, WAIT_leader);
    assert_int_equal(scenario_arg_u64(&step[0].wait->args, PARAM_stable, 0), 500 * NS_PER_MS);
    assert_int_equal(step[0].within_ns, 5 * NS_PER_S);
    assert_string_equal(step[0].as, "old");
    assert_int_equal(step[0].line, 5);
    assert_true(step[1].has_at && step[1].at_ns == 5 * NS_PER_S && step[1].line == 6);
    assert_int_equal(step[1].for_ns, 600 * NS_PER_MS);
    assert_string_equal(step[1].label, "split");
    assert_false(step[1].must);
    const struct scenario_value *groups = scenario_arg(&step[1].args, PARAM_groups);
    assert_int_equal(groups->groups.count, 2);
    assert_int_equal(groups->groups.items[0].items[1].kind, SELECT_random);
    assert_int_equal(scenario_arg_who(&step[2].args, PARAM_who)->count, 2);
    assert_true(step[2].after_ns == NS_PER_MS && step[2].must);
    assert_int_equal(step[3].when->kind, WAIT_trigger);
    assert_int_equal(scenario_arg(&step[3].when->args, PARAM_event)->event, TRACE_campaign);
    assert_int_equal(step[4].when->kind, WAIT_commit);
    assert_true(scenario_arg_link(&step[4].args, PARAM_link)->all);
    scenario_free(s);
}

/* Steps in steps, conditions in conditions. */
static void test_nesting(void **state)
{
    (void)state;
    struct scenario *s = good_steps(
        "{\"repeat\":{\"times\":3,\"steps\":[{\"proc.kill\":{\"who\":\"leader\"},\"as\":\"v\"},"
        "{\"proc.start\":{\"who\":\"$v\"}}]}},"
        "{\"parallel\":{\"branches\":[[{\"wait\":\"1s\"}],[{\"wait\":\"2s\"},{\"wait\":\"1s\"}]]}},"
        "{\"choose\":{\"branches\":[[{\"wait\":\"1s\"}],[]],\"weights\":[3,1]}},"
        "{\"wait\":{\"any\":[{\"quiet\":{\"for\":\"1s\"}},{\"all\":[{\"ops\":{\"ok\":3}}]}]},"
        "\"within\":\"5s\"}");
    const struct scenario_step *step = s->steps.steps;
    assert_int_equal(s->steps_total, 10);
    const struct scenario_branches *b = &scenario_arg(&step[0].args, PARAM_steps)->branches;
    assert_int_equal(b->items[0].count, 2);
    assert_int_equal(b->items[0].steps[1].number, 3);
    b = &scenario_arg(&step[2].args, PARAM_branches)->branches;
    assert_int_equal(b->items[0].weight, 3);
    assert_int_equal(b->items[1].count, 0);
    assert_int_equal(step[3].wait->children_count, 2);
    assert_int_equal(step[3].wait->children[1].children[0].kind, WAIT_ops);
    assert_true(scenario_length_ns(s) >= 3 * NS_PER_S);
    scenario_free(s);
}

static void test_values(void **state)
{
    (void)state;
    struct scenario *s = good_steps(
        "{\"net.set\":{\"link\":{\"from\":\"leader\",\"direction\":\"out\"},\"delay\":\"20ms\","
        "\"jitter\":\"5ms\",\"distribution\":\"normal\",\"rate\":\"10mbit\",\"loss\":\"12.5%\","
        "\"lossModel\":{\"burst\":{\"lenPackets\":4}},\"reorder\":\"5%\",\"gapPackets\":3,"
        "\"corrupt\":\"1%\",\"corruptLayer\":\"payload\",\"queuePackets\":500,\"mtu\":\"1400B\"}},"
        "{\"net.ramp\":{\"link\":\"all\",\"parameter\":\"delay\",\"from\":\"1ms\",\"to\":\"1ET\","
        "\"over\":\"3s\"}},"
        "{\"clock.jump\":{\"who\":\"n1\",\"by\":\"-150ms\"}},"
        "{\"clock.rate\":{\"who\":\"n1\",\"ppm\":\"-200ppm\"}},"
        "{\"net.filter\":{\"link\":\"all\",\"message\":[\"AppendEntries\",\"HeartbeatReply\"],"
        "\"verdict\":\"drop\",\"count\":3}},"
        "{\"net.partition\":{\"shape\":\"bridge(n2)\",\"directed\":true}},"
        "{\"net.set\":{\"link\":\"all\",\"distribution\":{\"table\":[-8192,0,-0,32767]}}}");
    const struct scenario_step *step = s->steps.steps;
    struct impairment link = {0};
    struct err e;
    scenario_impair(&step[0].args, &link);
    assert_true(link.delay_ns == 20 * NS_PER_MS && link.jitter_ns == 5 * NS_PER_MS);
    assert_int_equal(link.distribution, IMPAIR_NORMAL);
    assert_int_equal(link.rate_bits_per_s, 10000000);
    assert_int_equal(link.loss_model, IMPAIR_GILBERT_ELLIOTT);
    assert_true(impairment_loss(&link) > 0.124 && impairment_loss(&link) < 0.126);
    assert_true(link.corrupt_payload && link.gap == 3 && link.limit_packets == 500);
    assert_int_equal(impairment_check(&link, &e), 0);
    scenario_impair(&step[6].args, &link);
    assert_int_equal(link.distribution, IMPAIR_TABLE);
    assert_int_equal(link.table->count, 4);
    assert_int_equal(link.table->quantiles[3], 32767);
    assert_int_equal(impairment_check(&link, &e), 0);
    const struct scenario_link *where = scenario_arg_link(&step[0].args, PARAM_link);
    assert_int_equal(where->direction, LINK_out);
    assert_int_equal(where->to.items[0].kind, SELECT_rest);
    const struct scenario_value *to = scenario_arg(&step[1].args, PARAM_to);
    scenario_impair_set(&link, (enum param_id)scenario_arg_u64(&step[1].args, PARAM_parameter, 0),
                        to);
    assert_int_equal(link.delay_ns, 200 * NS_PER_MS);
    assert_int_equal(scenario_arg_i64(&step[2].args, PARAM_by, 0), -150 * (int64_t)NS_PER_MS);
    assert_int_equal(scenario_arg_i64(&step[3].args, PARAM_ppm, 0), -200);
    assert_int_equal(scenario_arg(&step[4].args, PARAM_message)->messages,
                     1u << MESSAGE_AppendEntries | 1u << MESSAGE_HeartbeatReply);
    const struct scenario_value *shape = scenario_arg(&step[5].args, PARAM_shape);
    assert_true(shape->shape.id == SHAPE_bridge && shape->shape.centre.number == 1);
    scenario_free(s);
}

/* raftd's own table is the truth about its settings. */
static void test_config_keys(void **state)
{
    (void)state;
    char name[OPTION_NAME_MAX];
    size_t count = 0;
    while (config_key_at(count) != NULL)
        count++;
    assert_int_equal(count, option_rows_count);
    for (size_t i = 0; i < option_rows_count; i++) {
        const struct config_key *key = config_key_find(option_key(&option_rows[i], name));
        if (key == NULL)
            fail_msg("emulator/scenario/config_keys.c lacks %s", name);
        enum option_json form = option_rows[i].json;
        assert_true((key->type == CONFIG_switch) == (form == OPTION_SWITCH || form == OPTION_FLAG));
        assert_true(key->type == CONFIG_owned ||
                    (key->type == CONFIG_count) == (form == OPTION_NUMBER));
    }
}

/* ---- files and overrides ---- */

static int load(const char *path, const char *set, struct scenario **ret, struct buf *out)
{
    struct err e;
    return scenario_load(path, &set, set != NULL ? 1 : 0, NULL, out, ret, &e);
}

static void test_load(void **state)
{
    (void)state;
    const char *path = "scenarios/partitions/split-brain-5.json";
    struct scenario *s;
    struct buf out = {0};
    assert_int_equal(load(path, "cluster.config.election_timeout=500ms..1s", &s, &out), 0);
    assert_int_equal(out.len, 0);
    assert_int_equal(s->cluster.election_ns_min, 500 * NS_PER_MS);
    assert_string_equal(s->overrides.items[0], "cluster.config.election_timeout=500ms..1s");
    assert_string_equal(s->file, path);
    scenario_free(s);
    assert_int_equal(load(path, "clients.timeout=5", &s, &out), -E_INVALID);
    assert_non_null(strstr(buf_str(&out), "split-brain-5.json: --set clients.timeout=5: error: "));
    buf_reset(&out);
    assert_int_equal(load(path, "clients.tmeout=5s", &s, &out), -E_INVALID);
    assert_non_null(strstr(buf_str(&out), "did you mean \"timeout\"?"));
    buf_reset(&out);
    assert_int_equal(load(path, "clients", &s, &out), -E_INVALID);
    assert_non_null(strstr(buf_str(&out), "error: --set clients: expected PATH=VALUE"));
    buf_reset(&out);
    assert_int_equal(load("scenarios/none.json", NULL, &s, &out), -E_NOTFOUND);
    assert_non_null(strstr(buf_str(&out), "error: scenarios/none.json"));
    assert_int_equal(load("scenarios", NULL, &s, &out), -E_IO);
    assert_non_null(strstr(buf_str(&out), "not a file"));
    buf_free(&out);
}

static void test_large_file(void **state)
{
    (void)state;
    char path[] = "/tmp/raftlab-scenario-XXXXXX";
    int fd = mkstemp(path);
    struct scenario *s;
    struct buf out = {0};
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 10 << 20), 0);
    assert_int_equal(load(path, NULL, &s, &out), -E_LIMIT);
    assert_non_null(strstr(buf_str(&out), "larger than 1 MiB"));
    buf_free(&out);
    (void)close(fd);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_sections),
        cmocka_unit_test(test_step),     cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_values),   cmocka_unit_test(test_config_keys),
        cmocka_unit_test(test_load),     cmocka_unit_test(test_large_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
