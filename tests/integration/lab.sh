#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A lab: up, looked at, asked, broken, healed, down, and nothing left of it. Two of them beside each
# other. A keeper that is killed takes everything along, and the next command cleans up after it.
#
#   lab.sh EMULATOR RAFTCTL
set -u
emulator=$1 raftctl=$2
limit=600 # tenths of a second for anything to happen

"$emulator" doctor >/dev/null 2>&1
[ $? -eq 77 ] && { echo "skip: no namespaces here"; exit 77; }
work=$(mktemp -d /tmp/lab-test.XXXXXX) || exit 70
export XDG_RUNTIME_DIR="$work" HOME="$work"
unset XDG_CONFIG_HOME RAFTCTL_LAB RAFTCTL_ENDPOINTS
trap '"$emulator" down --all >/dev/null 2>&1; rm -rf "$work"' EXIT

fail() {
    echo "lab: $1"
    cat "$work/said" 2>/dev/null
    cat "$work"/raftlab/*/log 2>/dev/null
    exit 1
}
# does CODE COMMAND...: it exits so; what it says is in said
does() {
    want=$1
    shift
    "$@" >"$work/said" 2>&1
    code=$?
    [ $code -eq "$want" ] || fail "exit code $code, not $want: $*"
}
says() { grep -q -- "$1" "$work/said" || fail "not said: $1"; }
cut_links() { grep '^n' "$work/said" | grep -o ' x' | wc -l; } # in the matrix
wait_for() { # wait_for WORDS COMMAND...: until the command succeeds
    words=$1
    shift
    n=0
    until "$@" >"$work/said" 2>&1; do
        n=$((n + 1))
        [ "$n" -gt "$limit" ] && fail "$words did not happen"
        sleep 0.1
    done
}
ours() { # processes whose command line or directory is of this test's labs
    for p in /proc/[0-9]*; do
        [ "${p#/proc/}" = $$ ] && continue
        { tr '\0' ' ' <"$p/cmdline"; readlink "$p/cwd"; } 2>/dev/null | grep -q -- "$work/" &&
            echo "${p#/proc/}"
    done
}
none_left() { [ -z "$(ours)" ] && [ ! -e "$work/raftlab" ]; }
processes_gone() { [ -z "$(ours)" ]; }

# ---- one lab
does 0 "$emulator" up one --nodes 3 --net user
says '^lab one: .* leader '
says 'raftctl --lab one status'
does 64 "$emulator" up one
says 'lab one is there already'
does 0 "$emulator" ps
says '^lab one: '
says '^  n3 *runs .* 10.77.0.3$'
does 0 "$raftctl" --lab one wait leader
wait_for "a quorum" sh -c "'$raftctl' --lab one status | grep -q 'quorum 2 of 3 OK'"
wait_for "a write" "$raftctl" --lab one set colour blue
does 0 "$raftctl" --lab one wait healthy
wait_for "all of them by one" sh -c "'$raftctl' --lab one shell -c '\\connect n2; status' | grep -q 'quorum 2 of 3 OK'"
wait_for "a read" env RAFTCTL_LAB=one "$raftctl" -e nowhere.invalid:1 --lab one get colour
says '^blue$'
wait_for "a read" env RAFTCTL_LAB=one "$raftctl" get colour

# A node's namespace, its exit codes.
does 7 "$emulator" exec n2 sh -c 'grep -q 0A4D0002\|02004D0A /proc/net/fib_trie /proc/net/tcp; exit 7'
does 0 "$emulator" exec --lab one n2 cat /proc/net/dev
says 'eth0:'
does 127 "$emulator" exec n1 no-such-program
does 64 "$emulator" exec n9 true
says 'no node n9: there are n1 to n3'

# Faults in words, in JSON, and wrong ones.
does 0 "$emulator" fault net.partition n1 rest
does 0 "$emulator" net show
[ "$(cut_links)" -eq 4 ] || fail "not four links cut"
does 0 "$emulator" ps
says 'in force: net.partition n1 rest'
wait_for "who is cut off" sh -c "'$raftctl' --lab one health | grep -q '^follow *warning *n1: does not hear'"
does 64 "$emulator" fault net.cut n1 n7
says '^  *\^~ cluster has n1..n3'
does 64 "$emulator" fault net.partition '{"groups":[["n1","n2"],["n7"]]}'
says 'unknown node "n7" in partition group 2'
does 64 "$emulator" fault net.ct n1 n2
says 'did you mean "net.cut"'
does 0 "$emulator" heal
does 0 "$emulator" net show
[ "$(cut_links)" -eq 0 ] || fail "links are cut still"
does 0 "$emulator" fault net.cut n1 n2 style=reset
does 0 "$emulator" net show
says '^~ n1>n2: resets connections'
does 0 "$emulator" heal
does 0 "$emulator" fault disk.slow n1 5ms
does 0 "$emulator" ps
says 'in force: disk.slow n1 5ms'
does 1 "$emulator" fault proc.blockLog n1 for=1h
says 'n1 logs into a file'
does 0 "$emulator" fault proc.limit n1 cpu=90%
does 0 "$emulator" heal
does 0 "$emulator" fault proc.kill n2
wait_for "the end of n2" sh -c "'$emulator' ps | grep -q '^  n2 *down'"
does 0 "$emulator" fault '{"proc.start":{"who":"n2"}}'
wait_for "the start of n2" sh -c "'$raftctl' --lab one status -o plain | grep -q 'n2.*follower\|n2.*leader'"
kill -9 "$("$emulator" ps | awk '$1 == "n3" {print $6}')" || fail "no n3 to kill"
wait_for "the end of n3" sh -c "'$emulator' ps | grep -q '^  n3 *down'"
does 0 "$emulator" heal
says 'n3 ended by themselves: started again'
does 0 "$emulator" ps
says '^  n3 *runs'
wait_for "an answer" sh -c "'$raftctl' --lab one get colour | grep -q '^blue\$'"

# What they said, in the order of time, and in columns.
does 0 "$emulator" logs
says ' n1 process '
says ' n3 process '
grep -o '^2[^ ]*' "$work/said" | LC_ALL=C sort -c || fail "logs are not in order"
does 0 env COLUMNS=100 "$emulator" logs --columns n1 n2
says '^  *n1  *n2$'
does 64 "$emulator" logs n4

# By hand, and what was done as a scenario: a right one, which runs.
printf '%s\n' ps 'net.cut n1 n2 for=50ms' 'fault proc.pause n3' net heal \
    'net.partition {"groups": [["n1", "n2"], ["n3"]]}' heal "exec n1 sh -c 'exit 5'" \
    "record $work/recorded.json" quit >"$work/typed"
does 5 sh -c "'$emulator' repl one --record '$work/at-the-end.json' <'$work/typed'"
says 'partition {n1 n2} | {n3}'
says 'what was done to lab one'
does 0 "$emulator" validate "$work/recorded.json" "$work/at-the-end.json"
for action in net.partition disk.slow proc.kill proc.start net.cut proc.pause proc.resume net.heal; do
    grep -q "\"$action\"" "$work/recorded.json" || fail "$action is not in the recording"
done
does 0 "$emulator" sim "$work/recorded.json" --seed 7 --runs "$work/runs" --keep never
says 'PASS  *steps'
does 73 "$emulator" repl one --record "$work/recorded.json"
does 64 sh -c "echo net.cut n1 | '$emulator' repl nobody/there"
does 66 sh -c "echo ps | '$emulator' repl nobody"
does 64 sh -c "echo 'net.cut n1 n8' | '$emulator' repl one"

# ---- another beside it
does 0 "$emulator" up two --nodes 3
does 64 "$emulator" heal
says 'which lab? there are one, two'
does 64 "$emulator" fault net.isolate n1 --lab two
says '\-\-lab NAME stands before all other words'
does 64 "$emulator" net show --lab two
says '\-\-lab NAME stands before all other words'
does 0 "$emulator" fault --lab two net.isolate n1
does 0 "$emulator" net --lab one show
[ "$(cut_links)" -eq 0 ] || fail "what was done to one lab is done to the other"
does 0 "$emulator" down one
says 'lab one is gone'
does 0 "$raftctl" --lab two wait leader
does 69 "$raftctl" --lab one status
says 'no lab one: there is two'

# ---- a keeper is killed
kill -9 "$(cat "$work/raftlab/two/keeper")" || fail "no keeper to kill"
wait_for "the end of everything" processes_gone
does 69 "$raftctl" --lab two status
says 'lab two is dead'
does 0 "$emulator" ps
says 'lab two was dead'
says 'no labs'
none_left || fail "left: $(ours) $(ls "$work")"

# ---- many nodes on one machine are given time
does 0 "$emulator" up many --nodes 16
does 0 "$raftctl" --lab many config get election_timeout
says '^n1  *election_timeout_min_us *480000'
does 0 "$emulator" down many

# ---- and nothing is left of one that never came to be
does 66 "$emulator" up three --raftd /nowhere
printf '#!/bin/sh\necho no >&2\nexit 3\n' >"$work/bad"
chmod +x "$work/bad"
does 69 "$emulator" up three --raftd "$work/bad"
says 'did not start'
does 0 "$emulator" clean
says 'nothing to clean'
none_left || fail "left: $(ours) $(ls "$work")"
