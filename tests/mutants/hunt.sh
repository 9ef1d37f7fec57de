# SPDX-License-Identifier: GPL-3.0-or-later
# Looking for a planted mistake. To be sourced, with mutants (the program), runs (a folder of its
# own), here (this folder), and mutant (its id) set.

# scenario_of NAME: what sweep or run is told.
scenario_of() {
    if [ "$1" = swarm ]; then
        echo --swarm
    elif [ -f "$here/scenarios/$1.json" ]; then
        echo "$here/scenarios/$1.json"
    else
        echo "$1"
    fi
}

# wrong_with PROGRAM ID NAME: what is wrong, as the program lists it; nothing if it is not planted.
wrong_with() {
    RAFTLAB_MUTANT='?' "$1" 2>&1 | sed -nE "s/^  $2 +$3 +//p"
}

# times_met FILE: how often the mistake was made.
times_met() {
    od -An -tu8 "$1" | tr -d ' '
}

# hunt SCENARIO CHECKERS FROM TO [VARIABLE=VALUE]: the first seed at which one of the checkers, a|b,
# objects, whatever else does before. Sets tries, checker, met (how often the mistake was made, in the
# runs of the last sweep), and line (what was said). With 1: none.
hunt() {
    what=$(scenario_of "$1") at=$3 checker='' line=''
    while [ "$at" -le "$4" ]; do
        rm -f "$runs/met"
        said=$(env RAFTLAB_MUTANT="$mutant" RAFTLAB_MUTANT_MET="$runs/met" "${5-RAFTLAB_X=}" \
            "$mutants" sweep "$what" --seeds "$at..$4" --until-fail --jobs 1 --runs "$runs" --quiet 2>&1)
        code=$?
        met=$(times_met "$runs/met")
        tries=$(($4 - $3 + 1))
        [ $code -eq 0 ] && return 1
        line=$(printf '%s\n' "$said" | grep -E '^[A-Za-z]+ +[^ ]+ seed 0x[0-9A-F]+: ' | head -n 1)
        if [ -z "$line" ]; then
            line=$said
            return 2
        fi
        seed=$(printf '%s\n' "$line" | sed -nE 's/^[^:]* seed (0x[0-9A-F]+): .*/\1/p')
        checker=$(printf '%s\n' "$line" | sed -nE "s/^FAIL +[^:]*: ($2): .*/\1/p")
        case $line in
        *': the run died of '*) checker=died ;;
        esac
        tries=$((seed - $3 + 1))
        [ -n "$checker" ] && return 0
        at=$((seed + 1))
    done
    return 1
}

# hunt_live SCENARIO CHECKERS TIMES [VARIABLE=VALUE]: the first of so many runs on real processes in
# which one of the checkers objects; a run is judged as a whole, by all of them. As hunt otherwise,
# with emulator and raftd (that with the mistakes) set; seeds begin behind first, if that is set. With
# 77: this machine cannot run it.
hunt_live() {
    what=$(scenario_of "$1") tries=0 checker='' line=''
    while [ "$tries" -lt "$3" ]; do
        tries=$((tries + 1))
        rm -f "$runs/met"
        said=$(env RAFTLAB_MUTANT="$mutant" RAFTLAB_MUTANT_MET="$runs/met" "${4-RAFTLAB_X=}" \
            "$emulator" run "$what" --raftd "$raftd" --seed $((${first-0} + tries)) \
            --runs "$runs" --keep never --quiet 2>&1)
        code=$?
        [ $code -eq 77 ] && { echo "$said"; return 77; }
        met=$(times_met "$runs/met")
        line=$(printf '%s\n' "$said" | grep -E '^(  (FAIL|UNKNOWN|VACUOUS) |error)' | tr -s '\n ' ' ')
        checker=$(printf '%s\n' "$said" | sed -nE "s/^  FAIL +($2) .*/\1/p" | head -n 1)
        [ -n "$checker" ] && return 0
    done
    return 1
}
