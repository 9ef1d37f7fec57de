/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Endpoints as people write them. */
#include "raftctl/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void good_endpoints(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host, *port, *path;
    } cases[] = {
        {"127.0.0.1:7201", "127.0.0.1", "7201", ""}, {"n1.example:1", "n1.example", "1", ""},
        {"[::1]:65535", "::1", "65535", ""},         {"unix:n1.sock", "", "", "n1.sock"},
        {"/run/n1.sock", "", "", "/run/n1.sock"},    {"./n1:5", "", "", "./n1:5"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct endpoint got;
        struct err e = {0};
        assert_int_equal(endpoint_parse(span_str(cases[i].text), &got, &e), 0);
        assert_string_equal(got.text, cases[i].text);
        assert_string_equal(got.host, cases[i].host);
        assert_string_equal(got.port, cases[i].port);
        assert_string_equal(got.path, cases[i].path);
        assert_int_equal(got.is_unix, cases[i].path[0] != '\0');
    }
}

static void bad_endpoints(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",      "host", ":1",    "host:",   "host:0",      "host:65536", "host:+1",
        "::1:1", "[]:1", "unix:", "host:1 ", "host:000001", "host:0x10",  "[::1]",
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct endpoint got = {.text = "untouched"};
        struct err e = {0};
        if (endpoint_parse(span_str(cases[i]), &got, &e) != -E_INVALID)
            fail_msg("\"%s\" was taken", cases[i]);
        assert_string_equal(got.text, "untouched");
        assert_true(e.text[0] != '\0');
    }
    struct endpoint got;
    char text[512];
    memset(text, 'a', sizeof(text));
    memcpy(text, "unix:", 5);
    assert_int_equal(endpoint_parse(span_of(text, 5 + ENDPOINT_PATH_MAX), &got, NULL), 0);
    assert_int_equal(endpoint_parse(span_of(text, 6 + ENDPOINT_PATH_MAX), &got, NULL), -E_INVALID);
    assert_int_equal(endpoint_parse(span_of(text, sizeof(text)), &got, NULL), -E_INVALID);
    assert_int_equal(endpoint_parse(span_of("a\0b:1", 5), &got, NULL), -E_INVALID);
}

static void lists(void **state)
{
    (void)state;
    struct endpoint got[2];
    assert_int_equal(endpoint_parse_list("a:1", got, 2, NULL), 1);
    assert_int_equal(endpoint_parse_list("a:1,/b", got, 2, NULL), 2);
    assert_string_equal(got[1].path, "/b");
    assert_int_equal(endpoint_parse_list("a:1,/b,c:2", got, 2, NULL), -E_LIMIT);
    assert_int_equal(endpoint_parse_list("a:1,", got, 2, NULL), -E_INVALID);
    assert_int_equal(endpoint_parse_list("", got, 2, NULL), -E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_endpoints),
        cmocka_unit_test(bad_endpoints),
        cmocka_unit_test(lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
