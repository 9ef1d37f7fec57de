/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Printing and reading back, the schema in the tree, the shipped scenarios, the list of them. */
#include "base/mem.h"
#include "emulator/scenario/lint.h"
#include "emulator/scenario/list.h"
#include "emulator/scenario/print.h"
#include "emulator/scenario/walk.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "scenarios"

static struct scenario *parse_or_fail(const char *text, size_t len)
{
    struct scenario_source src;
    struct err e;
    struct buf out = {0};
    struct scenario *s = NULL;
    if (scenario_source_text(&src, "t.json", text, len, &e) == 0)
        s = scenario_source_parse(&src);
    diags_render(&src.diags, &out);
    if (s == NULL)
        fail_msg("%s\n%.*s", buf_str(&out), (int)len, text);
    buf_free(&out);
    scenario_source_close(&src);
    return s;
}

/* Every key and value of `small` is in `large`, at the same place and spelled alike: the printer
 * forgets nothing. Comments are not kept. */
static void contained(const cJSON *small, const cJSON *large, const char *key)
{
    if (large == NULL)
        fail_msg("\"%s\" was not printed", key);
    if (cJSON_IsObject(small)) {
        for (const cJSON *c = small->child; c != NULL; c = c->next) {
            if (strcmp(c->string, "//") != 0)
                contained(c, cJSON_GetObjectItemCaseSensitive(large, c->string), c->string);
        }
    } else if (cJSON_IsArray(small)) {
        assert_int_equal(cJSON_GetArraySize(small), cJSON_GetArraySize(large));
        const cJSON *l = large->child;
        for (const cJSON *c = small->child; c != NULL; c = c->next, l = l->next)
            contained(c, l, key);
    } else if (cJSON_IsString(small)) {
        if (!cJSON_IsString(large) || strcmp(small->valuestring, large->valuestring) != 0)
            fail_msg("\"%s\": %s was printed otherwise", key, small->valuestring);
    } else if (cJSON_IsNumber(small)) {
        assert_true(small->valuedouble == large->valuedouble);
    } else {
        assert_true(cJSON_IsTrue(small) == cJSON_IsTrue(large));
    }
}

/* text: what s was parsed from. */
static void print_again(const struct scenario *s, const char *text, size_t len)
{
    struct buf first = {0}, second = {0};
    scenario_print(s, &first);
    struct scenario *again = parse_or_fail(buf_str(&first), first.len);
    scenario_print(again, &second);
    assert_string_equal(buf_str(&first), buf_str(&second));
    cJSON *before = cJSON_ParseWithLength(text, len), *after = cJSON_Parse(buf_str(&first));
    assert_non_null(before);
    contained(before, after, "");
    cJSON_Delete(before);
    cJSON_Delete(after);
    buf_free(&first);
    buf_free(&second);
    scenario_free(again);
}

static void round_trip(const char *text, size_t len)
{
    struct scenario *s = parse_or_fail(text, len);
    print_again(s, text, len);
    scenario_free(s);
}

static char *read_whole(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");
    char *text = mem_alloc(1 << 20);
    if (f == NULL)
        fail_msg("%s: cannot be opened", path);
    *ret_len = fread(text, 1, 1 << 20, f);
    (void)fclose(f);
    return text;
}

/* ---- every word of the language ---- */

