#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: every folder with C files has a README.md (tests/README.md is for all of tests), and what a
# README names is there: source files in backquotes, and the first word of each line in a block
# fenced as "```tree". So is the file that a heading in a header names ("/* pump.c */"), there or below.
set -euf
here=$(cd "$(dirname "$0")" && pwd)
. "$here/sources.sh"
cd "$1"
bad=0

# there FOLDER NAME: whether the file is seen from a README's folder or from where includes start.
# The one place where a * in a name is expanded.
there()
{
    set +f
    for root in "$1" . libraft libraft/include; do
        for path in "$root"/$2; do
            [ ! -e "$path" ] || { set -f; return 0; }
        done
    done
    set -f
    return 1
}

for folder in $(sources . '*.c' | grep -v '^tests/' | sed 's|/[^/]*$||' | sort -u); do
    if [ ! -f "$folder/README.md" ]; then
        echo "$folder: no README.md"
        bad=1
    fi
done

for readme in $(sources . README.md); do
    folder=$(dirname "$readme")
    for name in $(awk -f "$here/maps.awk" "$readme"); do
        there "$folder" "$name" || { echo "$readme: names $name, which is not there"; bad=1; }
    done
done

headings=$(sources . '*.h' | xargs grep -oE '^/\* [a-z0-9_]+\.c( \*/|:)' /dev/null |
    sed -E 's|:/\* ([a-z0-9_]+\.c).*| \1|')
while read -r header name; do
    [ -z "$header" ] || [ -n "$(find "$(dirname "$header")" -name "$name")" ] || {
        echo "$header: names $name, which is not there"
        bad=1
    }
done <<END
$headings
END
exit $bad
