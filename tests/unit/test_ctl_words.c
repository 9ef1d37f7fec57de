/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl's command line: words, environment and profile into what a verb is given; places in JSON;
 * text with holes; schemas; what may stand next. */
#include "raftctl/complete.h"
#include "raftctl/form.h"
#include "raftctl/options.h"
#include "raftctl/pointer.h"
#include "raftctl/schema.h"
#include "raftctl/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cjson/cJSON.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#define WORDS_MAX 24

/* One line being read; the words are cut out of text. */
struct line {
    char text[512];
    char *words[WORDS_MAX + 1];
    struct profile profile;
    struct ctl ctl;
    struct failure failure;
    enum ctl_wish wish;
};

static size_t cut(struct line *l, const char *text)
{
    size_t count = 0;
    char *rest = NULL;
    (void)snprintf(l->text, sizeof(l->text), "%s", text);
    for (char *w = strtok_r(l->text, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest))
        l->words[count++] = w;
    l->words[count] = NULL;
    return count;
}

static struct line *read_with(const char *text, const char *const *defaults)
{
    static struct line l;
    profile_free(&l.profile);
    size_t count = cut(&l, text);
    l.failure.what[0] = '\0';
    l.wish = options_parse(l.words, count, defaults, &l.profile, &l.ctl, &l.failure);
    return &l;
}

static struct line *read(const char *text)
{
    return read_with(text, NULL);
}

static void expect_wrong(const char *text, const char *what)
{
    struct line *l = read(text);
    assert_int_equal(l->wish, WISH_WRONG);
    assert_string_equal(l->failure.what, what);
}

static int no_surroundings(void **state)
{
    (void)state;
    (void)setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    (void)unsetenv("RAFTCTL_ENDPOINTS");
    (void)unsetenv("RAFTCTL_OUTPUT");
    return 0;
}

static void options_stand_anywhere(void **state)
{
    (void)state;
    struct line *l = read("-o json member -e h:1 add n4 --learner h:2 -qv");
    assert_int_equal(l->wish, WISH_RUN);
    assert_string_equal(l->ctl.verb->name, "member add");
    assert_int_equal(l->ctl.argc, 2);
    assert_string_equal(l->ctl.argv[0], "n4");
    assert_string_equal(l->ctl.argv[1], "h:2");
    assert_int_equal(l->ctl.output, OUTPUT_JSON);
    assert_true(l->ctl.given[OPT_LEARNER] && l->ctl.given[OPT_QUIET] && l->ctl.given[OPT_VERBOSE]);
    l = read("--output=plain -eh:1,h:2 move-leader");
    assert_string_equal(l->ctl.verb->name, "transfer");
    assert_int_equal(l->ctl.endpoints_count, 2);
    assert_int_equal(l->ctl.output, OUTPUT_PLAIN);
}

static void numbers_and_dashes_are_arguments(void **state)
{
    (void)state;
    struct line *l = read("-e h:1 incr k -5");
    assert_string_equal(l->ctl.argv[1], "-5");
    l = read("-e h:1 set k -");
    assert_string_equal(l->ctl.argv[1], "-");
    l = read("-e h:1 -- set -k --v");
    assert_string_equal(l->ctl.argv[0], "-k");
    assert_string_equal(l->ctl.argv[1], "--v");
    assert_null(l->ctl.command);
    l = read("-e h:1 watch p -- echo -n x");
    assert_string_equal(l->ctl.argv[0], "p");
    assert_int_equal(l->ctl.argc, 1);
    assert_string_equal(l->ctl.command[1], "-n");
    assert_null(l->ctl.command[3]);
}

/* The same letter is another option with another verb. */
static void letters_belong_to_verbs(void **state)
{
    (void)state;
    assert_true(read("-e h:1 events -f")->ctl.given[OPT_FOLLOW]);
    assert_string_equal(read("-e h:1 txn -f x")->ctl.value[OPT_FILE], "x");
    assert_true(read("-e h:1 status -V")->wish == WISH_VERSION);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    expect_wrong("frobnicate", "there is no verb \"frobnicate\"");
    expect_wrong("leadr", "there is no verb \"leadr\"; did you mean leader?");
    expect_wrong("sca k", "there is no verb \"sca\"; did you mean scan?");
    expect_wrong("lea", "there is no verb \"lea\"; did you mean leader or leave?");
    expect_wrong("membr list", "there is no verb \"membr\"; did you mean member?");
    expect_wrong("promote n1", "there is no verb \"promote\"; did you mean member promote?");
    expect_wrong("member promot n1",
                 "there is no verb \"member promot\"; did you mean member promote?");
    expect_wrong("member frob", "there is no verb \"member frob\"");
    expect_wrong("--endpoint=h:1 get k",
                 "--endpoint=h:1: not an option of raftctl; did you mean --endpoints?");
    expect_wrong("get --must k", "--must: not an option of raftctl; did you mean --must-exist?");
    expect_wrong("get --nonsense k", "--nonsense: not an option of raftctl");
    expect_wrong("snapshot", "snapshot what? take, status, save, verify or restore");
    expect_wrong("-e h:1 get", "usage: raftctl get KEY");
    expect_wrong("-e h:1 get k --force", "--force is not an option of get");
    expect_wrong("-e h:1 get k --must-exist=1", "--must-exist=1: takes no argument");
    expect_wrong("-e h:1 get k -o", "-o: needs an argument");
    expect_wrong("-e h:1 get k -o xml", "xml: not one of table, json, jsonl, plain");
    expect_wrong("-e h:1 get k -t 5", "5: not a duration");
    expect_wrong("-e h:1 get k -t 2h", "2h: not a duration of at most an hour");
    expect_wrong("-e h:1 scan -n x", "x: not a whole number");
    expect_wrong("-e h:1 status --repeat 1ms", "1ms: too often");
    expect_wrong("status", "status: where is the cluster? no endpoint is given");
}

