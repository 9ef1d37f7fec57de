/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Append lists. The longest list read fixes the order of its elements; every other read must be a
 * prefix of it. An append's place is the byte offset of its end, told by the list or by the length
 * it was answered; unknown appends may fill gaps between known places. Then nothing may return
 * before something of a lower place was called. */
#include "base/mem.h"
#include "base/sort.h"
#include "emulator/check/lin/heap.h"
#include "emulator/check/lin/lin.h"

#include <string.h>

#define NO_PLACE UINT64_MAX

/* An append; end is its place: the length of the list with it. */
struct piece {
    uint64_t end;
    uint32_t pos;
    uint32_t len;
    bool failed;
};

struct list {
    const struct lin_key *key;
    struct lin_scratch *scratch; /* by_text[value] = piece + 1 */
    struct piece *pieces;        /* owned */
    size_t pieces_count;
    struct lin_placed *placed; /* owned; room for every operation */
    size_t placed_count;
    struct trace_text longest;
    uint32_t longest_pos;
    bool any_read;
};

static const struct history_op *op_at(const struct list *l, size_t i)
{
    return lin_op(l->key, l->key->pos[i]);
}

static struct trace_text text_of(const struct list *l, uint32_t number)
{
    return texts_get(&l->key->h->texts, number);
}

/* Takes the appends and the longest read; false when this is not an append list. */
static bool gather(struct list *l)
{
    for (size_t i = 0; i < l->key->count; i++) {
        const struct history_op *op = op_at(l, i);
        if (op->kind != HISTORY_READ && op->kind != HISTORY_APPEND)
            return false;
        if (op->kind == HISTORY_READ && lin_counts(op)) {
            struct trace_text text = text_of(l, op->result);
            if (!l->any_read || text.len > l->longest.len) {
                l->longest = text;
                l->longest_pos = l->key->pos[i];
            }
            l->any_read = true;
        }
        if (op->kind != HISTORY_APPEND)
            continue;
        struct trace_text text = text_of(l, op->value);
        uint32_t *slot = &l->scratch->by_text[op->value];
        if (!lin_is_element(text) || *slot != 0)
            return false;
        l->pieces[l->pieces_count++] = (struct piece){.end = NO_PLACE,
                                                      .pos = l->key->pos[i],
                                                      .len = (uint32_t)text.len,
                                                      .failed = op->outcome == HISTORY_FAIL};
        *slot = (uint32_t)l->pieces_count;
    }
    return true;
}

static void place(struct list *l, uint64_t level, uint32_t pos)
{
    const struct history_op *op = lin_op(l->key, pos);
    l->placed[l->placed_count++] = (struct lin_placed){level, op->call_ns, op->ret_ns, pos};
}

static bool divergent(struct list *l, uint32_t pos, size_t at, struct lin_finding *why)
{
    char a[LIN_TEXT_MAX];
    char b[LIN_TEXT_MAX];
    lin_say(why, "divergent lists",
            "clients %s and %s read two lists that differ from byte %zu on: two committed values "
            "for one place",
            lin_text(l->key->h, lin_op(l->key, pos)->client, a),
            lin_text(l->key->h, lin_op(l->key, l->longest_pos)->client, b), at);
    lin_show(why, pos);
    lin_show(why, l->longest_pos);
    return false;
}

/* A list that was shown is a prefix of the longest, and ends where an element ends. */
static bool agrees(struct list *l, uint32_t number, uint32_t pos, struct lin_finding *why)
{
    struct trace_text text = text_of(l, number);
    size_t same = 0;
    if (text.len > 0 && memcmp(text.at, l->longest.at, text.len) != 0) {
        while (text.at[same] == l->longest.at[same])
            same++;
        return divergent(l, pos, same, why);
    }
    if (text.len < l->longest.len && l->longest.at[text.len] != ',')
        return divergent(l, pos, text.len, why);
    place(l, (uint64_t)text.len * 2 + 1, pos);
    return true;
}

/* What was there before all of them is like a read. */
static bool reads_agree(struct list *l, struct lin_finding *why)
{
    if (l->key->told != 0 && !agrees(l, l->key->initial, l->key->told - 1, why))
        return false;
    for (size_t i = 0; i < l->key->count; i++) {
        const struct history_op *op = op_at(l, i);
        if (op->kind == HISTORY_READ && lin_counts(op) &&
            !agrees(l, op->result, l->key->pos[i], why))
            return false;
    }
    return true;
}

