#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: every folder with C files has a README.md, and what a README names is there: source files
# in backquotes, and the first word of each line in a block fenced as "```tree".
set -euf # names may hold a *, which only there()
(
    set +f
    for root in "$(dirname "$1")" . libraft libraft/include; do
        for path in "$root"/$2; do
            [ ! -e "$path" ] || exit 0
        done
    done
    exit 1
)

for readme in $(sources . README.md); do
    for name in $(awk -f "$here/maps.awk" "$readme"); do
        there "$readme" "$name" || { echo "$readme: names $name, which is not there"; bad=1; }
    done
done
exit $bad
