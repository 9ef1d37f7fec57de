#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Many runs of one command: which of them did not pass is told again at the end; if all did, or if
# there was only one, nothing is. An interrupt is told, too.
#
#   sim-many.sh EMULATOR
set -u
emulator=$1
dir=$(mktemp -d) || exit 70
trap 'rm -rf "$dir"' EXIT
failed=0

wrong() {
    echo "FAIL: $*: it said:"
    tail -n 8 "$dir/out"
    failed=1
}

# sim CODE ARGUMENT...
sim() {
    want=$1
    shift
    "$emulator" sim --quiet --keep never --runs "$dir/runs" "$@" >"$dir/out" 2>&1
    code=$?
    [ $code -eq "$want" ] || wrong "sim $*: exit code $code, not $want"
}

# The last lines but the count.
end() {
    sed '$d' "$dir/out" | tail -n "$1"
}

hopeless='expect.recovers={"within":"1us"}'
sim 1 leader-election log-replication --seed 3 --repeat 2 --set "$hopeless"
[ "$(end 5)" = "not passed: 4 of 4 runs
  FAIL     leader-election              seed 0x3
  FAIL     log-replication              seed 0x3
  FAIL     leader-election              seed 0x4
  FAIL     log-replication              seed 0x4" ] || wrong "four of four"

sim 1 log-replication --seed 1 --repeat 45 --set "$hopeless"
[ "$(end 41 | head -n 1)" = "  FAIL     log-replication              seed 0x1" ] || wrong "forty of them"
[ "$(end 1)" = "  … and 5 more" ] || wrong "more than forty"

sim 1 leader-election --seed 3 --set "$hopeless"
grep -q '^not passed' "$dir/out" && wrong "one run is no list"
sim 0 leader-election log-replication --seed 3
grep -q '^not passed' "$dir/out" && wrong "both passed"

# An interrupt ends them: it is told, and what was half done has no verdict.
env --default-signal=INT "$emulator" sim soak --repeat 1000 --keep always --runs "$dir/runs" \
    >"$dir/out" 2>&1 &
while [ -z "$(ls "$dir/runs" 2>/dev/null)" ] && kill -0 $! 2>/dev/null; do sleep 0.01; done
kill -INT $!
wait $!
code=$?
[ $code -eq 130 ] || wrong "interrupted: exit code $code, not 130"
grep -q '^interrupted: the run under way is not judged' "$dir/out" || wrong "interrupted"
exit $failed
