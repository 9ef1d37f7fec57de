/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expectations, coverage, the overall verdict, its exit code and verdict.json. */
#include "emulator/check/faults.h"
#include "emulator/check/registry.h"
#include "emulator/check/verdict.h"
#include "emulator/trace/merge.h"
#include "tests/support/tracetext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Writes from 1 s on, one every 100 ms; a fault from 2 s to 3 s. */
static const char quiet[] = "1000 - - clientInvoke op=1 client=c1 kind=write key=k value=a\n"
                            "1001 - - clientReturn op=1 outcome=ok result=null\n"
                            "2000 - - fault step=1 phase=begin action=net.cut\n"
                            "2001 - - clientInvoke op=2 client=c1 kind=write key=k value=b\n"
                            "2500 - - clientReturn op=2 outcome=unknown\n"
                            "2600 - - clientInvoke op=3 client=c2 kind=write key=k value=c\n"
                            "3000 - - fault step=1 phase=end action=net.cut\n"
                            "3400 - - clientReturn op=3 outcome=ok result=null\n"
                            "3500 - - clientInvoke op=4 client=c2 kind=read key=k\n"
                            "3600 - - clientReturn op=4 outcome=ok result=c\n";

struct judged {
    struct check_run *run;
    struct trace_names names;
};

static void open_run(struct judged *j, const struct check_facts *facts)
{
    memset(j, 0, sizeof(*j));
    j->run = check_open(facts, &j->names);
}

static void feed(struct judged *j, const char *text)
{
    struct buf lines = {0};
    struct merge m;
    struct err e = {0};
    const struct trace_record *rec;
    if (tracetext_expand(text, &lines, &e) < 0)
        fail_msg("%s", e.text);
    merge_init(&m, &j->names);
    int rc = merge_add_memory(&m, "trace", lines.data, lines.len, &e);
    while (rc >= 0 && (rc = merge_next(&m, &rec, &e)) == 1)
        rc = check_feed(j->run, rec, &e);
    if (rc < 0)
        fail_msg("%s", e.text);
    merge_free(&m);
    buf_free(&lines);
}

static const struct check_result *result_of(const struct judged *j, const char *name)
{
    for (size_t i = 0; i < check_results_count(j->run); i++) {
        if (strcmp(check_results_at(j->run, i)->name, name) == 0)
            return check_results_at(j->run, i);
    }
    fail_msg("no result %s", name);
    return NULL;
}

static void want(struct judged *j, const char *name, const struct check_params *params)
{
    struct err e = {0};
    if (check_want(j->run, name, params, &e) < 0)
        fail_msg("%s", e.text);
}

static enum check_verdict verdict_for(const char *name, const struct check_params *params,
                                      const struct check_facts *facts, const char *text)
{
    struct judged j;
    open_run(&j, facts);
    want(&j, name, params);
    feed(&j, text);
    check_finish(j.run);
    enum check_verdict verdict = result_of(&j, name)->verdict;
    check_free(j.run);
    return verdict;
}

#define MS(n) ((n)*1000000ull)

static void availability(void **state)
{
    const struct check_facts none = {0};
    (void)state;
    /* wanted from 2 s on, answered at 3.4 s */
    assert_int_equal(
        verdict_for("unavailableMs", &(struct check_params){.max = 1400}, &none, quiet), CHECK_OK);
    assert_int_equal(
        verdict_for("unavailableMs", &(struct check_params){.max = 1398}, &none, quiet),
        CHECK_VIOLATED);
    /* nobody wanted anything for most of the gap */
    assert_int_equal(verdict_for("unavailableMs", &(struct check_params){.max = 10}, &none,
                                 "1000 - - clientInvoke op=1 client=c1 kind=write key=k value=a\n"
                                 "1010 - - clientReturn op=1 outcome=ok result=null\n"
                                 "9000 - - clientInvoke op=2 client=c1 kind=write key=k value=b\n"
                                 "9010 - - clientReturn op=2 outcome=ok result=null\n"),
                     CHECK_OK);
    assert_int_equal(verdict_for("unavailableMs", &(struct check_params){.max = 100}, &none, ""),
                     CHECK_VACUOUS);
}

