/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/formats/events.h"

#include "base/mem.h"
#include "base/units.h"

#include <string.h>

#define SHOWN 24 /* bytes of a foreign word in an error */

static const char *const types[] = {"invoke", "ok", "fail", "info"};

const char *event_type_name(enum event_type type)
{
    ASSERT((size_t)type < ARRAY_LEN(types));
    return types[type];
}

void events_free(struct events *ev)
{
    mem_free(ev->at);
    mem_free(ev->open);
    texts_free(&ev->names);
    *ev = (struct events){0};
}

static int shown(struct trace_text text)
{
    return (int)(text.len < SHOWN ? text.len : SHOWN);
}

static int type_of(struct trace_text text)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (trace_text_is(text, types[i]))
            return (int)i;
    }
    return -1;
}

static int time_of(const struct event_words *w, uint64_t *ret, struct err *e)
{
    uint64_t t = 0;
    bool fine = w->time.len > 0 && w->time.len <= 18;
    for (size_t i = 0; i < w->time.len && fine; i++) {
        fine = w->time.at[i] >= '0' && w->time.at[i] <= '9';
        t = t * 10 + (uint64_t)(w->time.at[i] - '0');
    }
    if (!fine)
        return err_set(e, -E_CORRUPT,
                       "line %llu: time %.*s: whole nanoseconds from 0 are understood; without any "
                       "time the order of the lines counts",
                       (unsigned long long)w->line, shown(w->time), w->time.at);
    *ret = t;
    return 0;
}

/* Keeps what only neighbours show: the order of times, and whether lines are shared. */
static void note_order(struct events *ev, const struct event *added)
{
    if (!added->timed && ev->untimed_line == 0)
        ev->untimed_line = added->line;
    if (ev->count == 0) {
        ev->one_a_line = true;
        return;
    }
    const struct event *before = &ev->at[ev->count - 1];
    if (added->line == before->line)
        ev->one_a_line = false;
    if (!added->timed || !before->timed || added->t_ns == before->t_ns)
        return;
    if (added->t_ns < before->t_ns && ev->backwards_line == 0)
        ev->backwards_line = added->line;
    uint64_t apart_ns = added->t_ns - before->t_ns;
    if (added->t_ns > before->t_ns && (ev->closest_ns == 0 || apart_ns < ev->closest_ns))
        ev->closest_ns = apart_ns;
}

static uint32_t *open_slot(struct events *ev, uint32_t process)
{
    if (process >= ev->open_cap) {
        size_t cap = ev->open_cap;
        ev->open_cap = 2 * ((size_t)process + 8);
        ev->open = mem_grow(ev->open, ev->open_cap, sizeof(*ev->open));
        memset(ev->open + cap, 0, (ev->open_cap - cap) * sizeof(*ev->open));
    }
    return &ev->open[process];
}

/* Joins calls and answers. */
static int pair(struct events *ev, struct event *added, struct err *e)
{
    uint32_t *open = open_slot(ev, added->process);
    struct trace_text name = texts_get(&ev->names, added->process);
    const char *type = types[added->type];
    if (added->type == EVENT_INVOKE) {
        if (*open != 0)
            return err_set(e, -E_CORRUPT,
                           "line %u: process %.*s calls again, but its call of line %u has no "
                           "answer: one operation at a time, ended by :ok, :fail or :info",
                           added->line, shown(name), name.at, ev->at[*open - 1].line);
        *open = (uint32_t)ev->count + 1;
        return 0;
    }
    if (*open == 0)
        return err_set(e, -E_CORRUPT,
                       "line %u: process %.*s has :%s without a call (:invoke) before it",
                       added->line, shown(name), name.at, type);
    struct event *call = &ev->at[*open - 1];
    if (call->f != added->f) {
        struct trace_text asked = texts_get(&ev->names, call->f);
        struct trace_text told = texts_get(&ev->names, added->f);
        return err_set(e, -E_CORRUPT,
                       "line %u: process %.*s has :%s of %.*s, but called %.*s on line %u",
                       added->line, shown(name), name.at, type, shown(told), told.at, shown(asked),
                       asked.at, call->line);
    }
    if (added->key != 0 && call->key != added->key) {
        struct trace_text asked = texts_get(&ev->names, call->key);
        struct trace_text told = texts_get(&ev->names, added->key);
        return err_set(e, -E_CORRUPT,
                       "line %u: process %.*s has :%s of key %.*s, but called %s %.*s on line %u",
                       added->line, shown(name), name.at, type, shown(told), told.at,
                       call->key != 0 ? "key" : "without one", shown(asked), asked.at, call->line);
    }
    added->mate = *open - 1;
    call->mate = (uint32_t)ev->count;
    *open = 0;
    return 0;
}

static bool is_client(struct trace_text process)
{
    return process.len > 0 && process.at[0] != ':' && !trace_text_is(process, "nemesis");
}

int events_add(struct events *ev, const struct event_words *w, struct err *e)
{
    unsigned long long line = w->line;
    int type = type_of(keyword_word(w->type));
    struct trace_text f = keyword_word(w->f);
    if (!is_client(w->process)) {
        ev->skipped++;
        return 0;
    }
    if (type < 0)
        return err_set(e, -E_CORRUPT, "line %llu: type %.*s: it is :invoke, :ok, :fail or :info",
                       line, shown(w->type), w->type.at);
    if (f.len == 0)
        return err_set(e, -E_CORRUPT, "line %llu: f is missing: which operation was it?", line);
    if (ev->count >= EVENT_NONE - 1 || line >= UINT32_MAX)
        return err_set(e, -E_LIMIT, "line %llu: more than 2^32 lines", line);
    struct event added = {.line = (uint32_t)line,
                          .value = w->value,
                          .mate = EVENT_NONE,
                          .type = (uint8_t)type,
                          .timed = w->time.at != NULL};
    int code = added.timed ? time_of(w, &added.t_ns, e) : 0;
    if (code < 0)
        return code;
    added.process = texts_add(&ev->names, w->process.at, w->process.len);
    added.f = texts_add(&ev->names, f.at, f.len);
    added.key = texts_add(&ev->names, w->key.at, w->key.len);
    code = pair(ev, &added, e);
    if (code < 0)
        return code;
    note_order(ev, &added);
    if (ev->count == ev->cap) {
        ev->cap = ev->cap == 0 ? 256 : ev->cap * 2;
        ev->at = mem_grow(ev->at, ev->cap, sizeof(*ev->at));
    }
    ev->at[ev->count++] = added;
    return 0;
}

bool events_timed(const struct events *ev)
{
    return ev->untimed_line == 0 && ev->backwards_line == 0;
}

/* Two close events happen on real clocks, too; that they all are close, or nearly, does not. */
bool events_dense(const struct events *ev)
{
    const uint64_t apart_ns = 10 * NS_PER_US; /* on the average */
    if (ev->count == 0 || !events_timed(ev) || ev->closest_ns == 0 || ev->closest_ns >= NS_PER_US)
        return false;
    uint64_t last_ns = ev->at[ev->count - 1].t_ns;
    return last_ns - ev->at[0].t_ns < ev->count * apart_ns && last_ns < INT64_MAX / NS_PER_S;
}

uint64_t events_time_ns(const struct events *ev, size_t i)
{
    const struct event *event = &ev->at[i];
    if (events_timed(ev))
        return event->t_ns * (events_dense(ev) ? NS_PER_S : 1);
    return (ev->one_a_line ? event->line : i + 1) * NS_PER_S;
}