/* The words, then what the shell says, then the environment. */
static void what_is_said_first_counts(void **state)
{
    (void)state;
    const char *defaults[CTL_OPTIONS_COUNT] = {[OPT_OUTPUT] = "plain", [OPT_LAB] = NULL};
    (void)setenv("RAFTCTL_ENDPOINTS", "env:1", 1);
    (void)setenv("RAFTCTL_OUTPUT", "json", 1);
    assert_int_equal(read("status")->ctl.output, OUTPUT_JSON);
    assert_int_equal(read_with("status", defaults)->ctl.output, OUTPUT_PLAIN);
    assert_int_equal(read_with("status -o jsonl", defaults)->ctl.output, OUTPUT_JSONL);
    assert_string_equal(read("status")->ctl.endpoints[0].text, "env:1");
    assert_string_equal(read("status -e h:2")->ctl.endpoints[0].text, "h:2");
    assert_false(read("status")->ctl.given[OPT_OUTPUT]);
}

static void write_profile(const char *dir, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/raftctl/config.json", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void profiles_fill_the_rest(void **state)
{
    (void)state;
    char dir[] = "/tmp/ctl-words-XXXXXX", path[256];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof(path), "mkdir %s/raftctl", dir);
    FILE *made = popen(path, "r");
    assert_non_null(made);
    assert_int_equal(pclose(made), 0);
    (void)setenv("XDG_CONFIG_HOME", dir, 1);
    write_profile(dir, "{\"profile\":\"a\",\"profiles\":{\"a\":{\"endpoints\":\"a:1\"},"
                       "\"b\":{\"endpoints\":\"b:1\",\"output\":\"json\"}}}");
    assert_string_equal(read("status")->ctl.endpoints[0].text, "a:1");
    assert_string_equal(read("status --profile b")->ctl.endpoints[0].text, "b:1");
    assert_int_equal(read("status --profile b")->ctl.output, OUTPUT_JSON);
    assert_string_equal(read("status --profile b -e c:1")->ctl.endpoints[0].text, "c:1");
    struct line *l = read("status --profile c");
    assert_string_equal(l->failure.why, "there are a, b");
    assert_int_equal(l->failure.exit, CTL_CONFIG);
    write_profile(dir, "{\"profile\":\"a\",\"profiles\":{\"a\":{\"endpoint\":\"a:1\"}}}");
    assert_int_equal(read("status")->failure.exit, CTL_CONFIG);
    write_profile(dir, "{");
    assert_int_equal(read("status")->failure.exit, CTL_CONFIG);
    assert_int_equal(read("status --help")->wish, WISH_HELP);
    assert_int_equal(read("--version")->wish, WISH_VERSION);
    (void)snprintf(path, sizeof(path), "rm -r %s", dir);
    made = popen(path, "r");
    assert_non_null(made);
    assert_int_equal(pclose(made), 0);
    (void)snprintf(path, sizeof(path), "%s/raftctl/config.json: No such file or directory", dir);
    l = read("status --profile c");
    assert_string_equal(l->failure.what, path);
    profile_free(&l->profile);
}

static void pointers_find_places(void **state)
{
    (void)state;
    cJSON *doc = cJSON_Parse("{\"a\":{\"b/c\":[1,2]},\"~\":3}");
    assert_ptr_equal(pointer_find(doc, ""), doc);
    assert_int_equal(pointer_find(doc, "/a/b~1c/1")->valueint, 2);
    assert_int_equal(pointer_find(doc, "/~0")->valueint, 3);
    static const char *const none[] = {"a", "/b", "/a/b~1c/2", "/a/b~1c/-1", "/~2", "/a/"};
    for (size_t i = 0; i < ARRAY_LEN(none); i++)
        assert_null(pointer_find(doc, none[i]));
    cJSON_Delete(doc);
}

