/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/lint_who.h"

#include "emulator/scenario/partition.h"

#include <string.h>

static uint32_t count_of(const struct scenario *s, const struct who_names *names,
                         const struct selector *one)
{
    unsigned voters = (unsigned)s->cluster.voters;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum" /* the others depend on the run */
    switch (one->kind) {
    case SELECT_node:
    case SELECT_leader:
    case SELECT_follower: return 1;
    case SELECT_random: return one->number > LIMIT_MEMBERS ? WHO_UNKNOWN : (uint32_t)one->number;
    case SELECT_minorityWithLeader:
    case SELECT_minorityWithoutLeader: return (voters - 1) / 2;
    case SELECT_majorityWithLeader:
    case SELECT_majorityWithoutLeader:
    case SELECT_quorum: return voters / 2 + 1;
    case SELECT_bound:
        for (size_t i = 0; i < names->count; i++) {
            if (strcmp(names->items[i].name, one->name) == 0)
                return names->items[i].count;
        }
        return WHO_UNKNOWN;
    default: return WHO_UNKNOWN;
    }
#pragma GCC diagnostic pop
}

static uint32_t count_all(const struct scenario *s, const struct who_names *names,
                          const struct selectors *who)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < who->count; i++) {
        uint32_t one = count_of(s, names, &who->items[i]);
        if (one == WHO_UNKNOWN)
            return WHO_UNKNOWN;
        sum += one;
    }
    return sum;
}

bool who_splits(const struct scenario *s, const struct who_names *names,
                const struct scenario_args *args)
{
    const struct scenario_value *v = scenario_arg(args, PARAM_groups);
    uint32_t voters = (uint32_t)s->cluster.voters, named = 0, largest = 0;
    bool rest = false;
    if (v == NULL || s->cluster.learners + s->cluster.spare > 0 ||
        scenario_arg_bool(args, PARAM_directed, false))
        return false;
    for (size_t i = 0; i < v->groups.count; i++) {
        const struct selectors *group = &v->groups.items[i];
        if (group->count == 1 && group->items[0].kind == SELECT_rest) {
            rest = true;
            continue;
        }
        uint32_t count = count_all(s, names, group);
        if (count == WHO_UNKNOWN)
            return false;
        named += count;
        largest = count > largest ? count : largest;
    }
    if (rest && named < voters && voters - named > largest)
        largest = voters - named;
    return (rest || named == voters) && largest < voters / 2 + 1;
}

unsigned who_down_count(const struct who_down *down)
{
    unsigned named = nodeset_count(down->named);
    return named > down->others ? named : down->others;
}

static void kill(const struct scenario *s, const struct who_names *names,
                 const struct selectors *who, struct who_down *down)
{
    unsigned voters = (unsigned)s->cluster.voters;
    unsigned others = (unsigned)(s->cluster.learners + s->cluster.spare);
    for (size_t i = 0; i < who->count; i++) {
        const struct selector *one = &who->items[i];
        if (one->kind == SELECT_node && one->number < voters) {
            down->named |= (nodeset)1 << one->number;
        } else if (one->kind == SELECT_all || one->kind == SELECT_voters ||
                   one->kind == SELECT_alive) {
            down->named = ((nodeset)1 << voters) - 1;
        } else if (one->kind != SELECT_node) {
            uint32_t count = count_of(s, names, one);
            if (count != WHO_UNKNOWN && one->kind == SELECT_random)
                count = count > others ? count - others : 0; /* learners may have been drawn */
            down->others += count == WHO_UNKNOWN || one->kind == SELECT_bound ? 0 : count;
        }
    }
}

