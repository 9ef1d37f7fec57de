#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Two of three are lost: the survivor goes on alone, first while it runs, then from its directory at
# rest; the dead that return are told, and stop.
#
#   raftd-recover.sh RAFTD RAFTCTL
set -u
raftd=$1
raftctl=$2
command -v redis-cli >/dev/null || { echo "skip: redis-cli is not installed (package redis-tools)"; exit 77; }
dir=$(mktemp -d) || exit 70
base=10000
trap 'for n in 1 2 3 4; do [ -f "$dir/$n.pid" ] && kill -9 "$(cat "$dir/$n.pid")" 2>/dev/null; done; wait 2>/dev/null; rm -rf "$dir"' EXIT

peer() { echo "127.0.0.1:$((base + $1))"; }
all="n1=$(peer 1),n2=$(peer 2),n3=$(peer 3)"
die() {
    echo "FAIL: $1"
    tail -n 5 "$dir"/n*.log
    exit 1
}
start() { # start NODE [OPTION VALUE]
    n=$1
    shift
    "$raftd" --name "n$n" --data-dir "$dir/n$n" --listen-peer "$(peer "$n")" \
        --listen-client "127.0.0.1:$((base + 100 + n))" --admin-socket "$dir/n$n.sock" \
        "${@:---bootstrap=$all}" 2>>"$dir/n$n.log" &
    echo $! >"$dir/$n.pid"
}
stop() { # stop NODE: at once
    kill -9 "$(cat "$dir/$1.pid")"
    wait "$(cat "$dir/$1.pid")" 2>/dev/null
    rm "$dir/$1.pid"
}
ctl() { # ctl NODE WORDS...
    node=$1
    shift
    "$raftctl" -e "unix:$dir/n$node.sock" "$@" 2>&1
}
# until_says WORDS NODE COMMAND...: within a minute.
until_says() {
    words=$1
    shift
    tries=0
    until [ "$(ctl "$@" | tail -n 1)" = "$words" ]; do
        tries=$((tries + 1))
        [ "$tries" -gt 300 ] && die "$*: never said '$words' but '$(ctl "$@")'"
        sleep 0.2
    done
}
ends_with() { # ends_with CODE NODE
    wait "$(cat "$dir/$2.pid")"
    code=$?
    rm "$dir/$2.pid"
    [ "$code" -eq "$1" ] || die "n$2 ended with $code, not $1"
}

for n in 1 2 3; do start "$n"; done
until_says ok 1 set k v
until_says v 3 get k
# Not while a quorum answers, not without --yes, not over the network, not for another node.
ctl 3 recover --survivor n3 --yes | grep -q QUORUMALIVE || die "recovered though a quorum is alive"
ctl 3 recover --survivor n3 >"$dir/told" && die "done without --yes"
for part in "^given up .*n1 (which ANSWERS), n2 (which" "^committed " "^refused " "nothing was done" \
    "fix: a quorum answers"; do
    grep -q "$part" "$dir/told" || die "no $part of a look: $(cat "$dir/told")"
done
ctl 3 recover n3 --yes | grep -q "is n3 the one that is to go on" || die "recovered without --survivor"
"$raftctl" -e "127.0.0.1:$((base + 103))" recover --survivor n3 --yes 2>&1 |
    grep -q "no endpoint is the admin socket" || die "recovered over the network"
ctl 3 recover --survivor n2 --yes | grep -q "no endpoint is the admin socket of n2" ||
    die "recovered as another node"
# Who waits to be added has nothing to go on with.
start 4 --join "$(peer 1)"
until_says "  fix: raftctl member list   says who is: recover one of them" 4 recover --survivor n4
ctl 4 recover --survivor n4 | grep -q "would go on alone" && die "n4 is no member: $(ctl 4 recover --survivor n4)"
stop 4
stop 1
stop 2
ctl 3 recover --survivor n3 --yes >"$dir/told" || die "not recovered: $(cat "$dir/told")"
grep -q "n3 goes on alone: generation 1" "$dir/told" || die "says nothing: $(cat "$dir/told")"
grep -q "given up .*n[12] n[12]" "$dir/told" || die "names nobody: $(cat "$dir/told")"
until_says ok 3 set k w
ctl 3 status | grep -q "^recovered   by force, generation 1, without n1, n2$" || die "status: $(ctl 3 status)"
ctl 3 health | grep -q "^recovered  *ok  *by force, generation 1, without n1, n2$" || die "health: $(ctl 3 health)"
[ "$(ctl 3 status --at /cluster/given_up/1)" = n2 ] || die "not in the JSON: $(ctl 3 status -o json)"
ctl 3 recover --survivor n3 | grep -q "n3 is the only member already" || die "it is alone: $(ctl 3 recover --survivor n3)"
ctl 3 recover --survivor n3 --yes | grep -q "fix: raftctl health; who is lost" || die "no way on is told"
# The old majority returns.
start 1
start 2
ends_with 86 1
ends_with 86 2
start 1
ends_with 86 1
grep -q "never votes again" "$dir/n1.log" || die "n1 does not say why"
grep "error  *n2 process  *fix: start with an empty" "$dir/n2.log" | grep -qv stopped ||
    die "n2 does not say in a line of its own what to do"
