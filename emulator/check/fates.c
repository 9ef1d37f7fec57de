/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/fates.h"

#include "base/mem.h"
#include "base/prng.h"

/* Whole rounds after the one in which the client gave up. */
#define ROUNDS 2u

void fates_free(struct fates *f)
{
    mem_free(f->slots);
    mem_free(f->told.at);
    mem_free(f->copies.at);
    mem_free(f->refused);
    *f = (struct fates){0};
}

size_t fates_open(const struct fates *f)
{
    return f->count;
}

/* ---- the table ---- */

static size_t home_of(const struct fates *f, uint64_t name)
{
    return (size_t)prng_mix(name) & (f->cap - 1);
}

static struct fate *slot_of(const struct fates *f, uint64_t name)
{
    size_t at = home_of(f, name);
    while (f->slots[at].name != 0 && f->slots[at].name != name)
        at = (at + 1) & (f->cap - 1);
    return &f->slots[at];
}

static struct fate *find(const struct fates *f, uint64_t name)
{
    struct fate *slot = name == 0 || f->cap == 0 ? NULL : slot_of(f, name);
    return slot == NULL || slot->name == 0 ? NULL : slot;
}

static void make_room(struct fates *f)
{
    struct fates old = *f;
    if (2 * (f->count + 1) <= f->cap)
        return;
    f->cap = f->cap == 0 ? 64 : 2 * f->cap;
    f->slots = mem_array(f->cap, sizeof(*f->slots));
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].name != 0)
            *slot_of(f, old.slots[i].name) = old.slots[i];
    }
    mem_free(old.slots);
}

/* Those behind it move up, so that no search ends too early. */
static void remove_fate(struct fates *f, struct fate *fate)
{
    size_t mask = f->cap - 1;
    size_t hole = (size_t)(fate - f->slots);
    for (size_t at = (hole + 1) & mask; f->slots[at].name != 0; at = (at + 1) & mask) {
        size_t home = home_of(f, f->slots[at].name);
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        f->slots[hole] = f->slots[at];
        hole = at;
    }
    f->slots[hole] = (struct fate){0};
    f->count--;
}

static void push(struct fate_copies *to, struct fate_copy copy)
{
    if (to->count == to->cap) {
        to->cap = to->cap == 0 ? 64 : 2 * to->cap;
        to->at = mem_grow(to->at, to->cap, sizeof(*to->at));
    }
    to->at[to->count++] = copy;
}

/* ---- proofs ---- */

/* Nobody ever had it, or whoever had it has ended, and no entry is left of it. */
static bool is_gone(const struct fates *f, const struct fate *fate, const struct history_op *op)
{
    return fate->copies == 0 && f->round > fate->round + ROUNDS && op->call_ns > f->untold_ns;
}

/* True if it is followed no longer: what there is to prove is proved, or nobody asks any more. */
static bool settle(struct fates *f, struct history *h, struct fate *fate)
{
    if (!fate->lost || fate->shared)
        return false;
    int64_t pos = history_find(h, fate->op);
    if (pos >= 0 && fate->index != 0)
        history_happened(h, fate->op, fate->index, fate->index_ns);
    else if (pos >= 0 && is_gone(f, fate, &h->ops[pos]))
        history_never(h, fate->op, f->now_ns);
    else if (pos >= 0)
        return false;
    remove_fate(f, fate);
    return true;
}

/* The names of this instant: whoever asked has told so by now. */
static void take_told(struct fates *f)
{
    for (size_t i = 0; i < f->told.count; i++) {
        struct fate *fate = find(f, f->told.at[i].name);
        if (fate == NULL)
            continue;
        f->told.at[i].op = fate->op;
        fate->copies++;
        push(&f->copies, f->told.at[i]);
    }
    f->told.count = 0;
}

static void break_promise(struct fates *f, struct fate *fate)
{
    if (f->broken_count++ == 0)
        f->broken = (struct fate_broken){.op = fate->op,
                                         .index = fate->index,
                                         .index_ns = fate->index_ns,
                                         .proposal = fate->proposal,
                                         .refusal = fate->refusal};
    remove_fate(f, fate);
}

/* The place of an entry is committed. */
static void decide(struct fates *f, struct history *h, const struct fate_copy *copy, bool is_it)
{
    struct fate *fate = find(f, copy->name);
    if (fate == NULL || fate->op != copy->op)
        return;
    fate->copies--;
    if (is_it && (fate->index == 0 || copy->index < fate->index)) {
        fate->index = copy->index;
        fate->index_ns = f->now_ns;
        fate->proposal = copy->proposal;
    }
    if (fate->refused && fate->index != 0)
        break_promise(f, fate);
    else
        (void)settle(f, h, fate);
}

static void take_committed(struct fates *f, struct history *h, const struct view_log *log)
{
    size_t kept = 0;
    if (log->last == f->committed)
        return;
    f->committed = log->last;
    for (size_t i = 0; i < f->copies.count; i++) {
        struct fate_copy copy = f->copies.at[i];
        uint64_t term = view_log_term(log, copy.index);
        if (term == 0)
            f->copies.at[kept++] = copy;
        else
            decide(f, h, &copy, term == copy.proposal.term);
    }
    f->copies.count = kept;
}

