# SPDX-License-Identifier: GPL-3.0-or-later
# Which files the rules look at. Walks the tree: a source archive has no git.

# sources ROOT NAME...: files below the source folders whose name fits one of the patterns, as paths
# relative to ROOT.
sources()
{
    root=$1
    shift
    patterns=
    for name; do
        patterns="$patterns -o -name $name"
    done
    set -f # the patterns are for find, not for the shell
    (cd "$root" && find . -path ./build -prune -o -path ./.git -prune -o -path ./runs -prune \
        -o -path ./tests/style/fixtures -prune \
        -o -type f \( -false $patterns \) -print) | sed 's|^\./||' | sort
    set +f
}