#define LEADER(t, node, term) #t " " #node " " #term " becameLeader last=0:0 config_index=0\n"

static void restlessness(void **state)
{
    static const char text[] = LEADER(1, n1, 2) LEADER(2, n2, 4) LEADER(3, n2, 5);
    const struct check_facts none = {0};
    const struct check_facts stalled = {.election_timeout_ns_min = MS(150),
                                        .host_stall_ns = MS(180)};
    static const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"elections", 3}, {"leaderChanges", 1}, {"termGrowth", 3}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        struct check_params params = {.max = counts[i].value};
        assert_int_equal(verdict_for(counts[i].name, &params, &none, text), CHECK_OK);
        params.max--;
        assert_int_equal(verdict_for(counts[i].name, &params, &none, text), CHECK_VIOLATED);
        assert_int_equal(verdict_for(counts[i].name, &params, &stalled, text), CHECK_UNKNOWN);
        assert_int_equal(verdict_for(counts[i].name, &params, &none, ""), CHECK_VACUOUS);
    }
}

static void stops(void **state)
{
    const struct check_facts none = {0};
    const struct check_params params = {0};
    (void)state;
    assert_int_equal(verdict_for("noCrash", &params, &none, "20 n2 2 crashed cause=kill\n"),
                     CHECK_OK);
    assert_int_equal(verdict_for("noCrash", &params, &none, "20 n2 2 crashed cause=\"exit 0\"\n"),
                     CHECK_UNKNOWN);
    assert_int_equal(verdict_for("noCrash", &params, &none,
                                 "20 n2 2 crashed cause=\"exit 0\"\n"
                                 "30 n3 2 crashed cause=\"exit 70\"\n"
                                 "40 n1 2 crashed cause=\"exit 0\"\n"),
                     CHECK_VIOLATED);
}

static void minority(void **state)
{
    static const char *const cut[] = {"n1"};
    struct check_params params = {
        .nodes = cut, .nodes_count = 1, .from_ns = MS(10), .to_ns = MS(100)};
    const struct check_facts none = {0};
    static const char refused[] = "20 - - clientInvoke op=1 client=c1 kind=write key=k value=a\n"
                                  "90 - - clientReturn op=1 outcome=unknown node=n1\n";
    static const char acked[] = "20 - - clientInvoke op=1 client=c1 kind=write key=k value=a\n"
                                "90 - - clientReturn op=1 outcome=ok result=null node=n1\n";
    static const char commits[] =
        "1 n1 2 boot vote=null base=0:0 last=1:1 image=0 durable=1 config_index=1 voters=[n1] "
        "old=[] learners=[]\n2 n1 2 votePersisted candidate=n1\n" LEADER(
            3, n1,
            2) "20 n1 2 appended from=2 to=2 runs=[[2,1]] marks=[]\n21 n1 2 fsyncEnd durable=2\n"
               "22 n1 2 committed to=2 chain=#2\n";
    (void)state;
    assert_int_equal(verdict_for("noProgressExpected", &params, &none, refused), CHECK_OK);
    assert_int_equal(verdict_for("noProgressExpected", &params, &none, acked), CHECK_VIOLATED);
    assert_int_equal(verdict_for("noProgressExpected", &params, &none, commits), CHECK_VIOLATED);
    /* sent before the cut, its acknowledgement read after it */
    params.from_ns = MS(21);
    assert_int_equal(verdict_for("noProgressExpected", &params, &none, commits), CHECK_VACUOUS);
    params.from_ns = MS(30);
    assert_int_equal(verdict_for("noProgressExpected", &params, &none, commits), CHECK_VACUOUS);
}

