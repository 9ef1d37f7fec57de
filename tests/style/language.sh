#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: scenarios/LANGUAGE.md is whole: every action, condition, checker, counter, selector and shape of
# the rows has its row there, with its parameters and what may be chosen, and no row is about another.
#   language.sh ROOT [EMULATOR]: with an emulator, also: the example in it is a scenario.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
rows=emulator/scenario
awk -f "$here/language.awk" $rows/vocab_words.h $rows/vocab_actions.h $rows/select.h \
    scenarios/LANGUAGE.md || exit 1
[ $# -gt 1 ] || exit 0
example=$(mktemp)
trap 'rm -f "$example"' EXIT
awk '/^```json$/ { on = 1; next } /^```/ && on { exit } on' scenarios/LANGUAGE.md >"$example"
"$2" validate "$example" || exit 1
