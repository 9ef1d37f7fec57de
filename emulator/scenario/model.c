/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/model.h"

#include "base/mem.h"
#include "base/units.h"

#include <string.h>

static void free_texts(struct text_list *t)
{
    for (size_t i = 0; i < t->count; i++)
        mem_free(t->items[i]);
    mem_free(t->items);
}

static void free_pairs(struct pair_list *p)
{
    for (size_t i = 0; i < p->count; i++) {
        mem_free(p->items[i].key);
        mem_free(p->items[i].value);
    }
    mem_free(p->items);
}

/* Depth: SCENARIO_NEST_MAX at most, as the parser lets no more through. */
void scenario_branch_free(struct scenario_branch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        struct scenario_step *s = &b->steps[i];
        scenario_args_free(&s->args);
        if (s->wait != NULL)
            scenario_condition_free(s->wait);
        if (s->when != NULL)
            scenario_condition_free(s->when);
        mem_free(s->wait);
        mem_free(s->when);
        mem_free(s->label);
        mem_free(s->as);
    }
    mem_free(b->steps);
}

static void free_groups(struct scenario_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        selectors_free(&groups->items[i]);
    mem_free(groups->items);
}

static void free_value(struct scenario_value *v)
{
    switch (v->type) {
    case PARAM_TYPE_text:
    case PARAM_TYPE_choice: mem_free(v->text); break;
    case PARAM_TYPE_texts:
    case PARAM_TYPE_actions: free_texts(&v->texts); break;
    case PARAM_TYPE_who:
    case PARAM_TYPE_node: selectors_free(&v->who); break;
    case PARAM_TYPE_link:
        selectors_free(&v->link.from);
        selectors_free(&v->link.to);
        break;
    case PARAM_TYPE_groups: free_groups(&v->groups); break;
    case PARAM_TYPE_distribution: mem_free(v->distribution.table); break;
    case PARAM_TYPE_pairs: free_pairs(&v->pairs); break;
    case PARAM_TYPE_steps:
    case PARAM_TYPE_branches:
        for (size_t i = 0; i < v->branches.count; i++)
            scenario_branch_free(&v->branches.items[i]);
        mem_free(v->branches.items);
        break;
    case PARAM_TYPE_duration:
    case PARAM_TYPE_offset:
    case PARAM_TYPE_size:
    case PARAM_TYPE_rate:
    case PARAM_TYPE_share:
    case PARAM_TYPE_ppm:
    case PARAM_TYPE_count:
    case PARAM_TYPE_boolean:
    case PARAM_TYPE_shape:
    case PARAM_TYPE_loss:
    case PARAM_TYPE_mix:
    case PARAM_TYPE_event:
    case PARAM_TYPE_messages:
    case PARAM_TYPE_impairment:
    case PARAM_TYPE_ramped:
    case PARAM_TYPE_weights:
    case PARAM_TYPES_COUNT: break;
    }
}

void scenario_args_free(struct scenario_args *args)
{
    for (size_t i = 0; i < args->count; i++)
        free_value(&args->items[i]);
    mem_free(args->items);
}

void scenario_condition_free(struct scenario_condition *c)
{
    scenario_args_free(&c->args);
    for (size_t i = 0; i < c->children_count; i++)
        scenario_condition_free(&c->children[i]);
    mem_free(c->children);
}

static void free_cluster(struct scenario_cluster *c)
{
    mem_free(c->sut);
    for (size_t i = 0; c->per_version != NULL && i < c->versions.count; i++)
        free_pairs(&c->per_version[i]);
    mem_free(c->per_version);
    free_texts(&c->versions);
    free_pairs(&c->config);
    for (size_t i = 0; i < LIMIT_MEMBERS; i++)
        free_pairs(&c->per_node[i]);
}

void scenario_free(struct scenario *s)
{
    if (s == NULL)
        return;
    mem_free(s->file);
    mem_free(s->schema);
    mem_free(s->name);
    mem_free(s->why);
    mem_free(s->origin);
    free_texts(&s->tags);
    free_cluster(&s->cluster);
    scenario_args_free(&s->links_default);
    for (size_t i = 0; i < s->links_pairs_count; i++)
        scenario_args_free(&s->links_pairs[i].args);
    mem_free(s->links_pairs);
    mem_free(s->clients.model);
    scenario_branch_free(&s->steps);
    for (size_t i = 0; i < s->expects_count; i++)
        scenario_args_free(&s->expects[i].args);
    mem_free(s->expects);
    for (size_t i = 0; i < s->finals_count; i++)
        scenario_condition_free(&s->finals[i].condition);
    mem_free(s->finals);
    mem_free(s->covers);
    for (size_t i = 0; i < s->negatives_count; i++)
        mem_free(s->negatives[i].mutant);
    mem_free(s->negatives);
    free_texts(&s->overrides);
    mem_free(s);
}

