/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The actions of the scenario language, a row each, and the rows of their parameters. */
#ifndef SCENARIO_VOCAB_ACTIONS_H
#define SCENARIO_VOCAB_ACTIONS_H

/* Parameter rows: P(name, type, rule, choices); choices are "a|b|c" for type choice.
 * Rules: must = always; may = optional; one = exactly one of the row's parameters with this rule;
 * some = at least one of them. */
#define PARAMS_none(P)

#define PARAMS_impair(P)                                                     \
    P(delay, duration, some, "")                                             \
    P(jitter, duration, some, "")                                            \
    P(distribution, distribution, some, "uniform|normal|pareto|exponential") \
    P(correlation, share, some, "")                                          \
    P(loss, share, some, "")                                                 \
    P(lossModel, loss, some, "")                                             \
    P(duplicate, share, some, "")                                            \
    P(reorder, share, some, "")                                              \
    P(gapPackets, count, some, "")                                           \
    P(corrupt, share, some, "")                                              \
    P(corruptLayer, choice, some, "packet|payload")                          \
    P(rate, rate, some, "")                                                  \
    P(queuePackets, count, some, "")                                         \
    P(mtu, size, some, "")

/* network */
#define CUT_STYLES        "drop|reset|reject|synOnly"
#define PARAMS_net_set(P) P(link, link, must, "") PARAMS_impair(P)
#define PARAMS_net_ramp(P)             \
    P(link, link, must, "")            \
    P(parameter, impairment, must, "") \
    P(from, ramped, must, "") P(to, ramped, must, "") P(over, duration, must, "")
#define PARAMS_net_cut(P)   P(link, link, must, "") P(style, choice, may, CUT_STYLES)
#define PARAMS_net_uncut(P) P(link, link, must, "")
#define PARAMS_net_partition(P) \
    P(groups, groups, one, "")  \
    P(shape, shape, one, "") P(cuts, groups, one, "") P(directed, boolean, may, "")
#define PARAMS_net_isolate(P) \
    P(who, who, must, "")     \
    P(direction, choice, may, LINK_DIRECTIONS) P(plane, choice, may, LINK_PLANES)
#define PARAMS_net_flap(P)    \
    P(link, link, must, "")   \
    P(up, duration, must, "") \
    P(down, duration, must, "") P(jitter, duration, may, "") P(cycles, count, must, "")
#define PARAMS_net_hold(P) \
    P(link, link, must, "") P(max, size, may, "") P(order, choice, may, "fifo|lifo|shuffle")
#define PARAMS_net_release(P) P(link, link, must, "") P(order, choice, may, "fifo|lifo|shuffle")
#define PARAMS_net_filter(P)                                           \
    P(link, link, must, "")                                            \
    P(message, messages, must, "")                                     \
    P(verdict, choice, must, "drop|hold|duplicate|delay|swapWithNext") \
    P(count, count, may, "") P(probability, share, may, "") P(delay, duration, may, "")
#define PARAMS_net_reset(P)     P(link, link, must, "")
#define PARAMS_net_halfOpen(P)  P(link, link, must, "")
#define PARAMS_net_trickle(P)   P(link, link, must, "") P(bytesPerS, count, must, "")
#define PARAMS_net_readdress(P) P(who, who, must, "")
#define PARAMS_net_heal(P)      P(link, link, must, "") P(impairments, boolean, may, "")

/* process */
#define PARAMS_proc_kill(P) P(who, who, must, "") P(signal, choice, may, SIGNALS)
#define PARAMS_proc_stop(P) \
    P(who, who, must, "") P(signal, choice, may, SIGNALS) P(grace, duration, may, "")
#define PARAMS_proc_start(P)      \
    P(who, who, must, "")         \
    P(keepData, boolean, may, "") \
    P(version, text, may, "") P(env, pairs, may, "") P(flags, texts, may, "")
#define PARAMS_proc_restart(P)      \
    P(who, who, must, "")           \
    P(signal, choice, may, SIGNALS) \
    P(grace, duration, may, "")     \
    P(gap, duration, may, "")       \
    P(keepData, boolean, may, "")   \
    P(version, text, may, "") P(env, pairs, may, "") P(flags, texts, may, "")
