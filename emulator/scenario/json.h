/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A strict JSON tree that knows where every key and value stood in the file.
 *
 * A tree of our own and not cJSON's: positions are needed for every key and value, integers must
 * keep all 64 bits (seeds), a duplicate key or a NUL inside a string must be an error, and the
 * nesting bound is ours. A scanner that finds the positions has to read the whole grammar anyway;
 * two parsers for one file would only add the chance that they disagree. cJSON serves as the
 * independent reader in the fuzz target and the unit tests instead. */
#ifndef SCENARIO_JSON_H
#define SCENARIO_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "emulator/scenario/diag.h"

#define JSON_DEPTH_MAX   28         /* jsonw can write 32 */
#define JSON_BYTES_MAX   (1u << 20) /* of one file */
#define JSON_VALUES_MAX  65536      /* in one file */
#define JSON_MEMBERS_MAX 256        /* of one object: looking a key up stays cheap */

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* Owned by its document. text: the decoded string (no NUL inside), or a number as it was written;
 * NULL otherwise. key: only for members of an object. The places point into the file, or are empty
 * for a value that came from an override. */
struct json {
    enum json_type type;
    bool truth;
    const char *key;
    const char *text;
    struct json *parent, *child, *last, *next;
    size_t count; /* children */
    struct place key_at;
    struct place at;
    const char *origin; /* NULL = the file, else the override that put it here */
};

struct json_doc;

/* Reads the text, which is borrowed only for the call. Errors go to diags (one: after the first
 * the text has no structure to go on with) and NULL is returned. Free with json_free. */
struct json_doc *json_read(const char *text, size_t len, struct diags *diags) MUST_CHECK;
void json_free(struct json_doc *doc);
struct json *json_root(struct json_doc *doc);

struct json *json_get(const struct json *object, const char *key); /* NULL: absent, no object */
struct json *json_at(const struct json *array, size_t i);

/* A whole number of at most max, without fraction and exponent. 0, or -E_INVALID; v may be NULL. */
int json_u64(const struct json *v, uint64_t max, uint64_t *ret) MUST_CHECK;

/* "/steps/2/net.partition" with '~' and '/' escaped (RFC 6901). */
void json_pointer(const struct json *v, struct buf *out);
const char *json_type_name(enum json_type type); /* "an object", "a string" … */

/* Applies "cluster.config.heartbeat=50ms" or "steps.1.at=5s". Missing objects on the way are
 * created, an array takes an index (its length appends). A key with a dot is written in quotes:
 * steps.1."net.partition".directed=true. VALUE is JSON if it reads as JSON, else a string.
 * origin of the new values is `assignment` (copied).
 * Errors: -E_INVALID naming the path and what is wrong with it. */
int json_override(struct json_doc *doc, const char *assignment, struct err *e) MUST_CHECK;
/* Whether it is an assignment at all, whatever document it may be meant for. Errors as above. */
int json_override_check(const char *assignment, struct err *e) MUST_CHECK;

#endif
