/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of the scenario language that are not actions, a row each: capabilities, value types,
 * parameter names, waits, checkers, coverage counters, messages, operations, shapes. */
#ifndef SCENARIO_VOCAB_WORDS_H
#define SCENARIO_VOCAB_WORDS_H

/* Choices that the model also has as enums, in their order. */
#define LINK_DIRECTIONS "both|out|in"
#define LINK_PLANES     "peer|client|admin|all"
#define READ_MODES      "index|lease|local"
#define CLIENT_ATTACHES "any|leader|pinned"
#define RUNS_IN         "both|sim|live"

/* Signals a step can send, and further ones a process may die of. */
#define SIGNALS      "SIGKILL|SIGTERM|SIGINT|SIGQUIT|SIGHUP|SIGABRT"
#define EXIT_SIGNALS SIGNALS "|SIGSEGV|SIGBUS|SIGFPE|SIGILL|SIGPIPE"

/* id, what a world without it cannot do. A world states a set of these (bit = CAP_id). */
#define SCENARIO_CAPABILITIES(X)                                           \
    X(flow, "waits, marks and repeated steps")                             \
    X(flowParallel, "branches that run side by side")                      \
    X(flowChoose, "branches chosen at random")                             \
    X(flowInclude, "steps from another file")                              \
    X(flowFuzz, "random faults from an alphabet")                          \
    X(waitExit, "waiting for a process to end")                            \
    X(waitDisk, "watching how full a disk is")                             \
    X(trigger, "steps started by an event of the trace")                   \
    X(triggerBefore, "steps before the consequence of an event")           \
    X(eventWhere, "events picked by their fields")                         \
    X(trace, "what nodes tell of themselves")                              \
    X(netShape, "delay, loss, duplication and rate on links")              \
    X(netPayload, "damage that passes the packet checksum")                \
    X(netCut, "cut links and partitions")                                  \
    X(netCutStyle, "cuts that reset, reject or stop new connections only") \
    X(netHold, "holding traffic back and releasing it")                    \
    X(netFilter, "faults on single message types")                         \
    X(netLane, "links of single message types")                            \
    X(netReset, "connection resets")                                       \
    X(netHalfOpen, "connections whose far end died silently")              \
    X(netTrickle, "links that pass a few bytes a second")                  \
    X(netReaddress, "new addresses for old nodes")                         \
    X(netPlane, "faults on the links of clients")                          \
    X(netAdmin, "faults on the links of the administrator")                \
    X(procSignal, "stopping, killing and starting nodes")                  \
    X(procPause, "suspending nodes")                                       \
    X(procPoint, "crashes and stalls at a named point")                    \
    X(procLimit, "limits on CPU, memory and files")                        \
    X(procVersion, "nodes of several versions")                            \
    X(procTwin, "a second process with the same identity")                 \
    X(procBlockLog, "a log sink that stops draining")                      \
    X(clock, "clocks that jump, drift or stop")                            \
    X(clockWall, "the wall clock alone, by which no node lives")           \
    X(diskDelay, "slow and stalled disks")                                 \
    X(diskError, "failing disk calls")                                     \
    X(diskFull, "full and read-only disks")                                \
    X(diskUnsynced, "losing what was not synced")                          \
    X(diskDamage, "flipped, stale and misplaced bytes")                    \
    X(diskTear, "torn writes")                                             \
    X(diskImage, "wiping, saving and restoring data directories")          \
    X(member, "membership changes")                                        \
    X(memberMore, "membership changes other than adding and removing")     \
    X(transfer, "leadership transfer")                                     \
    X(leave, "graceful leave")                                             \
    X(snapshot, "snapshots and compaction on demand")                      \
    X(configSet, "changing settings at run time")                          \
    X(forceRecover, "recovery from a lost quorum")                         \
    X(load, "starting and stopping the load")                              \
    X(loadShape, "changing rate and mix of the load")                      \
    X(clientOp, "single client operations")                                \
    X(clientPin, "clients bound to one node")                              \
    X(clientSession, "dropping client sessions")                           \
    X(clientCut, "cutting clients off")

