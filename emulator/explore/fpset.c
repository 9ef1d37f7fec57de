/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/fpset.h"

#include "base/mem.h"
#include "base/prng.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#define LINE_WORDS  8u /* a cache line */
#define LINE_BYTES  (LINE_WORDS * sizeof(uint64_t))
#define PAD_LINES   512u /* behind the last line that is anybody's home, for what overflows */
#define PROBE_LINES 500u /* how far from home a new fingerprint may lie; a few more when moved */
#define PAGE_BYTES  (2ull << 20)        /* a huge page */
#define STRIPES     64u                 /* in which threads count, each in one of its own */
#define NOT_ZERO    0x9e3779b97f4a7c15u /* stored for a word that is zero */

/* How full. Runs of full lines end soon: with so many taken at random, one of l lines has a chance
 * of exp(-l/11) to begin at a given line, with 88 percent exp(-l/17). So hardly anything looks at
 * more than one line or two, and nothing ever meets the end of the probe. */
#define LOAD_PERCENT       85u
#define LOAD_PERCENT_AHEAD 80u /* when room is made ahead, and not exactly so many will come */
#define LOAD_PERCENT_LAST  88u /* when the table has its final size */

/* A cache line for itself: whoever counts waits for nobody. Of more threads than stripes some share
 * one. */
struct stripe {
    _Alignas(LINE_BYTES) _Atomic uint64_t count;
};

/* Invariants: a slot is one word, or two of 128 bits; zero is free, so no stored word is zero.
 * Every line from a fingerprint's home to the one before its own is full. lines * LINE_BYTES plus
 * the pad is committed and at most bytes_max. */
struct fpset {
    struct stripe stripes[STRIPES];
    _Atomic uint64_t *table;
    uint64_t lines;     /* homes; the pad comes behind */
    uint64_t count_max; /* then it wants room */
    uint32_t words;     /* a slot */
    atomic_bool full;   /* somebody found no slot */
    uint64_t bytes_max;
    void *reserved;
    size_t reserved_bytes;
};

/* ---- where things lie ---- */

/* A fingerprint that is the least of several is small more often than not, so it is mixed once
 * more: reversible, and the order of the table is even. */
static struct fingerprint stored(struct fingerprint f, uint32_t words)
{
    f.word[0] = prng_mix(f.word[0] + 1);
    if (f.word[0] == 0)
        f.word[0] = NOT_ZERO;
    if (words == 2 && f.word[1] == 0)
        f.word[1] = NOT_ZERO;
    return f;
}

static uint64_t home(const struct fpset *s, uint64_t word)
{
    return (uint64_t)(((unsigned __int128)word * s->lines) >> 64);
}

static uint64_t bytes_for(uint64_t lines)
{
    return (lines + PAD_LINES) * LINE_BYTES;
}

static uint64_t lines_in(uint64_t bytes)
{
    return bytes / LINE_BYTES - PAD_LINES;
}

static void set_lines(struct fpset *s, uint64_t lines, uint32_t load_percent)
{
    s->lines = lines;
    s->count_max = lines * (LINE_WORDS / s->words) * load_percent / 100;
}

/* ---- life ---- */

/* The table's memory from what it has to what it needs; whole pages, since that is what there is.
 */
