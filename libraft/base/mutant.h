/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Planted mistakes, for the laboratory's test of itself: each is one wrong condition in one line,
 * and a checker has to find it.
 *
 * Nothing that is meant to run contains one: there MUTANT(x) is the constant false, and the
 * compiler leaves no trace of it. Compiled with RAFTLAB_MUTANTS (tests/mutants, never installed)
 * all of them are there, and one is awake. */
#ifndef BASE_MUTANT_H
#define BASE_MUTANT_H

#include "base/must.h"

/* X(id, name, what is wrong): in the core, */
#define MUTANTS_OF_CORE(X)                                                                        \
    X(C01, commit_old_term, "a leader commits entries of earlier terms by counting alone")        \
    X(E01, vote_no_log_check, "votes are granted without comparing the logs")                     \
    X(C04, commit_stops_at_old_term, "nothing of its own term is committed above an earlier one") \
    X(E09, no_check_quorum, "a leader that hears no majority goes on leading")                    \
    X(A11, append_not_repeated, "an append that was lost is never sent again")                    \
    X(Y02, ack_before_sync, "a follower acknowledges entries its disk does not hold yet")

/* and around it. */
#define MUTANTS_OF_NODE(X)

#define MUTANTS(X) MUTANTS_OF_CORE(X) MUTANTS_OF_NODE(X)

#define MUTANT_ID(id, name, wrong) MUTANT_##id,
enum mutant { MUTANT_NONE, MUTANTS(MUTANT_ID) MUTANTS_COUNT };
#undef MUTANT_ID

/* MUTANT(id) comes last in its condition: evaluated is then as good as wrong, and is counted.
 * GUARD(broken) is broken, and in the mistaken program false when it must not help: what a node
 * finds out about itself and the others is put into it where it would end the node. */
#ifdef RAFTLAB_MUTANTS
extern enum mutant mutant_awake;
extern bool mutant_unguarded; /* ASSERT looks away, too */
bool mutant_met(void);        /* counts; true */
#define MUTANT(id)    (mutant_awake == MUTANT_##id && mutant_met())
#define GUARD(broken) ((broken) && !mutant_unguarded)
#else
#define MUTANT(id)    (MUTANT_##id == MUTANT_NONE) /* false, and misspelt ids do not compile */
#define GUARD(broken) (broken)
#endif

#endif
