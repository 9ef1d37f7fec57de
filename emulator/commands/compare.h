/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two results of one story: where their verdicts and their courses differ. */
#ifndef EMULATOR_COMPARE_H
#define EMULATOR_COMPARE_H

#include "base/err.h"

struct compared {
    bool verdicts;   /* the overall verdicts are the same … */
    bool judgements; /* … and so is the verdict of every check the scenario asked for */
    bool course;     /* the same leaders in the same terms */
};

/* Prints a line for each thing compared: there, the first directory; here, the second. Errors:
 * -E_NOTFOUND, -E_CORRUPT: no result of run or sim. */
int compare_runs(const char *there, const char *here, struct compared *ret,
                 struct err *e) MUST_CHECK;

#endif
