#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Bad input to raft-emulator: each gets its exit code and a sentence that names the place, and
# nothing is started.
#
#   emulator-bad-input.sh EMULATOR
set -u
emulator=$1
dir=$(mktemp -d) || exit 70
trap 'rm -rf "$dir"' EXIT
failed=0

# expect CODE WORDS COMMAND...: exit code and words in what it prints.
expect() {
    code=$1 words=$2
    shift 2
    "$@" >"$dir/out" 2>&1
    got=$?
    if [ "$got" -ne "$code" ] || ! grep -qF -- "$words" "$dir/out"; then
        echo "FAIL: $*: exit $got, wanted $code with \"$words\"; it said:"
        head -n 8 "$dir/out"
        failed=1
    fi
    if ls "$dir"/runs/2* >/dev/null 2>&1; then
        echo "FAIL: $*: a run was started"
        failed=1
    fi
}
good='{"version":1,"name":"t","cluster":{"voters":3},"steps":[{"wait":"1s"}]}'
write() { printf '%s\n' "$2" >"$dir/$1"; }

write good.json "$good"
expect 0 "ok: t, 3 nodes" "$emulator" validate "$dir/good.json"

write node.json '{"version":1,"name":"t","cluster":{"voters":5},"steps":[
  {"at":"1s","net.partition":{"groups":[["n1","n2"],["n6","n4"]]}}]}'
expect 65 'node.json:2:54: error: unknown node "n6"' "$emulator" run "$dir/node.json" --runs "$dir/runs"
write key.json '{"version":1,"name":"t","clusterr":{"voters":5},"steps":[]}'
expect 65 'did you mean "cluster"' "$emulator" run "$dir/key.json" --runs "$dir/runs"
write unit.json '{"version":1,"name":"t","cluster":{"voters":3},"steps":[{"wait":5}]}'
expect 65 'unit.json:1:' "$emulator" run "$dir/unit.json" --runs "$dir/runs"
write cut.json '{"version":1,"name":"t","cluster":{"voters":3},"steps":[{"wait":"1s"}'
expect 65 'cut.json:' "$emulator" run "$dir/cut.json" --runs "$dir/runs"
write plane.json '{"version":1,"name":"t","cluster":{"voters":3},"steps":[{"net.isolate":{"who":"n1","plane":"admin"}}]}'
expect 77 'not here: step 1: plane: the live world cannot do this yet (faults on the links of the admin' "$emulator" run "$dir/plane.json" --runs "$dir/runs"
expect 77 'skip: ' "$emulator" run "$dir/plane.json" --runs "$dir/runs"
expect 65 '2 files: 1 fine, 1 wrong, 0 that do not run on real processes here' "$emulator" validate "$dir/good.json" "$dir/key.json"
expect 77 'not here' "$emulator" validate "$dir/plane.json"
# asked OPERATION: a scenario in which somebody asks for it.
asked() {
    write asked.json '{"version":1,"name":"t","cluster":{"voters":3},"clients":{"count":1,"idle":true},"steps":[
{"client.op":{'"$1"'}}]}'
}
asked '"kind":"write","value":"two words"'
expect 65 'asked.json:2:38: error: 1 to 63 printable characters, and no blank' "$emulator" validate "$dir/asked.json"
asked '"kind":"read","key":"two words"'
expect 65 'among them    [/steps/0/client.op/key]' "$emulator" validate "$dir/asked.json"
asked '"kind":"read","value":"v"'
expect 65 'a read writes none    [/steps/0/client.op/value]' "$emulator" validate "$dir/asked.json"
asked '"kind":"write","value":"one.two"'
expect 65 'dot among them    [/steps/0/client.op/value]' "$emulator" validate "$dir/asked.json"
asked '"kind":"write","key":"k1","value":"v1"'
expect 0 'ok: t' "$emulator" validate "$dir/asked.json"
write sim.json '{"version":1,"name":"t","run":"sim","cluster":{"voters":3},"steps":[{"wait":"1s"}]}'
expect 77 'it says so itself: --set run=both' "$emulator" run "$dir/sim.json" --runs "$dir/runs"
expect 0 'ok: t' "$emulator" validate "$dir/sim.json" --set run=both
# Options that both worlds have, they have alike.
for world in run sim; do
    expect 64 '--seed 18446744073709551616: not a number' "$emulator" $world "$dir/good.json" --seed 18446744073709551616
    expect 64 '--seed 1x: not a number' "$emulator" $world "$dir/good.json" --seed 1x
    expect 64 '--repeat 0: give 1 to 1000000' "$emulator" $world "$dir/good.json" --repeat 0
    expect 64 '--repeat 1000001: give 1 to 1000000' "$emulator" $world "$dir/good.json" --repeat 1000001
    expect 64 '--keep some: give fail, always or never' "$emulator" $world "$dir/good.json" --keep some
