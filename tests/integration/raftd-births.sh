#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# How a cluster is born, and how not: empty nodes that find each other, one that comes late, one that
# comes back empty, one that is started with another list. R-MEMB-25, R-MEMB-28, R-MEMB-29.
#
#   raftd-births.sh RAFTD RAFTCTL
set -u
raftd=$1
raftctl=$2
command -v redis-cli >/dev/null || { echo "skip: redis-cli is not installed (package redis-tools)"; exit 77; }
dir=$(mktemp -d) || exit 70
base=$((10000 + $$ % 20000)) # below the ports the kernel hands out
trap 'for f in "$dir"/*.pid; do [ -f "$f" ] && kill -9 "$(cat "$f")" 2>/dev/null; done; wait 2>/dev/null; rm -rf "$dir"' EXIT

peer() { echo "127.0.0.1:$((base + $1))"; }
die() {
    echo "FAIL: $1"
    tail -n 6 "$dir"/n*.log
    exit 1
}
start() { # start NODE OPTION...
    n=$1
    shift
    "$raftd" --name "n$n" --data-dir "$dir/n$n" --listen-peer "$(peer "$n")" \
        --listen-client "127.0.0.1:$((base + 100 + n))" --admin-socket "$dir/n$n.sock" \
        "$@" 2>>"$dir/n$n.log" &
    echo $! >"$dir/$n.pid"
}
stop() { # stop NODE SIGNAL
    kill "-$2" "$(cat "$dir/$1.pid")"
    wait "$(cat "$dir/$1.pid")" 2>/dev/null
    code=$?
    rm "$dir/$1.pid"
}
ends_with() { # ends_with CODE NODE WORDS
    wait "$(cat "$dir/$2.pid")"
    code=$?
    rm "$dir/$2.pid"
    [ "$code" -eq "$1" ] || die "n$2 ended with $code, not $1"
    grep -q "$3" "$dir/n$2.log" || die "n$2 does not say: $3"
}
ctl() { # ctl NODE WORDS...
    node=$1
    shift
    "$raftctl" -e "unix:$dir/n$node.sock" "$@" 2>&1
}
wait_for() { # wait_for WHAT COMMAND...: within a minute
    what=$1
    shift
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -gt 300 ] && die "$what: $("$@" 2>&1)"
        sleep 0.2
    done
}
says() { # says WORDS NODE COMMAND...
    words=$1
    shift
    [ "$(ctl "$@" | tail -n 1)" = "$words" ]
}

# ---- --expect: two of three wait, whatever happens to them; the third makes it a cluster.
where="$(peer 1),$(peer 2),$(peer 3)"
start 1 --expect 3 --peers "$where"
start 2 --expect 3 --peers "$where"
wait_for "n1 sees n2" grep -q "birth: n2 at" "$dir/n1.log"
stop 1 TERM
[ "$code" -eq 0 ] || die "n1 stopped with $code while it waited"
start 1 --expect 3 --peers "$where"
start 4 --expect 2 --peers "$where"
wait_for "n4 is left out" grep -q "n4 at .* has another --cluster, --expect or --peers" "$dir/n1.log"
stop 4 KILL
[ -e "$dir/n1/hardstate" ] && die "n1 was born of two"
start 3 --expect 3 --peers "$where"
wait_for "a write" says ok 1 set k v
for n in 1 2 3; do wait_for "n$n reads" says v "$n" get k; done
# The disks are bound from the first entry on; a late one joins, and is a learner once it is added.
redis-cli -s "$dir/n2.sock" raft status | grep -q '"disk":null' && die "a disk is not bound"
rm -rf "$dir/n4"
start 4 --expect 3 --peers "$where"
add4() { redis-cli -p $((base + 100 + ${1})) raft member add n4 "$(peer 4)" | grep -q OK; }
wait_for "n4 is added" sh -c "redis-cli -s '$dir/n1.sock' raft leader | grep -q n"
leader=$(redis-cli -s "$dir/n1.sock" raft leader)
wait_for "n4 is added" add4 "${leader#n}"
wait_for "n4 reads" says v 4 get k
# A restart with the same options is a restart.
stop 2 KILL
start 2 --expect 3 --peers "$where"
wait_for "n2 is back" says v 2 get k
# One that comes back empty is refused: as a founder, and as one who joins.
stop 3 KILL
rm -rf "$dir/n3"
start 3 --join "$(peer 1)"
ends_with 78 3 "RAFT MEMBER REMOVE n3"
for n in 1 2 4; do stop "$n" KILL; done

# ---- --expect: nobody is born before all have accepted. n2 has the lowest id and makes the offer; it
# hears the others from its backlog, and n1 can say nothing more then.
rm -rf "$dir"/n*
start 2 --expect 3 --peers "$where"
wait_for "n2 listens" grep -q "birth: 1 of 3" "$dir/n2.log"
kill -STOP "$(cat "$dir/2.pid")"
start 1 --expect 3 --peers "$where"
start 3 --expect 3 --peers "$where"
wait_for "n1 sees n3" grep -q "birth: n3 at" "$dir/n1.log"
wait_for "n3 sees n1" grep -q "birth: n1 at" "$dir/n3.log"
kill -STOP "$(cat "$dir/1.pid")"
kill -CONT "$(cat "$dir/2.pid")"
wait_for "n2 offers" grep -q "offering to found" "$dir/n2.log"
wait_for "n3 hears it" grep -q "birth: n2 has accepted" "$dir/n3.log"
wait_for "n2 hears that n3 accepts" grep -q "birth: n3 has accepted" "$dir/n2.log"
kill -KILL "$(cat "$dir/2.pid")" # and what it promised is kept
wait "$(cat "$dir/2.pid")" 2>/dev/null
for n in 1 2 3; do [ -e "$dir/n$n/hardstate" ] && die "n$n was born before all accepted"; done
start 2 --expect 3 --peers "$where"
kill -CONT "$(cat "$dir/1.pid")"
wait_for "a write at last" says ok 1 set k v
for n in 1 2 3; do stop "$n" KILL; done

# ---- --bootstrap: late is fine, empty again is not, another list is not.
rm -rf "$dir"/n*
all="n1=$(peer 1),n2=$(peer 2),n3=$(peer 3)"
start 1 --bootstrap "$all"
start 2 --bootstrap "$all"
wait_for "a write of two" says ok 1 set k v
start 3 --bootstrap "$all"
wait_for "the late one" says v 3 get k
stop 3 KILL
rm -rf "$dir/n3"
start 3 --bootstrap "$all"
ends_with 78 3 "REBORN"
grep -q "RAFT MEMBER REMOVE n3" "$dir/n3.log" || die "n3 does not name the cure"
stop 2 KILL
start 2 --bootstrap "n1=$(peer 1),n2=$(peer 2)"
ends_with 78 2 "belongs to cluster [0-9a-f]*, not to [0-9a-f]*"
start 2 --bootstrap "$all"
wait_for "the same list" grep -q "already founded with this list" "$dir/n2.log"
echo "born once, and only once"
