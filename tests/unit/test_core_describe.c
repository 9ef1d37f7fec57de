/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of the core: names from the host, every sentence complete, nothing beyond the buffer. */
#include "raft/raft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *colour(void *arg, raft_id id)
{
    const char *const *names = arg;
    return names[id];
}

static void names_come_from_the_host(void **state)
{
    (void)state;
    static const char *const list[] = {"?", "red", "blue"};
    struct raft_names names = {colour, (void *)(uintptr_t)list};
    struct raft_message m = {
        .type = RAFT_REQUEST_VOTE, .from = 1, .to = 2, .term = 3, .last = {2, 9}, .transfer = 1};
    char text[200];
    assert_string_equal(raft_describe_message(&m, &names, text, sizeof(text)),
                        "RequestVote red>blue term 3 last {2,9} transfer");
    struct raft_reason reason = {RAFT_BECAUSE_TRUNCATED, 2, UINT64_MAX, 0};
    assert_string_equal(raft_describe_reason(&reason, &names, text, sizeof(text)),
                        "blue has another entry at 18446744073709551615: removed from there (log "
                        "ended at 0)");
}

/* Whatever the size: a prefix, terminated, and not a byte behind it. */
static void cut_at_the_size(void **state)
{
    (void)state;
    struct raft_message m = {.type = RAFT_APPEND, .from = 1, .to = 2, .entries_count = 3};
    char whole[200], text[200];
    raft_describe_message(&m, NULL, whole, sizeof(whole));
    for (size_t size = 1; size <= strlen(whole) + 1; size++) {
        memset(text, '#', sizeof(text));
        raft_describe_message(&m, NULL, text, size);
        assert_int_equal(strlen(text), size - 1);
        assert_memory_equal(text, whole, size - 1);
        assert_int_equal(text[size], '#');
    }
}

static void every_reason_is_a_sentence(void **state)
{
    (void)state;
    char text[200];
    for (uint32_t code = 0; code < RAFT_REASON_CODES; code++) {
        struct raft_reason reason = {(enum raft_reason_code)code, 7, 11, 12};
        raft_describe_reason(&reason, NULL, text, sizeof(text));
        assert_true(strlen(text) > 10);
        assert_null(strchr(text, '%'));
    }
}

static void every_message_has_a_name(void **state)
{
    (void)state;
    char text[200];
    for (uint32_t type = 1; type < RAFT_MESSAGE_TYPES; type++) {
        struct raft_message m = {.type = type, .from = 1, .to = 2, .term = 5};
        raft_describe_message(&m, NULL, text, sizeof(text));
        assert_non_null(strstr(text, " n1>n2 term 5"));
        for (uint32_t other = 1; other < type; other++)
            assert_string_not_equal(raft_message_name(type), raft_message_name(other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_from_the_host), cmocka_unit_test(cut_at_the_size),
        cmocka_unit_test(every_reason_is_a_sentence), cmocka_unit_test(every_message_has_a_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
