#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A stored run is judged again from its files: the same verdict; and another one once a trace was
# tampered with.
#
#   check-again.sh EMULATOR
set -u
emulator=$1
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
# A trace that lacks records proves nothing.
n1="$dir/latest/trace/n1.ndjson"
cp "$n1" "$dir/whole"
incomplete() # WHAT PATTERN EXIT
{
    "$emulator" check "$dir/latest" >/dev/null 2>"$dir/said"
    code=$?
    cp "$dir/whole" "$n1"
    [ "$code" -eq "$3" ] && grep -q "n1.ndjson.*$2" "$dir/said" && return
    cat "$dir/said"
    echo "FAIL: $1 (exit $code)"
    exit 1
}
sed -i 5,9d "$n1"
incomplete "records are missing" "line 5: .*seq 10 where 5 is due" 2
sed -i '$d' "$n1"
incomplete "the end is missing" "it ends after seq" 2
truncate -s -5 "$n1"
incomplete "the last record is cut" "cut in the middle" 2
rm "$n1"
incomplete "the file is missing" "open" 66
for half in history faults; do
    cp "$dir/latest/$half.ndjson" "$dir/half"
    printf '{"t":1' >>"$dir/latest/$half.ndjson"
    "$1" check "$dir/latest" >/dev/null 2>"$dir/said"
    code=$?
    [ "$code" -eq 2 ] && grep -q "$half.ndjson: .*cut in the middle" "$dir/said" || {
        cat "$dir/said"
        echo "FAIL: the last line of $half.ndjson is cut (exit $code)"
        exit 1
    }
    cp "$dir/half" "$dir/latest/$half.ndjson"
done
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
# Who joined later left a trace, too; who never ran has none.
cat >"$dir/joins.json" <<'.'
{"version":1,"name":"joins","cluster":{"voters":3,"learners":1,"spare":2},"steps":[
  {"wait":{"leader":{}},"within":"9s"},{"member.add":{"who":"n5"}},{"wait":"1s"}],
 "clients":{"count":1,"model":"register"}}
.
"$1" sim "$dir/joins.json" --seed 3 --keep always --runs "$dir/joined" --quiet >"$dir/said" 2>&1 &&
    [ ! -e "$dir/joined/latest/trace/n6.ndjson" ] &&
    "$1" check "$dir/joined/latest" >"$dir/said" 2>&1 || {
    cat "$dir/said"
    echo "FAIL: a run with a node that joined and one that never ran"
    exit 1
}
for late in n4 n5; do
    mv "$dir/joined/latest/trace/$late.ndjson" "$dir/late"
    "$1" check "$dir/joined/latest" >/dev/null 2>"$dir/said"
    [ $? -eq 66 ] && grep -q "$late.ndjson" "$dir/said" || {
        cat "$dir/said"
        echo "FAIL: the trace of $late is missing"
        exit 1
    }
    mv "$dir/late" "$dir/joined/latest/trace/$late.ndjson"
done
# A run that proves nothing is judged in spite of a gap, which is named.
sed -i 's/"harness_fault":null/"harness_fault":"a trace was lost"/' "$dir/joined/latest/facts.json"
sed -i '$d' "$dir/joined/latest/trace/n5.ndjson"
"$1" check "$dir/joined/latest" >"$dir/said" 2>&1
[ $? -eq 2 ] && grep -q 'traces .*n5.ndjson.*it ends after seq .*may do so because of that' "$dir/said" &&
    grep -q 'UNKNOWN  harness .*a trace was lost' "$dir/said" || {
    cat "$dir/said"
    echo "FAIL: a run whose harness failed"
    exit 1
}
echo "judged again: the same; forged: caught"
