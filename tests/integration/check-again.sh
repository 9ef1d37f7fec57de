#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A stored run is judged again from its files: the same verdict; and another one once a trace was
# tampered with.
#
#   check-again.sh EMULATOR
set -u
here=$(dirname "$0")
dir=$(mktemp -d) || exit 70
trap 'rm -rf "$dir"' EXIT
"$here/scenario.sh" "$1" run single-node --runs "$dir" --net user -q >"$dir/first" || {
    code=$?
    cat "$dir/first"
    exit $code
}
"$1" check "$dir/latest" >"$dir/second" || { cat "$dir/second"; echo "FAIL: judged again otherwise"; exit 1; }
grep ' passed, ' "$dir/first" | head -n 1 >"$dir/counts" # of the run; then it was simulated
[ "$(cat "$dir/counts")" = "$(tail -n 1 "$dir/second")" ] || {
    tail -n 1 "$dir/counts" "$dir/second"
    echo "FAIL: other counts the second time"
    exit 1
}
# The clients' history alone, without the traces.
"$1" check "$dir/latest/history.ndjson" >"$dir/second" || { cat "$dir/second"; echo "FAIL: its history alone"; exit 1; }
# Two digests of one index that differ: the state machine diverged from itself over a restart.
sed -i '0,/"ev":"applied".*"digest":"[0-9a-f]*"/s/"digest":"[0-9a-f]*"/"digest":"00000000deadbeef"/' \
    "$dir"/latest/trace/n1.ndjson
sed -i '0,/"ev":"votePersisted","candidate":"n1"/s//"ev":"votePersisted","candidate":"n9"/' \
    "$dir"/latest/trace/n1.ndjson
"$1" check "$dir/latest" >"$dir/third"
code=$?
[ "$code" -eq 1 ] || { cat "$dir/third"; echo "FAIL: a forged trace passes (exit $code)"; exit 1; }
"$1" check "$dir/nowhere" >/dev/null 2>&1
[ $? -eq 66 ] || { echo "FAIL: no such run, and no exit 66"; exit 1; }
printf '{"v": 1' >"$dir"/latest/facts.json
"$1" shrink "$dir/latest" --tries 1 --quiet >/dev/null 2>"$dir/said"
grep -q 'facts.json: not JSON: --seed, or else 0x1, is tried' "$dir/said" || {
    cat "$dir/said"
    echo "FAIL: shrink took another seed in silence"
    exit 1
}
rm "$dir"/latest/facts.json
"$1" check "$dir/latest" >/dev/null 2>&1
[ $? -eq 66 ] || { echo "FAIL: facts.json is gone, and no exit 66"; exit 1; }
printf '{"version":' >"$dir"/latest/scenario.json
"$1" check "$dir/latest" >/dev/null 2>&1
[ $? -eq 65 ] || { echo "FAIL: half a scenario, and no exit 65"; exit 1; }
echo "judged again: the same; forged: caught"
