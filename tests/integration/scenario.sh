#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a scenario until its verdict is known. A run whose verdict is unknown (exit code 2) is run
# again, a few times, if it says of the laboratory itself that it was at fault: the result "harness"
# of its verdict.json (links that were late, a trace with gaps, a host that stalled). Every other
# verdict stands: a step whose wait ran out on an idle machine is the cluster's fault.
#
# One that passed is then simulated, and both worlds must have judged alike: the same verdict, and the
# same for every check the scenario asks for. One that cannot be simulated says why.
#
#   scenario.sh EMULATOR run NAME --runs DIR [...]
set -u
runs=
before=
emulator=
name=
for word in "$@"; do
    [ "$before" = --runs ] && runs=$word
    [ "$before" = run ] && name=$word
    [ -z "$name" ] && [ "$word" != run ] && emulator="$emulator $word"
    before=$word
done
[ -n "$runs" ] || { echo "scenario.sh: --runs is missing"; exit 64; }

mkdir -p "$(dirname "$runs")"

compare_worlds() {
    rm -rf "$runs/sim"
    $emulator sim "$name" --seed 1 --quiet --keep always --runs "$runs/sim" >"$runs/sim.txt" 2>&1
    simulated=$?
    if [ $simulated -eq 77 ]; then
        echo "scenario.sh: only here: $(grep '^skip' "$runs/sim.txt")"
        return 0
    fi
    $emulator diff "$runs/latest" "$runs/sim/latest" && return 0
    cat "$runs/sim.txt"
    echo "scenario.sh: the worlds do not judge alike"
    return 1
}

for attempt in 1 2 3 4 5; do
    rm -f "$runs/latest"
    "$@"
    code=$?
    [ "$code" -eq 0 ] && { compare_worlds; exit $?; }
    [ "$code" -eq 2 ] || exit "$code"
    grep -q '"name":"harness"' "$runs/latest/verdict.json" 2>/dev/null || {
        echo "scenario.sh: unknown, and the laboratory was not at fault"
        exit "$code"
    }
    echo "scenario.sh: attempt $attempt: unknown, the laboratory was at fault; once more"
done
exit "$code"
