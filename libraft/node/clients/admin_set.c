/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RAFT CONFIG SET option value: those options that nothing rests on but what this node does next.
 * Timeouts are none of them: leases and promises of other nodes rest on those. */
#include "node/clients/admin.h"

#include <stddef.h>

enum option_kind {
    OPTION_NUMBER,
    OPTION_SWITCH,
    OPTION_SWITCH_OFF /* stored the other way round */
};

static const struct option {
    const char *name;
    enum option_kind kind;
    size_t offset; /* in struct node_options */
} options[] = {
    {"snapshot_every", OPTION_NUMBER, offsetof(struct node_options, snapshot_every)},
    {"snapshot_trailing", OPTION_NUMBER, offsetof(struct node_options, snapshot_trailing)},
    {"snapshot_rate", OPTION_NUMBER, offsetof(struct node_options, snapshot_rate)},
    {"shutdown_on_remove", OPTION_SWITCH, offsetof(struct node_options, shutdown_on_remove)},
    {"forward", OPTION_SWITCH_OFF, offsetof(struct node_options, redirects)},
};

/* As large as log positions get. */
#define NUMBER_MAX (1ull << 50)

static const struct option *find(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (span_is_word(name, options[i].name))
            return &options[i];
    }
    return NULL;
}

static bool assign(struct node *n, const struct option *o, struct span value)
{
    void *at = (char *)&n->options + o->offset;
    bool on = span_is_word(value, "on"), off = span_is_word(value, "off");
    uint64_t number;
    if (o->kind != OPTION_NUMBER) {
        if (on || off)
            *(bool *)at = o->kind == OPTION_SWITCH ? on : off;
        return on || off;
    }
    if (!span_to_u64(value, &number) || number > NUMBER_MAX)
        return false;
    *(uint64_t *)at = number;
    return true;
}

void set_option(const struct call *a)
{
    const struct option *o = a->argc == 5 ? find(a->argv[3]) : NULL;
    if (a->argc != 5)
        respw_error(a->reply, "ERR give RAFT CONFIG SET option value");
    else if (o == NULL)
        respw_error(
            a->reply,
            "FIXED this option is given at start, or there is none of that name; snapshot_every, "
            "snapshot_trailing, snapshot_rate, shutdown_on_remove and forward "
            "can be set");
    else if (!assign(a->n, o, a->argv[4]))
        respw_errorf(a->reply, "ERR %s takes %s", o->name,
                     o->kind == OPTION_NUMBER ? "a whole number" : "on or off");
    else
        respw_ok(a->reply);
}
