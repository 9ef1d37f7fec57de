/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of values. JSON is compared with what cJSON makes of it, whole and cut short. */
#include "emulator/formats/value.h"

#include "base/buf.h"
#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#define DOCUMENTS 3000
#define DEPTH     4

/* Reads all of a text; false if it is no value, or if something stands behind it. */
static bool reads(struct value_tree *t, const char *text, size_t len, enum notation notation)
{
    struct source s = {.at = text, .end = text + len, .line = 1, .notation = notation};
    if (!value_read(t, &s)) {
        assert_non_null(s.why);
        return false;
    }
    source_blanks(&s);
    return s.at == s.end;
}

static void put_string(struct buf *out, struct prng *p)
{
    static const char *const pieces[] = {"a",       "key", " ",  "\\n", "\\\"", "\\\\",
                                         "\\u00e9", "é",   "{,", "]:",  "\\/",  "\\ud83d\\ude00"};
    buf_putc(out, '"');
    for (uint64_t n = prng_below(p, 4); n > 0; n--)
        buf_puts(out, pieces[prng_below(p, ARRAY_LEN(pieces))]);
    buf_putc(out, '"');
}

static void put_scalar(struct buf *out, struct prng *p)
{
    static const char *const words[] = {"null", "true", "false", "0", "-1", "12.5", "3e2"};
    if (prng_below(p, 3) == 0)
        put_string(out, p);
    else
        buf_puts(out, words[prng_below(p, ARRAY_LEN(words))]);
}

/* Is it cut in one of these numbers? RFC 8259 has digits behind '.' and 'e'; cJSON needs none. */
static bool cut_in_number(const char *text, size_t len)
{
    return len >= 2 && (text[len - 1] == '.' || memcmp(&text[len - 2], "3e", 2) == 0);
}

/* A random document, by an explicit stack of what is still to be closed. */
static void put_document(struct buf *out, struct prng *p)
{
    struct {
        bool object;
        uint64_t left;
        bool first;
    } open[DEPTH];
    size_t depth = 0;
    do {
        if (depth > 0 && open[depth - 1].left == 0) {
            buf_putc(out, open[--depth].object ? '}' : ']');
            continue;
        }
        if (depth > 0) {
            if (!open[depth - 1].first)
                buf_puts(out, ", ");
            open[depth - 1].first = false;
            open[depth - 1].left--;
            if (open[depth - 1].object) {
                put_string(out, p);
                buf_puts(out, prng_below(p, 2) == 0 ? ":" : " :\n");
            }
        }
        if (depth < DEPTH && prng_below(p, 3) > 0) {
            open[depth].object = prng_below(p, 2) == 0;
            open[depth].left = prng_below(p, 4);
            open[depth].first = true;
            buf_putc(out, open[depth++].object ? '{' : '[');
        } else {
            put_scalar(out, p);
        }
    } while (depth > 0);
}

static void same_scalar(const struct value *v, const cJSON *c)
{
    char number[64];
    if (cJSON_IsNull(c)) {
        assert_int_equal(v->type, VALUE_NIL);
    } else if (cJSON_IsString(c)) {
        assert_int_equal(v->type, VALUE_STRING);
        assert_int_equal(v->text.len, strlen(c->valuestring));
        assert_memory_equal(v->text.at, c->valuestring, v->text.len);
    } else if (cJSON_IsBool(c)) {
        assert_int_equal(v->type, VALUE_ATOM);
        assert_true(trace_text_is(v->text, cJSON_IsTrue(c) ? "true" : "false"));
    } else {
        assert_int_equal(v->type, VALUE_ATOM);
        (void)snprintf(number, sizeof(number), "%.*s", (int)v->text.len, v->text.at);
        assert_true(strtod(number, NULL) == c->valuedouble);
    }
}

/* Both trees in one walk; ours lists its values in the order of the text. */
static void same_tree(const struct value_tree *t, const cJSON *root)
{
    const cJSON *up[DEPTH + 2];
    size_t depth = 0;
    size_t at = 0;
    const cJSON *c = root;
    while (c != NULL) {
        if (c->string != NULL) {
            assert_true(trace_text_is(t->nodes[at].text, c->string));
            at++;
        }
        const struct value *v = &t->nodes[at++];
        if (cJSON_IsArray(c) || cJSON_IsObject(c)) {
            int children = cJSON_GetArraySize(c) * (cJSON_IsObject(c) ? 2 : 1);
            assert_int_equal(v->type, cJSON_IsObject(c) ? VALUE_MAP : VALUE_LIST);
            assert_int_equal(v->count, children);
        } else {
            same_scalar(v, c);
        }
        if (c->child != NULL) {
            up[depth++] = c;
            c = c->child;
            continue;
        }
        while (c->next == NULL && depth > 0)
            c = up[--depth];
        c = c == root ? NULL : c->next;
    }
    assert_int_equal(at, t->count);
}

