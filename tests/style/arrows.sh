#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: every #include and every LINKS line is an arrow that arrows.txt allows.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/sources.sh"
cd "$1"
{
    grep -v '^#' "$here/arrows.txt"
    sources . '*.h' | sed 's/^/header /'
    sources . '*.c' '*.h' | xargs grep -Hn '^ *# *include' /dev/null | sed 's/^/include /'
    sources . CMakeLists.txt | while read -r list; do
        sed -e 's/#.*//' -e 's/[()]/ & /g' "$list" | tr '\n' ' ' |
            grep -o 'raftlab_\(library\|program\) *([^)]*)' | sed "s|^|target $list |"
    done
} | awk -f "$here/arrows.awk"