until_says w 3 get k
# What they had can be looked at, and no more than that.
for verb in inspect verify; do
    "$raftctl" data $verb "$dir/n1" >"$dir/told" || die "$verb of who was given up: $(cat "$dir/told")"
    grep -q "^given up  *by a forced recovery elsewhere" "$dir/told" || die "$verb: $(cat "$dir/told")"
done
"$raftctl" data dump "$dir/n1" | grep -q '"command":"SET","key":"k"}' || die "n1 is not dumped"
"$raftctl" data recover "$dir/n1" --yes >"$dir/told" 2>&1
[ $? -eq 86 ] && grep -q "^error: .*n1 cannot be recovered" "$dir/told" || die "recovered: $(cat "$dir/told")"
# They come back empty, and count again.
rm -rf "$dir/n1" "$dir/n2"
for n in 1 2; do
    start "$n" --join "$(peer 3)"
    tries=0
    until redis-cli -p $((base + 103)) raft member add "n$n" "$(peer "$n")" 2>&1 | grep -q OK; do
        tries=$((tries + 1))
        [ "$tries" -gt 300 ] && die "n$n was not added"
        sleep 0.2
    done
done
until_says w 1 get k
until_says ok 1 set k x
# At rest: n2 is all that is left.
for n in 1 2 3; do
    [ "$n" = 2 ] || stop "$n"
done
"$raftctl" data verify "$dir/n2" 2>&1 | grep -q "held by process" || die "verified under a process"
"$raftctl" data recover "$dir/n2" --yes 2>&1 | grep -q "process" || die "recovered under a process"
stop 2
"$raftctl" data verify "$dir/n2" >"$dir/told" || die "not whole: $(cat "$dir/told")"
grep -q "^whole  " "$dir/told" && grep -q "^log  *entries 1 to" "$dir/told" || die "verify: $(cat "$dir/told")"
"$raftctl" data dump "$dir/n2" | grep -q '"command":"SET","key":"k"}' || die "nothing dumped"
cp -r "$dir/n2" "$dir/damaged"
log=$(ls "$dir/damaged"/log-* | head -n 1)
printf 'damaged' | dd of="$log" bs=1 seek=8200 conv=notrunc 2>/dev/null
"$raftctl" data verify "$dir/damaged" >"$dir/told" 2>&1
[ $? -eq 1 ] || die "verify of a damaged log: $(cat "$dir/told")"
"$raftctl" data inspect "$dir/n2" >"$dir/told" || die "not inspected"
grep -q "node            n2 of cluster raftlab" "$dir/told" || die "inspect: $(cat "$dir/told")"
grep -q "members .*n1" "$dir/told" || die "inspect: $(cat "$dir/told")"
"$raftctl" -e "$dir/n2.sock" shell -c "data inspect $dir/n2; version" | tail -n 1 | grep -q '^raftctl ' ||
    die "raftd took the shell's place"
"$raftctl" data recover "$dir/n2" | grep -q "nothing was changed" || die "recovered without --yes"
"$raftctl" data recover "$dir/n2" --yes | grep -q "RECOVERED .*generation 2" || die "not recovered"
"$raftctl" data recover "$dir/n2" --yes >"$dir/told" || die "a second time: $(cat "$dir/told")"
grep -q "^alone .*nothing was changed" "$dir/told" || die "a second time: $(cat "$dir/told")"
"$raftctl" data inspect "$dir/n2" | grep -q "generation 2" || die "recovered a second time"
start 2
until_says x 2 get k
until_says ok 2 set k y
start 3
ends_with 86 3
# A raftd that dies in the middle of its answer is told of, and one that ends there.
mkdir "$dir/fake"
cp "$raftctl" "$dir/fake/raftctl"
for last in 'kill -9 $$' 'exit 0'; do
    printf '#!/bin/sh\nprintf "{\\"key\\""\n%s\n' "$last" >"$dir/fake/raftd"
    chmod +x "$dir/fake/raftd"
    for verb in inspect verify dump; do
        "$dir/fake/raftctl" data $verb "$dir/n2" -o json >"$dir/told" 2>&1
        [ $? -eq 70 ] && grep -q "no whole answer" "$dir/told" || die "data $verb: $(cat "$dir/told")"
    done
done
echo "a survivor went on alone twice, and the others were told"
