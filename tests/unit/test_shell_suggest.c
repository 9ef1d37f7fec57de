/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the shell offers at the cursor: candidates, the grey hint, the answer to a question mark;
 * and its prompt. */
#include "base/mem.h"
#include "raftctl/range.h"
#include "raftctl/shell/abbrev.h"
#include "raftctl/shell/prompt.h"
#include "raftctl/shell/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const keys[] = {"user:1", "user:2", "a b", "\x01"};
static struct history history;
static struct scout_view view = {.looked = true,
                                 .reached = true,
                                 .leads = true,
                                 .cluster = "demo",
                                 .leader = "n2",
                                 .term = 7,
                                 .commit = 1842,
                                 .members = {{.name = "n1"}, {.name = "n2"}, {.name = "m3"}},
                                 .members_count = 3};

static void find_keys(void *to, const char *prefix, struct buf *ret)
{
    (void)to;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (strncmp(keys[i], prefix, strlen(prefix)) == 0)
            buf_put(ret, keys[i], strlen(keys[i]) + 1);
    }
}

static const struct suggest suggest = {.view = &view, .history = &history, .keys = find_keys};

/* Candidates of the word that begins behind the last blank, separated by commas; "FILES" if names
 * of files may stand there. */
static void expect_choices(const char *line, const char *expected)
{
    struct lineedit_choices choices = {0};
    struct buf got = {0};
    size_t len = strlen(line), start = len;
    while (start > 0 && strchr(" \t\n;", line[start - 1]) == NULL)
        start--;
    suggest_complete(&suggest, line, start, len, &choices);
    for (size_t i = 0; i < choices.count; i++) {
        buf_putf(&got, "%s%s", i == 0 ? "" : ",", choices.list[i]);
        mem_free(choices.list[i]);
    }
    mem_free(choices.list);
    buf_puts(&got, choices.files ? "FILES" : "");
    assert_string_equal(buf_str(&got), expected);
    buf_free(&got);
}

static void candidates(void **state)
{
    (void)state;
    expect_choices("sta", "status");
    expect_choices("member pro", "promote");
    expect_choices("status; member pro", "promote");
    expect_choices("get --must", "--must-exist");
    expect_choices("-o json", "json,jsonl");
    expect_choices("status -o ta", "table");
    expect_choices("transfer ", "n1,n2,m3");
    expect_choices("member remove n", "n1,n2");
    expect_choices("get u", "user:1,user:2");
    expect_choices("get \"u", "\"user:1\",\"user:2\"");
    expect_choices("get a", "\"a b\"");
    expect_choices("get \"a b", ""); /* the blank is the editor's, too */
    expect_choices("get \"a\\q\" ", "");
    expect_choices("set user:1 ", "");
    static const char all[] = "\\help,\\o,\\timing,\\repeat,\\history,\\source,\\record,"
                              "\\connect,\\consistency,\\jobs,\\stop,\\!,\\quit";
    expect_choices("\\", all);
    expect_choices("get a; \\", all);
    expect_choices("get \\", "");
    expect_choices("\\so", "\\source");
    expect_choices(".so", ".source");
    expect_choices("\\o j", "json,jsonl");
    expect_choices("\\connect n", "n1,n2");
    expect_choices("\\source ", "FILES");
    expect_choices("shell -f ", "FILES");
    expect_choices("\\repeat 1s sta", "status");
    expect_choices("\\help member pro", "promote");
    expect_choices("help member pro", "promote");
    expect_choices("nonsense ", "");
    expect_choices("raftctl member pro", "promote");
    expect_choices("raftctl transfer ", "n1,n2,m3");
}

static void control_characters_are_escaped(void **state)
{
    (void)state;
    struct lineedit_choices choices = {0};
    suggest_complete(&suggest, "get ", 4, 4, &choices);
    assert_int_equal(choices.count, 4);
    assert_string_equal(choices.list[3], "\"\\x01\"");
    for (size_t i = 0; i < choices.count; i++)
        mem_free(choices.list[i]);
    mem_free(choices.list);
}

/* The hint, with a | behind what can be taken over. */
static void expect_hint(const char *line, const char *expected)
{
    struct buf hint = {0}, got = {0};
    size_t takes = suggest_hint(&suggest, line, &hint);
    assert_true(takes <= hint.len);
    buf_put(&got, hint.data, takes);
    buf_putc(&got, '|');
    buf_puts(&got, buf_str(&hint) + takes);
    assert_string_equal(buf_str(&got), expected);
    buf_free(&hint);
    buf_free(&got);
}