#define PARAMS_proc_pause(P)  P(who, who, must, "")
#define PARAMS_proc_resume(P) P(who, who, must, "")
#define PARAMS_proc_stutter(P) \
    P(who, who, must, "")      \
    P(run, duration, must, "") P(stop, duration, must, "") P(cycles, count, must, "")
#define PARAMS_proc_crashAt(P) P(who, who, must, "") P(point, text, must, "") P(hit, count, may, "")
#define PARAMS_proc_stallAt(P) \
    P(who, who, must, "")      \
    P(point, text, must, "") P(hit, count, may, "") P(stall, duration, must, "")
#define PARAMS_proc_limit(P) \
    P(who, who, must, "")    \
    P(cpu, share, some, "")  \
    P(mem, size, some, "") P(fds, count, some, "") P(threads, count, some, "")
#define PARAMS_proc_upgrade(P) P(who, who, must, "") P(version, text, must, "")
#define PARAMS_proc_rolling(P)                             \
    P(who, who, may, "")                                   \
    P(version, text, may, "")                              \
    P(order, choice, may, "leaderFirst|leaderLast|random") \
    P(waitHealthy, boolean, may, "") P(gap, duration, may, "")
#define PARAMS_proc_twin(P)     P(who, node, must, "") P(to, node, must, "")
#define PARAMS_proc_blockLog(P) P(who, who, must, "")

/* clock */
#define PARAMS_clock_of(P)   P(who, who, must, "") P(clock, choice, may, "realtime|monotonic|both")
#define PARAMS_clock_jump(P) PARAMS_clock_of(P) P(by, offset, must, "")
#define PARAMS_clock_rate(P) PARAMS_clock_of(P) P(ppm, ppm, must, "")
#define PARAMS_clock_strobe(P) \
    PARAMS_clock_of(P) P(delta, duration, must, "") P(period, duration, must, "")
#define PARAMS_clock_freeze(P) PARAMS_clock_of(P)
#define PARAMS_clock_reset(P)  PARAMS_clock_of(P)

/* disk */
#define PARAMS_disk_op(P) \
    P(who, who, must, "") \
    P(op, choice, may, "read|write|fsync|rename") P(file, choice, may, "log|meta|snapshot|any")
#define PARAMS_disk_slow(P)                                                     \
    PARAMS_disk_op(P) P(delay, duration, must, "") P(jitter, duration, may, "") \
        P(probability, share, may, "")
#define PARAMS_disk_stall(P) PARAMS_disk_op(P)
#define PARAMS_disk_error(P)                                                  \
    PARAMS_disk_op(P) P(errno, choice, may, "EIO|ENOSPC|EDQUOT|EROFS|EACCES") \
        P(after, count, may, "") P(count, count, may, "")
#define PARAMS_disk_full(P)     P(who, who, must, "") P(free, size, may, "")
#define PARAMS_disk_readonly(P) P(who, who, must, "")
#define PARAMS_disk_loseUnsynced(P)                              \
    P(who, who, must, "")                                        \
    P(policy, choice, may, "all|suffix|randomSubset|dirEntries") \
    P(atCrash, boolean, may, "") P(lieAboutFsync, boolean, may, "")
#define PARAMS_disk_file(P) P(who, who, must, "") P(file, choice, may, "log|meta|snapshot|any")
#define PARAMS_disk_tear(P)                                           \
    PARAMS_disk_file(P) P(at, size, one, "") P(sector, size, one, "") \
        P(keep, choice, may, "prefix|suffix|random")
#define PARAMS_disk_damage(P)                                                                     \
    PARAMS_disk_file(P) P(region, choice, may, "header|crc|middle|last") P(count, count, may, "") \
        P(bytes, count, may, "")
#define PARAMS_disk_flip(P)      PARAMS_disk_damage(P)
#define PARAMS_disk_zero(P)      PARAMS_disk_damage(P)
#define PARAMS_disk_truncate(P)  PARAMS_disk_damage(P)
#define PARAMS_disk_misdirect(P) PARAMS_disk_damage(P)
#define PARAMS_disk_stale(P)     PARAMS_disk_damage(P)
#define PARAMS_disk_wipe(P)      P(who, who, must, "") P(file, choice, may, "all|log|vote|snapshot")
#define PARAMS_disk_rollback(P) \
    P(who, who, must, "") P(file, choice, may, "all|log|vote|snapshot") P(toMark, text, must, "")
