#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A planted mistake is found by its scenario in as many seeds: once as the program is, where an
# assertion may be the first to object, or a node give itself up; and once by the first of its
# checkers alone, from the traces, while everything else looks away.
#
#   killed.sh MUTANTS RUNS ID SCENARIO CHECKER[|CHECKER...] SEEDS
set -u
mutants=$1 runs=$2 mutant=$3 scenario=$4 checkers=$5 seeds=$6
here=$(dirname "$0")
. "$here/hunt.sh"

fail() {
    echo "FAIL: $mutant: $*"
    exit 1
}

# missed WHO: and why.
missed() {
    case $met in
    0) fail "$1: vacuous: the mistake was never made in $seeds seeds: $line" ;;
    *) fail "$1: it survived $seeds seeds, made $met times: $line" ;;
    esac
}

rm -rf "$runs"
mkdir -p "$runs"
hunt "$scenario" "$checkers|noCrash" 1 "$seeds" || missed "all together"
echo "$mutant: seed $tries, $checker, made $met times: $line"
alone=${checkers%%|*}
hunt "$scenario" "$alone" 1 "$seeds" RAFTLAB_ALONE="$alone" || missed "$alone alone"
[ "$checker" = "$alone" ] || fail "$alone alone: $line"
echo "$mutant: seed $tries, $alone alone, made $met times: $line"
[ "$scenario" = swarm ] || hunt "$scenario" "$checkers" "$tries" "$tries" RAFTLAB_MUTANT=none
[ -z "$line" ] || [ "$scenario" = swarm ] || fail "it fails without the mistake, too: $line"
