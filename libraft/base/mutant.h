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
    X(A11, append_not_repeated, "an append that was lost is never sent again")

/* and around it. */
#define MUTANTS_OF_NODE(X)                                                                     \
    X(Y01, vote_reply_before_sync, "a vote is given before the disk holds it")                 \
    X(Y02, ack_before_sync, "a follower acknowledges entries its disk does not hold yet")      \
    X(Y03, empty_disk_votes, "a voter whose disk was emptied votes as before")                 \
    X(A08, durable_index_not_lowered, "what was durable before the log was cut still counts")  \
    X(C08, apply_before_commit, "a follower applies what is appended")                         \
    X(C09, apply_batch_cut, "what one turn does not apply is skipped")                         \
    X(C10, ack_exact_index, "of the writes that commit together the last is answered")         \
    X(D01, write_failure_reuses_index, "a leader takes back an entry it could not write")      \
    X(D02, fsync_retry, "a failed sync is made good by the next")                              \
    X(D03, dir_not_synced, "new segments of the log have no durable name")                     \
    X(D04, torn_tail_kept, "new batches stand behind one that was broken off")                 \
    X(D05, corrupt_middle_is_tail, "any batch that does not read is the log's end")            \
    X(D06, truncate_not_durable, "the disk is not told that the log was cut")                  \
    X(D07, restart_forgets_tail, "a start reads the log's first entry alone")                  \
    X(S01, compact_before_stored, "the log goes before its image is synced")                   \
    X(S02, image_name_order, "the newest image is the last by name")                           \
    X(S03, keep_conflicting_suffix, "an image leaves entries behind it that do not follow it") \
    X(S04, discard_matching_suffix, "an image always takes the whole log's place")             \
    X(S05, stale_install, "an image is installed that says nothing new")                       \
    X(S06, install_sets_term, "an image's term becomes the current one")                       \
    X(S07, label_ahead, "an image is said to be of the last entry there is")                   \
    X(S08, install_ignores_config, "an image's configuration is not taken over")               \
    X(S09, boundary_off_by_one, "the entry before the log's first is sent, not the image")     \
    X(S10, install_adds_progress, "an image adds to what a member is known to hold")           \
    X(M09, config_from_flags, "a start goes by the founders it is told, not by its log")       \
    X(R01, read_no_round, "a leader answers reads without asking the others")                  \
    X(R02, read_no_term_gate, "a new leader reads before it knows what is committed")          \
    X(R03, read_before_applied, "a read does not wait for what it must see")                   \
    X(R04, read_joins_old_round, "any answer confirms the newest round")                       \
    X(R05, lease_from_reply, "a lease begins when the answer comes")                           \
    X(R06, lease_no_drift, "a lease believes that all clocks run alike")                       \
    X(R07, lease_wall_clock, "leases are counted by the wall clock")                           \
    X(R08, lease_role_only, "a leader has a lease as long as it leads")                        \
    X(X01, image_without_sessions, "images hold no sessions")                                  \
    X(X02, no_dedup, "a write repeated in its session is done again")                          \
    X(X03, expiry_local_clock, "sessions end by the clock of the host")                        \
    X(Q01, wait_by_index, "a write is answered by whatever takes its place")                   \
    X(Q02, definite_fail_on_stepdown,                                                          \
      "a write in the log that takes too long is said to have failed")                         \
    X(Q03, answer_before_apply, "writes are answered before they are done")                    \
    X(F01, forward_retry, "a follower sends a write again whose answer was lost")              \
    X(F02, deadline_units, "the time a forwarded write has is read in another unit")           \
    X(B01, bootstrap_over_state, "a node that has a log is founded again")                     \
    X(B02, empty_node_campaigns, "an emptied node founds its cluster once more")               \
    X(L01, leave_ns, "leaving may take so many nanoseconds, not seconds")                      \
    X(L02, last_voter_leaves, "the last voter may go")                                         \
    X(L03, leave_exits_early, "a node is gone as soon as its wish is heard")                   \
    X(W01, cluster_id_unchecked,                                                               \
      "frames of other clusters, or of what was given up by force, are taken")                 \
    X(W02, frame_crc_ignored, "damaged frames are taken")                                      \
    X(K01, timers_wall_clock, "timers go by the wall clock")

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
