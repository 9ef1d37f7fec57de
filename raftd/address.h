/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HOST:PORT: taking it apart, and turning it into what a socket takes. */
#ifndef RAFTD_ADDRESS_H
#define RAFTD_ADDRESS_H

#include "base/err.h"
#include "base/limits.h"

#include <sys/socket.h>

struct address {
    char host[LIMIT_ADDRESS + 1]; /* without the brackets of [::1]:7001 */
    char port[6];                 /* "1".."65535" */
};

/* NULL, or what is wrong with the text and how it should look. */
const char *address_parse(const char *text, struct address *ret);

/* Nobody can dial it: 0.0.0.0 or ::. */
bool address_is_wildcard(const struct address *a);

/* Numeric hosts only, without asking anybody: false if the host is a name. */
bool address_numeric(const struct address *a, struct sockaddr_storage *ret);

/* Resolves for listening; blocks on a name server if the host is a name. 0, or -E_NOTFOUND. */
int address_resolve(const struct address *a, struct sockaddr_storage *ret,
                    struct err *e) MUST_CHECK;

#endif
