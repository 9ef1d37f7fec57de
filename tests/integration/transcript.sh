# SPDX-License-Identifier: GPL-3.0-or-later
# What the lines of cases/*.txt may say (transcript.c). Nodes are numbers; nK's ports are of those that
# are the case's alone; in what is printed 127.0.0.1 with such a port is peerK or clientK, and what is
# different in every run is gone.
base=$BASE

peer() { echo "127.0.0.1:$((base + $1))"; }
peers() { # peers K...: a list for --peers
    for k; do printf '%s%s' "${comma:-}" "$(peer "$k")"; comma=,; done
}
founders() { # founders K...: a list for --bootstrap
    for k; do printf '%sn%s=%s' "${comma:-}" "$k" "$(peer "$k")"; comma=,; done
}

# The lines of a log without time, level and topic; ports by name; ids and numbers of runs away.
plain() {
    sed -E "s/^[0-9]{4}-[^ ]* +([a-z]+) +(n[0-9]+) +[a-z]+ +/\2 \1: /" | plain_ports |
        sed -E 's/\b[0-9a-f]{16}\b/ID/g; s/[0-9]+ ms/N ms/g; s/log has [0-9]+/log has N/'
}
plain_ports() {
    awk -v base="$base" '{
        out = ""
        while (match($0, /127\.0\.0\.1:[0-9]+/)) {
            port = substr($0, RSTART + 10, RLENGTH - 10) - base
            name = port > 10 ? "client" (port - 10) : "peer" port
            out = out substr($0, 1, RSTART - 1) name
            $0 = substr($0, RSTART + RLENGTH)
        }
        print out $0
    }'
}

# run_raftd K OPTION...: in the foreground; it is expected to end at once.
run_raftd() {
    n=$1
    shift
    timeout 30 ${within:-} "$RAFTD" --name "n$n" --data-dir "n$n" --listen-peer "$(peer "$n")" \
        --listen-client "127.0.0.1:$((base + 10 + n))" --admin-socket "n$n.sock" "$@" >out.txt 2>&1
    code=$?
    plain <out.txt
    return $code
}
start() { # start K OPTION...: in the background
    n=$1
    shift
    ${within:-} "$RAFTD" --name "n$n" --data-dir "n$n" --listen-peer "$(peer "$n")" \
        --listen-client "127.0.0.1:$((base + 10 + n))" --admin-socket "n$n.sock" "$@" \
        >>"n$n.log" 2>&1 </dev/null &
    echo $! >"$n.pid"
}
alive() { # a stopped one is; one that has ended, with all its threads, and waits for nobody is not
    [ -d "/proc/$1" ] && ! awk '$1 == "State:" { zombie = $2 == "Z" } $1 == "Threads:" { left = $2 }
        END { exit !(zombie && left <= 1) }' "/proc/$1/status" 2>/dev/null
}
gone() { # gone K: waits for its end; the last thing it said, which may have several lines
    wait_for "n$1 to end" not alive "$(cat "$1.pid")"
    rm "$1.pid"
}
not() { ! "$@"; }
signal() { # signal K NAME
    kill "-$2" "$(cat "$1.pid")"
    case $2 in KILL | TERM) gone "$1" ;; esac
}
wipe() { rm -rf "n$1"; }
born() { # born K...: which of them have a term and a vote
    for k; do
        if [ -e "n$k/hardstate" ]; then echo "n$k is born"; else echo "n$k is not born"; fi
    done
}
wait_for() { # wait_for WHAT COMMAND...: within a minute
    what=$1
    shift
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -gt "${TRANSCRIPT_TRIES:-600}" ] && { echo "waited a minute for $what"; return 1; }
        sleep 0.1
    done
}
said() { # said K PATTERN: waits until it has, and shows the first such line
    wait_for "n$1 to say it" grep -q "$2" "n$1.log" || { tail -n 3 "n$1.log" | plain; return 1; }
    grep -m 1 "$2" "n$1.log" | plain
}
forget() { : >"n$1.log"; } # what nK has said so far
ended() { # ended K PATTERN: it ends by itself, having said this and what stands below it
    gone "$1"
    sed -n "/$2/,/process  stopped/p" "n$1.log" | grep -v "process  stopped" | plain |
        awk '!seen[$0]++'
}
ctl() { # ctl K WORD...: raftctl at this node
    n=$1
    shift
    "$RAFTCTL" -e "unix:n$n.sock" "$@" 2>&1 | plain
}
ctl_says() { # ctl_says TEXT K WORD...
    text=$1
    shift
    [ "$(ctl "$@" | tail -n 1)" = "$text" ]
}
until_ctl() { # until_ctl TEXT K WORD...: asked until the answer's last line is this
    wait_for "$1" ctl_says "$@" && echo "$1"
}
level() { # level K L...: nK, which leads, knows that these have all of its log
    at=$1
    shift
    for l; do
        wait_for "n$l to have all of it" ctl_says 0 "$at" status --at "/nodes/$((l - 1))/lag"
    done
}
misses() { # misses K L: nK, which leads, has not heard nL lately
    quiet=$(ctl "$1" status --at "/nodes/$(($2 - 1))/contact_ms")
    [ "$quiet" -gt "$(ctl "$1" status --at "/nodes/$(($1 - 1))/election_ms")" ]
}
until_missed() { # until_missed K L
    wait_for "n$1 to miss n$2" misses "$@"
}
all_away() {
    for f in *.pid; do [ -f "$f" ] && kill -9 "$(cat "$f")" 2>/dev/null; done
    rm -rf "$PWD"
}
lead() { # lead K: leadership goes there
    wait_for "n$1 to lead" sh -c ". $PRELUDE; [ \"\$(ctl $1 leader | tail -n 1)\" = n$1 ] || { ctl $1 transfer n$1; false; }" && echo "n$1 leads"
}
term() { ctl "$1" -o json status | grep -o '"term":[0-9]*' | head -n 1; }
ask() { # ask K WORD...: it waits for its answer, however long K says nothing
    n=$1
    shift
    "$RAFTCTL" -e "unix:n$n.sock" -t 60s "$@" >"asked$n.txt" 2>&1 </dev/null &
    echo $! >"ask$n.pid"
}
asked() { # asked K: the answer
    gone "ask$1"
    plain <"asked$1.txt"
}
suspended() { # suspended S COMMAND...: on a machine that has slept for so long
    within="unshare --user --map-root-user --time --boottime $1"
    shift
    $within true 2>/dev/null || { echo "skip: no time namespaces here"; return 0; }
    "$@"
    within=
}
clock_look() { ${within:-} "$(dirname "$TRANSCRIPT")/clock_look"; }

