/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A core has to recover while everybody else stays broken. R-INV-27 */
#include "emulator/check/check.h"
#include "tests/support/tracetext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MS(n) ((n)*1000000ull)

struct outcome {
    enum check_verdict verdict;
    char sentence[CHECK_SENTENCE_MAX];
    char paragraph[CHECK_PARAGRAPH_MAX];
};

/* The cluster as a whole has nothing to recover from in these traces, but for its core. */
static struct outcome judge(const char *text)
{
    struct trace_names names = {0};
    const struct check_facts facts = {0};
    struct check_params params = {.within_ns = MS(500), .core_within_ns = MS(500)};
    struct check_run *run = check_open(&facts, &names);
    struct trace_reader reader;
    struct trace_record rec;
    struct outcome ret = {0};
    struct buf lines = {0};
    struct err e = {0};
    assert_int_equal(check_want(run, "recovers", &params, &e), 0);
    assert_int_equal(tracetext_expand(text, &lines, &e), 0);
    trace_reader_init(&reader, &names);
    for (const char *at = buf_str(&lines); *at != '\0';) {
        const char *end = strchr(at, '\n');
        if (trace_read_line(&reader, at, (size_t)(end - at), 1, &rec, &e) < 0 ||
            check_feed(run, &rec, &e) < 0)
            fail_msg("%s", e.text);
        at = end + 1;
    }
    check_finish(run);
    for (size_t i = 0; i < check_results_count(run); i++) {
        const struct check_result *r = check_results_at(run, i);
        if (strcmp(r->name, "recovers") != 0)
            continue;
        ret.verdict = r->verdict;
        (void)snprintf(ret.sentence, sizeof(ret.sentence), "%s", r->sentence);
        (void)snprintf(ret.paragraph, sizeof(ret.paragraph), "%s", r->paragraph);
    }
    check_free(run);
    trace_reader_free(&reader);
    buf_free(&lines);
    return ret;
}

static void expect(const char *text, enum check_verdict verdict, const char *said)
{
    struct outcome o = judge(text);
    if (o.verdict != verdict || strstr(o.sentence, said) == NULL)
        fail_msg("%s: %s\nexpected %s: %s", check_verdict_name(o.verdict), o.sentence,
                 check_verdict_name(verdict), said);
}

/* n1 leads, n3 is cut off; n1 and n2 are the core from 1 s on. */
#define BOOT(node)                                                              \
    "1 " node " 1 boot vote=null base=0:0 last=0:0 image=0 durable=0 chain=#0 " \
    "config_index=0 voters=[n1,n2,n3] old=[] learners=[]\n"
#define BEFORE                                                         \
    BOOT("n1")                                                         \
    BOOT("n2")                                                         \
    BOOT("n3")                                                         \
    "2 n1 2 becameLeader last=0:0 config_index=0\n"                    \
    "3 n1 2 appended from=1 to=1 runs=[[2,1]] marks=[]\n"              \
    "4 n2 2 appended from=1 to=1 runs=[[2,1]] marks=[]\n"              \
    "5 n1 2 committed to=1 chain=#0\n"                                 \
    "6 n2 2 committed to=1 chain=#0\n"                                 \
    "900 - - fault step=1 phase=begin action=proc.kill targets=[n3]\n" \
    "1000 - - fault step=core phase=mended action=recovers targets=[n1,n2]\n"
#define OVER_AT(t)      t " - - fault step=core phase=over action=recovers targets=[n1,n2]\n"
#define OVER            OVER_AT("1500")
#define ENTRY(t, node)  t " " node " 2 appended from=2 to=2 runs=[[2,1]] marks=[]\n"
#define COMMIT(t, node) t " " node " 2 committed to=2 chain=#0\n"

static void commits_in_time(void **state)
{
    (void)state;
    expect(BEFORE ENTRY("1100", "n1") ENTRY("1200", "n2") COMMIT("1300", "n1") COMMIT("1400", "n2")
               OVER,
           CHECK_UNKNOWN, "a fault was still active"); /* of the whole: never healed */
    expect(BEFORE ENTRY("1100", "n1") ENTRY("1200", "n2") COMMIT("1300", "n1") COMMIT("1400", "n2")
               OVER "1600 - - fault step=1 phase=end action=proc.kill targets=[n3]\n"
                    "1700 - - clientInvoke op=1 client=c1 kind=write key=k value=a\n"
                    "1800 - - clientReturn op=1 outcome=ok result=null index=3\n",
           CHECK_OK, "the core n1 n2 committed after 300 ms (bound 500 ms)");
}

