#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: libraft compiles for a machine without an operating system (wasm32), with only the
# declarations of freestanding/ around it, and links into one module that asks its host for nothing
# but what allowed/host.txt names. What passes here could run in a browser tab.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/sources.sh"
for tool in clang wasm-ld; do
    if ! command -v $tool >/dev/null; then
        echo "skip: $tool is not installed"
        exit 77
    fi
done
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# libbsd's lists and trees are macros alone: they may be used as they are.
mkdir -p "$work/include/sys" "$work/include/bsd/sys"
: >"$work/include/bsd/sys/cdefs.h"
for header in queue.h tree.h; do
    cp "/usr/include/bsd/sys/$header" "$work/include/sys/"
done

resource=$(clang -print-resource-dir)/include
bad=0
for file in $(sources . '*.c' | grep '^libraft/' | grep -v '^libraft/base/panic\.c$'); do
    clang --target=wasm32 -std=gnu11 -ffreestanding -nostdinc -isystem "$here/freestanding" \
        -isystem "$work/include" -isystem "$resource" -D_GNU_SOURCE \
        -I. -Ilibraft -Ilibraft/include -Wall -Wextra -Werror -Wno-unused-function \
        -c -o "$work/$(echo "$file" | tr / _).o" "$file" || bad=1
done
[ $bad -eq 0 ] || exit 1

grep -v '^#' "$here/allowed/host.txt" >"$work/allowed"
wasm-ld --no-entry --no-gc-sections --export-all --allow-undefined-file="$work/allowed" -o "$work/libraft.wasm" \
    "$work"/*.o || exit 1
echo "libraft.wasm: $(wc -c <"$work/libraft.wasm") bytes"
