/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one live run is made of. Private to live/. */
#ifndef LIVE_RUN_H
#define LIVE_RUN_H

#include "emulator/live/admin.h"
#include "emulator/live/bends.h"
#include "emulator/live/breaks.h"
#include "emulator/live/canary.h"
#include "emulator/live/client_io.h"
#include "emulator/live/disks.h"
#include "emulator/live/filters.h"
#include "emulator/live/nodes.h"
#include "emulator/live/points.h"
#include "emulator/live/stay.h"

struct live {
    const struct scenario *s;
    const struct live_options *options;
    struct live_outcome *outcome, its_outcome;
    unsigned hosts; /* that clients live on */
    struct netem *net;
    uv_loop_t loop;
    bool loop_open;
    uv_timer_t wake, tick;
    uv_signal_t signals[4]; /* CHLD, TERM, INT, HUP */
    struct observer observer;
    struct trace_names names; /* of the traces */
    struct nodes *nodes;
    struct client_io *client_io;
    struct clients *clients;
    char *
        *adapter; /* the words of the program that nodes are behind, owned; NULL: they are raftd */
    struct adapter_clients adapter_clients;
    struct admin *admin;
    struct break_list breaks;
    struct workload *workload;
    struct disks disks;
    struct bends bends, walls;
    struct points points;
    struct filters filters;
    uint64_t lab_numbers; /* given to what processes wait for */
    nodeset harmed;       /* nodes whose disks the judges were told of */
    struct outfile history, faults;
    struct world world;
    struct runner *runner;
    struct canary canary;
    int leader;              /* whom the clients know of */
    struct err failed;       /* what no step could know: the run is broken off */
    bool did_not_start;      /* failed is about a node that ended before its first word, or about
                              * what its adapter cannot do */
    bool ending;             /* the nodes are being stopped */
    uint64_t began_ns;       /* before the nodes were started */
    uint64_t next_report_ns; /* of progress */
};

/* For people, at the present time. */
void live_say(struct live *l, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* news.c: what happens, told. */
void news_led(void *arg, unsigned node, int leader);
void news_record(void *arg, unsigned node, const struct trace_record *rec);
void news_crashed(void *arg, unsigned node, const char *cause, bool booted, const char *log);
void news_fell(void *arg, unsigned node, const char *cause, const char *log);
void news_failed(void *arg, const struct err *e);
void news_progress(struct live *l);

/* inside.c: what is done through the lab channels. */
void inside_open(struct live *l);
void inside_tick(struct live *l);
void inside_fill(struct world *w);
void inside_greet(void *arg, unsigned node, struct node_lab *lab);
const char *inside_struck(void *arg, unsigned node, int status, bool told);
void inside_met(void *arg, unsigned node, uint64_t number);

/* live_world.c: the runner's door. */
void live_world_fill(struct live *l);

/* abilities.c: what this world cannot do, beyond what lint asks. 0 or -E_UNSUPPORTED. */
int live_refuse(const struct scenario *s, struct err *e) MUST_CHECK;
/* The carrier it takes, where another one is not insisted on that cannot do what the scenario asks.
 * Errors: -E_UNSUPPORTED. */
int live_carrier(const struct scenario *s, enum netem_carrier wanted, enum netem_carrier *ret,
                 struct err *e) MUST_CHECK;

#endif
