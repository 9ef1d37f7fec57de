#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# One node grows to three, hands leadership over, and shrinks again, as an operator would do it.
#
#   raftd-members.sh RAFTD
set -u
raftd=$1
command -v redis-cli >/dev/null || { echo "skip: redis-cli is not installed (package redis-tools)"; exit 77; }
dir=$(mktemp -d) || exit 70
base=10000
pids=
trap 'kill -9 $pids 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT

peer() { echo "127.0.0.1:$((base + $1))"; }
ask() { # ask NODE WORDS...
    node=$1
    shift
    redis-cli -p $((base + 100 + node)) "$@" 2>&1
}
start() { # start NODE OPTION VALUE; a leader that gets no processor for a moment leads on
    "$raftd" --name "n$1" --data-dir "$dir/n$1" --listen-peer "$(peer "$1")" --election-timeout 1s..2s \
        --listen-client "127.0.0.1:$((base + 100 + $1))" "$2" "$3" 2>"$dir/n$1.log" &
    pids="$pids $!"
}
die() {
    echo "FAIL: $1"
    tail -n 5 "$dir"/n*.log
    exit 1
}
# until_says WORDS NODE COMMAND...: within a minute.
until_says() {
    words=$1
    shift
    tries=0
    until [ "$(ask "$@" | tail -n 1)" = "$words" ]; do
        tries=$((tries + 1))
        [ "$tries" -gt 600 ] && die "$*: never said '$words' but '$(ask "$@")'"
        sleep 0.1
    done
}

start 1 --bootstrap "n1=$(peer 1)"
until_says OK 1 set k v
for n in 2 3; do
    start "$n" --join "$(peer 1)"
    until_says PONG "$n" ping
    [ "$(ask "$n" get k | cut -c1-9)" = NOTMEMBER ] || die "an outsider serves reads"
    until_says OK 1 raft member add "n$n" "$(peer "$n")"
done
grep -q "n2 asks which cluster this is" "$dir/n1.log" || die "n1 does not say why n2 called"
grep -q "cluster 0000000000000000" "$dir/n1.log" && die "n1 speaks of a cluster that there is not"
until_says v 3 get k
until_says n3 1 raft transfer n3
until_says OK 3 set k w
until_says w 1 get k
until_says OK 3 raft member remove n3
until_says OK 1 set k x
until_says x 2 get k
ask 3 get k | grep -q -e NOLEADER -e NOTMEMBER || die "a removed node serves reads"
# A witness counts without holding anything; a new node takes the place of an old one.
leader=$(ask 1 raft leader)
lead=${leader#n}
other=$((3 - lead))
start 4 --join "$(peer "$lead")"
until_says PONG 4 ping
until_says OK "$lead" raft member add n4 "$(peer 4)" witness
ask 4 get k | grep -q NOTDATA || die "a witness serves reads"
ask "$lead" raft member demote "n$other" | grep -q LASTVOTER || die "as many witnesses as data"
start 5 --join "$(peer "$lead")"
until_says PONG 5 ping
until_says OK "$lead" raft member replace "n$other" n5 "$(peer 5)"
until_says x 5 get k
# A preferred leader gets leadership by itself, and lays it down when told to.
until_says OK "$lead" raft member priority n5 200
until_says n5 5 raft leader
until_says OK 5 raft member priority n5 50
ask 5 raft stepdown >/dev/null
until_says "$leader" "$lead" raft leader
until_says OK "$lead" set settled 1
ask "$lead" raft member remove n4 expect 1 | grep -q CONFLICT || die "EXPECT of long ago was taken"
until_says OK "$lead" raft member remove n4
until_says OK "$lead" raft member demote n5
ask "${leader#n}" raft member remove "$leader" | grep -q LASTVOTER || die "the last voter was removed"
echo "1 -> 3 -> 1 members, one of them replaced, nothing lost"
