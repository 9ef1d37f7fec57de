#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Kills raft-emulator with SIGKILL at many moments of its runs, and each time finds nothing of it left:
# no process, no namespace, no device, no mount, no file but those of its result. Some are several runs at
# once.
#
#   lab-leak.sh EMULATOR [SEED [MOMENTS]]
#
# A moment is how far the run has come (so many processes, so many faults), drawn from the seed, never
# a time: a slow machine is killed at the same ones. As root, and as an ordinary user in turn.
set -u
emulator=$1 seed=${2-7} moments=${3-20}
here=$(cd "$(dirname "$0")" && pwd)
nobody=65534
limit=3000 # fiftieths of a second for anything to happen

dir=$(mktemp -d /tmp/raftlab-leak.XXXXXX) || exit 70
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
chmod 0755 "$dir"
cp "$here/leak.json" "$dir"
cd "$dir" || exit 70 # so that only the run names the directory, and nothing of this script
pwd >pattern

random=$seed
draw() { # draw LOW HIGH: both included, into $drawn
    random=$(((random * 1103515245 + 12345) % 2147483648))
    drawn=$(($1 + random / 65536 % ($2 - $1 + 1)))
}

users=self
if [ "$(id -u)" -eq 0 ]; then
    ordinary="setpriv --reuid=$nobody --regid=$nobody --clear-groups"
    if $ordinary test -x "$emulator" -a -r leak.json 2>/dev/null; then
        users="root nobody"
    else
        echo "lab-leak: not as an ordinary user: setpriv is missing, or cannot reach $emulator"
        users=root
    fi
fi

devices() { ls /sys/class/net | wc -l; }
mounts() { wc -l </proc/mounts; }
ours() { # processes whose command line names this test's directory, which its own does not
    grep -laF -f pattern /proc/[0-9]*/cmdline 2>/dev/null | sed 's/[^0-9]//g'
}
# Those that a process lets go when it ends: of pid and user namespaces something is seen until
# whoever inherited a dead process has asked for its exit code.
namespaces() { # of the processes named
    for p; do
        # shellcheck disable=SC2086 # may be a pattern
        readlink /proc/$p/ns/net /proc/$p/ns/mnt /proc/$p/ns/ipc /proc/$p/ns/uts
    done 2>/dev/null | sort -u
}
away() { # namespaces of the run that are not those of everybody
    # shellcheck disable=SC2046 # a list of numbers
    namespaces $(ours) | grep -vxF -f everybodys
}
still() { # those seen that anything on this machine still is in, or a mount keeps
    {
        namespaces '[0-9]*'
        grep -o '[a-z]*:\[[0-9]*\]' /proc/self/mountinfo
    } | grep -xF -f seen | sort -u
}
files() { find tmp run -mindepth 1; }
nothing_left() {
    [ -z "$(ours)" ] && [ -z "$(still)" ] && [ -z "$(files)" ] && [ "$(devices)" -eq "$dev" ] &&
        [ "$(mounts)" -eq "$mnt" ]
}
processes_are() { [ "$(ours | wc -l)" -ge "$1" ]; }
faults_are() { [ "$(cat runs/*/faults.ndjson 2>/dev/null | wc -l)" -ge "$1" ]; }
wait_for() { # wait_for WORDS COMMAND...: until the command succeeds
    words=$1
    shift
    n=0
    until "$@"; do
        n=$((n + 1))
        [ "$n" -gt "$limit" ] && { echo "FAIL: $words did not happen"; return 1; }
        sleep 0.02
    done
}

# start USER ARGUMENT...: a run, as that user, with directories of its own.
start() {
    user=$1
    shift
    mkdir runs tmp run
    as=
    if [ "$user" = nobody ]; then
        chown $nobody runs tmp run
        as=$ordinary
    fi
    TMPDIR="$dir/tmp" XDG_RUNTIME_DIR="$dir/run" $as "$emulator" run "$dir/leak.json" \
        --runs "$dir/runs" --net user "$@" >out 2>&1 &
    pid=$!
}

# killed WHAT...: it is killed now, and nothing may be left.
killed() {
    away >seen
    kill -9 "$pid" 2>/dev/null || { echo "FAIL: it was over before it was killed"; tail -5 out; exit 1; }
    wait "$pid" 2>/dev/null
    pid=
    wait_for "cleaning up after SIGKILL ($*)" nothing_left || {
        echo "processes: $(ours)"
        echo "namespaces: $(still); files: $(files)"
        echo "devices $dev -> $(devices), mounts $mnt -> $(mounts)"
        exit 1
    }
    echo "nothing left: $*, $(wc -l <seen) namespaces"
    rm -rf runs tmp run
}

echo "lab-leak: seed $seed"
namespaces self >everybodys
dev=$(devices) mnt=$(mounts) moment=0
: >seen.all
while [ "$moment" -lt "$moments" ]; do
    for user in $users; do
        moment=$((moment + 1))
        several=
        case $((moment / 2 % 4)) in
        0)
            draw 1 7
            what="processes_are $drawn"
            ;;
        1)
            several="--jobs 3 --repeat 3"
            draw 2 18
            what="processes_are $drawn"
            ;;
        *)
            draw 1 12
            what="faults_are $drawn"
            ;;
        esac
        # shellcheck disable=SC2086 # options, or none
        start "$user" $several
        # shellcheck disable=SC2086 # a command and its argument
        wait_for "$what" $what || { tail -5 out; exit 1; }
        killed "$user, $what${several:+, $several}"
        cat seen >>seen.all
    done
done
# What never had anything of its own would leave nothing, either.
[ "$(grep -c '^net:' seen.all)" -ge $((moments * 3 / 2)) ] ||
    { echo "FAIL: hardly a namespace was seen: $(wc -l <seen.all)"; exit 1; }
