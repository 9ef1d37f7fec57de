#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of raftctl as zsh and fish themselves do it, at a line that is typed: verbs, options,
# choices, files, and the members of a cluster. Exit code 77 where there is no such shell.
#
#   raftctl-completion.sh zsh|fish RAFTCTL RAFTD
set -u
shell=$1
raftctl=$2
raftd=$3
unset RAFTCTL_ENDPOINTS RAFTCTL_LAB
command -v "$shell" >/dev/null || { echo "skip: there is no $shell here"; exit 77; }
dir=$(mktemp -d) || exit 70
pid=
trap 'kill -9 $pid 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT
export HOME="$dir" XDG_CONFIG_HOME="$dir" XDG_DATA_HOME="$dir" XDG_CACHE_HOME="$dir" TERM=dumb
mkdir "$dir/bin" "$dir/here" && ln -s "$raftctl" "$dir/bin/raftctl"
PATH="$dir/bin:$PATH"
raftctl completion "$shell" >"$dir/completion" || exit 1
die() {
    echo "FAIL: $shell: $*"
    cat -v "$dir/out"
    exit 1
}

# zsh takes long to get ready: all lines are typed into one. Of each, the line as it is after a Tab,
# between brackets, and what was listed on the way.
cat >"$dir/inside" <<'END'
PS1= PROMPT_EOL_MARK=
autoload -Uz compinit && compinit -u -D
source "$COMPLETION"
bindkey '^I' complete-word
LISTMAX=1000
show() { zle -I; print -r -- "[$BUFFER]"; BUFFER=; print DONE; }
zle -N show
bindkey '^X' show
print READY
END
cat >"$dir/type" <<'END'
zmodload zsh/zpty
zpty -b inside zsh -f -i
wait_for() {
    until [[ $all == *$1* ]]; do
        if zpty -r -t inside piece; then all+=$piece; else sleep 0.05; fi
    done
}
zpty -w inside "source $INSIDE"
all=; wait_for $'READY\r'
number=0
while IFS= read -r line; do
    all=; zpty -w -n inside "$line"$'\t\x18'; wait_for $'DONE\r'
    print -r -- "$all" >"$OUT.$((++number))"
done
zpty -d inside
END
complete_all() {
    number=0
    case $shell in
    zsh) COMPLETION=$dir/completion INSIDE=$dir/inside OUT=$dir/out timeout 240 zsh -f "$dir/type" ;;
    fish)
        while IFS= read -r line; do
            number=$((number + 1))
            timeout 60 fish --no-config -c "source $dir/completion; complete -C '$line'" >"$dir/out.$number" 2>&1
        done
        ;;
    esac <"$dir/lines" >"$dir/out" 2>&1 || die "a line is not completed"
    number=0
}
# Called twice: the lines are collected, and then judged.
judges() {
    [ "$judging" = yes ] || { echo "$1" >>"$dir/lines"; return 1; }
    number=$((number + 1))
    cp "$dir/out.$number" "$dir/out" || die "'$1' was not typed"
}
becomes() { # becomes LINE LAST: the one way to end it
    judges "$1" || return
    case $shell in
    zsh) grep -qF -- "[${1% *} $2" "$dir/out" || die "'$1' does not become '$2'" ;;
    fish) [ "$(cut -f1 "$dir/out")" = "$2" ] || die "'$1' does not become '$2'" ;;
    esac
}
offers() { # offers LINE WORD...: several ways
    judges "$1" || return
    line=$1
    shift
    for word; do grep -qF -- "$word" "$dir/out" || die "'$line' is not offered '$word'"; done
}
offers_not() {
    judges "$1" || return
    grep -qF -- "$2" "$dir/out" && die "'$1' is offered '$2'"
    :
}
lines() {
    becomes 'raftctl stat' status
    becomes 'raftctl member rem' remove
    becomes 'raftctl get k --must' --must-exist
    becomes 'raftctl status -o pl' plain
    becomes 'raftctl completion fi' fish
    becomes 'raftctl wait hea' healthy
    becomes 'raftctl wait nod' node=
    becomes 'raftctl wait node=n1:fo' node=n1:follower
    becomes 'raftctl wait node=n1:dow' node=n1:down
    offers 'raftctl wait node=n1:' leader follower caught-up
    offers 'raftctl member ' add remove promote 'a node becomes a member' 'a learner becomes a voter'
    offers 'raftctl set k v --' --if-absent --timeout 'give up after, for example 500ms or 5s'
    offers 'raftctl ' status health 'the whole cluster, a line a node'
    offers_not 'raftctl get --' --force
    offers_not 'raftctl member promote ' a-file-of-mine
    becomes 'raftctl snapshot verify a-f' a-file-of-mine
    becomes 'raftctl txn --file a-f' a-file-of-mine
    # An answer may come too late for somebody who types, but not each time.
    named=0
    for try in 1 2 3 4 5 6; do
        judges "raftctl -e $member member promote al" || continue
        grep -q alpha "$dir/out" && named=$((named + try))
    done
    [ "$judging" = no ] || [ "$named" -gt 0 ] || die "the member is never offered"
    named=0
    for try in 1 2 3 4 5 6; do
        judges "raftctl -e $member wait node=al" || continue
        grep -qF node=alpha: "$dir/out" && named=$((named + try))
    done
    [ "$judging" = no ] || [ "$named" -gt 0 ] || die "the member is never offered in a condition"
}

cd "$dir/here" || exit 70
: >a-file-of-mine
mkdir a-directory-of-mine
# Who is a member is asked of the cluster that the line names.
member=127.0.0.1:10002
"$raftd" --name alpha --data-dir "$dir/alpha" --listen-peer 127.0.0.1:10001 --listen-client \
    $member --bootstrap alpha=127.0.0.1:10001 2>"$dir/log" &
pid=$!
raftctl -e $member wait leader -t 60s >"$dir/out" 2>&1 || die "no cluster"
judging=no
lines
complete_all
judging=yes
lines
echo "$shell completes $number lines"
