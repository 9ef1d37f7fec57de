#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The graph walked from a pipe: what is typed is done, mistakes are 64. And whatever way was gone, the
# protocol's runner goes it, too, to the same states and messages: the explorer's host does what that
# one does.
#
#   explore-walk.sh EMULATOR PROTOCOL-RUNNER DIR
set -u
emulator=$1 runner=$2 dir=$3
rm -rf "$dir"
mkdir -p "$dir"
fail() { echo "$1"; cat "$dir/said.txt"; exit 1; }
# session EXIT-CODE COMMAND...
session() {
    want=$1; shift
    printf '%s\n' "$@" | "$emulator" explore --walk >"$dir/said.txt" 2>&1
    code=$?
    [ $code -eq "$want" ] || fail "exit code $code, not $want, after: $*"
}
said() { grep -q -- "$1" "$dir/said.txt" || fail "not said: $1"; }

session 0 list 1 state 'state n1' invariants 'random 5 3' path 'why n1' 'back 3' help quit
said 'campaign for term 1'
said '^after 3 steps:$'
said '^  role  *candidate  *follower  *follower$'
said '^n1 candidate term 1 vote n1 leader nobody last {0,0} durable 0 commit 0$'
said '^election safety: n1 has votes of term 1 from n1'
said '^left: '
session 0 '# nothing' ''
session 64 1 foo
said '^error: foo: no such command; help shows all$'
session 64 99
session 64 'back 1'
session 64 'why n4'
session 64 'random many'
session 64 'random 5 y'
session 64 'random 1 1' 'random 1 1' 'back 1 2'
session 0 'random 9999 1'
said '^nothing can happen any more$'
session 64 case

# Every kind of decision is listed once, met or not.
"$emulator" explore --max-depth 4 --coverage --quiet >"$dir/said.txt"
[ $? -eq 2 ] || fail "not ended by its limit"
said '^decisions, in different transitions: '
said '^ *[1-9][0-9]*  campaign for term A$'
said '^              nX may campaign for term A: pre-vote granted$'

# replays BOUNDS...: ten ways through them.
seed=0
many='1 2 3 4 5 6 7 8 9 10'
replays() {
    for _ in $many; do
        seed=$((seed + 1))
        printf 'random 70 %s\n' $seed | "$emulator" explore --walk "$@" >"$dir/way.txt" ||
            fail "seed $seed of $*: something is broken: $(tail -1 "$dir/way.txt")"
        printf 'random 70 %s\ncase\n' $seed | "$emulator" explore --walk "$@" |
            sed -n '/^# nothing is broken$/,$p' >"$dir/case.txt"
        [ "$(grep -c '^# [0-9]*\. ' "$dir/case.txt")" -gt 5 ] || fail "seed $seed of $*: no case"
        "$runner" "$dir/case.txt" >"$dir/said.txt" || fail "seed $seed of $* goes another way"
    done
}
all="--timeouts 20 --beats 20 --heartbeats 20 --old-messages 20 --entries 4 --drops 5 --duplicates 5"
all="$all --reorders 5"
all="$all --crashes 9 --restarts 9 --late-syncs 9 --transfers 3 --images 3 --reads 3"
# shellcheck disable=SC2086
{
    replays $all --terms 5
    replays $all --terms 5 --pre-vote --check-quorum
    replays $all --terms 5 --spares 2 --learners 1 --changes 4 \
        --kinds add,promote,remove,self,demote,swap
    replays $all --terms 5 --servers 2 --spares 1 --changes 3 --kinds add,promote,self --no-stale \
        --pre-vote
    replays $all --terms 5 --check-quorum --lease
}
