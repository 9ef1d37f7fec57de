#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every shipped scenario that can be simulated, with a fixed seed, twice: every check holds, and both
# runs are the same, byte for byte.
#
#   sim-twice.sh EMULATOR SCENARIOS RUNS
set -u
emulator=$1 scenarios=$2 runs=$3
rm -rf "$runs"
said=$("$emulator" sim "$scenarios" --seed 1 --twice --quiet --runs "$runs" --keep never 2>&1)
code=$?
printf '%s\n' "$said" | grep -E '^[^ ]|unseed|FAIL|UNKNOWN|VACUOUS|reproduce'
[ $code -eq 0 ] || { echo "exit code $code"; exit 1; }
simulated=$(printf '%s\n' "$said" | grep -c 'PASS     deterministic')
[ "$simulated" -ge 10 ] || { echo "only $simulated scenarios were simulated"; exit 1; }
