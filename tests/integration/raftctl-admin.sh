#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# An operator's day with raftctl alone: a cluster grows, is looked at, hands leadership over, takes
# snapshots, shrinks, and refuses what would break it.
#
#   raftctl-admin.sh RAFTCTL RAFTD
set -u
raftctl=$1
raftd=$2
dir=$(mktemp -d) || exit 70
base=10000
pids=
trap 'kill -9 $pids 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT

peer() { echo "127.0.0.1:$((base + $1))"; }
client() { echo "127.0.0.1:$((base + 100 + $1))"; }
start() { # start NODE OPTION VALUE; a leader that gets no processor for a moment leads on
    "$raftd" --name "n$1" --data-dir "$dir/n$1" --listen-peer "$(peer "$1")" --election-timeout 1s..2s \
        --listen-client "$(client "$1")" --admin-socket "$dir/n$1.sock" "$2" "$3" 2>"$dir/n$1.log" &
    pids="$pids $!"
    eval "pid$1=$!"
}
die() {
    echo "FAIL: $1"
    cat "$dir/out"
    tail -n 3 "$dir"/n*.log
    exit 1
}
# ctl CODE WORDS ARGUMENTS...: exits with the code and says the words.
ctl() {
    code=$1
    words=$2
    shift 2
    "$raftctl" -e "$all" "$@" >"$dir/out" 2>&1
    got=$?
    [ "$got" -eq "$code" ] || die "raftctl $*: exit $got, not $code"
    grep -qF -- "$words" "$dir/out" || die "raftctl $*: does not say '$words'"
}

all=$(client 1)
start 1 --bootstrap "n1=$(peer 1)"
ctl 0 n1 wait leader -t 60s
ctl 0 "healthy" health --write
for n in 2 3 4; do
    start "$n" --join "$(peer 1)"
done

# Growing.
ctl 0 "n2 is a member now" member add n2 "$(peer 2)"
ctl 0 "n3 is a member now" member add n3 "$(peer 3)" --learner
ctl 0 '"change":"promote"' member promote n3 -o json
ctl 0 "$(peer 3)" member list
grep -Eq '^n3 +voter' "$dir/out" || die "n3 is no voter"
ctl 0 '"rank":"voter"' member list -o json
ctl 0 "quorum 2   reachable 3   tolerates 1" member remove n3 --dry-run
ctl 0 '"after":{"voters":["n1","n2","n3"' member add n4 "$(peer 4)" --dry-run -o json

# One endpoint that does not lead is enough.
all=$(client 3)
ctl 0 "-> n2" transfer n2
ctl 0 n2 leader
ctl 0 '"from":"n2"' move-leader -o json
ctl 0 "leader n" stepdown
ctl 1 "NOSUCHMEMBER" transfer n9

# Snapshots.
all=unix:$dir/n1.sock,$(client 2),$(client 3)
ctl 0 "" set k v
ctl 0 digest snapshot take n1
ctl 0 '{"v":1,"snapshot":{"node":"n2","image":null' snapshot status n2 -o json
ctl 0 "taken               1" snapshot status n1
ctl 0 "image.config_index  " snapshot status n1

# A saved one is put back: of several transactions, with all kinds of values.
head -c 3000000 /dev/urandom >"$dir/big"
for big in big1 big2; do
    tries=0 # elections may come in between, where much else runs
    until "$raftctl" -e "$all" -t 60s set "$big" - <"$dir/big" >"$dir/out" 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 20 ] || die "not set"
    done