static int commit(struct fpset *s, uint64_t lines, struct err *e)
{
    size_t bytes = (size_t)(bytes_for(lines) + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
    if (mprotect((void *)s->table, bytes, PROT_READ | PROT_WRITE) != 0)
        return err_set_errno(e, -E_LIMIT, errno, "explore: the set of seen states: %zu MiB",
                             bytes >> 20);
    return 0;
}

int fpset_open(struct fpset **ret, const struct fpset_options *o, struct err *e)
{
    ASSERT(o->bits == 64 || o->bits == 128);
    if (o->bytes_max < FPSET_BYTES_MIN)
        return err_set(e, -E_INVALID, "explore: the set of seen states: less than %u MiB",
                       FPSET_BYTES_MIN >> 20);
    size_t reserved_bytes = (size_t)(o->bytes_max + 2 * PAGE_BYTES);
    void *reserved =
        mmap(NULL, reserved_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved == MAP_FAILED)
        return err_set_errno(e, -E_LIMIT, errno,
                             "explore: the set of seen states: %zu MiB of address space",
                             reserved_bytes >> 20);
    struct fpset *s = mem_aligned(LINE_BYTES, sizeof(*s));
    memset(s, 0, sizeof(*s));
    s->words = o->bits / 64;
    s->bytes_max = o->bytes_max;
    s->reserved = reserved;
    s->reserved_bytes = reserved_bytes;
    uintptr_t aligned = ((uintptr_t)reserved + PAGE_BYTES - 1) & ~(uintptr_t)(PAGE_BYTES - 1);
    s->table = (_Atomic uint64_t *)aligned;
    /* Only speed hangs on it, and not every system has huge pages. */
    (void)madvise((void *)s->table, (size_t)o->bytes_max, MADV_HUGEPAGE);
    set_lines(s, lines_in(FPSET_BYTES_MIN), LOAD_PERCENT);
    int code = commit(s, s->lines, e);
    if (code != 0)
        fpset_close(s);
    else
        *ret = s;
    return code;
}

void fpset_close(struct fpset *s)
{
    if (s == NULL)
        return;
    (void)munmap(s->reserved, s->reserved_bytes);
    mem_free(s);
}

/* ---- looking and putting ---- */

/* The second word of a slot whose first word was just taken is on its way: it takes two stores. */
static uint64_t second_word(_Atomic uint64_t *slot)
{
    uint64_t word;
    while ((word = atomic_load_explicit(slot + 1, memory_order_acquire)) == 0)
        ;
    return word;
}

/* Whether the slot holds f; puts it there first if the slot is free. *ret_new says so. */
static bool take_slot(_Atomic uint64_t *slot, const struct fingerprint *f, uint32_t words,
                      bool *ret_new)
{
    uint64_t word = atomic_load_explicit(slot, memory_order_relaxed);
    if (word == 0 && atomic_compare_exchange_strong_explicit(
                         slot, &word, f->word[0], memory_order_relaxed, memory_order_relaxed)) {
        if (words == 2)
            atomic_store_explicit(slot + 1, f->word[1], memory_order_release);
        *ret_new = true;
        return true;
    }
    return word == f->word[0] && (words == 1 || second_word(slot) == f->word[1]);
}

static enum fpset_answer put(struct fpset *s, const struct fingerprint *f, uint32_t probe_lines)
{
    _Atomic uint64_t *slot = s->table + home(s, f->word[0]) * LINE_WORDS;
    _Atomic uint64_t *end = slot + probe_lines * LINE_WORDS;
    for (; slot < end; slot += s->words) {
        bool is_new = false;
        if (take_slot(slot, f, s->words, &is_new))
            return is_new ? FPSET_NEW : FPSET_SEEN;
    }
    return FPSET_FULL;
}

static uint32_t own_stripe(void)
{
    static _Atomic uint32_t threads;
    static _Thread_local uint32_t own; /* + 1 */
    if (own == 0)
        own = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % STRIPES + 1;
    return own - 1;
}

static void count_one(struct fpset *s)
{
    atomic_fetch_add_explicit(&s->stripes[own_stripe()].count, 1, memory_order_relaxed);
}

enum fpset_answer fpset_insert(struct fpset *s, struct fingerprint f)
{
    f = stored(f, s->words);
    enum fpset_answer answer = put(s, &f, PROBE_LINES);
    if (answer == FPSET_FULL)
        atomic_store_explicit(&s->full, true, memory_order_relaxed);
    if (answer == FPSET_NEW)
        count_one(s);
    return answer;
}

void fpset_prefetch(const struct fpset *s, struct fingerprint f)
{
    f = stored(f, s->words);
    __builtin_prefetch((const void *)(s->table + home(s, f.word[0]) * LINE_WORDS), 1);
}

/* ---- growing ---- */

/* Taken out of the old table and not yet in the new one. */
struct waiting {
    struct fingerprint *items;
    size_t count, cap;
};

static void wait_for_room(struct waiting *w, struct fingerprint f)
{
    w->items = mem_room(w->items, w->count + 1, &w->cap, sizeof(*w->items));
    w->items[w->count++] = f;
}

static void take_out_line(struct fpset *s, uint64_t line, struct waiting *w)
{
    _Atomic uint64_t *slot = s->table + line * LINE_WORDS;
    for (uint32_t i = 0; i < LINE_WORDS; i += s->words) {
        struct fingerprint f = {.word = {atomic_load_explicit(slot + i, memory_order_relaxed)}};
        if (f.word[0] == 0)
            return;
        if (s->words == 2) {
            f.word[1] = atomic_load_explicit(slot + i + 1, memory_order_relaxed);
            atomic_store_explicit(slot + i + 1, 0, memory_order_relaxed);
        }
        atomic_store_explicit(slot + i, 0, memory_order_relaxed);
        wait_for_room(w, f);
    }
}

/* One that is not there yet, while nobody else is at it. */
static bool place(struct fpset *s, const struct fingerprint *f)
{
    _Atomic uint64_t *slot = s->table + home(s, f->word[0]) * LINE_WORDS;
    _Atomic uint64_t *end = slot + PAD_LINES * LINE_WORDS;
    while (slot < end && atomic_load_explicit(slot, memory_order_relaxed) != 0)
        slot += s->words;
    for (uint32_t i = 0; slot < end && i < s->words; i++)
        atomic_store_explicit(slot + i, f->word[i], memory_order_relaxed);
    return slot < end;
}

/* From the last line to the first, everything moves to its new home. Homes only move away from the
 * start, so what leaves a line finds its place at or behind it, where all is new already; but what
 * lay far behind its old home may have the new one still before that, and waits. */
static bool spread(struct fpset *s, uint64_t lines_before)
{
    struct waiting w = {0};
    bool ok = true;
    for (uint64_t line = lines_before + PAD_LINES; line-- > 0;) {
        take_out_line(s, line, &w);
        for (size_t i = w.count; i-- > 0;) {
            if (home(s, w.items[i].word[0]) < line)
                continue;
            ok = place(s, &w.items[i]) && ok;
            w.items[i] = w.items[--w.count];
        }
    }
    ASSERT(w.count == 0);
    mem_free(w.items);
    return ok;
}

static int resize(struct fpset *s, uint64_t lines, struct err *e)
{
    int code = commit(s, lines, e);
    if (code != 0)
        return code;
    uint64_t lines_before = s->lines;
    set_lines(s, lines, lines == lines_in(s->bytes_max) ? LOAD_PERCENT_LAST : LOAD_PERCENT);
    /* Less full than before, so every one finds a place. */
    bool all = spread(s, lines_before);
    ASSERT(all);
    atomic_store_explicit(&s->full, false, memory_order_relaxed);
    return 0;
}

/* More than bytes_max allows. */
static int too_many(const struct fpset *s, uint64_t count, struct err *e)
{
    return err_set(e, -E_LIMIT, "explore: %llu seen states need more than %llu MiB",
                   (unsigned long long)count, (unsigned long long)(s->bytes_max >> 20));
}

int fpset_grow(struct fpset *s, struct err *e)
{
    uint64_t lines = s->lines + s->lines / 2;
    uint64_t lines_max = lines_in(s->bytes_max);
    /* What the limit leaves, unless that is not worth moving everything. */
    if (lines > lines_max && lines_max - s->lines >= s->lines / 16)
        lines = lines_max;
    return lines > lines_max ? too_many(s, fpset_count(s), e) : resize(s, lines, e);
}

int fpset_reserve(struct fpset *s, uint64_t count, struct err *e)
{
    ASSERT(count <= UINT64_MAX / 1000);
    uint64_t slots = count * 100 / LOAD_PERCENT_AHEAD + FPSET_MARGIN;
    uint64_t lines = slots * s->words / LINE_WORDS + 1;
    if (lines <= s->lines)
        return 0;
    return lines > lines_in(s->bytes_max) ? too_many(s, count, e) : resize(s, lines, e);
}

/* ---- checkpoints ---- */

void fpset_save(const struct fpset *s, struct checkpoint_out *out)
{
    checkpoint_put_u64(out, s->words);
    checkpoint_put_u64(out, fpset_count(s));
    const _Atomic uint64_t *end = s->table + (s->lines + PAD_LINES) * LINE_WORDS;
    for (const _Atomic uint64_t *slot = s->table; slot < end; slot += s->words) {
        for (uint32_t i = 0; *slot != 0 && i < s->words; i++)
            checkpoint_put_u64(out, slot[i]);
    }
}

int fpset_load(struct fpset *s, struct checkpoint_in *in, struct err *e)
{
    ASSERT(fpset_count(s) == 0);
    if (checkpoint_get_u64(in) != s->words)
        checkpoint_refuse(in, "its fingerprints have another length");
    uint64_t count = checkpoint_get_count(in, UINT64_MAX / 1000);
    int code = fpset_reserve(s, count, e);
    for (uint64_t i = 0; i < count && code == 0; i++) {
        struct fingerprint f = {0};
        if (!checkpoint_get(in, f.word, s->words * sizeof(uint64_t)))
            break;
        if (f.word[0] == 0 || put(s, &f, PAD_LINES) != FPSET_NEW) {
            checkpoint_refuse(in, "its fingerprints are not a set");
            break;
        }
        count_one(s);
    }
    return code;
}

/* ---- numbers ---- */

bool fpset_wants_room(const struct fpset *s)
{
    return atomic_load_explicit(&s->full, memory_order_relaxed) || fpset_count(s) >= s->count_max;
}

uint64_t fpset_count(const struct fpset *s)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < STRIPES; i++)
        count += atomic_load_explicit(&s->stripes[i].count, memory_order_relaxed);
    return count;
}

uint64_t fpset_bytes(const struct fpset *s)
{
    return bytes_for(s->lines);
}

uint32_t fpset_bits(const struct fpset *s)
{
    return s->words * 64;
}

double fpset_missed_chance(uint64_t distinct, uint64_t generated, uint32_t bits, uint32_t choices)
{
    ASSERT(distinct <= generated && choices >= 1);
    double n = (double)distinct, again = (double)(generated - distinct), k = choices;
    double pairs = distinct == 0 ? 0 : n * (n - 1) / 2;
    if (n * again < pairs)
        pairs = n * again;
    double chance = pairs * k * k / (2 * k - 1);
    for (uint32_t i = 0; i < bits; i++)
        chance /= 2;
    return chance < 1 ? chance : 1;
}
