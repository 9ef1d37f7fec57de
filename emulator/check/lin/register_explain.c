/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/lin/register.h"

#include <stdio.h>

static double seconds(uint64_t t_ns)
{
    return (double)t_ns / 1e9;
}

static const char *who(const struct lin_key *key, uint32_t pos, char out[LIN_TEXT_MAX])
{
    return lin_text(key->h, lin_op(key, pos)->client, out);
}

/* When everything that contradicts had been answered; open operations do not count. */
static uint64_t known_at(const struct lin_key *key, const struct lin_cluster *x,
                         const struct lin_cluster *y)
{
    const uint32_t ops[] = {x->f_pos, x->s_pos, y->f_pos, y->s_pos};
    uint64_t latest = 0;
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        if (ops[i] == LIN_NONE)
            continue;
        uint64_t ret = lin_op(key, ops[i])->ret_ns;
        if (ret != HISTORY_NEVER && ret > latest)
            latest = ret;
    }
    return latest;
}

void lin_conflict_offer(const struct lin_key *key, const struct lin_cluster *x,
                        const struct lin_cluster *y, bool first, struct lin_conflict *best)
{
    uint64_t known = known_at(key, x, y);
    if (first || known < best->known_ns)
        *best = (struct lin_conflict){known, x, y};
}

static bool is_read(const struct lin_key *key, uint32_t pos)
{
    return pos != LIN_NONE && lin_op(key, pos)->kind == HISTORY_READ;
}

static void show_all(const struct lin_cluster *c, struct lin_finding *why)
{
    const uint32_t ops[] = {c->w_pos, c->f_pos, c->s_pos};
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        if (ops[i] != LIN_NONE)
            lin_show(why, ops[i]);
    }
}

/* old is "nothing", as in the beginning: something of the new one was over before it was read. */
static void lost(const struct lin_key *key, const struct lin_cluster *old,
                 const struct lin_cluster *new, struct lin_finding *why)
{
    char a[LIN_TEXT_MAX];
    char b[LIN_TEXT_MAX];
    char v[LIN_TEXT_MAX];
    const struct history_op *read = lin_op(key, old->s_pos);
    const struct history_op *done = lin_op(key, new->f_pos);
    lin_say(why, "lost write",
            "client %s read nothing at %.6f s, although %s had been %s client %s %.3f ms before "
            "the read was asked",
            who(key, old->s_pos, a), seconds(read->ret_ns), lin_text(key->h, new->value, v),
            done->kind != HISTORY_WRITE ? "read by"
            : done->proved              ? "committed for"
                                        : "acknowledged to",
            who(key, new->f_pos, b), (double)(read->call_ns - done->ret_ns) / 1e6);
}

/* new (all of it: its greatest call is b) began after something of old was over, and old was
 * still read by d after something of new, c, was over. */
static void stale(const struct lin_key *key, const struct lin_cluster *old,
                  const struct lin_cluster *new, struct lin_finding *why)
{
    char who_d[LIN_TEXT_MAX];
    char who_c[LIN_TEXT_MAX];
    char v[LIN_TEXT_MAX];
    char u[LIN_TEXT_MAX];
    const struct history_op *d = lin_op(key, old->s_pos);
    const struct history_op *c = lin_op(key, new->f_pos);
    (void)who(key, old->s_pos, who_d);
    (void)who(key, new->f_pos, who_c);
    (void)lin_text(key->h, old->value, v);
    (void)lin_text(key->h, new->value, u);
    if (c->kind == HISTORY_WRITE)
        lin_say(why, "stale read",
                "client %s read %s at %.6f s; %s had been %s client %s at %.6f s, and %s was "
                "already in place before %s was begun",
                who_d, v, seconds(d->ret_ns), u, c->proved ? "committed for" : "acknowledged to",
                who_c, seconds(c->ret_ns), v, u);
    else if (is_read(key, new->s_pos) && is_read(key, old->f_pos) && new->s_pos != new->f_pos)
        lin_say(why, "two histories",
                "clients saw %s and %s in opposite orders: %s after %s was read at %.6f s, and %s "
                "after %s was read at %.6f s",
                v, u, v, u, seconds(c->ret_ns), u, v, seconds(lin_op(key, old->f_pos)->ret_ns));
    else
        lin_say(
            why, "went back",
            "the value went %s, %s, %s: client %s saw %s at %.6f s before client %s saw %s again "
            "at %.6f s",
            v, u, v, who_c, u, seconds(c->ret_ns), who_d, v, seconds(d->ret_ns));
}