const struct scenario_value *scenario_arg(const struct scenario_args *args, enum param_id id)
{
    for (size_t i = 0; i < args->count; i++) {
        if (args->items[i].id == id)
            return &args->items[i];
    }
    return NULL;
}

uint64_t scenario_arg_u64(const struct scenario_args *args, enum param_id id, uint64_t otherwise)
{
    const struct scenario_value *v = scenario_arg(args, id);
    if (v == NULL)
        return otherwise;
    ASSERT(v->type == PARAM_TYPE_duration || v->type == PARAM_TYPE_size ||
           v->type == PARAM_TYPE_rate || v->type == PARAM_TYPE_count ||
           v->type == PARAM_TYPE_impairment);
    return v->u64;
}

int64_t scenario_arg_i64(const struct scenario_args *args, enum param_id id, int64_t otherwise)
{
    const struct scenario_value *v = scenario_arg(args, id);
    if (v == NULL)
        return otherwise;
    ASSERT(v->type == PARAM_TYPE_offset || v->type == PARAM_TYPE_ppm);
    return v->i64;
}

double scenario_arg_share(const struct scenario_args *args, enum param_id id, double otherwise)
{
    const struct scenario_value *v = scenario_arg(args, id);
    if (v == NULL)
        return otherwise;
    ASSERT(v->type == PARAM_TYPE_share);
    return v->share;
}

bool scenario_arg_bool(const struct scenario_args *args, enum param_id id, bool otherwise)
{
    const struct scenario_value *v = scenario_arg(args, id);
    if (v == NULL)
        return otherwise;
    ASSERT(v->type == PARAM_TYPE_boolean);
    return v->boolean;
}

const char *scenario_arg_text(const struct scenario_args *args, enum param_id id,
                              const char *otherwise)
{
    const struct scenario_value *v = scenario_arg(args, id);
    if (v == NULL)
        return otherwise;
    ASSERT(v->type == PARAM_TYPE_choice || v->type == PARAM_TYPE_text);
    return v->text;
}

bool scenario_value_is_who(const struct scenario_value *v)
{
    return v->type == PARAM_TYPE_who || v->type == PARAM_TYPE_node;
}

const struct selectors *scenario_arg_who(const struct scenario_args *args, enum param_id id)
{
    const struct scenario_value *v = scenario_arg(args, id);
    ASSERT(v == NULL || scenario_value_is_who(v));
    return v == NULL ? NULL : &v->who;
}

const struct scenario_link *scenario_arg_link(const struct scenario_args *args, enum param_id id)
{
    const struct scenario_value *v = scenario_arg(args, id);
    ASSERT(v == NULL || v->type == PARAM_TYPE_link);
    return v == NULL ? NULL : &v->link;
}

bool scenario_is_raftd(const struct scenario *s)
{
    return strcmp(s->cluster.sut, "raftd") == 0;
}

size_t scenario_nodes_count(const struct scenario *s)
{
    return s->cluster.voters + s->cluster.learners + s->cluster.spare;
}

const struct scenario_expect *scenario_expect_find(const struct scenario *s, enum checker_id id)
{
    for (size_t i = 0; i < s->expects_count; i++) {
        if (s->expects[i].checker == id)
            return &s->expects[i];
    }
    return NULL;
}

static const struct pair *find_pair(const struct pair_list *pairs, const char *key)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (strcmp(pairs->items[i].key, key) == 0)
            return &pairs->items[i];
    }
    return NULL;
}

const struct pair *scenario_config(const struct scenario *s, unsigned node, const char *key)
{
    ASSERT(node < LIMIT_MEMBERS);
    const struct pair *own = find_pair(&s->cluster.per_node[node], key);
    return own != NULL ? own : find_pair(&s->cluster.config, key);
}

const char *scenario_setting(const struct scenario *s, unsigned node,
                             const struct pair_list *version, const char *key)
{
    const struct pair *pair = version == NULL ? NULL : find_pair(version, key);
    if (pair == NULL)
        pair = scenario_config(s, node, key);
    return pair == NULL ? NULL : pair->value;
}

int scenario_version_find(const struct scenario *s, const char *name)
{
    for (size_t i = 0; i < s->cluster.versions.count; i++) {
        if (strcmp(s->cluster.versions.items[i], name) == 0)
            return (int)i;
    }
    return -1;
}

bool scenario_trigger_before(const struct scenario_condition *c)
{
    return c->kind == WAIT_trigger && (scenario_arg_bool(&c->args, PARAM_before, false) ||
                                       !scenario_arg_bool(&c->args, PARAM_after, true));
}
