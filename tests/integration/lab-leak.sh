#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Kills raft-emulator with SIGKILL in the middle of a run, and then finds nothing of it left: no
# process, no namespace, no device, no mount.
#
#   lab-leak.sh EMULATOR RUNS_DIR
set -u
emulator=$1
runs=$2
limit=600 # tenths of a second for anything to happen

mkdir -p "$runs"
runs=$(mktemp -d "$runs/leak.XXXXXX") || exit 70
trap 'rm -rf "$runs"' EXIT

here=$(readlink /proc/self/ns/net)
devices() { ls /sys/class/net | wc -l; }
mounts() { wc -l </proc/mounts; }
ours() { # processes whose command line names this run's directory
    for p in /proc/[0-9]*; do
        tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep -q -- "$runs" && echo "${p#/proc/}"
    done | grep -v "^$$\$"
}
away() { # network namespaces, other than this one, that processes of the run are in
    for p in $(ours); do
        readlink "/proc/$p/ns/net"
    done 2>/dev/null | grep -vxF "$here" | sort -u
}
inside() { [ -n "$(away)" ]; }
still() { # those of $seen that anything on this machine still is in, or a mount keeps
    all=$(readlink /proc/[0-9]*/ns/net 2>/dev/null; grep -o 'net:\[[0-9]*\]' /proc/self/mountinfo)
    for ns in $seen; do
        echo "$all" | grep -qxF "$ns" && echo "$ns"
    done
}
wait_for() { # wait_for WORDS COMMAND...: until the command succeeds
    words=$1
    shift
    n=0
    until "$@"; do
        n=$((n + 1))
        [ "$n" -gt "$limit" ] && { echo "lab-leak: $words did not happen"; return 1; }
        sleep 0.1
    done
}
nothing_left() {
    [ -z "$(ours)" ] && [ -z "$(still)" ] && [ "$(devices)" -eq "$dev" ] &&
        [ "$(mounts)" -eq "$mnt" ]
}
elected() { grep -q becameLeader "$runs"/*/trace/n*.ndjson 2>/dev/null; }
give_up() {
    cat "$runs/out"
    kill -9 "$pid"
    exit 1
}

dev=$(devices) mnt=$(mounts)
for moment in early late; do
    "$emulator" run split-brain-5 --runs "$runs" --net user >"$runs/out" 2>&1 &
    pid=$!
    wait_for "a process in a namespace of its own" inside || give_up
    if [ "$moment" = late ]; then
        wait_for "an election" elected || give_up
        [ "$(ours | wc -l)" -ge 5 ] || { echo "lab-leak: no nodes were running"; give_up; }
    fi
    seen=$(away)
    [ -n "$seen" ] || { echo "lab-leak: the run was over before it was killed"; give_up; }
    kill -9 "$pid"
    wait "$pid" 2>/dev/null
    wait_for "cleaning up after SIGKILL ($moment)" nothing_left || {
        echo "processes: $(ours)"
        echo "namespaces: $(still), devices $dev -> $(devices), mounts $mnt -> $(mounts)"
        exit 1
    }
    rm -rf "$runs"/2*
    echo "lab-leak: $moment: nothing left of $(echo "$seen" | wc -l) namespaces"
done