static bool strange_element(struct list *l, const struct piece *p, struct trace_text text,
                            struct lin_finding *why)
{
    char value[LIN_TEXT_MAX];
    (void)lin_piece(text, value);
    if (p == NULL) {
        lin_say(why, "phantom value", "the list holds %s, which nobody appended", value);
    } else if (p->failed) {
        lin_say(why, "failed write applied", "the list holds %s, whose append was %s", value,
                lin_op(l->key, p->pos)->proved ? "in no node and no log any more" : "refused");
    } else {
        lin_say(why, "duplicate apply", "the list holds %s twice, appended once", value);
    }
    if (p != NULL)
        lin_show(why, p->pos);
    lin_show(why, l->longest_pos);
    return false;
}

/* Gives the elements of the longest list their places, but for those that were there before. */
static bool places_read(struct list *l, struct lin_finding *why)
{
    struct trace_text list = l->longest;
    size_t before = text_of(l, l->key->initial).len;
    if (list.len > before && list.at[before] != ',')
        return strange_element(l, NULL, list, why);
    for (size_t at = before; at < list.len;) {
        const char *next = memchr(list.at + at + 1, ',', list.len - at - 1);
        size_t end = next != NULL ? (size_t)(next - list.at) : list.len;
        struct trace_text text = {list.at + at, end - at};
        uint32_t number = texts_find(&l->key->h->texts, text.at, text.len);
        uint32_t slot = number == 0 ? 0 : l->scratch->by_text[number];
        struct piece *p = slot == 0 ? NULL : &l->pieces[slot - 1];
        if (p == NULL || p->failed || p->end != NO_PLACE)
            return strange_element(l, p, text, why);
        p->end = end;
        at = end;
    }
    return true;
}

/* The length an ok append was answered; NO_PLACE if it says none. */
static uint64_t answered(const struct list *l, const struct piece *p)
{
    const struct history_op *op = lin_op(l->key, p->pos);
    struct trace_text text = text_of(l, op->result);
    uint64_t v = 0;
    if (op->outcome != HISTORY_OK || text.at == NULL)
        return NO_PLACE;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || v > INT64_MAX / 16)
            return NO_PLACE;
        v = v * 10 + (uint64_t)(text.at[i] - '0');
    }
    return v;
}

static bool wrong_length(struct list *l, const struct piece *p, uint64_t told, const char *truth,
                         struct lin_finding *why)
{
    char value[LIN_TEXT_MAX];
    const struct history_op *op = lin_op(l->key, p->pos);
    lin_say(why, "lost append", "the append of %s was answered with length %llu, but %s",
            lin_piece(texts_get(&l->key->h->texts, op->value), value), (unsigned long long)told,
            truth);
    lin_show(why, p->pos);
    if (l->any_read)
        lin_show(why, l->longest_pos);
    return false;
}

/* Answered lengths agree with places in the list, or give places behind it. */
static bool places_answered(struct list *l, struct lin_finding *why)
{
    for (size_t i = 0; i < l->pieces_count; i++) {
        struct piece *p = &l->pieces[i];
        uint64_t told = p->failed ? NO_PLACE : answered(l, p);
        if (told == NO_PLACE)
            continue;
        if (p->end != NO_PLACE && p->end != told)
            return wrong_length(l, p, told, "it stands elsewhere in the list that was read", why);
        if (p->end == NO_PLACE && told < l->longest.len + p->len)
            return wrong_length(l, p, told, "the list that was read holds other elements there",
                                why);
        p->end = told;
    }
    return true;
}

static int by_end(const void *a, const void *b)
{
    uint64_t x = ((const struct piece *)a)->end;
    uint64_t y = ((const struct piece *)b)->end;
    return (x > y) - (x < y);
}

/* An append that may go into a gap: acknowledged without a length, or unknown. */
static bool is_free(const struct piece *p)
{
    return !p->failed && p->end == NO_PLACE;
}

#define SIZES_MAX 3

/* Free appends by size, those that may be used so far by return. */
struct free_pieces {
    uint32_t sizes[SIZES_MAX];
    struct lin_heap heaps[SIZES_MAX]; /* owned */
    size_t count;                     /* of sizes; beyond SIZES_MAX: too many */
    uint64_t bytes;                   /* of all of them */
    size_t next;                      /* pieces before it are in the heaps */
};

