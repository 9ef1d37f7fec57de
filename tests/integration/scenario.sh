#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a scenario until its verdict is known. A run whose verdict is unknown (exit code 2) is run
# again, a few times, if it says of the laboratory itself that it was at fault: the result "harness"
# of its verdict.json (links that were late, a trace with gaps, a host that stalled). Every other
# verdict stands: a step whose wait ran out on an idle machine is the cluster's fault.
#
#   scenario.sh EMULATOR run NAME --runs DIR [...]
set -u
runs=
before=
for word in "$@"; do
    [ "$before" = --runs ] && runs=$word
    before=$word
done
[ -n "$runs" ] || { echo "scenario.sh: --runs is missing"; exit 64; }

for attempt in 1 2 3 4 5; do
    rm -f "$runs/latest"
    "$@"
    code=$?
    [ "$code" -eq 2 ] || exit "$code"
    grep -q '"name":"harness"' "$runs/latest/verdict.json" 2>/dev/null || {
        echo "scenario.sh: unknown, and the laboratory was not at fault"
        exit "$code"
    }
    echo "scenario.sh: attempt $attempt: unknown, the laboratory was at fault; once more"
done
exit "$code"
