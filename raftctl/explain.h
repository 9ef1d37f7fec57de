/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What codes and words mean, as a table. */
#ifndef RAFTCTL_EXPLAIN_H
#define RAFTCTL_EXPLAIN_H

#include "base/must.h"

/* fix and source may be NULL. */
struct explanation {
    const char *name; /* a code in capitals, an exit code in digits, or a word */
    const char *what;
    const char *fix;
    const char *source; /* where the protocol's papers tell of it */
};

const struct explanation *explain_all(size_t *ret_count);
/* By its name, whatever its case and with - or _ for a space; or NULL. */
const struct explanation *explain_find(const char *name);

/* The letter as names are compared. */
char explain_plain(char c);

#endif