/* A canonical value for a parameter: as the printer writes it. */
static const char *sample(const struct param_spec *spec, char out[64])
{
    switch (spec->type) {
    case PARAM_TYPE_duration: return "\"150ms\"";
    case PARAM_TYPE_offset: return "\"-150ms\"";
    case PARAM_TYPE_size: return spec->id == PARAM_mtu ? "\"576B\"" : "\"64KiB\"";
    case PARAM_TYPE_rate: return "\"10mbit\"";
    case PARAM_TYPE_share: return "\"12.345678901%\"";
    case PARAM_TYPE_ppm: return "\"-200ppm\"";
    case PARAM_TYPE_count: return "3";
    case PARAM_TYPE_boolean: return "true";
    case PARAM_TYPE_choice:
        (void)snprintf(out, 64, "\"%.*s\"", (int)strcspn(spec->choices, "|"), spec->choices);
        return out;
    case PARAM_TYPE_text: return "\"a \\\"text\\\"\"";
    case PARAM_TYPE_texts: return "[\"a\",\"b\"]";
    case PARAM_TYPE_who: return spec->id == PARAM_client ? "\"clients\"" : "[\"n1\",\"random(2)\"]";
    case PARAM_TYPE_node: return "\"leader\"";
    case PARAM_TYPE_link:
        return "{\"from\":\"n1\",\"to\":[\"n2\",\"n3\"],\"direction\":\"in\","
               "\"message\":[\"PreVote\"]}";
    case PARAM_TYPE_groups: return "[[\"n1\",\"leader\"],[\"rest\"]]";
    case PARAM_TYPE_shape: return "\"oneVsRest(leader)\"";
    case PARAM_TYPE_loss: return "{\"gilbert\":{\"p\":\"1%\",\"r\":\"20%\"}}";
    case PARAM_TYPE_distribution: return "{\"table\":[-8192,0,0,16384]}";
    case PARAM_TYPE_mix: return "{\"read\":1,\"increment\":2}";
    case PARAM_TYPE_pairs:
        return spec->id == PARAM_where ? "{\"term\":7,\"node\":\"n1\"}"
                                       : "{\"a\":\"x\",\"b\":1.5,\"c\":false}";
    case PARAM_TYPE_event: return "\"becameLeader\"";
    case PARAM_TYPE_messages: return "[\"RequestVote\",\"ReadIndexReply\"]";
    case PARAM_TYPE_actions: return "[\"net.cut\",\"proc.kill\"]";
    case PARAM_TYPE_impairment: return "\"loss\"";
    case PARAM_TYPE_ramped: return "\"5%\"";
    case PARAM_TYPE_steps: return "[{\"wait\":\"1s\"}]";
    case PARAM_TYPE_branches: return "[[{\"wait\":\"1s\"}],[]]";
    case PARAM_TYPE_weights: return "[1,2]";
    case PARAM_TYPES_COUNT: break;
    }
    UNREACHABLE();
}

/* All parameters of a row but, of those that exclude each other, only number `one`. */
static void put_row(struct param_list row, size_t one, struct buf *out)
{
    char text[64];
    const char *separator = "";
    size_t ones = 0;
    buf_putc(out, '{');
    for (size_t i = 0; i < row.count; i++) {
        const struct param_spec *spec = &row.items[i];
        if (spec->rule == RULE_one && ones++ != one)
            continue;
        const char *value = sample(spec, text);
        bool name = spec->id == PARAM_name || spec->id == PARAM_mark || spec->id == PARAM_toMark;
        buf_putf(out, "%s\"%s\":%s", separator, vocab_param_name(spec->id),
                 name ? "\"m1\"" : value);
        separator = ",";
    }
    buf_putc(out, '}');
}

static size_t alternatives(struct param_list row)
{
    size_t ones = 0;
    for (size_t i = 0; i < row.count; i++)
        ones += row.items[i].rule == RULE_one;
    return ones > 0 ? ones : 1;
}

static void put_action(enum action_id id, size_t one, struct buf *out)
{
    const struct action_spec *spec = vocab_action(id);
    buf_putf(out, ",{\"%s\":", spec->name);
    put_row(spec->params, one, out);
    buf_puts(out, spec->undo == UNDO_no ? ",\"label\":\"x\"}" : ",\"for\":\"2s\",\"must\":false}");
}

static void put_wait(enum wait_id id, size_t one, struct buf *out)
{
    const struct wait_spec *spec = vocab_wait(id);
    buf_puts(out, ",{\"wait\":");
    if (id == WAIT_time) {
        buf_puts(out, "\"1500us\"}");
        return;
    }
    if (id == WAIT_any || id == WAIT_all) {
        buf_putf(out, "{\"%s\":[{\"leader\":{}},{\"quiet\":{\"for\":\"1s\"}}]}", spec->name);
    } else {
        buf_putf(out, "{\"%s\":", spec->name);
        put_row(spec->params, one, out);
        buf_putc(out, '}');
    }
    buf_puts(out, ",\"within\":\"10s\"}");
}

