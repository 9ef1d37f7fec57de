/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounded staleness: a weak read shows a value that was there at some instant between its call,
 * less the bound, and its answer. So the history must be linearizable when every weak read is taken
 * to have been called that much earlier. Where it is not, although the strong operations alone are,
 * some weak read was too old. The bound that would have done is found by trying. */
#include "base/mem.h"
#include "base/sort.h"
#include "base/units.h"
#include "emulator/check/lin/lin.h"
#include "emulator/check/registry.h"
#include "emulator/check/sessions.h"

#include <stdlib.h>

#define SEARCH_STEPS 200000u
#define SEARCH_BYTES (256u << 20)
#define TRIES        20 /* how closely the age of the oldest answer is told */

struct job {
    const struct history *given;
    struct history bent; /* the same texts, other calls; ops owned */
    struct lin_scratch scratch;
    uint32_t *pos; /* owned; of one key, in the order of the bent calls */
    size_t count;
    const uint32_t *key_pos; /* the same in the order of the given calls; borrowed */
};

static int by_key(const void *a, const void *b)
{
    const struct history_op *x = *(const struct history_op *const *)a;
    const struct history_op *y = *(const struct history_op *const *)b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x > y) - (x < y);
}

struct bent_call {
    uint64_t call_ns;
    uint32_t pos;
};

static int by_call(const void *a, const void *b)
{
    const struct bent_call *x = a;
    const struct bent_call *y = b;
    if (x->call_ns != y->call_ns)
        return x->call_ns < y->call_ns ? -1 : 1;
    return (x->pos > y->pos) - (x->pos < y->pos);
}

/* Weak reads of the key are called so much earlier; without: they are left out. */
static size_t bend(struct job *j, uint64_t by_ns, bool without)
{
    size_t count = 0;
    struct bent_call *calls = mem_array(j->count, sizeof(*calls));
    for (size_t i = 0; i < j->count; i++) {
        uint32_t pos = j->key_pos[i];
        const struct history_op *op = &j->given->ops[pos];
        struct history_op *bent = &j->bent.ops[pos];
        if (op->weak && without)
            continue;
        *bent = *op;
        if (op->weak)
            bent->call_ns = op->call_ns > by_ns ? op->call_ns - by_ns : 0;
        bent->weak = false;
        calls[count++] = (struct bent_call){bent->call_ns, pos};
    }
    sort_array(calls, count, sizeof(*calls), by_call);
    for (size_t i = 0; i < count; i++)
        j->pos[i] = calls[i].pos;
    mem_free(calls);
    return count;
}

static enum lin_answer judge(struct job *j, uint64_t by_ns, bool without, struct lin_finding *why)
{
    struct lin_budget budget = {.steps = SEARCH_STEPS, .bytes = SEARCH_BYTES};
    struct lin_key key = {.h = &j->bent, .pos = j->pos};
    key.count = bend(j, by_ns, without);
    if (key.count == 0)
        return LIN_LEGAL;
    enum lin_answer answer = lin_typed(&key, &j->scratch, why);
    return answer == LIN_REFUSED ? lin_search(&key, &budget, why) : answer;
}

/* The least bound that is enough, about; at most max_ns, which is. */
static uint64_t age_of(struct job *j, uint64_t max_ns)
{
    struct lin_finding why = {0};
    uint64_t low = 0;
    uint64_t high = max_ns;
    if (judge(j, 0, false, &why) == LIN_LEGAL)
        return 0;
    for (int i = 0; i < TRIES && high - low > NS_PER_MS / 10; i++) {
        uint64_t mid = low + (high - low) / 2;
        if (judge(j, mid, false, &why) == LIN_LEGAL)
            high = mid;
        else
            low = mid;
    }
    return high;
}

static void too_old(struct job *j, uint64_t bound_ns, const struct lin_finding *why,
                    struct check_result *res)
{
    char name[LIN_TEXT_MAX];
    struct lin_finding other = {0};
    double bound = (double)bound_ns / (double)NS_PER_MS;
    uint64_t end_ns = j->given->ops[j->key_pos[j->count - 1]].call_ns;
    (void)lin_text(j->given, j->given->ops[j->key_pos[0]].key, name);
    if (!result_violate(
            res,
            "key %s: a read was older than %.0f ms: counted from that much before it was asked, %s",
            name, bound, why->sentence))
        return;
    for (size_t i = 0; i < why->ops_count; i++)
        result_operation(res, j->given, &j->given->ops[why->ops[i]]);
    if (judge(j, end_ns, false, &other) == LIN_LEGAL)
        result_paragraph(res,
                         "A read in a weak mode may show what was true up to %.0f ms before it was "
                         "asked. The oldest answer on key %s was %.1f ms old.",
                         bound, name, (double)age_of(j, end_ns) / (double)NS_PER_MS);
    else
        result_paragraph(res,
                         "A read in a weak mode may show what was true up to %.0f ms before it was "
                         "asked. No bound explains the answers on key %s: they contradict each "
                         "other, or show what never was.",
                         bound, name);
}

