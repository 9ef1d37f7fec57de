#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every shipped scenario that can be simulated runs the same in this build, with its compiler and its
# sanitizers, and in the other one: the same unseed for the same seed. The other build is brought up
# to date first; 77 if there is none.
#
#   sim-builds.sh EMULATOR SCENARIOS OTHER_BUILD RUNS
set -u
emulator=$1 scenarios=$2 other=$3 runs=$4

[ -f "$other/CMakeCache.txt" ] || { echo "no other build in $other"; exit 77; }
flock "$other" cmake --build "$other" --target raft-emulator >/dev/null || { echo "$other does not build"; exit 1; }

unseeds()
{
    "$1" sim "$scenarios" --seed 11 --quiet --runs "$runs" --keep never 2>/dev/null |
        awk '/^[a-z0-9-]+ .*seed 0x/ { name = $1 } $1 == "unseed" { print name, $2, $4 }'
}

mkdir -p "$runs"
unseeds "$emulator" >"$runs/these"
unseeds "$other/bin/raft-emulator" >"$runs/those"
count=$(wc -l <"$runs/these")
[ "$count" -ge 50 ] || { echo "only $count scenarios were simulated"; exit 1; }
diff "$runs/those" "$runs/these" || { echo "the two builds ran differently"; exit 1; }
echo "$count scenarios, the same in both builds"
