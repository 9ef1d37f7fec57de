/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A follower that waits for a read it forwarded has two deadlines: either may be the next. */
#include "emulator/explore/expand.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct ex_bounds bounds = {
    .servers = 3, .terms = 2, .budget = {[EX_TIMEOUT] = 2, [EX_READ] = 1, [EX_BEAT] = 1}};

static struct ex_space space;
static struct ex_expander expander;
static struct ex_cluster at;

/* The first of what can happen to the server now; NULL: nothing of that kind. */
static const struct ex_next *find(uint32_t server, enum ex_event_kind kind, uint32_t argument)
{
    ex_expand(&expander, &at);
    for (uint32_t i = 0; i < expander.count; i++) {
        const struct ex_next *n = &expander.next[i];
        bool same = kind == EX_EVENT_DELIVER || n->action.event.argument == argument;
        if (n->broken == NULL && n->action.server == server && n->action.event.kind == kind && same)
            return n;
    }
    return NULL;
}

static void happen(uint32_t server, enum ex_event_kind kind, uint32_t argument)
{
    const struct ex_next *n = find(server, kind, argument);
    assert_non_null(n);
    struct ex_cluster to = n->to;
    at = to;
}

static const struct ex_row *row(const struct ex_cluster *c, uint32_t server)
{
    return ex_space_row(&space, c->server[server]);
}

/* The first one leads, and the second one knows. */
static int set_up(void **state)
{
    (void)state;
    ex_space_init(&space, &bounds);
    ex_expander_init(&expander, &space);
    ex_cluster_begin(&at, &space);
    happen(0, EX_EVENT_WAKE, 0);
    happen(1, EX_EVENT_DELIVER, 0);
    happen(0, EX_EVENT_DELIVER, 0);
    happen(1, EX_EVENT_DELIVER, 0);
    return row(&at, 0)->role == RAFT_LEADER && row(&at, 1)->leader == 1 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    ex_expander_free(&expander);
    ex_space_free(&space);
    return 0;
}

static bool asks_again(const struct ex_next *n)
{
    return n != NULL && row(&n->to, 1)->host.reading && row(&n->to, 1)->role == RAFT_FOLLOWER;
}

static bool campaigns(const struct ex_next *n)
{
    return n != NULL && row(&n->to, 1)->role == RAFT_CANDIDATE;
}

static void test_question_first(void **state)
{
    (void)state;
    happen(1, EX_EVENT_READ, 0);
    assert_true(asks_again(find(1, EX_EVENT_WAKE, 0)));
}

static void test_both_at_once(void **state)
{
    (void)state;
    happen(1, EX_EVENT_READ, 0);
    assert_true(campaigns(find(1, EX_EVENT_OVERSLEPT, 0)));
    at.left[EX_BEAT] = 0; /* the question's deadline does not keep the other one back */
    assert_null(find(1, EX_EVENT_WAKE, 0));
    assert_true(campaigns(find(1, EX_EVENT_OVERSLEPT, 0)));
}

static void test_election_first(void **state)
{
    (void)state;
    happen(1, EX_EVENT_READ, EX_READ_LATE);
    uint32_t on_way = at.count;
    const struct ex_next *n = find(1, EX_EVENT_WAKE, 0);
    assert_true(campaigns(n));
    assert_int_equal(n->to.count, on_way + 2); /* two votes are asked for, and no read again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_question_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_both_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_election_first, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