void lin_explain_conflict(const struct lin_key *key, const struct lin_conflict *conflict,
                          struct lin_finding *why)
{
    const struct lin_cluster *old = conflict->x;
    const struct lin_cluster *new = conflict->y;
    char v[LIN_TEXT_MAX];
    char u[LIN_TEXT_MAX];
    /* "old" is the one that is read again after the other. */
    bool first = old->value == key->initial;
    bool swap = new->value == key->initial || (!first && !is_read(key, old->s_pos)) ||
                (!first && is_read(key, new->s_pos) && new->s > old->s);
    if (swap) {
        old = conflict->y;
        new = conflict->x;
    }
    if (old->value == 0 && old->value == key->initial)
        lost(key, old, new, why);
    else if (is_read(key, old->s_pos))
        stale(key, old, new, why);
    else
        lin_say(why, "contradiction", "%s and %s must each come before the other",
                lin_text(key->h, old->value, v), lin_text(key->h, new->value, u));
    show_all(old, why);
    show_all(new, why);
}

/* What was read is not what the key held, nor was written since. */
static void long_gone(const struct lin_key *key, const struct lin_cluster *c,
                      struct lin_finding *why)
{
    char client[LIN_TEXT_MAX];
    char other[LIN_TEXT_MAX];
    char value[LIN_TEXT_MAX];
    char held[LIN_TEXT_MAX];
    const struct history_op *read = lin_op(key, c->r_pos);
    const struct history_op *told = lin_op(key, key->told - 1);
    lin_say(why, c->value == 0 ? "lost write" : "stale read",
            "client %s read %s at %.6f s, although the key had held %s when client %s was answered "
            "at %.6f s, with nothing else under way, and nobody has put the other there since",
            who(key, c->r_pos, client), lin_text(key->h, c->value, value), seconds(read->ret_ns),
            lin_text(key->h, key->initial, held), who(key, key->told - 1, other),
            seconds(told->ret_ns));
    lin_show(why, key->told - 1);
    lin_show(why, c->r_pos);
}

void lin_explain_phantom(const struct lin_key *key, const struct lin_cluster *c,
                         struct lin_finding *why)
{
    char client[LIN_TEXT_MAX];
    char value[LIN_TEXT_MAX];
    char failure[LIN_FAILURE_MAX];
    const struct history_op *seen = lin_op(key, c->r_pos);
    bool answered = seen->ret_ns != HISTORY_NEVER; /* else a cas whose new value was read */
    double at = seconds(answered ? seen->ret_ns : seen->call_ns);
    (void)who(key, c->r_pos, client);
    (void)lin_text(key->h, c->value, value);
    if (c->failed_pos == LIN_NONE && key->told != 0) {
        long_gone(key, c, why);
        return;
    }
    if (c->failed_pos == LIN_NONE) {
        lin_say(why, key->pruned ? "stale read" : "phantom value",
                "client %s %s %s at %.6f s, which %s", client,
                answered ? "read" : "swapped, as was read later,", value, at,
                key->pruned ? "was overwritten long before, if it was ever written"
                            : "nobody ever wrote");
    } else {
        lin_say(why, "failed write applied",
                "client %s %s %s at %.6f s, but its write was %s at %.6f s", client,
                answered ? "read" : "swapped, as was read later,", value, at,
                lin_failure(key, c->failed_pos, failure),
                seconds(lin_op(key, c->failed_pos)->ret_ns));
        lin_show(why, c->failed_pos);
    }
    lin_show(why, c->r_pos);
}

void lin_explain_future(const struct lin_key *key, const struct lin_cluster *c,
                        struct lin_finding *why)
{
    char client[LIN_TEXT_MAX];
    char value[LIN_TEXT_MAX];
    const struct history_op *read = lin_op(key, c->f_pos);
    const struct history_op *write = lin_op(key, c->w_pos);
    lin_say(why, "read from the future",
            "client %s read %s at %.6f s, %.3f ms before anyone asked to write it",
            who(key, c->f_pos, client), lin_text(key->h, c->value, value), seconds(read->ret_ns),
            (double)(write->call_ns - read->ret_ns) / 1e6);
    lin_show(why, c->f_pos);
    lin_show(why, c->w_pos);
}
