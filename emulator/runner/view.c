/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What selectors see: the cluster, and the names that steps have given. */
#include "emulator/runner/runner_private.h"

#include <stdio.h>
#include <string.h>

void runner_view(const struct runner *r, struct cluster_view *ret, struct view_name *bindings,
                 struct view_name *marks)
{
    *ret = (struct cluster_view){.nodes_count = r->o->nodes_count,
                                 .leaders = r->o->leaders,
                                 .leaders_count = r->o->leaders_count,
                                 .groups = r->groups,
                                 .groups_count = r->groups_count,
                                 .bindings = bindings,
                                 .bindings_count = r->bindings_count,
                                 .marks = marks,
                                 .marks_count = r->marks_count,
                                 .transferee = r->o->transferee,
                                 .joint = observed_joint(&r->o->configs.present),
                                 .clients_count = r->s->clients.count};
    memcpy(ret->nodes, r->o->nodes, sizeof(ret->nodes));
    for (size_t i = 0; i < r->bindings_count; i++)
        bindings[i] = (struct view_name){r->bindings[i].name, r->bindings[i].nodes};
    for (size_t i = 0; i < r->marks_count; i++)
        marks[i] = (struct view_name){r->marks[i].name, r->marks[i].nodes};
}

int runner_targets(struct runner *r, const struct selectors *who, struct targets *taken,
                   struct targets *ret, struct err *e)
{
    struct cluster_view view;
    struct view_name bindings[RUNNER_BINDINGS_MAX], marks[RUNNER_BINDINGS_MAX];
    runner_view(r, &view, bindings, marks);
    return select_targets(who, &view, &r->rnd, taken, ret, e);
}

void runner_bind(struct runner *r, const char *name, nodeset nodes)
{
    size_t i = 0;
    while (i < r->bindings_count && strcmp(r->bindings[i].name, name) != 0)
        i++;
    if (i == RUNNER_BINDINGS_MAX)
        return;
    (void)snprintf(r->bindings[i].name, sizeof(r->bindings[i].name), "%s", name);
    r->bindings[i].nodes = nodes;
    if (i == r->bindings_count)
        r->bindings_count++;
}

nodeset runner_bound(const struct runner *r, const char *name)
{
    for (size_t i = 0; i < r->bindings_count; i++) {
        if (strcmp(r->bindings[i].name, name) == 0)
            return r->bindings[i].nodes;
    }
    return 0;
}

void runner_mark(struct runner *r, const char *name, nodeset nodes)
{
    if (r->marks_count == RUNNER_BINDINGS_MAX)
        return;
    (void)snprintf(r->marks[r->marks_count].name, sizeof(r->marks[0].name), "%s", name);
    r->marks[r->marks_count++].nodes = nodes;
}
