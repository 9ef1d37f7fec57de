/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that an event of the trace starts: after it, or before its consequence leaves the node. */
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLUSTER \
    "\"voters\":3,\"config\":{\"election_timeout\":\"200ms..400ms\",\"heartbeat\":\"50ms\"}"

static size_t count(const char *text, const char *what)
{
    size_t found = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        found++;
    return found;
}

/* The line after the first one that has `what`. */
static const char *line_after(const char *text, const char *what)
{
    const char *at = strstr(text, what);
    assert_non_null(at);
    return strchr(at, '\n') + 1;
}

/* The vote is on the disk, and nobody hears of it. */
static void killed_before_the_reply(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct simrun r;
        simrun(&r, seed, CLUSTER,
               "{\"when\":{\"event\":\"votePersisted\",\"before\":true},\"within\":\"5s\","
               "\"as\":\"it\",\"proc.kill\":{\"who\":\"$it\"}},{\"wait\":\"3s\"},"
               "{\"proc.start\":{\"who\":\"$it\"}},"
               "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"10s\"}",
               "");
        simrun_assert_done(&r);
        unsigned struck = 0;
        for (unsigned i = 1; i <= 3; i++) {
            char name[32];
            (void)snprintf(name, sizeof(name), "trace/n%u.ndjson", i);
            char *text = simrun_file(&r, name);
            bool died = strstr(text, "crashPoint: votePersisted") != NULL;
            struck += died;
            if (died)
                assert_non_null(strstr(line_after(text, "\"votePersisted\""), "\"crashed\""));
            free(text);
        }
        assert_int_equal(struck, 1);
        simrun_close(&r);
    }
}

/* What a new leader says first takes long, or is on its way already: nobody follows it, or all do.
 */
static size_t followed(const char *order)
{
    struct simrun r;
    char steps[512];
    (void)snprintf(steps, sizeof(steps),
                   "{\"when\":{\"event\":\"becameLeader\",\"%s\":true},\"within\":\"5s\","
                   "\"as\":\"it\",\"net.set\":{\"link\":{\"from\":\"$it\",\"to\":\"rest\","
                   "\"direction\":\"out\"},\"delay\":\"5s\"}},"
                   "{\"wait\":\"100ms\"},{\"proc.kill\":{\"who\":\"all\"}}",
                   order);
    size_t accepted = 0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        simrun(&r, seed, CLUSTER, steps, "");
        simrun_assert_done(&r);
        for (unsigned i = 1; i <= 3; i++) {
            char name[32];
            (void)snprintf(name, sizeof(name), "trace/n%u.ndjson", i);
            char *text = simrun_file(&r, name);
            accepted += count(text, "\"appendAccepted\"");
            free(text);
        }
        simrun_close(&r);
    }
    return accepted;
}

static void held_up_before_its_first_word(void **state)
{
    (void)state;
    assert_int_equal(followed("before"), 0);
    assert_true(followed("after") > 0);
}

/* Counted from the moment the step waits, over all whom it is about. */
static void the_nth_time(void **state)
{
    static const char *const orders[] = {"", ",\"before\":true"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct simrun r;
        char steps[512];
        (void)snprintf(
            steps, sizeof(steps),
            "{\"when\":{\"event\":\"boot\",\"nth\":3%s},\"within\":\"5s\",\"as\":\"third\","
            "\"proc.pause\":{\"who\":\"$third\"}},{\"wait\":\"100ms\"},"
            "{\"wait\":{\"event\":{\"type\":\"boot\"}},\"within\":\"5s\"}",
            orders[i]);
        simrun(&r, 2, CLUSTER, steps, "");
        /* Three boot: nobody is left to come after the third. */
        assert_true(r.outcome.runner.failed && r.outcome.runner.steps_done == 2);
        simrun_close(&r);
        char *at = strstr(steps, "\"nth\":3");
        at[strlen("\"nth\":")] = '4';
        simrun(&r, 2, CLUSTER, steps, "");
        assert_true(r.outcome.runner.failed && r.outcome.runner.steps_done == 0);
        simrun_close(&r);
    }
}

