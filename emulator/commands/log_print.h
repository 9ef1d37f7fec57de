/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of raftd's log for people: one below the other, or a column a node. */
#ifndef EMULATOR_LOG_PRINT_H
#define EMULATOR_LOG_PRINT_H

#include "base/buf.h"

#include <stdbool.h>

/* Borrowed. */
struct log_print {
    char *const *names; /* of the nodes, a column each */
    size_t count;
    size_t width;  /* of the screen, in columns */
    bool columns;  /* else line by line */
    bool coloured; /* by level and topic */
};

/* The head of the columns; nothing where there are none. */
void log_print_head(const struct log_print *p, struct buf *out);
/* One line of a node: "2026-11-26T14:46:25.123Z info    n1 election text"; others as they are. */
void log_print_line(const struct log_print *p, size_t node, const char *line, struct buf *out);

#endif
