/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario as plain C structs: what parse.h makes of a file and the runner executes.
 *
 * Everything is owned by the struct scenario (scenario_free) and never changes after parsing.
 * Durations are nanoseconds (election timeouts are already multiplied out), sizes bytes, rates
 * bits per second, shares 0..1. */
#ifndef SCENARIO_MODEL_H
#define SCENARIO_MODEL_H

#include "emulator/scenario/select.h"
#include "emulator/scenario/vocab.h"
#include "netem/model/impair.h"
#include "trace/trace.h"

#define SCENARIO_NAME_MAX    63   /* letters */
#define SCENARIO_STEPS_MAX   1000 /* in one file, nested ones included */
#define SCENARIO_NEST_MAX    4    /* repeat in parallel in …; any in all in … */
#define SCENARIO_CLIENTS_MAX SELECT_CLIENTS_MAX
#define SCENARIO_TIMES_MAX   100000
#define SCENARIO_LANES_MAX   8 /* different lists of message types of its links */

struct scenario_step;

/* ---- values ---- */

struct text_list {
    char **items;
    size_t count;
};

struct pair {
    char *key;
    char *value;  /* as text: on, 150ms..300ms, 10000 */
    bool is_text; /* was a JSON string; false: number, true or false, kept as written */
};

struct pair_list {
    struct pair *items;
    size_t count;
};

enum link_direction { LINK_both, LINK_out, LINK_in };
enum link_plane { PLANE_peer, PLANE_client, PLANE_admin, PLANE_all };

/* Links between every node of `from` and every node of `to`. direction is as seen from `from`:
 * out = packets from `from` to `to`. messages: bit MESSAGE_x, 0 = every message; of the peer plane
 * only. On the admin plane `to` is empty: the other end is the administrator. */
struct scenario_link {
    bool all; /* "all": from and to are empty */
    struct selectors from, to;
    enum link_direction direction;
    enum link_plane plane;
    uint32_t messages;
};

enum loss_model { LOSS_bernoulli, LOSS_gilbert, LOSS_burst };

struct scenario_loss {
    enum loss_model model;
    double p, r;          /* gilbert: into and out of the lossy state, per packet */
    uint64_t len_packets; /* burst */
};

struct scenario_distribution {
    enum impair_distribution kind;
    struct impair_table *table; /* owned; NULL but for IMPAIR_TABLE */
};

struct scenario_mix {
    uint64_t weight[OPS_COUNT]; /* at least one is not 0 */
};

struct scenario_groups {
    struct selectors *items;
    size_t count;
};

struct scenario_shape {
    enum shape_id id;
    bool has_centre;
    struct selector centre;
};

/* Steps that run one after the other. */
struct scenario_branch {
    struct scenario_step *steps;
    size_t count;
    uint64_t weight; /* choose: from `weights`, else 1 */
};

struct scenario_branches {
    struct scenario_branch *items;
    size_t count;
};

/* One parameter's value; which member counts follows from type. */
struct scenario_value {
    enum param_id id;
    enum param_type type; /* of a ramped value: the type of the ramped parameter */
    union {
        uint64_t u64; /* duration, size, rate, count; impairment: a param_id */
        int64_t i64;  /* offset (ns), ppm */
        double share;
        bool boolean;
        char *text;             /* text, choice */
        struct text_list texts; /* texts, actions */
        struct selectors who;   /* who, node */
        struct scenario_link link;
        struct scenario_groups groups;
        struct scenario_shape shape;
        struct scenario_loss loss;
        struct scenario_distribution distribution;
        struct scenario_mix mix;
        struct pair_list pairs;
        enum trace_event event;
        uint32_t messages;
        struct scenario_branches branches; /* steps (one branch), branches; weights are inside */
    };
};

struct scenario_args {
    struct scenario_value *items;
    size_t count;
};