/* A scenario that uses every action, every wait and every checker with every parameter. */
static void test_every_word(void **state)
{
    (void)state;
    struct buf out = {0};
    buf_puts(
        &out,
        "{\"version\":1,\"name\":\"every-word\",\"cluster\":{\"voters\":5},"
        "\"clients\":{\"count\":2},\"steps\":[{\"mark\":{\"name\":\"m1\"}},"
        "{\"net.cut\":{\"link\":{\"from\":\"all\",\"plane\":\"client\"}}},"
        "{\"net.cut\":{\"link\":{\"from\":\"leader\",\"plane\":\"admin\"}}},"
        "{\"net.heal\":{\"link\":\"all\"},\"when\":{\"event\":\"campaign\",\"who\":\"n1\","
        "\"before\":true,\"nth\":2,\"once\":false,\"where\":{\"pre\":true}},\"within\":\"1s\"},"
        "{\"disk.snapshotDir\":{\"who\":\"n1\",\"mark\":\"m1\"}}");
    for (int i = 0; i < ACTIONS_COUNT; i++) {
        for (size_t k = 0;
             i != ACTION_wait && k < alternatives(vocab_action((enum action_id)i)->params); k++)
            put_action((enum action_id)i, k, &out);
    }
    for (int i = 0; i < WAITS_COUNT; i++) {
        for (size_t k = 0;
             i != WAIT_trigger && k < alternatives(vocab_wait((enum wait_id)i)->params); k++)
            put_wait((enum wait_id)i, k, &out);
    }
    buf_puts(&out, "],\"expect\":{");
    for (int i = 0; i < CHECKERS_COUNT; i++) {
        const struct checker_spec *spec = vocab_checker((enum checker_id)i);
        buf_putf(&out, "%s\"%s\":", i > 0 ? "," : "", spec->name);
        if (spec->params.count > 0)
            put_row(spec->params, 0, &out);
        else
            buf_puts(&out, "true");
    }
    buf_puts(&out, "},\"coverage\":{");
    for (int i = 0; i < COVERAGE_COUNT; i++)
        buf_putf(&out, "%s\"%s\":%d", i > 0 ? "," : "", vocab_coverage_name((enum coverage_id)i),
                 i + 1);
    buf_puts(&out, "}}");
    round_trip(out.data, out.len);
    struct scenario *s = parse_or_fail(out.data, out.len);
    struct buf shown = {0};
    scenario_print_timeline(s, &shown);
    if (strstr(buf_str(&shown), "net.cut n1<-n2 n3 PreVote style=drop, for 2s") == NULL)
        fail_msg("%s", buf_str(&shown));
    assert_non_null(
        strstr(buf_str(&shown), "net.partition {n1 leader} | {rest} directed=true, for 2s"));
    assert_non_null(strstr(buf_str(&shown), "when event campaign n1"));
    buf_free(&shown);
    /* Every capability is needed but those of a choice the sample does not take. */
    uint64_t other = (uint64_t)1 << CAP_netPayload | (uint64_t)1 << CAP_netCutStyle;
    assert_int_equal(scenario_needs(s) | other, ((uint64_t)1 << CAPABILITIES_COUNT) - 1);
    scenario_free(s);
    buf_free(&out);
}

static void test_shares(void **state)
{
    (void)state;
    static const char *const shares[] = {"0%",           "100%",         "0.1%", "33.333333333%",
                                         "0.000000001%", "99.999999999%"};
    for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
        struct buf out = {0};
        buf_putf(&out,
                 "{\"version\":1,\"name\":\"x\",\"cluster\":{\"voters\":5},\"steps\":"
                 "[{\"net.set\":{\"link\":\"all\",\"loss\":\"%s\"}}]}",
                 shares[i]);
        round_trip(out.data, out.len);
        buf_free(&out);
    }
}