done
expect 64 '--seeds 1..18446744073709551616' "$emulator" sweep "$dir/good.json" --seeds 1..18446744073709551616
for how in run sim sweep shrink validate; do
    expect 64 '--set foo: expected PATH=VALUE' "$emulator" $how "$dir/good.json" --set foo
    expect 64 '--set "a: a quote is not closed' "$emulator" $how "$dir/good.json" --set '"a'
done
# What only virtual time can do is sent there.
for name in prevote-stale-reply snapshot-crash-points; do
    "$emulator" validate "$name" >"$dir/out" 2>&1
    [ $? -ne 77 ] ||
        expect 77 'it runs in virtual time: raft-emulator sim' "$emulator" validate "$name"
done
write refused.json '{"version":1,"name":"t","cluster":{"voters":3,"spare":1},"steps":[
  {"member.add":{"who":"n4","error":"LASTVOTER"}}]}'
expect 65 'refused.json:2:37: error: "error" is the code of a refusal' "$emulator" validate "$dir/refused.json"
write member.json '{"version":1,"name":"t","cluster":{"voters":3},"steps":[
  {"member.add":{"who":"n3"}}]}'
expect 65 'member.json:2:24: error: n3 is a member from the start' "$emulator" validate "$dir/member.json"
expect 65 'election_timeout' "$emulator" run "$dir/good.json" --runs "$dir/runs" \
    --set cluster.config.election_timeout=10ms..20ms

# Ten megabytes, well-formed and not.
{ printf '{"version":1,"name":"t","//":"'; head -c 10000000 /dev/zero | tr '\0' x; printf '"}'; } >"$dir/big.json"
expect 65 'big.json' "$emulator" run "$dir/big.json" --runs "$dir/runs"
head -c 10000000 /dev/zero | tr '\0' '[' >"$dir/deep.json"
expect 65 'deep.json' "$emulator" run "$dir/deep.json" --runs "$dir/runs"
head -c 1000000 /dev/urandom >"$dir/garbage.json"
expect 65 'garbage.json' "$emulator" validate "$dir/garbage.json"

expect 66 'no-such.json: no such file' "$emulator" run "$dir/no-such.json" --runs "$dir/runs"
expect 66 'split-brain-5' "$emulator" run split-brian-5 --runs "$dir/runs"
expect 66 'raft-emulator list' "$emulator" run xyzzy-and-far --runs "$dir/runs"
for how in run 'sim --keep always' 'sim --step'; do
    expect 73 'results: /dev/null/x' "$emulator" $how "$dir/good.json" --runs /dev/null/x </dev/null
done
expect 64 '--help' "$emulator" run
expect 64 '--seed' "$emulator" run split-brain-5 --seed x
expect 64 '--net' "$emulator" run split-brain-5 --net wifi
expect 64 'no command "rum"' "$emulator" rum
expect 66 'raftd' "$emulator" run "$dir/good.json" --runs "$dir/runs2" --raftd /no/such/raftd
mkdir "$dir/none"
expect 4 'nothing was tested' "$emulator" run "$dir/none" --runs "$dir/runs"
expect 65 'did you mean "cluster"' "$emulator" show "$dir/key.json"
expect 66 'no scenario has the tag' "$emulator" list --tag no-such-tag
expect 66 'rafty-defect (' "$emulator" list --tag no-such-tag
expect 66 'catalogue-N (' "$emulator" list --tag no-such-tag
# A name says which scenario.
twice=$("$emulator" list | grep '^[^ ]' | sed 's/ .*//' | sort | uniq -d)
[ -z "$twice" ] || { echo "FAIL: two scenarios have the name $twice"; failed=1; }
expect 64 'list' "$emulator" list split-brain-5
expect 66 'no scenario there has the tag' "$emulator" run --tag no-such-tag --runs "$dir/runs"
expect 66 'no scenario there has the tag' "$emulator" sim "$dir/good.json" --tag x --runs "$dir/runs"
expect 66 'no result of run or sim' "$emulator" check "$dir/none"

