#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Tools made for Redis against three nodes: redis-cli with its hints, scans and pipes, and
# redis-benchmark.
#
#   redis-cli.sh RAFTD
set -u
raftd=$1
for tool in redis-cli redis-benchmark; do
    command -v $tool >/dev/null || { echo "skip: $tool is not installed (package redis-tools)"; exit 77; }
done
dir=$(mktemp -d) || exit 70
base=10000
pids=
trap 'kill -9 $pids 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT

peer() { echo "127.0.0.1:$((base + $1))"; }
port() { echo $((base + 100 + $1)); }
ask() { # ask NODE WORDS...
    node=$1
    shift
    redis-cli -p "$(port "$node")" "$@" 2>&1
}
die() {
    echo "FAIL: $1"
    tail -n 5 "$dir"/n*.log
    exit 1
}
expect() { # expect WANTED NODE WORDS...
    wanted=$1
    shift
    got=$(ask "$@")
    [ "$got" = "$wanted" ] || die "$*: '$got' instead of '$wanted'"
}
# until_says WANTED NODE WORDS...: within a minute.
until_says() {
    wanted=$1
    shift
    tries=0
    until [ "$(ask "$@" | tail -n 1)" = "$wanted" ]; do
        tries=$((tries + 1))
        [ "$tries" -gt 600 ] && die "$*: never said '$wanted' but '$(ask "$@")'"
        sleep 0.1
    done
}

all="n1=$(peer 1),n2=$(peer 2),n3=$(peer 3)"
for n in 1 2 3; do # a leader that gets no processor for a moment leads on
    "$raftd" --name "n$n" --data-dir "$dir/n$n" --listen-peer "$(peer $n)" --election-timeout 1s..2s \
        --listen-client "127.0.0.1:$(port $n)" --bootstrap "$all" 2>"$dir/n$n.log" &
    pids="$pids $!"
done
for n in 1 2 3; do
    until_says OK $n set k v
done

# A key ends without traffic, everywhere.
expect OK 1 set gone x px 600
expect OK 2 set stays x ex 3600
[ "$(ask 3 ttl stays)" -gt 3500 ] || die "ttl on another node"
expect -1 3 ttl k
for n in 1 2 3; do
    until_says '' $n get gone
    expect -2 $n pttl gone
done

# A transaction over each node, in a pipe; the same with a conflict.
for n in 1 2 3; do
    got=$(printf 'MULTI\nSET t 1\nINCR t\nGET t\nEXEC\n' | ask $n | tr '\n' ' ')
    [ "$got" = "OK QUEUED QUEUED QUEUED OK 2 2 " ] || die "MULTI over n$n: $got"
    got=$(printf 'WATCH t\nSET t 5\nMULTI\nSET t 6\nEXEC\nGET t\n' | ask $n | tr '\n' ' ')
    [ "$got" = "OK OK OK QUEUED  5 " ] || die "WATCH over n$n: $got"
done

# Scans, hints, information; what is not here says so.
expect OK 1 mset s:1 a s:2 b s:3 c
[ "$(redis-cli -p "$(port 2)" --scan --pattern 's:*' | sort | tr '\n' ' ')" = "s:1 s:2 s:3 " ] ||
    die "--scan"
ask 1 command docs get | grep -q "the value of a key" || die "COMMAND DOCS"
ask 1 info keyspace | tr -d '\r' | grep -q '^db0:keys=' || die "INFO"
ask 1 lpush l 1 | grep -q "not supported: keys hold strings; of lists there are" || die "lpush"
expect hello 1 -3 echo hello
expect PONG 1 ping

redis-benchmark -p "$(port 1)" -n 2000 -c 10 -P 4 -q -t ping,set,get,incr,mset >"$dir/bench" 2>&1 ||
    die "redis-benchmark: $(cat "$dir/bench")"
[ "$(grep -c 'requests per second' "$dir/bench")" -ge 5 ] || die "$(cat "$dir/bench")"

digests() { for n in 1 2 3; do ask $n raft status | grep -o '"digest":"[^"]*"'; done | sort -u | wc -l; }
tries=0
until [ "$(digests)" -eq 1 ]; do
    tries=$((tries + 1))
    [ "$tries" -gt 300 ] && die "the nodes' states differ"
    sleep 0.1
done
echo "redis-cli and redis-benchmark are served by three nodes of one state"
