/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a lab's keeper tells of it, as tables for people. */
#ifndef EMULATOR_LAB_VIEW_H
#define EMULATOR_LAB_VIEW_H

#include "emulator/commands/at_lab.h"

enum lab_view {
    LAB_VIEW_NODES,   /* nodes with their processes, and the faults in force */
    LAB_VIEW_NET,     /* the links, from each to each … */
    LAB_VIEW_NET_ALL, /* … of clients' hosts, too, if all of them are perfect */
    LAB_VIEW_JSON     /* all of it, as the keeper says it */
};

/* Asks the keeper, and prints. 0 or an exit code. */
int lab_view(struct at_lab *at, enum lab_view what);
/* The same of a lab that is not called yet: by its name, as at_lab_call. */
int lab_view_of(const char *name, enum lab_view what);

#endif