# Histories from elsewhere.
write ok.edn '{:process 0, :type :invoke, :f :write, :value 1}
{:process 0, :type :ok, :f :write, :value 1}
{:process 1, :type :invoke, :f :read, :value nil}
{:process 1, :type :ok, :f :read, :value 1}'
sed 's/read, :value 1/read, :value nil/' "$dir/ok.edn" >"$dir/stale.edn"
sed '4d' "$dir/ok.edn" >"$dir/open.edn"
sed '3s/:type //' "$dir/ok.edn" >"$dir/broken.edn"
expect 0 'Jepsen EDN · model register (by its operations' "$emulator" check "$dir/ok.edn"
expect 0 '1 passed, 0 failed' "$emulator" check --model kv "$dir/ok.edn"
expect 1 'lost write: client 1 read nothing at 4.000000 s' "$emulator" check "$dir/stale.edn"
expect 1 'write register = 1, called at 1.000000 s, answered at 2.000000 s  (line 1)' "$emulator" check "$dir/stale.edn"
expect 1 "reproduce  raft-emulator check $dir/stale.edn --model register" "$emulator" check "$dir/stale.edn"
expect 4 'VACUOUS' "$emulator" check "$dir/open.edn"
write mixed.ndjson '{"t":1,"ev":"clientInvoke","op":1,"client":"c1","kind":"read","key":"k"}
{"t":2,"ev":"clientReturn","op":1,"outcome":"ok","result":"7"}
{"t":3,"ev":"clientInvoke","op":2,"client":"c1","kind":"write","key":"k","value":"1"}
{"t":4,"ev":"clientInvoke","op":3,"client":"c2","kind":"enqueue","key":"q","value":"1"}'
expect 1 'history.ndjson · keys of several models' "$emulator" check "$dir/mixed.ndjson"
"$emulator" check "$dir/mixed.ndjson" | grep -qx "  reproduce  raft-emulator check $dir/mixed.ndjson" || {
    echo "FAIL: mixed.ndjson: the command that judges it again"
    failed=1
}
expect 65 'broken.edn: line 3: ' "$emulator" check "$dir/broken.edn"
expect 65 'line 1: a set has no operation write' "$emulator" check "$dir/ok.edn" --model set
expect 65 'line 1: process is missing' "$emulator" check "$dir/good.json"
expect 65 'it is empty' "$emulator" check /dev/null
expect 65 'garbage.json' "$emulator" check "$dir/garbage.json"
expect 65 'no history that is known here' "$emulator" check "$dir/deep.json"
expect 66 'no-such.edn' "$emulator" check "$dir/no-such.edn"
expect 64 '--model stack: there are register, cas-register, kv' "$emulator" check "$dir/ok.edn" --model stack
expect 64 'is a directory' "$emulator" check "$dir/none" --model set
expect 64 'one history' "$emulator" check
expect 66 'no scenario there' "$emulator" validate "$dir/none"
mkdir "$dir/some" && cp "$dir/key.json" "$dir/good.json" "$dir/some"
expect 65 'did you mean "cluster"' "$emulator" validate "$dir/some"
expect 65 'good.json: ok' "$emulator" validate "$dir/some"
expect 65 'not here' "$emulator" validate "$dir/plane.json" "$dir/key.json"
expect 65 'not here' "$emulator" validate "$dir/key.json" "$dir/plane.json" "$dir/good.json"
expect 0 'raft-emulator COMMAND' "$emulator" -h

# A run in which nothing was done and nothing asked proves nothing, whatever else holds.
"$emulator" run "$dir/good.json" --net user --runs "$dir/idle" >"$dir/out" 2>&1
code=$?
if [ "$code" -ne 4 ] || ! grep -q '"name":"tested","verdict":"vacuous"' "$dir"/idle/latest/verdict.json; then
    echo "FAIL: an idle run: exit $code, wanted 4; it said:"
    tail -n 8 "$dir/out"
    [ "$code" -eq 77 ] || failed=1
fi

# What this machine cannot run is skipped and said, and leaves nothing.
"$emulator" run "$dir/good.json" --net kernel --runs "$dir/kernel" >"$dir/out" 2>&1
if [ $? -ne 4 ]; then
    expect 77 '0 passed, 0 failed, 1 skipped' "$emulator" run "$dir/good.json" --net kernel --runs "$dir/runs"
fi
expect 73 'results' "$emulator" run "$dir/good.json" --runs /proc/nowhere

exit $failed
