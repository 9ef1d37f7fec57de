/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/faults.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void faults_free(struct faults *f)
{
    free(f->windows);
    *f = (struct faults){0};
}

static void copy(char to[FAULTS_NAME_MAX], struct trace_text text)
{
    (void)snprintf(to, FAULTS_NAME_MAX, "%.*s",
                   (int)(text.len < FAULTS_NAME_MAX ? text.len : FAULTS_NAME_MAX),
                   text.at == NULL ? "" : text.at);
}

static bool heals(const char *action)
{
    static const char *const words[] = {"heal", "resume", "start", "uncut", "release", "reset"};
    const char *dot = strrchr(action, '.');
    for (size_t i = 0; dot != NULL && i < ARRAY_LEN(words); i++) {
        if (strcmp(dot + 1, words[i]) == 0)
            return true;
    }
    return false;
}

static void open_window(struct faults *f, const struct trace_record *rec)
{
    if (f->count == f->cap) {
        f->cap = f->cap == 0 ? 16 : f->cap * 2;
        f->windows = mem_grow(f->windows, f->cap, sizeof(*f->windows));
    }
    struct fault_window *w = &f->windows[f->count];
    *w = (struct fault_window){.begin_ns = rec->t, .end_ns = UINT64_MAX, .line = rec->line};
    copy(w->step, rec->step);
    copy(w->action, rec->action);
    if (!heals(w->action))
        f->count++;
}

static void close_window(struct faults *f, const struct trace_record *rec)
{
    char step[FAULTS_NAME_MAX];
    copy(step, rec->step);
    for (size_t i = f->count; i > 0; i--) {
        struct fault_window *w = &f->windows[i - 1];
        if (w->end_ns == UINT64_MAX && strcmp(w->step, step) == 0) {
            w->end_ns = rec->t;
            return;
        }
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
    uint64_t sum = 0;
    uint64_t covered = 0; /* everything before this instant is counted */
    for (size_t i = 0; i < f->count; i++) {
        const struct fault_window *w = &f->windows[i];
        uint64_t begin = w->begin_ns > covered ? w->begin_ns : covered;
        uint64_t end = w->end_ns < now_ns ? w->end_ns : now_ns;
        if (end > begin) {
            sum += end - begin;
            covered = end;
        }
    }
    return sum;
}

uint64_t faults_healed_at(const struct faults *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->windows[i].end_ns == UINT64_MAX)
            return UINT64_MAX;
    }
    return f->last_ns;
}

const struct fault_window *faults_at(const struct faults *f, uint64_t t_ns)
{
    for (size_t i = f->count; i > 0; i--) {
        const struct fault_window *w = &f->windows[i - 1];
        if (w->begin_ns <= t_ns && t_ns <= w->end_ns)
            return w;
    }
    return NULL;
}
