/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may stand at the cursor: candidates for completion, the grey hint behind it, and the answer
 * to a question mark. Pure: members and keys are what it is given. */
#ifndef RAFTCTL_SHELL_SUGGEST_H
#define RAFTCTL_SHELL_SUGGEST_H

#include "raftctl/shell/history.h"
#include "raftctl/shell/lineedit.h"
#include "raftctl/shell/scout.h"

struct suggest {
    const struct scout_view *view;
    const struct history *history;
    /* Keys that begin so, each with a NUL behind it. */
    void (*keys)(void *to, const char *prefix, struct buf *ret);
    void *to;
};

/* As lineedit_hooks.complete, hint and ask: see there. */
void suggest_complete(const struct suggest *s, const char *line, size_t start, size_t cursor,
                      struct lineedit_choices *ret);
size_t suggest_hint(const struct suggest *s, const char *line, struct buf *ret);

/* A line ends where a new word may begin, outside of quotes: a ? there is a question. */
bool suggest_is_question(const char *line);
/* The answer to it: what may come next, a line each. */
void suggest_next(const struct suggest *s, const char *line, struct buf *ret);

#endif
