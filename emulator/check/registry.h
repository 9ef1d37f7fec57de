/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All checkers by name. */
#ifndef EMULATOR_CHECK_REGISTRY_H
#define EMULATOR_CHECK_REGISTRY_H

#include "emulator/check/checker.h"

/* variable, parameters it reads (struct check_params). Their order is that of the results. */
#define CHECKERS(X)                      \
    X(check_linearizable, "")            \
    X(check_acked_durable, "")           \
    X(check_fresh_read, "")              \
    X(check_failed_never_applied, "")    \
    X(check_answers_fit, "")             \
    X(check_election_safety, "")         \
    X(check_one_vote, "")                \
    X(check_term_monotonic, "")          \
    X(check_leader_append_only, "")      \
    X(check_log_matching, "")            \
    X(check_leader_completeness, "")     \
    X(check_state_machine_safety, "")    \
    X(check_commit_monotonic, "")        \
    X(check_commit_on_majority, "")      \
    X(check_config_overlap, "")          \
    X(check_config_membership, "")       \
    X(check_lease_exclusive, "")         \
    X(check_snapshot_prefix, "")         \
    X(check_pre_vote_non_disruption, "") \
    X(check_promise_kept, "")            \
    X(check_match_monotonic, "")         \
    X(check_no_crash, "")                \
    X(check_exactly_once_session, "")    \
    X(check_identity_bound, "")          \
    X(check_sequential, "")              \
    X(check_monotonic_reads, "")         \
    X(check_read_your_writes, "")        \
    X(check_stale_read_bound_ms, "max")  \
    X(check_recovers, "within_ns")       \
    X(check_unavailable_ms, "max")       \
    X(check_rejected, "error")           \
    X(check_throughput_pct, "min")       \
    X(check_p99_ms, "max")               \
    X(check_catch_up_ms, "max")          \
    X(check_transfers_done, "min")       \
    X(check_mem_mib, "max")              \
    X(check_fds, "max")                  \
    X(check_log_bytes, "max")            \
    X(check_no_sanitizer_report, "")     \
    X(check_log_has_no, "pattern")       \
    X(check_exit_code, "nodes, code")    \
    X(check_elections, "max")            \
    X(check_term_growth, "max")          \
    X(check_leader_changes, "max")       \
    X(check_no_progress_expected, "nodes, from_ns, to_ns")

#define X(variable, params) extern const struct checker variable;
CHECKERS(X)
#undef X

size_t registry_count(void);
const struct checker *registry_at(size_t i);
const struct checker *registry_find(const char *name); /* NULL if there is none */
/* The known name with the least edit distance, for error messages. */
const char *registry_nearest(const char *name);

#endif
