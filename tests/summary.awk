# SPDX-License-Identifier: GPL-3.0-or-later
# Reads what script/test left behind: ctest's JUnit files (NAME.xml, one a build), `broken` (builds
# that failed, one a line) and `unhappy` (builds whose ctest did not return 0).
# Says what ran in each tier, what failed, what was skipped and why; fails unless all is well.

function build_name(path)
{
    sub(/.*\//, "", path)
    sub(/\.xml$/, "", path)
    return path
}

function unescape(text)
{
    gsub(/&lt;/, "<", text)
    gsub(/&gt;/, ">", text)
    gsub(/&quot;/, "\"", text)
    gsub(/&amp;/, "\\&", text)
    return text
}

function attribute(line, name)
{
    if (!match(line, " " name "=\"[^\"]*\""))
        return ""
    return unescape(substr(line, RSTART + length(name) + 3, RLENGTH - length(name) - 4))
}

# The reason a test gave: its last line that speaks of skipping, else its last line.
function hear(line)
{
    gsub(/<\/?system-out>/, "", line)
    gsub(/^[ \t]+|[ \t]+$/, "", line)
    line = unescape(line)
    if (line == "")
        return
    last = line
    if (tolower(line) ~ /skip/)
        reason = line
}

function finish(    tier)
{
    tier = name
    sub(/\..*/, "", tier)
    tier = build_name(FILENAME) " " tier
    if (!(tier in ran)) {
        ran[tier] = 0
        order[++tiers] = tier
    }
    if (status == "run") {
        passed++
        ran[tier]++
    } else if (status == "skip") {
        skipped++
        skips[skipped] = build_name(FILENAME) " " name ": " (reason != "" ? reason : last)
    } else {
        fail(build_name(FILENAME) " " name)
    }
}

function fail(what)
{
    fails[++failed] = what
}

FILENAME ~ /\/broken$/ { fail($0); next }
FILENAME ~ /\/unhappy$/ { unhappy = unhappy " " $0; next }

/<testcase / {
    name = attribute($0, "name")
    status = attribute($0, "status")
    reason = last = ""
    heard = 0
}
/<skipped message="SKIP_RETURN_CODE=/ { status = "skip" }
/<system-out>/ { heard = 1 }
heard { hear($0) }
/<\/system-out>/ { heard = 0 }
/<\/testcase>/ { finish() }

END {
    if (passed == 0)
        fail("nothing was tested")
    if (unhappy != "" && failed == 0)
        fail(unhappy)
    for (i = 1; i <= tiers; i++)
        printf "%-20s %4d passed\n", order[i], ran[order[i]]
    for (i = 1; i <= failed; i++)
        print "FAILED  " fails[i]
    for (i = 1; i <= skipped; i++)
        print "skipped " skips[i]
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit failed > 0
}
