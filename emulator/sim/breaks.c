/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/sim/breaks.h"

#include "base/mem.h"

#include <string.h>

void sim_breaks_free(struct sim_breaks *b)
{
    for (size_t i = 0; i < BREAKS_MAX; i++)
        mem_free(b->told[i]);
}

int sim_breaks_add(struct sim_breaks *b, const nodeset *links, enum world_break how,
                   uint64_t newest, uint64_t *ret_number, struct err *e)
{
    size_t at;
    int code = breaks_add(&b->in_force, links, how, newest, &at, e);
    if (code < 0)
        return code;
    struct sim_told_off *told = b->told[at];
    b->told[at] = told == NULL ? mem_alloc(sizeof(*told)) : memset(told, 0, sizeof(*told));
    *ret_number = b->in_force.list[at].number;
    return 0;
}

static bool opens(const struct sim_packet *p)
{
    return p->kind == PACKET_HELLO || p->kind == PACKET_SYN || p->kind == PACKET_ACCEPT;
}

/* What ends the connection for who sent the packet. */
static struct sim_packet *answer_to(const struct sim_packet *p)
{
    enum sim_packet_kind kind = PACKET_GONE;
    if (p->kind == PACKET_SYN || p->kind == PACKET_TO_NODE || p->kind == PACKET_HANG_UP)
        kind = PACKET_REFUSE;
    else if (p->kind > PACKET_GONE)
        kind = PACKET_HANG_UP;
    struct sim_packet *answer = sim_packet_new(kind, p->to, p->from, p->connection, NULL, 0);
    answer->local = true;
    return answer;
}

static enum sim_break_fate meet(const struct break_one *one, const struct sim_packet *p)
{
    switch (one->how) {
    case WORLD_BREAK_OPENING: return opens(p) ? SIM_BREAK_LOSES : SIM_BREAK_PASSES;
    case WORLD_BREAK_REJECT: return opens(p) ? SIM_BREAK_RESETS : SIM_BREAK_LOSES;
    case WORLD_BREAK_RESET: return SIM_BREAK_RESETS;
    case WORLD_BREAK_OLD: return p->connection > one->since ? SIM_BREAK_PASSES : SIM_BREAK_LOSES;
    }
    UNREACHABLE();
}

/* A node that gets no acknowledgement for so long hangs up; clients have a patience of their own.
 */
static bool gives_up(struct sim_told_off *told_off, const struct sim_packet *p)
{
    uint64_t *told = &told_off->connection[p->from][p->to];
    bool first = *told != p->connection;
    *told = p->connection;
    return first && p->kind == PACKET_FRAME;
}

enum sim_break_fate sim_breaks_meet(struct sim_breaks *b, const struct sim_packet *p,
                                    struct sim_packet **ret_answer, uint64_t *ret_after_ns)
{
    enum sim_break_fate worst = SIM_BREAK_PASSES;
    struct sim_told_off *by = NULL;
    *ret_answer = NULL;
    *ret_after_ns = 0;
    for (size_t i = 0; i < BREAKS_MAX && b->in_force.count > 0; i++) {
        const struct break_one *one = &b->in_force.list[i];
        if (one->number == 0 || (one->links[p->from] >> p->to & 1) == 0)
            continue;
        enum sim_break_fate fate = meet(one, p);
        by = fate > worst ? b->told[i] : by;
        worst = fate > worst ? fate : worst;
    }
    if (worst == SIM_BREAK_RESETS) {
        *ret_answer = answer_to(p);
    } else if (worst == SIM_BREAK_LOSES && gives_up(by, p)) {
        *ret_answer = answer_to(p);
        *ret_after_ns = b->silence_ns;
    }
    return worst;
}