/* What all keys say together. */
struct tally {
    uint64_t age_ns;
    uint64_t undecided;
};

static void judge_key(struct job *j, uint64_t bound_ns, struct tally *t, struct check_result *res)
{
    struct lin_finding why = {0};
    struct lin_finding strong = {0};
    uint64_t weak = 0;
    for (size_t i = 0; i < j->count; i++) {
        const struct history_op *op = &j->given->ops[j->key_pos[i]];
        weak += op->weak && op->outcome == HISTORY_OK;
    }
    res->seen += weak;
    if (weak == 0)
        return;
    enum lin_answer answer = judge(j, bound_ns, false, &why);
    if (answer == LIN_ILLEGAL)
        answer = judge(j, 0, true, &strong) == LIN_LEGAL ? LIN_ILLEGAL : LIN_UNKNOWN;
    if (answer == LIN_ILLEGAL) {
        too_old(j, bound_ns, &why, res);
    } else if (answer == LIN_LEGAL) {
        uint64_t age_ns = age_of(j, bound_ns);
        t->age_ns = age_ns > t->age_ns ? age_ns : t->age_ns;
    } else {
        t->undecided++;
    }
}

static void judge_keys(const struct history *h, uint64_t bound_ns, struct tally *t,
                       struct check_result *res)
{
    struct job j = {.given = h, .bent = *h};
    const struct history_op **order = mem_array(h->count, sizeof(const void *));
    uint32_t *pos = mem_array(h->count, sizeof(*pos));
    j.bent.ops = mem_array(h->count, sizeof(*j.bent.ops));
    j.pos = mem_array(h->count, sizeof(*j.pos));
    lin_scratch_init(&j.scratch, h);
    for (size_t i = 0; i < h->count; i++)
        order[i] = &h->ops[i];
    sort_array(order, h->count, sizeof(const void *), by_key);
    for (size_t i = 0; i < h->count; i++)
        pos[i] = (uint32_t)(order[i] - h->ops);
    for (size_t i = 0; i < h->count; i += j.count) {
        j.count = 0;
        while (i + j.count < h->count && h->ops[pos[i + j.count]].key == h->ops[pos[i]].key)
            j.count++;
        j.key_pos = pos + i;
        judge_key(&j, bound_ns, t, res);
    }
    lin_scratch_free(&j.scratch);
    mem_free(j.bent.ops);
    mem_free(j.pos);
    mem_free(pos);
    mem_free(order);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    const struct kept_history *kept = state;
    struct tally t = {0};
    if (kept_history_torn(kept, res))
        return;
    judge_keys(&kept->h, in->params->max * NS_PER_MS, &t, res);
    if (t.undecided > 0 && res->verdict != CHECK_VIOLATED) {
        res->verdict = CHECK_UNKNOWN;
        result_say(res,
                   "%llu keys could not be judged: their strong operations are not "
                   "linearizable, or too hard to order",
                   (unsigned long long)t.undecided);
    }
    result_settle(res, "reads in a weak mode");
    if (res->verdict == CHECK_OK)
        result_say(res,
                   "%llu reads in a weak mode, the oldest answer %.1f ms old; %llu ms are "
                   "allowed",
                   (unsigned long long)res->seen, (double)t.age_ns / (double)NS_PER_MS,
                   (unsigned long long)in->params->max);
}

const struct checker check_stale_read_bound_ms = {
    .name = "staleReadBoundMs",
    .property = "A read in a weak mode shows what was true at some instant between its call, less "
                "the bound, and its answer.",
    .source = "Golab, Li & Shah 2011; Gibbons & Korach 1997",
    .class = CHECKER_LIVENESS,
    .untraced = true,
    .events = CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn),
    .state_size = sizeof(struct kept_history),
    .feed = kept_history_feed,
    .finish = finish,
    .free = kept_history_free,
};
