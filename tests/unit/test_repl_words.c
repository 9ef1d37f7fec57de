/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of repl as words. */
#include "emulator/commands/repl_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* after setjmp.h and stdarg.h, which it needs */

static struct repl_words words;

/* The line's words, with a bar between. */
static void gives(const char *line, const char *joined)
{
    char got[256] = "";
    struct err e = {0};
    if (repl_words_split(line, &words, &e) < 0)
        fail_msg("%s: %s", line, e.text);
    for (size_t i = 0; i < words.count; i++) {
        strncat(got, i == 0 ? "" : "|", sizeof(got) - strlen(got) - 1);
        strncat(got, words.at[i], sizeof(got) - strlen(got) - 1);
    }
    assert_string_equal(got, joined);
    assert_null(words.at[words.count]);
}

static void splits(void **state)
{
    (void)state;
    gives("", "");
    gives(" \t ", "");
    gives("  net.cut \t n1  n2 ", "net.cut|n1|n2");
    gives("exec n1 sh -c 'echo a b; exit 3'", "exec|n1|sh|-c|echo a b; exit 3");
    gives("a \"b c\" ''", "a|b c|");
    gives("do {\"a\": [1, 2]} for=1s", "do|{\"a\": [1, 2]}|for=1s");
    gives("{\"a\": \"} ]\\\" x\"} y", "{\"a\": \"} ]\\\" x\"}|y");
    gives("[[\"n1\"], [\"n2\"]]", "[[\"n1\"], [\"n2\"]]");
}

static void refuses(void **state)
{
    static char line[REPL_LINE_MAX + 2];
    struct err e;
    (void)state;
    assert_int_equal(repl_words_split("a 'b", &words, &e), -E_INVALID);
    assert_int_equal(repl_words_split("{\"a\": [1", &words, &e), -E_INVALID);
    assert_int_equal(repl_words_split("{\"a", &words, &e), -E_INVALID);
    assert_int_equal(repl_words_split("{\"a\\", &words, &e), -E_INVALID);
    memset(line, 'a', REPL_LINE_MAX + 1);
    assert_int_equal(repl_words_split(line, &words, &e), -E_LIMIT);
    line[REPL_LINE_MAX] = '\0';
    assert_int_equal(repl_words_split(line, &words, &e), 0);
    for (size_t i = 0; i + 1 < REPL_WORDS_MAX * 2; i += 2)
        memcpy(line + i, "a ", 2);
    line[(size_t)REPL_WORDS_MAX * 2] = '\0';
    assert_int_equal(repl_words_split(line, &words, &e), 0);
    assert_int_equal(words.count, REPL_WORDS_MAX);
    memcpy(line + (size_t)REPL_WORDS_MAX * 2, "a", 2);
    assert_int_equal(repl_words_split(line, &words, &e), -E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
