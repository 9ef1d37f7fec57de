#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What a run resolved can be done again. A simulated run and the run of its schedule do the same steps to
# the same nodes at the same times; a schedule is its own schedule. A run of real processes is followed
# in virtual time, and what differs is said.
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

# What was done, without how it was spelled: a shape is drawn once, and then named.
done_in() {
    sed 's/,"params":.*//' "$1/faults.ndjson"
}

for name in split-brain-5 leader-kill-loop quorum-recovers bridge-node flapping-link message-faults \
    crash-points disk-faults transfer-ping-pong snapshot-churn old-leader-asked; do
    for seed in 3 4; do
        rm -rf "$runs/a" "$runs/b"
        "$emulator" sim "$name" --seed $seed --quiet --keep always --runs "$runs/a" >"$runs/said" 2>&1 ||
            wrong "$name: seed $seed: exit code $?: $(cat "$runs/said")"
        said=$("$emulator" sim --from "$runs/a/latest" --quiet --keep always --runs "$runs/b" 2>&1) ||
            wrong "$name: seed $seed: its schedule: exit code $?: $said"
        [ "$(done_in "$runs/a/latest")" = "$(done_in "$runs/b/latest")" ] ||
            wrong "$name: seed $seed: other things were done"
        [ -s "$runs/a/latest/faults.ndjson" ] || wrong "$name: nothing was done"
        cmp "$runs/a/latest/schedule.json" "$runs/b/latest/schedule.json" ||
            wrong "$name: seed $seed: a schedule is not its own"
        printf '%s\n' "$said" | grep -q 'SAME     verdict' || wrong "$name: seed $seed: $said"
    done
done

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
said=$("$emulator" sim --from "$runs/live/latest" --quiet --runs "$runs/b" 2>&1)
printf '%s\n' "$said" | grep -qE '(SAME|DIFFERS) +verdict .*there \(live\), .* here \(sim\)' ||
    wrong "the live run: $said"
printf '%s\n' "$said" | grep -qE '(SAME|DIFFERS) +elections' || wrong "the live run: $said"
exit $failed
