/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/pace.h"

#include "base/must.h"

#include <string.h>

void pace_restart(struct pace *p)
{
    *p = (struct pace){.slow_permille = p->slow_permille};
}

void pace_appended(struct pace *p, uint64_t index, uint64_t now_ns)
{
    if (p->waiting_count == PACE_WAITING)
        return;
    ASSERT(p->waiting_count == 0 || p->waiting[p->waiting_count - 1].index < index);
    p->waiting[p->waiting_count].index = index;
    p->waiting[p->waiting_count].at_ns = now_ns;
    p->waiting_count++;
}

/* Whether a judgement is due, and bad. */
static bool judge(struct pace *p)
{
    if (p->samples < PACE_SAMPLES)
        return false;
    p->slow_permille = p->slow * 1000 / p->samples;
    p->samples = 0;
    p->slow = 0;
    return p->slow_permille > 10;
}

bool pace_committed(struct pace *p, uint64_t commit, uint64_t now_ns, uint64_t limit_ns)
{
    unsigned done = 0;
    bool bad = false;
    while (done < p->waiting_count && p->waiting[done].index <= commit) {
        p->samples++;
        p->slow += now_ns - p->waiting[done].at_ns > limit_ns;
        done++;
        bad = judge(p) || bad;
    }
    p->waiting_count -= done;
    memmove(p->waiting, p->waiting + done, p->waiting_count * sizeof(p->waiting[0]));
    return bad;
}
