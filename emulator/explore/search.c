/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/search_inside.h"

#include "base/mem.h"
#include "base/units.h"

#include <string.h>
#include <time.h>

#define PROGRESS_NS NS_PER_S
/* Of the memory, one part in so many: the disk is quick enough for states, and not for the set. */
#define FRONTIER_SHARE 32

static uint64_t clock_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

void ex_search_count(struct ex_search *s, struct ex_numbers *ret)
{
    struct frontier_numbers f;
    frontier_count(s->frontier, &f);
    *ret = (struct ex_numbers){.depth = s->depth,
                               .distinct = fpset_count(s->seen),
                               .frontier = f.to_read,
                               .memory_bytes = f.memory_bytes + fpset_bytes(s->seen),
                               .disk_bytes = f.disk_bytes,
                               .elapsed_ns = s->elapsed_before_ns + (clock_ns() - s->began_ns),
                               .servers = ex_pool_count(&s->space.servers),
                               .messages = ex_pool_count(&s->space.messages),
                               .histories = ex_pool_count(&s->space.ghosts),
                               .transitions = ex_table_count(&s->space.outcomes.table)};
    for (uint32_t i = 0; i < s->options.jobs; i++) {
        ret->generated += atomic_load(&s->workers[i].generated);
        for (int l = 0; l < EX_LIMITS_COUNT; l++)
            ret->ended.times[l] += atomic_load(&s->workers[i].ended[l]);
        ret->calmed += atomic_load(&s->workers[i].calmed);
        ret->calmed_sum += atomic_load(&s->workers[i].calmed_sum);
        ret->unclear += atomic_load(&s->workers[i].unclear);
    }
}

bool ex_search_over(struct ex_search *s)
{
    const struct ex_search_options *o = &s->options;
    uint64_t now = clock_ns();
    if (o->progress != NULL && now - s->told_ns >= PROGRESS_NS) {
        struct ex_numbers n;
        s->told_ns = now;
        ex_search_count(s, &n);
        o->progress(o->progress_arg, &n);
    }
    if (o->stop != NULL && *o->stop)
        s->stopped = true;
    if (o->states_max != 0 && fpset_count(s->seen) >= o->states_max)
        s->limit = "--max-states";
    if (o->time_max_ns != 0 && now - s->began_ns >= o->time_max_ns)
        s->limit = "--max-time";
    return s->stopped || s->limit != NULL;
}

static void workers_open(struct ex_search *s)
{
    s->workers = mem_array(s->options.jobs, sizeof(*s->workers));
    for (uint32_t i = 0; i < s->options.jobs; i++) {
        struct ex_worker *w = &s->workers[i];
        w->search = s;
        ex_expander_init(&w->expander, &s->space);
        ex_calm_init(&w->calm, &s->space);
        w->reader = frontier_reader_new(s->frontier);
        w->writer = frontier_writer_new(s->frontier);
    }
}

int ex_search_open(struct ex_search **ret, const struct ex_search_options *o, struct err *e)
{
    ASSERT(o->jobs > 0 && o->jobs <= EX_JOBS);
    struct ex_search *s = mem_alloc(sizeof(*s));
    s->options = *o;
    (void)pthread_mutex_init(&s->found_lock, NULL);
    ex_space_init(&s->space, &o->bounds);
    s->space.wide = o->wide;
    uint64_t frontier_bytes = o->memory_bytes_max / FRONTIER_SHARE;
    struct fpset_options set = {.bits = o->wide ? 128 : 64,
                                .bytes_max = o->memory_bytes_max - frontier_bytes};
    struct frontier_options frontier = {
        .dir = o->dir, .memory_bytes_max = frontier_bytes, .parents = true};
    int code = fpset_open(&s->seen, &set, e);
    if (code == 0)
        code = frontier_open(&s->frontier, &frontier, e);
    if (code < 0) {
        ex_search_close(s);
        return code;
    }
    workers_open(s);
    *ret = s;
    return 0;
}

void ex_search_close(struct ex_search *s)
{
    if (s == NULL)
        return;
    for (uint32_t i = 0; s->workers != NULL && i < s->options.jobs; i++) {
        struct ex_worker *w = &s->workers[i];
        ex_expander_free(&w->expander);
        ex_calm_free(&w->calm);
        frontier_reader_free(w->reader);
        frontier_writer_free(w->writer);
    }
    mem_free(s->workers);
    frontier_close(s->frontier);
    fpset_close(s->seen);
    ex_space_free(&s->space);
    (void)pthread_mutex_destroy(&s->found_lock);
    mem_free(s);
}

struct ex_space *ex_search_space(struct ex_search *s)
{
    return &s->space;
}

/* The first state is a level of its own. */
static int begin(struct ex_search *s, struct err *e)
{
    struct ex_worker *w = &s->workers[0];
    struct ex_sums sums;
    uint8_t record[EX_RECORD_MAX];
    ex_cluster_begin(&w->from, &s->space);
    ex_cluster_sums(&w->from, &s->space, &sums);
    (void)fpset_insert(s->seen, ex_cluster_fingerprint(&w->from, &s->space, &sums));
    size_t len = ex_cluster_write(&w->from, &s->space, record);
    return frontier_add(w->writer, record, len, PARENT_NONE, e);
}

