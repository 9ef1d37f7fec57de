#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a test as the user nobody: as-nobody.sh PROGRAM [ARGUMENT...]. Exit code 77 where that is
# not possible, with the reason.
set -u
nobody=65534

skip()
{
    echo "skip: $1"
    exit 77
}
[ "$(id -u)" -eq 0 ] || skip "not root: the other run of this test has no privileges already"
command -v setpriv >/dev/null || skip "setpriv is not installed (package util-linux)"
as_nobody="setpriv --reuid=$nobody --regid=$nobody --clear-groups"
$as_nobody true 2>/dev/null || skip "this root cannot become another user"
$as_nobody test -r "$1" -a -x "$1" || skip "the user nobody cannot reach $1"
cd /
exec $as_nobody "$@"
