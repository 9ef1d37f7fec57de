/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text becomes the base64 it is known for, and that the text again. */
#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_base64(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""}, {"k", "aw=="}, {"k1", "azE="}, {"abc", "YWJj"}, {"~~~~", "fn5+fg=="}};
    struct buf text = {0};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        buf_reset(&text);
        base64_put(&text, span_str(pairs[i][0]));
        assert_string_equal(buf_str(&text), pairs[i][1]);
        buf_reset(&text);
        base64_take(&text, pairs[i][1]);
        assert_string_equal(buf_str(&text), pairs[i][0]);
    }
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_base64)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
