#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: no dead files. Every C file is named in a CMakeLists.txt, every header is included.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/sources.sh"
cd "$1"
{
    sources . CMakeLists.txt '*.cmake' | while read -r list; do
        sed 's/#.*//' "$list" | grep -o '[A-Za-z0-9_./{}$-]*\.c\>' | sed "s|^|listed $(dirname "$list") |"
    done
    sources . '*.c' '*.h' | xargs sed -n 's/^ *# *include *"\([^"]*\)".*/included \1/p' /dev/null
    sources . '*.c' '*.h' | grep -v '^tests/style/freestanding/' | sed 's/^/file /'
} | awk '
    $1 == "listed" {
        path = $2 "/" $3
        if (sub(/.*[$][{]CMAKE_SOURCE_DIR[}]\//, "", path) == 0)
            sub(/^\.\//, "", path)
        while (sub(/[^\/]+\/\.\.\//, "", path))
            ; # a/../b is b
        listed[path] = 1
    }
    $1 == "included" { included[$2] = 1 }
    $1 == "file" && $2 ~ /\.c$/ && !($2 in listed) {
        print $2 ": in no CMakeLists.txt"
        bad = 1
    }
    $1 == "file" && $2 ~ /\.h$/ {
        n = split($2, parts, "/")
        name = parts[n]
        found = name in included
        for (i = n - 1; i >= 1; i--) {
            name = parts[i] "/" name
            if (name in included)
                found = 1
        }
        if (!found) {
            print $2 ": nothing includes it"
            bad = 1
        }
    }
    END { exit bad }'
