/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/twins.h"

#include "base/units.h"

#define HEARD_NS (5 * NS_PER_S)

bool twin_fresh(const struct twin *t, uint64_t now_ns)
{
    return now_ns - t->heard_ns < HEARD_NS;
}

static struct twin *place(struct twins *t, const struct membership *keep, uint64_t now_ns)
{
    struct twin *oldest = NULL;
    if (t->count < TWINS_MAX)
        return &t->list[t->count++];
    for (size_t i = 0; i < t->count; i++) {
        struct twin *one = &t->list[i];
        if (!twin_fresh(one, now_ns) && membership_find(keep, one->peer.id) == NULL &&
            (oldest == NULL || one->heard_ns < oldest->heard_ns))
            oldest = one;
    }
    return oldest;
}

struct twin *twins_get(struct twins *t, raft_id id, const struct membership *keep, uint64_t now_ns)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->list[i].peer.id == id)
            return &t->list[i];
    }
    struct twin *fresh = place(t, keep, now_ns);
    if (fresh != NULL)
        *fresh = (struct twin){.peer = {.id = id}};
    return fresh;
}
