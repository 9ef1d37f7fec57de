#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# table-explore.md anew: every line of explored.txt is explored. Minutes.
#
#   explored-table.sh MUTANTS >tests/mutants/table-explore.md
set -eu
mutants=$1 here=$(dirname "$0")
bounds='--preset quick --crashes 0 --calm-every 0'
# mistake ID: its name and what is wrong, as the program lists them.
mistake() {
    RAFTLAB_MUTANT='?' "$mutants" 2>&1 | sed -nE "s/^  $1 +([^ ]+) +/\1: /p"
}
cat <<'END'
# What trying every schedule finds

Made by `explored-table.sh` of what `explored.txt` lists: the planted mistakes of the core that
`raft-emulator explore` finds, how many steps a shortest way to a broken promise has, which promise
that is, and how many different states were looked at. The bounds are those of `--preset quick
--crashes 0` and what is said. Not all of it is within `--preset standard`: features are switched on
or asked for, and those with `--servers 4` or `--spares` have another cluster. *sim*: the scenario that is written of the way is violated by whole nodes, too.

| | mistake | steps | broken | beyond the bounds | states | sim |
|---|---|---|---|---|---|---|
END
grep -E '^[A-Z][0-9]+ +[0-9]' "$here/explored.txt" | while read -r id steps sim options; do
    # shellcheck disable=SC2086
    said=$(RAFTLAB_MUTANT=$id "$mutants" explore $bounds $options --quiet --jobs 1 || true)
    broken=$(printf '%s\n' "$said" | sed -n "s/^violation after $steps steps: //p")
    states=$(printf '%s\n' "$said" | sed -n 's/^ *\([0-9]*\) states in .*/\1/p')
    printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$id" "$(mistake "$id")" "$steps" \
        "$(printf '%s' "$broken" | sed -E 's/[|][|]/or/g;
            s/assertion failed at [^:]*\/([a-z_]*\.c):[0-9]*/assertion in \1/')" \
        "$options" "$states" "$sim"
done
printf '\nNot found within bounds that take minutes:\n\n| | mistake | why |\n|---|---|---|\n'
grep -E '^[A-Z][0-9]+ +-' "$here/explored.txt" | while read -r id _ why; do
    printf '| %s | %s | %s |\n' "$id" "$(mistake "$id")" "$why"
done
