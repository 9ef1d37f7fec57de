/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads of whole nodes: by lease, on clocks that are as wrong as allowed, and local ones. */
#include "base/units.h"
#include "tests/support/nodes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT     (5 * NS_PER_S)
#define DRIFT_PPM 100000

static void lease_on(struct node_options *o)
{
    o->lease_reads = true;
    o->clock_drift_ppm = DRIFT_PPM;
}

static void impatient(struct node_options *o)
{
    lease_on(o);
    o->client_deadline_ns = 100 * NS_PER_MS;
}

static void isolate(struct nodes *n, unsigned i)
{
    for (unsigned k = 0; k < n->count; k++)
        n->cut[i][k] = n->cut[k][i] = k != i;
}

static unsigned lines_of(const struct nodes *n, unsigned i, const char *what)
{
    unsigned count = 0;
    const char *at = buf_str(&n->one[i].trace);
    while ((at = strstr(at, what)) != NULL) {
        count++;
        at += strlen(what);
    }
    return count;
}

#define LEASED "\"readServed\",\"mode\":\"lease\""

static void set_mode(struct nodes *n, unsigned i, unsigned client, const char *mode)
{
    char words[64];
    (void)snprintf(words, sizeof(words), "RAFT READMODE %s", mode);
    assert_string_equal(nodes_ask(n, i, client, words, LIMIT), "+OK\r\n");
}

/* R-READ-9: no frame, no time. */
static void a_lease_read_asks_nobody(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 3, 1, lease_on);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    assert_string_equal(nodes_ask(&n, l, 0, "SET k v", LIMIT), "+OK\r\n");
    nodes_run(&n, NS_PER_S / 10);
    nodes_settle(&n);
    uint64_t frames = n.frames_sent, now_ns = n.now_ns;
    set_mode(&n, l, 0, "LEASE");
    assert_string_equal(nodes_ask(&n, l, 0, "RAFT READMODE", LIMIT), "$5\r\nlease\r\n");
    for (unsigned i = 0; i < 10; i++)
        assert_string_equal(nodes_ask(&n, l, 0, "GET k", LIMIT), "$1\r\nv\r\n");
    assert_int_equal(n.frames_sent, frames);
    assert_int_equal(n.now_ns, now_ns);
    assert_int_equal(lines_of(&n, l, LEASED), 10);
    assert_non_null(strstr(nodes_ask(&n, l, 1, "RAFT STATUS", LIMIT), "\"lease_ms\":"));
    /* The others still ask. */
    assert_string_equal(nodes_ask(&n, l, 1, "GET k", LIMIT), "$1\r\nv\r\n");
    assert_true(n.frames_sent > frames);
    /* So does a follower, but the leader answers it without asking further. */
    unsigned f = (l + 1) % 3;
    set_mode(&n, f, 0, "LEASE");
    frames = n.frames_sent;
    assert_string_equal(nodes_ask(&n, f, 0, "GET k", LIMIT), "$1\r\nv\r\n");
    assert_int_equal(n.frames_sent, frames + 2);
    assert_int_equal(lines_of(&n, l, LEASED), 11);
    assert_int_equal(lines_of(&n, f, "\"readServed\",\"mode\":\"asked\""), 1);
    nodes_close(&n);
}

static void lease_reads_must_be_on(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 1, 2);
    assert_int_equal(nodes_leader(&n, LIMIT), 0);
    assert_string_equal(
        nodes_ask(&n, 0, 0, "RAFT READMODE LEASE", LIMIT),
        "-ERR lease reads are off on this node: start it with --lease-reads on\r\n");
    assert_string_equal(nodes_ask(&n, 0, 0, "RAFT READMODE", LIMIT), "$5\r\nindex\r\n");
    static const char *const bad[] = {"RAFT READMODE x",
                                      "RAFT READMODE INDEX MAXSTALE 5",
                                      "RAFT READMODE LOCAL MAXSTALE 0",
                                      "RAFT READMODE LOCAL MAXSTALE",
                                      "RAFT READMODE LOCAL MAXSTALE x",
                                      "RAFT READMODE LOCAL 5 6",
                                      "RAFT SEEN x",
                                      "RAFT SEEN 9223372036854775808",
                                      "RAFT SEEN 1 2"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_true(strncmp(nodes_ask(&n, 0, 0, bad[i], LIMIT), "-ERR", 4) == 0);
    nodes_close(&n);
}

