/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state every directed link shall have: impairments as set, cuts on top of them. Pure. */
#ifndef EMULATOR_LINKS_H
#define EMULATOR_LINKS_H

#include "emulator/runner/world.h"
#include "emulator/scenario/model.h"
#include "emulator/scenario/partition.h"

/* A set of directed links: bit `to` of pairs[from]. */
struct link_set {
    nodeset pairs[WORLD_ENDPOINTS_MAX];
};

/* What net.hold said of a link. */
struct link_hold {
    enum impair_order order; /* what was held goes in */
    uint64_t bytes;
};

/* Endpoints: nodes, then client hosts, then the administrator's if he is asked over links. Every
 * table has a row for each, of links to all of them (with 100 nodes 13 000 links). partition: cut
 * by the partition in force (one at a time); cut: by net.cut, net.isolate, net.flap. A link is
 * closed while either has it.
 *
 * What a scenario says of single message types on a link is a lane: such a frame passes its lanes
 * and then the link. The first struct is the link of everything, and owns the lanes. */
struct links {
    unsigned nodes_count;
    unsigned endpoints_count;
    bool admin;                 /* the last endpoint is the administrator */
    uint32_t messages;          /* of a lane: its message types, bits MESSAGE_x; 0: everything */
    struct links *lane;         /* owned: the next lane */
    struct impairment *shape;   /* owned: as set now */
    struct impairment *applied; /* owned: as the world was told */
    struct impairment *base;    /* owned: from the scenario; NULL: nothing was shaped yet */
    struct link_hold *held;     /* owned; NULL: nothing was held yet */
    struct link_set partition;
    struct link_set cut;
    struct link_set hold; /* by net.hold; a cut is stronger */
};

/* Perfect links, as a world starts with; free them. */
void links_init(struct links *l, unsigned nodes_count, unsigned clients_count, bool admin);
void links_free(struct links *l);
/* The lane of these types, made when it is first asked for; 0: the links themselves. Errors:
 * -E_LIMIT. */
int links_lane(struct links *l, uint32_t messages, struct links **ret, struct err *e) MUST_CHECK;
/* The same of a lane that was asked for before. */
struct links *links_lane_of(struct links *l, uint32_t messages);
/* The scenario's own impairments: default for every link between nodes, perPair over it. */
int links_configure(struct links *l, const struct scenario *s, const struct cluster_view *view,
                    struct prng *rnd, struct err *e) MUST_CHECK;

/* All endpoints, as a set: nodes, then everybody else. */
nodeset links_ends(const struct links *l);
/* The links a scenario's link object means now. taken: nodes an earlier selector of the step took;
 * ret_nodes: the nodes at its ends. */
int links_select(const struct links *l, const struct scenario_link *link,
                 const struct cluster_view *view, struct prng *rnd, struct link_set *ret,
                 nodeset *ret_nodes, struct err *e) MUST_CHECK;
/* Every link of the plane from or to a node of who, as seen from who. */
void links_of(const struct links *l, nodeset who, enum link_direction direction,
              enum link_plane plane, struct link_set *ret);
/* Both directions between these clients and these nodes. Clients on one host share its links. */
void links_with_clients(const struct links *l, uint64_t clients, nodeset nodes,
                        struct link_set *ret);

void link_set_add(struct link_set *set, const struct link_set *more);
void link_set_remove(struct link_set *set, const struct link_set *less);
bool link_set_meets(const struct link_set *a, const struct link_set *b);
/* Cuts among nodes only. */
void link_set_of_partition(const struct partition *p, struct link_set *ret);

/* They hold back what they are given, at most so many bytes each (0: all). */
void links_hold(struct links *l, const struct link_set *set, enum impair_order order,
                uint64_t bytes_max);
/* They let go what they hold, in that order; NULL: as it was said when they were told to hold. */
void links_release(struct links *l, const struct link_set *set, const enum impair_order *order);

/* Overwrites impairments of the set. */
void links_shape(struct links *l, const struct link_set *set, const struct scenario_args *args);
void links_shape_one(struct links *l, const struct link_set *set, enum param_id id,
                     const struct scenario_value *value);
/* Back to the scenario's own impairments; set NULL: all of them. */
void links_unshape(struct links *l, const struct link_set *set);
/* Whether one of them has others than the scenario's own. */
bool links_shaped(const struct links *l, const struct link_set *set);

/* Tells the world every link, and every lane of one, whose state is not the wanted one. */
int links_apply(struct links *l, const struct world *w, struct err *e) MUST_CHECK;

#endif
