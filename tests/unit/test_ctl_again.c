/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command that repeats a write is what a shell reads as the same words. */
#include "raftctl/again.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct ctl ctl_of(char **argv, int argc)
{
    size_t ignored;
    char set[] = "set", *name[] = {set};
    return (struct ctl){.verb = verbs_find(name, 1, &ignored), .argv = argv, .argc = argc};
}

static void expect(const struct ctl *ctl, const char *wanted)
{
    struct buf out = {0};
    again_put(&out, ctl, "7");
    assert_string_equal(buf_str(&out), wanted);
    buf_free(&out);
}

static void words_are_quoted_where_they_must_be(void **state)
{
    static char *words[][2] = {
        {"k", "v"}, {"a b", "it's"}, {"=ls", ""}, {"k", "\033[2J\n7'\\"}, {"k", "$HOME"}};
    static const char *const wanted[] = {
        "raftctl set k v --session 7",       "raftctl set 'a b' 'it'\\''s' --session 7",
        "raftctl set '=ls' '' --session 7",  "raftctl set k $'\\033[2J\\0127\\'\\\\' --session 7",
        "raftctl set k '$HOME' --session 7",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        struct ctl ctl = ctl_of(words[i], 2);
        expect(&ctl, wanted[i]);
    }
}

/* In the shell nobody typed where the cluster is; another shell has to be told. */
static void where_the_cluster_is_goes_with_it(void **state)
{
    static char *words[] = {"k", "-1"};
    struct ctl ctl = ctl_of(words, 2);
    (void)state;
    ctl.value[OPT_ENDPOINTS] = "h:1,h:2";
    ctl.value[OPT_TIMEOUT] = "3s"; /* from outside as well, and no part of the write */
    expect(&ctl, "raftctl --endpoints h:1,h:2 --session 7 -- set k -1");
}

/* Whatever the bytes are: bash gives them back. Without bash there is nothing to compare with. */
static void a_shell_reads_the_same_word(void **state)
{
    char word[256], line[2048], read_back[256] = "";
    struct buf out = {0};
    (void)state;
    if (access("/bin/bash", X_OK) < 0)
        skip();
    for (unsigned i = 1; i < sizeof(word); i++)
        word[i - 1] = (char)i;
    word[255] = '\0';
    char *words[] = {word, "v"};
    struct ctl ctl = ctl_of(words, 2);
    again_put(&out, &ctl, "7");
    (void)snprintf(line, sizeof(line), "set -- %s; printf %%s \"$3\"", buf_str(&out));
    assert_int_equal(setenv("LINE", line, 1), 0);
    FILE *shell = popen("LC_ALL=C exec /bin/bash -c \"$LINE\"", "re");
    assert_non_null(shell);
    size_t len = fread(read_back, 1, sizeof(read_back), shell);
    assert_int_equal(pclose(shell), 0);
    assert_int_equal(len, 255);
    assert_memory_equal(read_back, word, 255);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_quoted_where_they_must_be),
        cmocka_unit_test(where_the_cluster_is_goes_with_it),
        cmocka_unit_test(a_shell_reads_the_same_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
