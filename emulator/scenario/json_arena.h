/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the JSON tree: its memory, and the reader that overrides share. */
#ifndef SCENARIO_JSON_ARENA_H
#define SCENARIO_JSON_ARENA_H

#include "emulator/scenario/json.h"

struct json_block {
    struct json_block *next;
    size_t size, used; /* bytes behind this header; used <= size, a multiple of 16 */
};

/* Values live in blocks and never move; a value that was replaced stays until json_free. */
struct json_doc {
    struct json_block *blocks; /* newest first */
    struct json *root;
    size_t values_count; /* ever made; <= JSON_VALUES_MAX */
};

struct json_doc *json_doc_new(void) MUST_CHECK;
void *json_alloc(struct json_doc *doc, size_t size) MUST_CHECK; /* zeroed, aligned to 16 */
void json_append(struct json *parent, struct json *v);

/* Reads one JSON text, which begins at `from`, into the document's memory and returns its root (not
 * attached), or NULL with an error in diags. origin: NULL for the file itself, else the override's
 * text (kept by pointer, so it must live in the document). depth: levels that already stand above
 * the new value. */
struct json *json_read_into(struct json_doc *doc, const char *text, size_t len, size_t from,
                            const char *origin, size_t depth, struct diags *diags) MUST_CHECK;

#endif
