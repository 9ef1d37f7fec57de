#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Lease reads and clocks that run wrong: within max_clock_drift no seed breaks them; beyond it the
# checkers see the stale reads, and say that nobody promised otherwise.
#
#   sim-clocks.sh EMULATOR DIR
set -u
emulator=$1 dir=$2
rm -rf "$dir"
mkdir -p "$dir"

# scenario FILE LEADER FOLLOWERS STEP: two rates, and what else is done to the leader's clock
scenario() {
    cat >"$dir/$1" <<END
{"version": 1, "name": "leases",
 "cluster": {"voters": 3, "config": {"election_timeout": "300ms..600ms", "heartbeat": "60ms", "lease_reads": "on"}},
 "links": {"default": {"delay": "1ms"}},
 "clients": {"count": 12, "model": "register", "ratePerS": 600, "keys": 2, "mix": {"read": 85, "write": 15},
             "timeout": "50ms", "readMode": "lease", "attach": "pinned"},
 "steps": [
  {"repeat": {"times": 4, "steps": [
    {"wait": {"leader": {"stable": "500ms"}}, "within": "20s", "as": "old"},
    {"clock.rate": {"who": "\$old", "ppm": "$2"}},
    {"clock.rate": {"who": "followers", "ppm": "$3"}},
    {"wait": {"commit": {"plus": 30}}, "within": "10s"},
    {"net.partition": {"groups": [["\$old"], ["rest"]]}, "for": "2s"},
    $4
    {"wait": {"event": {"type": "becameLeader"}}, "within": "10s"},
    {"wait": "2s"},
    {"clock.reset": {"who": "all"}}]}}],
 "expect": {"linearizable": true, "leaseExclusive": true},
 "coverage": {"elections": 5}}
END
}

fail() { echo "$1"; exit 1; }

scenario within.json -100000ppm 100000ppm ''
"$emulator" sim "$dir/within.json" --seed 1 --repeat 10 --quiet --runs "$dir/runs" >"$dir/out" 2>&1 ||
    fail "within the bound: $(grep -E 'FAIL|UNKNOWN|VACUOUS|error' "$dir/out")"
grep -q 'outside the promise' "$dir/out" && fail "within the bound, and said to be outside the promise"

# beyond NAME: exit code 1, and the sentence
beyond() {
    "$emulator" sim "$dir/$1.json" --seed 1 --repeat 20 --until-fail --quiet --runs "$dir/runs" >"$dir/out" 2>&1
    code=$?
    [ $code -eq 1 ] || fail "$1: exit code $code, not 1: nobody saw a stale read"
    grep -q 'FAIL     leaseExclusive' "$dir/out" || fail "$1: leaseExclusive did not see it"
    grep -q 'PASS     clocks .*outside the promise' "$dir/out" || fail "$1: the verdict keeps it quiet"
}
scenario rates.json -500000ppm 1000000ppm ''
beyond rates
scenario frozen.json -1ppm 1ppm '{"clock.freeze": {"who": "$old"}, "for": "2s"},'
beyond frozen
scenario back.json -1ppm 1ppm '{"clock.jump": {"who": "$old", "by": "-3ET"}},'
beyond back
# Whose clock jumps ahead gives up its lease early, and that is all.
scenario ahead.json -1ppm 1ppm '{"clock.jump": {"who": "$old", "by": "3ET"}},'
"$emulator" sim "$dir/ahead.json" --seed 1 --repeat 10 --quiet --runs "$dir/runs" >"$dir/out" 2>&1 ||
    fail "ahead: $(grep -E 'FAIL|UNKNOWN|VACUOUS|error' "$dir/out")"
echo "leases: kept within the bound, missed and seen beyond it"
