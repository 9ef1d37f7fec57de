#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bites.sh EXPECTED COMMAND...: a rule shown a bad tree must fail, and its complaints must hold every
# line of EXPECTED.
set -eu
expected=$1
shift
code=0
said=$("$@" 2>&1) || code=$?
echo "$said"
if [ $code -eq 77 ]; then
    exit 77
fi
if [ $code -ne 1 ]; then
    echo "this tree is bad, but the rule's exit code is $code"
    exit 1
fi
missed=0
while read -r line; do
    case $said in
    *"$line"*) ;;
    *) echo "not complained about: $line"; missed=1 ;;
    esac
done <"$expected"
exit $missed