static size_t size_number(const struct free_pieces *f, uint32_t size)
{
    size_t i = 0;
    while (i < f->count && f->sizes[i] != size)
        i++;
    return i;
}

static void find_sizes(const struct list *l, struct free_pieces *f)
{
    for (size_t i = 0; i < l->pieces_count && f->count <= SIZES_MAX; i++) {
        const struct piece *p = &l->pieces[i];
        if (!is_free(p))
            continue;
        f->bytes += p->len;
        if (size_number(f, p->len) < f->count)
            continue;
        if (f->count < SIZES_MAX)
            f->sizes[f->count] = p->len;
        f->count++;
    }
}

/* In how many ways pieces of those sizes fill a gap, 2 standing for more; and the last one found.
 */
static unsigned ways_to_fill(const struct free_pieces *f, uint64_t gap, uint64_t need[SIZES_MAX])
{
    unsigned ways = 0;
    uint64_t size[SIZES_MAX];
    if (gap > f->bytes)
        return 0; /* an answer may claim any length */
    for (size_t i = 0; i < SIZES_MAX; i++)
        size[i] = i < f->count ? f->sizes[i] : UINT64_MAX; /* none fits */
    for (uint64_t c = 0; c <= gap / size[2] && ways < 2; c++) {
        uint64_t left = gap - (c == 0 ? 0 : c * size[2]);
        for (uint64_t b = 0; b <= left / size[1] && ways < 2; b++) {
            uint64_t rest = left - (b == 0 ? 0 : b * size[1]);
            if (rest % size[0] != 0)
                continue;
            need[0] = rest / size[0];
            need[1] = b;
            need[2] = c;
            ways++;
        }
    }
    return ways;
}

/* Fills a gap from byte `at` on with so many of each size, all called by due_ns. The earliest
 * return first, of every size and in the gap: delaying it never helps. */
static bool fill_gap(struct list *l, struct free_pieces *f, uint64_t at, uint64_t due_ns,
                     uint64_t need[SIZES_MAX])
{
    for (; f->next < l->pieces_count; ++f->next) {
        const struct piece *p = &l->pieces[f->next];
        const struct history_op *op = lin_op(l->key, p->pos);
        if (!is_free(p))
            continue;
        if (op->call_ns > due_ns)
            break;
        lin_heap_push(&f->heaps[size_number(f, p->len)], op->ret_ns, (uint32_t)f->next);
    }
    for (;;) {
        size_t best = SIZES_MAX;
        for (size_t i = 0; i < f->count; i++) {
            if (need[i] == 0)
                continue;
            if (f->heaps[i].count == 0)
                return false;
            if (best == SIZES_MAX || f->heaps[i].at[0].ret_ns < f->heaps[best].at[0].ret_ns)
                best = i;
        }
        if (best == SIZES_MAX)
            return true;
        at += f->sizes[best];
        l->pieces[lin_heap_pop(&f->heaps[best]).item].end = at;
        need[best]--;
    }
}

static enum lin_answer unfilled(struct list *l, uint64_t from, const struct piece *above,
                                struct lin_finding *why)
{
    char value[LIN_TEXT_MAX];
    const struct history_op *op = lin_op(l->key, above->pos);
    lin_say(why, "duplicate apply",
            "the append of %s was answered with length %llu, but nothing that was asked by then "
            "can fill the list from byte %llu up to it",
            lin_piece(texts_get(&l->key->h->texts, op->value), value),
            (unsigned long long)above->end, (unsigned long long)from);
    lin_show(why, above->pos);
    return LIN_ILLEGAL;
}

/* What is empty from byte `from` up to a known append. */
static enum lin_answer fill_between(struct list *l, struct free_pieces *f, uint64_t from,
                                    const struct piece *above, uint64_t due_ns,
                                    struct lin_finding *why)
{
    uint64_t start = above->end - above->len;
    uint64_t need[SIZES_MAX];
    if (start < from)
        return unfilled(l, from, above, why);
    if (f->count > SIZES_MAX)
        return LIN_REFUSED;
    unsigned ways = ways_to_fill(f, start - from, need);
    if (ways > 1)
        return LIN_REFUSED;
    return ways == 1 && fill_gap(l, f, from, due_ns, need) ? LIN_LEGAL
                                                           : unfilled(l, from, above, why);
}

