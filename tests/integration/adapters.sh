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
run old 2 "does not speak protocol 1"
run "" 77 "has no operation \"increment\"" --set clients.model=counter \
    --set 'clients.mix={"increment":1}'
run rude 2 "no line of the protocol"
run stubborn 0 "PASS     linearizable"
run quits 2 "UNKNOWN  noCrash .*exit 0" --set coverage={} --set finally=[] \
    --set 'steps=[{"wait":{"exit":{"who":"all","code":0}},"within":"60s"}]'
# A member is taken in, and one removed.
members='[{"wait":{"leader":{}},"within":"60s"},{"member.add":{"who":"n4"}},
    {"wait":{"config":{"voters":["n1","n2","n3","n4"],"committed":true}},"within":"60s"},
    {"member.remove":{"who":"n2"}},{"wait":{"config":{"members":["n1","n3","n4"]}},"within":"60s"},
    {"member.change":{"target":["n1","n2","n3"]}},
    {"wait":{"config":{"members":["n1","n2","n3"]}},"within":"60s"},
    {"wait":{"ops":{"ok":100}},"within":"60s"},{"load.stop":{}}]'
run "" 0 "PASS     steps" --set cluster.spare=1 --set "steps=$members"
run fixed 77 'cannot "members", which the scenario needs' --set cluster.spare=1 --set "steps=$members"
run "" 77 "other than adding and removing" --set cluster.spare=1 \
    --set 'steps.1={"member.add":{"who":"n4","as":"learner"}}'
"$emulator" validate "$dir/toy.json" --set cluster.sut=redis-sentinel --set cluster.spare=1 \
    --set "steps=$members" >"$dir/out" 2>&1
[ $? = 77 ] && grep -q "member.add: the live world, with nodes that are not raftd" "$dir/out" ||
    { echo "redis-sentinel: nothing said of members"; cat "$dir/out"; exit 1; }
"$emulator" validate "$dir/toy.json" --set cluster.sut=etcd --set cluster.spare=1 \
    --set "steps=$members" >"$dir/out" 2>&1 || { cat "$dir/out"; exit 1; }
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
"$emulator" adapter test cat >out 2>&1
[ $? = 2 ] && grep -q 'hello: "is" must be "ok", "fail" or "unknown"' out || { cat out; exit 1; }
mkdir folder && echo text >plain
# no_program WORD REASON
no_program() {
    "$emulator" adapter test "$1" >out 2>&1
    [ $? = 66 ] && grep -q "$1: $2" out || { echo "$1: not said: $2"; cat out; exit 1; }
}
no_program ./folder "a directory, not a program"
no_program folder "a directory, not a program"
no_program ./plain "not executable"
no_program no-such-adapter "no such program"

# Those shipped, by hand. One that takes etcd's place says who it is, and answers nothing.
mkdir bin && printf '#!/bin/sh\necho $$ >>"$LAB_DIR/etcd.pid"\nexec sleep 300\n' >bin/etcd
chmod +x bin/etcd
# etcd INPUT EXIT PATTERN: what the adapter is told, and what it answers to that
etcd() {
    printf "$1" | env PATH="$dir/bin:$PATH" LAB_NODE=n1 LAB_DIR="$dir" LAB_PEERS=n1=127.0.0.1 \
        $address timeout 60 "$emulator" adapter etcd >out 2>err
    [ $? = "$2" ] && grep -q "$3" out || { echo "adapter etcd: $1"; cat out err; exit 1; }
}
hello='{"id":1,"do":"hello","protocol":1}\n' start='{"id":2,"do":"start","founders":["n1"]}\n'
address=
etcd "$hello$start" 0 '"id":2,"is":"fail","error":"INVALID LAB_NODE, LAB_DIR, LAB_ADDRESS'
etcd "$start" 0 '"id":2,"is":"fail","error":"NOHELLO'
address=LAB_ADDRESS=127.0.0.1
etcd '{"id":1,"do":"hello","protocol":2}\n' 0 '"is":"fail","error":"PROTOCOL'
for try in 1 2 3 4 5 6 7 8; do
    etcd "$hello" 0 '"id":1,"is":"ok"'
done
[ ! -e etcd.pid ] || { echo "etcd was started all the same"; exit 1; }
# Ended by a line that is none, and by the end of the input: nobody is left.
for last in 'oops\n' ''; do
    etcd "$hello$start$last" "$([ -n "$last" ] && echo 65 || echo 0)" '"id":1,"is":"ok"'
    kill -0 "$(cat etcd.pid)" 2>/dev/null && { echo "etcd is left after '$last'"; exit 1; }
    [ -s etcd.pid ] || { echo "etcd was not started"; exit 1; }
    rm etcd.pid
done
echo "every adapter was found to be what it is"