static void test_json_as_cjson(void **state)
{
    struct prng p = prng_seed(11);
    struct value_tree t = {0};
    struct buf text = {0};
    unsigned cut = 0;
    (void)state;
    for (int i = 0; i < DOCUMENTS; i++) {
        buf_reset(&text);
        put_document(&text, &p);
        cJSON *whole = cJSON_ParseWithOpts(buf_str(&text), NULL, 1);
        assert_non_null(whole);
        assert_true(reads(&t, buf_str(&text), text.len, NOTATION_JSON));
        same_tree(&t, whole);
        cJSON_Delete(whole);
        size_t len = (size_t)prng_below(&p, text.len);
        cJSON *part = cJSON_ParseWithLength(buf_str(&text), len);
        bool ours = reads(&t, buf_str(&text), len, NOTATION_JSON);
        assert_int_equal(part != NULL && !cut_in_number(buf_str(&text), len), ours);
        cut += part == NULL;
        cJSON_Delete(part);
    }
    assert_true(cut > DOCUMENTS / 4);
    buf_free(&text);
    value_tree_free(&t);
}

static void test_edn(void **state)
{
    static const char text[] = "{:f :cas, :value #jepsen/pair [5N \"a\\tb\"], ; said\n"
                               " :set #{1 2}, :list (nil \\a \\newline)}";
    struct value_tree t = {0};
    (void)state;
    assert_true(reads(&t, text, sizeof(text) - 1, NOTATION_EDN));
    assert_true(trace_text_is(value_get(&t, 0, "f")->text, ":cas"));
    const struct value *pair = value_get(&t, 0, "value");
    assert_int_equal(pair->type, VALUE_LIST);
    assert_true(trace_text_is(value_child(&t, pair, 0)->text, "5"));
    assert_true(trace_text_is(value_child(&t, pair, 1)->text, "a\tb"));
    assert_null(value_child(&t, pair, 2));
    assert_true(trace_text_is(pair->raw, "[5N \"a\\tb\"]"));
    assert_int_equal(value_get(&t, 0, "set")->type, VALUE_SET);
    const struct value *list = value_get(&t, 0, "list");
    assert_int_equal(value_child(&t, list, 0)->type, VALUE_NIL);
    assert_true(trace_text_is(value_child(&t, list, 2)->text, "\\newline"));
    assert_null(value_get(&t, 0, "nobody"));
    value_tree_free(&t);
}

static void test_refusals_have_their_line(void **state)
{
    static const struct {
        const char *text;
        enum notation notation;
        uint64_t line;
    } bad[] = {
        {"", NOTATION_EDN, 1},
        {"{:a 1\n :b", NOTATION_EDN, 2},
        {"{:a 1\n :b}", NOTATION_EDN, 2},
        {"[1\n2\n)", NOTATION_EDN, 3},
        {"[1 #_ 2]", NOTATION_EDN, 1},
        {"\"abc", NOTATION_EDN, 1},
        {"\"\\q\"", NOTATION_EDN, 1},
        {"[1,\n]", NOTATION_JSON, 2},
        {"[1\n2]", NOTATION_JSON, 2},
        {"{\"a\",1}", NOTATION_JSON, 1},
        {"{\"a\":}", NOTATION_JSON, 1},
        {"nil", NOTATION_JSON, 1},
        {"(1)", NOTATION_JSON, 1},
        {"-", NOTATION_JSON, 1},
        {"01", NOTATION_JSON, 1},
        {"[1\n1.]", NOTATION_JSON, 2},
        {"+1", NOTATION_JSON, 1},
        {"1x", NOTATION_EDN, 1},
        {"1/-2", NOTATION_EDN, 1},
        {":", NOTATION_EDN, 1},
    };
    struct value_tree t = {0};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        size_t len = strlen(bad[i].text);
        struct source s = {
            .at = bad[i].text, .end = bad[i].text + len, .line = 1, .notation = bad[i].notation};
        if (value_read(&t, &s) || s.why == NULL || s.line != bad[i].line)
            fail_msg("%s: line %llu", bad[i].text, (unsigned long long)s.line);
    }
    value_tree_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_as_cjson),
        cmocka_unit_test(test_edn),
        cmocka_unit_test(test_refusals_have_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