/* id (as in PARAM_TYPE_id), how such a value is spelled. */
#define SCENARIO_PARAM_TYPES(X)                                                               \
    X(duration, "a duration with its unit: \"150ms\", \"2s\", or election timeouts: \"3ET\"") \
    X(offset, "a duration with a sign: \"-150ms\", \"+1s\"")                                  \
    X(size, "a size with its unit: \"64KiB\"")                                                \
    X(rate, "a rate with its unit: \"10mbit\"")                                               \
    X(share, "a share: \"10%\"")                                                              \
    X(ppm, "a clock rate: \"200ppm\"")                                                        \
    X(count, "a whole number")                                                                \
    X(boolean, "true or false")                                                               \
    X(choice, "one of its names")                                                             \
    X(text, "a string")                                                                       \
    X(texts, "a list of strings")                                                             \
    X(who, "a selector or a list of selectors: \"leader\", [\"n1\",\"random(1)\"]")           \
    X(node, "a selector of one node: \"n3\", \"leader\"")                                     \
    X(link, "\"all\" or {\"from\":…,\"to\":…,\"direction\":…,\"plane\":…,\"message\":[…]}")   \
    X(groups, "a list of groups, each a list of selectors")                                   \
    X(shape, "a shape: \"halves\", \"bridge(n3)\", …")                                        \
    X(loss, "\"bernoulli\", {\"gilbert\":{\"p\":\"1%\",\"r\":\"20%\"}} or "                   \
            "{\"burst\":{\"lenPackets\":5}}")                                                 \
    X(distribution, "\"uniform\", \"normal\", \"pareto\", \"exponential\" or "                \
                    "{\"table\":[-8192,0,16384]}")                                            \
    X(mix, "weights of operations: {\"read\":50,\"write\":50}")                               \
    X(pairs, "an object of strings, numbers and booleans")                                    \
    X(event, "the name of a trace event")                                                     \
    X(messages, "a list of message types")                                                    \
    X(actions, "a list of action names")                                                      \
    X(impairment, "the name of a link impairment measured in numbers: \"delay\"")             \
    X(ramped, "a value of the ramped impairment")                                             \
    X(steps, "a list of steps")                                                               \
    X(branches, "a list of lists of steps")                                                   \
    X(weights, "a list of whole numbers, one a branch")

/* Every parameter's name, once (PARAM_name). */
#define SCENARIO_PARAM_NAMES(X)                                                                 \
    X(after) X(alphabet) X(as) X(at) X(atCrash) X(atLeast) X(before) X(branches) X(by) X(bytes) \
    X(bytesPerS) X(chunk) X(client) X(clock) X(code) X(committed) X(core) X(correlation) \
    X(corrupt) X(corruptLayer) X(count) X(cpu) X(cuts) X(cycles) X(delay) X(delta) X(directed) \
    X(direction) X(distribution) X(down) X(duplicate) X(env) X(errno) X(error) X(event) \
    X(expect) X(fail) X(fds) X(file) X(flags) X(for) X(force) X(free) X(from) X(gap) \
    X(gapPackets) X(grace) X(groups) X(hit) X(hot) X(impairments) X(index) X(is) X(jitter) \
    X(keep) X(keepData) X(keepEntries) X(keepQuorum) X(key) X(keys) X(kind) X(knob) \
    X(lagEntries) X(learners) X(lieAboutFsync) X(link) X(loss) X(lossModel) X(mark) X(max) \
    X(maxConcurrent) X(mem) X(members) X(message) X(min) X(minGap) X(mix) X(mode) X(model) \
    X(mtu) X(name) X(nth) X(ok) X(once) X(op) X(ops) X(order) X(over) X(parameter) \
    X(pattern) X(period) X(phase) X(plane) X(plus) X(point) X(policy) X(ppm) \
    X(probability) X(profile) X(queuePackets) X(rate) X(ratePerS) X(readMode) X(region) \
    X(reorder) X(run) X(sector) X(shape) X(shutdown) X(signal) X(stability) X(stable) \
    X(stall) X(state) X(steps) X(stop) X(style) X(survivors) X(target) X(threads) X(time) \
    X(timeout) X(times) X(to) X(toMark) X(type) X(unchangedFor) X(unknown) X(up) X(used) \
    X(value) X(verdict) X(version) X(via) X(voters) X(waitAnswer) X(waitCommit) \
    X(waitHealthy) X(weights) X(where) X(who) X(within)

/* Wait conditions. Parameters of row `id` are PARAMS_wait_id. `time` is spelled as a bare string
 * ({"wait":"2s"}); any and all hold further conditions; trigger is the spelling of `when` whose
 * `event` is a name. */
#define PARAMS_wait_time(P)   P(time, duration, must, "")
#define PARAMS_wait_leader(P) P(stable, duration, may, "")
#define PARAMS_wait_noLeader(P) P(for, duration, may, "")
#define PARAMS_wait_role(P) \
    P(who, who, must, "") P(is, choice, must, "leader|follower|candidate|learner")
