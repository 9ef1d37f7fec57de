/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario as text, tree and model at once, and what becomes of it when parts of the text change.
 *
 * Candidates are made on the resolved text and read again, so whether a change is legal is never
 * decided here: parser and lint do it, as for a file that a person wrote. */
#ifndef SHRINK_DRAFT_H
#define SHRINK_DRAFT_H

#include "emulator/scenario/json.h"
#include "emulator/scenario/lint.h"

/* Owned; drafts_free takes an all-zero one, too. */
struct draft {
    struct scenario *scenario;
    struct buf text; /* as scenario_print has it: equal scenarios have equal texts */
    struct json_doc *doc;
    size_t values; /* in doc: the measure of what omissions win */
};

/* Instead of the value `at` of a draft stands `put`: JSON, in a list or an object also several
 * members with commas between them. NULL: nothing, nor its key. Both borrowed. */
struct draft_edit {
    const struct json *at;
    const char *put;
};

/* Reads, lints and resolves a text. -E_INVALID: it is refused; then *ret is untouched. world may be
 * NULL. */
int draft_read(const char *text, size_t len, const struct lint_world *world,
               struct draft *ret) MUST_CHECK;
/* The draft with those parts changed; no value is named twice. Otherwise as draft_read. */
int draft_change(const struct draft *from, const struct draft_edit *edits, size_t count,
                 const struct lint_world *world, struct draft *ret) MUST_CHECK;
void draft_free(struct draft *d);

/* One value as JSON. */
void draft_write(const struct json *v, struct buf *out);

/* The next value in reading order: NULL after the last one below (or at) top. */
const struct json *draft_next(const struct json *v, const struct json *top);
/* The next value that is not below v. */
const struct json *draft_after(const struct json *v, const struct json *top);

#endif
