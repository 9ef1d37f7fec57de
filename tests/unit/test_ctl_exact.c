/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers beyond 2^53 in JSON become strings, and nothing else does. */
#include "raftctl/exact.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *json, const char *wanted)
{
    struct buf out = {0};
    exact_put(&out, span_str(json));
    assert_string_equal(buf_str(&out), wanted);
    buf_free(&out);
}

static void large_ones_become_strings(void **state)
{
    (void)state;
    expect("{\"a\":9007199254740992,\"b\":9007199254740993}",
           "{\"a\":9007199254740992,\"b\":\"9007199254740993\"}");
    expect("[-9007199254740992,-9007199254740993,-9223372036854775808]",
           "[-9007199254740992,\"-9007199254740993\",\"-9223372036854775808\"]");
    expect("18446744073709551615", "\"18446744073709551615\"");
}

static void all_else_stays(void **state)
{
    static const char *const same[] = {
        "",
        "{}",
        "[1,-1,0,null,true,\"x\"]",
        ("{\"v\":1,\"text\":\"18446744073709551615 \\\" "
         "9007199254740993\",\"d\":9007199254740993.5}"),
        "[1.0e20,123456789012345]",
        "{\"18446744073709551615\":\"\\\\\",\"n\":2}",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(same); i++)
        expect(same[i], same[i]);
}

static void a_document_keeps_all_digits(void **state)
{
    (void)state;
    cJSON *doc = exact_parse(span_str("{\"seq\":9007199254740993}"));
    const char *seq = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "seq"));
    assert_non_null(seq);
    assert_string_equal(seq, "9007199254740993");
    cJSON_Delete(doc);
    assert_null(exact_parse(span_str("")));
    assert_null(exact_parse(span_str("{\"seq\":")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_ones_become_strings),
        cmocka_unit_test(all_else_stays),
        cmocka_unit_test(a_document_keeps_all_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
