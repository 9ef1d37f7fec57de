#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What raft-emulator prints: commands that a shell reads as they were meant, and no report of which
# a part is lost unnoticed.
#
#   emulator-says.sh EMULATOR
set -u
emulator=$1
dir=$(mktemp -d) || exit 70
trap 'rm -rf "$dir"' EXIT
failed=0

wrong() {
    echo "FAIL: $*"
    failed=1
}

# again WORD CODE: the command on the line of that word, as a shell reads it, ends with CODE.
again() {
    line=$(sed -n "s/^  $1 *raft-emulator //p" "$dir/out")
    [ -n "$line" ] || wrong "no line $1"
    sh -c "\"$emulator\" $line" >"$dir/again" 2>&1
    got=$?
    [ $got -eq "$2" ] || wrong "$1 $line: exit $got, wanted $2: $(tail -n 3 "$dir/again")"
}

# Blanks and quotes in names.
cd "$dir" || exit 70
printf '%s\n' '{"version":1,"name":"t","cluster":{"voters":3},"steps":[
  {"wait":{"leader":{}},"within":"9s"},{"wait":"1s"}],"clients":{"count":1,"model":"register"},"expect":{"elections":{"max":9}}}' >"it's my file.json"
"$emulator" sim "it's my file.json" --seed 1 --runs "my runs" --keep always >out 2>&1 ||
    wrong "sim: $(tail -n 3 out)"
again again 0
"$emulator" sim "it's my file.json" --seed 1 --set 'expect.elections={"max": 0}' >out 2>&1
again reproduce 1

# Only what is violated is something to shrink.
grep -q '^  shrink  ' out || wrong "a violated check: no way to shrink it"
for steps in '{"wait":"1s"}],"coverage":{"elections":9' \
             '{"wait":{"commit":{"plus":99}},"within":"1s"}],"coverage":{"elections":1'; do
    printf '{"version":1,"name":"t","cluster":{"voters":3},"steps":[%s}}\n' "$steps" >nothing.json
    "$emulator" sim nothing.json --seed 1 >out 2>&1
    again reproduce $?
    "$emulator" shrink nothing.json --seed 1 --tries 1 --limit 60s >shrunk 2>&1
    [ $? -eq 4 ] || wrong "shrink of what shows nothing: $(tail -n 3 shrunk)"
    ! grep -q '^  shrink' out || wrong "shrink refuses it, and it is offered"
done

# A run that there is nothing to compare with.
cp -r "my runs/latest/" whole && rm -f whole/verdict.json
"$emulator" sim --from whole --runs from >out 2>&1
[ $? -eq 2 ] || wrong "--from without a verdict: it did not end with 2"
grep -q 'UNKNOWN  comparison' out || wrong "--from without a verdict: no word of it"
grep -q ' 1 failed' out || wrong "--from without a verdict: nothing failed"
echo '{' >whole/verdict.json
"$emulator" sim --from whole --runs from >out 2>&1
[ $? -eq 2 ] || wrong "--from with half a verdict: it did not end with 2"

# The list as text and as JSON names the same scenarios, and where a world lacks something it says what.
"$emulator" list -o json >list.json || wrong "list -o json: exit $?"
names=$("$emulator" list | sed -n 's/^\([^ ][^ ]*\) .*/\1/p')
[ "$names" = "$(grep -oE '"name":"[^"]*"' list.json | cut -d'"' -f4)" ] && [ -n "$names" ] ||
    wrong "list and list -o json differ"
grep -qE '"name":"log-sink-blocked",.*"sim":\{"runs":false,"lacks":\["procBlockLog"\]\}' list.json ||
    wrong "list -o json: no word of what the simulator lacks"
"$emulator" list --tag catalogue-1 | grep -q 'with C01 commitOnMajority fails' ||
    wrong "list: no word of what a scenario catches"
"$emulator" show figure-8 | grep -q '^negative  with C01 planted, commitOnMajority is violated' ||
    wrong "show: no word of what a scenario catches"

# Output that is lost.
if [ -c /dev/full ]; then
    for command in list schema --help "validate leader-election" "sim leader-election --seed 3" \
                   "check from/latest" "explore --max-depth 3 --max-states 99"; do
        "$emulator" $command >/dev/full 2>err
        got=$?
        [ $got -eq 74 ] || wrong "$command >/dev/full: exit $got"
        grep -q 'standard output: ' err || wrong "$command >/dev/full: not a word"
    done
fi
exit $failed
