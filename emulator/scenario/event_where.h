/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events picked by their fields: `where` of a wait for an event, and of a trigger. */
#ifndef SCENARIO_EVENT_WHERE_H
#define SCENARIO_EVENT_WHERE_H

#include "emulator/scenario/model.h"

#define EVENT_WHERE_MAX 8 /* fields in one `where` */

/* What one field must be. */
struct event_term {
    unsigned field;   /* enum trace_field */
    uint64_t number;  /* numbers, digests and booleans */
    int node;         /* names of nodes */
    const char *text; /* borrowed from the scenario */
};

/* All-zero: every event is meant. */
struct event_where {
    struct event_term items[EVENT_WHERE_MAX];
    size_t count;
};

/* The number of the field of that name, or -1. */
int event_field_find(const char *name);
/* Whether events of that name can have the field: the common ones, and those of its row. */
bool event_has_field(enum trace_event ev, unsigned field);
/* What a field is compared with, "a whole number"; NULL: with nothing, it is a list or a place. */
const char *event_field_wants(unsigned field);
/* The number of the node "n3" (2), or -1. */
int event_node_of(const char *text);
/* From pairs the parser has let through (asserted); NULL: none. */
struct event_where event_where_of(const struct pair_list *pairs);
/* The record has every one of these fields, and each is what it must be. */
bool event_where_holds(const struct event_where *w, const struct trace_record *rec);

#endif
