/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values as the parser reads them back: inside of the printers. */
#ifndef SCENARIO_PRINT_VALUE_H
#define SCENARIO_PRINT_VALUE_H

#include "emulator/scenario/print.h"

#define VALUE_TEXT_MAX 64

/* Exact spellings; each returns out. */
const char *print_size(uint64_t bytes, char out[VALUE_TEXT_MAX]);
const char *print_rate(uint64_t bits_per_s, char out[VALUE_TEXT_MAX]);
const char *print_share(double share, char out[VALUE_TEXT_MAX]);
const char *print_duration(uint64_t ns, char out[VALUE_TEXT_MAX]);
/* The i-th of "a|b|c"; i must be one of them. */
const char *print_choice(const char *choices, unsigned i, char out[VALUE_TEXT_MAX]);

void print_texts(const struct text_list *texts, struct jsonw *w);
void print_pairs(const struct pair_list *pairs, struct jsonw *w);
void print_mix(const struct scenario_mix *mix, struct jsonw *w);
void print_who(const struct selectors *who, struct jsonw *w); /* a string, or a list */
void print_link(const struct scenario_link *link, struct jsonw *w);
void print_value(const struct scenario_value *v, struct jsonw *w);
void print_step(const struct scenario_step *step, struct jsonw *w);
void print_condition_member(const struct scenario_condition *c, struct jsonw *w);

#endif
