#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# script/catalogue makes a table of whatever runs say: of a program that says it, and of real runs.
#
#   catalogue.sh EMULATOR TOOL
set -u
emulator=$1 tool=$2
dir=$(mktemp -d) || exit 70
trap 'rm -rf "$dir"' EXIT

fail() {
    echo "FAIL: $*"
    cat "$dir/out" "$dir/err"
    exit 1
}

# says NAME CODE: what the program prints of it is on stdin.
says() {
    echo "$2" >"$dir/$1.code"
    cat >"$dir/$1.text"
}

cat >"$dir/fake" <<'END'
#!/bin/sh
here=$(dirname "$0")
[ "$1" = list ] && exec cat "$here/list"
echo "$1" >>"$here/$2.starts"
cat "$here/$2.text"
exit "$(cat "$here/$2.code")"
END
chmod +x "$dir/fake"

cat >"$dir/list" <<'END'
well                    17s  5 nodes  sim+live  says why; needs
    tags clock, catalogue-33, catalogue-7; needs flow, trace
wrong                    7s  5 nodes  sim+live  says why
    tags catalogue-4; needs flow
late                     7s  5 nodes  sim+live  says why
    needs flow
elsewhere              604s  5 nodes  sim       says why
    tags catalogue-90; needs flow
lacking                  7s  5 nodes  sim       says why
    needs flow
doomed                   7s  5 nodes  live      says why
    tags meant-to-fail; needs flow
blessed                  7s  5 nodes  live      says why
    tags meant-to-fail; needs flow
END
says well 0 <<'END'
  PASS     linearizable                 166 answers
  PASS     coverage.elections           elections is 3, at least 2 was asked for
  PASS     coverage.opsOk               opsOk is 376, at least 60 was asked for
END
says wrong 1 <<'END'
  PASS     linearizable                 166 answers
  FAIL     electionSafety               two leaders | one term
  FAIL     coverage.opsOk               opsOk is 3, at least 60 was asked for
END
says late 2 <<'END'
  UNKNOWN  steps                        a wait ran out
  UNKNOWN  harness                      the machine was busy
END
says elsewhere 77 <<'END'
f.json:6:2: not here: the scenario does not run in the live world    [/run]
skip: f.json: cannot run in the live world
END
says lacking 77 <<'END'
f.json:6:2: not here: step 4: before: the live world cannot do this yet    [/steps/1]
f.json:9:2: not here: something else    [/steps/2]
END
says doomed 1 <<'END'
  FAIL     linearizable                 a lost write
END
says blessed 0 <<'END'
  PASS     linearizable                 166 answers
  PASS     coverage.opsOk               opsOk is 376, at least 60 was asked for
END

"$tool" --world live --jobs 3 --runs "$dir/runs" --emulator "$dir/fake" >"$dir/out" 2>"$dir/err"
[ $? -eq 1 ] || fail "one did not pass, and it says they all did"
cat >"$dir/wanted" <<'END'
| # | scenario | world | verdict | coverage, or why not | wall s |
|--:|---|---|---|---|--:|
| 4 | wrong | live | violated | electionSafety: two leaders \| one term | T |
| 33,7 | well | live | ok | elections 3/2, opsOk 376/60 | T |
| 90 | elsewhere | live | not here | the file is meant for the other world; it lasts 604s | T |
|  | blessed | live | not violated, against its meaning | opsOk 376/60 | T |
|  | doomed | live | violated, as meant | linearizable: a lost write | T |
|  | lacking | live | not here | step 4: before: the live world cannot do this yet | T |
|  | late | live | unknown | steps: a wait ran out (attempt 3: the laboratory had spoiled the others) | T |

live: 2 ok, 3 not ok, 2 not here
END
sed 's/[0-9][0-9.]* |$/T |/' "$dir/out" | diff "$dir/wanted" - || fail "another table"
[ "$(wc -l <"$dir/late.starts")" -eq 3 ] || fail "what the laboratory spoiled is tried three times"
[ "$(cat "$dir/wrong.starts")" = run ] || fail "a violation stands"
[ -s "$dir/runs/live-wrong.txt" ] && [ -s "$dir/runs/live-blessed.txt" ] && [ ! -e "$dir/runs/live-well.txt" ] || fail "what is kept: $(ls "$dir/runs")"

"$tool" --world live --runs "$dir/runs" --emulator "$dir/fake" doomed >"$dir/out" 2>"$dir/err" || fail "exit code $?"
"$tool" --world live --runs "$dir/runs" --emulator "$dir/fake" blessed >"$dir/out" 2>"$dir/err"
[ $? -eq 1 ] || fail "one that is meant to fail and does not has not passed"
"$tool" --world sim --runs "$dir/runs" --emulator "$dir/fake" well >"$dir/out" 2>"$dir/err" || fail "exit code $?"
grep -q '^| 33,7 | well | sim | ok |' "$dir/out" || fail "not in the other world"
"$tool" --emulator "$dir/fake" --runs "$dir/runs" nobody >"$dir/out" 2>"$dir/err"
[ $? -eq 66 ] && grep -q 'no shipped scenario is named nobody' "$dir/err" || fail "a name that is none"
"$tool" --help >"$dir/out" 2>"$dir/err" && grep -q '^usage: ' "$dir/out" || fail "help"
"$tool" --jobs 0 >"$dir/out" 2>"$dir/err"
[ $? -eq 64 ] || fail "no job at all"
"$tool" --emulator "$dir/nothing" >"$dir/out" 2>"$dir/err"
[ $? -eq 66 ] || fail "an emulator that is not there"

# The real one: its words are still those that the tool reads.
"$tool" --world sim --jobs 2 --runs "$dir/runs" --emulator "$emulator" leader-election fd-exhaustion \
    >"$dir/out" 2>"$dir/err" || fail "exit code $?"
grep -Eq '^\| +\| leader-election \| sim \| ok \| elections [0-9]+/3, opsOk [0-9]+/60 \| [0-9.]+ \|$' "$dir/out" ||
    fail "leader-election"
grep -q '^| 82 | fd-exhaustion | sim | not here | the file is meant for the other world; it lasts' "$dir/out" ||
    fail "fd-exhaustion"
grep -qx 'sim: 1 ok, 0 not ok, 1 not here' "$dir/out" || fail "the sum"
