/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many writes and linearizable reads a second three raftd serve, and how long one takes; beside
 * them a Redis that syncs every write. */
#include "base/units.h"
#include "grid_print.h"
#include "self_test.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SECONDS_MAX 3600
#define CLIENTS_MAX 10000
#define EXIT_USAGE  64
#define EXIT_SUT    69 /* what was to be measured did not start, or broke */
#define EXIT_FILES  73

static const char usage[] =
    "usage: bench_kv [options]\n"
    "  --seconds S        measure each cell that long (default 2, fractions allowed)\n"
    "  --rounds N         measure everything N times and show medians (default 1)\n"
    "  --quick            half a second a cell, 1 and 64 clients, a connection each\n"
    "  --op set|get       one operation only\n"
    "  --shape connections|pipelined   one shape only\n"
    "  --clients N[,N...] default 1,64,256,1000; pipelined ones are spread over 8 connections\n"
    "  --via leader|follower|both      whom raftd's clients ask (default leader)\n"
    "  --keys N           keys in use (default 100000)\n"
    "  --raftd PATH       default: beside this program\n"
    "  --redis PATH       default: redis-server in PATH\n"
    "  --no-redis         without the comparison\n"
    "  --dir DIR          where data goes for the while (default: beside the build's bin/)\n"
    "  -o json|table      default table\n"
    "  --self-test        check the histogram and the clean-up, start no server\n";

struct options {
    struct grid_options grid;
    const char *raftd;
    const char *redis;
    const char *dir;
    bool json;
    bool self_test;
};

/* ---- options ---- */

static bool complain(const char *option, const char *value)
{
    (void)fprintf(stderr, "bench_kv: %s: not a valid value: %s\n", option, value);
    return false;
}

/* The bits of a word in a list of words, each with its bits. */
static bool parse_bits(const char *option, const char *value, const char *const *words,
                       const unsigned *bits, size_t count, unsigned *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(value, words[i]) == 0) {
            *ret = bits[i];
            return true;
        }
    }
    return complain(option, value);
}

static bool parse_clients(const char *value, struct grid_options *g)
{
    char copy[256];
    char *rest = copy, *word;
    uint64_t n;
    g->clients_count = 0;
    if (strlen(value) >= sizeof(copy))
        return complain("--clients", value);
    memcpy(copy, value, strlen(value) + 1);
    while ((word = strsep(&rest, ",")) != NULL) {
        if (g->clients_count == CLIENTS_CHOICES_MAX || units_u64(word, CLIENTS_MAX, &n) < 0 ||
            n == 0)
            return complain("--clients", value);
        g->clients[g->clients_count++] = (unsigned)n;
    }
    return true;
}

static bool parse_seconds(const char *value, uint64_t *ret)
{
    char *end;
    double s = strtod(value, &end);
    if (end == value || *end != '\0' || !(s >= 0.01) || s > SECONDS_MAX)
        return complain("--seconds", value);
    *ret = (uint64_t)(s * (double)NS_PER_S);
    return true;
}

static bool parse_number(const char *option, const char *value, uint64_t max, uint64_t *ret)
{
    return (units_u64(value, max, ret) == 0 && *ret > 0) || complain(option, value);
}

static void set_quick(struct grid_options *g)
{
    g->measure_ns = NS_PER_S / 2;
    g->shapes = 1u << SHAPE_CONNECTIONS;
    g->clients[0] = 1;
    g->clients[1] = 64;
    g->clients_count = 2;
}

static bool apply(struct options *o, int option)
{
    static const char *const ops[] = {"set", "get"}, *const shapes[] = {"connections", "pipelined"},
                             *const vias[] = {"leader", "follower", "both"},
                             *const forms[] = {"table", "json"};
    static const unsigned bits[] = {1, 2, 3};
    struct grid_options *g = &o->grid;
    unsigned word = 0;
    uint64_t n = 0;
    bool good = true;
    switch (option) {
    case 's': return parse_seconds(optarg, &g->measure_ns);
    case 'r':
        good = parse_number("--rounds", optarg, ROUNDS_MAX, &n);
        g->rounds = (unsigned)n;
        return good;
    case 'q': set_quick(g); return true;
    case 'O': return parse_bits("--op", optarg, ops, bits, 2, &g->ops);
    case 'S': return parse_bits("--shape", optarg, shapes, bits, 2, &g->shapes);
    case 'c': return parse_clients(optarg, g);
    case 'v':
        good = parse_bits("--via", optarg, vias, bits, 3, &word);
        g->systems = (g->systems & 1u << SYSTEM_REDIS) | word;
        return good;
    case 'k': return parse_number("--keys", optarg, 1000000000, &g->keys_count);
    case 'R': o->raftd = optarg; return true;
    case 'e': o->redis = optarg; return true;
    case 'n': g->systems &= ~(1u << SYSTEM_REDIS); return true;
    case 'd': o->dir = optarg; return true;
    case 'o':
        good = parse_bits("-o", optarg, forms, bits, 2, &word);
        o->json = word == 2;
        return good;
    case 't': o->self_test = true; return true;
    default: return false;
    }
}