static void names_are_checked(void **state)
{
    struct judged j;
    struct err e = {0};
    const struct check_facts none = {0};
    (void)state;
    open_run(&j, &none);
    assert_int_equal(check_want(j.run, "electionSafty", NULL, &e), -E_NOTFOUND);
    assert_non_null(strstr(e.text, "\"electionSafety\""));
    assert_int_equal(check_need(j.run, "packetsDropped", 1, &e), -E_NOTFOUND);
    check_free(j.run);
    for (size_t i = 0; i < registry_count(); i++) {
        assert_ptr_equal(registry_find(registry_at(i)->name), registry_at(i));
        assert_true(registry_at(i)->property[0] != '\0' && registry_at(i)->source[0] != '\0');
    }
}

static void coverage_makes_vacuous(void **state)
{
    const struct check_counter outside[] = {{"packetsDropped", 5}};
    const struct check_facts facts = {.counters = outside, .counters_count = 1};
    struct judged j;
    (void)state;
    open_run(&j, &facts);
    assert_int_equal(check_need(j.run, "packetsDropped", 5, NULL), 0);
    assert_int_equal(check_need(j.run, "opsOk", 3, NULL), 0);
    assert_int_equal(check_need(j.run, "faultActiveMs", 1000, NULL), 0);
    assert_int_equal(check_need(j.run, "opsUnknown", 1, NULL), 0);
    feed(&j, quiet);
    check_finish(j.run);
    struct verdict_summary s = verdict_of(j.run);
    assert_int_equal(s.overall, CHECK_OK);
    assert_null(s.first);
    check_free(j.run);

    open_run(&j, &facts);
    assert_int_equal(check_need(j.run, "elections", 1, NULL), 0);
    feed(&j, quiet);
    check_finish(j.run);
    s = verdict_of(j.run);
    assert_int_equal(s.overall, CHECK_VACUOUS);
    assert_string_equal(s.first->name, "coverage.elections");
    assert_int_equal(verdict_exit_code(s.overall), 4);
    check_free(j.run);
}

static void the_heaviest_verdict_counts(void **state)
{
    struct judged j;
    const struct check_facts none = {0};
    (void)state;
    open_run(&j, &none);
    assert_int_equal(check_need(j.run, "elections", 100, NULL), 0);      /* vacuous */
    want(&j, "recovers", &(struct check_params){.within_ns = MS(9000)}); /* unknown */
    feed(&j, quiet);
    check_finish(j.run);
    struct verdict_summary s = verdict_of(j.run);
    assert_int_equal(s.overall, CHECK_UNKNOWN);
    assert_int_equal(verdict_exit_code(s.overall), 2);
    check_free(j.run);

    open_run(&j, &none);
    want(&j, "recovers", &(struct check_params){.within_ns = MS(9000)});
    feed(&j, quiet);
    feed(&j, "4000 n1 2 crashed cause=exit:70\n");
    assert_string_equal(check_violated(j.run)->name, "noCrash");
    check_finish(j.run);
    s = verdict_of(j.run);
    assert_int_equal(s.overall, CHECK_VIOLATED);
    assert_int_equal(s.violated, 1);
    assert_int_equal(verdict_exit_code(s.overall), 1);
    check_free(j.run);
    assert_int_equal(verdict_exit_code(CHECK_OK), 0);
}

