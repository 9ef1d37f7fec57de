#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Rule: C is formatted as .clang-format says. Mend with: clang-format -i FILE.
set -eu
. "$(dirname "$0")/sources.sh"
if ! command -v clang-format >/dev/null; then
    echo "skip: clang-format is not installed"
    exit 77
fi
cd "$1"
sources . '*.c' '*.h' | xargs clang-format --dry-run -Werror 2>&1 || exit 1