/* The old leader's clock is slow and those of the others fast, as much as is allowed: it must have
 * stopped before anybody else leads. R-READ-8, R-READ-11, R-INV-19. */
static void old_leader_stops_first(void **state)
{
    unsigned served_in_vain = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct nodes n;
        nodes_open_tuned(&n, 3, seed * 10, impatient);
        for (unsigned i = 0; i < 3; i++)
            n.one[i].clock_ppm = i == seed % 3 ? -DRIFT_PPM : DRIFT_PPM;
        unsigned slow = (unsigned)(seed % 3);
        for (unsigned tries = 0; nodes_leader(&n, LIMIT) != (int)slow; tries++) {
            char words[64];
            assert_true(tries < 10);
            (void)snprintf(words, sizeof(words), "RAFT TRANSFER %s", n.one[slow].name);
            (void)nodes_ask(&n, (unsigned)nodes_leader(&n, LIMIT), 0, words, LIMIT);
        }
        assert_string_equal(nodes_ask(&n, slow, 0, "SET k old", LIMIT), "+OK\r\n");
        nodes_run(&n, NS_PER_S / 5 + seed * 3 * NS_PER_MS);
        set_mode(&n, slow, 1, "LEASE");
        isolate(&n, slow);
        uint64_t cut_ns = n.now_ns, last_ns = 0;
        bool others_lead = false;
        while (n.now_ns - cut_ns < NS_PER_S) {
            buf_reset(&n.one[slow].replies[1]);
            nodes_say(&n, slow, 1, "GET k");
            nodes_settle(&n);
            bool served =
                n.one[slow].replies[1].len > 0 && *buf_str(&n.one[slow].replies[1]) == '$';
            if (served)
                last_ns = n.now_ns;
            for (unsigned i = 0; i < 3; i++)
                others_lead = others_lead ||
                              (i != slow && raft_role(node_raft(n.one[i].node)) == RAFT_LEADER);
            if (served && others_lead)
                fail_msg("seed %llu: served at %llu ms beside another leader",
                         (unsigned long long)seed,
                         (unsigned long long)((n.now_ns - cut_ns) / NS_PER_MS));
            nodes_run(&n, NS_PER_MS);
        }
        assert_true(others_lead);
        served_in_vain += last_ns - cut_ns > 50 * NS_PER_MS;
        nodes_close(&n);
    }
    assert_true(served_in_vain > 10); /* there was a lease that had to end */
}

/* R-READ-12, R-READ-13 */
static void no_lease_after_timeout_now(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 3, 3, lease_on);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3;
    char words[64];
    assert_string_equal(nodes_ask(&n, l, 0, "SET k v", LIMIT), "+OK\r\n");
    set_mode(&n, l, 0, "LEASE");
    nodes_run(&n, NS_PER_S / 10);
    n.cut[l][f] = true;
    (void)snprintf(words, sizeof(words), "RAFT TRANSFER %s", n.one[f].name);
    nodes_say(&n, l, 1, words);
    nodes_settle(&n);
    unsigned leased = lines_of(&n, l, LEASED);
    for (unsigned i = 0; i < 8; i++) {
        uint64_t frames = n.frames_sent;
        assert_string_equal(nodes_ask(&n, l, 0, "GET k", LIMIT), "$1\r\nv\r\n");
        assert_true(n.frames_sent > frames);
        nodes_run(&n, NS_PER_S / 10); /* the transfer is given up meanwhile */
    }
    assert_int_equal(lines_of(&n, l, LEASED), leased);
    assert_int_equal(nodes_leader(&n, LIMIT), l);
    /* Once the term is over leases are taken again. */
    n.cut[l][f] = false;
    nodes_run(&n, NS_PER_S / 2);
    assert_true(nodes_ask(&n, l, 1, words, LIMIT)[0] == '$');
    assert_int_equal(nodes_leader(&n, LIMIT), f);
    nodes_run(&n, NS_PER_S / 10);
    nodes_settle(&n);
    set_mode(&n, f, 0, "LEASE");
    uint64_t frames = n.frames_sent;
    assert_string_equal(nodes_ask(&n, f, 0, "GET k", LIMIT), "$1\r\nv\r\n");
    assert_int_equal(n.frames_sent, frames);
    nodes_close(&n);
}

