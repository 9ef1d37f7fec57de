#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a scenario until its verdict is known: a run that says of itself that it proves nothing (exit
# code 2, the machine was too busy for the links to be truthful) is run again, a few times. Every
# other verdict stands.
#
#   scenario.sh COMMAND...
set -u
for attempt in 1 2 3 4 5; do
    "$@"
    code=$?
    [ "$code" -eq 2 ] || exit "$code"
    echo "scenario.sh: attempt $attempt: unknown; once more"
done
exit "$code"
