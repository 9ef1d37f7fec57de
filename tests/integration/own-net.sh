#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a test in a network of its own, where every port is free: own-net.sh PROGRAM [ARGUMENT...].
# Exit code 77 where there can be none, with the reason.
set -u
# An ordinary user owns a network only as the root of a user namespace.
user=
[ "$(id -u)" -eq 0 ] || user=--map-root-user
# shellcheck disable=SC2086 # no argument if empty
why=$(unshare $user --net ip link set lo up 2>&1) || { echo "skip: no network of its own: $why"; exit 77; }
# shellcheck disable=SC2086,SC2016 # the inner shell's own
exec unshare $user --net sh -c 'ip link set lo up && exec "$@"' own-net "$@"