/* A leader that nobody answers is stale too, once it must know. */
static void a_deaf_leader_is_stale(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 3, 6, impatient);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    nodes_run(&n, NS_PER_S / 5);
    set_mode(&n, l, 0, "LOCAL MAXSTALE 150");
    assert_string_equal(nodes_ask(&n, l, 0, "GET k", LIMIT), "$-1\r\n");
    isolate(&n, l);
    nodes_run(&n, 210 * NS_PER_MS);
    assert_int_equal(raft_role(node_raft(n.one[l].node)), RAFT_LEADER);
    assert_true(strncmp(nodes_ask(&n, l, 0, "GET k", LIMIT), "-STALE", 6) == 0);
    nodes_close(&n);
}

/* Whoever is elected hears and is heard no more. */
static void cut_new_leaders(struct nodes *n)
{
    for (unsigned i = 0; i < n->count; i++) {
        const struct raft *raft = node_raft(n->one[i].node);
        if (raft != NULL && raft_role(raft) == RAFT_LEADER && !raft_term_committed(raft))
            isolate(n, i);
    }
}

/* R-READ-1: a leader that cannot commit in its term says so when the deadline comes. */
static void waiting_for_the_first_entry_is_bounded(void **state)
{
    struct nodes n;
    unsigned l = 0;
    (void)state;
    nodes_open_tuned(&n, 3, 7, impatient);
    n.watch = cut_new_leaders;
    nodes_settle(&n); /* the cores start */
    for (unsigned ms = 0; raft_role(node_raft(n.one[l].node)) != RAFT_LEADER; ms++) {
        assert_true(ms < 2000);
        nodes_run(&n, NS_PER_MS);
        for (unsigned i = 0; i < 3; i++)
            l = raft_role(node_raft(n.one[i].node)) == RAFT_LEADER ? i : l;
    }
    set_mode(&n, l, 1, "LEASE");
    nodes_say(&n, l, 1, "GET k");
    assert_true(strncmp(nodes_ask(&n, l, 0, "GET k", LIMIT), "-BUSY", 5) == 0);
    assert_true(strncmp(buf_str(&n.one[l].replies[1]), "+OK\r\n-BUSY", 10) == 0);
    nodes_close(&n);
}

/* A large value, and a client that asks for it 20 times and reads nothing. */
static void ask_too_much(struct nodes *n)
{
    char *line = malloc(200100);
    assert_non_null(line);
    nodes_open(n, 1, 9);
    assert_int_equal(nodes_leader(n, LIMIT), 0);
    memcpy(line, "SET k ", 6);
    memset(line + 6, 'v', 200000);
    line[200006] = '\0';
    assert_string_equal(nodes_ask(n, 0, 0, line, LIMIT), "+OK\r\n");
    free(line);
    buf_init(&n->one[0].replies[1], 64u << 20);
    n->one[0].slow[1] = true;
    for (unsigned i = 0; i < 20; i++)
        nodes_say(n, 0, 1, "GET k");
    nodes_run(n, 10 * NS_PER_S);
    assert_in_range(n->one[0].replies[1].len, 1000000, 1500000);
    assert_in_range(node_client_requests(n->one[0].node, 2), 12, 19);
}

/* R-CLI-11: whoever is not read to may go at any time. */
static void gone_with_reads_held_back(void **state)
{
    struct nodes n;
    (void)state;
    ask_too_much(&n);
    node_on_client_gone(n.one[0].node, 2);
    nodes_run(&n, 10 * NS_PER_S);
    assert_int_equal(node_client_requests(n.one[0].node, 2), 0);
    assert_string_equal(nodes_ask(&n, 0, 0, "EXISTS k", LIMIT), ":1\r\n");
    nodes_close(&n);
}

