/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/runner/links.h"

#include "base/mem.h"

#include <string.h>

static size_t links_count(const struct links *l)
{
    return (size_t)l->endpoints_count * l->endpoints_count;
}

void links_init(struct links *l, unsigned nodes_count, unsigned clients_count, bool admin)
{
    ASSERT(nodes_count + clients_count + admin <= WORLD_ENDPOINTS_MAX);
    *l = (struct links){.nodes_count = nodes_count,
                        .endpoints_count = nodes_count + clients_count + admin,
                        .admin = admin};
    l->shape = mem_array(links_count(l), sizeof(*l->shape));
    l->applied = mem_array(links_count(l), sizeof(*l->applied));
}

static void free_tables(struct links *l)
{
    mem_free(l->shape);
    mem_free(l->applied);
    mem_free(l->base);
    mem_free(l->held);
}

void links_free(struct links *l)
{
    for (struct links *lane = l->lane, *next; lane != NULL; lane = next) {
        next = lane->lane;
        free_tables(lane);
        mem_free(lane);
    }
    free_tables(l);
}

int links_lane(struct links *l, uint32_t messages, struct links **ret, struct err *e)
{
    struct links *last = l;
    unsigned lanes = 0;
    for (struct links *one = l; one != NULL; one = one->lane, lanes++) {
        if (one->messages == messages) {
            *ret = one;
            return 0;
        }
        last = one;
    }
    if (lanes > SCENARIO_LANES_MAX) /* of a step by hand: lint has counted the scenario's */
        return err_set(e, -E_LIMIT, "message: more than %d different lists of types on links",
                       SCENARIO_LANES_MAX);
    struct links *lane = mem_alloc(sizeof(*lane));
    links_init(lane, l->nodes_count, 0, false);
    lane->messages = messages;
    last->lane = lane;
    *ret = lane;
    return 0;
}

struct links *links_lane_of(struct links *l, uint32_t messages)
{
    while (l->messages != messages) {
        l = l->lane;
        ASSERT(l != NULL);
    }
    return l;
}

static size_t at(const struct links *l, unsigned from, unsigned to)
{
    return (size_t)from * l->endpoints_count + to;
}

static bool has(const struct link_set *set, unsigned from, unsigned to)
{
    return (set->pairs[from] >> to & 1) != 0;
}

static bool on_plane(const struct links *l, unsigned from, unsigned to, enum link_plane plane)
{
    bool between_nodes = from < l->nodes_count && to < l->nodes_count;
    bool with_other = (from < l->nodes_count) != (to < l->nodes_count);
    bool with_admin = with_other && l->admin && (from > to ? from : to) == l->endpoints_count - 1;
    bool with_client = with_other && !with_admin;
    switch (plane) {
    case PLANE_peer: return between_nodes;
    case PLANE_client: return with_client;
    case PLANE_admin: return with_admin;
    case PLANE_all: return between_nodes || with_client;
    }
    UNREACHABLE();
}

static void add_pair(const struct links *l, struct link_set *set, unsigned from, unsigned to,
                     enum link_plane plane)
{
    if (from != to && on_plane(l, from, to, plane))
        set->pairs[from] |= NODE_BIT(to);
}

static void between(const struct links *l, nodeset from, nodeset to,
                    const struct scenario_link *link, struct link_set *ret)
{
    for (unsigned a = 0; a < l->endpoints_count; a++) {
        for (unsigned b = 0; b < l->endpoints_count; b++) {
            if ((from >> a & 1) == 0 || (to >> b & 1) == 0)
                continue;
            if (link->direction != LINK_in)
                add_pair(l, ret, a, b, link->plane);
            if (link->direction != LINK_out)
                add_pair(l, ret, b, a, link->plane);
        }
    }
}

/* Endpoints of targets: nodes as they are, clients by the host they live on. */
static nodeset endpoints_of(const struct links *l, const struct targets *t)
{
    unsigned hosts = l->endpoints_count - l->nodes_count - l->admin;
    nodeset set = t->nodes;
    for (unsigned c = 0; c < SELECT_CLIENTS_MAX && hosts > 0; c++) {
        if (t->clients >> c & 1)
            set |= NODE_BIT(l->nodes_count + c % hosts);
    }
    return set;
}

