#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# raftctl's shell in a real terminal (tmux) before three real nodes: what is typed, completed, hinted,
# remembered, interrupted; what it shows when the leader is lost; what it records.
#
#   raftctl-shell.sh RAFTCTL RAFTCTL-WITHOUT-READLINE RAFTD RAFT-EMULATOR
set -u
raftctl=$1
plain=$2
raftd=$3
emulator=$4
if ! command -v tmux >/dev/null; then
    echo "skip: tmux is not installed (script/setup does that)"
    exit 77
fi
dir=$(mktemp -d) || exit 70
base=10000
export TMUX_TMPDIR="$dir" XDG_STATE_HOME="$dir/state" XDG_CONFIG_HOME="$dir/config" HOME="$dir"
export LC_ALL=C.UTF-8
unset TMUX NO_COLOR RAFTCTL_ENDPOINTS RAFTCTL_LAB INPUTRC
pids=
screen() { tmux -f /dev/null "$@"; }
trap 'screen kill-server 2>/dev/null; kill -9 $pids 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT

sockets=$dir/n1.sock,$dir/n2.sock,$dir/n3.sock
all=n1=127.0.0.1:$((base + 1)),n2=127.0.0.1:$((base + 2)),n3=127.0.0.1:$((base + 3))
start() { # start NUMBER; a leader that gets no processor for a moment leads on
    "$raftd" --name "n$1" --data-dir "$dir/n$1" --listen-peer "127.0.0.1:$((base + $1))" \
        --listen-client "127.0.0.1:$((base + 100 + $1))" --admin-socket "$dir/n$1.sock" \
        --bootstrap "$all" --election-timeout 1s..2s 2>"$dir/n$1.log" &
    pids="$pids $!"
    eval "pid$1=$!"
}
kill_node() { # kill_node NUMBER: as long as it dies its directory is held
    eval "kill -9 \$pid$1; wait \$pid$1" 2>/dev/null
}

# ---- the terminal ----

seen() { screen capture-pane -p -t t 2>/dev/null; }
die() {
    echo "FAIL: $1"
    echo "--- screen"
    seen | sed '/^$/d'
    exit 1
}
# until_true WHAT COMMAND...: asks again until the command succeeds, 30 s at most.
until_true() {
    what=$1
    shift
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || die "$what"
        sleep 0.05
    done
}
last_line() { seen | sed '/^$/d' | tail -n 1; }
has() { seen | grep -Eq -- "$1"; }
last_has() { last_line | grep -Eq -- "$1"; }
# shows REGEX: a line of the screen has it. at REGEX: the last line, where one types, has it.
shows() { until_true "the screen does not show: $1" has "$1"; }
at() { until_true "the last line is not: $1" last_has "$1"; }
type() { screen send-keys -t t -l -- "$1"; }
key() { screen send-keys -t t "$@"; }
prompt='^raftlab n[123]\* t[0-9]+ c[0-9]+>'
# clean: an empty screen but for the prompt.
clean() {
    key C-c C-l
    until_true "the screen is not empty" cleaned
}
cleaned() { # news may come just then
    clean_now || { key C-l; false; }
}
clean_now() { [ "$(seen | sed '/^$/d' | wc -l)" -eq 1 ] && last_has '> *$'; }
# does COMMAND REGEX: types it on an empty screen, and what comes of it is seen.
does() {
    clean
    type "$1"
    key Enter
    shows "$2"
}
# silently COMMAND: the same, and there is another prompt.
silently() {
    clean
    type "$1"
    until_true "not typed: $1" typed "$1"
    key Enter
    at '> *$'
}
# completes TEXT REGEX: by Tab, on an empty screen. Keys are asked for, and typing waits for them no
# longer than a person would: on a loaded machine they come at another time.
completes() {
    for again in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        clean
        type "$1"
        until_true "not typed: $1" typed "$1"
        key Tab
        for look in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            last_has "$2" && return
            sleep 0.05
        done
    done
    die "not completed ($again, $look): $1"
}
typed() { last_line | grep -qF -- "> $1"; }
# busy: what was typed is under way: there is no prompt before the cursor.
busy() { until_true "nothing is under way" busy_now; }
busy_now() { [ "$(screen display-message -p -t t '#{cursor_x}')" -eq 0 ]; }
# opens PROGRAM ARGUMENTS...: in the terminal; its exit code shows in the end.
opens() {
    line="$* -e $sockets; echo left with \$?; exec cat"
    if screen has-session -t t 2>/dev/null; then
        screen respawn-pane -k -t t "$line"
    else
        until_true "tmux does not start" screen new-session -d -s t -x 110 -y 40 "$line"
    fi
}

for n in 1 2 3; do start "$n"; done
"$raftctl" -e "$sockets" wait leader -t 60s >"$dir/out" || die "no leader"

