/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of namespaces: up and down again, beside Mininet and beside a script; partitions; what a
 * link that nothing impairs costs; what an impaired one makes of a delay. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/units.h"
#include "child.h"
#include "net_link.h"

#define RUNS_MAX        100
#define NETS_MAX        200
#define FLIPS           1000
#define FLIP_NODES      9
#define TRIPS           2000
#define DELAYS          500
#define THROUGHPUT_NS   (1000 * NS_PER_MS)
#define EXIT_USAGE      64
#define EXIT_FAILED     70
#define EXIT_CANNOT_RUN 77

static const char usage[] = "usage: bench_net [options]\n"
                            "  --links      what links cost alone, no networks up and down\n"
                            "  --runs N     networks up and down so often (default 5)\n"
                            "  --helpers D  where mininet_up.py and iproute_up.sh are\n"
                            "               (default: beside their source)\n";

struct options {
    uint64_t runs;
    const char *helpers;
    bool links; /* alone */
};

/* ---- up and down ---- */

/* So many namespaces: as few networks as they fit into. */
static int open_all(int count, enum netem_carrier carrier, struct netem *nets[], int *ret_count,
                    struct err *e)
{
    *ret_count = 0;
    while (count > 0) {
        int nodes = count < NETEM_NODES_MAX ? count : NETEM_NODES_MAX;
        int clients = count - nodes < NETEM_CLIENTS_MAX ? count - nodes : NETEM_CLIENTS_MAX;
        const struct netem_options o = {
            .nodes_count = nodes, .clients_count = clients, .carrier = carrier};
        int code = netem_open(&o, &nets[*ret_count], e);
        if (code < 0)
            return code;
        (*ret_count)++;
        count -= nodes + clients;
    }
    return 0;
}

static int up_down(int count, enum netem_carrier carrier, const char *title, uint64_t runs,
                   struct err *e)
{
    struct netem *nets[NETS_MAX];
    uint64_t up[RUNS_MAX], down[RUNS_MAX];
    int nets_count = 0;
    for (uint64_t i = 0; i < runs; i++) {
        uint64_t began = bench_now_ns();
        int code = open_all(count, carrier, nets, &nets_count, e);
        uint64_t opened = bench_now_ns();
        for (int n = 0; n < nets_count; n++)
            netem_close(nets[n]);
        if (code < 0)
            return code;
        up[i] = opened - began;
        down[i] = bench_now_ns() - opened;
    }
    (void)printf("%3d namespaces  %-28s up %8.1f ms   down %8.1f ms   (%d network%s)\n", count,
                 title, (double)net_quantile(up, runs, 50) / 1e6,
                 (double)net_quantile(down, runs, 50) / 1e6, nets_count,
                 nets_count == 1 ? "" : "s");
    return 0;
}

static void print_other(const char *title, int count, const char *command, uint64_t runs)
{
    uint64_t up_ns[RUNS_MAX], down_ns[RUNS_MAX];
    uint64_t done = 0;
    for (uint64_t i = 0; i < runs; i++) {
        double up = 0, down = 0;
        FILE *f = popen(command, "re");
        int read = f == NULL ? 0 : fscanf(f, "%lf %lf", &up, &down);
        if (f == NULL || pclose(f) != 0 || read != 2)
            break;
        up_ns[done] = (uint64_t)(up * 1e9);
        down_ns[done++] = (uint64_t)(down * 1e9);
    }
    if (done == 0)
        (void)printf("%3d namespaces  %-28s cannot run here: see above\n", count, title);
    else
        (void)printf("%3d namespaces  %-28s up %8.1f ms   down %8.1f ms\n", count, title,
                     (double)net_quantile(up_ns, done, 50) / 1e6,
                     (double)net_quantile(down_ns, done, 50) / 1e6);
    (void)fflush(stdout);
}

/* Mininet needs root, and names of devices that nobody else has: a network namespace of its own.
 * What takes them minutes is done once. */
static void beside(int count, const struct options *o)
{
    char command[512];
    uint64_t runs = count > 100 || o->runs < 3 ? 1 : 3;
    (void)snprintf(command, sizeof(command),
                   "unshare --net --mount --pid --fork --mount-proc /usr/bin/python3 "
                   "'%s/mininet_up.py' %d",
                   o->helpers, count);
    print_other("Mininet, Linux bridge", count, command, runs);
    (void)snprintf(command, sizeof(command), "'%s/iproute_up.sh' %d", o->helpers, count);
    print_other("a script of ip commands", count, command, runs);
}

/* ---- one carrier ---- */

static int flips(struct netem *net, struct err *e)
{
    struct netem_change changes[FLIP_NODES * FLIP_NODES];
    uint64_t took[FLIPS];
    for (int i = 0; i < FLIPS; i++) {
        int count = 0;
        for (int a = 0; a < FLIP_NODES; a++) {
            for (int b = 0; b < FLIP_NODES; b++) {
                bool apart = (a < FLIP_NODES / 2) != (b < FLIP_NODES / 2);
                if (a != b)
                    changes[count++] = (struct netem_change){
                        .from = netem_node(net, a),
                        .to = netem_node(net, b),
                        .link = {.gate = apart == (i % 2 == 0) ? IMPAIR_CUT : IMPAIR_OPEN}};
            }
        }
        uint64_t began = bench_now_ns();
        int code = netem_apply(net, changes, count, e);
        if (code < 0)
            return code;
        took[i] = bench_now_ns() - began;
    }
    (void)printf("  all %d links of %d nodes flipped         median %7.1f us   p99 %7.1f us\n",
                 FLIP_NODES * (FLIP_NODES - 1), FLIP_NODES,
                 (double)net_quantile(took, FLIPS, 50) / 1e3,
                 (double)net_quantile(took, FLIPS, 99) / 1e3);
    return netem_reset(net, e);
}

