# SPDX-License-Identifier: GPL-3.0-or-later
# Lengths of files, functions and lines. A function body is what stands between a `{` alone in the
# first column and the next `}` there: clang-format puts nothing else in those places.

function complain(where, text)
{
    print where ": " text
    bad = 1
}

function end_file()
{
    if (file == "")
        return
    files[++files_count] = lines
    if (lines > 600)
        complain(file, lines " lines, more than 600")
}

function median(values, count,    i, j, v)
{
    for (i = 2; i <= count; i++) {
        v = values[i]
        for (j = i - 1; j >= 1 && values[j] > v; j--)
            values[j + 1] = values[j]
        values[j + 1] = v
    }
    return count == 0 ? 0 : values[int((count + 1) / 2)]
}

FNR == 1 {
    end_file()
    file = FILENAME
    start = 0
}
{
    lines = FNR
    text = $0
    gsub(/[\200-\277]/, "", text) # the further bytes of a UTF-8 character take no column
    if (length(text) > 100)
        complain(FILENAME ":" FNR, length(text) " columns, more than 100")
}
/^[A-Za-z_].*\(/ { name = $0 }
/^\{$/ { start = FNR }
/^\}/ && start > 0 {
    size = FNR - start + 1
    functions[++functions_count] = size
    if (size > 70)
        complain(FILENAME ":" start, size " lines, more than 70: " name)
    start = 0
}
END {
    end_file()
    f = median(functions, functions_count)
    printf "%d functions, median %d lines, longest %d\n", functions_count, f,
           functions[functions_count]
    f = median(files, files_count)
    printf "%d files, median %d lines, longest %d\n", files_count, f, files[files_count]
    exit bad
}
