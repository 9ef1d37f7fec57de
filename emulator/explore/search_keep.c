/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A search that was ended before its end, laid down and gone on with. */
#include "emulator/explore/presets.h"
#include "emulator/explore/search_inside.h"

#include <string.h>

/* ---- saving ---- */

/* Everything is looked up that was expanded, and stands in a block. */
static int finish_blocks(struct ex_search *s, struct err *e)
{
    for (uint32_t i = 0; i < s->options.jobs; i++) {
        struct ex_worker *w = &s->workers[i];
        if (!ex_worker_look_up(w))
            return w->code < 0 ? err_set(e, w->code, "%s", w->e.text)
                               : err_set(e, -E_LIMIT,
                                         "explore: the set of seen states has no room "
                                         "for the last states before a checkpoint");
        int code = frontier_flush(w->writer, e);
        if (code < 0)
            return code;
    }
    return 0;
}

static void save_numbers(struct ex_search *s, struct checkpoint_out *out)
{
    struct ex_numbers n;
    ex_search_count(s, &n);
    const uint64_t numbers[] = {s->depth,     s->in_level, n.generated, n.calmed,
                                n.calmed_sum, n.unclear,   n.elapsed_ns};
    checkpoint_put(out, numbers, sizeof(numbers));
    checkpoint_put(out, &n.ended, sizeof(n.ended));
}

int ex_search_save(struct ex_search *s, const char *dir, struct err *e)
{
    ASSERT(!s->found);
    int code = finish_blocks(s, e);
    struct checkpoint_out out;
    if (code == 0)
        code = checkpoint_create(&out, dir, e);
    if (code < 0)
        return code;
    checkpoint_put(&out, &s->space.bounds, sizeof(s->space.bounds));
    checkpoint_put_u64(&out, s->options.wide);
    save_numbers(s, &out);
    ex_space_save(&s->space, &out);
    fpset_save(s->seen, &out);
    code = frontier_save(s->frontier, &out, e);
    if (code == 0)
        return checkpoint_commit(&out, e);
    checkpoint_abandon(&out);
    return code;
}

/* ---- going on ---- */

static void load_numbers(struct ex_search *s, struct checkpoint_in *in)
{
    struct ex_worker *w = &s->workers[0];
    s->depth = (uint32_t)checkpoint_get_count(in, UINT32_MAX);
    s->in_level = checkpoint_get_count(in, 1) == 1;
    w->generated = checkpoint_get_u64(in);
    w->calmed = checkpoint_get_u64(in);
    w->calmed_sum = checkpoint_get_u64(in);
    w->calm.unclear = checkpoint_get_u64(in);
    w->unclear = w->calm.unclear;
    s->elapsed_before_ns = checkpoint_get_u64(in);
    (void)checkpoint_get(in, &w->expander.ended, sizeof(w->expander.ended));
    for (int i = 0; i < EX_LIMITS_COUNT; i++)
        w->ended[i] = w->expander.ended.times[i];
}

static int load(struct ex_search **ret, const struct ex_search_options *o, struct checkpoint_in *in,
                struct err *e)
{
    struct ex_search_options options = *o;
    if (!checkpoint_get(in, &options.bounds, sizeof(options.bounds)))
        return 0;
    if (ex_bounds_wrong(&options.bounds) != NULL) {
        checkpoint_refuse(in, ex_bounds_wrong(&options.bounds));
        return 0;
    }
    options.wide = checkpoint_get_count(in, 1) == 1;
    int code = ex_search_open(ret, &options, e);
    if (code < 0)
        return code;
    struct ex_search *s = *ret;
    s->resumed = true;
    load_numbers(s, in);
    ex_space_load(&s->space, in);
    code = fpset_load(s->seen, in, e);
    if (code == 0)
        code = frontier_load(s->frontier, in, e);
    return code;
}

int ex_search_resume(struct ex_search **ret, const struct ex_search_options *o, const char *dir,
                     struct err *e)
{
    struct checkpoint_in in;
    struct ex_search *s = NULL;
    int code = checkpoint_open(&in, dir, e);
    if (code < 0)
        return code;
    code = load(&s, o, &in, e);
    int damaged = checkpoint_finish(&in, code == 0 ? e : NULL);
    code = code < 0 ? code : damaged;
    if (code == 0)
        *ret = s;
    else
        ex_search_close(s);
    return code;
}
