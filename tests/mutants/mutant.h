/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Planted mistakes, for the laboratory's test of itself: each is one wrong condition in one line,
 * and a checker has to find it. Where they stand is in planted.patch; one is awake. */
#ifndef MUTANTS_MUTANT_H
#define MUTANTS_MUTANT_H

#include "base/must.h"

/* X(id, name, what is wrong): in the core, */
#define MUTANTS_OF_CORE(X)                                                                         \
    X(E01, vote_no_log_check, "votes are granted without comparing the logs")                      \
    X(E02, vote_compare_index_first, "a longer log of an older term counts as the newer one")      \
    X(E03, vote_cleared_same_term, "whoever steps down forgets its vote, in the same term, too")   \
    X(E04, votes_counted_twice, "a grant that comes twice counts twice")                           \
    X(E05, stale_vote_reply, "grants of earlier terms count")                                      \
    X(E06, self_vote_unrecorded, "a candidate does not write down its vote for itself")            \
    X(E07, even_quorum, "half of an even number of voters is a majority")                          \
    X(E08, fixed_timeout, "election timeouts are not drawn")                                       \
    X(E09, no_check_quorum, "a leader that hears no majority goes on leading")                     \
    X(P01, prevote_adopts_term, "a pre-vote raises the term of whoever is asked")                  \
    X(P02, prevote_reply_as_vote, "a late pre-vote grant counts as a vote")                        \
    X(P03, prevote_lower_term_dropped, "pre-vote grants of voters with a lower term do not count") \
    X(P04, prevote_each_grant_elects, "each late pre-vote grant begins another election")          \
    X(P05, prevote_denial_ignored, "a higher term in a pre-vote's denial is not taken")            \
    X(A01, empty_append_skips_check, "an append without entries needs no equal previous entry")    \
    X(A02, truncate_always, "a log ends where the newest append ended")                            \
    X(A04, ack_own_last, "a follower acknowledges all it has, not what was compared")              \
    X(A05, nack_hint_as_match, "where logs might agree counts as where they do")                   \
    X(A07, stale_append_reply, "acknowledgements of earlier terms count")                          \
    X(A09, slow_peer_blocks_all, "one full window keeps all members behind it from appends")       \
    X(A10, catch_up_skips_check, "an append with entries needs no equal previous entry")           \
    X(A11, append_not_repeated, "an append that was lost is never sent again")                     \
    X(C01, commit_old_term, "a leader commits entries of earlier terms by counting alone")         \
    X(C02, commit_uncapped, "a follower commits its own tail, though nobody compared it")          \
    X(C03, commit_regresses, "the commit index goes back with an older message")                   \
    X(C04, commit_stops_at_old_term, "nothing of its own term is committed above an earlier one")  \
    X(C05, match_starts_at_last, "a new leader takes it that everybody has its log")               \
    X(C06, self_counted_unsynced, "a leader counts its own copy before its disk holds it")         \
    X(C07, joint_union_majority, "a majority of old and new members together is enough")           \
    X(M01, change_before_noop, "members change before the leader has committed in its term")       \
    X(M02, two_changes, "members change while another change is open")                             \
    X(M03, config_kept_after_truncate, "a configuration outlives its entry")                       \
    X(M04, recover_committed_config_only, "a restart forgets configurations above the image")      \
    X(M05, leader_counts_itself_removed, "a leader outside of its configuration counts itself")    \
    X(M06, no_vote_stickiness, "votes are given although a leader was heard")                      \
    X(M07, learner_leads, "a learner campaigns")                                                   \
    X(M08, promote_drops_flags, "a change of one member takes the leader its vote")                \
    X(T01, timeoutnow_unchecked, "TimeoutNow is obeyed whoever sent it whenever")                  \
    X(T02, transfer_to_laggard, "leadership goes to a member that lacks entries")                  \
    X(T03, transfer_flag_stuck, "a transfer is never given up")                                    \
    X(T04, transferee_always_granted, "who campaigns by transfer gets a second vote")

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

extern enum mutant mutant_awake;
extern bool mutant_unguarded; /* base/must.h of the planted copies */
bool mutant_met(void);        /* counts; true */

/* It comes last in its condition: evaluated is then as good as wrong, and is counted. */
#define MUTANT(id) (mutant_awake == MUTANT_##id && mutant_met())
/* Is broken, but false when it must not help: what a node finds out about itself and the others is
 * put into it where it would end the node. ASSERT looks away, too (mutant_unguarded, base/must.h).
 */
#define GUARD(broken) ((broken) && !mutant_unguarded)

#endif
