/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a lab's nodes say. */
#ifndef EMULATOR_LAB_LOGS_H
#define EMULATOR_LAB_LOGS_H

#include "emulator/commands/at_lab.h"

struct lab_logs {
    bool follow; /* until ^C, or the end of the lab */
    bool columns;
};
/* Of the nodes named; none: of all. 0 or an exit code. */
int lab_logs(struct at_lab *at, const struct lab_logs *how, char *const *names, int count);

#endif