#define PARAMS_disk_snapshotDir(P) P(who, who, must, "") P(mark, text, must, "")

/* admin */
#define PARAMS_answer(P)          \
    P(timeout, duration, may, "") \
    P(expect, choice, may, "refused|ok|any") P(error, text, may, "") P(waitAnswer, boolean, may, "")
#define PARAMS_member(P)          \
    P(by, node, may, "")          \
    P(timeout, duration, may, "") \
    P(expect, choice, may, "refused|ok|any") P(error, text, may, "") P(waitCommit, boolean, may, "")
#define PARAMS_member_add(P) \
    P(who, who, must, "") P(as, choice, may, "voter|learner|witness") PARAMS_member(P)
#define PARAMS_member_promote(P) P(who, who, must, "") PARAMS_member(P)
#define PARAMS_member_demote(P)  P(who, who, must, "") PARAMS_member(P)

#define PARAMS_member_remove(P) P(who, who, must, "") P(shutdown, boolean, may, "") PARAMS_member(P)

#define PARAMS_member_replace(P) P(who, node, must, "") P(to, node, must, "") PARAMS_member(P)
#define PARAMS_member_change(P) \
    P(target, who, must, "") P(style, choice, may, "single|joint") PARAMS_member(P)
#define PARAMS_leader_transfer(P) P(to, node, may, "") P(by, node, may, "") PARAMS_answer(P)
#define PARAMS_leader_stepDown(P) P(force, boolean, may, "") P(by, node, may, "") PARAMS_answer(P)
#define PARAMS_node_leave(P)      P(who, who, must, "") PARAMS_answer(P)
#define PARAMS_snapshot_take(P) \
    P(who, who, must, "") P(keepEntries, count, may, "") PARAMS_answer(P)
#define PARAMS_log_compact(P) P(who, who, must, "") P(keepEntries, count, may, "") PARAMS_answer(P)
#define PARAMS_setting(P)     P(knob, text, must, "") P(value, text, must, "")
#define PARAMS_config_set(P)  P(who, who, must, "") PARAMS_setting(P) PARAMS_answer(P)
#define PARAMS_cluster_forceRecover(P) \
    P(survivors, who, must, "")        \
    P(mode, choice, may, "peersFile|newCluster") P(timeout, duration, may, "")

/* workload */
#define PARAMS_load(P)                                                         \
    P(profile, choice, may, "readOnly|readMostly|mixed|writeMostly|writeOnly") \
    P(mix, mix, may, "")                                                       \
    P(ratePerS, count, may, "")                                                \
    P(keys, count, may, "") P(hot, share, may, "") P(value, size, may, "")
#define PARAMS_load_start(P) P(ops, count, may, "") PARAMS_load(P)
#define PARAMS_load_stop(P)
#define PARAMS_load_rate(P)  P(ratePerS, count, must, "")
#define PARAMS_load_burst(P) P(ops, count, must, "") PARAMS_load(P)
#define PARAMS_load_mix(P)   P(mix, mix, must, "")
#define PARAMS_client_op(P)                                                 \
    P(client, who, may, "")                                                 \
    P(kind, choice, must, "read|write|cas|append|increment|delete|barrier") \
    P(key, text, may, "")                                                   \
    P(value, text, may, "")                                                 \
    P(via, node, may, "")                                                   \
    P(readMode, choice, may, READ_MODES)                                    \
    P(expect, choice, may, "ok|fail|timeout|notLeader")
#define PARAMS_client_pin(P)         P(client, who, must, "") P(to, node, must, "")
#define PARAMS_client_dropSession(P) P(client, who, must, "")
#define PARAMS_client_cut(P)         P(client, who, must, "") P(to, who, may, "")

/* flow */
#define PARAMS_wait(P)
#define PARAMS_mark(P)     P(name, text, must, "")
#define PARAMS_repeat(P)   P(times, count, must, "") P(steps, steps, must, "")
#define PARAMS_parallel(P) P(branches, branches, must, "")
#define PARAMS_choose(P)   P(branches, branches, must, "") P(weights, weights, may, "")
#define PARAMS_every(P) \
    P(period, duration, must, "") P(times, count, must, "") P(steps, steps, must, "")
