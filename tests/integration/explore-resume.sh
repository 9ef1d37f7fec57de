#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# An exploration that was ended by a limit or by ^C goes on from its checkpoint and comes to what one
# that was left alone comes to, with little memory, and with one job or three; what is no checkpoint is
# refused; a full disk is said.
#
#   explore-resume.sh EMULATOR
set -u
emulator=$1
dir=$(mktemp -d) || exit 70
trap 'rm -rf "$dir"' EXIT
failed=0
bounds="--servers 3 --terms 2 --timeouts 2 --entries 1 --crashes 1 --drops 0 --reorders 1"

wrong() {
    echo "FAIL: $*: it said:"
    tail -n 8 "$dir/out" "$dir/err"
    failed=1
}

# explore CODE ARGUMENT...
explore() {
    want=$1
    shift
    timeout 120 "$emulator" explore "$@" >"$dir/out" 2>"$dir/err"
    code=$?
    [ $code -eq "$want" ] || wrong "explore $*: exit code $code, not $want"
}

# How many states in how many steps, and how many generated.
numbers() {
    sed -n 's/^  \([0-9]* states in [0-9]* steps, [0-9]* generated\).*/\1/p' "$dir/out"
}

explore 0 $bounds --jobs 1
whole=$(numbers)
states=${whole%% *}
[ "${states:-0}" -gt 10000 ] || wrong "that few states"
explore 0 $bounds --jobs 3 --max-memory 8MiB --spill "$dir"
[ "$(numbers)" = "$whole" ] || wrong "three jobs: $(numbers), not $whole"
[ -z "$(find "$dir" -mindepth 1 ! -name out ! -name err)" ] || wrong "files are left"

# Ended by a limit, twice.
explore 2 $bounds --max-states $((states / 3)) --checkpoint "$dir/kept"
grep -q "explore --resume $dir/kept" "$dir/out" || wrong "nothing about going on"
explore 2 --resume "$dir/kept" --max-states $((states * 2 / 3)) --jobs 3
explore 0 --resume "$dir/kept"
[ "$(numbers)" = "$whole" ] || wrong "in pieces: $(numbers), not $whole"

# Ended by the memory there is: more of it, and it goes on.
explore 2 --preset deep --max-memory 12MiB --checkpoint "$dir/full" --quiet
grep -q '^ended by --max-memory' "$dir/out" || wrong "the limit is not told"
ended=$(numbers | cut -d' ' -f1)
explore 66 --resume "$dir/full" --max-memory 8MiB
grep -q 'give more with --max-memory' "$dir/err" || wrong "the way out is not told"
explore 2 --resume "$dir/full" --max-memory 64MiB --max-states $((ended + 1000))
[ "$(numbers | cut -d' ' -f1)" -ge $((ended + 1000)) ] || wrong "it does not go on from $ended"

# More than there is time for, until it has begun; signals do there what they do at a terminal, not what
# they do in a shell's background.
begin() {
    rm -rf "$dir/hand"
    env --default-signal=INT,TERM,HUP "$emulator" explore --preset deep --max-time 100s \
        --checkpoint "$dir/hand" >"$dir/out" 2>"$dir/err" &
    pid=$!
    look $pid
}

# look PID: it handles SIGTERM, the last of those that it takes; so it searches.
look() {
    for _ in $(seq 600); do
        caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)
        [ $((0x${caught:-0} >> 14 & 1)) -eq 1 ] && return
        kill -0 "$1" 2>/dev/null || return
        sleep 0.1
    done
}

# Ended by hand.
for signal in INT TERM HUP; do
    begin
    kill -$signal $pid
    wait $pid
    code=$?
    [ $code -eq 2 ] || wrong "SIG$signal: exit code $code, not 2"
    grep -q '^interrupted' "$dir/out" || wrong "SIG$signal is not told"
    ended=$(numbers)
    explore 2 --resume "$dir/hand" --max-states 1
    [ "$(numbers | cut -d' ' -f1)" -ge "${ended%% *}" ] || wrong "it does not go on from $ended"
done

# ^C of explore | tee: tee is gone before all is told, which is more than a buffer holds.
rm -rf "$dir/hand"
mkfifo "$dir/pipe"
true <"$dir/pipe" &
reader=$!
env --default-signal=INT,PIPE "$emulator" explore --preset deep --max-time 100s --coverage \
    --checkpoint "$dir/hand" >"$dir/pipe" 2>"$dir/err" &
pid=$!
look $pid
wait $reader
kill -INT $pid
wait $pid
code=$?
[ $code -eq 74 ] || wrong "nobody reads: exit code $code, not 74"
explore 2 --resume "$dir/hand" --max-states 1

# Who starts it so that SIGINT is ignored, as a shell's background does, is obeyed.
env --ignore-signal=INT "$emulator" explore --preset deep --max-time 100s --checkpoint "$dir/deaf" \
    >"$dir/out" 2>"$dir/err" &
pid=$!
look $pid
grep -q '^SigIgn:.*[2367abef]$' /proc/$pid/status || wrong "SIGINT is not ignored"
kill -TERM $pid
wait $pid

# Refused.
explore 64 --resume "$dir/kept" --crashes 2
explore 66 --resume "$dir/nowhere"
printf x | dd of="$dir/kept/state" bs=1 seek=100000 conv=notrunc 2>/dev/null
explore 66 --resume "$dir/kept"
grep -q "checkpoint $dir/kept: damaged" "$dir/err" || wrong "the damage is not told"
explore 73 $bounds --spill "$dir/nowhere"
grep -q "directory $dir/nowhere: " "$dir/err" || wrong "the directory is not named"

# A disk that is full.
if unshare -rm true 2>/dev/null; then
    mkdir "$dir/disk"
    timeout 120 unshare -rm sh -c "mount -t tmpfs -o size=100k none '$dir/disk' &&
        exec '$emulator' explore $bounds --spill '$dir/disk'" >"$dir/out" 2>"$dir/err"
    code=$?
    [ $code -eq 73 ] || wrong "a full disk: exit code $code, not 73"
    grep -q "directory $dir/disk: write: No space left on device" "$dir/err" ||
        wrong "the full disk is not named"
else
    echo "without a mount namespace: no full disk"
fi
exit $failed