static void test_pretty(void **state)
{
    (void)state;
    const char *json = "{\"a\":[1,2,{\"b\":\"x:,[y\\\"\"}],\"c\":{},\"d\":[]}";
    struct buf out = {0};
    json_pretty(json, strlen(json), &out);
    assert_string_equal(buf_str(&out),
                        "{\"a\": [1, 2, {\"b\": \"x:,[y\\\"\"}], \"c\": {}, \"d\": []}\n");
    buf_free(&out);
    struct buf longer = {0};
    buf_puts(&longer, "{\"a\":[");
    for (int i = 0; i < 60; i++)
        buf_putf(&longer, "%s%d", i > 0 ? "," : "", i);
    buf_puts(&longer, "],\"b\":{\"c\":1}}");
    json_pretty(longer.data, longer.len, &out);
    assert_non_null(strstr(buf_str(&out), "{\n  \"a\": [\n    0,\n"));
    assert_non_null(strstr(buf_str(&out), "  ],\n  \"b\": {\"c\": 1}\n}\n"));
    cJSON *a = cJSON_Parse(buf_str(&longer)), *b = cJSON_Parse(buf_str(&out));
    contained(a, b, "");
    cJSON_Delete(a);
    cJSON_Delete(b);
    buf_free(&longer);
    buf_free(&out);
}

/* ---- what is shipped ---- */

static void test_shipped(void **state)
{
    (void)state;
    struct scenario_list l;
    struct err e;
    assert_int_equal(scenario_list_scan(FOLDER, &l, &e), 0);
    assert_true(l.count >= 7);
    for (size_t i = 0; i < l.count; i++) {
        const struct scenario *s = l.items[i].scenario;
        if (s == NULL)
            fail_msg("%s", l.items[i].problem);
        size_t len;
        char *text = read_whole(l.items[i].path, &len);
        print_again(s, text, len);
        free(text);
        char base[128];
        (void)snprintf(base, sizeof(base), "/%s.json", s->name);
        if (strstr(l.items[i].path, base) == NULL)
            fail_msg("%s: named %s inside", l.items[i].path, s->name);
        assert_non_null(s->why);
        assert_non_null(s->origin);
        assert_true(s->tags.count > 0 && s->covers_count > 0 && s->finals_count > 0);
        /* People wait for those that run on real processes. */
        assert_true(s->run == RUN_sim || scenario_length_ns(s) < 60 * 1000000000ull);
        assert_true(scenario_needs(s) != 0);
    }
    scenario_list_free(&l);
}

static bool shipped_with_tag(const struct scenario_list *l, const char *name, const char *tag)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct scenario *s = l->items[i].scenario;
        for (size_t k = 0; k < s->tags.count; k++) {
            if (strcmp(s->tags.items[k], tag) == 0 && (name == NULL || strcmp(s->name, name) == 0))
                return true;
        }
    }
    return false;
}

