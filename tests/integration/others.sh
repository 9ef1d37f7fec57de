#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The shipped scenarios on systems that are not raftd come to the verdict they are known for. What is
# not installed is skipped.
#
#   others.sh EMULATOR
set -u
emulator=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
ran=0

# expect NAME EXIT PATTERN: the pattern must be in what it says. A machine that is too slow for the
# steps (unknown) is asked again.
expect() {
    for try in 1 2 3; do
        "$emulator" run "$1" --runs "$dir/runs" --keep never >"$dir/out" 2>&1
        code=$?
        [ $code = 2 ] || break
    done
    if [ $code = 77 ]; then
        echo "skip: $1: $(tail -1 "$dir/out")"
    elif [ $code = "$2" ] && grep -q "$3" "$dir/out"; then
        ran=$((ran + 1))
        grep "$3" "$dir/out" | cut -c1-300
    else
        echo "$1: exit $code instead of $2, or nothing about: $3"
        cat "$dir/out"
        exit 1
    fi
}

expect redis-sentinel-split-brain 1 "FAIL     linearizable .*had been acknowledged"
expect etcd-members 0 "PASS     linearizable"
expect etcd-split-brain 0 "PASS     linearizable"
[ $ran -gt 0 ] || exit 77
