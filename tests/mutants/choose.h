/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the environment asks of this program. */
#ifndef MUTANTS_CHOOSE_H
#define MUTANTS_CHOOSE_H

/* $RAFTLAB_ALONE: the one checker that judges, or NULL. ASSERT and GUARD look away then, so that
 * nothing but the traces can tell. */
const char *mutant_judge(void);

#endif
