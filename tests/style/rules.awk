# SPDX-License-Identifier: GPL-3.0-or-later
# Reads the table of rules and prints one line for what each row names:
#   rule ID | code ID PATH | case ID PATH | mute ID | bad LINE TEXT
# mute: nothing but programs shows it, which are named with their ending.

function trim(text) { gsub(/^[ `]+|[ `]+$/, "", text); return text }

/^\| R-[A-Z]+-[0-9]+ / {
    n = split($0, cell, "|")
    id = trim(cell[2])
    number = id
    sub(/.*-/, "", number)
    family = id
    sub(/-[0-9]+$/, "", family)
    print "rule", id
    if (number + 0 != ++last[family])
        print "bad", FNR, id " follows " family "-" (last[family] - 1)
    last[family] = number + 0
    if (n != 6)
        print "bad", FNR, id ": a row is rule, sentence, code and case"
    print "code", id, trim(cell[4])
    if (trim(cell[5]) == "")
        print "bad", FNR, id ": no case"
    cases = split(cell[5], shown, ",")
    texts = named = 0
    for (i = 1; i <= cases; i++) {
        if (trim(shown[i]) == "")
            continue
        print "case", id, trim(shown[i])
        named++
        texts += shown[i] !~ /\./
    }
    if (named > 0 && texts == 0)
        print "mute", id
}