/* R-READ-15: there is room again, but not for those that wait already: a later one waits behind
 * them, and is as new as they are. */
static void none_passes_those_held_back(void **state)
{
    struct nodes n;
    (void)state;
    ask_too_much(&n);
    struct buf *replies = &n.one[0].replies[1];
    assert_string_equal(nodes_ask(&n, 0, 0, "SET n 1", LIMIT), "+OK\r\n");
    buf_consume(replies, 300000);
    assert_in_range(replies->len, 600000, 1000000);
    nodes_say(&n, 0, 1, "GET n");
    nodes_settle(&n);
    assert_string_equal(nodes_ask(&n, 0, 0, "SET n 2", LIMIT), "+OK\r\n");
    n.one[0].slow[1] = false;
    nodes_run(&n, 10 * NS_PER_MS);
    assert_int_equal(node_client_requests(n.one[0].node, 2), 0);
    assert_string_equal(buf_str(replies) + replies->len - 7, "$1\r\n2\r\n");
    nodes_close(&n);
}

/* What node i sends client 1 for lines that come together. */
static const char *pipelined(struct nodes *n, unsigned i, const char *const *lines)
{
    buf_reset(&n->one[i].replies[1]);
    for (; *lines != NULL; lines++)
        nodes_say(n, i, 1, *lines);
    nodes_settle(n);
    for (unsigned c = 0; c < n->count; c++) /* what was held on the way comes now */
        n->held[c][i] = false;
    nodes_run(n, 100 * NS_PER_MS);
    return buf_str(&n->one[i].replies[1]);
}

#define PIPELINED(n, i, ...) pipelined(n, i, (const char *const[]){__VA_ARGS__, NULL})

/* A cluster whose follower has not heard yet that k is 2; it. */
static unsigned open_lagging(struct nodes *n, uint64_t seed)
{
    nodes_open_tuned(n, 3, seed, lease_on);
    unsigned l = (unsigned)nodes_leader(n, LIMIT), f = (l + 1) % 3;
    assert_string_equal(nodes_ask(n, l, 0, "SET k 1", LIMIT), "+OK\r\n");
    nodes_run(n, NS_PER_S / 10);
    n->held[l][f] = true;
    assert_string_equal(nodes_ask(n, l, 0, "SET k 2", LIMIT), "+OK\r\n");
    return f;
}

/* R-READ-15: a connection never reads backwards, in whatever mode its reads are. */
static void a_local_read_waits_for_an_index(void **state)
{
    struct nodes n;
    (void)state;
    unsigned f = open_lagging(&n, 10);
    assert_string_equal(PIPELINED(&n, f, "GET k", "RAFT READMODE LOCAL", "GET k", "GET k"),
                        "$1\r\n2\r\n+OK\r\n$1\r\n2\r\n$1\r\n2\r\n");
    nodes_close(&n);
}

/* What EXEC rests on is as new as what was read since: WATCH is no local read. */
static void a_local_read_waits_for_a_watch(void **state)
{
    struct nodes n;
    (void)state;
    unsigned f = open_lagging(&n, 11);
    assert_string_equal(PIPELINED(&n, f, "RAFT READMODE LOCAL", "WATCH k", "GET k"),
                        "+OK\r\n+OK\r\n$1\r\n2\r\n");
    nodes_close(&n);
}

/* The lease serves at once, and the write is done before the round ends. */
static void a_lease_read_waits_for_an_index(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 3, 12, lease_on);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    assert_string_equal(nodes_ask(&n, l, 0, "SET k 1", LIMIT), "+OK\r\n");
    nodes_run(&n, NS_PER_S / 10);
    nodes_say(&n, l, 0, "SET k 2");
    assert_string_equal(PIPELINED(&n, l, "GET k", "RAFT READMODE LEASE", "GET k"),
                        "$1\r\n2\r\n+OK\r\n$1\r\n2\r\n");
    nodes_close(&n);
}

