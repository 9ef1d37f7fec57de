/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How an answer is shown. It is JSON first; lines, tables and plain cells are views of the same
 * document, described in a few words beside the verb that makes it. */
#ifndef RAFTCTL_FORM_H
#define RAFTCTL_FORM_H

#include "raftctl/print.h"

struct form {
    /* Text with {key} or {key.inner} for values, {key|word} with a word for one that is not there,
     * and [ ... ] around what is left out where a value in it is not there. NULL: no such text. */
    const char *line;
    const char *plain;   /* the same for -o plain; NULL: as line */
    const char *object;  /* key of an object that is shown as lines of name and value */
    const char *rows;    /* key of the array that the table shows, and jsonl line by line */
    const char *columns; /* "NODE=name >LAG=lag": heads and keys in it, > stands to the right */
    const char *schema;  /* of the document without "v" and "via": see schema.h */
};

/* Shows a complete JSON object as ctl says, frees it, and returns code, or CTL_IO; CTL_NO if the
 * place that --at names is not there. A text ends with one newline. */
enum ctl_exit form_show(const struct ctl *ctl, const struct form *form, struct buf *json,
                        enum ctl_exit code);

/* What a node answered is the document, or, if key is not NULL, its member of that name. A reply
 * that is no JSON object is a failure. */
enum ctl_exit form_show_node(const struct ctl *ctl, const struct form *form, const char *key,
                             struct span reply, const char *endpoint);

/* Whether the answer is shown as JSON or a part of it: else a verb may show it in its own way. */
bool form_wants_json(const struct ctl *ctl);

/* "via":{"endpoint":"unix:/run/n1.sock","oob":true}: who answered, and whether beside the network.
 */
void form_put_via(struct jsonw *w, const char *endpoint);

#endif
