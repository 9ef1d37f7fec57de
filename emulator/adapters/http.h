/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question over HTTP with JSON both ways, on a connection of its own. */
#ifndef EMULATOR_ADAPTERS_HTTP_H
#define EMULATOR_ADAPTERS_HTTP_H

#include "base/buf.h"
#include "base/err.h"
#include "emulator/scenario/json.h"

#define HTTP_ANSWER_MAX (1u << 20)

/* All-zero is valid. root: NULL: its body is no JSON. */
struct http_answer {
    int status;
    const struct json *root;
    struct buf text;
    struct diags diags;
    struct json_doc *doc;
};

/* 0: an answer came, whatever its status. Negative: none; *ret_sent: a byte of the question may
 * have gone out. until_ns: of adapter_now_ns. */
int http_post(const char *address, unsigned port, const char *path, const char *body,
              uint64_t until_ns, struct http_answer *ret, bool *ret_sent, struct err *e) MUST_CHECK;
void http_answer_free(struct http_answer *a);

/* A member of an object of the answer, as long as that is kept; NULL: it has none that is a text,
 * or there is no object. */
const char *http_text(const struct json *object, const char *key);

#endif
