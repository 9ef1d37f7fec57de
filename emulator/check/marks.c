/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/marks.h"

static struct mark_slot *ways_of(struct marks *m, uint64_t index)
{
    if (index % MARKS_STRIDE == 0)
        return m->sparse[index / MARKS_STRIDE % MARKS_SPARSE];
    return m->dense[index % MARKS_DENSE];
}

const struct mark_slot *marks_meet(struct marks *m, uint64_t index, uint64_t term, uint64_t value,
                                   struct event_ref ref)
{
    struct mark_slot *ways = ways_of(m, index);
    struct mark_slot *oldest = &ways[0];
    if (index == 0)
        return NULL;
    for (unsigned i = 0; i < MARKS_WAYS; i++) {
        struct mark_slot *s = &ways[i];
        if (s->index == index && s->term == term)
            return s;
        if (s->index < oldest->index || (s->index == oldest->index && s->term < oldest->term))
            oldest = s;
    }
    if (oldest->index <= index)
        *oldest = (struct mark_slot){index, term, value, ref};
    return NULL;
}
