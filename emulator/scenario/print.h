/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario as text: resolved JSON, one line a step, a timeline, and the language's schema. */
#ifndef SCENARIO_PRINT_H
#define SCENARIO_PRINT_H

#include "base/jsonw.h"
#include "emulator/scenario/model.h"

/* The scenario as resolved JSON; reading it back gives an equal scenario. */
void scenario_print(const struct scenario *s, struct buf *out);
/* Its member "negative": the mutants that it has to fail with, and by which checker. */
void scenario_print_negatives(const struct scenario *s, struct jsonw *w);
/* An action's parameters as one JSON object: for fault logs. */
void scenario_print_args(const struct scenario_args *args, struct jsonw *w);
/* A step in one readable line without its time: "net.partition {$old random(1)} | {rest}". */
void scenario_print_step(const struct scenario_step *step, struct buf *out);
void scenario_print_condition(const struct scenario_condition *c, struct buf *out);

/* `show`: who, why and a line a step against time. */
void scenario_print_timeline(const struct scenario *s, struct buf *out);

/* Valid compact JSON with line breaks: what fits a line of 100 columns stays in one. */
void json_pretty(const char *json, size_t len, struct buf *out);

/* JSON schema (draft 2020-12) of the language, from the rows of vocab.h. */
void scenario_print_schema(struct buf *out);

#endif
