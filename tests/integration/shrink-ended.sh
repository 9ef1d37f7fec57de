#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A shrinking that is ended in the middle: by the signal, as soon as it tells of runs. The exit code is
# its own.
#
#   shrink-ended.sh SIGNAL OUTPUT COMMAND...
set -u
signal=$1 output=$2
shift 2
env --default-signal=HUP "$@" >"$output" 2>&1 &
pid=$!
waited=0
until grep -q ' runs ' "$output" || [ $waited -eq 1200 ]; do
    waited=$((waited + 1))
    sleep 0.1
done
kill -$signal $pid
wait $pid
