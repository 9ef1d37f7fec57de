/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/first_start.h"

#include "base/units.h"
#include "raftd/daemon.h"
#include "raftd/join.h"
#include "raftd/turn.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define JOIN_MS    3000u
#define FOUND_MS   300u /* each founder has that long: most of them do not live yet … */
#define PAUSE_MS   100u
#define CERTAIN_NS (30 * NS_PER_S) /* … and all that are needed this */

/* An emptied directory has forgotten its votes (thesis 3.8): only a new member may begin with one.
 */
static int known_elsewhere(const struct config *c, const struct peer_hello_reply *reply,
                           struct err *e)
{
    return err_set(e, -E_EXISTS, "%s is empty, and %s says: %s\n  fix: " NODE_REBORN, c->data_dir,
                   reply->hello.name, reply->detail, c->name, c->name, c->name, c->name);
}

/* The name of a cluster is for people, who mean it when they say it. */
static int of_that_name(const struct config *c, const char *address, const struct peer_hello *who,
                        struct err *e)
{
    if (c->cluster_said && who->cluster[0] != '\0' && strcmp(who->cluster, c->cluster) != 0)
        return err_set(e, -E_MISMATCH,
                       "%s at %s is of cluster %s, and --cluster says %s\n"
                       "  fix: leave --cluster out, or give the peer port of a node of %s",
                       who->name, address, who->cluster, c->cluster, c->cluster);
    return 0;
}

int first_start_joins(const struct config *c, const char *address, const struct peer_link *link,
                      struct node_options *options, struct err *e)
{
    struct peer_hello_reply reply;
    struct peer_hello hello =
        join_hello(c->name, c->advertise_peer, link->cluster_id, link->generation);
    if (join_greet(address, &hello, JOIN_MS, &reply, e) < 0)
        return DAEMON_EXIT_UNAVAILABLE;
    if (of_that_name(c, address, &reply.hello, e) < 0)
        return NODE_EXIT_CONFIG;
    if (reply.refusal == PEER_REFUSED_SELF) {
        (void)err_set(
            e, -E_EXISTS,
            "%s lives already: it answers at %s\n  fix: give this one a --name of its own", c->name,
            address);
        return NODE_EXIT_CONFIG;
    }
    memcpy(options->join_cluster, reply.hello.cluster, sizeof(options->join_cluster));
    if (reply.refusal != PEER_REFUSED_DISK)
        return 0;
    (void)known_elsewhere(c, &reply, e);
    return NODE_EXIT_CONFIG;
}

static int ask_to_join(const struct config *c, struct node_options *options, struct err *e)
{
    struct peer_hello_reply reply;
    struct peer_hello hello = join_hello(c->name, c->advertise_peer, 0, 0);
    int code = join_greet(c->join, &hello, JOIN_MS, &reply, e);
    if (code < 0)
        return DAEMON_EXIT_UNAVAILABLE;
    options->join_cluster_id = reply.hello.link.cluster_id;
    options->join_generation = reply.hello.link.generation;
    return first_start_joins(c, c->join, &reply.hello.link, options, e);
}

/* It will never be one of these founders, and the rest is no quorum: the list, or the name of the
 * cluster, is wrong. */
static int of_another_cluster(const struct config *c, const char *address,
                              const struct peer_hello *who, struct err *e)
{
    (void)err_set(e, -E_MISMATCH,
                  "bootstrap: %s at %s is of cluster %s (%016" PRIx64
                  "), which this list does not found under the name %s\n"
                  "  fix: the list and --cluster of its founders; or, for %s to be added there, "
                  "--join %s",
                  who->name, address, who->cluster[0] == '\0' ? "?" : who->cluster,
                  who->link.cluster_id, c->cluster, c->name, address);
    return NODE_EXIT_CONFIG;
}

/* What the other founders of the list say of this one. */
struct founders {
    const struct config *config;
    const struct birth_host *host;
    struct peer_hello hello;
    struct peer_hello_reply born; /* of one whose cluster has decided something; from 0: of none */
    bool heard[LIMIT_MEMBERS];
    size_t strangers; /* who have never met it */
    size_t others;    /* who are of another cluster */
};

static size_t quorum_of(const struct founders *f)
{
    return f->config->bootstrap.count / 2 + 1;
}

