/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selectors: who a step is about, by name or by role at the moment of the step ("leader",
 * "random(2)", "minority", "$old"), parsed to a small tree and resolved against a view of the
 * cluster. Pure: both worlds resolve with the same code and a seeded stream. */
#ifndef SCENARIO_SELECT_H
#define SCENARIO_SELECT_H

#include "base/err.h"
#include "base/nodeset.h"
#include "base/prng.h"

#define SELECT_NAME_MAX    31 /* characters of a binding or a mark */
#define SELECT_CLIENTS_MAX 64 /* clients fit one word */

/* id, spelling, argument (none, count = "(k)", name = "(mark)"), whom it takes. Only nodes that no
 * earlier selector of the same step has taken are candidates, for every row. */
#define SCENARIO_SELECTORS(X)                                                                      \
    X(node, "n", none, "the node of that name")                                                    \
    X(bound, "$", none, "whom an earlier step bound with `as`")                                    \
    X(all, "all", none, "every member, and every other node that was started")                     \
    X(alive, "alive", none, "every node whose process runs, paused ones too")                      \
    X(crashed, "crashed", none, "every node that was started and does not run")                    \
    X(paused, "paused", none, "every suspended node")                                              \
    X(random, "random", count, "k of the nodes that run, drawn")                                   \
    X(rest, "rest", none, "all whom no earlier selector has taken")                                \
    X(leader, "leader", none, "the leader of the highest term")                                    \
    X(followers, "followers", none, "running voters and learners in the role follower")            \
    X(follower, "follower", count, "the k-th follower by name, from 0")                            \
    X(candidates, "candidates", none, "running nodes in the role candidate (or pre-candidate)")    \
    X(learners, "learners", none, "learners of the configuration")                                 \
    X(voters, "voters", none, "voters of the configuration")                                       \
    X(formerLeader, "formerLeader", count,                                                         \
      "the k-th other node that led before, newest first, from 0")                                 \
    X(leaderOf, "leaderOf", count, "the leader of that term")                                      \
    X(leaderAt, "leaderAt", name, "the leader when the mark was set")                              \
    X(transferee, "transferee", none, "the target of the transfer under way")                      \
    X(mostLagging, "mostLagging", none, "the running follower with the smallest last position")    \
    X(mostUpToDate, "mostUpToDate", none, "the running follower with the greatest last position")  \
    X(behind, "behind", count, "running nodes more than k entries behind the highest commit")      \
    X(minority, "minority", none, "the side(s) of the present partition without a majority")       \
    X(majority, "majority", none, "the side of the present partition with a majority")             \
    X(minorityWithLeader, "minorityWithLeader", none,                                              \
      "a largest minority: the leader and others drawn")                                           \
    X(minorityWithoutLeader, "minorityWithoutLeader", none, "a largest minority of others, drawn") \
    X(majorityWithLeader, "majorityWithLeader", none,                                              \
      "a smallest majority: the leader and others drawn")                                          \
    X(majorityWithoutLeader, "majorityWithoutLeader", none,                                        \
      "a smallest majority of others, drawn")                                                      \
    X(quorum, "quorum", none,                                                                      \
      "as few voters as make a majority (joint: of both), drawn, whether they run or not")         \
    X(oldOnly, "oldOnly", none, "voters of the outgoing configuration only")                       \
    X(newOnly, "newOnly", none, "voters of the incoming configuration only")                       \
    X(both, "both", none, "voters of both configurations")                                         \
    X(removed, "removed", none, "nodes that were removed and not added again")                     \
    X(added, "added", none, "members that were not members at the start")                          \
    X(client, "client", count, "the k-th client, from 0")                                          \
    X(clients, "clients", none, "every client")

enum selector_kind {
#define X(id, name, arg, text) SELECT_##id,
    SCENARIO_SELECTORS(X)
#undef X
        SELECTORS_COUNT
};

/* One selector. number is the argument (k, term, entries) or, for SELECT_node, the node's index
 * from 0. name is the binding (without '$') or the mark, else empty. */
struct selector {
    enum selector_kind kind;
    uint64_t number;
    char name[SELECT_NAME_MAX + 1];
};

/* A union, in the order written. Owned by whoever holds it: selectors_free. */
struct selectors {
    struct selector *items;
    size_t count;
};

#define SELECTORS_MAX 32 /* in one list */

/* Parses one selector. nodes_count: nodes named n1..nX exist (LIMIT_MEMBERS at most).
 * Errors: -E_INVALID with a sentence, for an unknown word, a node the cluster lacks, a missing or
 * malformed argument. */
