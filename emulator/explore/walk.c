/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/walk.h"

#include <stdio.h>
#include <string.h>

static bool same(const struct ex_action *a, const struct ex_action *b)
{
    return a->server == b->server && a->duplicate == b->duplicate && a->stray == b->stray &&
           a->overtakes == b->overtakes && a->late == b->late && a->event.kind == b->event.kind &&
           a->event.late == b->event.late && a->event.after_hold == b->event.after_hold &&
           a->event.argument == b->event.argument;
}

void ex_walk(struct ex_expander *x, const struct ex_path *path,
             void (*f)(void *arg, const struct ex_step *step), void *arg)
{
    struct ex_cluster at, next;
    ex_cluster_begin(&at, x->space);
    for (uint32_t i = 0; i < path->count; i++) {
        const struct ex_action *a = &path->action[i];
        ex_expand(x, &at);
        uint32_t n = 0;
        while (n < x->count && !same(&x->next[n].action, a))
            n++;
        ASSERT(n < x->count);
        bool broken = x->next[n].broken != NULL;
        if (!broken)
            next = x->next[n].to;
        ex_turn_take(&x->memo.turn, at.server[a->server], a->event);
        struct ex_step step = {.number = i + 1,
                               .action = *a,
                               .before = &at,
                               .after = broken ? NULL : &next,
                               .turn = &x->memo.turn,
                               .space = x->space};
        f(arg, &step);
        at = next;
    }
}

static const char *happening(enum ex_event_kind kind)
{
    switch (kind) {
    case EX_EVENT_DELIVER: return "receives";
    case EX_EVENT_WAKE: return "its next deadline is there";
    case EX_EVENT_OVERSLEPT: return "it was asleep until all its deadlines were over";
    case EX_EVENT_SYNC: return "its disk has its oldest writes";
    case EX_EVENT_CRASH: return "crashes";
    case EX_EVENT_RESTART: return "starts again";
    case EX_EVENT_PROPOSE: return "a client proposes an entry";
    case EX_EVENT_READ: return "a client asks for a read";
    case EX_EVENT_CHANGE: return "other members are wanted";
    case EX_EVENT_TRANSFER: return "is asked to hand leadership over";
    case EX_EVENT_IMAGE: return "takes a snapshot and cuts its log";
    case EX_EVENT_PASS: return "time passes";
    case EX_EVENT_KINDS: break;
    }
    return "";
}

static void members(const struct raft_config *c, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < c->count && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%sn%llu%s", i == 0 ? "" : " ",
                               (unsigned long long)c->members[i].id,
                               (c->members[i].flags & RAFT_VOTER) != 0 ? "" : "(learner)");
}

static void argument(const struct ex_space *space, const struct ex_action *a, char *out,
                     size_t size)
{
    out[0] = '\0';
    switch ((enum ex_event_kind)a->event.kind) {
    case EX_EVENT_DELIVER:
        (void)raft_describe_message(&ex_space_met(space, a->event.argument)->message.m, NULL, out,
                                    size);
        return;
    case EX_EVENT_SYNC:
    case EX_EVENT_CRASH: (void)snprintf(out, size, "(%u writes)", a->event.argument); return;
    case EX_EVENT_CHANGE: members(&space->configs.at[a->event.argument], out, size); return;
    case EX_EVENT_TRANSFER: (void)snprintf(out, size, "to n%u", a->event.argument); return;
    case EX_EVENT_WAKE:
    case EX_EVENT_OVERSLEPT:
    case EX_EVENT_RESTART:
    case EX_EVENT_PROPOSE:
    case EX_EVENT_READ:
    case EX_EVENT_IMAGE:
    case EX_EVENT_PASS:
    case EX_EVENT_KINDS: return;
    }
}

const char *ex_action_text(const struct ex_space *space, const struct ex_action *a, char *out,
                           size_t size)
{
    char more[256];
    argument(space, a, more, sizeof(more));
    (void)snprintf(out, size, "n%u: %s%s%s%s%s%s%s", a->server + 1,
                   happening((enum ex_event_kind)a->event.kind), more[0] == '\0' ? "" : " ", more,
                   a->stray           ? ", late"
                   : a->late != 0     ? ", and older ones are late"
                   : a->overtakes > 0 ? ", and older ones are lost"
                                      : "",
                   a->duplicate ? ", of which another copy is on its way" : "",
                   a->event.after_hold ? ", when its hold is over" : "",
                   a->event.late ? ", and its disk lets it wait" : "");
    return out;
}