static void hints(void **state)
{
    (void)state;
    struct err e = {0};
    expect_hint("stat", "us|   the whole cluster, a line a node");
    expect_hint("set ", "|KEY VALUE|- [--if-absent] [--session ID]");
    expect_hint("set k", "| VALUE|- [--if-absent] [--session ID]");
    expect_hint("set k ", "|VALUE|- [--if-absent] [--session ID]");
    expect_hint("set k v", "| [--if-absent] [--session ID]");
    expect_hint("get k --must", "-exist|");
    expect_hint("\\rec",
                "ord|   writes what is done into a scenario for raft-emulator; without FILE it "
                "ends");
    expect_hint("\\o ", "|[FORMAT]");
    expect_hint("s", "|"); /* begins several */
    expect_hint("raftctl set k ", "|VALUE|- [--if-absent] [--session ID]");
    expect_hint("nonsense", "|");
    expect_hint("set 'a", "|");
    assert_int_equal(history_add(&history, "set k {\n}", &e), 1);
    assert_int_equal(history_add(&history, "set kilo 1", &e), 1);
    expect_hint("set k", "ilo 1|");
    expect_hint("set kilo 1", "| [--if-absent] [--session ID]");
    history_close(&history);
}

static void questions(void **state)
{
    (void)state;
    struct buf got = {0};
    assert_true(suggest_is_question(""));
    assert_true(suggest_is_question("get "));
    assert_false(suggest_is_question("get"));
    assert_false(suggest_is_question("set k 'is it "));
    suggest_next(&suggest, "member remove ", &got);
    assert_string_equal(buf_str(&got), "NODE [--shutdown] [--dry-run]\n  n1\n  n2\n  m3\n");
    buf_reset(&got);
    suggest_next(&suggest, "get ", &got);
    assert_non_null(strstr(buf_str(&got), "KEY [--"));
    assert_non_null(strstr(buf_str(&got), "  user:2\n"));
    assert_non_null(strstr(buf_str(&got), "  \\x01\n"));
    buf_reset(&got);
    suggest_next(&suggest, "member ", &got);
    assert_non_null(strstr(buf_str(&got), "  promote          a learner becomes a voter\n"));
    buf_reset(&got);
    suggest_next(&suggest, "leader n1 ", &got);
    assert_string_equal(buf_str(&got), "nothing more belongs here\n");
    buf_free(&got);
}

static void expect_prompt(const struct scout_view *v, bool color, const char *expected)
{
    struct buf got = {0};
    prompt_put(&got, v, color);
    assert_string_equal(buf_str(&got), expected);
    buf_free(&got);
}

static void prompts(void **state)
{
    (void)state;
    const struct scout_view nobody = {0};
    struct scout_view v = view;
    struct buf news = {0};
    expect_prompt(&nobody, false, "raftctl> ");
    expect_prompt(&v, false, "demo n2* t7 c1842> ");
    v.leads = false;
    expect_prompt(&v, false, "demo no-leader t7 c1842> ");
    expect_prompt(&v, true, "demo \001\033[31m\002no-leader\001\033[0m\002 t7 c1842> ");
    assert_true(prompt_news(&view, &v, &news));
    assert_string_equal(buf_str(&news), "leader n2 -> no leader (term 7)");
    assert_false(prompt_news(&nobody, &v, &news));
    v = view;
    v.commit++;
    assert_false(prompt_news(&view, &v, &news));
    v.reached = false;
    expect_prompt(&v, false, "demo unreachable> ");
    buf_free(&news);
}

/* Words separated by blanks, and what becomes of them. */
static void expect_expanded(const char *typed, const char *expected)
{
    char *words[8] = {NULL};
    struct buf several = {0}, got = {0};
    size_t count = 0;
    for (const char *p = typed; *p != '\0'; p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");
        words[count++] = mem_dup(p, len);
        p += len;
    }
    bool clear = abbrev_expand(words, count, &several);
    for (size_t i = 0; i < count; i++) {
        buf_putf(&got, "%s%s", i == 0 ? "" : " ", words[i]);
        mem_free(words[i]);
    }
    assert_string_equal(clear ? buf_str(&got) : buf_str(&several), expected);
    buf_free(&several);
    buf_free(&got);
}

static void prefixes(void **state)
{
    (void)state;
    expect_expanded("stat", "status");
    expect_expanded("-o json stat", "-o json status");
    expect_expanded("--output=json mem l", "--output=json member list");
    expect_expanded("mem pro n1", "member promote n1");
    expect_expanded("member re n1", "remove replace");
    expect_expanded("get stat", "get stat");
    expect_expanded("move", "move-leader");
    expect_expanded("nonsense", "nonsense");
    expect_expanded("--quiet", "--quiet");
}

static void ranges_of_keys(void **state)
{
    (void)state;
    struct buf end = {0};
    assert_true(range_end("ab", &end));
    assert_string_equal(buf_str(&end), "ac");
    buf_reset(&end);
    assert_true(range_end("a\xff", &end));
    assert_string_equal(buf_str(&end), "b");
    assert_false(range_end("", &end));
    assert_false(range_end("\xff\xff", &end));
    buf_free(&end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates),     cmocka_unit_test(control_characters_are_escaped),
        cmocka_unit_test(hints),          cmocka_unit_test(questions),
        cmocka_unit_test(prompts),        cmocka_unit_test(prefixes),
        cmocka_unit_test(ranges_of_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