#define PARAMS_include(P) P(file, text, must, "") P(steps, steps, may, "")
#define PARAMS_fuzz(P)             \
    P(alphabet, actions, must, "") \
    P(minGap, duration, may, "")   \
    P(maxConcurrent, count, may, "") P(keepQuorum, boolean, may, "") P(stability, duration, may, "")

/* id, spelling, area, capability, worlds that can ever do it (both, sim, live), whether the step
 * key `for` (undo by itself) may, must or must not (no) be given, what it does. The parameters of
 * row `id` are PARAMS_id. */
#define SCENARIO_ACTIONS(X)                                                                       \
    X(net_set, "net.set", network, netShape, both, may, "sets impairments; others stay")          \
    X(net_ramp, "net.ramp", network, netShape, both, no, "moves one impairment over time")        \
    X(net_cut, "net.cut", network, netCut, both, may, "cuts links")                               \
    X(net_uncut, "net.uncut", network, netCut, both, no, "mends cut links")                       \
    X(net_partition, "net.partition", network, netCut, both, may, "cuts groups from each other")  \
    X(net_isolate, "net.isolate", network, netCut, both, may, "cuts nodes from all others")       \
    X(net_flap, "net.flap", network, netCut, both, no, "cuts and mends links in turn")            \
    X(net_hold, "net.hold", network, netHold, both, may, "holds traffic back")                    \
    X(net_release, "net.release", network, netHold, both, no, "lets held traffic go")             \
    X(net_filter, "net.filter", network, netFilter, both, may, "a fate for message types")        \
    X(net_reset, "net.reset", network, netReset, both, no, "resets connections")                  \
    X(net_halfOpen, "net.halfOpen", network, netHalfOpen, both, may, "peers die silently")        \
    X(net_trickle, "net.trickle", network, netTrickle, both, may, "a few bytes a second pass")    \
    X(net_readdress, "net.readdress", network, netReaddress, both, no, "same id, new address")    \
    X(net_heal, "net.heal", network, netCut, both, no, "mends every cut of the links")            \
    X(proc_kill, "proc.kill", process, procSignal, both, may, "kills at once")                    \
    X(proc_stop, "proc.stop", process, procSignal, both, may, "asks to stop")                     \
    X(proc_start, "proc.start", process, procSignal, both, no, "starts again")                    \
    X(proc_restart, "proc.restart", process, procSignal, both, no, "stops or kills, then starts") \
    X(proc_pause, "proc.pause", process, procPause, both, may, "suspends")                        \
    X(proc_resume, "proc.resume", process, procPause, both, no, "lets run again")                 \
    X(proc_stutter, "proc.stutter", process, procPause, both, no, "runs and stands in turn")      \
    X(proc_crashAt, "proc.crashAt", process, procPoint, both, no, "crashes at a named point")     \
    X(proc_stallAt, "proc.stallAt", process, procPoint, both, no, "stalls at a named point")      \
    X(proc_limit, "proc.limit", process, procLimit, both, may, "limits resources")                \
    X(proc_upgrade, "proc.upgrade", process, procVersion, both, no, "restarts as a version")      \
    X(proc_rolling, "proc.rolling", process, procVersion, both, no, "restarts one by one")        \
    X(proc_twin, "proc.twin", process, procTwin, both, may, "starts a copy of it elsewhere")      \
    X(proc_blockLog, "proc.blockLog", process, procBlockLog, live, must, "log sink stands still") \
    X(clock_jump, "clock.jump", clock, clock, both, no, "moves clocks")                           \
    X(clock_rate, "clock.rate", clock, clock, both, may, "clocks run fast or slow")               \
    X(clock_strobe, "clock.strobe", clock, clock, both, must, "clocks jump to and fro")           \
    X(clock_freeze, "clock.freeze", clock, clock, both, must, "clocks stand still")               \
    X(clock_reset, "clock.reset", clock, clock, both, no, "clocks are right again")               \
    X(disk_slow, "disk.slow", disk, diskDelay, both, may, "disk calls take longer")               \
    X(disk_stall, "disk.stall", disk, diskDelay, both, must, "disk calls hang")                   \
    X(disk_error, "disk.error", disk, diskError, both, may, "disk calls fail")                    \
    X(disk_full, "disk.full", disk, diskFull, both, may, "space runs out")                        \
    X(disk_readonly, "disk.readonly", disk, diskFull, both, may, "writing is refused")            \
    X(disk_loseUnsynced, "disk.loseUnsynced", disk, diskUnsynced, both, may,                      \
      "unsynced writes are lost")                                                                 \
    X(disk_tear, "disk.tear", disk, diskTear, both, may, "a write is half there")                 \
    X(disk_flip, "disk.flip", disk, diskDamage, both, no, "bits flip")                            \
    X(disk_zero, "disk.zero", disk, diskDamage, both, no, "bytes become zero")                    \
    X(disk_truncate, "disk.truncate", disk, diskDamage, both, no, "the file's end is lost")       \
    X(disk_misdirect, "disk.misdirect", disk, diskDamage, both, no, "a write lands elsewhere")    \
    X(disk_stale, "disk.stale", disk, diskDamage, both, no, "an old block comes back")            \
    X(disk_wipe, "disk.wipe", disk, diskImage, both, no, "deletes files of a stopped node")       \
    X(disk_rollback, "disk.rollback", disk, diskImage, both, no, "restores a saved directory")    \
    X(disk_snapshotDir, "disk.snapshotDir", disk, diskImage, both, no, "saves a directory")       \
    X(member_add, "member.add", admin, member, both, no, "adds a member")                         \
    X(member_promote, "member.promote", admin, memberMore, both, no, "learner to voter")          \
    X(member_demote, "member.demote", admin, memberMore, both, no, "voter to learner")            \
    X(member_remove, "member.remove", admin, member, both, no, "removes a member")                \
    X(member_replace, "member.replace", admin, memberMore, both, no, "one for another")           \
    X(member_change, "member.change", admin, member, both, no, "to a whole new set")              \
    X(leader_transfer, "leader.transfer", admin, transfer, both, no, "hands leadership over")     \
    X(leader_stepDown, "leader.stepDown", admin, transfer, both, no, "gives leadership up")       \
    X(node_leave, "node.leave", admin, leave, both, no, "leaves the cluster in order")            \
    X(snapshot_take, "snapshot.take", admin, snapshot, both, no, "takes a snapshot now")          \
    X(log_compact, "log.compact", admin, snapshot, both, no, "drops log a snapshot covers")       \
    X(config_set, "config.set", admin, configSet, both, no, "changes a setting")                  \
    X(cluster_forceRecover, "cluster.forceRecover", admin, forceRecover, both, no,                \
      "makes a cluster of the survivors")                                                         \
    X(load_start, "load.start", workload, load, both, may, "clients begin")                       \
    X(load_stop, "load.stop", workload, load, both, no, "clients end")                            \
    X(load_rate, "load.rate", workload, loadShape, both, may, "another rate")                     \
    X(load_burst, "load.burst", workload, loadShape, both, no, "many operations at once")         \
    X(load_mix, "load.mix", workload, loadShape, both, may, "another mix")                        \
    X(client_op, "client.op", workload, clientOp, both, no, "one operation")                      \
    X(client_pin, "client.pin", workload, clientPin, both, may, "a client talks to one node")     \
    X(client_dropSession, "client.dropSession", workload, clientSession, both, no,                \
      "a client forgets its session")                                                             \
    X(client_cut, "client.cut", workload, clientCut, both, may, "cuts clients off")               \
    X(wait, "wait", flow, flow, both, no, "waits for a condition")                                \
    X(mark, "mark", flow, flow, both, no, "names this moment")                                    \
    X(repeat, "repeat", flow, flow, both, no, "runs steps several times")                         \
    X(parallel, "parallel", flow, flowParallel, both, no, "runs branches side by side")           \
    X(choose, "choose", flow, flowChoose, both, no, "runs one branch, drawn by weight")           \
    X(every, "every", flow, flow, both, no, "runs steps at a fixed period")                       \
    X(include, "include", flow, flowInclude, both, no, "steps of another file")                   \
    X(fuzz, "fuzz", flow, flowFuzz, both, must, "random faults")

#endif
