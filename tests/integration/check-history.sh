#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A client history is judged, from a file or from standard input; no byte of it drives the terminal;
# and the examples of the manual page are what it says they are.
#
#   check-history.sh EMULATOR PAGE
set -u
emulator=$1 page=$2
dir=$(mktemp -d) || exit 70
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 70
failed=0

# expect CODE WORDS: what `check -` says of the file in.
expect() {
    "$emulator" check - <in >out 2>&1
    got=$?
    if [ $got -ne "$1" ] || ! grep -qF -- "$2" out; then
        echo "FAIL: exit $got, wanted $1 with \"$2\"; it said:"
        cat -v out
        failed=1
    fi
    if LC_ALL=C grep -q "$(printf '[\001-\011\013-\037\177]')" out; then
        echo "FAIL: control characters:"
        cat -v out
        failed=1
    fi
}
edn() { printf '{:process 0, :type :%b}\n' "$@" >in; }

edn 'invoke, :f :write, :value 1' 'ok, :f :write, :value 1'
expect 4 'Jepsen EDN'
edn 'invoke, :f :write, :value 1' 'ok, :f :write, :value 1' 'invoke, :f :read' 'ok, :f :read, :value nil'
expect 1 'lost write'
printf '' >in
expect 65 'it is empty'
"$emulator" check - <&- >out 2>&1
[ $? -eq 66 ] || { echo "FAIL: no standard input:"; cat out; failed=1; }

# Bytes of others, in errors and in verdicts.
red='\033[31m'
edn "invoke, :f :get, :key \"k\"" "ok, :f :get, :key \"${red}\\\\nerror: b\""
expect 65 'of key \x1b[31m\x0aerror: b, but called key k'
edn "invoke, :f :write, :value \"$red\"" "ok, :f :write, :value 1"
expect 65 'but called write "\x1b[31m"'
edn 'invoke, :f :\033creset'
expect 65 'has an operation \x1bcreset'
edn 'do\ane, :f :read'
expect 65 'do\x07ne'
edn "invoke, :f :get, :key \"${red}k\"" "ok, :f :get, :key \"${red}k\", :value \"\\\\u009b5mv\""
expect 1 'key \x1b[31mk'
expect 1 '\xc2\x9b5mv'
printf '{"t":1,"ev":"clientInvoke","op":1,"client":"c","kind":"read","key":"k","\033[5m":1}\n' >in
expect 65 'has no "\x1b[5m"'

# The page: the lines of each example as a file of their own.
awk '/^\.SH /{on = /HISTORIES/} !on {next} /^\.nf/{file = "example" ++n; next} /^\.PP/ && file {
    file = "example" ++n; next} /^\.fi/{file = ""} file {gsub(/\\-/, "-"); print > file}' "$page"
for n in 1 2 3 4 5; do
    case $n in
    1) format='Jepsen EDN · model register' ;;
    2) format='Jepsen JSON · model register' ;;
    3) format='Jepsen log · model cas-register' ;;
    4) format='Porcupine key-value log · model kv' ;;
    5) format='history.ndjson · model register' ;;
    esac
    "$emulator" check example$n >out 2>&1
    grep -qF "$format" out || { echo "FAIL: example $n of the page:"; cat out; failed=1; }
done
exit $failed