static void expect_text(const cJSON *doc, const char *text, const char *expected)
{
    struct buf out = {0};
    template_put(&out, doc, text);
    assert_string_equal(buf_str(&out), expected);
    buf_free(&out);
}

static void templates_have_holes(void **state)
{
    (void)state;
    cJSON *doc = cJSON_Parse("{\"a\":{\"b\":\"x\\u001b\"},\"n\":7,\"l\":[\"p\",\"q\"],\"z\":null,"
                             "\"t\":true,\"k\":{\"b64\":\"/w==\"}}");
    expect_text(doc, "{a.b} {n} {l} {t} {k}", "x\\x1b 7 p q yes \\xff");
    expect_text(doc, "{z} {none} {z|nobody}", "- - nobody");
    expect_text(doc, "a[ {z}][ {n}]", "a 7");
    cJSON_Delete(doc);
}

static bool keep(void *to, enum sink_side side, const char *bytes, size_t len)
{
    assert_int_equal(side, SINK_FAILURE);
    buf_put(to, bytes, len);
    return true;
}

static void too_much_is_told(void **state)
{
    (void)state;
    static const struct form form = {.line = "{v}"};
    struct buf json, said = {0};
    struct line *l = read("status -e a:1");
    l->ctl.sink = &(struct sink){.put = keep, .to = &said};
    buf_init(&json, 8);
    buf_puts(&json, "{\"v\":");
    buf_puts(&json, "123456}");
    assert_int_equal(form_show(&l->ctl, &form, &json, CTL_OK), CTL_INTERNAL);
    assert_non_null(strstr(buf_str(&said), "too long to be shown"));
    buf_free(&said);
}

static void schemas_are_spelled_out(void **state)
{
    (void)state;
    struct buf out = {0};
    schema_put(&out, "t", "a:s b?:[{c:n~}]");
    cJSON *doc = cJSON_Parse(buf_str(&out));
    assert_non_null(doc);
    assert_int_equal(cJSON_GetArraySize(pointer_find(doc, "/required")), 2);
    assert_string_equal(pointer_find(doc, "/properties/a/type")->valuestring, "string");
    assert_string_equal(pointer_find(doc, "/properties/b/items/properties/c/type/1")->valuestring,
                        "null");
    assert_string_equal(pointer_find(doc, "/properties/b/items/required/0")->valuestring, "c");
    assert_non_null(pointer_find(doc, "/properties/via/properties/oob"));
    cJSON_Delete(doc);
    buf_free(&out);
}

static void collect(void *to, const char *word, const char *help)
{
    (void)help;
    buf_putf(to, "%s ", word);
}

static void expect_next(const char *text, const char *prefix, enum ctl_kind kind,
                        const char *offered, const char *hint)
{
    struct line l;
    struct complete c;
    struct buf out = {0};
    size_t count = cut(&l, text);
    complete_ask(l.words, count, prefix, collect, &out, &c);
    assert_string_equal(buf_str(&out), offered);
    assert_string_equal(buf_str(&c.hint), hint);
    if (!c.none)
        assert_int_equal(c.kind, kind);
    complete_free(&c);
    buf_free(&out);
}

static void what_may_stand_next(void **state)
{
    (void)state;
    expect_next("", "lea", KIND_TEXT, "leader leave ", "");
    expect_next("member", "p", KIND_TEXT, "promote priority ", "");
    expect_next("member promote", "n", KIND_MEMBER, "", "NODE [--dry-run]");
    expect_next("member promote n1 --dry-run", "", KIND_TEXT, "", "");
    expect_next("status -o", "js", KIND_CHOICE, "json jsonl ", "FORMAT");
    expect_next("get", "--mu", KIND_TEXT, "--must-exist ",
                "KEY [--consistency MODE] [--stale] [--from NODE] [--must-exist]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(options_stand_anywhere, no_surroundings),
        cmocka_unit_test_setup(numbers_and_dashes_are_arguments, no_surroundings),
        cmocka_unit_test_setup(letters_belong_to_verbs, no_surroundings),
        cmocka_unit_test_setup(mistakes_are_named, no_surroundings),
        cmocka_unit_test_setup(what_is_said_first_counts, no_surroundings),
        cmocka_unit_test_setup(profiles_fill_the_rest, no_surroundings),
        cmocka_unit_test(pointers_find_places),
        cmocka_unit_test(templates_have_holes),
        cmocka_unit_test_setup(too_much_is_told, no_surroundings),
        cmocka_unit_test(schemas_are_spelled_out),
        cmocka_unit_test_setup(what_may_stand_next, no_surroundings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
