/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/option_values.h"

#include "base/units.h"
#include "raftd/address.h"
#include "raftd/logger.h"
#include "store/wal.h"

#include <stdio.h>
#include <string.h>

static bool name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_';
}

static const char *name_problem(const char *name, size_t len)
{
    if (len == 0 || len > LIMIT_NODE_NAME)
        return "a name has 1 to 31 characters";
    for (size_t i = 0; i < len; i++) {
        if (!name_char(name[i]))
            return "a name is made of letters, digits, '-', '_' and '.'";
    }
    return NULL;
}

const char *value_name(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    (void)why;
    const char *problem = name_problem(text, strlen(text));
    if (problem == NULL)
        memcpy(field, text, strlen(text) + 1);
    return problem;
}

static const char *bounded_text(const char *text, char *field, size_t max, char *why)
{
    size_t len = strlen(text);
    if (len == 0)
        return "must not be empty";
    if (len > max) {
        (void)snprintf(why, OPTION_WHY_MAX, "longer than %zu characters", max);
        return why;
    }
    memcpy(field, text, len + 1);
    return NULL;
}

const char *value_path(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    return bounded_text(text, field, CONFIG_PATH_MAX - 1, why);
}

const char *value_socket(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    return bounded_text(text, field, CONFIG_SOCKET_MAX, why);
}

const char *value_address(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    struct address parsed;
    (void)why;
    const char *problem = address_parse(text, &parsed);
    if (problem == NULL)
        memcpy(field, text, strlen(text) + 1);
    return problem;
}

/* One NAME=HOST:PORT of the list. */
static const char *parse_peer(const char *text, size_t len, struct node_peer *ret, char *why)
{
    const char *equals = memchr(text, '=', len);
    if (equals == NULL)
        return "must be NAME=HOST:PORT,NAME=HOST:PORT,... as in n1=127.0.0.1:7001";
    size_t name_len = (size_t)(equals - text);
    size_t address_len = len - name_len - 1;
    const char *problem = name_problem(text, name_len);
    if (problem != NULL)
        return problem;
    if (address_len > LIMIT_ADDRESS)
        return "an address is longer than 63 characters";
    memcpy(ret->name, text, name_len);
    memcpy(ret->address, equals + 1, address_len);
    struct address parsed;
    problem = address_parse(ret->address, &parsed);
    if (problem == NULL)
        return NULL;
    (void)snprintf(why, OPTION_WHY_MAX, "%s: %s", ret->name, problem);
    return why;
}

static const char *more_than(const char *what, char why[OPTION_WHY_MAX])
{
    (void)snprintf(why, OPTION_WHY_MAX, "more than %d %s", LIMIT_MEMBERS, what);
    return why;
}

const char *value_peers(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    struct config_peers peers = {0};
    for (const char *at = text; at != NULL;) {
        const char *comma = strchr(at, ',');
        size_t len = comma != NULL ? (size_t)(comma - at) : strlen(at);
        if (peers.count == LIMIT_MEMBERS)
            return more_than("members", why);
        struct node_peer *peer = &peers.list[peers.count];
        const char *problem = parse_peer(at, len, peer, why);
        if (problem != NULL)
            return problem;
        for (size_t i = 0; i < peers.count; i++) {
            bool same_name = strcmp(peers.list[i].name, peer->name) == 0;
            if (!same_name && strcmp(peers.list[i].address, peer->address) != 0)
                continue;
            (void)snprintf(why, OPTION_WHY_MAX, "%s stands there twice",
                           same_name ? peer->name : peer->address);
            return why;
        }
        peers.count++;
        at = comma != NULL ? comma + 1 : NULL;
    }
    memcpy(field, &peers, sizeof(peers));
    return NULL;
}

/* One item: NAME=HOST:PORT or HOST:PORT. */
static const char *parse_hint(const char *text, size_t len, struct node_peer *ret, char *why)
{
    struct address parsed;
    if (memchr(text, '=', len) != NULL)
        return parse_peer(text, len, ret, why);
    if (len > LIMIT_ADDRESS)
        return "an address is longer than 63 characters";
    memcpy(ret->address, text, len);
    return address_parse(ret->address, &parsed);
}

const char *value_hints(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    struct config_peers peers = {0};
    for (const char *at = text; at != NULL;) {
        const char *comma = strchr(at, ',');
        size_t len = comma != NULL ? (size_t)(comma - at) : strlen(at);
        if (peers.count == LIMIT_MEMBERS)
            return more_than("addresses", why);
        struct node_peer *peer = &peers.list[peers.count];
        const char *problem = parse_hint(at, len, peer, why);
        if (problem != NULL)
            return problem;
        for (size_t i = 0; i < peers.count; i++) {
            if (strcmp(peers.list[i].address, peer->address) != 0)
                continue;
            (void)snprintf(why, OPTION_WHY_MAX, "%s stands there twice", peer->address);
            return why;
        }
        peers.count++;
        at = comma != NULL ? comma + 1 : NULL;
    }
    memcpy(field, &peers, sizeof(peers));
    return NULL;
}

