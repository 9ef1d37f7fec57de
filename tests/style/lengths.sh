#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: files stay under 600 lines, functions under 70, lines under 100 columns.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/sources.sh"
cd "$1"
sources . '*.c' '*.h' | LC_ALL=C xargs awk -f "$here/lengths.awk" || exit 1