/* The list of stories that must be told. */
static void test_shipped_tells_all(void **state)
{
    static const char *const rafty[] = {"pre-vote",        "leader-election",
                                        "leader-lease",    "leadership-transfer",
                                        "log-replication", "write-command",
                                        "forward-command", "read-command",
                                        "log-compaction",  "add-member",
                                        "promote-member",  "demote-member",
                                        "remove-member",   "remove-member-shutdown",
                                        "force-remove",    "leave-on-terminate",
                                        "single-server",   "bootstrap"};
    static const char *const defects[] = {"even-split-elects-nobody", "stale-log-refused",
                                          "catch-up-in-batches", "rolling-restart",
                                          "leave-on-terminate"};
    static const unsigned numbers[][2] = {{20, 24}, {27, 27}, {29, 32}, {37, 63}, {84, 84}};
    struct scenario_list l;
    struct err e;
    (void)state;
    assert_int_equal(scenario_list_scan(FOLDER, &l, &e), 0);
    for (size_t i = 0; i < ARRAY_LEN(rafty); i++) {
        if (!shipped_with_tag(&l, rafty[i], "rafty"))
            fail_msg("no scenario %s with the tag rafty", rafty[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(defects); i++) {
        if (!shipped_with_tag(&l, defects[i], "rafty-defect"))
            fail_msg("no scenario %s with the tag rafty-defect", defects[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        for (unsigned n = numbers[i][0]; n <= numbers[i][1]; n++) {
            char tag[24];
            (void)snprintf(tag, sizeof(tag), "catalogue-%u", n);
            if (!shipped_with_tag(&l, NULL, tag))
                fail_msg("no scenario with the tag %s", tag);
        }
    }
    scenario_list_free(&l);
}

static void test_shipped_without_warnings(void **state)
{
    (void)state;
    struct scenario_list l;
    struct err e;
    assert_int_equal(scenario_list_scan(FOLDER, &l, &e), 0);
    for (size_t i = 0; i < l.count; i++) {
        struct buf out = {0};
        struct scenario *s;
        assert_int_equal(scenario_load(l.items[i].path, NULL, 0, NULL, &out, &s, &e), 0);
        assert_string_equal(buf_str(&out), "");
        scenario_free(s);
        buf_free(&out);
    }
    scenario_list_free(&l);
}

static void test_schema(void **state)
{
    (void)state;
    struct buf out = {0};
    size_t len;
    char *text = read_whole(FOLDER "/schema.json", &len);
    scenario_print_schema(&out);
    cJSON *parsed = cJSON_Parse(buf_str(&out));
    assert_non_null(parsed);
    cJSON_Delete(parsed);
    if (out.len != len || memcmp(out.data, text, len) != 0)
        fail_msg("%s",
                 FOLDER "/schema.json is stale: raft-emulator schema > " FOLDER "/schema.json");
    free(text);
    buf_free(&out);
}

/* The schema's keys are the parser's: a scenario with every top-level key is read. */
static void test_schema_keys(void **state)
{
    (void)state;
    struct buf out = {0};
    scenario_print_schema(&out);
    cJSON *schema = cJSON_Parse(buf_str(&out));
    static const char *const objects[] = {"", "budget", "cluster", "links", "clients"};
    for (size_t i = 0; i < ARRAY_LEN(objects); i++) {
        const cJSON *properties = cJSON_GetObjectItem(schema, "properties");
        if (i > 0)
            properties =
                cJSON_GetObjectItem(cJSON_GetObjectItem(properties, objects[i]), "properties");
        struct buf text = {0}, complaints = {0};
        buf_putf(&text, i > 0 ? "{\"%s\":{" : "{", objects[i]);
        for (const cJSON *c = properties->child; c != NULL; c = c->next)
            buf_putf(&text, "%s\"%s\":null", c == properties->child ? "" : ",", c->string);
        buf_puts(&text, i > 0 ? "}}" : "}");
        struct scenario_source src;
        struct err e;
        assert_int_equal(scenario_source_text(&src, "t", text.data, text.len, &e), 0);
        assert_null(scenario_source_parse(&src));
        diags_render(&src.diags, &complaints);
        assert_null(strstr(buf_str(&complaints), "unknown key"));
        scenario_source_close(&src);
        buf_free(&text);
        buf_free(&complaints);
    }
    cJSON_Delete(schema);
    buf_free(&out);
}

static void test_find(void **state)
{
    (void)state;
    struct err e;
    char *path = scenario_list_find(FOLDER, "split-brain-5", &e);
    assert_string_equal(path, FOLDER "/partitions/split-brain-5.json");
    free(path);
    path = scenario_list_find(FOLDER, FOLDER "/elections/single-node.json", &e);
    assert_string_equal(path, FOLDER "/elections/single-node.json");
    free(path);
    assert_null(scenario_list_find(FOLDER, "split-brian-5", &e));
    assert_non_null(strstr(e.text, "did you mean \"split-brain-5\"?"));
    assert_null(scenario_list_find("no-such-folder", "x", &e));
    assert_int_equal(e.code, -E_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_word),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_pretty),
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_shipped_tells_all),
        cmocka_unit_test(test_shipped_without_warnings),
        cmocka_unit_test(test_schema),
        cmocka_unit_test(test_schema_keys),
        cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
