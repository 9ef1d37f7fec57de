#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# scenario.sh repeats what the laboratory spoiled, and nothing else: each case is a program that
# leaves a verdict and an exit code, and how often it may be started.
set -u
here=$(dirname "$0")
dir=$(mktemp -d) || exit 70
trap 'rm -rf "$dir"' EXIT
failed=0

cat >"$dir/fake" <<'END'
#!/bin/sh
case $1 in
sim) exit 0 ;;
diff) exit "$FAKE_DIFFERS" ;;
esac
echo x >>"$FAKE_DIR/starts"
mkdir -p "$FAKE_DIR/runs/one" && ln -sfn one "$FAKE_DIR/runs/latest"
printf '%s\n' "$FAKE_VERDICT" >"$FAKE_DIR/runs/one/verdict.json"
exit "$FAKE_CODE"
END
chmod +x "$dir/fake"
export FAKE_DIR="$dir" FAKE_VERDICT FAKE_CODE FAKE_DIFFERS=0

# starts WANTED CODE VERDICT
starts() {
    FAKE_CODE=$2 FAKE_VERDICT=$3
    rm -f "$dir/starts"
    "$here/scenario.sh" "$dir/fake" run x --runs "$dir/runs" >"$dir/out"
    code=$?
    count=$(wc -l <"$dir/starts")
    if [ "$code" -ne "$2" ] || [ "$count" -ne "$1" ]; then
        echo "FAIL: exit $2 with $3: started $count times, wanted $1; exit $code"
        failed=1
    fi
}
late='{"checks":[{"name":"harness","verdict":"ok"}]}'
starts 5 2 "$late"
starts 1 2 '{"checks":[{"name":"steps","verdict":"unknown"}]}'
starts 1 1 "$late"
starts 1 0 "$late"
starts 1 4 "$late"

# The worlds judge alike, or the test has failed.
FAKE_DIFFERS=1 FAKE_CODE=0 FAKE_VERDICT=$late
"$here/scenario.sh" "$dir/fake" run x --runs "$dir/runs" >"$dir/out" && {
    echo "FAIL: the worlds differ, and it passes"
    failed=1
}
exit $failed
