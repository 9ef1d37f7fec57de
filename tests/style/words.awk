# SPDX-License-Identifier: GPL-3.0-or-later
# Reads words.txt, then C files; prints what must not be there.

function complain(text)
{
    print FILENAME ":" FNR ": " text
    bad = 1
}

# Whether name stands in text as a word of its own, followed by rest.
function has(text, name, rest)
{
    return (" " text) ~ ("[^A-Za-z0-9_]" name rest)
}

# Whether this file may call it.
function may(call,    paths, n)
{
    n = split(allowed[call], paths, " ")
    while (n > 0 && index(FILENAME, paths[n]) != 1)
        n--
    return n > 0
}

# The line without strings and comments; `inside` is whether a comment is open at its end.
function code_of(text,    end)
{
    if (inside) {
        end = index(text, "*/")
        if (end == 0)
            return ""
        text = substr(text, end + 2)
        inside = 0
    }
    gsub(/\\./, "", text)
    gsub(/"[^"]*"/, "\"\"", text)
    gsub(/(->|\.)[A-Za-z_]+/, "", text) # members that are called so
    gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", text)
    if (match(text, /\/\*/)) {
        inside = 1
        text = substr(text, 1, RSTART - 1)
    }
    return text
}

FILENAME ~ /words\.txt$/ {
    if ($1 == "but")
        for (i = 3; i <= NF; i++)
            allowed[$2] = allowed[$2] " " $i
    if ($1 != "call" && $1 != "word")
        next
    reason = $0
    sub(/^[a-z]+ +[^ ]+ +/, "", reason)
    if ($1 == "call")
        calls[$2] = reason
    else
        words[$2] = reason
    next
}

FNR == 1 && $0 != "/* SPDX-License-Identifier: GPL-3.0-or-later */" {
    complain("the first line must be the SPDX licence line")
}
{
    for (word in words)
        if (has($0, word, "([^A-Za-z0-9_]|$)"))
            complain(word ": " words[word])
    code = code_of($0)
    if (code ~ /\/\//)
        complain("a comment is written /* so */")
    for (call in calls)
        if (has(code, call, " *\\(") && !may(call))
            complain(call ": " calls[call])
}
END { exit bad }
