/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/refusals.h"

#include <string.h>

/* Of commands on data, of administration, and of clients that could send nothing (NOTSENT). */
static const char *const words[] = {
    "ABORTED",   "BEHIND",       "BUSY",        "CHANGED",     "CONFLICT",  "ERR",
    "EXECABORT", "FIXED",        "GAP",         "INPROGRESS",  "LASTVOTER", "LEAVELIMIT",
    "NOLEADER",  "NOPERM",       "NOPROGRESS",  "NOPROTO",     "NOSESSION", "NOSNAPSHOT",
    "NOSPACE",   "NOSUCHMEMBER", "NOTARGET",    "NOTCAUGHTUP", "NOTDATA",   "NOTLEADER",
    "NOTMEMBER", "NOTSENT",      "QUORUMALIVE", "QUORUMGUARD", "ROLE",      "STALE",
    "STALESEQ",  "TIMEOUT",      "TOOMANY",     "TOOSLOW",     "TRANSFER",  "UNKNOWN",
    "WRONGTYPE"};

const char *const *refusals(size_t *ret_count)
{
    *ret_count = ARRAY_LEN(words);
    return words;
}

bool refusal_is_known(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(words[i], word) == 0)
            return true;
    }
    return false;
}
