/* SPDX-License-Identifier: GPL-3.0-or-later */
/* facts.json: what the world and the runner know of a run beside its traces, so that it can be
 * judged again. */
#ifndef EMULATOR_FACTS_H
#define EMULATOR_FACTS_H

#include "emulator/judging/judge.h"

int facts_write(const struct results *r, const struct judge_facts *facts, struct err *e) MUST_CHECK;

/* The texts of *ret point into *doc, which the caller frees with facts_free. */
struct facts_doc;
int facts_read(const struct results *r, struct judge_facts *ret, struct facts_doc **doc,
               struct err *e) MUST_CHECK;
void facts_free(struct facts_doc *doc);

#endif
