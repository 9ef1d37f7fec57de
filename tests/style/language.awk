# SPDX-License-Identifier: GPL-3.0-or-later
# language.awk ROWS... LANGUAGE.md: the rows of the scenario language against the user's reference.
# Prints "LANGUAGE.md: what is missing or wrong" and fails then.

function complain(text) { print doc ": " text; bad = 1 }

# ---- the rows ----

# P(name, type, rule, choices) and PARAMS_other(P), in the body of a macro.
function read_params(macro, body,    piece, part)
{
    order[++macros] = macro
    while (match(body, /PARAMS_[A-Za-z_]+\(P\)|P\([a-zA-Z]+, *[a-z]+, *[a-z]+, *("[^"]*"|[A-Z_]+)\)/)) {
        piece = substr(body, RSTART, RLENGTH)
        body = substr(body, RSTART + RLENGTH)
        if (piece ~ /^PARAMS_/) {
            sub(/\(P\)/, "", piece)
            params[macro] = params[macro] " @" piece
            continue
        }
        gsub(/^P\(|\)$|"/, "", piece)
        split(piece, part, /, */)
        params[macro] = params[macro] " " part[1] ":" part[3] ":" part[4]
    }
}

# Macros in it replaced by what they stand for; they nest three deep at most.
function params_of(macro,    text, n, word, i, deep)
{
    text = params[macro]
    for (deep = 0; deep < 4; deep++) {
        n = split(text, word, " ")
        text = ""
        for (i = 1; i <= n; i++)
            text = text " " (word[i] ~ /^@/ ? params[substr(word[i], 2)] : word[i])
    }
    return text
}

function row(kind, name, macro, undo)
{
    rows[kind, name] = 1
    names[kind] = names[kind] " " name
    takes[kind, name] = macro
    undoes[kind, name] = undo
}

# The arguments of one X(…), texts last.
function read_row(list, piece,    part)
{
    gsub(/^X\(|\)$/, "", piece)
    split(piece, part, / *, */)
    gsub(/"/, "", part[2])
    if (list == "ACTIONS")
        row("action", part[2], "PARAMS_" part[1], part[6])
    else if (list == "WAITS" && part[1] != "time" && part[1] != "trigger")
        row("condition", part[1], "PARAMS_wait_" part[1])
    else if (list == "WAITS" && part[1] == "trigger")
        said["trigger"] = "PARAMS_wait_trigger"
    else if (list == "CHECKERS")
        row("checker", part[1], "PARAMS_" part[3])
    else if (list == "COVERAGE")
        row("counter", part[1])
    else if (list == "SELECTORS")
        row("selector", part[2])
    else if (list == "SHAPES")
        row("shape", part[1])
    else if (list == "MESSAGES" || list == "OPS")
        words[part[1]] = 1
}

function read_macro(line,    name, piece)
{
    name = line
    sub(/^#define /, "", name)
    sub(/[( ].*/, "", name)
    if (name ~ /^PARAMS_/) {
        sub(/^#define [A-Za-z_]+(\(P\))?/, "", line)
        read_params(name, line)
    } else if (name ~ /^SCENARIO_[A-Z]+$/) {
        sub(/^[^)]*\)/, "", line)
        sub(/SCENARIO_/, "", name)
        while (match(line, /X\([^()]*(\("?[^()]*\))?[^()]*\)/)) {
            piece = substr(line, RSTART, RLENGTH)
            line = substr(line, RSTART + RLENGTH)
            read_row(name, piece)
        }
    } else if (line ~ /^#define [A-Z_]+ +"[^"]*"$/) {
        sub(/^[^"]*"/, "", line)
        sub(/".*/, "", line)
        choices[name] = line
    }
}

# ---- the reference ----

function spelled(cell)
{
    gsub(/[` ]/, "", cell)
    sub(/\(.*/, "", cell)
    if (kind == "selector")
        sub(/^\$.*/, "$", cell)
    if (kind == "selector" && cell ~ /^n[0-9]$/)
        cell = "n"
    return cell
}

function read_cells(line,    cell, n)
{
    n = split(line, cell, "|")
    if (cell[2] !~ /`/) {
        kind = cell[2]
        gsub(/ /, "", kind)
        return
    }
    name = spelled(cell[2])
    if ((kind, name) in shown)
        complain(kind " " name " has two rows")
    shown[kind, name] = line
    cells[kind, name] = cell[3]
    ends[kind, name] = cell[5]
    if (index(names[kind], " ") && !((kind, name) in rows))
        complain("there is no " kind " " name)
}

# What is in backquotes stands for a parameter; "?" behind it: it may be left out.
function check_params(kind, name,    n, one, i, part, cell, token, known)
{
    cell = cells[kind, name]
    n = split(params_of(takes[kind, name]), one, " ")
    for (i = 1; i <= n; i++) {
        split(one[i], part, ":")
        known[part[1]] = 1
        if (index(cell, "`" part[1] "`") == 0)
            complain(kind " " name ": nothing about " part[1])
        else if ((part[2] == "may") != (index(cell, "`" part[1] "`?") > 0))
            complain(kind " " name ": " part[1] (part[2] == "may" ? " may" : " may not") " be left out")
        check_choices(kind, name, part[1], part[3] in choices ? choices[part[3]] : part[3])
    }
    gsub(/\([^()]*(\([^()]*\))?[^()]*\)|\{[^}]*\}/, "", cell)
    while (match(cell, /`[A-Za-z]+`/)) {
        token = substr(cell, RSTART + 1, RLENGTH - 2)
        cell = substr(cell, RSTART + RLENGTH)
        if (!(token in known))
            complain(kind " " name " has no parameter " token)
    }
}

# Each where the parameter is described: in the row, or in the text.
function check_choices(kind, name, param, list,    n, one, i)
{
    n = split(list, one, "|")
    for (i = 1; i <= n; i++) {
        if (one[i] ~ /^[A-Za-z]+$/ && one[i] !~ /^[A-Z_]+_/ && index(text, one[i]) == 0)
            complain(kind " " name ": " param ": nothing about " one[i])
    }
}

function check_undo(name,    says)
{
    says = ends["action", name]
    sub(/^ +/, "", says)
    sub(/[ ,].*/, "", says)
    if (says != (undoes["action", name] == "no" ? "–" : undoes["action", name]))
        complain("action " name ": for: " undoes["action", name] ", not " says)
}

FNR == 1 { is_doc = FILENAME ~ /\.md$/; doc = is_doc ? FILENAME : doc }
!is_doc {
    whole = whole $0
    if (sub(/ *\\$/, "", whole))
        next
    gsub(/" +"/, "", whole)
    gsub(/  +/, " ", whole)
    if (whole ~ /^#define /)
        read_macro(whole)
    whole = ""
    next
}
{ text = text "\n" $0 }
/^\|[ -]*\|?-/ { next }
/^\| / { read_cells($0) }

END {
    for (key in rows) {
        split(key, at, SUBSEP)
        total[at[1]]++
        if (!(key in shown)) {
            complain("nothing about the " at[1] " " at[2])
            continue
        }
        if (at[1] == "action" || at[1] == "condition" || at[1] == "checker")
            check_params(at[1], at[2])
        if (at[1] == "action")
            check_undo(at[2])
    }
    for (word in words) {
        if (text !~ ("[^A-Za-z]" word "[^A-Za-z]"))
            complain("nothing about " word)
    }
    n = split(params_of(said["trigger"]), one, " ")
    for (i = 1; i <= n; i++) {
        sub(/:.*/, "", one[i])
        if (text !~ ("[`\"]" one[i] "[`\"]"))
            complain("trigger: nothing about " one[i])
    }
    for (kind in total)
        kinds++
    if (kinds < 6)
        complain("the rows were not found")
    exit bad
}