done
printf 'RPUSH list c a b\nSADD set z y\nSET short x PX 1000000\n' >"$dir/commands"
ctl 0 RPUSH txn --file "$dir/commands"
ctl 0 "$dir/a.snap: the state at entry " snapshot save "$dir/a.snap"
sum=$(head -c -65 "$dir/a.snap" | sha256sum | cut -d' ' -f1)
grep -q ", $(wc -c <"$dir/a.snap") bytes, sha256 $sum\$" "$dir/out" || die "sha256sum says $sum"
[ "$(tail -c 65 "$dir/a.snap")" = "$sum" ] || die "the file does not end with its SHA-256"
ctl 0 "\"sha256\":\"$sum\"" snapshot verify "$dir/a.snap" -o json
{ head -c 2000 "$dir/a.snap"; printf x; tail -c +2002 "$dir/a.snap"; } >"$dir/c.snap"
cmp -s "$dir/a.snap" "$dir/c.snap" || ctl 1 "[DAMAGED]" snapshot verify "$dir/c.snap"
# As an earlier version wrote it.
old=$(dirname "$0")/cases/version-1.snap
ctl 0 '"checksum":"4843cc88800b89d4"' snapshot verify "$old" -o json
tr 0 1 <"$old" >"$dir/c.snap"
ctl 1 "[DAMAGED]" snapshot verify "$dir/c.snap"
ctl 1 "[NOTEMPTY]" snapshot restore "$dir/a.snap"
ctl 0 "" set other w
ctl 0 "" del k
head -c 5000 "$dir/a.snap" >"$dir/b.snap"
ctl 1 "[DAMAGED]" snapshot restore "$dir/b.snap" --yes
ctl 0 w get other
ctl 66 "[NOINPUT]" snapshot restore "$dir/none" --yes
ctl 0 '"keys":6,"transactions":2}' snapshot restore "$dir/a.snap" --yes -o json
ctl 0 v get k
ctl 1 null get other --must-exist -o json
"$raftctl" -e "$all" get big2 -o plain | head -c 3000000 | cmp -s - "$dir/big" || die "other bytes"
printf 'LRANGE list 0 -1\nSMEMBERS set\nPTTL short\n' >"$dir/commands"
ctl 0 '"reply":["c","a","b"]},{"command":"SMEMBERS","reply":["y","z"]}' txn --file "$dir/commands" -o json
grep -Eq '"PTTL","reply":[0-9]{5,7}}' "$dir/out" || die "it does not live as long"

# Whole numbers have no exponent.
ctl 0 9007199254740990 incr safe 9007199254740990

# Traces: of all nodes, of one; what happens meanwhile is in the file, and nothing afterwards.
ctl 0 " off  " trace status
ctl 0 '{"node":"n1","trace":"on","file":"'"$dir"'/n1/trace.ndjson","bytes":' trace on -o json
ctl 0 "" set traced v
ctl 0 v get traced --from n2
ctl 0 '{"node":"n2","trace":"off"' trace off --node n2 -o json
grep -q '"ev":"appended"' "$dir/n2/trace.ndjson" || die "the trace of n2 has no entry"
before=$(wc -c <"$dir/n2/trace.ndjson")
ctl 0 "" set traced w
ctl 0 " off " trace status
grep -Eq "^n2 +off +$before " "$dir/out" || die "the trace of n2 goes on"
ctl 0 "" trace off
awk '!/^{"t":[0-9]+,"node":"n1","disk":.*}$/ { exit 1 }' "$dir/n1/trace.ndjson" || die "no whole lines"
awk -F'"seq":' '{ sub(/,.*/, "", $2); if (NR > 1 && $2 != last + 1) exit 1; last = $2 }' \
    "$dir/n1/trace.ndjson" || die "a line of the trace is missing"
mv "$dir/n1/trace.ndjson" "$dir/elsewhere"
mkdir "$dir/n1/trace.ndjson"
ctl 1 "Is a directory" trace on --node n1
ctl 1 "! n1: ERR trace" trace on
ctl 1 "nobody knows of a node named n9" trace on --node n9

ctl 0 '"keys":3,"transactions":1}' snapshot restore "$old" --yes -o json
ctl 0 hello get greeting
ctl 0 "" set k v

