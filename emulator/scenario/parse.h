/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a scenario file to the model: strict, and every complaint names its place in the file. */
#ifndef SCENARIO_PARSE_H
#define SCENARIO_PARSE_H

#include "emulator/scenario/diag.h"
#include "emulator/scenario/json.h"
#include "emulator/scenario/model.h"

/* The file's text, with the complaints about it (which point into the text).
 * Life: scenario_source_open, scenario_source_parse, diags_render(&src.diags), …_close. The
 * scenario does not need the source any more. */
struct scenario_source {
    char *path;
    bool in_file; /* path is that of a file */
    char *text;   /* of the file, then of those it includes */
    size_t len;
    char *included[DIAG_PARTS_MAX]; /* their paths */
    size_t included_count;
    struct json_doc *doc;         /* NULL after a syntax error */
    const struct json **steps_at; /* after parsing: where step number n stood, at [n - 1] */
    unsigned steps_count;
    struct text_list overrides;
    struct diags diags;
};

/* Reads and scans the file. 0, or: -E_NOTFOUND, -E_PERMISSION, -E_IO (cannot be read), -E_LIMIT
 * (larger than JSON_BYTES_MAX), all with a sentence in e; -E_INVALID: the complaints are in
 * src->diags. The source must be closed in every case. */
int scenario_source_open(struct scenario_source *src, const char *path, struct err *e) MUST_CHECK;
/* The same from memory; name is shown in messages. Copies the text. */
int scenario_source_text(struct scenario_source *src, const char *name, const char *text,
                         size_t len, struct err *e) MUST_CHECK;
void scenario_source_close(struct scenario_source *src);

/* --set PATH=VALUE, before parsing; recorded in the scenario. See json_override. */
int scenario_override(struct scenario_source *src, const char *assignment,
                      struct err *e) MUST_CHECK;

/* The scenario, or NULL with complaints in src->diags. Warnings may be there in both cases.
 * Ownership: scenario_free. */
struct scenario *scenario_source_parse(struct scenario_source *src) MUST_CHECK;

/* The text of a scenario with the same members and clients, and this as its only step. Returns
 * where the step begins in it. */
size_t scenario_around_step(const struct scenario *s, const char *step, struct buf *out);

/* All in one, for callers with a path and assignments: open, override, parse, lint.
 * world may be NULL. On failure the rendered complaints (or e's sentence) are appended to out and
 * the result is a negative error: -E_INVALID for a bad scenario, -E_UNSUPPORTED for a good one that
 * the world cannot run, else as scenario_source_open.
 * Warnings are appended to out on success, too. */
struct lint_world;
int scenario_load(const char *path, const char *const *assignments, size_t assignments_count,
                  const struct lint_world *world, struct buf *out, struct scenario **ret,
                  struct err *e) MUST_CHECK;

#endif