/* Is the round over? At most one ends at an instant: nobody knows the order inside. */
static void take_ended(struct fates *f, struct history *h, const struct view *view)
{
    nodeset known = 0;
    if (f->ended == 0)
        return;
    f->rested |= f->ended;
    f->ended = 0;
    for (int i = 0; i < TRACE_NODES_MAX; i++) {
        known |= (nodeset)view->nodes[i].known << i;
        f->rested |= (nodeset)(view->nodes[i].role == VIEW_DOWN) << i;
    }
    if (((known | f->members) & ~f->rested) != 0)
        return;
    f->round++;
    f->rested = 0;
    for (size_t i = 0; i < f->cap; i++) {
        while (f->slots[i].name != 0 && settle(f, h, &f->slots[i])) {
        } /* another one may have moved there */
    }
}

/* What was told at one instant is complete when time has passed. */
static void until(struct fates *f, const struct view *view, struct history *h, uint64_t t_ns)
{
    struct fate *lost = find(f, f->just_lost);
    f->just_lost = 0;
    if (lost != NULL)
        (void)settle(f, h, lost);
    if (t_ns <= f->now_ns)
        return;
    take_told(f);
    take_committed(f, h, &view->committed);
    take_ended(f, h, view);
    f->now_ns = t_ns;
}

/* ---- clients ---- */

static void on_invoke(struct fates *f, const struct trace_record *rec)
{
    make_room(f);
    struct fate *fate = find(f, rec->write);
    if (fate != NULL && fate->refused)
        remove_fate(f, fate); /* it is asked for again: an entry may be of this one */
    fate = slot_of(f, rec->write);
    if (fate->name != 0) {
        fate->shared = true; /* for good: whose an entry is nobody can tell */
        return;
    }
    *fate = (struct fate){.name = rec->write, .op = rec->op};
    f->count++;
    for (size_t i = 0; i < f->told.count; i++)
        fate->shared = fate->shared || f->told.at[i].name == rec->write;
}

/* Errors that nodes answer before anything is appended, or when it is certain to be gone. What the
 * data itself refuses is an entry like any other. */
static bool is_promise(struct trace_text error)
{
    static const char *const codes[] = {"NOLEADER", "NOTLEADER", "NOTMEMBER", "TRANSFER",
                                        "BUSY",     "NOSPACE",   "ABORTED"};
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        if (trace_text_is(error, codes[i]))
            return true;
    }
    return false;
}

static void on_refused(struct fates *f, struct fate *fate, const struct trace_record *rec)
{
    fate->refused = true;
    fate->refusal = event_ref_of(rec);
    if (fate->index != 0) {
        break_promise(f, fate);
        return;
    }
    if (f->refused == NULL)
        f->refused = mem_array(FATES_REFUSED, sizeof(*f->refused));
    uint64_t *place = &f->refused[f->refused_count++ % FATES_REFUSED];
    uint64_t oldest = *place;
    *place = fate->name;
    fate = find(f, oldest);
    if (fate != NULL && fate->refused && oldest != *place)
        remove_fate(f, fate);
}

static void on_return(struct fates *f, const struct history *h, const struct trace_record *rec)
{
    const struct history_op *op = history_get(h, rec->op);
    struct fate *fate = find(f, op->name);
    if (fate == NULL || fate->op != op->id)
        return;
    if (op->outcome == HISTORY_UNKNOWN) {
        fate->lost = true;
        fate->round = f->round;
        f->just_lost = fate->name;
    } else if (op->outcome == HISTORY_FAIL && !fate->shared && is_promise(rec->error)) {
        on_refused(f, fate, rec);
    } else if (!fate->shared) {
        remove_fate(f, fate);
    }
}

/* ---- nodes ---- */

static void on_proposed(struct fates *f, const struct trace_record *rec)
{
    f->named_to[rec->node] = rec->to;
    for (uint32_t i = 0; i < rec->marks_count; i++)
        push(&f->told, (struct fate_copy){.name = rec->marks[i].value,
                                          .index = rec->marks[i].index,
                                          .proposal = event_ref_of(rec)});
}

static void on_appended(struct fates *f, const struct view_node *n, const struct trace_record *rec)
{
    bool own = n->role == VIEW_LEADER && n->term == rec->term;
    if (own && f->named_to[rec->node] != rec->to)
        f->untold_ns = rec->t;
    f->named_to[rec->node] = 0;
}

/* What the disk holds must have been told. */
static void on_boot(struct fates *f, const struct view_node *n, const struct trace_record *rec)
{
    bool same = n->known && n->disk == rec->disk;
    uint64_t term = same ? view_log_term(&n->log, rec->last.index) : 0;
    if (rec->last.index > (same ? n->log.last : 0) || (term != 0 && term != rec->last.term))
        f->untold_ns = rec->t;
    f->named_to[rec->node] = 0;
}

static void on_node(struct fates *f, const struct view *view, const struct trace_record *rec)
{
    const struct view_node *n = &view->nodes[rec->node];
    f->members |= view_members_told(rec);
    if (rec->ev == TRACE_proposed)
        on_proposed(f, rec);
    else if (rec->ev == TRACE_appended)
        on_appended(f, n, rec);
    else if (rec->ev == TRACE_boot)
        on_boot(f, n, rec);
    if (rec->ev == TRACE_boot || rec->ev == TRACE_crashed)
        f->ended |= NODE_BIT(rec->node); /* the process has, at the latest now */
}

void fates_feed(struct fates *f, const struct view *view, struct history *h,
                const struct trace_record *rec)
{
    until(f, view, h, rec->t);
    if (rec->ev == TRACE_clientInvoke && rec->write != 0)
        on_invoke(f, rec);
    else if (rec->ev == TRACE_clientReturn)
        on_return(f, h, rec);
    else if (rec->ev != TRACE_fault && rec->ev != TRACE_clientInvoke && rec->node >= 0)
        on_node(f, view, rec);
}
