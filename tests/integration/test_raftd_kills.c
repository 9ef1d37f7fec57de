/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIGKILL at random moments: no acknowledged write is ever lost, no refused one ever appears. */
#include "tests/support/cluster.h"

#include "base/mem.h"
#include "base/prng.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NODES      3u
#define WRITERS    4u
#define KILLS      40
#define WRITES_MAX 200000u
#define PATIENT_MS 8000 /* longer than a request's deadline in the cluster */

static const char *raftd;

enum outcome { NEVER_SENT, ACKNOWLEDGED, REFUSED, UNKNOWN };

/* Writes its own keys w<id>-<0, 1, 2 …> to whichever node listens, and notes what it was told. */
struct writer {
    const struct cluster *cluster;
    unsigned id;
    pthread_t thread;
    uint8_t *outcomes; /* enum outcome by number of the key; owned */
    unsigned count;
    atomic_uint acknowledged;
};

static atomic_bool stopping;

/* The errors that promise that the write will never take effect. */
static bool is_refusal(const char *reply)
{
    static const char *const codes[] = {"-NOLEADER", "-BUSY", "-ABORTED", "-NOSPACE", "-TRANSFER"};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (strncmp(reply, codes[i], strlen(codes[i])) == 0)
            return true;
    }
    return false;
}

static enum outcome write_one(struct ask *a, const struct writer *w, unsigned n)
{
    if (!ask_send(a, "SET w%u-%u %u", w->id, n, n))
        return UNKNOWN;
    const char *reply = ask_reply(a, PATIENT_MS);
    if (strcmp(reply, "+OK") == 0)
        return ACKNOWLEDGED;
    return is_refusal(reply) ? REFUSED : UNKNOWN;
}

static void *write_on(void *arg)
{
    struct writer *w = arg;
    struct prng random = prng_seed(w->id + 1);
    struct ask a = {.fd = -1};
    unsigned n = 0;
    while (!atomic_load(&stopping) && n < WRITES_MAX) {
        if (a.fd < 0) {
            unsigned node = (unsigned)prng_below(&random, NODES);
            if (!ask_connect(&a, w->cluster->nodes[node].client_port)) {
                (void)poll(NULL, 0, 2);
                continue;
            }
        }
        enum outcome outcome = write_one(&a, w, n);
        w->outcomes[n++] = (uint8_t)outcome;
        w->count = n;
        if (outcome == ACKNOWLEDGED)
            (void)atomic_fetch_add(&w->acknowledged, 1);
        if (outcome != ACKNOWLEDGED)
            ask_close(&a);
    }
    ask_close(&a);
    return NULL;
}

static unsigned total_acknowledged(struct writer *writers)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < WRITERS; i++)
        sum += atomic_load(&writers[i].acknowledged);
    return sum;
}

struct progress_wait {
    struct writer *writers;
    unsigned wanted;
};

static bool has_progressed(void *arg)
{
    struct progress_wait *w = arg;
    return total_acknowledged(w->writers) >= w->wanted;
}

/* One node most of the time, all at once now and then. The moment is a number of writes that
 * succeeded: it does not depend on the machine's speed. */
static void kill_some(struct cluster *c, struct writer *writers, struct prng *random)
{
    struct progress_wait w = {writers,
                              total_acknowledged(writers) + 20 + (unsigned)prng_below(random, 300)};
    wait_until("acknowledged writes between two kills", has_progressed, &w, 60000);
    bool all = prng_below(random, 6) == 0;
    unsigned victim = (unsigned)prng_below(random, NODES);
    for (unsigned i = 0; i < NODES; i++) {
        if (all || i == victim)
            cluster_signal(c, i, SIGKILL);
    }
    for (unsigned i = 0; i < NODES; i++) {
        if (c->nodes[i].pid == 0)
            cluster_start(c, i, NULL);
    }
}

static bool leader_answers(void *arg)
{
    return ask(arg, "SET the end")[0] == '+';
}

struct key_read {
    struct ask *a;
    unsigned writer, number;
    const char *reply;
};

/* A refusal says nothing of the key: where much else runs the leader may have changed just now. */
static bool is_read(void *arg)
{
    struct key_read *r = arg;
    r->reply = ask(r->a, "GET w%u-%u", r->writer, r->number);
    return r->reply[0] != '-';
}

static void check(struct ask *a, const struct writer *w)
{
    unsigned lost = 0, risen = 0, open = 0, count = w->count;
    for (unsigned n = 0; n < count; n++) {
        char wanted[16];
        struct key_read r = {a, w->id, n, NULL};
        (void)snprintf(wanted, sizeof(wanted), "$%u", n);
        wait_until("a read to be answered", is_read, &r, 60000);
        const char *value = r.reply;
        assert_true(strcmp(value, wanted) == 0 || strcmp(value, "(nil)") == 0);
        bool there = value[0] == '$';
        lost += w->outcomes[n] == ACKNOWLEDGED && !there;
        risen += w->outcomes[n] == REFUSED && there;
        open += w->outcomes[n] == UNKNOWN;
    }
    print_message("writer %u: %u writes, %u acknowledged, %u of unknown fate\n", w->id, count,
                  atomic_load(&w->acknowledged), open);
    assert_int_equal(lost, 0);
    assert_int_equal(risen, 0);
    assert_true(atomic_load(&w->acknowledged) > 0);
}

static void no_acknowledged_write_is_lost(void **state)
{
    static struct cluster c;
    static struct writer writers[WRITERS];
    struct prng random = prng_seed(7);
    struct ask a;
    (void)state;
    cluster_init(&c, raftd, NODES);
    cluster_start_all(&c, NULL);
    (void)cluster_leader(&c, -1);
    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.cluster = &c, .id = i};
        writers[i].outcomes = mem_alloc(WRITES_MAX);
        assert_int_equal(pthread_create(&writers[i].thread, NULL, write_on, &writers[i]), 0);
    }
    for (int i = 0; i < KILLS; i++)
        kill_some(&c, writers, &random);
    atomic_store(&stopping, true);
    for (unsigned i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(writers[i].thread, NULL), 0);
    assert_true(ask_connect(&a, c.nodes[cluster_leader(&c, -1)].client_port));
    wait_until("the cluster to serve", leader_answers, &a, 20000);
    for (unsigned i = 0; i < WRITERS; i++) {
        check(&a, &writers[i]);
        free(writers[i].outcomes);
    }
    ask_close(&a);
    cluster_free(&c);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s RAFTD\n", argv[0]);
        return 64;
    }
    raftd = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_acknowledged_write_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