/* The value of a parameter, or NULL if it was not given. */
const struct scenario_value *scenario_arg(const struct scenario_args *args, enum param_id id);
/* The same with a default. Precondition (asserted): the parameter's type fits the getter. */
uint64_t scenario_arg_u64(const struct scenario_args *args, enum param_id id, uint64_t otherwise);
int64_t scenario_arg_i64(const struct scenario_args *args, enum param_id id, int64_t otherwise);
double scenario_arg_share(const struct scenario_args *args, enum param_id id, double otherwise);
bool scenario_arg_bool(const struct scenario_args *args, enum param_id id, bool otherwise);
/* choice and text */
const char *scenario_arg_text(const struct scenario_args *args, enum param_id id,
                              const char *otherwise);
/* It is selectors: its `who` counts. */
bool scenario_value_is_who(const struct scenario_value *v);
const struct selectors *scenario_arg_who(const struct scenario_args *args, enum param_id id);
const struct scenario_link *scenario_arg_link(const struct scenario_args *args, enum param_id id);

/* ---- link impairments ---- */

/* Overwrites in *link what args names (rows of PARAMS_impair), leaves the rest. A loss without a
 * model is Bernoulli's; a burst without a loss keeps the link's share; an mtu of 1500 bytes is
 * none. A distribution's table is borrowed from args. */
void scenario_impair(const struct scenario_args *args, struct impairment *link);
/* Sets one impairment by its parameter: for ramps. value has the parameter's type. */
void scenario_impair_set(struct impairment *link, enum param_id id,
                         const struct scenario_value *value);

/* ---- conditions and steps ---- */

/* A wait condition (or WAIT_trigger, in `when` only). */
struct scenario_condition {
    enum wait_id kind;
    struct scenario_args args;
    struct scenario_condition *children; /* any, all */
    size_t children_count;
};

/* Of a WAIT_trigger: the step comes before the consequence of the event leaves the node. */
bool scenario_trigger_before(const struct scenario_condition *c);

struct scenario_step {
    enum action_id action;
    struct scenario_args args;
    struct scenario_condition *wait; /* ACTION_wait: never NULL; else NULL */
    struct scenario_condition *when; /* NULL: none. The step starts when it holds … */
    uint64_t within_ns;              /* … at the latest after this; also the limit of a wait.
                                      * 0 = not given (a wait of time needs none) */
    bool has_at;
    uint64_t at_ns;    /* since all nodes were started */
    uint64_t after_ns; /* since the previous step ended; 0 by default; never with at */
    uint64_t place;    /* in the simulator's run: at this place of that instant; 0 = not given */
    uint64_t for_ns;   /* undo by itself after this; 0 = not given */
    bool background;   /* the next step waits neither for its `when` nor for its end */
    bool must;         /* finding no target is an error (default true) */
    char *label;       /* or NULL */
    char *as;          /* binding, without '$', or NULL */
    unsigned number;   /* from 1, in reading order, nested steps included */
    size_t line;       /* in the file, from 1; 0 = from an override */
};

/* ---- the rest ---- */

enum run_in { RUN_both, RUN_sim, RUN_live };
enum read_mode { READ_index, READ_lease, READ_local };
enum client_attach { ATTACH_any, ATTACH_leader, ATTACH_pinned };

struct scenario_cluster {
    size_t voters, learners, spare; /* named n1.. in this order; together <= LIMIT_MEMBERS */
    char *sut;                      /* "raftd" */
    struct text_list versions;      /* the nodes start as the first of them */
    struct pair_list *per_version;  /* owned, as many: what each sets beyond config and perNode */
    struct pair_list config;        /* as for raftd's configuration file */
    struct pair_list per_node[LIMIT_MEMBERS];
    /* From config, with raftd's defaults. */
    uint64_t election_ns_min, election_ns_max; /* ET = election_ns_min */
    uint64_t heartbeat_ns;
};

struct scenario_pair_links { /* links.perPair: args has PARAM_link and impairments */
    struct scenario_args args;
};