# ---- a session ----

opens "$raftctl"
at "$prompt *$"

# Verbs, options and members complete; one that begins several is listed.
type 'stat'
key Tab
at '> status( |$)'
clean
type 'member rem'
key Tab
at '> member remove'
key Tab
shows '^n1 +n2 +n3'
clean
type 'get --must'
key Tab
at '> get --must-exist'

# A write; keys complete; a verb by the beginning of its name.
does 'set greeting hello' '^ok'
does 'set "a b" blank' '^ok'
completes 'get gr' '> get greeting'
key Enter
shows '^hello'
completes 'get a' '> get "a b"'
key Enter
shows '^blank'
does 'lead' '^n[123]$'
does 's' 'that begins several verbs: .*status'

# Hints are grey; the right arrow takes one over.
clean
type 'set greet'
at '> set greeting hello$'
screen capture-pane -p -e -t t | grep -q "set greet.\[90ming hello" || die "the hint is not grey"
key Right
key BSpace
type 'a!'
key Enter
shows '^ok'
does 'get greeting' '^hella!'
clean
type 'incr'
at '> incr .*KEY'

# It ends with the row also behind characters that are two columns wide.
clean
type 'set wide 日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日日'
shows '日 \[-'
[ "$(seen | sed '/^$/d' | wc -l)" -eq 1 ] || die "the hint goes on in the next row"

# A question mark at the end is a question, in a word it is a sign.
clean
type 'transfer ?'
shows '^ +n1 +127.0.0.1:'
at '> transfer'
clean
type 'set why? because'
key Enter
shows '^ok'

# Commands over several lines are one entry; so is what is pasted.
clean
type 'set doc {"a":'
key Enter
at '^\.\.\.>'
type ' [1, 2]}'
key Enter
shows '^ok'
does 'get doc' '^\{"a":\\x0a \[1, 2\]\}'
clean
key Up Up
shows '> set doc \{"a":'
at '^ \[1, 2\]\}'
clean
printf 'set p1 one\nset p2 two\nmget p1 p2' | screen load-buffer -
screen paste-buffer -p -t t
at '^mget p1 p2'
key Enter
shows 'two'
key Up
at '^mget p1 p2'
has '> set p1 one' || die "what was pasted is not one entry"

# Commands of the shell.
silently '\o json'
does 'get greeting' '^\{"v":1,.*"hella!"'
silently '.o table'
does '\timing on' 'timing is on'
does 'get greeting' '^time [0-9.]+ ms'
does '\timing off' 'timing is off'
does '\history mget' '^ +[0-9]+  set p1 one'
does '\! echo $((6 * 7))' '^42'
does '\nonsense' 'there is no command .nonsense of the shell'
does '\halp' 'there is no command .halp of the shell; did you mean .help?'
does '\help member add' '^usage: raftctl member add'
does 'help member add' '^usage: raftctl member add'
does '\connect n1; get greeting' '^hella!'
does '\connect nowhere' 'nobody knows where nowhere is'
does '\connect; get greeting --consistency local' '^hella!'
printf 'set s1 one # a remark\nget s1\nget\nset s2 two\n' >"$dir/commands"
does "\\source $dir/commands" 'commands:3: exit 64'
has '^one' || die "\\source did nothing"
does 'get s2 --must-exist; status' '^raftlab'

# ^C ends what is under way and not the shell; a command that failed does not either.
does '\repeat 100ms leader' '^n[123]$'
busy
key C-c
at "$prompt *$"
silently 'get nothing --must-exist'
clean
type 'half a line'
key C-c
at "$prompt *$"

# What a verb reads from the terminal ends with one ^D, and ^C gives it up.
clean
type 'set typed -'
key Enter
busy
type 'by hand'
key Enter
until_true "nothing is read" has '^by hand'
key C-d
shows '^ok'
does 'get typed' 'by hand'
clean
type 'set typed -'
key Enter
busy
type 'never'
key Enter
until_true "nothing is read" has '^never'
key C-c
shows 'error: cancelled: nothing was sent'
at "$prompt *$"
does 'get typed' 'by hand'

