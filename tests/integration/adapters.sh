#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Nodes behind adapters: an honest one passes, what needs a trace is not judged, and each way of
# misbehaving is found out and named.
#
#   adapters.sh EMULATOR TOY_ADAPTER
set -u
emulator=$1
toy=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/toy.json" <<'END'
{"version": 1, "name": "toy",
 "cluster": {"voters": 3, "sut": "exec:toy"},
 "clients": {"count": 6, "model": "register", "ratePerS": 200, "keys": 3},
 "steps": [
  {"wait": {"leader": {"stable": "200ms"}}, "within": "60s"},
  {"wait": {"ops": {"ok": 50}}, "within": "60s"},
  {"proc.kill": {"who": "leader"}},
  {"wait": {"leader": {"stable": "200ms"}}, "within": "60s"},
  {"proc.start": {"who": "crashed"}},
  {"wait": {"ops": {"ok": 50}}, "within": "60s"},
  {"proc.restart": {"who": "n2"}},
  {"wait": {"ops": {"ok": 50}}, "within": "60s"},
  {"load.stop": {}}],
 "expect": {"linearizable": true, "recovers": {"within": "60s"}, "leaderChanges": {"max": 200}},
 "finally": [{"leader": {"stable": "200ms"}, "within": "60s"}],
 "coverage": {"opsOk": 100, "elections": 100}}
END

# run MODE EXPECTED-EXIT PATTERN [OPTION...]: the pattern must be in what it says.
run() {
    mode=$1 expected=$2 pattern=$3
    shift 3
    "$emulator" run "$dir/toy.json" --sut "exec:$toy $mode" --runs "$dir/runs" --quiet "$@" \
        >"$dir/out" 2>&1
    code=$?
    if grep -q "no user namespaces\|not allowed" "$dir/out" && [ $code = 77 ]; then
        cat "$dir/out"
        exit 77
    fi
    if [ $code != "$expected" ] || ! grep -q "$pattern" "$dir/out"; then
        echo "adapter '$mode': exit $code instead of $expected, or nothing about: $pattern"
        cat "$dir/out"
        exit 1
    fi
}

run "" 0 "PASS     linearizable"
# What was not judged is neither passed nor vacuous, though it was asked for.
for check in electionSafety ackedDurable leaderChanges coverage.elections; do
    grep -q "SKIP     $check .*not judged" "$dir/out" || { echo "$check was judged"; exit 1; }
done
"$emulator" check "$dir/runs/latest" >"$dir/again" 2>&1 || { cat "$dir/again"; exit 1; }
run "" 0 "PASS     linearizable" --set clients.model=append
run "" 0 "PASS     linearizable" --set clients.model=cas
run lie 1 "FAIL     linearizable"
# Of many keys one is read before it is written again.
run forget 1 "FAIL     linearizable" --set clients.keys=20
run clumsy 1 "FAIL     noCrash .*exit 3" --set coverage={} --set finally=[] \
    --set 'steps=[{"wait":{"exit":{"who":"all","code":3}},"within":"60s"}]'
run old 77 "does not speak protocol 1"
run "" 77 "has no operation \"increment\"" --set clients.model=counter \
    --set 'clients.mix={"increment":1}'
run rude 2 "no line of the protocol"
run stubborn 0 "PASS     linearizable"
run "" 77 "cannot do this yet" --set 'steps.1={"wait":{"commit":{"plus":5}},"within":"5s"}'
"$emulator" run "$dir/toy.json" --sut exec:/nowhere/adapter --quiet --runs "$dir/runs" \
    >"$dir/out" 2>&1
[ $? = 66 ] && grep -q "/nowhere/adapter: no such program" "$dir/out" || { cat "$dir/out"; exit 1; }
"$emulator" sim "$dir/toy.json" >"$dir/out" 2>&1
[ $? = 77 ] && grep -q "no other nodes" "$dir/out" || { cat "$dir/out"; exit 1; }
cd "$dir" || exit 1
"$emulator" adapter test "$toy" >out 2>&1 && grep -q "PASS     steps" out || { cat out; exit 1; }
"$emulator" adapter test "$toy" rude >out 2>&1
[ $? = 2 ] && grep -q "no line of the protocol" out || { cat out; exit 1; }
echo "every adapter was found to be what it is"
