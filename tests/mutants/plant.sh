#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts the planted mistakes into copies of the files they stand in, or takes them out again.
#
#   plant.sh PATCH SOURCE INTO    copies of the files of SOURCE that PATCH names, planted
#   plant.sh --take PATCH SOURCE FROM    PATCH anew, from planted copies that were edited
set -eu

# files PATCH: their paths.
files() {
    sed -n 's|^+++ b/||p' "$1"
}

if [ "$1" = --take ]; then
    patch=$2 source=$3 from=$4
    (cd "$from" && find . -name '*.[ch]' | sed 's|^\./||' | LC_ALL=C sort) | while read -r file; do
        diff -u --label "a/$file" --label "b/$file" "$source/$file" "$from/$file" || [ $? -eq 1 ]
    done >"$patch.new"
    mv "$patch.new" "$patch"
    exit
fi

patch=$1 source=$2 into=$3
rm -rf "$into"
files "$patch" | while read -r file; do
    mkdir -p "$into/$(dirname "$file")"
    cp "$source/$file" "$into/$file"
done
if ! said=$(patch --strip=1 --fuzz=0 --batch --no-backup-if-mismatch --directory="$into" <"$patch"); then
    printf '%s\n' "$said" >&2
    echo "error: the mistakes of $patch do not fit the code any more" >&2
    echo "  fix: the hunks above were refused; plant them by hand in $into," >&2
    echo "       then: sh $0 --take $patch $source $into" >&2
    exit 1
fi
