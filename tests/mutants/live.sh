#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A planted mistake is found on real processes, too, within as many runs: once with the assertions of
# the node, which may end it, and once by the first of its checkers alone, from the traces. Without
# the mistake the same program passes.
#
#   live.sh EMULATOR RAFTD RUNS ID SCENARIO CHECKER[|CHECKER...] TIMES
set -u
emulator=$1 raftd=$2 runs=$3 mutant=$4 scenario=$5 checkers=$6 times=$7
here=$(dirname "$0")
. "$here/hunt.sh"

fail() {
    echo "FAIL: $mutant: $*"
    exit 1
}

# found WHO CHECKERS VARIABLE=VALUE: or it is a failure.
found() {
    hunt_live "$scenario" "$2" "$times" "$3"
    case $? in
    0) echo "$mutant: run $tries, $1: $checker, made $met times: $line" ;;
    77) exit 77 ;;
    *) fail "$1: it survived $times runs, made $met times in the last: $line" ;;
    esac
}

rm -rf "$runs"
mkdir -p "$runs"
runs=$(cd "$runs" && pwd) # the nodes count there, from their own folders
alone=${checkers%%|*}
found "all together" "$checkers|noCrash" RAFTLAB_X=
found "$alone alone" "$alone" RAFTLAB_ALONE=any
name=$mutant mutant=none
! hunt_live "$scenario" '[a-zA-Z.]+' 1 || fail "$name: without the mistake it fails, too: $line"