static bool leased(struct nodes *n, unsigned i)
{
    return strstr(nodes_ask(n, i, 2, "RAFT STATUS", LIMIT), "\"lease_ms\":0,") == NULL;
}

/* Late answers to earlier rounds renew the lease, but a read waits for one that began after it: the
 * next read does not pass it. */
static void a_lease_read_waits_for_one_before(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open_tuned(&n, 3, 14, lease_on);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT), f = (l + 1) % 3, other = (l + 2) % 3;
    assert_string_equal(nodes_ask(&n, l, 0, "SET k 1", LIMIT), "+OK\r\n");
    set_mode(&n, l, 1, "LEASE");
    nodes_run(&n, NS_PER_S / 10);
    n.cut[l][other] = n.cut[other][l] = true;
    n.held[f][l] = true;
    for (unsigned ms = 0; leased(&n, l); ms++) {
        assert_true(ms < 200);
        nodes_run(&n, NS_PER_MS);
    }
    nodes_run(&n, NS_PER_MS); /* it was rounded down */
    buf_reset(&n.one[l].replies[1]);
    nodes_say(&n, l, 0, "SET k 2");
    nodes_say(&n, l, 1, "GET k");
    nodes_settle(&n);
    for (unsigned tries = 0; !leased(&n, l); tries++) {
        assert_true(tries < 10);
        n.passes[f][l] = 1;
        nodes_settle(&n);
    }
    assert_string_equal(buf_str(&n.one[l].replies[1]), "");
    nodes_say(&n, l, 1, "GET k");
    nodes_settle(&n);
    n.held[f][l] = false;
    nodes_run(&n, NS_PER_S / 10);
    assert_string_equal(buf_str(&n.one[l].replies[1]), "$1\r\n2\r\n$1\r\n2\r\n");
    nodes_close(&n);
}

/* Answers are in the form that held when the command was given. */
static void a_mode_is_for_later_commands(void **state)
{
    struct nodes n;
    (void)state;
    nodes_open(&n, 3, 13);
    unsigned l = (unsigned)nodes_leader(&n, LIMIT);
    assert_string_equal(PIPELINED(&n, l, "SET k 1", "GET k", "RAFT INDEXED ON"),
                        "+OK\r\n$1\r\n1\r\n+OK\r\n");
    char indexed[64];
    (void)snprintf(indexed, sizeof(indexed), "*2\r\n$1\r\n1\r\n:%llu\r\n+OK\r\n$1\r\n1\r\n",
                   (unsigned long long)node_applied(n.one[l].node));
    assert_string_equal(PIPELINED(&n, l, "GET k", "RAFT INDEXED OFF", "GET k"), indexed);
    static const char nulls[] = "$-1\r\n$-1\r\n%7\r\n";
    assert_int_equal(
        strncmp(PIPELINED(&n, l, "GETSET x 1", "GET none", "HELLO 3"), nulls, strlen(nulls)), 0);
    assert_string_equal(PIPELINED(&n, l, "GETSET y 1", "GET none", "RESET", "GETSET z 1"),
                        "_\r\n_\r\n+RESET\r\n$-1\r\n");
    nodes_close(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lease_read_asks_nobody),
        cmocka_unit_test(lease_reads_must_be_on),
        cmocka_unit_test(old_leader_stops_first),
        cmocka_unit_test(no_lease_after_timeout_now),
        cmocka_unit_test(a_deaf_leader_is_stale),
        cmocka_unit_test(waiting_for_the_first_entry_is_bounded),
        cmocka_unit_test(gone_with_reads_held_back),
        cmocka_unit_test(none_passes_those_held_back),
        cmocka_unit_test(a_local_read_waits_for_an_index),
        cmocka_unit_test(a_local_read_waits_for_a_watch),
        cmocka_unit_test(a_lease_read_waits_for_an_index),
        cmocka_unit_test(a_lease_read_waits_for_one_before),
        cmocka_unit_test(a_mode_is_for_later_commands),
    };
    return cmocka_run_group_tests_name("node_reads", tests, NULL, NULL);
}