nodeset links_ends(const struct links *l)
{
    return nodeset_below(l->endpoints_count);
}

int links_select(const struct links *l, const struct scenario_link *link,
                 const struct cluster_view *view, struct prng *rnd, struct link_set *ret,
                 nodeset *ret_nodes, struct err *e)
{
    struct targets taken = {0}, from = {0}, to = {0};
    memset(ret, 0, sizeof(*ret));
    if (link->all) {
        nodeset everybody = links_ends(l);
        between(l, everybody, everybody, link, ret);
        *ret_nodes = nodeset_below(l->nodes_count);
        return 0;
    }
    int code = select_targets(&link->from, view, rnd, &taken, &from, e);
    if (code == 0 && link->plane != PLANE_admin)
        code = select_targets(&link->to, view, rnd, &taken, &to, e);
    if (code < 0)
        return code;
    between(l, endpoints_of(l, &from),
            link->plane == PLANE_admin ? links_ends(l) : endpoints_of(l, &to), link, ret);
    *ret_nodes = from.nodes | to.nodes;
    return 0;
}

void links_of(const struct links *l, nodeset who, enum link_direction direction,
              enum link_plane plane, struct link_set *ret)
{
    struct scenario_link link = {.direction = direction, .plane = plane};
    nodeset others = ~who;
    memset(ret, 0, sizeof(*ret));
    between(l, who, others, &link, ret);
}

void links_with_clients(const struct links *l, uint64_t clients, nodeset nodes,
                        struct link_set *ret)
{
    struct scenario_link link = {.direction = LINK_both, .plane = PLANE_client};
    const struct targets who = {.clients = clients};
    memset(ret, 0, sizeof(*ret));
    between(l, endpoints_of(l, &who), nodes, &link, ret);
}

void link_set_add(struct link_set *set, const struct link_set *more)
{
    for (unsigned i = 0; i < WORLD_ENDPOINTS_MAX; i++)
        set->pairs[i] |= more->pairs[i];
}

void link_set_remove(struct link_set *set, const struct link_set *less)
{
    for (unsigned i = 0; i < WORLD_ENDPOINTS_MAX; i++)
        set->pairs[i] &= ~less->pairs[i];
}

bool link_set_meets(const struct link_set *a, const struct link_set *b)
{
    for (unsigned i = 0; i < WORLD_ENDPOINTS_MAX; i++) {
        if ((a->pairs[i] & b->pairs[i]) != 0)
            return true;
    }
    return false;
}

void link_set_of_partition(const struct partition *p, struct link_set *ret)
{
    memset(ret, 0, sizeof(*ret));
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++)
        ret->pairs[i] = p->cut[i];
}

static void shape(struct links *l, const struct link_set *set, const struct scenario_args *args)
{
    for (unsigned a = 0; a < l->endpoints_count; a++) {
        for (unsigned b = 0; b < l->endpoints_count; b++) {
            if (has(set, a, b))
                scenario_impair(args, &l->shape[at(l, a, b)]);
        }
    }
}

/* What the scenario says is kept before anything changes it. */
static void keep_base(struct links *l)
{
    if (l->base == NULL)
        l->base = mem_dup(l->shape, links_count(l) * sizeof(*l->base));
}

void links_shape(struct links *l, const struct link_set *set, const struct scenario_args *args)
{
    keep_base(l);
    shape(l, set, args);
}

void links_shape_one(struct links *l, const struct link_set *set, enum param_id id,
                     const struct scenario_value *value)
{
    keep_base(l);
    for (unsigned a = 0; a < l->endpoints_count; a++) {
        for (unsigned b = 0; b < l->endpoints_count; b++) {
            if (has(set, a, b))
                scenario_impair_set(&l->shape[at(l, a, b)], id, value);
        }
    }
}

void links_unshape(struct links *l, const struct link_set *set)
{
    for (unsigned a = 0; a < l->endpoints_count && l->base != NULL; a++) {
        for (unsigned b = 0; b < l->endpoints_count; b++) {
            if (set == NULL || has(set, a, b))
                l->shape[at(l, a, b)] = l->base[at(l, a, b)];
        }
    }
}

