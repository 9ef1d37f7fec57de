# SPDX-License-Identifier: GPL-3.0-or-later
# Reads arrows.txt's lines, then `header PATH`, `include PATH:LINE:TEXT` and
# `target CMAKELISTS raftlab_x ( NAME FILES ... LINKS ... )`; prints every arrow not allowed.

function dir_of(path)
{
    return sub(/\/[^\/]*$/, "", path) ? path : "."
}

# Whether path is prefix itself or lies below it.
function below(path, prefix)
{
    return path == prefix || index(path, prefix "/") == 1
}

function complain(where, text)
{
    print where ": " text
    bad = 1
}

# The nearest folder at or above path that has a line; "" if none.
function row_of(path)
{
    while (!(path in allowed) && path ~ /\//)
        path = dir_of(path)
    return path in allowed ? path : ""
}

# Whether a file (or folder) may use what: a path below the root, or a library's name.
function may(user, what, is_library,    folder, row, words, n, i)
{
    folder = (user in is_file) ? dir_of(user) : user
    row = row_of(folder)
    n = split(allowed[row] (user in is_file ? " " allowed[user] : ""), words, " ")
    for (i = 1; i <= n; i++) {
        if (words[i] == "*" || words[i] == what)
            return 1
        if (!is_library && below(what, words[i]))
            return 1
    }
    return 0
}

# The library that owns a <header>; "" for the C library's and the kernel's own.
function library_of(header,    pattern, start)
{
    if (header in owner)
        return owner[header]
    for (pattern in owner) {
        start = pattern
        if (sub(/\*$/, "", start) && index(header, start) == 1)
            return owner[pattern]
    }
    return ""
}

function resolve(file, name,    i, n, roots)
{
    n = split(dir_of(file) "/ ./ libraft/ libraft/include/", roots, " ")
    for (i = 1; i <= n; i++) {
        path = (roots[i] == "./" ? "" : roots[i]) name
        if (path in header)
            return path
    }
    return ""
}

$1 == "library" {
    for (i = 3; i < NF; i++)
        owner[$i] = $2
    library_target[$NF] = $2
    next
}
$1 == "public" { for (i = 3; i <= NF; i++) shows[$2] = shows[$2] " " $i; next }
$1 == "allow" {
    path = $2
    sub(/:$/, "", path)
    if (path ~ /\.[ch]$/)
        is_file[path] = 1
    allowed[path] = ""
    for (i = 3; i <= NF; i++)
        allowed[path] = allowed[path] " " $i
    next
}
$1 == "header" { header[$2] = 1; next }

$1 == "include" {
    split($2, place, ":")
    file = place[1]
    where = file ":" place[2]
    is_file[file] = 1
    if (row_of(dir_of(file)) == "") {
        complain(where, "this folder has no line in arrows.txt")
    } else if (match($0, /"[^"]*"/)) {
        name = substr($0, RSTART + 1, RLENGTH - 2)
        path = resolve(file, name)
        if (path == "")
            complain(where, "\"" name "\" is not in the tree")
        else if (row_of(dir_of(path)) != row_of(dir_of(file)) && !may(file, path, 0))
            complain(where, "may not include \"" name "\"")
    } else if (match($0, /<[^>]*>/)) {
        name = substr($0, RSTART + 1, RLENGTH - 2)
        library = library_of(name)
        if (library != "" && !may(file, library, 1))
            complain(where, "may not include <" name ">")
    }
    next
}

# A target lives in the folder of its first file; links are judged when all targets are known.
$1 == "target" {
    folder = dir_of($2)
    name = $5
    for (i = 6; i <= NF && $i != "FILES"; i++)
        ;
    first = $(i + 1)
    if (first ~ /\//)
        folder = folder "/" dir_of(first)
    home[name] = folder
    list[name] = $2
    for (; i <= NF && $i != "LINKS"; i++)
        ;
    for (i++; i < NF; i++)
        links[name] = links[name] " " $i
    next
}

# A target may link a library if any file of its folder may include it.
function may_link_library(folder, library,    path)
{
    if (may(folder, library, 1))
        return 1
    for (path in is_file)
        if (dir_of(path) == folder && may(path, library, 1))
            return 1
    return 0
}

function may_link_folder(folder, other,    words, n, i)
{
    if (row_of(other) == row_of(folder) || may(folder, other, 0))
        return 1
    n = split(shows[other], words, " ")
    for (i = 1; i <= n; i++)
        if (may(folder, words[i], 0))
            return 1
    return 0
}

END {
    for (name in links) {
        if (below(home[name], "tests"))
            continue
        n = split(links[name], words, " ")
        for (i = 1; i <= n; i++) {
            link = words[i]
            if (link in library_target)
                ok = may_link_library(home[name], library_target[link])
            else if (link in home)
                ok = may_link_folder(home[name], home[link])
            else
                ok = 1
            if (!ok)
                complain(list[name], name " may not link " link)
        }
    }
    exit bad
}
