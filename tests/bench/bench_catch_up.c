/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What it costs the others that a wiped node comes back through a snapshot: the leader's writes a
 * second while it catches up, beside those of the same run while nobody does. */
#include "base/mem.h"
#include "base/units.h"
#include "load.h"
#include "raftctl/conn.h"
#include "raftctl/survey.h"
#include "servers.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_USAGE  64
#define EXIT_SUT    69
#define EXIT_FILES  73
#define SLICE_NS    (100 * NS_PER_MS) /* of load between two looks at the member */
#define GIVE_UP_NS  (120 * NS_PER_S)
#define CLOSE_BY    1000 /* entries behind: caught up, under load */
#define NEWCOMER    "n4"
#define CLIENTS_MAX 1000

static const char usage[] =
    "usage: bench_catch_up [options]\n"
    "  --entries N      entries in the log before (default 100000)\n"
    "  --clients N      writers, each with one request outstanding (default 16)\n"
    "  --seconds S      undisturbed time measured before, and again after (default 3)\n"
    "  --raftd PATH     default: beside this program\n"
    "  --dir DIR        where data goes for the while (default: beside the build's bin/)\n";

struct options {
    uint64_t entries;
    uint64_t clients;
    uint64_t seconds;
    const char *raftd;
    const char *dir;
};

struct bench {
    const struct options *options;
    struct scratch scratch;
    struct cluster cluster;
    struct child newcomer;
    uint16_t ports[2]; /* its client's and peers' */
    unsigned leader;
    struct load *load;
};

/* Requests answered and the time it took. */
struct rate {
    uint64_t ops;
    uint64_t ns;
};

static double per_second(struct rate r)
{
    return r.ns == 0 ? 0 : (double)r.ops * (double)NS_PER_S / (double)r.ns;
}

/* ---- the cluster ---- */

static int leader_endpoint(const struct bench *b, struct endpoint *ret, struct err *e)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "127.0.0.1:%u", b->cluster.client_ports[b->leader]);
    return endpoint_parse(span_str(text), ret, e);
}

/* One command at the leader, its words separated by single spaces. */
static int tell_leader(const struct bench *b, const char *line, struct err *e)
{
    struct span words[8];
    size_t count = 0;
    struct endpoint to;
    struct conn conn, *const conns[] = {&conn};
    int code = leader_endpoint(b, &to, e);
    if (code < 0)
        return code;
    for (const char *at = line; *at != '\0'; at += *at == ' ') {
        size_t len = strcspn(at, " ");
        ASSERT(count < ARRAY_LEN(words));
        words[count++] = span_of(at, len);
        at += len;
    }
    conn_open(&conn, &to);
    conn_ask(&conn, words, count);
    conn_wait(conns, 1, bench_now_ns() + 20 * NS_PER_S);
    if (conn.reply == NULL)
        code = err_set(e, -E_CLOSED, "%s: no reply: %s", line, conn.failed.text);
    else if (conn.reply->kind == RESP_ERROR)
        code = err_set(e, -E_INVALID, "%s: %.*s", line, (int)conn.reply->text.len,
                       conn.reply->text.data);
    conn_close(&conn);
    return code;
}

/* How far the newcomer is behind by the leader's word; true if that is known. */
static bool newcomer_lag(const struct bench *b, uint64_t *ret)
{
    static struct survey survey;
    struct endpoint to;
    struct err e = {0};
    if (leader_endpoint(b, &to, &e) < 0 ||
        survey_take(&to, 1, bench_now_ns() + 2 * NS_PER_S, &survey, &e) < 0)
        return false;
    const struct survey_row *row = survey_find(&survey, NEWCOMER);
    if (row == NULL)
        return false;
    *ret = survey_lag(&survey, row);
    return *ret != STATUS_NUMBER_NONE;
}

static int start_newcomer(struct bench *b, struct err *e)
{
    char dir[PATH_MAX], log[PATH_MAX], peer[32], client[32], seed[32];
    scratch_path(&b->scratch, NEWCOMER, dir);
    scratch_path(&b->scratch, NEWCOMER ".log", log);
    (void)snprintf(peer, sizeof(peer), "127.0.0.1:%u", b->ports[1]);
    (void)snprintf(client, sizeof(client), "127.0.0.1:%u", b->ports[0]);
    (void)snprintf(seed, sizeof(seed), "127.0.0.1:%u", b->cluster.peer_ports[b->leader]);
    const char *argv[] = {
        b->options->raftd, "--name", NEWCOMER, "--data-dir", dir, "--listen-peer", peer,
        "--listen-client", client,   "--join", seed,         NULL};
    return child_start(&b->newcomer, argv, log, e);
}

/* A member's disk is gone: it leaves the cluster, and its machine comes back under another name
 * with an empty directory. */
static int replace_member(struct bench *b, struct err *e)
{
    char line[96];
    unsigned lost = (b->leader + 1) % CLUSTER_NODES;
    child_stop(&b->cluster.nodes[lost]);
    (void)snprintf(line, sizeof(line), "RAFT MEMBER REMOVE n%u", lost + 1);
    int code = tell_leader(b, line, e);
    (void)snprintf(line, sizeof(line), "RAFT MEMBER ADD " NEWCOMER " 127.0.0.1:%u LEARNER",
                   b->ports[1]);
    if (code == 0)
        code = tell_leader(b, line, e);
    return code < 0 ? code : start_newcomer(b, e);
}

