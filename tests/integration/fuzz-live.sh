#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Drawn scenarios on real processes: a planted mistake is found, kept once a way of failing, and can be
# judged again; an interrupt ends it with what was done so far.
#
#   fuzz-live.sh EMULATOR RAFTD RAFTD-WITH-MISTAKES
set -u
emulator=$1 raftd=$2 mistaken=$3
dir=$(mktemp -d) || exit 70
trap 'rm -rf "$dir"' EXIT
runs=$dir/runs

fail() {
    echo "FAIL: $*"
    exit 1
}

# refused WORDS ARGUMENT...: as a wrong command line, and why.
refused() {
    words=$1
    shift
    said=$("$emulator" fuzz "$@" --raftd "$raftd" --runs "$runs" 2>&1)
    [ $? -eq 64 ] || fail "fuzz $*: not refused: $said"
    case $said in
    *"$words"*) ;;
    *) fail "fuzz $*: $said" ;;
    esac
}
refused 'net.cat is no action' --alphabet net.cut,net.cat
refused 'no word in it' --alphabet ' ,'
refused 'give a time' --time 0s
refused 'is one too many' split-brain-5
[ ! -e "$runs" ] || fail "a wrong command line made a directory"

# Found, and sorted by how.
printf '# what is done\nproc.restart, net.isolate\n  net.cut\n' >"$dir/alphabet"
said=$(RAFTLAB_MUTANT=ack_before_sync "$emulator" fuzz --raftd "$mistaken" --net user \
    --alphabet "$dir/alphabet" --set cluster.voters=3 --seed 7 --count 4 --jobs 4 --time 10m --runs "$runs")
code=$?
printf '%s\n' "$said"
[ $code -eq 77 ] && exit 77
[ $code -eq 1 ] || fail "exit code $code"
ways=$(printf '%s\n' "$said" | sed -nE 's/^4 runs .*: ([0-9]+) failed, in ([0-9]+) ways?$/\1 \2/p')
failed=${ways% *} ways=${ways#* }
[ "${failed:-0}" -ge 2 ] && [ "$ways" -ge 1 ] && [ "$ways" -lt "$failed" ] ||
    fail "$failed failures, in $ways ways"
times=$(printf '%s\n' "$said" | sed -nE 's/^FAIL  [a-zA-Z.]+.*  ([0-9]+) times?$/\1/p')
[ "$(printf '%s\n' "$times" | wc -l)" -eq "$ways" ] &&
    [ "$(printf '%s\n' "$times" | awk '{ sum += $1 } END { print sum }')" -eq "$failed" ] || fail "counted otherwise: $times"
kept=$(find "$runs" -mindepth 1 -maxdepth 1 -type d)
[ "$(printf '%s\n' "$kept" | wc -l)" -eq "$ways" ] || fail "kept: $kept"
for one in $kept; do
    printf '%s\n' "$said" | grep -qF "  shrink     raft-emulator shrink $one --live" ||
        fail "no word of how to shrink $one"
    "$emulator" check "$one" >/dev/null
    [ $? -eq 1 ] || fail "$one violates nothing"
    others=$(grep -oE '"(net|proc|disk|clock|member|leader|node|load)\.[a-zA-Z]*"' "$one/scenario.json" |
        grep -vxE '"(proc.restart|proc.start|net.isolate|net.cut|net.set)"')
    [ -z "$others" ] || fail "$one: not in the alphabet: $others"
done

# Interrupted.
env --default-signal=INT,TERM "$emulator" fuzz --raftd "$raftd" --net user --alphabet net \
    --jobs 1 --time 10m --runs "$dir/broken-off" >"$dir/out" 2>&1 &
pid=$!
until [ -n "$(cat "$dir"/broken-off/.fuzz-*/0/runs/*/trace/n1.ndjson 2>/dev/null)" ]; do
    kill -0 $pid 2>/dev/null || fail "it ended by itself: $(cat "$dir/out")"
    sleep 0.02
done
kill -INT $pid
wait $pid
[ $? -eq 130 ] || fail "interrupted, and exit code $?: $(cat "$dir/out")"
grep -q '^0 runs in .*; interrupted$' "$dir/out" || fail "no summary: $(cat "$dir/out")"
[ "$(tail -n 1 "$dir/out")" = '0 passed, 0 failed, 0 skipped' ] || fail "$(cat "$dir/out")"
[ ! -e "$dir/broken-off" ] || fail "left: $(find "$dir/broken-off")"
