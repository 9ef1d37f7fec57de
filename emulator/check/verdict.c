/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/verdict.h"

#include "base/jsonw.h"
#include "emulator/check/registry.h"

#include <stdio.h>

static void count(struct verdict_summary *s, const struct check_result *res)
{
    if (res->verdict == CHECK_NOT_JUDGED || (res->verdict == CHECK_VACUOUS && !res->required))
        return;
    switch (res->verdict) {
    case CHECK_OK: s->ok++; break;
    case CHECK_VACUOUS: s->vacuous++; break;
    case CHECK_UNKNOWN: s->unknown++; break;
    case CHECK_VIOLATED: s->violated++; break;
    case CHECK_NOT_JUDGED: break;
    }
    if (res->verdict > s->overall) {
        s->overall = res->verdict;
        s->first = res;
    }
}

struct verdict_summary verdict_of(const struct check_run *run)
{
    struct verdict_summary s = {0};
    for (size_t i = 0; i < check_results_count(run); i++)
        count(&s, check_results_at(run, i));
    return s;
}

int verdict_exit_code(enum check_verdict verdict)
{
    switch (verdict) {
    case CHECK_OK: return 0;
    case CHECK_VIOLATED: return 1;
    case CHECK_UNKNOWN: return 2;
    case CHECK_VACUOUS: return 4;
    case CHECK_NOT_JUDGED: break;
    }
    UNREACHABLE();
}

static void write_event(struct jsonw *w, const struct check_event *ev)
{
    jsonw_object(w);
    jsonw_kv_string(w, "node", ev->node);
    jsonw_kv_u64(w, "t", ev->t_ns);
    if (ev->seq != 0)
        jsonw_kv_u64(w, "seq", ev->seq);
    if (ev->line != 0)
        jsonw_kv_u64(w, "line", ev->line);
    jsonw_kv_string(w, "what", ev->what);
    jsonw_end(w);
}

static void write_result(struct jsonw *w, const struct check_result *res)
{
    const struct checker *is = registry_find(res->name);
    jsonw_object(w);
    jsonw_kv_string(w, "name", res->name);
    jsonw_kv_string(w, "verdict", check_verdict_name(res->verdict));
    jsonw_kv_bool(w, "required", res->required);
    jsonw_kv_u64(w, "seen", res->seen);
    jsonw_kv_u64(w, "violations", res->violations);
    jsonw_kv_string(w, "sentence", res->sentence);
    if (res->paragraph[0] != '\0')
        jsonw_kv_string(w, "paragraph", res->paragraph);
    if (is != NULL) {
        jsonw_kv_string(w, "property", is->property);
        jsonw_kv_string(w, "source", is->source);
    }
    if (res->events_count > 0) {
        jsonw_key(w, "events");
        jsonw_array(w);
        for (size_t i = 0; i < res->events_count; i++)
            write_event(w, &res->events[i]);
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void write_head(struct jsonw *w, const struct verdict_header *head)
{
    jsonw_kv_u64(w, "format", 1);
    if (head->scenario != NULL)
        jsonw_kv_string(w, "scenario", head->scenario);
    if (head->world != NULL)
        jsonw_kv_string(w, "world", head->world);
    if (head->has_seed)
        jsonw_kv_u64(w, "seed", head->seed);
    if (head->version != NULL)
        jsonw_kv_string(w, "version", head->version);
}

static void write_overall(struct jsonw *w, const struct verdict_summary *s)
{
    char text[CHECK_SENTENCE_MAX + 64];
    jsonw_kv_string(w, "verdict", check_verdict_name(s->overall));
    jsonw_kv_u64(w, "exit", (uint64_t)verdict_exit_code(s->overall));
    if (s->first != NULL)
        (void)snprintf(text, sizeof(text), "%s: %s", s->first->name, s->first->sentence);
    else
        (void)snprintf(text, sizeof(text), "every check holds (%zu compared something)", s->ok);
    jsonw_kv_string(w, "sentence", text);
}

void verdict_write(struct buf *out, const struct check_run *run, const struct verdict_header *head)
{
    struct jsonw w;
    struct verdict_summary s = verdict_of(run);
    jsonw_init(&w, out);
    jsonw_object(&w);
    write_head(&w, head);
    write_overall(&w, &s);
    jsonw_key(&w, "checks");
    jsonw_array(&w);
    for (size_t i = 0; i < check_results_count(run); i++)
        write_result(&w, check_results_at(run, i));
    jsonw_end(&w);
    jsonw_key(&w, "counters");
    jsonw_object(&w);
    for (size_t i = 0; i < check_counters_count(run); i++) {
        struct check_counter c = check_counters_at(run, i);
        jsonw_kv_u64(&w, c.name, c.value);
    }
    jsonw_end(&w);
    if (head->standings != NULL) {
        jsonw_key(&w, "nodes");
        standings_write(&w, head->standings, head->names);
    }
    jsonw_end(&w);
    buf_putc(out, '\n');
}