#define PARAMS_wait_term(P)     P(atLeast, count, one, "") P(unchangedFor, duration, one, "")
#define PARAMS_wait_commit(P)   P(atLeast, count, one, "") P(plus, count, one, "")
#define PARAMS_wait_applied(P)  P(who, who, must, "") P(index, count, must, "")
#define PARAMS_wait_caughtUp(P) P(who, who, must, "") P(lagEntries, count, may, "")
#define PARAMS_wait_config(P) \
    P(members, who, some, "") \
    P(voters, who, some, "")  \
    P(learners, who, some, "") P(committed, boolean, some, "")
#define PARAMS_wait_joint(P) P(state, choice, must, "entered|committed|left")
#define PARAMS_wait_snapshot(P) \
    P(who, who, must, "") P(phase, choice, must, "started|chunk|installed") P(chunk, count, may, "")
#define PARAMS_wait_event(P) \
    P(type, event, must, "") P(who, who, may, "") P(count, count, may, "") P(where, pairs, may, "")
#define PARAMS_wait_ops(P) \
    P(ok, count, some, "") P(fail, count, some, "") P(unknown, count, some, "")
#define PARAMS_wait_exit(P) \
    P(who, who, must, "") P(code, count, may, "") P(signal, choice, may, EXIT_SIGNALS)
#define PARAMS_wait_disk(P) P(who, who, must, "") P(used, size, must, "")
#define PARAMS_wait_quiet(P) P(for, duration, must, "")
#define PARAMS_wait_any(P)
#define PARAMS_wait_all(P)
#define PARAMS_wait_trigger(P)  \
    P(event, event, must, "")   \
    P(who, who, may, "")        \
    P(before, boolean, may, "") \
    P(after, boolean, may, "")  \
    P(nth, count, may, "") P(once, boolean, may, "") P(where, pairs, may, "")

/* id, capability, what is waited for. */
#define SCENARIO_WAITS(X)                                                                \
    X(time, flow, "time passes")                                                         \
    X(leader, flow, "one leader, accepted by a majority, for as long as `stable`")       \
    X(noLeader, flow, "no live node leads")                                              \
    X(role, trace, "every node of `who` has the role")                                   \
    X(term, trace, "the highest term")                                                   \
    X(commit, trace, "the highest commit index, absolute or since the step began")       \
    X(applied, trace, "every node of `who` applied the index")                           \
    X(caughtUp, trace, "every node of `who` is within lagEntries of the highest commit") \
    X(config, member, "the configuration in force")                                      \
    X(joint, memberMore, "a joint change's stage")                                       \
    X(snapshot, snapshot, "a snapshot transfer's stage")                                 \
    X(event, trace, "an event of the trace")                                             \
    X(ops, flow, "client operations ended since the step began")                         \
    X(exit, waitExit, "processes ended")                                                 \
    X(disk, waitDisk, "bytes used on disk")                                              \
    X(quiet, flow, "no election, fault or membership change")                            \
    X(any, flow, "one of several")                                                       \
    X(all, flow, "all of several")                                                       \
    X(trigger, trigger, "the moment of an event")

/* Parameters of checkers that take some. `max` and `min` count in the unit of the checker's name.
 */
#define PARAMS_check_model(P)    P(model, choice, may, SCENARIO_MODELS)
#define PARAMS_check_max(P)      P(max, count, must, "")
#define PARAMS_check_min(P)      P(min, count, must, "")
#define PARAMS_check_recovers(P) P(within, duration, may, "") P(core, who, may, "")
#define PARAMS_check_who(P)      P(who, who, may, "")
#define PARAMS_check_error(P)    P(error, text, must, "")
#define PARAMS_check_pattern(P)  P(pattern, text, must, "")
#define PARAMS_check_exit(P)     P(who, who, may, "") P(code, count, must, "")

#define SCENARIO_MODELS "register|cas|append|counter|set|queue|kv"

/* name, class (safety = always on; client: needs clients; quality; process: of processes, hence
 * live), row of parameters PARAMS_x. */
