/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a node listens, as people write it: HOST:PORT, [V6]:PORT, unix:PATH, or a path with a
 * slash in it. */
#ifndef RAFTCTL_ENDPOINT_H
#define RAFTCTL_ENDPOINT_H

#include "base/err.h"
#include "base/span.h"

#define ENDPOINT_TEXT_MAX 320
#define ENDPOINT_HOST_MAX 255 /* characters of a DNS name */
#define ENDPOINT_PATH_MAX 107 /* characters of a socket's path (unix(7)) */

struct endpoint {
    char text[ENDPOINT_TEXT_MAX]; /* as it was written, for messages */
    bool is_unix;
    char host[ENDPOINT_HOST_MAX + 1];
    char port[6];
    char path[ENDPOINT_PATH_MAX + 1];
    bool in_lab; /* its path is FOLDER/NODE.sock, and those of the other members beside it */
};

/* Returns 0, or -E_INVALID with a sentence; *ret is untouched on failure. */
int endpoint_parse(struct span text, struct endpoint *ret, struct err *e) MUST_CHECK;

/* A list separated by commas into ret[0..max). Returns how many (>= 1), -E_INVALID, or -E_LIMIT
 * when there are more than max. */
int endpoint_parse_list(const char *text, struct endpoint *ret, size_t max,
                        struct err *e) MUST_CHECK;

/* The nodes of the user's lab of that name, as a list. Errors: of labs/labs.h. */
int endpoint_lab(const char *lab, struct endpoint *ret, size_t max, struct err *e) MUST_CHECK;

/* Where the member of that name is reached by who reached `asked`: in a lab at the socket beside
 * it, else at the address it told. Errors: as endpoint_parse. */
int endpoint_member(const struct endpoint *asked, const char *name, const char *address,
                    struct endpoint *ret, struct err *e) MUST_CHECK;

#endif
