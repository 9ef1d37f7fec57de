/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/explore_json.h"

#include "base/jsonw.h"
#include "base/units.h"
#include "emulator/commands/explore_bounds.h"
#include "emulator/explore/coverage.h"
#include "emulator/explore/presets.h"
#include "emulator/explore/tell.h"

#include <stdio.h>
#include <string.h>

static const char *verdict(enum ex_end end)
{
    switch (end) {
    case EX_EXHAUSTED: return "exhausted";
    case EX_CRAMPED: return "cramped";
    case EX_VIOLATED: return "violated";
    case EX_LIMITED: return "limited";
    case EX_STOPPED: return "interrupted";
    }
    UNREACHABLE();
}

/* By the names of their options. */
static void write_bounds(struct jsonw *w, const struct ex_bounds *b)
{
    jsonw_key(w, "bounds");
    jsonw_object(w);
    jsonw_kv_u64(w, "servers", b->servers);
    jsonw_kv_u64(w, "spares", b->spares);
    jsonw_kv_u64(w, "learners", b->learners);
    jsonw_kv_u64(w, "terms", b->terms);
    for (int i = 0; i < EX_BUDGETS_COUNT; i++)
        jsonw_kv_u64(w, ex_budget_name((enum ex_budget)i), b->budget[i]);
    jsonw_key(w, "kinds");
    jsonw_array(w);
    for (size_t i = 0; explore_kind_name(i) != NULL; i++) {
        if ((b->changes & 1u << i) != 0)
            jsonw_string(w, explore_kind_name(i));
    }
    jsonw_end(w);
    jsonw_kv_bool(w, "pre-vote", b->pre_vote);
    jsonw_kv_bool(w, "check-quorum", b->check_quorum);
    jsonw_kv_bool(w, "lease", b->lease);
    jsonw_kv_bool(w, "symmetry", b->symmetry && ex_bounds_chooser(b) == NULL);
    jsonw_kv_bool(w, "stale", b->stale);
    jsonw_end(w);
}

static void write_numbers(struct jsonw *w, const struct ex_result *r)
{
    const struct ex_numbers *n = &r->numbers;
    char chance[32];
    (void)snprintf(chance, sizeof(chance), "%.3e", r->missed);
    jsonw_kv_u64(w, "states", n->distinct);
    jsonw_kv_u64(w, "generated", n->generated);
    jsonw_kv_u64(w, "depth", n->depth);
    jsonw_kv_double(w, "seconds", (double)n->elapsed_ns / (double)NS_PER_S);
    jsonw_key(w, "missed_chance");
    jsonw_raw(w, chance);
    jsonw_kv_u64(w, "servers", n->servers);
    jsonw_kv_u64(w, "messages", n->messages);
    jsonw_kv_u64(w, "histories", n->histories);
    jsonw_kv_u64(w, "transitions", n->transitions);
    jsonw_kv_u64(w, "memory_bytes", n->memory_bytes);
    jsonw_kv_u64(w, "disk_bytes", n->disk_bytes);
    jsonw_kv_u64(w, "calm_asked", n->calmed);
    jsonw_kv_u64(w, "calm_unclear", n->unclear);
    jsonw_kv_u64(w, "terms_reached", n->ended.times[EX_LIMIT_TERMS]);
}

static void write_limits(struct jsonw *w, const struct ex_ended *e)
{
    jsonw_key(w, "limits_hit");
    jsonw_array(w);
    for (int i = EX_LIMIT_TERMS + 1; i < EX_LIMITS_COUNT; i++) {
        char text[80];
        if (e->times[i] == 0)
            continue;
        ex_limit_text((enum ex_limit)i, text, sizeof(text));
        jsonw_object(w);
        jsonw_kv_string(w, "at_most", text);
        jsonw_kv_u64(w, "times", e->times[i]);
        jsonw_end(w);
    }
    jsonw_end(w);
}

/* Each kind of decision, met or not. */
static void write_coverage(struct jsonw *w, const uint64_t *counts)
{
    struct buf sentence = {0};
    jsonw_key(w, "coverage");
    jsonw_array(w);
    for (uint32_t code = 0; code < RAFT_REASON_CODES; code++) {
        buf_reset(&sentence);
        ex_coverage_sentence((enum raft_reason_code)code, &sentence);
        jsonw_object(w);
        jsonw_kv_string(w, "decision", buf_str(&sentence));
        jsonw_kv_u64(w, "times", counts[code]);
        jsonw_end(w);
    }
    jsonw_end(w);
    buf_free(&sentence);
}

/* The promise, and the way to where it breaks, told in lines. */
static void write_violation(struct jsonw *w, struct ex_search *s, const struct ex_result *r)
{
    struct ex_expander x;
    struct buf text = {0};
    ex_expander_init(&x, ex_search_space(s));
    ex_tell_path(&x, &r->path, &text);
    jsonw_key(w, "violation");
    jsonw_object(w);
    jsonw_kv_string(w, "promise", r->broken);
    jsonw_kv_u64(w, "steps", r->path.count);
    jsonw_key(w, "told");
    jsonw_array(w);
    for (const char *at = buf_str(&text); *at != '\0';) {
        size_t len = strcspn(at, "\n");
        jsonw_bytes(w, at, len);
        at += len + (at[len] == '\n');
    }
    jsonw_end(w);
    jsonw_end(w);
    buf_free(&text);
    ex_expander_free(&x);
}

void explore_json_write(struct ex_search *s, const struct ex_result *r, const char *checkpoint,
                        struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "verdict", verdict(r->end));
    jsonw_kv_text(&w, "limit", r->limit);
    write_bounds(&w, &ex_search_space(s)->bounds);
    write_numbers(&w, r);
    write_limits(&w, &r->numbers.ended);
    write_coverage(&w, r->reasons);
    if (r->end == EX_VIOLATED)
        write_violation(&w, s, r);
    else
        jsonw_kv_text(&w, "violation", NULL);
    jsonw_kv_text(&w, "checkpoint", checkpoint);
    jsonw_end(&w);
    buf_putc(out, '\n');
}