#define SCENARIO_CHECKERS(X)                     \
    X(electionSafety, safety, none)              \
    X(oneVotePerTermAcrossRestart, safety, none) \
    X(termMonotonic, safety, none)               \
    X(leaderAppendOnly, safety, none)            \
    X(logMatching, safety, none)                 \
    X(leaderCompleteness, safety, none)          \
    X(stateMachineSafety, safety, none)          \
    X(commitMonotonic, safety, none)             \
    X(commitOnMajority, safety, none)            \
    X(ackedDurable, safety, none)                \
    X(configOverlap, safety, none)               \
    X(configMembership, safety, none)            \
    X(leaseExclusive, safety, none)              \
    X(freshRead, safety, none)                   \
    X(exactlyOnceSession, safety, none)          \
    X(snapshotPrefix, safety, none)              \
    X(preVoteNonDisruption, safety, none)        \
    X(failedNeverApplied, safety, none)          \
    X(answersFit, safety, none)                  \
    X(promiseKept, safety, none)                 \
    X(identityBound, safety, none)               \
    X(matchMonotonic, safety, none)              \
    X(noCrash, safety, none)                     \
    X(linearizable, client, check_model)         \
    X(sequential, client, check_model)           \
    X(monotonicReads, client, none)              \
    X(readYourWrites, client, none)              \
    X(staleReadBoundMs, client, check_max)       \
    X(rejected, client, check_error)             \
    X(recovers, quality, check_recovers)         \
    X(unavailableMs, quality, check_max)         \
    X(elections, quality, check_max)             \
    X(termGrowth, quality, check_max)            \
    X(leaderChanges, quality, check_max)         \
    X(throughputPct, client, check_min)          \
    X(p99Ms, client, check_max)                  \
    X(catchUpMs, quality, check_max)             \
    X(transfersDone, quality, check_min)         \
    X(memMiB, process, check_max)                \
    X(fds, process, check_max)                   \
    X(logBytes, quality, check_max)              \
    X(noProgressExpected, quality, check_who)    \
    X(noSanitizerReport, process, none)          \
    X(logHasNo, process, check_pattern)          \
    X(exitCode, quality, check_exit)             \
    X(finally, quality, none)

/* Other spellings: name, the checker it means. */
#define SCENARIO_CHECKER_ALIASES(X) \
    X(noLostAck, ackedDurable)      \
    X(noDuplicateApply, exactlyOnceSession)

/* name, what is counted. */
#define SCENARIO_COVERAGE(X)                                              \
    X(faultActiveMs, "milliseconds with a fault in force")                \
    X(packetsDropped, "packets dropped by a fault")                       \
    X(elections, "leaders elected")                                       \
    X(stepDowns, "leaders that stepped down")                             \
    X(truncations, "logs whose uncommitted end was overwritten")          \
    X(snapshotsInstalled, "snapshots installed")                          \
    X(configsCommitted, "configurations committed")                       \
    X(preVotesRejected, "pre-votes refused")                              \
    X(transfersDone, "leadership transfers finished")                     \
    X(readsServedByExLeader, "reads answered or refused by an ex-leader") \
    X(opsOk, "client operations that succeeded")                          \
    X(opsFail, "client operations that were refused")                     \
    X(opsUnknown, "client operations with unknown outcome")               \
    X(crashPointsHit, "crash points reached")

/* Peer message types, for filters. */
#define SCENARIO_MESSAGES(X) \
    X(PreVote)               \
    X(PreVoteReply)          \
    X(RequestVote)           \
    X(RequestVoteReply)      \
    X(AppendEntries)         \
    X(AppendEntriesReply)    \
    X(Heartbeat)             \
    X(HeartbeatReply)        \
    X(InstallSnapshot)       \
    X(InstallSnapshotReply) X(TimeoutNow) X(TimeoutNowReply) X(ReadIndex) X(ReadIndexReply)

/* Kinds of operations in a mix. */
#define SCENARIO_OPS(X) X(read) X(write) X(cas) X(append) X(increment) X(delete) X(scan)

/* What clients of a model ask: id, operations. */
#define SCENARIO_MODEL_OPS(X)                     \
    X(register, O(read) | O(write))               \
    X(cas, O(read) | O(write) | O(cas))           \
    X(append, O(read) | O(write) | O(append))     \
    X(counter, O(read) | O(write) | O(increment)) \
    X(set, O(read) | O(write) | O(delete))        \
    X(queue, O(read) | O(write) | O(delete))      \
    X(kv, O(read) | O(write) | O(append) | O(delete) | O(scan))

/* Shapes of a partition: id, whether a centre ("bridge(n3)") may be named, what it cuts. */
#define SCENARIO_SHAPES(X)                                                                 \
    X(halves, no, "two halves, drawn at random; the second is larger if the count is odd") \
    X(majority, no, "a smallest majority, drawn at random, from the others")               \
    X(minorityWithLeader, no, "the leader and all but enough others from a majority")      \
    X(oneVsRest, may, "one node from all others")                                          \
    X(bridge, may, "two halves that only the bridge node sees both of")                    \
    X(ring, no, "everyone sees a different majority")                                      \
    X(chain, no, "everyone sees only the next in line")                                    \
    X(star, may, "everyone sees only the centre")                                          \
    X(random, no, "every pair by the toss of a coin, at least one cut")

#endif