/* ---- measuring ---- */

static int slice(struct bench *b, struct rate *sum, struct err *e)
{
    static struct load_result result; /* too large for a stack */
    int code = load_for(b->load, SLICE_NS, &result, e);
    if (code < 0)
        return code;
    if (result.errors > 0)
        return err_set(e, -E_INVALID, "a write was refused: %s", result.first_error);
    sum->ops += result.latency_ns.count;
    sum->ns += result.elapsed_ns;
    return 0;
}

/* Looks at the cluster between slices as the other phase does: both pay for it. */
static int undisturbed(struct bench *b, struct rate *sum, struct err *e)
{
    uint64_t lag;
    int code = 0;
    for (uint64_t i = 0; i < b->options->seconds * 10 && code == 0; i++) {
        (void)newcomer_lag(b, &lag);
        code = slice(b, sum, e);
    }
    return code;
}

static int catching_up(struct bench *b, struct rate *sum, struct err *e)
{
    uint64_t began_ns = bench_now_ns(), lag = UINT64_MAX;
    int code = 0;
    while (code == 0 && (!newcomer_lag(b, &lag) || lag > CLOSE_BY)) {
        if (bench_now_ns() - began_ns > GIVE_UP_NS)
            return err_set(e, -E_TIMEOUT, "%s is still %llu entries behind", NEWCOMER,
                           (unsigned long long)lag);
        code = slice(b, sum, e);
    }
    return code;
}

static void print(const struct options *o, struct rate before, struct rate during,
                  struct rate after)
{
    struct rate calm = {before.ops + after.ops, before.ns + after.ns};
    (void)printf("%llu entries before, %llu writers; writes a second at the leader\n\n",
                 (unsigned long long)o->entries, (unsigned long long)o->clients);
    (void)printf("undisturbed, before   %10.0f\n", per_second(before));
    (void)printf("%s catches up         %10.0f   in %.1f s\n", NEWCOMER, per_second(during),
                 (double)during.ns / (double)NS_PER_S);
    (void)printf("undisturbed, after    %10.0f\n", per_second(after));
    (void)printf("while catching up     %9.0f%%   of undisturbed\n",
                 per_second(calm) == 0 ? 0 : 100 * per_second(during) / per_second(calm));
}

static int measure(struct bench *b, struct err *e)
{
    struct cluster_state state;
    struct rate warm = {0}, before = {0}, during = {0}, after = {0};
    int code = cluster_leader(&b->cluster, &state, e);
    if (code < 0)
        return code;
    b->leader = state.leader;
    uint16_t port = b->cluster.client_ports[b->leader];
    struct load_spec spec = {.port = port,
                             .op = LOAD_SET,
                             .connections = (unsigned)b->options->clients,
                             .depth = 1,
                             .keys_count = b->options->entries,
                             .seed = 1};
    code = load_fill(port, b->options->entries, e);
    if (code == 0)
        code = load_open(&spec, &b->load, e);
    if (code == 0)
        code = slice(b, &warm, e);
    if (code == 0)
        code = undisturbed(b, &before, e);
    if (code == 0)
        code = replace_member(b, e);
    if (code == 0)
        code = catching_up(b, &during, e);
    if (code == 0)
        code = undisturbed(b, &after, e);
    if (code == 0)
        code = load_drain(b->load, e);
    if (code == 0)
        print(b->options, before, during, after);
    load_free(b->load);
    return code;
}

/* ---- main ---- */

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"entries", required_argument, NULL, 'n'}, {"clients", required_argument, NULL, 'c'},
        {"seconds", required_argument, NULL, 's'}, {"raftd", required_argument, NULL, 'r'},
        {"dir", required_argument, NULL, 'd'},     {0}};
    int option;
    *o = (struct options){.entries = 100000, .clients = 16, .seconds = 3};
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        bool ok = true;
        switch (option) {
        case 'n': ok = units_u64(optarg, 10000000, &o->entries) == 0 && o->entries > 0; break;
        case 'c': ok = units_u64(optarg, CLIENTS_MAX, &o->clients) == 0 && o->clients > 0; break;
        case 's': ok = units_u64(optarg, 600, &o->seconds) == 0 && o->seconds > 0; break;
        case 'r': o->raftd = optarg; break;
        case 'd': o->dir = optarg; break;
        default: ok = false;
        }
        if (!ok)
            return false;
    }
    return optind == argc;
}

/* Returns an exit code. */
static int run(const struct options *options, struct err *e)
{
    static struct bench b;
    b.options = options;
    if (scratch_make(options->dir, &b.scratch, e) < 0)
        return EXIT_FILES;
    int code = free_ports(b.ports, 2, e);
    if (code == 0)
        code = cluster_start(&b.cluster, options->raftd, &b.scratch, e);
    if (code == 0)
        code = measure(&b, e);
    child_stop(&b.newcomer);
    cluster_stop(&b.cluster);
    scratch_remove(&b.scratch);
    return code < 0 ? EXIT_SUT : 0;
}

int main(int argc, char **argv)
{
    struct options options;
    struct err e = {0};
    if (!parse(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    int exit_code =
        places_fill("raftd", &options.raftd, &options.dir, &e) < 0 ? EXIT_FILES : run(&options, &e);
    if (exit_code != 0)
        (void)fprintf(stderr, "bench_catch_up: %s\n", e.text);
    return exit_code;
}
