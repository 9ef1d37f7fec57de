/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/address.h"

#include "base/units.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

static bool host_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_';
}

static const char *parse_port(const char *text, char ret[6])
{
    uint64_t port;
    if (units_u64(text, 65535, &port) < 0 || port == 0)
        return "the port must be a number from 1 to 65535, as in 127.0.0.1:7001";
    (void)snprintf(ret, 6, "%u", (unsigned)port % 65536u);
    return NULL;
}

const char *address_parse(const char *text, struct address *ret)
{
    size_t len = strlen(text);
    if (len > LIMIT_ADDRESS)
        return "longer than 63 characters";
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text)
        return "must be HOST:PORT, as in 127.0.0.1:7001 or [::1]:7001";
    const char *host = text;
    const char *end = colon;
    bool brackets = host[0] == '[';
    if (brackets) {
        host++;
        end--;
        if (end <= host || *end != ']')
            return "an IPv6 host stands in brackets, as in [::1]:7001";
    }
    for (const char *p = host; p < end; p++) {
        if (!host_char(*p) && !(brackets && (*p == ':' || *p == '%')))
            return brackets ? "not an IPv6 address in the brackets"
                            : "the host may hold letters, digits, '.', '-' and '_'; an IPv6 host "
                              "stands in brackets, as in [::1]:7001";
    }
    struct address parsed = {0};
    const char *why = parse_port(colon + 1, parsed.port);
    if (why != NULL)
        return why;
    memcpy(parsed.host, host, (size_t)(end - host));
    *ret = parsed;
    return NULL;
}

bool address_is_wildcard(const struct address *a)
{
    return strcmp(a->host, "0.0.0.0") == 0 || strcmp(a->host, "::") == 0;
}

static int resolve(const struct address *a, int flags, struct sockaddr_storage *ret)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    int code = getaddrinfo(a->host, a->port, &hints, &list);
    if (code != 0)
        return code;
    ASSERT(list->ai_addrlen <= sizeof(*ret));
    memcpy(ret, list->ai_addr, list->ai_addrlen);
    freeaddrinfo(list);
    return 0;
}

bool address_numeric(const struct address *a, struct sockaddr_storage *ret)
{
    return resolve(a, AI_NUMERICHOST, ret) == 0;
}

int address_resolve(const struct address *a, struct sockaddr_storage *ret, struct err *e)
{
    int code = resolve(a, AI_PASSIVE, ret);
    if (code != 0)
        return err_set(e, -E_NOTFOUND, "host %s: %s", a->host, gai_strerror(code));
    return 0;
}