static void bind(const struct scenario *s, const struct scenario_step *step,
                 struct who_names *names)
{
    const struct selectors *who = scenario_arg(&step->args, PARAM_who) != NULL
                                      ? scenario_arg_who(&step->args, PARAM_who)
                                      : NULL;
    uint32_t count = who != NULL ? count_all(s, names, who) : WHO_UNKNOWN;
    if (step->wait != NULL && step->wait->kind == WAIT_leader)
        count = 1;
    size_t i = 0;
    while (i < names->count && strcmp(names->items[i].name, step->as) != 0)
        i++;
    if (i == ARRAY_LEN(names->items))
        return; /* further names stay unknown */
    names->items[i].name = step->as;
    names->items[i].count = count;
    names->count = i == names->count ? i + 1 : names->count;
}

void who_follow(const struct scenario *s, const struct scenario_step *step, struct who_names *names,
                struct who_down *down)
{
    bool kills = step->action == ACTION_proc_kill || step->action == ACTION_proc_stop;
    if (kills && step->when == NULL)
        kill(s, names, scenario_arg_who(&step->args, PARAM_who), down);
    if (step->action == ACTION_proc_start || step->action == ACTION_proc_restart)
        *down = (struct who_down){0}; /* who it was is not worth knowing exactly */
    if (step->as != NULL)
        bind(s, step, names);
}

/* ---- targets that cannot be ---- */

static void named_twice(struct lint *l, const struct json *v, const struct selectors *who,
                        nodeset *seen)
{
    for (size_t i = 0; i < who->count; i++) {
        if (who->items[i].kind != SELECT_node)
            continue;
        nodeset one = (nodeset)1 << who->items[i].number;
        const struct json *at = v->type == JSON_ARRAY ? json_at(v, i) : v;
        if ((*seen & one) != 0)
            lint_say(l, DIAG_ERROR, at, false, NULL, "n%llu is named twice",
                     (unsigned long long)who->items[i].number + 1);
        *seen |= one;
    }
}

static void too_many(struct lint *l, const struct json *v, const struct selectors *who)
{
    size_t nodes = scenario_nodes_count(l->s);
    for (size_t i = 0; i < who->count; i++) {
        const struct selector *one = &who->items[i];
        const struct json *at = v->type == JSON_ARRAY ? json_at(v, i) : v;
        if (one->kind == SELECT_random && one->number > nodes)
            lint_say(l, DIAG_ERROR, at, false, NULL,
                     "more nodes than there are: the cluster has %zu", nodes);
        if (one->kind == SELECT_follower && one->number + 1 >= nodes)
            lint_say(l, DIAG_ERROR, at, false, NULL,
                     "more followers than there can be: %zu nodes, numbered from 0", nodes);
    }
}

static void groups(struct lint *l, const struct json *v, const struct scenario_groups *g)
{
    nodeset seen = 0;
    for (size_t i = 0; i < g->count; i++) {
        named_twice(l, json_at(v, i), &g->items[i], &seen);
        too_many(l, json_at(v, i), &g->items[i]);
    }
}

static void shape(struct lint *l, const struct json *v, const struct scenario_shape *s)
{
    struct partition p;
    struct err e;
    struct prng rnd = prng_seed(0);
    nodeset voters = ((nodeset)1 << l->s->cluster.voters) - 1;
    if (partition_shape(s->id, voters, -1, 0, false, &rnd, &p, &e) < 0)
        lint_say(l, DIAG_ERROR, v, false, NULL, "%s", e.text);
}

void lint_targets(struct lint *l, const struct scenario_step *step)
{
    const struct json *action = lint_step(l, step);
    for (size_t i = 0; i < step->args.count; i++) {
        const struct scenario_value *arg = &step->args.items[i];
        const struct json *v = json_get(action, vocab_param_name(arg->id));
        nodeset seen = 0;
        if (v == NULL)
            continue;
        if (scenario_value_is_who(arg)) {
            named_twice(l, v, &arg->who, &seen);
            too_many(l, v, &arg->who);
        } else if (arg->type == PARAM_TYPE_groups && arg->id != PARAM_cuts) {
            groups(l, v, &arg->groups);
        } else if (arg->type == PARAM_TYPE_shape) {
            shape(l, v, &arg->shape);
        }
    }
}