int selector_parse(const char *text, size_t nodes_count, struct selector *ret,
                   struct err *e) MUST_CHECK;

/* What a text that selector_parse refused may have meant: "did you mean \"random(k)\"?"; empty if
 * nothing is near. Returns out. */
#define SELECTOR_TEXT_MAX 64
const char *selector_hint(const char *text, size_t nodes_count, char out[SELECTOR_TEXT_MAX]);

/* The spelling that selector_parse reads back to the same value. Returns out. */
const char *selector_print(const struct selector *s, char out[SELECTOR_TEXT_MAX]);

void selectors_free(struct selectors *s);
/* Who is named by number in the list, whatever else is; NULL: nobody. */
nodeset selectors_named(const struct selectors *s);
/* These nodes by name, behind what is there; items has room for them. */
void selectors_add_nodes(struct selectors *s, nodeset nodes);
bool selector_is_client(const struct selector *s); /* client(k), clients */
const char *selector_kind_name(enum selector_kind kind);
const char *selector_kind_text(enum selector_kind kind);
const char *selector_kind_form(enum selector_kind kind); /* "", "(k)" or "(mark)" */
int selector_find(const char *name);                     /* a selector_kind, or -1 */
bool selector_name_ok(const char *name);                 /* may name a binding or a mark */

/* ---- resolution ---- */

enum view_role { VIEW_UNKNOWN, VIEW_FOLLOWER, VIEW_CANDIDATE, VIEW_LEADER };

/* What the world knows of one node at the start of the step. role, term and positions of a node
 * that does not run are ignored except for mostLagging-like questions about running nodes. */
struct view_node {
    bool started; /* ever */
    bool alive;   /* process runs (paused or not) */
    bool paused;
    bool voter; /* in the newest configuration known committed or in force (joint: incoming) */
    bool learner;
    bool old_voter; /* joint: in the outgoing configuration; outside a joint change false */
    bool member_at_start;
    bool removed; /* was a member, is none now */
    enum view_role role;
    uint64_t term;
    uint64_t commit;
    uint64_t last_term, last_index;
};

struct view_leader { /* one per term that had a leader, terms rising */
    uint64_t term;
    unsigned node;
};

struct view_name { /* a binding of `as`, or a mark with the leader of its moment */
    const char *name;
    nodeset nodes;
};

/* Borrowed by select_targets for the call only. */
struct cluster_view {
    size_t nodes_count; /* <= LIMIT_MEMBERS; n1.. in order, spares last */
    struct view_node nodes[LIMIT_MEMBERS];
    const struct view_leader *leaders; /* history, oldest first */
    size_t leaders_count;
    const nodeset *groups; /* the sides of the partition in force; 0 = none */
    size_t groups_count;
    const struct view_name *bindings;
    size_t bindings_count;
    const struct view_name *marks;
    size_t marks_count;
    int transferee;       /* node index or -1 */
    size_t clients_count; /* <= SELECT_CLIENTS_MAX */
    bool joint;           /* a joint configuration is in force */
};

/* The outcome, and the nodes already taken within the step. */
struct targets {
    nodeset nodes;
    uint64_t clients;
};

/* Resolves the union. *taken is what earlier selectors of the same step took; the result is added
 * to it. An explicitly named or bound node that was taken before is not taken again. Draws from
 * rnd only for the rows that say "drawn".
 * Errors: -E_NOTFOUND with a sentence ("leader: no node leads", "random(3): only 2 nodes run") if
 * one selector of the list finds nobody; *ret and *taken are then untouched. `rest`, `crashed`,
 * `paused`, `followers` … count as finding nobody when empty, too. */
int select_targets(const struct selectors *who, const struct cluster_view *view, struct prng *rnd,
                   struct targets *taken, struct targets *ret, struct err *e) MUST_CHECK;

/* Index of the leader of the highest term that runs, or -1. */
int view_leader_index(const struct cluster_view *view);
/* Nodes whose process runs; members (voters, learners and outgoing voters). */
nodeset view_alive(const struct cluster_view *view);
nodeset view_voters(const struct cluster_view *view);
nodeset view_members(const struct cluster_view *view);

/* "n1 n4" (or "nobody"): for messages and the fault log. Returns out. */
#define NODESET_TEXT_MAX (NODESET_MAX * 5) /* "n128 " */
const char *nodeset_print(nodeset nodes, char out[NODESET_TEXT_MAX]);
/* k nodes of the set, drawn; fewer if there are fewer. */
nodeset nodeset_draw(nodeset from, uint64_t k, struct prng *rnd);

#endif
