#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every shipped scenario runs in both worlds and is compared there (scenario.sh), or one of them says why
# it cannot run it: then it is listed here with the reason.
#
#   worlds.sh EMULATOR SCENARIOS COMPARED...
set -u
emulator=$1 scenarios=$2
shift 2
failed=0

compared() {
    name=$1
    shift
    for one in "$@"; do
        [ "$one" = "$name" ] && return 0
    done
    return 1
}

for file in "$scenarios"/*/*.json; do
    name=$(basename "$file" .json)
    compared "$name" "$@" && continue
    if grep -q '"run": *"sim"' "$file"; then
        echo "only simulated: $name: it says so; $("$emulator" show "$name" 2>/dev/null | head -1)"
        continue
    fi
    if grep -q '"sut":' "$file"; then
        echo "only live: $name: its nodes are not this laboratory's own (others.sh)"
        continue
    fi
    reason=$("$emulator" validate "$file" 2>&1 | sed -n 's/.*not here: //p; s/.*\(does not run in the live world\).*/\1/p' | head -1)
    if [ -n "$reason" ]; then
        echo "only simulated: $name: $reason"
    else
        echo "FAIL: $name runs on real processes, and nothing compares the worlds: tests/integration/CMakeLists.txt"
        failed=1
    fi
done
exit $failed
