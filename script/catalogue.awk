# SPDX-License-Identifier: GPL-3.0-or-later
# One line of the table of script/catalogue from what a run printed. Variables: name, numbers, lasts,
# meant, world, code, wall (tenths of a second), attempt.

# "  PASS     coverage.opsOk   opsOk is 376, at least 60 was asked for"
$2 ~ /^coverage\./ {
    sub(/,$/, "", $5)
    coverage = coverage (coverage == "" ? "" : ", ") substr($2, 10) " " $5 "/" $8
}

# The first that did not pass, in its own words.
why == "" && ($1 == "FAIL" || $1 == "UNKNOWN" || $1 == "VACUOUS") && /^  [A-Z]+ / {
    why = $2 ":"
    for (i = 3; i <= NF; i++)
        why = why " " $i
}

why == "" && match($0, /not here: .*    \[/) {
    why = substr($0, RSTART + 10, RLENGTH - 15)
    if (why ~ /does not run in/)
        why = "the file is meant for the other world; it lasts " lasts
}

/^(error|skip): / { last = $0 }

END {
    verdict = code == 0 ? "ok" : code == 1 ? "violated" : code == 2 ? "unknown" : code == 4 ? "vacuous" : \
              code == 77 ? "not here" : "exit " code
    if (code == meant && code > 0)
        verdict = verdict ", as meant"
    if (meant > 0 && code == 0)
        verdict = "not violated, against its meaning"
    told = code == 0 ? coverage : why == "" ? last : why
    if (attempt > 1)
        told = told " (attempt " attempt ": the laboratory had spoiled the others)"
    gsub(/\|/, "\\|", told)
    printf "| %s | %s | %s | %s | %s | %.1f |\n", numbers == "-" ? "" : numbers, name, world, verdict, told, wall / 10
}
