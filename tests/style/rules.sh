#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: the table in libraft/README.md is whole: rules are numbered without a gap, each names the
# file that implements it and a case that shows it as text in, text out (a C test may stand beside,
# never alone), each of them cites the rule, and no rule is cited that is not in the table.
set -euf
here=$(cd "$(dirname "$0")" && pwd)
. "$here/sources.sh"
cd "$1"
table=libraft/README.md
bad=0

complain()
{
    echo "$table: $*"
    bad=1
}

# A plain name is a protocol case, TIER/NAME one of another tier, and a name with an ending a path
# from tests/ on.
case_file()
{
    case $1 in
    */*.*) echo "tests/$1" ;;
    */*) echo "tests/${1%/*}/cases/${1##*/}.txt" ;;
    *) echo "tests/protocol/cases/$1.txt" ;;
    esac
}

rows=$(awk -f "$here/rules.awk" "$table")
[ -n "$rows" ] || complain "no rule in it"
while read -r kind id rest; do
    case $kind in
    bad) complain "line $id: $rest" ;;
    code) [ -f "libraft/$rest" ] || [ -f "$rest" ] || complain "$id: no file $rest" ;;
    mute) complain "$id: no case in text, only programs" ;;
    case)
        file=$(case_file "$rest")
        if [ ! -f "$file" ]; then
            complain "$id: no case $file"
        elif ! grep -qE "$id([^0-9]|\$)" "$file"; then
            complain "$id: $file does not cite it"
        fi
        ;;
    esac
done <<END
$rows
END

known=$(echo "$rows" | awk '$1 == "rule" { print $2 }')
for cited in $(sources . '*.c' '*.h' '*.txt' '*.sh' '*.md' '*.json' | xargs -r grep -ohE 'R-(STATE|ELEC|REPL|PERS|READ|XFER|MEMB|SNAP|CLI|INV|TIME)-[0-9]+' |
    sort -u | grep -vxF "$known"); do
    complain "$cited is cited and not in it"
done
exit $bad
