/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/doctor_needs.h"

#include <string.h>

/* Needs that hang on more than a sandbox: see runner_beyond_kernel for those of a carrier. */
static const struct {
    enum capability need;
    const char *on; /* a line of netem_caps */
} hangs[] = {{CAP_netReset, "connection resets"},
             {CAP_netHold, "user carrier"},
             {CAP_netCutStyle, "user carrier"},
             {CAP_netHalfOpen, "user carrier"},
             {CAP_netPayload, "user carrier"}};

static const struct netem_cap *named(const struct netem_caps *caps, const char *name)
{
    for (int i = 0; i < caps->count; i++) {
        if (strcmp(caps->items[i].name, name) == 0)
            return &caps->items[i];
    }
    return NULL;
}

static bool is_missing(const struct netem_cap *item)
{
    return item != NULL && item->state == NETEM_CAP_MISSING;
}

/* What keeps real processes from it here; NULL: nothing. */
static const struct netem_cap *obstacle(const struct netem_caps *caps, enum capability need)
{
    if (caps->count > 0 && is_missing(&caps->items[0]))
        return &caps->items[0];
    for (size_t i = 0; i < ARRAY_LEN(hangs); i++) {
        if (hangs[i].need == need && is_missing(named(caps, hangs[i].on)))
            return named(caps, hangs[i].on);
    }
    return NULL;
}

static void say(struct buf *out, const char *state, enum capability need, const char *where)
{
    buf_putf(out, "%-8s %-18s %s: %s", state, vocab_capability_name(need),
             vocab_capability_text(need), where);
}

/* Systems behind adapters: a change of members is up to each of them. */
static const char *others_too(const struct lint_world *live, enum capability need)
{
    if (live->others == NULL || (live->others("exec:") >> need & 1) == 0)
        return "";
    return need == CAP_member ? ", with other systems than raftd if their adapter can"
                              : ", with other systems than raftd, too";
}

static void say_need(const struct netem_caps *caps, const struct lint_world *live,
                     const struct lint_world *sim, enum capability need, struct buf *out)
{
    bool can_live = live->capabilities >> need & 1, can_sim = sim->capabilities >> need & 1;
    const struct netem_cap *stops = can_live ? obstacle(caps, need) : NULL;
    if (stops != NULL) {
        say(out, "missing", need, can_sim ? "in virtual time alone; " : "");
        buf_putf(out, "real processes: %s, see above", stops->name);
    } else if (can_live) {
        say(out, "ok", need, can_sim ? "real processes and virtual time" : "real processes alone");
        buf_puts(out, others_too(live, need));
    } else if (can_sim) {
        say(out, "ok", need, "in virtual time alone");
    } else {
        say(out, "missing", need, "no world can do it yet");
    }
    buf_putc(out, '\n');
    if (can_sim && (stops != NULL || !can_live))
        buf_putf(out, "         %-18s fix: raft-emulator sim runs what needs it\n", "");
}

void doctor_needs(const struct netem_caps *caps, const struct lint_world *live,
                  const struct lint_world *sim, struct buf *out)
{
    for (int i = 0; i < CAPABILITIES_COUNT; i++)
        say_need(caps, live, sim, (enum capability)i, out);
}
