/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/faults.h"

#include "base/mem.h"
#include "emulator/check/check.h"

#include <stdio.h>
#include <string.h>

void faults_free(struct faults *f)
{
    mem_free(f->open);
    *f = (struct faults){0};
}

static void copy(char to[FAULTS_NAME_MAX], struct trace_text text)
{
    (void)snprintf(to, FAULTS_NAME_MAX, "%.*s",
                   (int)(text.len < FAULTS_NAME_MAX ? text.len : FAULTS_NAME_MAX),
                   text.at == NULL ? "" : text.at);
}

static bool heals(struct trace_text text)
{
    static const char *const words[] = {"heal", "resume", "start", "uncut", "release", "reset"};
    char action[FAULTS_NAME_MAX];
    copy(action, text);
    const char *dot = strrchr(action, '.');
    for (size_t i = 0; dot != NULL && i < ARRAY_LEN(words); i++) {
        if (strcmp(dot + 1, words[i]) == 0)
            return true;
    }
    return false;
}

static bool breaks(struct trace_text action)
{
    static const char *const areas[] = {"net.", "proc.", "disk.", "clock."};
    for (size_t i = 0; i < ARRAY_LEN(areas); i++) {
        if (trace_text_begins(action, areas[i]))
            return true;
    }
    return false;
}

static void open_window(struct faults *f, const struct trace_record *rec)
{
    if (heals(rec->action))
        return;
    if (f->count == f->cap) {
        f->cap = f->cap == 0 ? 16 : f->cap * 2;
        f->open = mem_grow(f->open, f->cap, sizeof(*f->open));
    }
    if (f->count == 0)
        f->since_ns = rec->t;
    struct fault_window *w = &f->open[f->count++];
    copy(w->step, rec->step);
    w->breaks = breaks(rec->action);
    f->breaking += w->breaks;
}

static void close_window(struct faults *f, const struct trace_record *rec)
{
    char step[FAULTS_NAME_MAX];
    copy(step, rec->step);
    for (size_t i = f->count; i > 0; i--) {
        if (strcmp(f->open[i - 1].step, step) != 0)
            continue;
        f->breaking -= f->open[i - 1].breaks;
        memmove(&f->open[i - 1], &f->open[i], (f->count - i) * sizeof(*f->open));
        f->count--;
        f->last_end_ns = rec->t;
        if (f->count == 0)
            f->active_ns += rec->t - f->since_ns;
        return;
    }
}

void faults_add(struct faults *f, const struct trace_record *rec)
{
    if (trace_text_is(rec->phase, "begin"))
        open_window(f, rec);
    else if (trace_text_is(rec->phase, "end"))
        close_window(f, rec);
    else
        return;
    f->last_ns = rec->t;
}

uint64_t faults_active_ns(const struct faults *f, uint64_t now_ns)
{
    uint64_t open_ns = f->count > 0 && now_ns > f->since_ns ? now_ns - f->since_ns : 0;
    return f->active_ns + open_ns;
}

uint64_t faults_healed_at(const struct faults *f)
{
    return f->count > 0 ? UINT64_MAX : f->last_ns;
}

bool faults_at(const struct faults *f, uint64_t t_ns)
{
    return f->count > 0 || (f->last_end_ns != 0 && t_ns <= f->last_end_ns);
}

static const char *const planned[] = {"kill", "stop",  "power",  "crashPoint",
                                      "disk", "leave", "restart"};

static bool matches(struct trace_text cause, const char *word)
{
    size_t len = strlen(word);
    return trace_text_begins(cause, word) && (cause.len == len || cause.at[len] == ':');
}

bool faults_planned(const struct check_facts *facts, struct trace_text cause)
{
    const char *const *words = facts->planned_causes != NULL ? facts->planned_causes : planned;
    size_t count = facts->planned_causes != NULL ? facts->planned_causes_count : ARRAY_LEN(planned);
    for (size_t i = 0; i < count; i++) {
        if (matches(cause, words[i]))
            return true;
    }
    return false;
}
