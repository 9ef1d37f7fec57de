#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# COUNT namespaces on one bridge as a script makes them: a command for each namespace, device, address.
# Prints "UP DOWN", seconds each took. All of it in a network and a mount namespace of its own.
#
#   iproute_up.sh COUNT
set -eu
if [ "${2-}" != inside ]; then
    exec unshare --net --mount --propagation private "$0" "$1" inside
fi
count=$1
mount -t tmpfs none /run
now() { date +%s.%N; }

began=$(now)
ip link add br0 type bridge
ip link set br0 up
i=1
while [ "$i" -le "$count" ]; do
    ip netns add "h$i"
    ip link add "v$i" type veth peer name eth0 netns "h$i"
    ip link set "v$i" master br0 up
    ip -n "h$i" addr add "10.0.$((i / 200)).$((i % 200 + 1))/16" dev eth0
    ip -n "h$i" link set eth0 up
    i=$((i + 1))
done
up=$(now)
i=1
while [ "$i" -le "$count" ]; do
    ip netns del "h$i"
    i=$((i + 1))
done
ip link del br0
echo "$began $up $(now)" | awk '{ printf "%.6f %.6f\n", $2 - $1, $3 - $2 }'