/* A cluster that has decided something, while this node was not there or before it was emptied:
 * which of the two is certain only if a majority of the others has never met it. */
static bool is_certain(const struct founders *f)
{
    return f->born.hello.from == 0 || f->strangers >= quorum_of(f);
}

static int weigh(struct founders *f, const char *address, const struct peer_hello_reply *reply,
                 struct err *e)
{
    size_t rest = f->config->bootstrap.count - quorum_of(f);
    if (reply->refusal == PEER_REFUSED_DISK || reply->refusal == PEER_REFUSED_GENERATION) {
        (void)known_elsewhere(f->config, reply, e);
        return NODE_EXIT_CONFIG;
    }
    if (reply->refusal == PEER_REFUSED_CLUSTER && ++f->others > rest)
        return of_another_cluster(f->config, address, &reply->hello, e);
    if (reply->refusal == PEER_REFUSED_BORN)
        f->born = *reply;
    f->strangers += reply->refusal == PEER_REFUSED_BORN || reply->refusal == PEER_ACCEPTED;
    return 0;
}

/* Asks whoever has not answered yet, wait_ms each. */
static int ask_the_silent(struct founders *f, unsigned wait_ms, struct err *e)
{
    const struct config *c = f->config;
    int code = 0;
    for (size_t i = 0; i < c->bootstrap.count && code == 0; i++) {
        const struct node_peer *one = &c->bootstrap.list[i];
        struct peer_hello_reply reply;
        struct err ignored = {0};
        if (f->heard[i] || strcmp(one->name, c->name) == 0)
            continue;
        f->heard[i] = join_greet(one->address, &f->hello, wait_ms, &reply, &ignored) == 0;
        if (f->heard[i])
            code = weigh(f, one->address, &reply, e);
        else if (f->host->stopped(f->host->arg))
            return NODE_EXIT_CONFIG; /* that it was stopped is what will be said */
    }
    return code;
}

static void say_it_asks_again(const struct founders *f)
{
    char limit[UNITS_TEXT_MAX];
    logger_printf(f->host->log, ENV_ABOUT_MEMBER, ENV_INFO,
                  "the cluster of %s has decided something, and %zu of the other founders say that "
                  "they have never met this node, of %zu that are needed: asks the rest again, for "
                  "%s at most",
                  f->born.hello.name, f->strangers, quorum_of(f),
                  units_print_duration(CERTAIN_NS, limit));
}

/* They may be slow, or not started yet. */
static int ask_again(struct founders *f, struct err *e)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * NS_PER_MS};
    uint64_t until_ns = turn_now_ns() + CERTAIN_NS;
    int code = 0;
    say_it_asks_again(f);
    while (code == 0 && !is_certain(f) && turn_now_ns() < until_ns) {
        (void)nanosleep(&pause, NULL);
        code = ask_the_silent(f, JOIN_MS, e);
    }
    return code;
}

static int ask_to_found(const struct config *c, const struct birth_host *host,
                        const struct node_options *options, struct err *e)
{
    const size_t count = c->bootstrap.count;
    uint64_t cluster_id = node_founding_id(c->cluster, options->bootstrap, count);
    struct founders f = {
        .config = c, .host = host, .hello = join_hello(c->name, c->advertise_peer, cluster_id, 0)};
    int code = ask_the_silent(&f, FOUND_MS, e);
    if (code == 0 && !is_certain(&f))
        code = ask_again(&f, e);
    if (code != 0 || is_certain(&f))
        return code;
    (void)err_set(e, -E_EXISTS,
                  "%s is empty, the cluster of %s has decided something (%s), and of %zu founders "
                  "%zu only say that they have never met %s: perhaps it was emptied\n"
                  "  fix: if it never ran, start it again when %zu of the others answer; if it "
                  "did: " NODE_COMES_BACK,
                  c->data_dir, f.born.hello.name, f.born.detail, count, f.strangers, c->name,
                  quorum_of(&f), c->name, c->name, c->name);
    return NODE_EXIT_CONFIG;
}

int first_start_ask(const struct config *c, const struct birth_host *host,
                    struct node_options *options, struct err *e)
{
    return c->join[0] != '\0' ? ask_to_join(c, options, e) : ask_to_found(c, host, options, e);
}
