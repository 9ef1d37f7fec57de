/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/disk_watch.h"

static void keep(struct disk_watch *w, uint64_t took_ns)
{
    w->took_ns[w->next] = took_ns;
    w->next = (w->next + 1) % DISK_WATCH_SAMPLES;
    if (w->count < DISK_WATCH_SAMPLES)
        w->count++;
}

static uint64_t at_most(uint64_t ns, uint64_t most_ns)
{
    return ns < most_ns ? ns : most_ns;
}

static void time_writes(struct disk_watch *w, uint64_t last, uint64_t durable, bool changed,
                        uint64_t window_ns, uint64_t now_ns)
{
    uint64_t gap_ns = window_ns / DISK_WATCH_SAMPLES;
    if (w->probe_index > last)
        w->probe_index = 0; /* it was removed */
    if (w->probe_index != 0 && !w->probe_done && durable >= w->probe_index) {
        w->probe_done = true;
        keep(w, at_most(now_ns - w->probe_ns, window_ns));
    }
    bool free = w->probe_index == 0 || (w->probe_done && now_ns - w->probe_ns >= gap_ns);
    if (!changed || durable >= last || !free)
        return;
    w->probe_index = last;
    w->probe_ns = now_ns;
    w->probe_done = false;
}

void disk_watch_turn(struct disk_watch *w, uint64_t last, uint64_t durable, bool changed,
                     uint64_t window_ns, uint64_t now_ns)
{
    if (w->late_index > last)
        w->late_index = last; /* cut, but the disk owes as much as before */
    if (durable >= w->late_index) {
        w->late_index = durable < last ? last : 0;
        w->late_ns = now_ns;
    }
    time_writes(w, last, durable, changed, window_ns, now_ns);
}

uint64_t disk_watch_age_ns(const struct disk_watch *w, uint64_t now_ns)
{
    return w->late_index == 0 ? 0 : now_ns - w->late_ns;
}

uint64_t disk_watch_median_ns(const struct disk_watch *w)
{
    uint64_t sorted[DISK_WATCH_SAMPLES];
    if (w->count < DISK_WATCH_SAMPLES)
        return 0;
    for (uint32_t i = 0; i < DISK_WATCH_SAMPLES; i++) {
        uint32_t at = i;
        for (; at > 0 && sorted[at - 1] > w->took_ns[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = w->took_ns[i];
    }
    return sorted[DISK_WATCH_SAMPLES / 2];
}

uint64_t disk_watch_other_ns(const struct disk_watch *w, uint64_t before, uint64_t match,
                             uint64_t window_ns, uint64_t now_ns)
{
    if (w->probe_index == 0 || before >= w->probe_index || match < w->probe_index)
        return 0;
    return now_ns == w->probe_ns ? 1 : at_most(now_ns - w->probe_ns, window_ns);
}