static int round_trips(struct netem *net, struct err *e)
{
    static uint64_t loopback[TRIPS], link[TRIPS];
    int n1 = netem_node(net, 0), n2 = netem_node(net, 1);
    int code = net_round_trips(net, n1, n1, loopback, TRIPS, e);
    if (code == 0)
        code = net_round_trips(net, n1, n2, link, TRIPS, e);
    if (code < 0)
        return code;
    double base = (double)net_quantile(loopback, TRIPS, 50) / 1e3;
    double over = (double)net_quantile(link, TRIPS, 50) / 1e3;
    (void)printf("  round trip of an unimpaired link         median %7.1f us   added to loopback's "
                 "%.1f us: %.1f us\n",
                 over, base, over - base);
    return 0;
}

static int delays(struct netem *net, struct err *e)
{
    static const uint64_t asked_ms[] = {1, 20, 100};
    static uint64_t took[DELAYS];
    int from = netem_node(net, 0), to = netem_node(net, 1);
    for (size_t d = 0; d < ARRAY_LEN(asked_ms); d++) {
        const struct impairment link = {.delay_ns = asked_ms[d] * NS_PER_MS};
        int code = netem_link_set(net, from, to, &link, e);
        if (code == 0)
            code = net_delays(net, from, to, took, DELAYS, e);
        if (code < 0)
            return code;
        double asked = (double)link.delay_ns / 1e3;
        (void)printf(
            "  a delay of %3llu ms is longer by           median %7.1f us   p99 %7.1f us\n",
            (unsigned long long)asked_ms[d], (double)net_quantile(took, DELAYS, 50) / 1e3 - asked,
            (double)net_quantile(took, DELAYS, 99) / 1e3 - asked);
    }
    return netem_reset(net, e);
}

static int throughput(struct netem *net, struct err *e)
{
    double bytes_per_s = 0;
    int code =
        net_throughput(net, netem_node(net, 0), netem_node(net, 1), THROUGHPUT_NS, &bytes_per_s, e);
    if (code == 0)
        (void)printf("  one TCP connection                       %7.2f Gbit/s\n",
                     bytes_per_s * 8 / 1e9);
    return code;
}

/* What the machine lacks is said, and no failure. */
static int measure_carrier(enum netem_carrier carrier, const char *title, struct err *e)
{
    const struct netem_options o = {.nodes_count = FLIP_NODES, .carrier = carrier};
    struct netem *net = NULL;
    int code = netem_open(&o, &net, e);
    (void)printf("\ncarrier %s%s%s\n", title, code < 0 ? ": cannot run here: " : "",
                 code < 0 ? e->text : "");
    if (code < 0)
        return code == -E_UNSUPPORTED ? 0 : code;
    code = flips(net, e);
    if (code == 0)
        code = round_trips(net, e);
    if (code == 0)
        code = delays(net, e);
    if (code == 0)
        code = throughput(net, e);
    netem_close(net);
    (void)fflush(stdout);
    return code;
}

/* ---- all of it ---- */

static int inside(void *arg)
{
    static const int counts[] = {50, 200};
    const struct options *o = arg;
    struct err e = {0};
    double load[2] = {0, 0};
    int code = 0;
    (void)getloadavg(&load[0], 1);
    for (size_t i = 0; i < ARRAY_LEN(counts) && code == 0 && !o->links; i++) {
        code = up_down(counts[i], NETEM_USER, "raft-emulator, user carrier", o->runs, &e);
        int kernel = code < 0 ? 0
                              : up_down(counts[i], NETEM_KERNEL, "raft-emulator, kernel carrier",
                                        o->runs, &e);
        if (kernel == -E_UNSUPPORTED)
            (void)printf("%3d namespaces  raft-emulator, kernel carrier: cannot run here: %s\n",
                         counts[i], e.text);
        else if (kernel < 0)
            code = kernel;
        (void)fflush(stdout);
        if (code == 0)
            beside(counts[i], o);
    }
    if (code == 0)
        code = measure_carrier(NETEM_USER, "user", &e);
    if (code == 0)
        code = measure_carrier(NETEM_KERNEL, "kernel", &e);
    (void)getloadavg(&load[1], 1);
    (void)printf("\nload %.1f at the beginning, %.1f at the end\n", load[0], load[1]);
    if (code == 0)
        return 0;
    (void)fprintf(stderr, "bench_net: %s\n", e.text);
    return code == -E_UNSUPPORTED || code == -E_PERMISSION ? EXIT_CANNOT_RUN : EXIT_FAILED;
}

int main(int argc, char **argv)
{
    static const struct option table[] = {{"runs", required_argument, NULL, 'r'},
                                          {"helpers", required_argument, NULL, 'h'},
                                          {"links", no_argument, NULL, 'l'},
                                          {0}};
    struct options o = {.runs = 5, .helpers = BENCH_SOURCE_DIR};
    struct err e = {0};
    int option;
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (option == 'h')
            o.helpers = optarg;
        o.links = o.links || option == 'l';
        if (option == '?' ||
            (option == 'r' && (units_u64(optarg, RUNS_MAX, &o.runs) < 0 || o.runs == 0))) {
            (void)fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    int code = netem_sandbox_run(inside, &o, &e);
    if (code < 0)
        (void)fprintf(stderr, "bench_net: %s\n", e.text);
    return code < 0 ? EXIT_CANNOT_RUN : code;
}
