/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The strict reader with positions: grammar, places, pointers, overrides. cJSON is the oracle. */
#include "base/mem.h"
#include "emulator/scenario/json.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct json_doc *read_text(const char *text, struct diags *d)
{
    diags_init(d, "t.json", text, strlen(text));
    return json_read(text, strlen(text), d);
}

static void refuses(const char *text, size_t line, size_t column, const char *message)
{
    struct diags d;
    struct json_doc *doc = read_text(text, &d);
    if (doc != NULL)
        fail_msg("accepted: %s", text);
    assert_int_equal(d.errors, 1);
    if (strstr(d.items[0].message, message) == NULL)
        fail_msg("%s: %s", text, d.items[0].message);
    assert_int_equal(d.items[0].line, line);
    assert_int_equal(d.items[0].column, column);
    diags_free(&d);
}

static void test_refuses(void **state)
{
    (void)state;
    refuses("", 1, 1, "text ends where a value");
    refuses("{", 1, 2, "text ends inside");
    refuses("[1,]", 1, 4, "a value is missing");
    refuses("{\"a\":1,}", 1, 8, "expected a key");
    refuses("{\"a\" 1}", 1, 6, "expected ':'");
    refuses("{\"a\":1 \"b\":2}", 1, 8, "expected ',' or '}'");
    refuses("[1 2]", 1, 4, "expected ',' or ']'");
    refuses("{\n \"a\": tru}", 2, 7, "not a JSON value");
    refuses("{\"a\":01}", 1, 6, "a number begins");
    refuses("[1.]", 1, 2, "digits behind its point");
    refuses("[1e]", 1, 2, "digits in its exponent");
    refuses("[-]", 1, 2, "a number begins");
    refuses("[20ms]", 1, 2, "a value with a unit is a string");
    refuses("[\"a]", 1, 2, "without its closing quote");
    refuses("[\"a\nb\"]", 1, 2, "without its closing quote");
    refuses("[\"\\x\"]", 1, 3, "unknown escape");
    refuses("[\"\\u12\"]", 1, 7, "four hexadecimal");
    refuses("[\"\\u0000\"]", 1, 3, "NUL");
    refuses("[\"\\ud800x\"]", 1, 3, "surrogate");
    refuses("[\"\\udc00\"]", 1, 3, "surrogate");
    refuses("[\"\xff\"]", 1, 3, "not UTF-8");
    refuses("[\"\xc0\x80\"]", 1, 3, "not UTF-8");
    refuses("[\"\xed\xa0\x80\"]", 1, 3, "not UTF-8");
    refuses("[\"a\tb\"]", 1, 4, "control character");
    refuses("// no\n1", 1, 1, "no comments");
    refuses("1 2", 1, 3, "after the end");
    refuses("\xef\xbb\xbf{}", 1, 1, "byte order mark");
    refuses("{\"ä\":1,\n\"b\":1,\"b\":2}", 2, 7, "\"b\" is here twice");
    refuses("['a']", 1, 2, "not a JSON value");
    refuses("[\"a\\", 1, 2, "without its closing quote");
}

static void test_depth(void **state)
{
    (void)state;
    char text[2 * JSON_DEPTH_MAX + 4];
    struct diags d;
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = '\0';
        struct json_doc *doc = read_text(text, &d);
        assert_int_equal(doc != NULL, depth == JSON_DEPTH_MAX);
        json_free(doc);
        diags_free(&d);
    }
}

/* However large the file, an answer comes at once. */
static void test_limits(void **state)
{
    (void)state;
    size_t len = 10u << 20;
    char *text = mem_alloc(len + 1);
    struct diags d;
    memset(text, '[', len);
    diags_init(&d, "big.json", text, len);
    assert_null(json_read(text, len, &d));
    assert_non_null(strstr(d.items[0].message, "larger than 1 MiB"));
    diags_free(&d);
    for (size_t i = 0; i < JSON_BYTES_MAX; i += 2)
        memcpy(text + i, "1,", 2);
    text[0] = '[';
    text[1] = '1';
    text[2] = ',';
    text[3] = '1';
    diags_init(&d, "many.json", text, JSON_BYTES_MAX);
    assert_null(json_read(text, JSON_BYTES_MAX, &d));
    assert_int_equal(d.errors, 1);
    diags_free(&d);
    free(text);
}

static void test_many_keys(void **state)
{
    (void)state;
    struct buf text = {0};
    struct diags d;
    buf_putc(&text, '{');
    for (int i = 0; i < JSON_MEMBERS_MAX + 1; i++)
        buf_putf(&text, "%s\"k%d\":1", i > 0 ? "," : "", i);
    buf_putc(&text, '}');
    assert_null(read_text(buf_str(&text), &d));
    assert_non_null(strstr(d.items[0].message, "more than 256 keys"));
    diags_free(&d);
    buf_free(&text);
}

