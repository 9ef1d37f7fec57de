#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs one scenario as an ordinary user.
#
#   scenario-as-nobody.sh EMULATOR SCENARIO
set -u
here=$(dirname "$0")
dir=$(mktemp -d /tmp/raftlab-nobody.XXXXXX) || exit 70
trap 'rm -rf "$dir"' EXIT
chmod 0777 "$dir"
"$here/scenario.sh" "$here/as-nobody.sh" "$1" run "$2" --runs "$dir/runs" --net user
