/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with a scenario: a bounded list of sentences with positions, and how it is shown.
 */
#ifndef SCENARIO_DIAG_H
#define SCENARIO_DIAG_H

#include "base/buf.h"

#define DIAGS_MAX 20 /* errors and warnings kept; further ones are only counted */

#define DIAG_PARTS_MAX 33 /* the file, and what it includes */

/* Bytes [start, start + len) of the text. len 0 and start DIAG_NOWHERE: no position. */
#define DIAG_NOWHERE SIZE_MAX
struct place {
    size_t start;
    size_t len;
};

enum diag_level {
    DIAG_ERROR,
    DIAG_WARNING,
    DIAG_UNABLE, /* nothing is wrong, but it cannot be done here; counts as an error, too */
};

struct diag {
    enum diag_level level;
    struct place at;
    size_t line, column; /* from 1, column in characters; 0 without position */
    char *message;       /* "unknown node \"n6\" in partition group 2" */
    char *hint;          /* behind the caret: "cluster has n1..n5; did you mean \"n5\"?", or NULL */
    char *pointer;       /* "/steps/2/…", or NULL */
    char *origin;        /* the override that caused it, or NULL for the file itself */
};

/* Files one behind the other in the text: from start on it is that one. name is borrowed. */
struct diag_part {
    size_t start;
    const char *name;
};

/* text is borrowed: it must live as long as the list is filled or rendered. */
struct diags {
    const char *text;
    size_t text_len;
    struct diag_part parts[DIAG_PARTS_MAX]; /* parts[0] begins at 0 */
    size_t parts_count;
    struct diag items[DIAGS_MAX];
    size_t count;
    size_t errors, warnings; /* all, also those not kept */
    size_t unables;          /* of the errors */
};

void diags_init(struct diags *d, const char *file, const char *text, size_t text_len);
void diags_free(struct diags *d);
/* The text has grown by another file, which begins where it ended. Precondition: parts_count <
 * DIAG_PARTS_MAX. */
void diags_part(struct diags *d, const char *file, const char *text, size_t text_len);

/* Adds one; hint, pointer and origin may be NULL; all are copied. */
void diags_add(struct diags *d, enum diag_level level, struct place at, const char *pointer,
               const char *origin, const char *hint, const char *message);

/* As a compiler does:
 *   FILE:LINE:COL: error: MESSAGE                [POINTER]
 *      14 |   the line
 *         |     ^~~~ HINT
 * then, if anything was found, "1 error, 2 warnings". */
void diags_render(const struct diags *d, struct buf *out);
void diag_render(const struct diags *d, const struct diag *g, struct buf *out);

/* The nearest of the names to a misspelt one, or NULL if none is near enough to be meant
 * (a third of its letters, at least one, may differ). */
const char *diag_nearest(const char *word, const char *const *names, size_t count);

#endif