leaderless() { # leaderless K: it is alone, and campaigns in vain
    wait_for "n$1 to campaign" sh -c ". $PRELUDE; ctl $1 status -o plain | grep -q \"^n$1.pre-candidate\"" && echo "nobody leads"
}

# changing K VOTERS...: a change to these is begun and cannot end: those that are new are dead by then,
# though heard of just before. Their number is said with a plus.
changing() {
    at=$1
    shift
    newcomers= list=
    for one; do
        list="$list,n${one#+}=$(peer "${one#+}")"
        case $one in +*) newcomers="$newcomers ${one#+}" ;; esac
    done
    for try in 1 2 3 4 5 6 7 8; do
        for one in $newcomers; do signal "$one" KILL; done
        ask "$at" member change "${list#,}"
        for look in 1 2 3 4 5; do
            sleep 0.1
            ctl_says true "$at" status --at /cluster/joint -t 1s && echo "two quorums count" && return
        done
        gone "ask$at" >/dev/null
        for one in $newcomers; do start "$one" --check-quorum off; done
        # shellcheck disable=SC2086
        level "$at" $(echo $newcomers)
    done
    echo "the change was refused each time ($try, $look)"
    cat "asked$at.txt"
}

# What varies from run to run, away: numbers that stand alone, ids, spaces of tables.
masked() {
    plain_ports | sed -E 's/\b[0-9a-f]{64}\b/SHA/g; s/\b[0-9a-f]{16}\b/ID/g; s/[0-9]{4}-[0-9-]*T[0-9:.]*Z/TIME/g
        s/\b[0-9]+(\.[0-9]+)?( ?(ms|us|s|ns))?\b/N/g; s/ +/ /g; s/ $//'
}
gold() { # gold K WORD...: its exit code, and what it says, masked
    n=$1
    shift
    timeout 20 "$RAFTCTL" -e "unix:n$n.sock" "$@" >gold.txt 2>&1 </dev/null
    code=$?
    echo "[$code] $*"
    masked <gold.txt
}
# till PATTERN COMMAND...: again while what it prints has no such line. A command that is given a short
# time may not find out all in it on a loaded machine.
till() {
    pattern=$1
    shift
    for try in 1 2 3 4 5 6; do
        "$@" >till.txt
        grep -q -- "$pattern" till.txt && break
    done
    cat till.txt
}
valid() { # valid K "VERB" WORD...: its exit code, and whether its JSON is what its schema says
    n=$1
    verb=$2
    shift 2
    # shellcheck disable=SC2086
    case $verb in data\ *) at= ;; *) at="-e unix:n$n.sock" ;; esac
    # shellcheck disable=SC2086
    timeout 20 "$RAFTCTL" $at -o json $verb "$@" >valid.txt 2>&1 </dev/null
    code=$?
    sed -i '/^waits: /d' valid.txt # beside it, for people
    schema=$verb
    case " $* " in *" --dry-run "*) schema=dry-run ;; esac
    case $code in 0 | 1 | 2) ;; *) schema=failure ;; esac
    grep -q '^{"v":1,"error":' valid.txt && schema=failure
    # shellcheck disable=SC2086
    "$RAFTCTL" schema $schema >schema.txt
    if "$(dirname "$TRANSCRIPT")/schema_check" schema.txt valid.txt >wrong.txt; then
        echo "[$code] $verb $*: a valid $schema"
    else
        echo "[$code] $verb $*: NOT a valid $schema"
        cat wrong.txt valid.txt
    fi
}
