/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the environment asks of this program. */
#ifndef MUTANTS_CHOOSE_H
#define MUTANTS_CHOOSE_H

/* $RAFTLAB_ALONE: the one checker that judges; NULL: any ("any", or it is not set). When it is set,
 * ASSERT and GUARD look away, so that nothing but the traces can tell. */
const char *mutant_judge(void);

#endif
