/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/fuzz.h"

#include "base/units.h"

#include <string.h>

enum traits {
    ENDS = 1,    /* "for" is added */
    REST = 2,    /* links to the others */
    HARMLESS = 4 /* about nobody */
};

/* A row an action: what is written for it, with letters after '$' drawn:
 * W whom, L the links from them to the rest, D a direction, S how long, H a sixth of that,
 * T at most an election timeout, N 1..50, M a message type. */
static const struct row {
    enum action_id action;
    unsigned traits;
    const char *text;
} rows[] = {
    {ACTION_net_partition, ENDS | REST, "\"groups\":[$W,[\"rest\"]]"},
    {ACTION_net_isolate, ENDS, "\"who\":$W,\"direction\":$D"},
    {ACTION_net_cut, ENDS | REST, "\"link\":$L"},
    {ACTION_net_flap, REST, "\"link\":$L,\"up\":$H,\"down\":$H,\"cycles\":3"},
    {ACTION_net_set, ENDS | REST, "\"link\":$L,\"delay\":$T,\"jitter\":$T,\"loss\":\"$N%\""},
    {ACTION_net_hold, ENDS | REST, "\"link\":$L,\"order\":\"shuffle\""},
    {ACTION_net_filter, ENDS | REST,
     "\"link\":$L,\"message\":[$M],\"verdict\":\"drop\",\"probability\":\"$N%\""},
    {ACTION_net_reset, REST, "\"link\":$L"},
    {ACTION_net_halfOpen, ENDS | REST, "\"link\":$L"},
    {ACTION_net_trickle, ENDS | REST, "\"link\":$L,\"bytesPerS\":$N000"},
    {ACTION_proc_kill, ENDS, "\"who\":$W"},
    {ACTION_proc_restart, 0, "\"who\":$W,\"gap\":$S"},
    {ACTION_proc_stop, ENDS, "\"who\":$W"},
    {ACTION_proc_pause, ENDS, "\"who\":$W"},
    {ACTION_proc_stutter, 0, "\"who\":$W,\"run\":$H,\"stop\":$H,\"cycles\":3"},
    {ACTION_proc_limit, ENDS, "\"who\":$W,\"cpu\":\"$N%\""},
    {ACTION_clock_rate, ENDS, "\"who\":$W,\"ppm\":\"$N000ppm\""},
    {ACTION_clock_jump, 0, "\"who\":$W,\"by\":$T"},
    {ACTION_clock_strobe, ENDS, "\"who\":$W,\"delta\":$T,\"period\":$T"},
    {ACTION_clock_freeze, ENDS, "\"who\":$W"},
    {ACTION_disk_slow, ENDS, "\"who\":$W,\"delay\":$T"},
    {ACTION_disk_stall, ENDS, "\"who\":$W"},
    {ACTION_disk_full, ENDS, "\"who\":$W"},
    {ACTION_leader_transfer, HARMLESS, "\"timeout\":$S,\"expect\":\"any\""},
    {ACTION_leader_stepDown, HARMLESS, "\"timeout\":$S,\"expect\":\"any\""},
    {ACTION_snapshot_take, HARMLESS, "\"who\":$W,\"timeout\":$S,\"expect\":\"any\""},
    {ACTION_load_burst, HARMLESS, "\"ops\":$N"},
};

static const struct row *find(enum action_id action)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].action == action)
            return &rows[i];
    }
    return NULL;
}

bool scenario_fuzz_can(enum action_id action)
{
    return find(action) != NULL;
}

bool scenario_fuzz_needs_rest(enum action_id action)
{
    return (find(action)->traits & REST) != 0;
}

bool scenario_fuzz_is_harmless(enum action_id action)
{
    return (find(action)->traits & HARMLESS) != 0;
}

static void put_who(nodeset who, struct buf *out)
{
    const char *separator = "[";
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        if ((who >> i & 1) == 0)
            continue;
        buf_putf(out, "%s\"n%u\"", separator, i + 1);
        separator = ",";
    }
    buf_putc(out, ']');
}

static void put_direction(struct prng *rnd, struct buf *out)
{
    static const char *const directions[] = {"both", "in", "out"};
    buf_putf(out, "\"%s\"", directions[prng_below(rnd, ARRAY_LEN(directions))]);
}

static void put_ns(uint64_t ns, struct buf *out)
{
    buf_putf(out, "\"%lluns\"", (unsigned long long)(ns > 0 ? ns : 1));
}

static void put_letter(char letter, const struct scenario_fuzz *f, uint64_t ns, struct prng *rnd,
                       struct buf *out)
{
    switch (letter) {
    case 'W': put_who(f->who, out); return;
    case 'L':
        buf_puts(out, "{\"from\":");
        put_who(f->who, out);
        buf_puts(out, ",\"to\":\"rest\",\"direction\":");
        put_direction(rnd, out);
        buf_putc(out, '}');
        return;
    case 'D': put_direction(rnd, out); return;
    case 'S': put_ns(ns, out); return;
    case 'H': put_ns(ns / 6, out); return;
    case 'T': put_ns(prng_between(rnd, f->et_ns / 50 + 1, f->et_ns), out); return;
    case 'N': buf_putf(out, "%llu", (unsigned long long)prng_between(rnd, 1, 50)); return;
    case 'M':
        buf_putf(out, "\"%s\"",
                 vocab_message_name((enum message_id)prng_below(rnd, MESSAGES_COUNT)));
        return;
    default: UNREACHABLE();
    }
}

/* Well below an election timeout, about one, or several. */
static uint64_t draw_ns(const struct scenario_fuzz *f, struct prng *rnd)
{
    static const unsigned char tenths[] = {2, 5, 10, 15, 30, 80};
    uint64_t base = f->et_ns / 10 * tenths[prng_below(rnd, sizeof(tenths))];
    uint64_t ns = prng_between(rnd, base / 2 + 1, base + 1);
    return ns < f->ns ? ns : f->ns;
}

uint64_t scenario_fuzz_draw(enum action_id action, const struct scenario_fuzz *f, struct prng *rnd,
                            struct buf *out)
{
    const struct row *row = find(action);
    uint64_t ns = draw_ns(f, rnd);
    ASSERT(row != NULL && f->who != 0);
    buf_putf(out, "\"%s\":{", vocab_action(action)->name);
    for (const char *c = row->text; *c != '\0'; c++) {
        if (*c == '$')
            put_letter(*++c, f, ns, rnd, out);
        else
            buf_putc(out, *c);
    }
    buf_putc(out, '}');
    if ((row->traits & ENDS) != 0) {
        buf_puts(out, ",\"for\":");
        put_ns(ns, out);
    }
    return (row->traits & HARMLESS) != 0 ? 0 : ns;
}