# What is watched speaks above what is being typed.
does 'watch w' '^\[1\] watch w'
type 'get hal'
watched() { # when it begins to watch is its affair: until a change is told
    "$raftctl" -e "$sockets" set w1 seen >"$dir/out" && has 'w1.*seen'
}
until_true "no change is told" watched
at '> get hal'
clean
key C-c
shows '^\[1\] watch w: ended'
does '\stop' 'error: nothing goes on beside'
does 'top --repeat 50ms' '^\[1\] top'
at '> *$'
shows 'entries/s committed'
type 'get'
shows '> get'
[ "$(seen | grep -c '^NODE ')" -eq 1 ] || die "top does not stay in its place"
key C-c
at "$prompt *$"
type '\stop 2'
at '> .stop 2'
key Enter
shows 'error: no verb of that number'
at "$prompt *$"
type '\stop'
at '> .stop'
key Enter
shows '^\[1\] top --repeat 50ms: ended'
at "$prompt *$"
silently '\o json'
does 'top --repeat 50ms' '^\[1\] top'
shows '^\{"v":1,"cluster"'
type '\o table'
at '> .o table'
[ "$(seen | grep -c '"cluster"')" -eq 1 ] || die "top as JSON does not stay in its place"
screen resize-window -t t -y 12
shows '^\.\.\.$'
at '> .o table'
[ "$(seen | grep -c '"cluster"')" -eq 1 ] || die "top does not fit into a small window"
screen resize-window -t t -y 40
key Enter
key C-c
shows '^\[1\] top --repeat 50ms: ended'
does 'events -f' '^\[1\] events -f'
shows 'AT +NODE'
key C-c
does '\jobs; leader' '^n[123]$'
has '^\[1\]' && die "a verb that was stopped goes on"

# Without the shell: a program for each change; events, of which no old one comes late, and none of a
# node's next life is missed.
"$raftctl" -e "$sockets" watch w1 --from-rev 1 --count 1 -- sh -c \
    'echo "$RAFTCTL_EVENT $RAFTCTL_KEY=$RAFTCTL_VALUE"; exit 3' >"$dir/out" || die "watch with a command"
