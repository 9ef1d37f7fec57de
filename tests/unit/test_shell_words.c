/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shell's words: what is typed, and what comes of it. */
#include "base/buf.h"
#include "raftctl/shell/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Commands as "a|b / c", an error as its sentence. */
static void expect(const char *text, const char *expected)
{
    struct words w = {0};
    struct err e = {0};
    struct buf got = {0};
    size_t at = 0;
    for (size_t i = 0; words_next(span_str(text), &at, &w, &e) == 1; i++) {
        buf_puts(&got, i == 0 ? "" : " / ");
        for (size_t k = 0; k < w.count; k++)
            buf_putf(&got, "%s%s", k == 0 ? "" : "|", w.list[k].text);
    }
    buf_puts(&got, e.text);
    assert_string_equal(buf_str(&got), expected);
    buf_free(&got);
    words_free(&w);
}

static void words_and_commands(void **state)
{
    (void)state;
    expect("", "");
    expect(" \t ; ;\n ", "");
    expect("set k v", "set|k|v");
    expect("  set\tk  v  ", "set|k|v");
    expect("set a 1; get a\nstatus;", "set|a|1 / get|a / status");
    expect("set 'a b' \"c;d\"", "set|a b|c;d");
    expect("set k ''", "set|k|");
    expect("set k a'b'\"c\"d", "set|k|abcd");
    expect("get k # the key\n# nothing\nget l#m", "get|k / get|l#m");
    expect("watch p -- sh -c 'a | b'", "watch|p|--|sh|-c|a | b");
}

static void escapes(void **state)
{
    (void)state;
    expect("set k a\\ b", "set|k|a b");
    expect("set k \"a\\n\\t\\\"\\\\\\x41\"", "set|k|a\n\t\"\\A");
    expect("set k \\x4a\\x4b", "set|k|JK");
    expect("set k 'a\\n'", "set|k|a\\n");
    expect("set k \\;\\#\\'", "set|k|;#'");
    expect("set k \\q", "\\q is no escape: there are \\n \\r \\t \\xNN");
    expect("set k \\xg0", "\\x wants two hexadecimal digits");
    expect("set k \\x1", "\\x wants two hexadecimal digits");
    expect("set k \\x00", "a word cannot hold a byte 0");
}

static void braces(void **state)
{
    (void)state;
    expect("set k {\"a\": 1, \"b\": \"x } y\"} --if-absent",
           "set|k|{\"a\": 1, \"b\": \"x } y\"}|--if-absent");
    expect("set k {\n \"a\": {\n }\n}; get k", "set|k|{\n \"a\": {\n }\n} / get|k");
    expect("set k {\"\\\"}\"}", "set|k|{\"\\\"}\"}");
    expect("set k a{b", "set|k|a{b");
}

static void more_lines(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum words_open open;
    } cases[] = {
        {"", WORDS_WHOLE},
        {"set k v", WORDS_WHOLE},
        {"set k 'a", WORDS_IN_QUOTES},
        {"set k 'a\nb'", WORDS_WHOLE},
        {"set k \"a\\\"", WORDS_IN_QUOTES},
        {"set k {\"a\":", WORDS_IN_BRACES},
        {"set k {\"a\": \"}", WORDS_IN_BRACES},
        {"set k \\", WORDS_GOES_ON},
        {"set k \\\nv", WORDS_WHOLE},
        {"set k \\\\", WORDS_WHOLE},
        {"\\", WORDS_GOES_ON},
        {"get a; set k 'x", WORDS_IN_QUOTES},
        {"set k \\q 'x", WORDS_WHOLE}, /* a mistake: it is told now, not asked on */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(words_open(span_str(cases[i].text)), cases[i].open);
    expect("set k \\\nv", "set|k|v");
    expect("set k a\\\nb", "set|k|ab");
    expect("set k 'a\nb'", "set|k|a\nb");
}

static void the_shells_own(void **state)
{
    (void)state;
    expect("\\help set", "\\help|set");
    expect(".o json", ".o|json");
    expect("\\o json; status", "\\o|json / status");
    expect("\\! ls -l 'a b' | wc; echo $HOME # x\nstatus",
           "\\!|ls -l 'a b' | wc; echo $HOME # x / status");
    expect("\\!ls", "\\!|ls");
    expect("\\!", "\\!");
    expect("get \\help", "\\h is no escape: there are \\n \\r \\t \\xNN");
}

static void where_words_stand(void **state)
{
    (void)state;
    struct words w = {0};
    struct err e = {0};
    size_t at = 0;
    const char *text = "get a; set 'k l' x";
    assert_int_equal(words_next(span_str(text), &at, &w, &e), 1);
    assert_int_equal(w.count, 2);
    assert_int_equal(words_next(span_str(text), &at, &w, &e), 1);
    assert_int_equal(w.count, 3);
    assert_int_equal(w.list[1].start, 11);
    assert_int_equal(w.list[1].end, 16);
    assert_false(w.list[1].bare);
    assert_true(w.list[2].bare);
    words_free(&w);
}

static void limits(void **state)
{
    (void)state;
    struct buf text = {0};
    for (size_t i = 0; i < WORDS_MAX + 1; i++)
        buf_puts(&text, "a ");
    expect(buf_str(&text), "a command has 1024 words at most");
    buf_free(&text);
    struct words w = {0};
    struct err e = {0};
    size_t at = 0;
    assert_int_equal(words_next(span_of("a\0b", 3), &at, &w, &e), -E_INVALID);
    words_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_and_commands),
        cmocka_unit_test(escapes),
        cmocka_unit_test(braces),
        cmocka_unit_test(more_lines),
        cmocka_unit_test(the_shells_own),
        cmocka_unit_test(where_words_stand),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
