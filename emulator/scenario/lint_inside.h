/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of lint share. */
#ifndef SCENARIO_LINT_INSIDE_H
#define SCENARIO_LINT_INSIDE_H

#include "emulator/scenario/lint.h"

struct lint {
    const struct scenario *s;
    struct scenario_source *src;
    const struct lint_world *world; /* or NULL */
};

/* A complaint at a value of the file, or at its key. */
void lint_say(struct lint *l, enum diag_level level, const struct json *v, bool at_key,
              const char *hint, const char *fmt, ...) PRINTF_LIKE(6, 7);
/* An error at the member `key` of an object, or at the object where it is absent. */
void lint_say_in(struct lint *l, const struct json *object, const char *key, const char *hint,
                 const char *text);
/* The same at a parameter of a step. */
void lint_say_param(struct lint *l, const struct scenario_step *step, enum param_id id,
                    const char *hint, const char *text);
/* The value section/key, or as much of that path as there is. */
const struct json *lint_at(const struct lint *l, const char *section, const char *key);
/* The action's member of a step. */
const struct json *lint_step(const struct lint *l, const struct scenario_step *step);

void lint_timing(struct lint *l);       /* relations of the configuration's times */
void lint_story(struct lint *l);        /* the order of the steps, and who is left */
void lint_links(struct lint *l);        /* what cannot be done to links */
void lint_points(struct lint *l);       /* names of points */
void lint_disks(struct lint *l);        /* damage that is none */
void lint_core(struct lint *l);         /* a core, and whether it can recover */
void lint_clocks(struct lint *l);       /* faults of clocks */
void lint_versions(struct lint *l);     /* names of versions */
void lint_sut(struct lint *l);          /* what nodes behind an adapter lack */
void lint_triggers(struct lint *l);     /* steps that events start */
void lint_questions(struct lint *l);    /* what is asked of nodes */
void lint_load(struct lint *l);         /* what clients are to ask */
void lint_expectations(struct lint *l); /* what is asked of the outcome */
void lint_world_of(struct lint *l);     /* what the world cannot do */

#endif
