#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: no call and no word of words.txt, block comments only, the licence on the first line.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/sources.sh"
cd "$1"
sources . '*.c' '*.h' | xargs awk -f "$here/words.awk" "$here/words.txt" || exit 1