bool links_shaped(const struct links *l, const struct link_set *set)
{
    for (unsigned a = 0; a < l->endpoints_count && l->base != NULL; a++) {
        for (unsigned b = 0; b < l->endpoints_count; b++) {
            if (has(set, a, b) && !impairment_equal(&l->shape[at(l, a, b)], &l->base[at(l, a, b)]))
                return true;
        }
    }
    return false;
}

void links_hold(struct links *l, const struct link_set *set, enum impair_order order,
                uint64_t bytes_max)
{
    if (l->held == NULL)
        l->held = mem_array(links_count(l), sizeof(*l->held));
    for (unsigned a = 0; a < l->endpoints_count; a++) {
        for (unsigned b = 0; b < l->endpoints_count; b++) {
            if (has(set, a, b))
                l->held[at(l, a, b)] = (struct link_hold){.order = order, .bytes = bytes_max};
        }
    }
    link_set_add(&l->hold, set);
}

void links_release(struct links *l, const struct link_set *set, const enum impair_order *order)
{
    bool anew = order != NULL && l->held != NULL;
    for (unsigned a = 0; a < l->endpoints_count && anew; a++) {
        for (unsigned b = 0; b < l->endpoints_count; b++) {
            if (has(set, a, b))
                l->held[at(l, a, b)].order = *order;
        }
    }
    link_set_remove(&l->hold, set);
}

int links_configure(struct links *l, const struct scenario *s, const struct cluster_view *view,
                    struct prng *rnd, struct err *e)
{
    struct scenario_link everything = {.all = true, .plane = PLANE_all};
    struct link_set set;
    nodeset nodes;
    int code = links_select(l, &everything, view, rnd, &set, &nodes, e);
    if (code == 0)
        shape(l, &set, &s->links_default);
    for (size_t i = 0; i < s->links_pairs_count && code == 0; i++) {
        const struct scenario_args *args = &s->links_pairs[i].args;
        const struct scenario_link *link = scenario_arg_link(args, PARAM_link);
        struct links *lane = l;
        code = links_select(l, link, view, rnd, &set, &nodes, e);
        if (code == 0)
            code = links_lane(l, link->messages, &lane, e);
        if (code == 0)
            shape(lane, &set, args);
    }
    return code;
}

static struct impairment wanted(const struct links *l, unsigned from, unsigned to)
{
    struct impairment state = l->shape[at(l, from, to)];
    const struct link_hold *held = l->held == NULL ? NULL : &l->held[at(l, from, to)];
    if (held != NULL)
        state.release_order = held->order;
    if (has(&l->hold, from, to)) {
        ASSERT(held != NULL);
        state.gate = IMPAIR_HOLD;
        state.hold_bytes = held->bytes;
    }
    if (has(&l->partition, from, to) || has(&l->cut, from, to))
        state.gate = IMPAIR_CUT;
    return state;
}

/* As no link is wanted: it will be told again. */
static void forget(struct links *l, const struct world_link *changes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        l->applied[at(l, changes[i].from, changes[i].to)].delay_ns = UINT64_MAX;
}

static int apply(struct links *l, const struct world *w, struct err *e)
{
    struct world_link *changes = mem_grow(NULL, links_count(l), sizeof(*changes));
    size_t count = 0;
    for (unsigned a = 0; a < l->endpoints_count; a++) {
        for (unsigned b = 0; b < l->endpoints_count; b++) {
            struct impairment state = wanted(l, a, b), *applied = &l->applied[at(l, a, b)];
            if (a == b || impairment_equal(&state, applied))
                continue;
            *applied = state;
            changes[count++] =
                (struct world_link){.from = a, .to = b, .messages = l->messages, .state = applied};
        }
    }
    int code = count == 0 ? 0 : w->links(w->arg, changes, count, e);
    if (code < 0)
        forget(l, changes, count);
    mem_free(changes);
    return code;
}

int links_apply(struct links *l, const struct world *w, struct err *e)
{
    int code = 0;
    for (struct links *lane = l; lane != NULL && code == 0; lane = lane->lane)
        code = apply(lane, w, e);
    return code;
}