struct scenario_clients {
    size_t count;        /* 0 = no load */
    char *model;         /* one of SCENARIO_MODELS; "register" */
    uint64_t rate_per_s; /* all clients together; 0 = as fast as answers come */
    uint64_t keys;
    struct scenario_mix mix;
    double hot;           /* share of operations that go to key 0; 0 = even */
    uint64_t value_bytes; /* 0 = the model's own */
    uint64_t timeout_ns;
    bool retry, sessions;
    bool idle; /* until a step says otherwise */
    enum read_mode read_mode;
    enum client_attach attach;
};

/* How clients ask: as `clients` says, and then as steps about the load do. */
struct scenario_load {
    uint64_t rate_per_s; /* all clients together; 0 = as fast as answers come */
    uint64_t keys;       /* at least 1 */
    double hot;          /* as in clients */
    uint64_t value_bytes;
    struct scenario_mix mix;
};

struct scenario_expect {
    enum checker_id checker;
    unsigned spelling;         /* vocab_checker_spelling: how the file names it */
    struct scenario_args args; /* a bare number is stored as max (or min) */
};

struct scenario_cover {
    enum coverage_id counter;
    uint64_t at_least;
};

struct scenario_final {
    struct scenario_condition condition;
    uint64_t within_ns; /* 0 = the runner's default */
};

struct scenario_negative {
    char *mutant;
    enum checker_id violates;
};

struct scenario_budget { /* 0 = not given */
    uint64_t virtual_ns, wall_ns, max_ops, checker_ns, checker_bytes;
};

struct scenario {
    char *file;                /* where it was read, or NULL */
    char *schema;              /* "$schema" or NULL */
    char *name, *why, *origin; /* why, origin may be NULL */
    struct text_list tags;
    uint64_t needs; /* bit CAP_x */
    bool has_seed;
    uint64_t seed;
    enum run_in run;
    struct scenario_budget budget;
    struct scenario_cluster cluster;
    struct scenario_args links_default; /* PARAMS_impair */
    struct scenario_pair_links *links_pairs;
    size_t links_pairs_count;
    struct scenario_clients clients;
    struct scenario_branch steps;
    unsigned steps_total; /* nested ones included */
    struct scenario_expect *expects;
    size_t expects_count;
    struct scenario_final *finals;
    size_t finals_count;
    struct scenario_cover *covers;
    size_t covers_count;
    struct scenario_negative *negatives;
    size_t negatives_count;
    struct text_list overrides; /* --set assignments, applied already */
};

void scenario_free(struct scenario *s); /* NULL is fine */
/* Parts of one; the struct itself is the caller's. */
void scenario_args_free(struct scenario_args *args);
void scenario_branch_free(struct scenario_branch *branch);
void scenario_condition_free(struct scenario_condition *c);

struct scenario_load scenario_load_of(const struct scenario_clients *clients);
/* Overwrites what a step's parameters name. */
void scenario_load_set(struct scenario_load *load, const struct scenario_args *args);

size_t scenario_nodes_count(const struct scenario *s); /* voters + learners + spare */
/* Its nodes are the laboratory's own. Others are behind an adapter, and trace nothing. */
bool scenario_is_raftd(const struct scenario *s);
const struct scenario_expect *scenario_expect_find(const struct scenario *s, enum checker_id id);
/* The value of a configuration key for a node (perNode wins), or NULL. */
const struct pair *scenario_config(const struct scenario *s, unsigned node, const char *key);
/* The value on a node that runs a version with settings of its own (NULL: none), which count before
 * the node's; or NULL. */
const char *scenario_setting(const struct scenario *s, unsigned node,
                             const struct pair_list *version, const char *key);
/* Its number among the versions, or -1. */
int scenario_version_find(const struct scenario *s, const char *name);
/* A guess at the run's length: the steps' own times, and how long waits usually take. */
uint64_t scenario_length_ns(const struct scenario *s);

#endif
