#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs on real processes at once: none disturbs another, each speaks for itself when it is over, and an
# interrupt ends all of them.
#
#   run-abreast.sh EMULATOR
set -u
emulator=$1
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d) || exit 70
trap 'rm -rf "$dir"' EXIT
runs=$dir/runs

fail() {
    echo "FAIL: $*"
    exit 1
}

cat >"$dir/apart.json" <<'END'
{"version": 1, "name": "apart", "why": "a leader is cut off while others are cut off elsewhere",
 "cluster": {"voters": 3},
 "clients": {"count": 3, "model": "register", "ratePerS": 100, "mix": {"read": 50, "write": 50}},
 "steps": [
  {"wait": {"leader": {}}, "within": "60s"},
  {"wait": {"commit": {"plus": 10}}, "within": "60s"},
  {"net.isolate": {"who": "leader"}, "for": "500ms"},
  {"wait": "600ms"},
  {"wait": {"commit": {"plus": 10}}, "within": "60s"}],
 "expect": {"linearizable": true, "recovers": {"within": "60s"}},
 "coverage": {"opsOk": 10, "packetsDropped": 1}}
END
said=$("$emulator" run "$dir/apart.json" --jobs 4 --repeat 4 --seed 7 --net user --runs "$runs" --quiet 2>&1)
code=$?
[ $code -eq 77 ] && { echo "$said"; exit 77; }
[ $code -eq 0 ] || fail "exit code $code: $said"
# Four verdicts, each whole: its head, its checks, its seed, in this order.
order=$(printf '%s\n' "$said" | sed -nE 's/^apart +seed (0x[0-9A-F]+) .*/\1/p; s/^  again .*--seed (0x[0-9A-F]+).*/\1/p' | uniq -c |
    awk '$1 != 2 { print "torn" } { print $2 }' | sort | tr '\n' ' ')
[ "$order" = '0x7 0x8 0x9 0xA ' ] || fail "verdicts of: $order: $said"
[ "$(printf '%s\n' "$said" | grep -c '^  PASS     linearizable ')" -eq 4 ] || fail "$said"
[ "$(find "$runs" -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq 4 ] || fail "$(ls -l "$runs")"
for one in "$runs"/2*; do
    "$emulator" check "$one" >/dev/null || fail "$one is judged otherwise"
done

"$emulator" run "$dir/apart.json" --jobs 0 >/dev/null 2>&1
[ $? -eq 64 ] || fail "--jobs 0 is not refused"

# Interrupted: three at once, none of which would end by itself.
env --default-signal=INT,TERM "$emulator" run "$here/leak.json" --jobs 3 --repeat 3 --net user \
    --runs "$dir/long" >"$dir/out" 2>&1 &
pid=$!
until [ "$(cat "$dir"/long/*/faults.ndjson 2>/dev/null | wc -l)" -ge 6 ]; do
    kill -0 $pid 2>/dev/null || fail "it ended by itself: $(tail -n 5 "$dir/out")"
    sleep 0.02
done
kill -INT $pid
wait $pid
[ $? -eq 130 ] || fail "interrupted, and exit code $?: $(tail -n 5 "$dir/out")"
tail -n 1 "$dir/out" | grep -q ' skipped$' || fail "no summary: $(tail -n 5 "$dir/out")"
