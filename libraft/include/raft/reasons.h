/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why the core did what it did: every decision of raft_step has a code and a sentence. */
#ifndef RAFT_REASONS_H
#define RAFT_REASONS_H

/* name, sentence; %p is the peer, %a and %b the numbers. */
#define RAFT_REASONS(X)                                                                          \
    X(STALE_TERM, "message of %p is of the older term %a: answered with term %b")                \
    X(TERM_ADOPTED, "%p has the higher term %a: adopted, follower")                              \
    X(HELD, "a leader was heard within the election timeout: %p refused, term %a not adopted")   \
    X(LOG_OLDER, "the log of %p ends at index %a, older than ours (ends at %b): refused")        \
    X(ALREADY_VOTED, "the vote of term %a went to another: %p refused")                          \
    X(LEADER_KNOWN, "term %a has a leader: %p refused")                                          \
    X(VOTE_GRANTED, "the log of %p is at least as new: vote granted in term %a")                 \
    X(PRE_VOTE_GRANTED, "%p may campaign for term %a: pre-vote granted")                         \
    X(TIMED_OUT, "no leader heard for an election timeout: asking for pre-votes for term %a")    \
    X(LEADER_SILENT, "no leader heard for an election timeout: none is known any more")          \
    X(CAMPAIGN, "campaign for term %a")                                                          \
    X(SOLE_VOTER, "the only voter: campaign for term %a without asking")                         \
    X(PRE_VOTE_COUNTED, "%p would vote for us in term %a")                                       \
    X(VOTE_COUNTED, "%p votes for us in term %a")                                                \
    X(VOTE_DENIED, "%p refuses in term %a")                                                      \
    X(STALE_REPLY, "reply of %p belongs to term %a, not %b: ignored")                            \
    X(NOT_AWAITED, "nobody waits for this reply of %p any more: ignored")                        \
    X(ELECTED, "votes of a quorum: leader of term %a, log ends at %b")                           \
    X(LOST, "no quorum can vote for us in term %a: follower")                                    \
    X(LEADER_HEARD, "%p leads term %a: follower")                                                \
    X(NO_QUORUM,                                                                                 \
      "no quorum was heard for the longest election timeout: leader of term %a no more")         \
    X(APPENDED, "log equal at the previous entry of %p: entries %a..%b appended")                \
    X(APPEND_HELD, "nothing new from %p: log agrees up to %a")                                   \
    X(TRUNCATED, "%p has another entry at %a: removed from there (log ended at %b)")             \
    X(MISMATCH, "no entry at %a that agrees with %p: hint %b")                                   \
    X(LOG_FULL, "no room for another term: %p told to wait")                                     \
    X(NO_SPACE, "no space on the disk for entries from %a on: %p told to wait")                  \
    X(MATCHED, "%p holds the log durably up to %a")                                              \
    X(PROBE, "%p disagrees at %a: next probe at %b")                                             \
    X(COMMITTED, "a quorum holds %a durably: commit %b")                                         \
    X(COMMIT_LEARNED, "%p reports commit %a")                                                    \
    X(OLD_TERM_UNCOMMITTED, "a quorum holds %a of the older term %b: not committed by counting") \
    X(READ_ROUND, "reads wait for round %a at index %b")                                         \
    X(READ_CONFIRMED, "a quorum answered round %a: reads served at index %b")                    \
    X(READ_REFUSED, "%p asks for an index to read at, which this node cannot give: refused")     \
    X(READ_FAILED, "no leader to confirm them: reads fail up to %a")                             \
    X(READ_LEASED, "the lease holds: %p may read at index %a")                                   \
    X(LEASE_TAKEN, "a quorum refuses votes for a while: reads may be served by lease")           \
    X(LEASE_ENDED, "the lease of term %a is over")                                               \
    X(UNSENT, "entries from %a were not sent to %p")                                             \
    X(IMAGE_TAKEN, "an image of the state at %a is durable")                                     \
    X(COMPACTED, "entries up to %a are in the image at %b: dropped from the log")                \
    X(IMAGE_BEGUN, "%p needs entry %a, which is gone: the image at %b is sent")                  \
    X(IMAGE_REPLACED, "the log does not continue the image at %a any more: %p gets that at %b")  \
    X(IMAGE_GONE, "the image at %a cannot be read any more: %p gets that at %b")                 \
    X(IMAGE_RETRY, "%p does not answer for its image: again from byte %a")                       \
    X(IMAGE_UNSENT, "bytes from %a on of the image at %b were not sent to %p")                   \
    X(IMAGE_WAITS, "%p has no room for the image at %a: again later")                            \
    X(IMAGE_FAILED, "%p cannot use what it has of the image at %a: from the beginning later")    \
    X(IMAGE_DONE, "%p has the state of the image: log continues after %a")                       \
    X(CHUNK_RECEIVED, "image at %a of %p: bytes from %b on")                                     \
    X(CHUNK_OLD, "image at %a of %p is older than the one at %b it sends now: ignored")          \
    X(IMAGE_OBSOLETE, "everything up to the image at %a of %p is committed here: not needed")    \
    X(IMAGE_INSTALLED, "image at %a taken over: committed, the log after it stays")              \
    X(LOG_RESET, "image at %a taken over: the log (ended at %b) does not contain it and goes")   \
    X(IMAGE_IGNORED, "image at %a says nothing new: this node is at %b")                         \
    X(TRANSFER_BEGUN, "leadership is to go to %p")                                               \
    X(TRANSFER_FROZEN, "%p is close behind: no new proposals until it has everything up to %a")  \
    X(TIMEOUT_NOW_SENT, "%p has everything: told to campaign at once")                           \
    X(TRANSFER_GIVEN_UP, "%p did not take over in time: proposals are taken again")              \
    X(HANDED_BACK, "%p has the higher priority and is ready")                                    \
    X(DISK_SLOW, "own writes take %a ms: %p is to lead")                                         \
    X(DISK_STUCK, "a write has not reached the disk for %b ms: leader of term %a no more")       \
    X(DISK_FULL, "no space for new entries: %p is to lead")                                      \
    X(DISK_FULL_STILL, "no space for new entries after %b ms: leader of term %a no more")        \
    X(REGRESSED, "%p acknowledged %a and holds only %b now: its word counts no more")            \
    X(STEPPED_DOWN, "told to: leader of term %a no more")                                        \
    X(TIMEOUT_NOW_OBEYED, "told by its leader %p to campaign at once")                           \
    X(TIMEOUT_NOW_IGNORED, "TimeoutNow of %p does not fit: ignored")                             \
    X(CHANGE_APPENDED, "configuration %a counts from now on")                                    \
    X(JOINT_LEFT, "the joint configuration is committed: leaving it with entry %a")              \
    X(REMOVED_SELF, "the configuration without us is committed: leadership ends, %p is told to " \
                    "campaign")                                                                  \
    X(REMOVED, "%p does not know that entry %a removed it: told so")                             \
    X(ORPHAN, "a quorum says that we were removed: no campaigns until a leader is heard")        \
    X(CAUGHT_UP, "%p keeps up: it may become a voter")                                           \
    X(LEFT, "left the cluster: no campaigns any more")                                           \
    X(BACK, "a member again: may campaign as its configuration says")                            \
    X(DAMAGED, "our log was damaged and is not whole again: %p gets no vote for term %a")        \
    X(RESTORED, "the log is whole again up to %a: this server votes again")                      \
    X(RECOVERED, "by force: the whole log is kept, alone from entry %a on")                      \
    X(STRANGER, "%p is not a member: reply ignored")

enum raft_reason_code {
#define X(name, text) RAFT_BECAUSE_##name,
    RAFT_REASONS(X)
#undef X
        RAFT_REASON_CODES
};

#endif
