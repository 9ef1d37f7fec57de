#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every code of an error that raftd or raftctl can print, and every exit code, is explained, with
# what to do: they are taken from the sources.
#
#   raftctl-codes.sh RAFTCTL SOURCE_DIR
set -u
raftctl=$1
cd "$2" || exit 70
bad=0

sources() { find "$@" -name '*.[ch]' ! -name explain.c -exec cat {} +; }

# Where nodes begin an error: "CODE sentence"; words of help that look alike are no codes.
nodes() {
    help='CODE|DIR|EXEC|FORCED|FORWARD|GET|HUP|INDEXED|JSON|RAFT|RECOVERED|SNAPSHOT|STEPDOWN'
    sources libraft raftd | grep -oE '"[A-Z]{3,} [^"]' | cut -c 2- | cut -d ' ' -f 1 |
        grep -vxE "$help"
    # "%s sentence", the code beside it
    sources libraft raftd | tr '\n' ' ' | grep -oE 'respw_errorf\([^;]*;' | grep -oE '"[A-Z]{3,}"'
}
# Names that raftctl gives, and those of nodes that it has exit codes for.
mine() {
    sources raftctl | tr '\n' ' ' | grep -oE 'failure_set\([^;]*;' | grep -oE '"[A-Z]{2,}"'
    sed -n '/ codes\[\] = {/,/^};/p' raftctl/ask.c | grep -oE '"[A-Z]{3,}",' | tr -d ,
}
exits() { sed -n '/^enum ctl_exit {/,/^};/p' raftctl/verbs.h | grep -oE '= [1-9][0-9]*' | tr -d '= '; }

for list in nodes mine exits; do
    count=0
    for code in $($list | tr -d '"' | sort -u); do
        count=$((count + 1))
        if ! text=$("$raftctl" explain "$code" 2>&1); then
            echo "$code is not explained"
            bad=1
        elif ! printf '%s\n' "$text" | grep -q '^  fix: '; then
            echo "of $code it is not said what to do"
            bad=1
        fi
    done
    if [ $count -lt 10 ]; then # what is looked for stands elsewhere by now
        echo "only $count codes of $list were found in the sources"
        bad=1
    fi
done
exit $bad