static void commits_nothing(void **state)
{
    (void)state;
    /* asked for something, and unable to commit it; once more too late */
    expect(BEFORE ENTRY("1100", "n1") OVER, CHECK_VIOLATED,
           "the core n1 n2 committed nothing new within 500 ms");
    expect(BEFORE ENTRY("1100", "n1") ENTRY("1200", "n2") COMMIT("1501", "n1") COMMIT("1502", "n2"),
           CHECK_UNKNOWN, "the run ended before");
    expect(BEFORE ENTRY("1100", "n1") ENTRY("1200", "n2")
               COMMIT("1501",
                      "n1") "1600 - - fault step=core phase=over action=recovers targets=[n1,n2]\n",
           CHECK_VIOLATED, "committed nothing new");
    /* without a leader */
    struct outcome o = judge(BEFORE "1100 n1 2 steppedDown reason=quorum\n"
                                    "1200 n2 2 campaign pre=true for_term=3 last=2:1\n"
                                    "1300 n1 2 campaign pre=true for_term=3 last=2:1\n" OVER);
    assert_int_equal(o.verdict, CHECK_VIOLATED);
    assert_non_null(strstr(o.paragraph, "they campaigned 2 times and elected 0 leaders"));
    /* what only somebody outside commits is not theirs */
    expect(BEFORE "1100 n1 2 steppedDown reason=quorum\n" COMMIT("1200", "n3") OVER, CHECK_VIOLATED,
           "committed nothing new");
}

static void nobody_asked(void **state)
{
    (void)state;
    expect(BEFORE OVER "1600 - - fault step=1 phase=end action=proc.kill targets=[n3]\n"
                       "1700 - - clientInvoke op=1 client=c1 kind=write key=k value=a\n"
                       "1800 - - clientReturn op=1 outcome=ok result=null index=2\n",
           CHECK_OK, "had a leader whom nobody asked for anything");
    /* asked, and refused, for the first half only, and up to the end */
#define REFUSES(t)                                                      \
    "1100 - - clientInvoke op=1 client=c1 kind=write key=k value=a\n" t \
    " - - clientReturn op=1 outcome=fail node=n1 error=TRANSFERRING\n"
    expect(BEFORE REFUSES("1240") OVER, CHECK_UNKNOWN, "whom nobody asked");
    expect(BEFORE REFUSES("1400") OVER, CHECK_VIOLATED, "committed nothing new within 500 ms");
}

static void catches_up(void **state)
{
    static const char behind[] =
        BEFORE ENTRY("1100", "n1") ENTRY("1200", "n2") COMMIT("1300", "n1");
    char text[4096];
    (void)state;
    (void)snprintf(text, sizeof(text), "%s%s", behind, OVER);
    expect(text, CHECK_VIOLATED, "n2 in the core did not catch up");
    /* who is no member any more is told nothing */
    (void)snprintf(text, sizeof(text),
                   "%s1310 n1 2 configAppended index=2 voters=[n1,n3] old=[] learners=[]\n"
                   "1320 n1 2 configCommitted index=2\n%s",
                   behind, OVER);
    expect(text, CHECK_UNKNOWN, "a fault was still active");
    /* a snapshot under way takes its time */
    (void)snprintf(text, sizeof(text), "%s1350000000 n2 2 snapshotChunk peer=n1 offset=0\n%s",
                   behind, OVER);
    expect(text, CHECK_UNKNOWN, "a fault was still active");
    /* a leader outside may be out of reach */
    (void)snprintf(text, sizeof(text),
                   "%s1310000000 n1 3 steppedDown reason=term\n"
                   "1320 n3 3 becameLeader last=2:2 config_index=0\n%s",
                   behind, OVER);
    expect(text, CHECK_UNKNOWN, "a fault was still active");
}

static void no_core(void **state)
{
    (void)state;
    expect("1 - - fault step=1 phase=begin action=proc.kill targets=[n3]\n"
           "2 - - fault step=1 phase=end action=proc.kill targets=[n3]\n",
           CHECK_UNKNOWN, "no core was mended");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commits_in_time), cmocka_unit_test(commits_nothing),
        cmocka_unit_test(nobody_asked),    cmocka_unit_test(catches_up),
        cmocka_unit_test(no_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