static bool parse(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"seconds", required_argument, NULL, 's'}, {"rounds", required_argument, NULL, 'r'},
        {"quick", no_argument, NULL, 'q'},         {"op", required_argument, NULL, 'O'},
        {"shape", required_argument, NULL, 'S'},   {"clients", required_argument, NULL, 'c'},
        {"via", required_argument, NULL, 'v'},     {"keys", required_argument, NULL, 'k'},
        {"raftd", required_argument, NULL, 'R'},   {"redis", required_argument, NULL, 'e'},
        {"no-redis", no_argument, NULL, 'n'},      {"dir", required_argument, NULL, 'd'},
        {"self-test", no_argument, NULL, 't'},     {0}};
    int option;
    *o = (struct options){.grid = {.ops = 3,
                                   .shapes = 3,
                                   .systems = 1u << SYSTEM_LEADER | 1u << SYSTEM_REDIS,
                                   .clients = {1, 64, 256, 1000},
                                   .clients_count = 4,
                                   .measure_ns = 2 * NS_PER_S,
                                   .rounds = 1,
                                   .keys_count = 100000}};
    while ((option = getopt_long(argc, argv, "o:", table, NULL)) != -1) {
        if (!apply(o, option))
            return false;
    }
    for (unsigned i = 0; i < o->grid.clients_count; i++) {
        unsigned n = o->grid.clients[i];
        if ((o->grid.shapes >> SHAPE_PIPELINED & 1) != 0 && n > 8 && n % PIPELINED_LINES != 0) {
            (void)fprintf(stderr, "bench_kv: --clients %u: pipelined ones come in eights\n", n);
            return false;
        }
    }
    return optind == argc;
}

/* ---- running ---- */

/* A descriptor for each client. */
static void raise_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}

/* Fills in what was not given. */
static int find_things(struct options *o, char redis[PATH_MAX], struct err *e)
{
    int code = places_fill("raftd", &o->raftd, &o->dir, e);
    if (code < 0)
        return code;
    if (access(o->raftd, X_OK) != 0)
        return err_set(e, -E_NOTFOUND, "bench: %s: no such program", o->raftd);
    if ((o->grid.systems >> SYSTEM_REDIS & 1) == 0)
        return 0;
    if (redis_find(o->redis, redis)) {
        o->redis = redis;
        return 0;
    }
    if (o->redis != NULL)
        return err_set(e, -E_NOTFOUND, "bench: %s: no such program", o->redis);
    (void)fputs("redis-server not installed: comparison skipped\n", stderr);
    o->grid.systems &= ~(1u << SYSTEM_REDIS);
    return 0;
}

static int start_all(const struct options *o, const struct scratch *s, struct cluster *cluster,
                     struct redis *redis, struct err *e)
{
    struct cluster_state state;
    bool with_redis = (o->grid.systems >> SYSTEM_REDIS & 1) != 0;
    int code = cluster_start(cluster, o->raftd, s, e);
    if (code == 0 && with_redis)
        code = redis_start(redis, o->redis, s, e);
    if (code == 0)
        code = cluster_leader(cluster, &state, e);
    if (code == 0)
        code = load_fill(cluster->client_ports[state.leader], o->grid.keys_count, e);
    if (code == 0 && with_redis)
        code = load_fill(redis->port, o->grid.keys_count, e);
    return code;
}

static void print(const struct grid *g, const struct machine *m, bool json)
{
    struct buf out = {0};
    if (json)
        grid_print_json(g, m, &out);
    else
        grid_print_table(g, m, &out);
    (void)fputs(buf_str(&out), stdout);
    buf_free(&out);
}

static int run(const struct options *o, const struct scratch *s, struct err *e)
{
    static struct cluster cluster;
    static struct redis redis;
    struct machine machine;
    struct grid grid;
    machine_look(&machine, s->dir);
    grid_make(&grid, &o->grid);
    int code = start_all(o, s, &cluster, &redis, e);
    if (code == 0)
        code = grid_run(&grid, &cluster, &redis, e);
    machine.redis = grid_has(&grid, SYSTEM_REDIS) ? redis.version : NULL;
    if (code == 0)
        print(&grid, &machine, o->json);
    cluster_stop(&cluster);
    redis_stop(&redis);
    grid_free(&grid);
    return code;
}

int main(int argc, char **argv)
{
    static char redis[PATH_MAX];
    struct options options;
    struct scratch scratch = {0};
    struct err e = {0};
    if (!parse(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (options.self_test)
        return self_test();
    raise_files();
    int code = find_things(&options, redis, &e);
    if (code == 0)
        code = scratch_make(options.dir, &scratch, &e);
    int exit_code = code < 0 ? EXIT_FILES : 0;
    if (code == 0 && run(&options, &scratch, &e) < 0)
        exit_code = EXIT_SUT;
    if (exit_code != 0)
        (void)fprintf(stderr, "bench_kv: %s\n", e.text);
    scratch_remove(&scratch);
    return exit_code;
}
