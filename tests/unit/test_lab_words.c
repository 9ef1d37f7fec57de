/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps as they are typed: what they become, and which word is wrong. */
#include "emulator/lab/words.h"

#include "emulator/scenario/by_hand.h"
#include "emulator/scenario/vocab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* after setjmp.h and stdarg.h, which it needs */

#define NODES 5

static size_t split(char *line, const char **words)
{
    size_t count = 0;
    char *rest = NULL;
    for (char *w = strtok_r(line, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
        words[count++] = w;
    return count;
}

static void becomes(const char *typed, const char *json)
{
    char line[512];
    const char *words[LAB_WORDS_MAX];
    struct lab_step step;
    struct err e = {0};
    (void)snprintf(line, sizeof(line), "%s", typed);
    size_t count = split(line, words);
    int code = lab_words(words, count, NODES, &step, &e);
    if (code < 0)
        fail_msg("%s: %s", typed, e.text);
    assert_string_equal(buf_str(&step.json), json);
    lab_step_free(&step);
}

static void forms(void **state)
{
    (void)state;
    becomes("net.cut n1 n2", "{\"net.cut\": {\"link\": {\"from\": \"n1\", \"to\": \"n2\"}}}");
    becomes("net.cut leader n2,n3 reset",
            "{\"net.cut\": {\"link\": {\"from\": \"leader\", \"to\": [\"n2\", \"n3\"]}, \"style\": "
            "\"reset\"}}");
    becomes("net.cut all", "{\"net.cut\": {\"link\": \"all\"}}");
    becomes("net.cut all n2", "{\"net.cut\": {\"link\": {\"from\": \"all\", \"to\": \"n2\"}}}");
    becomes("net.cut n1", "{\"net.cut\": {\"link\": {\"from\": \"n1\"}}}");
    becomes("net.cut n1 n2 direction=out plane=client for=3s",
            "{\"net.cut\": {\"link\": {\"from\": \"n1\", \"to\": \"n2\", \"direction\": \"out\", "
            "\"plane\": \"client\"}}, \"for\": \"3s\"}");
    becomes("net.isolate leader direction=in",
            "{\"net.isolate\": {\"who\": \"leader\", \"direction\": \"in\"}}");
    becomes("net.set all delay=20ms loss=10%",
            "{\"net.set\": {\"link\": \"all\", \"delay\": \"20ms\", \"loss\": \"10%\"}}");
    becomes("net.partition n1,n2 | n3,n4,n5",
            "{\"net.partition\": {\"groups\": [[\"n1\", \"n2\"], [\"n3\", \"n4\", \"n5\"]]}}");
    becomes("net.partition leader rest for=2s",
            "{\"net.partition\": {\"groups\": [[\"leader\"], [\"rest\"]]}, \"for\": \"2s\"}");
    becomes("net.partition shape=halves", "{\"net.partition\": {\"shape\": \"halves\"}}");
    becomes("net.partition {\"groups\":[[\"n1\"],[\"n2\"]]} for=1s",
            "{\"net.partition\": {\"groups\":[[\"n1\"],[\"n2\"]]}, \"for\": \"1s\"}");
    becomes("net.flap n1 n2 1s 500ms 3",
            "{\"net.flap\": {\"link\": {\"from\": \"n1\", \"to\": \"n2\"}, \"up\": \"1s\", "
            "\"down\": \"500ms\", \"cycles\": 3}}");
    becomes("proc.kill n2", "{\"proc.kill\": {\"who\": \"n2\"}}");
    becomes("proc.kill n1 n2 SIGTERM",
            "{\"proc.kill\": {\"who\": [\"n1\", \"n2\"], \"signal\": \"SIGTERM\"}}");
    becomes("disk.slow n1 20ms", "{\"disk.slow\": {\"who\": \"n1\", \"delay\": \"20ms\"}}");
    becomes("leader.transfer n3", "{\"leader.transfer\": {\"to\": \"n3\"}}");
    becomes("proc.twin n1 n4", "{\"proc.twin\": {\"who\": \"n1\", \"to\": \"n4\"}}");
    becomes("load.stop", "{\"load.stop\": {}}");
    becomes("proc.start n2 keepData=false must=false",
            "{\"proc.start\": {\"who\": \"n2\", \"keepData\": false}, \"must\": false}");
    becomes("{\"mark\":{\"name\":\"x\"}}", "{\"mark\":{\"name\":\"x\"}}");
}

/* Every action that has a usage can be said in words: the table leaves no type out. */
static void usages(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ACTIONS_COUNT; i++) {
        struct buf text = {0};
        lab_words_usage(i, &text);
        const char *name = vocab_action((enum action_id)i)->name;
        assert_int_equal(strncmp(buf_str(&text), name, strlen(name)), 0);
        buf_free(&text);
    }
}

static void refused(const char *typed, const char *sentence)
{
    char line[512];
    const char *words[LAB_WORDS_MAX];
    struct lab_step step;
    struct err e = {0};
    (void)snprintf(line, sizeof(line), "%s", typed);
    size_t count = split(line, words);
    assert_int_equal(lab_words(words, count, NODES, &step, &e), -E_INVALID);
    if (strstr(e.text, sentence) == NULL)
        fail_msg("%s: %s", typed, e.text);
    lab_step_free(&step);
}

static void wrong_words(void **state)
{
    (void)state;
    refused("net.ct n1 n2", "did you mean \"net.cut\"?");
    refused("zzzzzzzzzzzz", "fault names them all");
    refused("proc.pause n1 now", "\"now\" is a word too many; usage: proc.pause who [for=");
    refused("{\"mark\":{\"name\":\"x\"}} n1", "nothing may follow a whole step");
    refused("", "which action?");
}

/* What the parser of the language says is pointed at in the words. */
static void points_at(const char *typed, const char *marks)
{
    static const char base[] =
        "{\"version\":1,\"name\":\"t\",\"cluster\":{\"voters\":5},\"steps\":[]}";
    char line[512];
    const char *words[LAB_WORDS_MAX];
    struct lab_step step;
    struct err e = {0};
    struct scenario_source src;
    struct scenario *parsed = NULL;
    struct by_hand_fault fault;
    struct buf text = {0};
    assert_int_equal(scenario_source_text(&src, "t", base, strlen(base), &e), 0);
    struct scenario *s = scenario_source_parse(&src);
    assert_non_null(s);
    scenario_source_close(&src);
    (void)snprintf(line, sizeof(line), "%s", typed);
    size_t count = split(line, words);
    assert_int_equal(lab_words(words, count, NODES, &step, &e), 0);
    assert_int_equal(scenario_by_hand(s, buf_str(&step.json), NULL, &parsed, &fault, &e),
                     -E_INVALID);
    lab_words_point(&step, words, count, fault.at, "", &text);
    const char *second = strchr(buf_str(&text), '\n');
    assert_non_null(second);
    assert_string_equal(second + 1, marks);
    buf_free(&text);
    lab_step_free(&step);
    scenario_free(s);
}

static void places(void **state)
{
    (void)state;
    points_at("net.cut n1 n9", "             ^~");
    points_at("net.cut n1 n2,n9,n3", "                ^~");
    points_at("proc.kill n1 n9", "               ^~");
    points_at("net.set n1 n2 delay=soon", "                      ^~~~");
    points_at("net.set n1 n2 dely=1s", "                ^~~~");
    points_at("net.partition {\"groups\":[[\"n1\"],[\"n7\"]]}",
              "                                   ^~~~");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(usages),
        cmocka_unit_test(wrong_words),
        cmocka_unit_test(places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