static void a_search_without_budget_is_unknown(void **state)
{
    struct judged j;
    struct buf text = {0};
    const struct check_facts facts = {.budget_steps = 50};
    (void)state;
    /* all at once, every value written twice, read in an order that has to be found */
    for (int i = 0; i < 12; i++)
        buf_putf(&text, "1 - - clientInvoke op=%d client=c%d kind=write key=k value=v%d\n", i, i,
                 i % 6);
    for (int i = 0; i < 12; i++)
        buf_putf(&text, "1 - - clientInvoke op=%d client=d%d kind=read key=k\n", i + 50, i);
    for (int i = 0; i < 12; i++)
        buf_putf(&text, "9 - - clientReturn op=%d outcome=ok result=null\n", i);
    for (int i = 0; i < 12; i++)
        buf_putf(&text, "9 - - clientReturn op=%d outcome=ok result=v%d\n", i + 50, (i * 5) % 6);
    buf_puts(&text, "10 - - clientInvoke op=90 client=e kind=read key=k\n"
                    "11 - - clientReturn op=90 outcome=ok result=nobody\n");
    open_run(&j, &facts);
    feed(&j, buf_str(&text));
    check_finish(j.run);
    assert_int_equal(result_of(&j, "linearizable")->verdict, CHECK_UNKNOWN);
    check_free(j.run);
    buf_free(&text);
}

static void the_document(void **state)
{
    struct judged j;
    struct buf out = {0};
    const struct check_facts none = {0};
    (void)state;
    open_run(&j, &none);
    feed(&j, "1 - - clientInvoke op=1 client=c1 kind=write key=k value=a\n"
             "2 - - clientReturn op=1 outcome=ok result=null\n"
             "3 - - clientInvoke op=2 client=c2 kind=read key=k\n"
             "4 - - clientReturn op=2 outcome=ok result=null\n");
    check_finish(j.run);
    verdict_write(
        &out, j.run,
        &(struct verdict_header){.scenario = "s", .world = "sim", .seed = 9, .has_seed = true});
    static const char *const parts[] = {
        "{\"format\":1,\"scenario\":\"s\",\"world\":\"sim\",\"seed\":9,\"verdict\":\"violated\","
        "\"exit\":1,\"sentence\":\"linearizable: key k, lost write: client c2 read nothing",
        "{\"name\":\"linearizable\",\"verdict\":\"violated\",\"required\":false,\"seen\":0,"
        "\"violations\":1,",
        "\"events\":[{\"node\":\"c1\",\"t\":2000000,\"line\":1,\"what\":\"write k = a, called at ",
        "{\"name\":\"electionSafety\",\"verdict\":\"vacuous\",",
        "\"counters\":{\"events\":4,",
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (strstr(buf_str(&out), parts[i]) == NULL)
            fail_msg("%s is not in %s", parts[i], buf_str(&out));
    }
    assert_int_equal(out.data[out.len - 1], '\n');
    buf_free(&out);
    check_free(j.run);
}

static void fault_windows(void **state)
{
    struct faults f = {0};
    struct trace_record rec = {.ev = TRACE_fault, .t = 10, .action = {"net.cut", 7}};
    (void)state;
    assert_int_equal(faults_healed_at(&f), 0);
    rec.step = (struct trace_text){"1", 1};
    rec.phase = (struct trace_text){"begin", 5};
    faults_add(&f, &rec);
    rec.t = 15;
    rec.step = (struct trace_text){"2", 1};
    faults_add(&f, &rec);
    assert_true(faults_healed_at(&f) == UINT64_MAX);
    assert_int_equal(faults_active_ns(&f, 18), 8);
    rec.phase = (struct trace_text){"end", 3};
    rec.t = 20;
    faults_add(&f, &rec);
    rec.step = (struct trace_text){"1", 1};
    rec.t = 30;
    faults_add(&f, &rec);
    assert_int_equal(faults_healed_at(&f), 30);
    assert_int_equal(faults_active_ns(&f, 100), 20);
    assert_true(faults_at(&f, 30));
    assert_false(faults_at(&f, 31));
    faults_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(availability),
        cmocka_unit_test(restlessness),
        cmocka_unit_test(stops),
        cmocka_unit_test(minority),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(coverage_makes_vacuous),
        cmocka_unit_test(the_heaviest_verdict_counts),
        cmocka_unit_test(a_search_without_budget_is_unknown),
        cmocka_unit_test(the_document),
        cmocka_unit_test(fault_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