const char *value_expect(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    uint64_t count;
    if (units_u64(text, LIMIT_MEMBERS, &count) < 0 || count == 0) {
        (void)snprintf(why, OPTION_WHY_MAX, "must be a number of nodes from 1 to %d",
                       LIMIT_MEMBERS);
        return why;
    }
    memcpy(field, &count, sizeof(count));
    return NULL;
}

const char *value_duration(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    (void)why;
    return units_duration(text, field) == 0 ? NULL : "must be a duration with its unit, as in 50ms";
}

const char *value_limit(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    uint64_t ns = 0;
    (void)why;
    if (strcmp(text, "off") != 0 && (units_duration(text, &ns) < 0 || ns == 0))
        return "must be off, or a duration with its unit, as in 500ms";
    memcpy(field, &ns, sizeof(ns));
    return NULL;
}

const char *value_ppm(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    int64_t ppm;
    (void)why;
    if (units_ppm(text, &ppm) < 0 || ppm < 0)
        return "must be millionths with their unit, as in 100000ppm for a tenth";
    memcpy(field, &ppm, sizeof(ppm));
    return NULL;
}

const char *value_range(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    uint64_t *pair = field;
    (void)why;
    return units_duration_range(text, &pair[0], &pair[1]) == 0
               ? NULL
               : "must be two durations, the lower first, as in 150ms..300ms";
}

const char *value_size(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    uint64_t bytes;
    if (units_size(text, &bytes) < 0)
        return "must be a size with its unit, as in 16MiB";
    if (bytes < WAL_SEGMENT_BYTES_MIN || bytes > WAL_SEGMENT_BYTES_MAX || bytes % VFS_BLOCK != 0) {
        (void)snprintf(why, OPTION_WHY_MAX, "must be a multiple of 4KiB from %uKiB to 1GiB",
                       WAL_SEGMENT_BYTES_MIN / 1024);
        return why;
    }
    memcpy(field, &bytes, sizeof(bytes));
    return NULL;
}

const char *value_rate(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    uint64_t bytes = 0;
    (void)why;
    bool off = strcmp(text, "off") == 0;
    if (!off && (units_size(text, &bytes) < 0 || bytes < KIB))
        return "must be off, or a size of 1KiB or more, as in 10MiB";
    memcpy(field, &bytes, sizeof(bytes));
    return NULL;
}

/* One of two words. */
static const char *one_of(const char *text, void *field, const char *zero, const char *one,
                          char *why)
{
    uint64_t value = strcmp(text, one) == 0;
    if (value == 0 && strcmp(text, zero) != 0) {
        (void)snprintf(why, OPTION_WHY_MAX, "must be %s or %s", one, zero);
        return why;
    }
    memcpy(field, &value, sizeof(value));
    return NULL;
}

const char *value_switch(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    return one_of(text, field, "off", "on", why);
}

const char *value_flag(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    return one_of(text, field, "false", "true", why);
}

const char *value_format(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    return one_of(text, field, "text", "json", why);
}

const char *value_parting(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    static const char *const words[] = {"stop", "transfer", "leave"};
    (void)why;
    for (uint64_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(text, words[i]) != 0)
            continue;
        memcpy(field, &i, sizeof(i));
        return NULL;
    }
    return "must be stop, transfer or leave";
}

const char *value_clients(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    uint64_t count;
    (void)why;
    if (units_u64(text, 60000, &count) < 0 || count == 0)
        return "must be a number from 1 to 60000";
    memcpy(field, &count, sizeof(count));
    return NULL;
}

const char *value_changes(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    uint64_t count;
    (void)why;
    if (units_u64(text, 1000000, &count) < 0 || count == 0)
        return "must be a number of changes from 1 to 1000000";
    memcpy(field, &count, sizeof(count));
    return NULL;
}

const char *value_entries(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    uint64_t count;
    (void)why;
    if (units_u64(text, 1000000000, &count) < 0)
        return "must be a number of entries from 0 to 1000000000";
    memcpy(field, &count, sizeof(count));
    return NULL;
}

const char *value_fd(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    uint64_t fd;
    (void)why;
    if (units_u64(text, INT32_MAX, &fd) < 0)
        return "must be the number of an open descriptor";
    memcpy(field, &fd, sizeof(fd));
    return NULL;
}

const char *value_level(const char *text, void *field, char why[OPTION_WHY_MAX])
{
    (void)why;
    for (uint64_t level = ENV_DEBUG; level <= ENV_ERROR; level++) {
        if (strcmp(text, env_level_name((enum env_level)level)) == 0) {
            memcpy(field, &level, sizeof(level));
            return NULL;
        }
    }
    return "must be debug, info, warning or error";
}
