/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of the language's schema: inside of the schema printer. */
#ifndef SCENARIO_SCHEMA_INSIDE_H
#define SCENARIO_SCHEMA_INSIDE_H

#include "emulator/scenario/print_value.h"

void schema_type(struct jsonw *w, const char *name);       /* "type":name */
void schema_ref(struct jsonw *w, const char *definition);  /* "$ref":"#/$defs/definition" */
void schema_open(struct jsonw *w, const char *key);        /* "key":{ */
void schema_choices(struct jsonw *w, const char *choices); /* "enum":[…] of "a|b|c" */
void schema_array(struct jsonw *w, const char *definition);
void schema_names(struct jsonw *w, const char *(*name)(unsigned), unsigned count);
void schema_array_of_names(struct jsonw *w, const char *(*name)(unsigned), unsigned count);
/* An object without further keys; leaves its "properties" open. */
void schema_closed_object(struct jsonw *w);

/* Names by number, for schema_names. */
const char *schema_action_name(unsigned i);
const char *schema_capability_name(unsigned i);

/* The name of a type's definition, and what stands in it. */
const char *schema_type_name(enum param_type id);
void schema_define_type(struct jsonw *w, enum param_type id);

#endif
