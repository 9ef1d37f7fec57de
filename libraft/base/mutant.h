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

/* X(id, name, what is wrong) */
#define MUTANTS(X)                                                                                \
    X(C01, commit_old_term, "a leader commits entries of earlier terms by counting alone")        \
    X(E01, vote_no_log_check, "votes are granted without comparing the logs")                     \
    X(C04, commit_stops_at_old_term, "nothing of its own term is committed above an earlier one") \
    X(E09, no_check_quorum, "a leader that hears no majority goes on leading")                    \
    X(A11, append_not_repeated, "an append that was lost is never sent again")                    \
    X(Y02, ack_before_sync, "a follower acknowledges entries its disk does not hold yet")

#define MUTANT_ID(id, name, wrong) MUTANT_##id,
enum mutant { MUTANT_NONE, MUTANTS(MUTANT_ID) MUTANTS_COUNT };
#undef MUTANT_ID

#ifdef RAFTLAB_MUTANTS
extern enum mutant mutant_awake;
#define MUTANT(id) (mutant_awake == MUTANT_##id)
#else
#define MUTANT(id) (MUTANT_##id == MUTANT_NONE) /* false, and misspelt ids do not compile */
#endif

#endif