static void test_places(void **state)
{
    (void)state;
    const char *text =
        "{\"a\": [10, \"x\\u00e9y\"],\n \"b/c~d\": {\"//\": 1, \"//\": 2, \"e\": null}}";
    struct diags d;
    struct json_doc *doc = read_text(text, &d);
    assert_non_null(doc);
    struct json *a = json_get(json_root(doc), "a"), *b = json_get(json_root(doc), "b/c~d");
    assert_int_equal(a->key_at.start, 1);
    assert_int_equal(json_at(a, 0)->at.start, 7);
    assert_int_equal(json_at(a, 0)->at.len, 2);
    assert_string_equal(json_at(a, 1)->text, "x\xc3\xa9y");
    assert_null(json_at(a, 2));
    struct buf pointer = {0};
    json_pointer(json_get(b, "e"), &pointer);
    assert_string_equal(buf_str(&pointer), "/b~1c~0d/e");
    buf_reset(&pointer);
    json_pointer(json_at(a, 1), &pointer);
    assert_string_equal(buf_str(&pointer), "/a/1");
    buf_free(&pointer);
    uint64_t n;
    assert_int_equal(json_u64(json_at(a, 0), 10, &n), 0);
    assert_int_equal(n, 10);
    assert_int_not_equal(json_u64(json_at(a, 0), 9, &n), 0);
    assert_int_not_equal(json_u64(json_at(a, 1), 9, &n), 0);
    json_free(doc);
    diags_free(&d);
}

/* 64 bits stay 64 bits. */
static void test_numbers(void **state)
{
    (void)state;
    struct diags d;
    struct json_doc *doc = read_text("[18446744073709551615, 18446744073709551616, 1.5, -1]", &d);
    uint64_t n = 0;
    assert_int_equal(json_u64(json_at(json_root(doc), 0), UINT64_MAX, &n), 0);
    assert_true(n == UINT64_MAX);
    for (size_t i = 1; i < 4; i++)
        assert_int_not_equal(json_u64(json_at(json_root(doc), i), UINT64_MAX, &n), 0);
    json_free(doc);
    diags_free(&d);
}

static void same_tree(const struct json *mine, const cJSON *theirs)
{
    assert_non_null(theirs);
    if (mine->key != NULL)
        assert_string_equal(mine->key, theirs->string);
    switch (mine->type) {
    case JSON_NULL: assert_true(cJSON_IsNull(theirs)); break;
    case JSON_BOOL: assert_true(cJSON_IsBool(theirs) && cJSON_IsTrue(theirs) == mine->truth); break;
    case JSON_NUMBER: assert_true(theirs->valuedouble == strtod(mine->text, NULL)); break;
    case JSON_STRING: assert_string_equal(mine->text, theirs->valuestring); break;
    case JSON_ARRAY:
    case JSON_OBJECT: {
        const cJSON *c = theirs->child;
        for (const struct json *m = mine->child; m != NULL; m = m->next, c = c->next)
            same_tree(m, c);
        assert_null(c);
        break;
    }
    }
}

static void test_oracle(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}",
                                        "[]",
                                        " null ",
                                        "true",
                                        "-0.5e+3",
                                        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u20ac\\ud83d\\ude00\"",
                                        "{\"a\":{\"b\":[1,2,{\"c\":[[],{}]}]},\"\":false}",
                                        "[\"\xf0\x9f\x98\x80\", 1e10, 123456789]"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct diags d;
        struct json_doc *doc = read_text(texts[i], &d);
        cJSON *theirs = cJSON_Parse(texts[i]);
        assert_non_null(doc);
        same_tree(json_root(doc), theirs);
        cJSON_Delete(theirs);
        json_free(doc);
        diags_free(&d);
    }
}

static const char base[] =
    "{\"cluster\":{\"voters\":5,\"config\":{\"x\":\"1s\"}},\"steps\":[{\"at\":\"1s\"}]}";

static void test_override(void **state)
{
    (void)state;
    struct diags d;
    struct err e;
    struct json_doc *doc = read_text(base, &d);
    static const char *const good[] = {"cluster.voters=3",
                                       "cluster.config.election_timeout=500ms..1s",
                                       "steps.0.at=5s",
                                       "steps.0.\"net.partition\".directed=true",
                                       "steps.1={\"wait\":\"2s\"}",
                                       "clients.mix.read=100",
                                       "cluster.config=x=y"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_int_equal(json_override(doc, good[i], &e), 0);
    struct json *root = json_root(doc), *steps = json_get(root, "steps");
    struct json *voters = json_get(json_get(root, "cluster"), "voters");
    assert_string_equal(voters->text, "3");
    assert_int_equal(voters->type, JSON_NUMBER);
    assert_string_equal(voters->origin, "cluster.voters=3");
    assert_string_equal(json_get(json_at(steps, 0), "at")->text, "5s");
    assert_true(json_get(json_get(json_at(steps, 0), "net.partition"), "directed")->truth);
    struct json *wait = json_get(json_at(steps, 1), "wait");
    assert_string_equal(wait->text, "2s");
    assert_true(wait->at.start == DIAG_NOWHERE);
    assert_string_equal(wait->origin, "steps.1={\"wait\":\"2s\"}");
    struct buf pointer = {0};
    json_pointer(wait, &pointer);
    assert_string_equal(buf_str(&pointer), "/steps/1/wait");
    buf_free(&pointer);
    assert_string_equal(json_get(json_get(json_get(root, "clients"), "mix"), "read")->text, "100");
    assert_string_equal(json_get(json_get(root, "cluster"), "config")->text, "x=y");
    json_free(doc);
    diags_free(&d);
}

static void test_override_refuses(void **state)
{
    (void)state;
    static const struct {
        const char *assignment, *message;
    } bad[] = {{"cluster", "expected PATH=VALUE"},
               {"", "an empty name"},
               {"=1", "an empty name"},
               {"a..b=1", "an empty name"},
               {"\"a=1", "a quote is not closed"},
               {"cluster.voters.x=1", "stands below a number"},
               {"steps.2=1", "give an index of 0..1"},
               {"steps.-1=1", "give an index"},
               {"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1", "more than 28"}};
    struct diags d;
    struct err e;
    struct json_doc *doc = read_text(base, &d);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(json_override(doc, bad[i].assignment, &e), -E_INVALID);
        if (strstr(e.text, bad[i].message) == NULL)
            fail_msg("%s: %s", bad[i].assignment, e.text);
    }
    json_free(doc);
    diags_free(&d);
}

