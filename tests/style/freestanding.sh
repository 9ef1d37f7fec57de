#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: libraft compiles for a machine without an operating system (wasm32), with only the
# declarations of freestanding/ around it. What passes here could run in a browser tab.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/sources.sh"
if ! command -v clang >/dev/null; then
    echo "skip: clang is not installed"
    exit 77
fi
cd "$1"
builtin=$(clang -print-resource-dir)/include
bad=0
for file in $(sources . '*.c' | grep '^libraft/' | grep -v '^libraft/base/panic\.c$'); do
    clang --target=wasm32 -std=gnu11 -O1 -ffreestanding -nostdinc -isystem "$here/freestanding" \
        -isystem "$builtin" -D_GNU_SOURCE -I. -Ilibraft -Ilibraft/include -Wall -Wextra -Werror \
        -c -o /dev/null "$file" || bad=1
done
exit $bad
