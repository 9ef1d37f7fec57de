#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# All three nodes restart on other addresses. Hints are enough to elect, and the leader writes the new
# addresses down, so that the next restart needs none.
#
#   raftd-moves.sh RAFTD RAFTCTL
set -u
raftd=$1
raftctl=$2
command -v redis-cli >/dev/null || { echo "skip: redis-cli is not installed (package redis-tools)"; exit 77; }
dir=$(mktemp -d) || exit 70
base=10000
trap 'for n in 1 2 3; do [ -f "$dir/$n.pid" ] && kill -9 "$(cat "$dir/$n.pid")" 2>/dev/null; done; wait 2>/dev/null; rm -rf "$dir"' EXIT

die() {
    echo "FAIL: $1"
    tail -n 5 "$dir"/n*.log
    exit 1
}
list() { # list SHIFT
    echo "n1=127.0.0.1:$((base + $1 + 1)),n2=127.0.0.1:$((base + $1 + 2)),n3=127.0.0.1:$((base + $1 + 3))"
}
start() { # start SHIFT [OPTION VALUE]: all of them
    shift_=$1
    shift
    for n in 1 2 3; do
        "$raftd" --name "n$n" --data-dir "$dir/n$n" --listen-peer "127.0.0.1:$((base + shift_ + n))" \
            --listen-client "127.0.0.1:$((base + 100 + n))" --admin-socket "$dir/n$n.sock" \
            "$@" 2>>"$dir/n$n.log" &
        echo $! >"$dir/$n.pid"
    done
}
stop() {
    for n in 1 2 3; do
        kill -9 "$(cat "$dir/$n.pid")"
        wait "$(cat "$dir/$n.pid")" 2>/dev/null
    done
}
ctl() { # ctl NODE WORDS...
    node=$1
    shift
    "$raftctl" -e "unix:$dir/n$node.sock" "$@" 2>&1
}
until_says() { # until_says WORDS NODE COMMAND...: within a minute
    words=$1
    shift
    tries=0
    until [ "$(ctl "$@" | tail -n 1)" = "$words" ]; do
        tries=$((tries + 1))
        [ "$tries" -gt 300 ] && die "$*: never said '$words' but '$(ctl "$@")'"
        sleep 0.2
    done
}

start 0 --bootstrap "$(list 0)"
until_says ok 1 set k v
stop
# Without hints they stand alone, and status says what to look at.
start 10 --log-level info
tries=0
until "$raftctl" -e "$dir/n1.sock,$dir/n2.sock,$dir/n3.sock" status | grep -q "^! enough voters answer, but none leads"; do
    tries=$((tries + 1))
    [ "$tries" -gt 300 ] && die "status does not say why nobody leads: $(ctl 1 status)"
    sleep 0.2
done
stop
start 10 --peers "$(list 10)"
for n in 1 2 3; do until_says ok "$n" set "k$n" v; done
# Every node has the entry with the new addresses before the hints are taken away.
tries=0
for n in 1 2 3; do
    until redis-cli -s "$dir/n$n.sock" raft status | grep -q "\"127.0.0.1:$((base + 13))\""; do
        tries=$((tries + 1))
        [ "$tries" -gt 300 ] && die "n$n does not know the new addresses: $(ctl "$n" status -o json)"
        sleep 0.2
    done
done
stop
start 10 --log-level info
for n in 1 2 3; do until_says v "$n" get k; done
echo "three nodes moved together, and were found without hints afterwards"
