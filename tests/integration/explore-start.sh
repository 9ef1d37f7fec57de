#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What an exploration would have no place for in the end is refused at its beginning, and so are options
# that would do nothing; a checkpoint of another search stays as it was.
#
#   explore-start.sh EMULATOR MAN-PAGE
set -u
emulator=$1
dir=$(mktemp -d) || exit 70
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 70
failed=0
small="--timeouts 1 --entries 0 --crashes 0 --drops 0"

# explore CODE TEXT ARGUMENT...: stderr says TEXT
explore() {
    want=$1 text=$2
    shift 2
    timeout 120 "$emulator" explore "$@" --quiet >out 2>err </dev/null
    code=$?
    [ $code -eq "$want" ] && { [ -z "$text" ] || grep -qF -- "$text" err; } && return
    echo "FAIL: explore $*: exit code $code, not $want, or not said: $text"
    cat err
    failed=1
}

# Places.
explore 2 '' $small --max-states 5 --checkpoint kept
sum=$(cksum <kept/state)
explore 73 'checkpoint kept: state is there already, and stays: --resume kept' --checkpoint kept
explore 73 'checkpoint kept: state is there' --preset deep --max-states 9 --checkpoint kept
[ "$(cksum <kept/state)" = "$sum" ] || { echo "FAIL: the checkpoint has changed"; failed=1; }
cp -r kept explore-checkpoint
explore 73 'checkpoint explore-checkpoint: state is there' $small
explore 73 'checkpoint explore-checkpoint: state is there' --resume kept --checkpoint explore-checkpoint
rm -r explore-checkpoint
mkdir foreign && echo mine >foreign/state
explore 73 'checkpoint foreign: state is there' --checkpoint foreign $small
[ "$(cat foreign/state)" = mine ] || { echo "FAIL: a foreign file has changed"; failed=1; }
explore 73 'checkpoint foreign/state: Not a directory' --checkpoint foreign/state $small
explore 73 'checkpoint none/a/b: No such file or directory: name a place' --checkpoint none/a/b $small
explore 73 'checkpoint : No such file or directory: name a place' --checkpoint '' $small
explore 73 'checkpoint /proc/ck: ' --checkpoint /proc/ck $small
explore 73 'checkpoint /proc: ' --checkpoint /proc $small
explore 66 'resume /etc/passwd: not a checkpoint: Not a directory' --resume /etc/passwd
explore 66 'resume none/a: not a checkpoint: No such file' --resume none/a
explore 73 'none/x: cannot be written: No such file' --case none/x $small
explore 73 'none/x: cannot be written: No such file' --scenario none/x $small
explore 73 'foreign: cannot be written: Is a directory' --case foreign $small
[ ! -e explore-checkpoint ] || { echo "FAIL: a look left a directory"; failed=1; }
explore 0 '' --resume kept
if unshare -rm true 2>/dev/null; then
    mkdir closed
    timeout 120 unshare -rm sh -c "mount -t tmpfs -o ro none closed && cd closed &&
        exec '$emulator' explore $small" >out 2>err
    code=$?
    [ $code -eq 73 ] && grep -q 'checkpoint explore-checkpoint: Read-only file system' err ||
        { echo "FAIL: nowhere to write: exit code $code"; cat err; failed=1; }
else
    echo "without a mount namespace: no directory that cannot be written"
fi

# Options.
explore 64 '--kinds needs --changes' --kinds add
explore 64 '--max-time 0s: give a time above 0' --max-time 0s
explore 64 '--max-states 0: give a number from 1' --max-states 0
explore 64 '--max-depth 0: give a number from 1' --max-depth 0
explore 64 '--walk searches nothing: --resume' --walk --resume kept
explore 64 '--walk searches nothing: --max-states' --max-states 5 --walk
explore 64 '--walk searches nothing: --coverage' --walk --coverage
explore 64 'there are quick, standard and deep' --servers 4 --preset fast
states() { sed -n 's/^  \([0-9]* states\) .*/\1/p' out; }
explore 0 '' --preset quick --servers 4 $small
ahead=$(states)
explore 0 '' --servers 4 $small --preset quick
[ "$ahead" = "$(states)" ] || { echo "FAIL: $ahead, but $(states) with the preset behind"; failed=1; }
explore 0 '' --servers 3 $small
[ "$ahead" != "$(states)" ] || { echo "FAIL: four servers are as three: $ahead"; failed=1; }

# Where there is no room, it is not exhausted.
explore 2 '' --servers 1 --terms 1 $small --entries 25
grep -q '^exhausted as far as there is room here: ' out &&
    grep -q '^  1 times there was no room: here are at most 20 entries in a log$' out ||
    { echo "FAIL: the room is not told"; cat out; failed=1; }

# Bounds that leave out what they are about.
# note TEXT: it is noted, or nothing is
note() {
    [ "$(sed -n 's/^  note: within these bounds \(no [a-z ]*\):.*/\1/p' out)" = "$1" ] ||
        { echo "FAIL: not noted: $1"; cat out; failed=1; }
}
explore 0 '' $small --timeouts 0
note "no election can happen"
explore 0 '' $small --changes 1 --kinds add
note "no change of members can happen"
explore 2 '' $small --changes 1 --kinds add --spares 1 --max-states 9
note ""
explore 0 '' $small
note ""

# As one object.
explore 2 '' --servers 1 --terms 1 $small --entries 25 -o json
[ "$(wc -l <out)" -eq 1 ] && grep -q '^{"v":1,"verdict":"cramped","limit":null,.*}$' out &&
    grep -q '"limits_hit":\[{"at_most":"20 entries in a log","times":1}\]' out ||
    { echo "FAIL: what is cramped is not in the object"; cat out; failed=1; }
explore 0 '' $small -o json --coverage
grep -q '^{.*"verdict":"exhausted".*"entries":0.*"limits_hit":\[\],"coverage":\[{"decision":' out &&
    grep -q '"violation":null,"checkpoint":null}$' out ||
    { echo "FAIL: what is exhausted is not in the object"; cat out; failed=1; }
explore 2 '' $small --max-states 5 --checkpoint json -o json
grep -q '"verdict":"limited","limit":"--max-states".*"checkpoint":"json"}$' out && [ -s json/state ] ||
    { echo "FAIL: the checkpoint is not in the object"; cat out; failed=1; }
explore 64 '-o yaml: there are text and json' -o yaml
explore 64 '-o json has no meaning there' --walk -o json

# The bounds are told as options, and given as such they are the same again.
within() { sed -n 's/^  within //p' out; }
explore 2 '' --max-states 9
[ "$(within)" = "--servers 3 --terms 2 --timeouts 2 --entries 1 --crashes 1 --drops 2" ] ||
    { echo "FAIL: the preset is told as $(within)"; failed=1; }
explore 2 '' --max-states 9 --spares 1 --learners 1 --crashes 0 --changes 2 --kinds swap,add --lease \
    --no-stale --reads 1
told=$(within)
# shellcheck disable=SC2086
explore 2 '' --max-states 9 $told
[ -n "$told" ] && [ "$(within)" = "$told" ] || { echo "FAIL: $told is told as $(within)"; failed=1; }

# A preset is in the man page as it is told here.
manual=$2
for preset in quick standard deep; do
    explore 2 '' --max-states 9 --preset $preset
    tr '\n' ' ' <"$manual" | sed 's/\\-/-/g' | grep -qF -- "$(within)" ||
        { echo "FAIL: the man page lacks $preset: $(within)"; failed=1; }
done
exit $failed
