/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/lagging.h"

#include "base/units.h"
#include "tests/support/judge_nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT (20 * NS_PER_S)

uint64_t lagging_number(const char *json, const char *key)
{
    char quoted[32];
    (void)snprintf(quoted, sizeof(quoted), "\"%s\":", key);
    const char *at = strstr(json, quoted);
    if (at == NULL)
        fail_msg("no %s in %s", quoted, json);
    return strtoull(at + strlen(quoted), NULL, 10);
}

void lagging_write(struct nodes *n, unsigned i, unsigned count)
{
    char words[64];
    for (unsigned k = 0; k < count; k++) {
        (void)snprintf(words, sizeof(words), "SET key%u value%u", k, k);
        assert_string_equal(nodes_ask(n, i, 0, words, LIMIT), "+OK\r\n");
    }
}

void lagging_write_much(struct nodes *n, unsigned i)
{
    static char words[1024];
    for (unsigned k = 0; k < 200; k++) {
        memset(words, 'x', sizeof(words) - 1);
        int len = snprintf(words, sizeof(words), "SET much%u ", k);
        words[len] = 'x';
        assert_string_equal(nodes_ask(n, i, 0, words, LIMIT), "+OK\r\n");
    }
}

bool lagging_catches_up(struct nodes *n, unsigned i, unsigned of, uint64_t limit_ns)
{
    uint64_t target = raft_commit(node_raft(n->one[of].node)), end = n->now_ns + limit_ns;
    while (node_applied(n->one[i].node) < target && n->now_ns < end)
        nodes_run(n, 10 * NS_PER_MS);
    return node_applied(n->one[i].node) >= target;
}

uint64_t lagging_installed(struct nodes *n, unsigned i)
{
    return lagging_number(nodes_ask(n, i, 7, "RAFT SNAPSHOT STATUS", LIMIT), "installed");
}

uint64_t lagging_received(struct nodes *n, unsigned i)
{
    const char *status = nodes_ask(n, i, 7, "RAFT SNAPSHOT STATUS", LIMIT);
    return strstr(status, "\"receiving\":null") != NULL ? 0 : lagging_number(status, "received");
}

unsigned lagging_leave_behind(struct nodes *n, unsigned *ret_leader)
{
    struct err e = {0};
    unsigned l = (unsigned)nodes_leader(n, LIMIT), f = (l + 1) % 3;
    nodes_crash(n, f, MEMVFS_CUT_LOSE);
    lagging_write(n, l, 100);
    nodes_run(n, NS_PER_S); /* until it counts as gone: before, the log is kept for it */
    assert_true(raft_base(node_raft(n->one[l].node)).index > 50);
    assert_int_equal(nodes_start(n, f, &e), 0);
    *ret_leader = l;
    return f;
}

unsigned lagging_two_with_an_image(struct nodes *n, unsigned *ret_leader, uint64_t *ret_bytes)
{
    struct err e = {0};
    unsigned l = (unsigned)nodes_leader(n, LIMIT), f = (l + 1) % 3, o = (l + 2) % 3;
    nodes_crash(n, f, MEMVFS_CUT_LOSE);
    lagging_write_much(n, l);
    nodes_run(n, NS_PER_S);
    *ret_bytes = lagging_number(nodes_ask(n, l, 0, "RAFT SNAPSHOT", LIMIT), "bytes");
    assert_int_equal(lagging_number(nodes_ask(n, o, 0, "RAFT SNAPSHOT", LIMIT), "bytes"),
                     *ret_bytes);
    nodes_run(n, NS_PER_S);
    assert_int_equal(nodes_start(n, f, &e), 0);
    *ret_leader = l;
    return f;
}

void lagging_run_until_half(struct nodes *n, unsigned f, uint64_t bytes)
{
    for (unsigned ms = 0; ms < 10000 && lagging_received(n, f) < bytes / 2; ms += 10)
        nodes_run(n, 10 * NS_PER_MS);
    assert_in_range(lagging_received(n, f), bytes / 2, bytes - 1);
}

void lagging_finish(struct nodes *n)
{
    const char *violated = judge_nodes(n, "snapshotPrefix");
    if (violated != NULL)
        fail_msg("%s", violated);
    nodes_close(n);
}
