#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A simulated run is judged while it goes on. Of a run that is kept the files come to the same
# verdict, to the byte; keeping them changes nothing of the run; of a run that passes and is not to
# be kept there is no file.
#
#   sim-again.sh EMULATOR SCENARIOS RUNS [OTHER_BUILD]
#
# OTHER_BUILD, where there is one, has another compiler and no sanitizers: what is not kept it
# simulates, and both builds run every scenario the same, with the same unseed for the same seed. It
# is brought up to date first.
set -u
emulator=$1 scenarios=$2 runs=$3 plain=$1 other=${4:-}
if [ -n "$other" ] && [ -f "$other/CMakeCache.txt" ]; then
    flock "$other" cmake --build "$other" --target raft-emulator >/dev/null ||
        { echo "$other does not build"; exit 1; }
    plain=$other/bin/raft-emulator
fi
failed=0

wrong() {
    echo "FAIL: $*"
    failed=1
}

# again DIR: the verdict from its files must be the one that is there.
again() {
    cp "$1/verdict.json" "$runs/first.json"
    "$emulator" check "$1" >/dev/null 2>&1
    cmp -s "$1/verdict.json" "$runs/first.json" || wrong "$1: judged again otherwise"
}

rm -rf "$runs"
"$emulator" sim leader-election --seed 3 --runs "$runs" --quiet >/dev/null 2>&1 ||
    wrong "leader-election does not pass with seed 3"
[ ! -e "$runs" ] || wrong "a run that passed left something behind"

# unseeds EMULATOR KEEP: scenario, unseed and events of each.
unseeds() {
    "$1" sim "$scenarios" --seed 3 --quiet --runs "$runs" --keep "$2" 2>/dev/null |
        awk '/^[a-z0-9-]+ .*seed 0x/ { name = $1 } $1 == "unseed" { print name, $2, $4 }'
}
these=$(unseeds "$emulator" always)
those=$(unseeds "$plain" never)
[ "$these" = "$those" ] || wrong "keeping files, or another build, changes runs:
$these
and
$those"
compared=0
for dir in "$runs"/2*; do
    again "$dir"
    compared=$((compared + 1))
done
[ $compared -ge 50 ] || wrong "only $compared runs were kept"

# Drawn scenarios, too. This limit cannot be kept, so each of them is.
rm -rf "$runs"
"$emulator" sweep --swarm --seeds 200..211 --runs "$runs" --quiet \
    --set 'expect.recovers={"within":"1us"}' >/dev/null 2>&1
drawn=0
for dir in "$runs"/2*-swarm*; do
    again "$dir"
    drawn=$((drawn + 1))
done
[ $drawn -ge 6 ] || wrong "only $drawn drawn runs were kept"
[ $failed -eq 0 ] && echo "$compared runs and $drawn drawn ones: the same verdict from their files"
exit $failed
