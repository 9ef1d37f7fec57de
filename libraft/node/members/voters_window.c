/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/members/voters_window.h"

#include <string.h>

uint32_t voters_count(const struct raft_config *config)
{
    uint32_t now = 0, old = 0;
    for (uint32_t i = 0; i < config->count; i++) {
        now += (config->members[i].flags & RAFT_VOTER) != 0;
        old += (config->members[i].flags & RAFT_VOTER_OLD) != 0;
    }
    return now > old ? now : old;
}

static void drop_oldest(struct voters_window *w)
{
    uint32_t lost = w->seen[0].voters;
    w->count--;
    memmove(&w->seen[0], &w->seen[1], w->count * sizeof(w->seen[0]));
    if (w->seen[0].voters < lost)
        w->seen[0].voters = lost;
}

void voters_window_note(struct voters_window *w, uint64_t index, uint64_t stamp,
                        const struct raft_config *config)
{
    voters_window_cut(w, index);
    if (w->count == VOTERS_WINDOW_MAX)
        drop_oldest(w);
    w->seen[w->count].index = index;
    w->seen[w->count].stamp = stamp;
    w->seen[w->count].voters = voters_count(config);
    w->count++;
}

void voters_window_cut(struct voters_window *w, uint64_t index)
{
    while (w->count > 0 && w->seen[w->count - 1].index >= index)
        w->count--;
}

/* In force when the window began: those before it were not any more. Of several that came at that
 * very instant, as at the beginning of a log, all were. */
static bool opens(const struct voters_window *w, size_t i, uint64_t since)
{
    uint64_t stamp = w->seen[i].stamp;
    return stamp < since || (stamp == since && (i == 0 || w->seen[i - 1].stamp < stamp));
}

uint32_t voters_window_most(const struct voters_window *w, uint64_t since)
{
    uint32_t most = 0;
    for (size_t i = w->count; i > 0; i--) {
        if (w->seen[i - 1].voters > most)
            most = w->seen[i - 1].voters;
        if (opens(w, i - 1, since))
            break;
    }
    return most;
}