/* A deep value below a deep path would pass the bound on nesting: it stays a string. */
static void test_override_depth(void **state)
{
    (void)state;
    struct diags d;
    struct err e;
    struct buf text = {0};
    struct json_doc *doc = read_text("{}", &d);
    for (int i = 0; i < 20; i++)
        buf_putf(&text, "%sa", i > 0 ? "." : "");
    buf_puts(&text, "=[[[[[[[[[[1]]]]]]]]]]");
    assert_int_equal(json_override(doc, buf_str(&text), &e), 0);
    struct json *v = json_root(doc);
    while (v->child != NULL)
        v = v->child;
    assert_int_equal(v->type, JSON_STRING);
    struct buf pointer = {0};
    json_pointer(v, &pointer);
    buf_free(&pointer);
    buf_free(&text);
    json_free(doc);
    diags_free(&d);
}

static void test_nearest(void **state)
{
    (void)state;
    static const char *const names[] = {"net.partition", "net.heal", "proc.kill", "leader",
                                        "within"};
    assert_string_equal(diag_nearest("net.heel", names, 5), "net.heal");
    assert_string_equal(diag_nearest("KILL", names, 5), "proc.kill");
    assert_string_equal(diag_nearest("laeder", names, 5), "leader");
    assert_string_equal(diag_nearest("Within", names, 5), "within");
    assert_null(diag_nearest("quorum", names, 5));
    assert_null(diag_nearest("", names, 5));
}

static void test_render(void **state)
{
    (void)state;
    const char *text = "{\"a\":\t\"é\", \"bad\": 1}";
    struct diags d;
    struct buf out = {0};
    diags_init(&d, "s.json", text, strlen(text));
    size_t at = (size_t)(strstr(text, "\"bad\"") - text);
    diags_add(&d, DIAG_ERROR, (struct place){at, 5}, "/bad", NULL, "try \"good\"", "unknown key");
    diags_add(&d, DIAG_WARNING, (struct place){DIAG_NOWHERE, 0}, "/x", "x=1", "a hint", "odd");
    diags_render(&d, &out);
    assert_string_equal(buf_str(&out), "s.json:1:12: error: unknown key    [/bad]\n"
                                       "    1 | {\"a\":\t\"é\", \"bad\": 1}\n"
                                       "      |      \t     ^~~~~ try \"good\"\n"
                                       "s.json: --set x=1: warning: odd (a hint)    [/x]\n"
                                       "1 error, 1 warning\n");
    buf_free(&out);
    diags_free(&d);
}

/* A line of a million characters is shown around the place, control characters as '?'. */
static void test_render_long_line(void **state)
{
    (void)state;
    size_t len = 1000000;
    char *text = mem_alloc(len + 1);
    struct diags d;
    struct buf out = {0};
    memset(text, 'a', len);
    text[500010] = '\x1b';
    diags_init(&d, "s.json", text, len);
    for (int i = 0; i < DIAGS_MAX + 5; i++)
        diags_add(&d, DIAG_ERROR, (struct place){500000, 5}, NULL, NULL, NULL, "bad");
    diags_render(&d, &out);
    assert_true(out.len < 400 * DIAGS_MAX);
    assert_null(memchr(out.data, '\x1b', out.len));
    assert_non_null(strstr(buf_str(&out), "25 errors (the first 20 shown)"));
    buf_free(&out);
    diags_free(&d);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses),          cmocka_unit_test(test_depth),
        cmocka_unit_test(test_limits),           cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_places),           cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_oracle),           cmocka_unit_test(test_override),
        cmocka_unit_test(test_override_refuses), cmocka_unit_test(test_override_depth),
        cmocka_unit_test(test_nearest),          cmocka_unit_test(test_render),
        cmocka_unit_test(test_render_long_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
