#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What a run resolved can be done again. A simulated run and the run of its schedule are one and the same,
# byte for byte, whatever its steps have waited for and whomever they have chosen; a schedule is its own
# schedule. A run of real processes is followed in virtual time, and what differs is said.
#
#   replay.sh EMULATOR RUNS
set -u
emulator=$1 runs=$2
failed=0

wrong() {
    echo "FAIL: $*"
    failed=1
}

rm -rf "$runs"
mkdir -p "$runs"

# replayed SCENARIO SEED: its run, and the run of what that did
replayed() {
    rm -rf "$runs/a" "$runs/b"
    "$emulator" sim "$1" --seed $2 --quiet --keep always --runs "$runs/a" >"$runs/said" 2>&1 ||
        wrong "$1: seed $2: exit code $?: $(cat "$runs/said")"
    said=$("$emulator" sim --from "$runs/a/latest" --quiet --keep always --runs "$runs/b" 2>&1) ||
        wrong "$1: seed $2: its schedule: exit code $?: $said"
    [ "$(printf '%s\n' "$said" | grep -o 'unseed 0x[0-9A-F]*')" = \
        "$(grep -o 'unseed 0x[0-9A-F]*' "$runs/said")" ] || wrong "$1: seed $2: another run"
    for part in trace history.ndjson faults.ndjson schedule.json; do
        diff -r "$runs/a/latest/$part" "$runs/b/latest/$part" >"$runs/differs" ||
            wrong "$1: seed $2: $part: $(head -c 500 "$runs/differs")"
    done
    [ -s "$runs/a/latest/faults.ndjson" ] || wrong "$1: nothing was done"
    printf '%s\n' "$said" | grep -q 'SAME     verdict' || wrong "$1: seed $2: $said"
}

# Waits, triggers (before the consequence of an event, too), branches, shapes, faults that are drawn, questions
# asked until they are answered, things that go on beside others, names that only waits have bound.
for name in split-brain-5 leader-kill-loop quorum-recovers bridge-node flapping-link message-faults \
    crash-points disk-faults transfer-ping-pong snapshot-churn old-leader-asked vote-not-told \
    high-term-rejoin force-recover membership-churn fuzz-everything swarm-unrestricted wan-asymmetric links-by-type; do
    replayed "$name" 3
done
replayed crash-points 4
replayed membership-churn 4

# What passes leaves nothing, as otherwise.
"$emulator" sim --from "$runs/a/latest" --quiet --runs "$runs/c" >/dev/null 2>&1 || wrong "again: exit code $?"
[ -z "$(ls -A "$runs/c" 2>/dev/null)" ] || wrong "a run that passed was kept: $(ls -A "$runs/c")"

"$emulator" sim --from "$runs" >/dev/null 2>&1
[ $? -eq 66 ] || wrong "a folder without a schedule was taken"
"$emulator" sim --from "$runs/a/latest" split-brain-5 >/dev/null 2>&1
[ $? -eq 64 ] || wrong "a name beside --from was taken"
"$emulator" diff "$runs" "$runs" >/dev/null 2>&1
[ $? -eq 66 ] || wrong "diff took a folder that is no result"
"$emulator" diff "$runs/a/latest" "$runs/b/latest" >/dev/null || wrong "diff: a run and its like differ"

"$emulator" run log-replication --net user --quiet --keep always --runs "$runs/live" >"$runs/said" 2>&1
code=$?
[ $code -eq 77 ] && { echo "skip: no real processes here: $(cat "$runs/said")"; exit 77; }
said=$("$emulator" sim --from "$runs/live/latest" --quiet --keep always --runs "$runs/b" 2>&1)
printf '%s\n' "$said" | grep -qE '(SAME|DIFFERS) +verdict .*there \(live\), .* here \(sim\)' ||
    wrong "the live run: $said"
printf '%s\n' "$said" | grep -qE '(SAME|DIFFERS) +elections' || wrong "the live run: $said"
exit $failed
