/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What raftctl concludes from what members said: how many may fail yet. */
#include "base/mem.h"
#include "raftctl/survey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define WAY_BACK(names, lost, name)                          \
    ": start " names " again, or mend the network; if " lost \
    " for good: raftctl member replace " name                \
    " NEW HOST:PORT, NEW being a node started with raftd "   \
    "--join"

/* A member that answers or does not. voter: of the configuration; old: of the outgoing half. */
static void add(struct survey *s, bool voter, bool old, bool well)
{
    struct survey_row *row = &s->rows[s->rows_count++];
    (void)snprintf(row->member.name, sizeof(row->member.name), "n%zu", s->rows_count);
    row->is_member = true;
    row->member.voter = voter;
    row->member.voter_old = old;
    row->member.priority = 100;
    row->reached = well;
    s->voters_count += voter;
    s->old_count += old;
    s->healthy_count += well && voter;
    s->old_healthy_count += well && old;
    s->cluster.joint = s->cluster.joint || old;
}

static void keep_last(void *to, const char *text)
{
    (void)snprintf(to, 512, "%s", text);
}

static void expect(const struct survey *s, bool quorum, size_t tolerates, const char *last_warning)
{
    char said[512] = "";
    assert_int_equal(survey_has_quorum(s), quorum);
    assert_int_equal(survey_tolerates(s), tolerates);
    survey_warn(s, keep_last, said);
    assert_string_equal(said, last_warning);
}

static void one_configuration(void **state)
{
    struct survey *s = mem_alloc(sizeof(*s));
    (void)state;
    (void)snprintf(s->cluster.leader, sizeof(s->cluster.leader), "n1");
    for (int i = 0; i < 5; i++)
        add(s, true, false, i != 4);
    add(s, false, false, false); /* a learner counts for nothing */
    expect(s, true, 1,
           "1 of 5 voters unreachable; the cluster survives 1 more failure" WAY_BACK(
               "n5", "it is lost", "n5"));
    s->rows[3].reached = false;
    s->healthy_count--;
    expect(s, true, 0,
           "2 of 5 voters unreachable; the cluster survives 0 more failures" WAY_BACK(
               "n4, n5", "one of them is lost", "NODE"));
    mem_free(s);
}

/* n1 n2 n3 become n1 n4 n5 n6 n7: of the old ones two are left, so none of them may fail. */
static void both_halves_count(void **state)
{
    struct survey *s = mem_alloc(sizeof(*s));
    (void)state;
    (void)snprintf(s->cluster.leader, sizeof(s->cluster.leader), "n1");
    add(s, true, true, true);
    add(s, false, true, true);
    add(s, false, true, false);
    for (int i = 0; i < 3; i++)
        add(s, true, false, true);
    add(s, true, false, false);
    assert_true(survey_quorum_answers(s));
    expect(s, true, 0,
           "1 of 5 voters unreachable; the cluster survives 0 more failures" WAY_BACK(
               "n7", "it is lost", "n7"));
    s->rows[1].reached = false;
    s->old_healthy_count--;
    assert_false(survey_quorum_answers(s));
    expect(s, false, 0,
           "1 of 5 voters unreachable: no quorum, writes wait; start them again; only if they are "
           "lost for good: raftctl recover --survivor NODE, which loses what NODE does not have");
    mem_free(s);
}

/* Witnesses and learners never lead: they are not asked. */
static void drained_voters_are_told(void **state)
{
    struct survey *s = mem_alloc(sizeof(*s));
    (void)state;
    (void)snprintf(s->cluster.leader, sizeof(s->cluster.leader), "n1");
    for (int i = 0; i < 3; i++)
        add(s, true, false, true);
    add(s, false, false, true);
    s->rows[2].member.witness = true;
    expect(s, true, 1, "");
    s->rows[0].member.priority = 0;
    expect(s, true, 1, "n1 is drained; raftctl member priority n1 100 undoes it");
    assert_false(survey_all_drained(s, NULL));
    assert_true(survey_all_drained(s, "n2"));
    s->rows[1].member.priority = 0;
    expect(s, true, 1, SURVEY_ALL_DRAINED);
    s->rows[0].member.priority = STATUS_NUMBER_NONE; /* it did not say */
    expect(s, true, 1, "n2 is drained; raftctl member priority n2 100 undoes it");
    mem_free(s);
}

/* One or two voters are as good as they can be, and that is not good enough. */
static void what_survives_nothing_says_so(void **state)
{
    static const char one[] = "one voter: the cluster survives no failure; with three it survives "
                              "one: raftctl member add NODE HOST:PORT";
    static const char two[] = "two voters, and both are needed: the cluster survives no failure; "
                              "with three it survives one: raftctl member add NODE HOST:PORT";
    static const char *const few[] = {one, two, ""};
    struct survey *s = mem_alloc(sizeof(*s));
    (void)state;
    (void)snprintf(s->cluster.leader, sizeof(s->cluster.leader), "n1");
    for (size_t i = 0; i < 3; i++) {
        add(s, true, false, true);
        expect(s, true, i / 2, few[i]);
    }
    s->rows[2].member.voter = false;
    s->voters_count = s->healthy_count = 2;
    expect(s, true, 0,
           "two voters, and both are needed: the cluster survives no failure; raftctl member "
           "promote n3 adds one");
    mem_free(s);
}

/* Ids only where names do not tell them apart. */
static void another_cluster_is_named(void **state)
{
    struct survey *s = mem_alloc(sizeof(*s));
    (void)state;
    for (int i = 0; i < 3; i++)
        add(s, true, false, true);
    (void)snprintf(s->cluster.leader, sizeof(s->cluster.leader), "n1");
    s->foreign_count = 1;
    memcpy(s->foreign[0].member.name, "n3", sizeof("n3"));
    struct status_cluster theirs = {.name = "two", .id = "b"}, ours = {.name = "one", .id = "a"};
    struct status_cluster same = {.name = "one", .id = "b"};
    memcpy(s->cluster.name, ours.name, sizeof(ours.name));
    memcpy(s->cluster.id, ours.id, sizeof(ours.id));
    s->foreign[0].cluster = theirs;
    expect(s, true, 1, "n3 belongs to cluster two, not to one");
    s->foreign[0].cluster = same;
    expect(s, true, 1, "n3 belongs to another cluster of the same name: id b, not a");
    mem_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_configuration),        cmocka_unit_test(both_halves_count),
        cmocka_unit_test(drained_voters_are_told),  cmocka_unit_test(what_survives_nothing_says_so),
        cmocka_unit_test(another_cluster_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
