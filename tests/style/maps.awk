# SPDX-License-Identifier: GPL-3.0-or-later
# Prints the paths a README names, `a.{h,c}` as two.

function name(path,    open, shut, parts, n, i)
{
    open = index(path, "{")
    shut = index(path, "}")
    if (open == 0 || shut < open) {
        print path
        return
    }
    n = split(substr(path, open + 1, shut - open - 1), parts, ",")
    for (i = 1; i <= n; i++)
        print substr(path, 1, open - 1) parts[i] substr(path, shut + 1)
}

/^ *```tree/ { tree = 1; next }
/^ *```/ { tree = 0; fenced = !fenced && !/```.*```/; next }
tree && NF > 0 { name($1); next }
{
    text = $0
    while (match(text, /`[^`]+`/)) {
        token = substr(text, RSTART + 1, RLENGTH - 2)
        text = substr(text, RSTART + RLENGTH)
        if (token ~ /^[A-Za-z0-9_.\/*-]+\.(c|h|sh|awk|cmake|[{]h,c[}])$/)
            name(token)
    }
}