static void every_time_within_its_limit(void **state)
{
    struct simrun r;
    (void)state;
    simrun(&r, 4, CLUSTER,
           "{\"when\":{\"event\":\"becameLeader\",\"once\":false},\"within\":\"20s\",\"as\":\"it\","
           "\"proc.restart\":{\"who\":\"$it\",\"gap\":\"100ms\"}},"
           "{\"wait\":{\"leader\":{\"stable\":\"2s\"}},\"within\":\"10s\"}",
           "");
    simrun_assert_done(&r);
    assert_int_equal(r.outcome.runner.steps_done, 2);
    char *text = simrun_file(&r, "faults.ndjson");
    assert_true(count(text, "\"begin\"") >= 5);
    free(text);
    simrun_close(&r);
}

/* A vote for n2, and a real one: nobody else is struck, whoever else is voted for. */
static void picked_by_fields(void **state)
{
    unsigned struck = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct simrun r;
        simrun(&r, seed, CLUSTER,
               "{\"parallel\":{\"branches\":[[{\"when\":{\"event\":\"voteGranted\",\"before\":true,"
               "\"where\":{\"candidate\":\"n2\",\"pre\":false}},\"within\":\"60s\",\"as\":\"it\","
               "\"proc.kill\":{\"who\":\"$it\"}},{\"proc.start\":{\"who\":\"$it\"}}],"
               "[{\"repeat\":{\"times\":12,\"steps\":["
               "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"10s\"},"
               "{\"proc.restart\":{\"who\":\"leader\",\"gap\":\"1s\"}}]}}]]}}",
               "");
        simrun_assert_done(&r);
        for (unsigned i = 1; i <= 3; i++) {
            char name[32];
            (void)snprintf(name, sizeof(name), "trace/n%u.ndjson", i);
            char *text = simrun_file(&r, name), *at = strstr(text, "crashPoint: voteGranted");
            if (at != NULL) {
                struck++;
                at[0] = '\0';
                char *vote = NULL;
                for (char *v = strstr(text, "\"voteGranted\""); v != NULL;
                     v = strstr(v + 1, "\"voteGranted\""))
                    vote = v;
                assert_non_null(vote);
                *strchr(vote, '\n') = '\0';
                assert_non_null(strstr(vote, "\"candidate\":\"n2\",\"pre\":false"));
            }
            free(text);
        }
        simrun_close(&r);
    }
    assert_int_equal(struck, 6);
}

/* The founders write term 1; the first leader's is 2, and there is no second. */
static void waited_for_by_fields(void **state)
{
    (void)state;
    for (int term = 2; term <= 3; term++) {
        struct simrun r;
        char steps[256];
        (void)snprintf(steps, sizeof(steps),
                       "{\"wait\":{\"event\":{\"type\":\"becameLeader\",\"where\":{\"term\":%d}}},"
                       "\"within\":\"9s\",\"as\":\"it\"},{\"proc.kill\":{\"who\":\"$it\"}}",
                       term);
        simrun(&r, 3, CLUSTER, steps, "");
        assert_int_equal(r.outcome.runner.failed, term == 3);
        assert_int_equal(r.outcome.runner.steps_done, term == 3 ? 0 : 2);
        simrun_close(&r);
    }
}

/* The next step does not wait for the event, the end of the story does. */
static void waited_for_aside(void **state)
{
    static const char *const orders[] = {"before", "after"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct simrun r;
        char steps[512];
        (void)snprintf(steps, sizeof(steps),
                       "{\"when\":{\"event\":\"becameLeader\",\"nth\":2,\"%s\":true},"
                       "\"within\":\"20s\",\"as\":\"it\",\"background\":true,"
                       "\"proc.pause\":{\"who\":\"$it\"}},"
                       "{\"wait\":{\"leader\":{}},\"within\":\"9s\"},"
                       "{\"proc.kill\":{\"who\":\"leader\"}}",
                       orders[i]);
        simrun(&r, 3, CLUSTER, steps, "");
        simrun_assert_done(&r);
        char *text = simrun_file(&r, "faults.ndjson");
        const char *kill = strstr(text, "proc.kill"), *pause = strstr(text, "proc.pause");
        assert_true(kill != NULL && pause != NULL && kill < pause);
        free(text);
        simrun_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_before_the_reply),
        cmocka_unit_test(held_up_before_its_first_word),
        cmocka_unit_test(the_nth_time),
        cmocka_unit_test(every_time_within_its_limit),
        cmocka_unit_test(picked_by_fields),
        cmocka_unit_test(waited_for_by_fields),
        cmocka_unit_test(waited_for_aside),
    };
    return cmocka_run_group_tests_name("sim_triggers", tests, NULL, NULL);
}
