/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes that restart as another version, one by one, or on other addresses, in virtual time. */
#include "tests/support/simrun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLUSTER                                                                                  \
    "\"voters\":3,\"versions\":[\"a\",\"b\"],\"config\":{\"election_timeout\":\"200ms..400ms\"," \
    "\"heartbeat\":\"50ms\",\"snapshot_every\":100000},"                                         \
    "\"perVersion\":{\"b\":{\"snapshot_every\":20,\"snapshot_trailing\":5}}"
#define CLIENTS                                                                                   \
    ",\"clients\":{\"count\":2,\"ratePerS\":200,\"keys\":2,\"timeout\":\"1s\",\"mix\":{\"read\":" \
    "20,"                                                                                         \
    "\"write\":80}}"
#define LEADER "{\"wait\":{\"leader\":{\"stable\":\"500ms\"}},\"within\":\"10s\",\"as\":\"l\"},"
#define MORE   "{\"wait\":{\"commit\":{\"plus\":80}},\"within\":\"10s\"}"

static void run(struct simrun *r, uint64_t seed, const char *steps)
{
    char text[2048];
    (void)snprintf(text, sizeof(text), "%s%s", LEADER, steps);
    simrun(r, seed, CLUSTER, text, CLIENTS);
    simrun_assert_done(r);
}

/* Which nodes took snapshots. */
static unsigned snapshots(const char *steps)
{
    struct simrun r;
    unsigned set = 0;
    run(&r, 3, steps);
    for (unsigned i = 1; i <= 3; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "trace/n%u.ndjson", i);
        char *text = simrun_file(&r, name);
        if (strstr(text, "\"snapshotTaken\"") != NULL)
            set |= 1u << (i - 1);
        free(text);
    }
    simrun_close(&r);
    return set;
}

static void settings_of_a_version(void **state)
{
    (void)state;
    assert_int_equal(snapshots(MORE), 0);
    assert_int_equal(snapshots("{\"proc.upgrade\":{\"who\":\"n2\",\"version\":\"b\"}}," MORE), 2);
    assert_int_equal(snapshots("{\"proc.restart\":{\"who\":\"n1\",\"version\":\"b\"}},"
                               "{\"wait\":\"10ms\"},{\"proc.kill\":{\"who\":\"n1\"}},"
                               "{\"proc.start\":{\"who\":\"n1\"}}," MORE),
                     1); /* it keeps it */
    assert_int_equal(snapshots("{\"proc.upgrade\":{\"who\":\"all\",\"version\":\"b\"}},"
                               "{\"wait\":\"10ms\"},"
                               "{\"proc.upgrade\":{\"who\":\"n2\",\"version\":\"a\"}}," MORE),
                     5);
    assert_int_equal(snapshots("{\"proc.rolling\":{\"version\":\"b\"}}," MORE), 7);
}

/* The nodes in the order in which they were restarted; fails if two are away at once. */
static void restarts(const char *order, char leader[4], char ret[4])
{
    struct simrun r;
    char steps[512];
    unsigned count = 0, away = 0;
    (void)snprintf(steps, sizeof(steps),
                   "{\"mark\":{\"name\":\"m\"}},{\"net.cut\":{\"link\":{\"from\":\"$l\",\"to\":"
                   "\"rest\"}},\"for\":\"1ms\"},{\"wait\":\"100ms\"},"
                   "{\"proc.rolling\":{\"order\":\"%s\",\"gap\":\"100ms\"}}",
                   order);
    run(&r, 4, steps);
    char *text = simrun_file(&r, "faults.ndjson");
    const char *cut = strstr(text, "\"net.cut\"");
    assert_non_null(cut);
    memcpy(leader,
           strstr(cut, "\"from\":\"n") != NULL ? strstr(cut, "\"from\":\"n") + 8
                                               : strstr(cut, "\"from\":[\"n") + 9,
           2);
    leader[2] = '\0';
    for (char *line = text; line != NULL;
         line = strchr(line, '\n') == NULL ? NULL : strchr(line, '\n') + 1) {
        char one[512];
        (void)snprintf(one, sizeof(one), "%.*s", (int)strcspn(line, "\n"), line);
        const char *who = strstr(one, "\"targets\":[\"n");
        if (strstr(one, "\"proc.rolling\"") == NULL)
            continue;
        bool begins = strstr(one, "\"begin\"") != NULL;
        away += begins;
        away -= !begins;
        assert_true(away <= 1);
        if (begins && count < 3)
            ret[count++] = who[strlen("\"targets\":[\"n")];
    }
    ret[count] = '\0';
    free(text);
    simrun_close(&r);
}

static void orders(void **state)
{
    (void)state;
    char leader[4], order[4];
    restarts("leaderFirst", leader, order);
    assert_int_equal(strlen(order), 3);
    assert_int_equal(order[0], leader[1]);
    restarts("leaderLast", leader, order);
    assert_int_equal(strlen(order), 3);
    assert_int_equal(order[2], leader[1]);
    restarts("random", leader, order);
    assert_int_equal(strlen(order), 3);
}

/* Together they need to be told, alone they do not. */
static void addresses(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct simrun r;
        run(&r, seed,
            "{\"net.readdress\":{\"who\":\"all\"}},{\"wait\":\"10ms\"},"
            "{\"wait\":{\"leader\":{\"stable\":\"200ms\"}},\"within\":\"5s\"}," MORE
            ",{\"proc.rolling\":{}},{\"net.readdress\":{\"who\":\"follower(0)\"}},"
            "{\"wait\":\"200ms\"},"
            "{\"wait\":{\"caughtUp\":{\"who\":\"all\",\"lagEntries\":20}},\"within\":\"5s\"}"
            "," MORE);
        simrun_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(settings_of_a_version),
                                       cmocka_unit_test(orders), cmocka_unit_test(addresses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