/* known: the appends with places behind the list, ascending. Fills what is empty between them. */
static enum lin_answer fill(struct list *l, const struct piece *known, size_t count,
                            struct lin_finding *why)
{
    uint64_t at = l->longest.len;
    enum lin_answer answer = LIN_LEGAL;
    struct free_pieces f = {0};
    find_sizes(l, &f);
    uint64_t *due = mem_array(count + 1, sizeof(*due)); /* least return at or above */
    due[count] = HISTORY_NEVER;
    for (size_t i = count; i > 0; i--) {
        uint64_t ret = lin_op(l->key, known[i - 1].pos)->ret_ns;
        due[i - 1] = ret < due[i] ? ret : due[i];
    }
    for (size_t i = 0; i < count && answer == LIN_LEGAL; i++) {
        uint64_t start = known[i].end - known[i].len;
        if (start != at)
            answer = fill_between(l, &f, at, &known[i], due[i], why);
        at = known[i].end;
    }
    mem_free(due);
    for (size_t i = 0; i < SIZES_MAX; i++)
        mem_free(f.heaps[i].at);
    return answer;
}

/* Fills the gaps behind the list that was read, and places every append that has to be placed. */
static enum lin_answer place_appends(struct list *l, struct lin_finding *why)
{
    size_t count = 0;
    struct piece *known = mem_array(l->pieces_count, sizeof(*known));
    for (size_t i = 0; i < l->pieces_count; i++) {
        const struct piece *p = &l->pieces[i];
        if (!p->failed && p->end != NO_PLACE && p->end > l->longest.len)
            known[count++] = *p;
    }
    sort_array(known, count, sizeof(*known), by_end);
    enum lin_answer answer = fill(l, known, count, why);
    mem_free(known);
    for (size_t i = 0; i < l->pieces_count && answer == LIN_LEGAL; i++) {
        const struct piece *p = &l->pieces[i];
        bool acked = lin_op(l->key, p->pos)->outcome == HISTORY_OK;
        if (!p->failed && p->end != NO_PLACE)
            place(l, p->end * 2, p->pos);
        else if (!p->failed && acked)
            place(l, NO_PLACE, p->pos); /* behind everything that was seen */
    }
    return answer;
}

static enum lin_answer levels(struct list *l, struct lin_finding *why)
{
    uint32_t a = 0;
    uint32_t b = 0;
    if (lin_levels(l->placed, l->placed_count, &a, &b))
        return LIN_LEGAL;
    const struct history_op *first = lin_op(l->key, a);
    const struct history_op *second = lin_op(l->key, b);
    const char *pattern = "reordered appends";
    if (first->kind == HISTORY_APPEND && second->kind == HISTORY_READ)
        pattern = "lost append";
    else if (first->kind == HISTORY_READ)
        pattern = second->kind == HISTORY_READ ? "stale read" : "read from the future";
    lin_say_order(l->key, pattern, a, b, "the list", why);
    if (first->kind == HISTORY_APPEND && second->kind == HISTORY_APPEND && l->longest.len > 0)
        lin_show(why, l->longest_pos); /* that shows their order */
    return LIN_ILLEGAL;
}

enum lin_answer lin_list(const struct lin_key *key, struct lin_scratch *s, struct lin_finding *why)
{
    struct list l = {.key = key, .scratch = s, .any_read = key->told != 0};
    if (key->told != 0) {
        l.longest = text_of(&l, key->initial);
        l.longest_pos = key->told - 1;
    }
    l.pieces = mem_array(key->count, sizeof(*l.pieces));
    l.placed = mem_array(key->count + 1, sizeof(*l.placed));
    enum lin_answer answer = LIN_REFUSED;
    if (gather(&l)) {
        answer = reads_agree(&l, why) && places_read(&l, why) && places_answered(&l, why)
                     ? place_appends(&l, why)
                     : LIN_ILLEGAL;
        if (answer == LIN_LEGAL)
            answer = levels(&l, why);
    }
    for (size_t i = 0; i < l.pieces_count; i++)
        s->by_text[lin_op(key, l.pieces[i].pos)->value] = 0;
    mem_free(l.pieces);
    mem_free(l.placed);
    return answer;
}
