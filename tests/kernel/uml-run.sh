#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a command inside User-Mode Linux: another kernel, as an ordinary process, with this file
# system as its own. For what this machine's kernel lacks (sch_netem) and for nothing else.
#
#   uml-run.sh [-t SECONDS] [-m MEMORY] [-M "MODULE..."] [-P LIBRARY] COMMAND [ARGUMENT...]
#
# -P preloads a library into User-Mode Linux itself (uml_xstate.c), not into the command.
# -S REASON skips, saying why.
# The command runs in the current directory and its exit code is ours; stdout and stderr come out
# as one stream on stdout. Ours are 77 (no User-Mode Linux here, with the reason), 124 (time is
# up), 125 (the kernel did not get that far; its last words are on stderr).
set -u

limit=120
memory=512M
modules="veth bridge sch_netem sch_htb cls_bpf sch_ingress act_mirred"
preload=
skip=
while getopts t:m:M:P:S: option; do
    case $option in
    t) limit=$OPTARG ;;
    m) memory=$OPTARG ;;
    M) modules=$OPTARG ;;
    P) preload=$OPTARG ;;
    S) skip=$OPTARG ;;
    *) exit 64 ;;
    esac
done
shift $((OPTIND - 1))
skip()
{
    echo "skip: $1"
    exit 77
}
[ -z "$skip" ] || skip "$skip"
if [ $# -eq 0 ]; then
    sed -n 's/^#   \(uml-run\)/usage: \1/p' "$0" >&2
    exit 64
fi

uml=$(command -v linux.uml) || skip "linux.uml is not installed (package user-mode-linux)"
PATH=$PATH:/usr/sbin:/sbin
command -v insmod >/dev/null || skip "insmod is not installed (package kmod)"
command -v ip >/dev/null || skip "ip is not installed (package iproute2)"

own=
if [ "$(id -u)" -ne 0 ]; then
    own="--user --map-current-user"
    unshare $own --pid --fork true 2>/dev/null || skip "user namespaces are not available here"
fi

dir=$(mktemp -d "${TMPDIR:-/tmp}/uml.XXXXXX") || exit 125
trap 'rm -rf "$dir"' EXIT

# Each argument in single quotes, for a shell to read.
quote()
{
    for word; do
        printf "'%s' " "$(printf %s "$word" | sed "s/'/'\\\\''/g")"
    done
}

# The first and only program of the other kernel. Everything it needs is mounted fresh, the root is
# this machine's, live; so it writes only its exit code, below $dir.
{
    echo '#!/bin/sh'
    echo 'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root'
    cat <<'INIT'
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs -o size=25% tmpfs /run
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/shm /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t devpts devpts /dev/pts
# modules.dep: "kernel/net/sched/sch_x.ko: what it needs, the last one first"
load()
{
    base=/usr/lib/uml/modules/$(uname -r)
    line=$(grep "/$1\.ko:" "$base/modules.dep") || return 0
    files=
    for file in ${line%%:*} ${line#*:}; do
        files="$file $files"
    done
    for file in $files; do
        insmod "$base/$file" 2>/dev/null
    done
}
INIT
    echo "for module in $modules; do load \$module; done"
    echo 'ip link set lo up'
    echo 'stty -F /dev/tty1 raw -echo 2>/dev/null'
    echo "cd $(quote "$PWD") || exit 125"
    echo "( $(quote "$@")) </dev/null >/dev/tty1 2>&1"
    echo "echo \$? >$dir/exit-code"
    echo 'sync'
    echo 'poweroff -f 2>/dev/null || echo o >/proc/sysrq-trigger'
    echo 'sleep 5'
} >"$dir/init"
chmod +x "$dir/init"

# A PID namespace around it: killing User-Mode Linux's first process leaves its helpers behind.
# Its memory is a sparse file in TMPDIR. Console 0 is the kernel's, console 1 the command's.
exec 3>&1
TMPDIR=$dir setpriv --pdeathsig KILL unshare $own --pid --fork --kill-child=KILL \
    timeout -k 1 "$limit" ${preload:+env "LD_PRELOAD=$preload"} \
    "$uml" "mem=$memory" root=/dev/root rootfstype=hostfs rootflags=/ rw quiet "init=$dir/init" \
    "uml_dir=$dir/" umid=u con=null con0=null,fd:1 con1=null,fd:3 \
    </dev/null >"$dir/boot" 2>&1 &
pid=$!
trap 'kill -KILL "$pid" 2>/dev/null; wait "$pid"; exit 143' TERM INT HUP
wait "$pid"
status=$?
if [ -s "$dir/exit-code" ]; then
    exit "$(cat "$dir/exit-code")"
fi
if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
    echo "uml-run: killed after ${limit}s" >&2
    exit 124
fi
tail -n 20 "$dir/boot" >&2
exit 125
