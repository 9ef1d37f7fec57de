#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What is made of raftctl's table of verbs agrees with it: the manual page's sections, the help of
# every verb, and completion, also as bash does it.
#
#   raftctl-table.sh RAFTCTL raftctl.1 [--write]
#
# --write: puts the two sections into the manual page as they are now.
set -u
raftctl=$1
page=$2
unset RAFTCTL_ENDPOINTS
export XDG_CONFIG_HOME=/nonexistent
dir=$(mktemp -d) || exit 70
trap 'rm -rf "$dir"' EXIT
die() {
    echo "FAIL: $*"
    exit 1
}

"$raftctl" manual >"$dir/sections" || die "raftctl manual"
if [ "${3:-}" = --write ]; then
    awk -v sections="$dir/sections" '
        /^\.SH VERBS$/ { while ((getline line < sections) > 0) print line; skip = 1 }
        /^\.SH / && !/^\.SH (VERBS|OPTIONS)$/ { skip = 0 }
        !skip' "$page" >"$dir/page" && cat "$dir/page" >"$page"
    exit
fi
awk '/^\.SH / { on = /^\.SH (VERBS|OPTIONS)$/ } on' "$page" >"$dir/page"
diff "$dir/page" "$dir/sections" >"$dir/diff" ||
    die "$page is stale: raftctl-table.sh RAFTCTL raftctl.1 --write; $(head -n 5 "$dir/diff")"

# Every line of help names a verb that has a help of its own, and completion knows it.
"$raftctl" --help | awk '/^verbs$/ { on = 1; next } /^$/ { on = 0 } on' >"$dir/verbs"
[ "$(wc -l <"$dir/verbs")" -gt 20 ] || die "hardly any verbs"
"$raftctl" completion words -- '' | cut -f1 | sort >"$dir/offered"
while read -r first second _; do
    grep -qx "$first" "$dir/offered" || die "completion does not offer $first"
    if "$raftctl" "$first" "$second" --help >"$dir/help" 2>&1 &&
        head -n 1 "$dir/help" | grep -q "^usage: raftctl $first $second\( \|\$\)"; then
        "$raftctl" completion words -- "$first" '' | cut -f1 | grep -qx -- "$second" ||
            echo "$second" | grep -q '^[[A-Z-]' || die "completion does not offer $first $second"
        continue
    fi
    "$raftctl" "$first" --help | head -n 1 | grep -q "^usage: raftctl $first" ||
        die "$first has no help"
done <"$dir/verbs"
while read -r word; do
    grep -q "^  $word " "$dir/verbs" || die "completion offers $word, which help does not have"
done <"$dir/offered"

# Options: all of them, the verb's own among them, and none of another verb's.
"$raftctl" completion words -- get -- | cut -f1 >"$dir/options"
grep -qx -- --must-exist "$dir/options" || die "get --must-exist is not offered"
grep -qx -- --force "$dir/options" && die "get --force is offered"
"$raftctl" completion words -- get k -o js | cut -f1 | tr '\n' ' ' | grep -qx 'json jsonl ' ||
    die "the forms of output are not offered"
"$raftctl" -e nowhere:1 transfer n1 --to-best 2>/dev/null
[ $? -eq 64 ] || die "to a node and to the best"
"$raftctl" -e nowhere:1 txn </dev/null 2>&1 | grep -q 'there are no commands' || die "an empty txn"
"$raftctl" completion words -- data inspect '' | grep -qx ':files' || die "data inspect: no files"

# As bash asks.
for shell in bash zsh fish; do
    "$raftctl" completion "$shell" >"$dir/$shell" && [ -s "$dir/$shell" ] || die "completion $shell"
    if ! command -v "$shell" >/dev/null; then
        echo "note: no $shell here to read its completion"
        continue
    fi
    "$shell" -n "$dir/$shell" || die "$shell does not understand its completion"
done
mkdir "$dir/bin" && ln -s "$raftctl" "$dir/bin/raftctl"
PATH="$dir/bin:$PATH" bash -c '
    source "$1"
    at() { # at LINE WORD...: as bash splits the line, up to the cursor at its end
        COMP_LINE=$1 COMP_POINT=${#1}
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _raftctl raftctl "$(printf %s "${!#}" | tr -d =:)"
    }
    at "raftctl member rem" raftctl member rem
    echo "${COMPREPLY[*]}"
    at "raftctl wait node=n1:le" raftctl wait node = n1 : le
    echo "${COMPREPLY[*]}"
    at "raftctl wait node=n1:" raftctl wait node = n1 :
    echo "${COMPREPLY[*]}"
    at "raftctl wait  node=n1:caught-" raftctl wait node = n1 : caught-
    echo "${COMPREPLY[*]}"
    at "raftctl wait ca" raftctl wait ca
    echo "${COMPREPLY[*]}"
    at "raftctl " raftctl ""
    printf "%s\n" "${COMPREPLY[@]}" | sort >"$2"' - "$dir/bash" "$dir/bash.offered" >"$dir/out"
cat >"$dir/wanted" <<'END'
remove
leader learner
leader follower candidate learner down caught-up caught-up=
caught-up caught-up=
caught-up caught-up=
END
diff "$dir/wanted" "$dir/out" || die "bash completes otherwise"
diff "$dir/bash.offered" "$dir/offered" || die "bash offers other verbs"
echo "one table"
