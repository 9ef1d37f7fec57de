/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/patience.h"

#include "base/units.h"
#include "raftctl/conn.h"
#include "raftctl/stop.h"

#define PAUSE_NS (100 * NS_PER_MS)
#define LEAST_NS (500 * NS_PER_MS) /* an attempt gets so much, or a quarter of all the time */

struct patience patience_new(const struct ctl *ctl)
{
    uint64_t now_ns = conn_now_ns();
    return (struct patience){ctl->timeout_ns, now_ns + ctl->timeout_ns, now_ns};
}

uint64_t patience_begin(struct patience *p)
{
    p->began_ns = conn_now_ns();
    return p->deadline_ns > p->began_ns ? p->deadline_ns - p->began_ns : 1;
}

/* Twice as long as the attempt before took. */
static uint64_t needed_ns(const struct patience *p, uint64_t now_ns)
{
    uint64_t quarter_ns = p->timeout_ns / 4, twice_ns = 2 * (now_ns - p->began_ns);
    uint64_t least_ns = quarter_ns < LEAST_NS ? quarter_ns : LEAST_NS;
    return twice_ns > least_ns ? twice_ns : least_ns;
}

bool patience_again(const struct patience *p)
{
    uint64_t now_ns = conn_now_ns();
    if (stop_asked() || now_ns + PAUSE_NS + needed_ns(p, now_ns) > p->deadline_ns)
        return false;
    stop_rest(PAUSE_NS, p->deadline_ns);
    return !stop_asked();
}