grep -q '^set w1=seen$' "$dir/out" || die "what a watch's command was told: $(cat "$dir/out")"
term=$("$raftctl" -e "$sockets" status --at /cluster/term)
"$raftctl" -e "$sockets" events --follow --since 1ms >"$dir/events" &
pids="$pids $!"
"$raftctl" -e "$sockets" events --follow --since 1ms -o jsonl >"$dir/events.jsonl" &
pids="$pids $!"
until_true "no heads are told" grep -q '^AT ' "$dir/events"
"$raftctl" -e "$sockets" transfer >"$dir/out" 2>&1 || die "transfer: $(cat "$dir/out")"
until_true "no events are told" grep -q "	term [0-9]*: follows" "$dir/events"
grep -q "	term $term: " "$dir/events" && die "an old event is told late: $(cat "$dir/events")"
talked() { # so much that nobody says as much at a start
    "$raftctl" -e "$sockets" transfer >"$dir/out" 2>&1
    for n in 1 2 3; do
        grep -Eq "\"node\":\"n$n\",\"number\":[0-9]{2}," "$dir/events.jsonl" || return 1
    done
}
until_true "little is said" talked
leader=$("$raftctl" -e "$sockets" wait leader) || die "leader"
other=$((${leader#n} % 3 + 1))
kill_node "$other"
start "$other"
until_true "what n$other says after a restart is not told" \
    grep -q "\"node\":\"n$other\",\"number\":1," "$dir/events.jsonl"

# ---- a record ----

does "\\record $dir/done.json" 'recording to'
does 'set r1 one; get r1 --from n2; append r1 two' '^6'
does 'transfer' '^leader'
does 'wait healthy' 'voters well'
does 'config set snapshot-every 5000' 'snapshot_every = 5000'
does 'mget r1 r2' 'r1 +onetwo'
silently 'cas r1 one two'
does 'incr r3; incr r3; incr r3 2; cas r3 4 ten' '^ok'
does 'set r4 "two words"; set "r 5" no; get r3' '^ten'
does '\record' 'done.json: [0-9]+ steps'
does "\\record $dir/done.json" 'done.json is there already'
does "\\record $dir" 'CANNOTCREATE'
"$emulator" validate "$dir/done.json" >"$dir/out" 2>&1 ||
    { cat "$dir/out" "$dir/done.json"; die "what was recorded is no scenario"; }
grep -q '"//":"set r1 one","client.op":{"kind":"write"' "$dir/done.json" || die "no write recorded"
grep -q '"client.op":{"kind":"read","key":"r1","via":"n2"' "$dir/done.json" || die "no read recorded"
grep -q '"wait":{"caughtUp":{"who":"voters"}}' "$dir/done.json" || die "no wait recorded"
grep -q '"config.set":{"who":"all"' "$dir/done.json" || die "no setting recorded"
grep -q '"leader.transfer"' "$dir/done.json" || die "no transfer recorded"
"$emulator" sim "$dir/done.json" --seed 1 --runs "$dir/runs" >"$dir/out" 2>&1 || { cat "$dir/out"; die "sim"; }
grep -q '"//":"incr r3 2","client.op":{"kind":"write","key":"r3","value":"4"' "$dir/done.json" ||
    die "what incr did is not recorded"

# ---- the leader is lost ----

clean
type 'get greet'
leader=$("$raftctl" -e "$sockets" leader) || die "leader"
leader=${leader#n}
other=$((leader % 3 + 1))
kill_node "$other"
kill_node "$leader"
at '^raftlab no-leader t[0-9]+ c[0-9]+> get greet'
screen capture-pane -p -e -t t | grep -q '.\[31mno-leader' || die "no-leader is not red"
shows "^! [0-9:]+Z leader n$leader -> no leader"
type 'ing' # typing goes on as if nothing were
at '> get greeting'
clean
type 'wait leader --timeout 60s'
key Enter
busy
key C-c
shows '^\^C'
shows 'error: cancelled: no leader yet'
at 'no-leader.*> *$'
start "$other"
at "$prompt *$"
does 'get greeting' '^hella!'
clean
type ' set hidden 1'
key Enter
shows '^ok'
silently 'set my/password hunter2'
type '\quit'
key Enter
shows '^left with 0'

# ---- the next session ----

history=$XDG_STATE_HOME/raftctl/history
[ "$(stat -c %a "$history")" = 600 ] || die "$history is not its owner's alone"
grep -q 'hidden\|hunter2' "$history" && die "secrets are kept"
opens "$raftctl"
at "$prompt *$"
key Up
at '> \\quit'
key C-c
key C-r
type 'why'
shows 'set why\? because'
key C-c
at "$prompt *$"
key C-d
shows '^left with 0'

# ---- without readline ----

opens "$plain"
shows 'built without readline'
at "$prompt *$"
type 'get greeting'
key Enter
shows '^hella!'
type '\repeat 100ms leader'
key Enter
shows '^n[123]$'
key C-c
at '> *$'
key C-d
shows '^left with 0'

# ---- nobody types ----

# runs CODE WORDS COMMAND...: it exits so and says so.
runs() {
    code=$1
    words=$2
    shift 2
    "$@" >"$dir/out" 2>&1 </dev/null
    got=$?
    [ "$got" -eq "$code" ] || { cat "$dir/out"; die "$*: exit $got, not $code"; }
    [ -z "$words" ] || grep -qF -- "$words" "$dir/out" || { cat "$dir/out"; die "$*: does not say '$words'"; }
}
printf 'set f1 one\nget f1\n\nget f1 f2\nset f3 three\n' >"$dir/commands"
runs 64 'usage: raftctl [OPTION...] VERB' "$raftctl"
runs 0 two "$raftctl" -e "$sockets" -c 'set c1 two; get c1'
runs 0 n3 "$raftctl" -e "$sockets" -c '\connect n3; \o json; status'
runs 64 "commands:4: exit 64" "$raftctl" -e "$sockets" -f "$dir/commands"
runs 1 "" "$raftctl" -e "$sockets" get f3 --must-exist
runs 64 "commands:4: exit 64" "$raftctl" -e "$sockets" shell --file "$dir/commands" --keep-going
runs 0 three "$raftctl" -e "$sockets" get f3 --must-exist
runs 0 'leaves, as ^D does' "$raftctl" -e "$sockets" -c help
runs 0 two "$raftctl" -e "$sockets" -c 'raftctl get c1; raftctl help'
runs 64 'there is no verb "raftctl"' "$raftctl" -e "$sockets" -c 'raftctl'
for word in quit exit; do
    runs 0 "" "$raftctl" -e "$sockets" -c "$word; nonsense"
done
runs 64 'there is no verb "stat"' "$raftctl" -e "$sockets" -c 'stat'
runs 65 'ends within a quote' "$raftctl" -e "$sockets" -c "set k 'a"
runs 66 'nowhere: No such file or directory   [NOINPUT]' "$raftctl" -e "$sockets" -f "$dir/nowhere"
runs 74 "$dir: Is a directory   [IO]" "$raftctl" -e "$sockets" -f "$dir"
runs 74 'stdin: Bad file descriptor   [IO]' sh -c '"$1" -e "$2" shell <&-' sh "$raftctl" "$sockets"
printf 'get f3\nget\n' | "$raftctl" -e "$sockets" shell >"$dir/out" 2>&1
[ $? -eq 64 ] && grep -q '^three' "$dir/out" && grep -q 'stdin:2: exit 64' "$dir/out" ||
    { cat "$dir/out"; die "commands from a pipe"; }

# The manual page has the commands that help has.
page=$(dirname "$0")/../../raftctl/raftctl.1
"$raftctl" -e "$sockets" -c '\help' >"$dir/help" || die "\\help"
sed -n 's/^  \\\([a-z!]*\) .*/\1/p' "$dir/help" >"$dir/names"
[ "$(wc -l <"$dir/names")" -gt 10 ] || die "hardly any commands"
while read -r name; do
    grep -q "^\.BI* \\\\e$name\\( \\|\$\\)" "$page" || die "$page does not have \\$name"
done <"$dir/names"
echo "a shell worth typing in"