# Looking: logs side by side; silent endpoints are asked at once, not one after the other.
ctl 0 "n1 and n2 are the same up to entry" log diff n1 n2
before=$all
kill -STOP "$pid4"
all=$(client 4),$(client 4),$(client 4),$(client 4),$(client 1)
ctl 0 digest snapshot take n1 -t 30s
ctl 0 "now  " member remove n3 --dry-run -t 30s
ctl 1 "there is no member named n9" member remove n9 -t 30s
kill -CONT "$pid4"
all=$before
ctl 0 "of 3 nodes" bundle "$dir/bundle"
tail -c 3 "$dir/bundle" | grep -q '}' || die "the bundle has no end"

# A load that is interrupted leaves no keys, if it heard of every write what became of it. (timeout
# would send the signal to the process and to its group: one interrupt is meant.)
heard() { grep '"answered":[1-9]' "$dir/out" | grep '"errors":0' | grep -q '"unanswered":0'; }
for seconds in 2 4 8 16 32; do
    timeout --foreground -s INT --preserve-status "$seconds" \
        "$raftctl" -e "$all" bench -d 300s --reads 0 -o json >"$dir/out" 2>&1
    got=$?
    [ "$got" -eq 130 ] || die "bench: exit $got after ^C"
    heard && break
done
heard || die "bench was never answered every write"
ctl 0 '"values":[]' scan raftctl:bench: -o json

# What is wrong is said, with what to type.
ctl 64 "usage: raftctl member add NODE HOST:PORT" member add n4
ctl 64 "usage: raftctl recover --survivor NODE" recover
ctl 64 "fix: raftctl data --help" data look "$dir"
ctl 0 "leads already" transfer "$("$raftctl" -e "$all" leader)"
three=n2=$(peer 2),n3=$(peer 3)
for at in 127.0.0.1 127.0.0.1:0 :7 "$(peer 1)0000"; do
    ctl 1 "n1: \"$at\" is no HOST:PORT" member change "n1=$at,$three"
    ctl 1 "n1: \"$at\" is no HOST:PORT" member change "n1=$at,$three" --dry-run
done
ctl 1 "n1 is a member already, at $(peer 1)" member change "n1=$(peer 4),$three" --dry-run
ctl 1 "n1 is a member already, at $(peer 1)" member change "n1=$(peer 4),$three"
for dry in "" --dry-run; do # shellcheck disable=SC2086 # none, or one word
    ctl 1 "n1 is a member already, at $(peer 1)" member replace n3 n1 "$(peer 4)" $dry
    ctl 1 "$(peer 1) is the address of n1" member replace n3 n9 "$(peer 1)" $dry
    ctl 1 "n3 cannot replace itself" member replace n3 n3 "$(peer 3)" $dry
    ctl 1 "n1 is a member already, at $(peer 1)" member add n1 "$(peer 4)" $dry
    ctl 1 "$(peer 1) is the address of n1" member add n9 "$(peer 1)" $dry
    ctl 1 "is no HOST:PORT" member add n9 127.0.0.1:0 $dry
done
all=$(peer 1)
ctl 69 "PEERPORT this is the port for peers; clients are served at $(client 1)" status
ctl 69 "this is the port for peers; clients are served at $(client 1)   [PEERPORT]" get k
ctl 69 "[PEERPORT]" set k w
all=unix:$dir/n1.sock,$(client 2),$(client 3)
ctl 64 "--shutdown is not an option of member promote" member promote n2 --shutdown
ctl 64 'there is no verb "snapshot make"; did you mean snapshot take?' snapshot make
ctl 64 "did you mean member remove?" member remov n2
ctl 64 "--force is not an option of transfer" transfer --force
ctl 1 "there is no member named n9" member remove n9
ctl 1 "there is no member named n9" member remove n9 --dry-run
ctl 1 "nobody knows where n9 is" leave n9

# Replacing a dead one, leaving, and the last of all.
kill -9 "$pid3"
ctl 0 "n3 is replaced" member replace n3 n4 "$(peer 4)"
all=$(client 1),$(client 2),$(client 4)
ctl 0 "n4 has left the cluster" leave n4
ctl 0 "n2 is a learner now" member demote n2
ctl 1 LASTVOTER member remove n1
ctl 0 v get k
ctl 0 "n2 is a voter now" member promote n2
echo "an operator's day"
