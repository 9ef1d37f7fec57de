/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps from other files: found, nested, refused, and complained about where they stand. */
#include "base/mem.h"
#include "emulator/scenario/lint.h"
#include "emulator/scenario/print.h"

#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char dir[] = "/tmp/include-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static void put_file(const char *name, const char *text)
{
    FILE *f = fopen(path_of(name), "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* s.json with these steps. NULL: *ret_said has the complaints; free it. */
static struct scenario *load(const char *steps, char **ret_said)
{
    struct buf text = {0}, said = {0};
    struct scenario *s = NULL;
    struct err e = {0};
    buf_putf(&text, "{\"version\":1,\"name\":\"t\",\"cluster\":{\"voters\":3},\n\"steps\":[%s]}",
             steps);
    put_file("s.json", buf_str(&text));
    buf_free(&text);
    (void)!scenario_load(path_of("s.json"), NULL, 0, NULL, &said, &s, &e);
    *ret_said = mem_strdup(buf_str(&said));
    buf_free(&said);
    return s;
}

static void bad(const char *steps, const char *expected)
{
    char *said;
    struct scenario *s = load(steps, &said);
    if (s != NULL || strstr(said, expected) == NULL)
        fail_msg("%s: not \"%s\" but: %s", steps, expected, said);
    free(said);
}

#define INCLUDE(file) "{\"include\":{\"file\":\"" file "\"}}"

/* A file that includes one beside it, by its own path. What is printed needs neither. */
static void steps_of_files_are_in_their_place(void **state)
{
    char *said;
    struct buf shown = {0};
    struct scenario_source src;
    struct err e;
    (void)state;
    put_file("parts/a.steps", "{\"why\":\"x\",\"steps\":[" INCLUDE(
                                  "b.steps") ",{\"proc.kill\":{\"who\":\"$it\"}}]}");
    put_file("parts/b.steps",
             "{\"//\":\"x\",\"steps\":[{\"wait\":{\"leader\":{}},\"within\":\"2s\","
             "\"as\":\"it\"}]}");
    struct scenario *s = load("{\"wait\":\"1s\"}," INCLUDE("parts/a.steps"), &said);
    if (s == NULL)
        fail_msg("%s", said);
    free(said);
    assert_int_equal(s->steps_total, 5);
    assert_int_equal(s->steps.steps[0].line, 2);
    const struct scenario_step *in = &s->steps.steps[1];
    const struct scenario_branch *a = &scenario_arg(&in->args, PARAM_steps)->branches.items[0];
    assert_int_equal(a->count, 2);
    assert_int_equal(a->steps[0].action, ACTION_include);
    assert_int_equal(a->steps[1].action, ACTION_proc_kill);
    assert_int_equal(a->steps[1].line, 0);
    scenario_print(s, &shown);
    scenario_free(s);
    assert_int_equal(scenario_source_text(&src, "printed", buf_str(&shown), shown.len, &e), 0);
    s = scenario_source_parse(&src);
    assert_non_null(s);
    assert_int_equal(s->steps_total, 5);
    scenario_free(s);
    scenario_source_close(&src);
    buf_free(&shown);
}

/* With the line and the excerpt of the file it stands in. */
static void mistakes_are_shown_where_they_are(void **state)
{
    (void)state;
    put_file("wrong.steps", "{\"steps\":[\n {\"wait\":\"1s\"},\n {\"proc.kil\":{}}]}");
    bad(INCLUDE("wrong.steps"), "wrong.steps:3:3: error: unknown action or step key \"proc.kil\"");
    bad(INCLUDE("wrong.steps"), "    3 |  {\"proc.kil\":{}}]}\n");
    bad(INCLUDE("wrong.steps"), "[/steps/0/include/steps/1/proc.kil]");
    put_file("broken.steps", "{\"steps\":[\n");
    bad(INCLUDE("broken.steps"), "broken.steps:2:1: error: the text ends");
    bad("{\"proc.kil\":{}}," INCLUDE("parts/b.steps"), "s.json:2:11: error: unknown action");
}

static void what_is_no_file_of_steps_is_refused(void **state)
{
    (void)state;
    bad(INCLUDE("gone.steps"), "there is no such file");
    bad(INCLUDE("/etc/passwd"), "a file is named by its path from the one that includes it");
    bad(INCLUDE(""), "a file is named by its path");
    bad(INCLUDE("parts"), "not a file");
    bad(INCLUDE("s.json"), "a file may not include itself");
    bad("{\"include\":{}}", "include needs \"file\"");
    put_file("list.steps", "[]");
    bad(INCLUDE("list.steps"), "a file of steps is {");
    put_file("whole.steps", "{\"version\":1,\"steps\":[]}");
    bad(INCLUDE("whole.steps"), "\"version\" in a file of steps");
}

static void nothing_includes_itself(void **state)
{
    (void)state;
    put_file("one.steps", "{\"steps\":[" INCLUDE("two.steps") "]}");
    put_file("two.steps", "{\"steps\":[" INCLUDE("parts/../one.steps") "]}");
    bad(INCLUDE("one.steps"), "one.steps includes ");
    bad(INCLUDE("one.steps"), "two.steps:1:30: error: a file may not include itself");
}

/* Twice the same file is no cycle, but there is an end to it. */
static void not_without_end(void **state)
{
    struct buf steps = {0};
    char *said;
    (void)state;
    for (int i = 0; i < DIAG_PARTS_MAX - 1; i++)
        buf_puts(&steps, i == 0 ? INCLUDE("b.steps") : "," INCLUDE("b.steps"));
    put_file("b.steps", "{\"steps\":[{\"wait\":\"1s\"}]}");
    struct scenario *s = load(buf_str(&steps), &said);
    if (s == NULL)
        fail_msg("%s", said);
    free(said);
    scenario_free(s);
    buf_puts(&steps, "," INCLUDE("b.steps"));
    bad(buf_str(&steps), "more than 32 files are included");
    buf_free(&steps);
}

static void a_text_includes_nothing(void **state)
{
    static const char text[] =
        "{\"version\":1,\"name\":\"t\",\"cluster\":{\"voters\":3},\"steps\":[" INCLUDE("x") "]}";
    struct scenario_source src;
    struct err e;
    struct buf said = {0};
    (void)state;
    assert_int_equal(scenario_source_text(&src, "t", text, strlen(text), &e), 0);
    assert_null(scenario_source_parse(&src));
    diags_render(&src.diags, &said);
    assert_non_null(strstr(buf_str(&said), "only a scenario that is a file can include"));
    buf_free(&said);
    scenario_source_close(&src);
}

static int open_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) == NULL || mkdir(path_of("parts"), 0755) < 0 ? -1 : 0;
}

static int delete_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int close_dir(void **state)
{
    (void)state;
    return nftw(dir, delete_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_of_files_are_in_their_place),
        cmocka_unit_test(mistakes_are_shown_where_they_are),
        cmocka_unit_test(what_is_no_file_of_steps_is_refused),
        cmocka_unit_test(nothing_includes_itself),
        cmocka_unit_test(not_without_end),
        cmocka_unit_test(a_text_includes_nothing),
    };
    return cmocka_run_group_tests_name("scenario_include", tests, open_dir, close_dir);
}