static int run_workers(struct ex_search *s, struct err *e)
{
    pthread_t threads[EX_JOBS];
    uint32_t jobs = s->options.jobs;
    for (uint32_t i = 1; i < jobs; i++) {
        int failed = pthread_create(&threads[i], NULL, ex_worker_run, &s->workers[i]);
        if (failed != 0) { /* the others do its work */
            jobs = i;
            break;
        }
    }
    (void)ex_worker_run(&s->workers[0]);
    for (uint32_t i = 1; i < jobs; i++)
        (void)pthread_join(threads[i], NULL);
    for (uint32_t i = 0; i < s->options.jobs; i++) {
        if (s->workers[i].code < 0) {
            *e = s->workers[i].e;
            return s->workers[i].code;
        }
    }
    return 0;
}

static bool pending(const struct ex_search *s)
{
    struct frontier_numbers f;
    frontier_count(s->frontier, &f);
    bool more = f.to_read > 0;
    for (uint32_t i = 0; i < s->options.jobs; i++)
        more = more || s->workers[i].pending < s->workers[i].expander.count;
    return more;
}

/* The whole level, with room made in between. */
static int level(struct ex_search *s, struct err *e)
{
    bool over = false;
    do {
        if (fpset_wants_room(s->seen) || atomic_load(&s->halt) == EX_GROW) {
            if (fpset_grow(s->seen, e) < 0)
                s->limit = "--max-memory";
        }
        int halt = s->found ? EX_FOUND : EX_GO;
        atomic_store(&s->halt, halt);
        if (s->limit != NULL)
            break;
        int code = run_workers(s, e);
        if (code < 0)
            return code;
        over = atomic_load(&s->halt) == EX_HALTED;
    } while (!over && pending(s));
    return 0;
}

static int turn(struct ex_search *s, struct err *e)
{
    for (uint32_t i = 0; i < s->options.jobs; i++) {
        int code = frontier_flush(s->workers[i].writer, e);
        if (code < 0)
            return code;
    }
    return frontier_turn(s->frontier, e);
}

/* The level that was written is to be read, if it is not empty and not too deep. */
static int next_level(struct ex_search *s, bool *ret_ended, struct err *e)
{
    struct frontier_numbers f;
    frontier_count(s->frontier, &f);
    if (f.to_read == 0) {
        int code = turn(s, e);
        if (code < 0)
            return code;
        frontier_count(s->frontier, &f);
    }
    *ret_ended = f.to_read == 0;
    if (s->options.depth_max != 0 && s->depth >= s->options.depth_max && !*ret_ended)
        s->limit = "--max-depth";
    else if (!*ret_ended)
        s->depth++;
    s->in_level = !*ret_ended && s->limit == NULL;
    return 0;
}

/* One that goes on may do so within a level. */
static int levels(struct ex_search *s, struct err *e)
{
    bool ended = false;
    int code = s->resumed ? 0 : begin(s, e);
    while (code == 0) {
        if (!s->in_level)
            code = next_level(s, &ended, e);
        if (code < 0 || ended || s->limit != NULL)
            break;
        code = level(s, e);
        if (s->found || s->limit != NULL || s->stopped)
            break;
        s->in_level = false;
    }
    return code;
}

/* Fingerprints of states may be equal by chance, and so may be those of the parts they are made of.
 */
static double missed_chance(const struct ex_search *s, const struct ex_numbers *n)
{
    uint32_t renamings = s->space.renamings.count;
    uint64_t parts = (n->servers + n->messages + n->histories) * renamings;
    uint64_t all = n->generated + 1; /* the first state was not generated */
    return fpset_missed_chance(n->distinct, all, fpset_bits(s->seen), renamings) +
           fpset_missed_chance(parts, UINT64_MAX, 64, 1);
}

int ex_search_run(struct ex_search *s, struct ex_result *ret, struct err *e)
{
    memset(ret, 0, sizeof(*ret));
    s->began_ns = s->told_ns = clock_ns();
    int code = levels(s, e);
    if (code < 0)
        return code;
    ex_search_count(s, &ret->numbers);
    memcpy(ret->reasons, s->space.outcomes.reasons, sizeof(ret->reasons));
    ret->missed = missed_chance(s, &ret->numbers);
    ret->limit = s->limit;
    bool cramped = ex_ended_cramped(&ret->numbers.ended) > 0;
    ret->end = s->found           ? EX_VIOLATED
               : s->stopped       ? EX_STOPPED
               : s->limit != NULL ? EX_LIMITED
               : cramped          ? EX_CRAMPED
                                  : EX_EXHAUSTED;
    return s->found ? ex_search_path(s, ret, e) : 0;
}

void ex_path_free(struct ex_path *p)
{
    mem_free(p->action);
    *p = (struct ex_path){0};
}
