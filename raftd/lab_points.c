/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/lab_points.h"

#include "raftd/lab.h"
#include "raftd/lab_command.h"

#include <signal.h>

static void pass(struct lab_points *p, const struct trace_point *at)
{
    if (atomic_load(&p->armed) == 0)
        return;
    (void)pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < LAB_POINTS_MAX; i++) {
        struct lab_point *point = &p->list[i];
        if (point->number == 0 || !trace_point_same(&point->at, at))
            continue;
        lab_met(p->lab, point->number);
        if (point->asks) {
            (void)raise(SIGSTOP);
            continue;
        }
        if (--point->left > 0)
            continue;
        point->number = 0;
        (void)atomic_fetch_sub(&p->armed, 1);
        (void)raise(point->signal);
    }
    (void)pthread_mutex_unlock(&p->lock);
}

void lab_points_event(struct lab_points *p, const struct trace_record *rec)
{
    pass(p, &(struct trace_point){.event = (int)rec->ev});
}

/* ---- calls to the disk ---- */

/* False: nobody names such calls. */
static bool point_of(const struct lab_call_at *call, bool after, struct trace_point *ret)
{
    *ret = (struct trace_point){.event = -1, .file = POINT_dir, .after = after};
    switch (call->call) {
    case LAB_CALL_READ: return false;
    case LAB_CALL_SYNC_DIR: ret->call = POINT_Sync; return true;
    case LAB_CALL_CREATE: ret->call = POINT_Create; break;
    case LAB_CALL_WRITE: ret->call = POINT_Write; break;
    case LAB_CALL_SYNC: ret->call = POINT_Sync; break;
    case LAB_CALL_RENAME: ret->call = POINT_Rename; break;
    case LAB_CALL_UNLINK: ret->call = POINT_Unlink; break;
    }
    return trace_point_file(call->path, &ret->file);
}

static int before(void *arg, const struct lab_call_at *at, struct err *e)
{
    struct trace_point point;
    (void)e;
    if (point_of(at, false, &point))
        pass(arg, &point);
    return 0;
}

static void after(void *arg, const struct lab_call_at *at)
{
    struct trace_point point;
    if (point_of(at, true, &point))
        pass(arg, &point);
}

void lab_points_init(struct lab_points *p, struct lab *lab, struct lab_calls *calls)
{
    p->lab = lab;
    (void)pthread_mutex_init(&p->lock, NULL);
    lab_calls_watch(calls, &(struct lab_watcher){.before = before, .after = after, .arg = p});
}

void lab_points_free(struct lab_points *p)
{
    (void)pthread_mutex_destroy(&p->lock);
}

/* ---- commands ---- */

static int add(struct lab_points *p, const struct lab_point *point, struct err *e)
{
    int code = err_set(e, -E_LIMIT, "more than %d points at once", LAB_POINTS_MAX);
    (void)pthread_mutex_lock(&p->lock);
    for (size_t i = 0; code < 0 && i < LAB_POINTS_MAX; i++) {
        if (p->list[i].number != 0)
            continue;
        p->list[i] = *point;
        (void)atomic_fetch_add(&p->armed, 1);
        code = 0;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return code;
}

int lab_points_command(const struct lab_parts *parts, struct lab_words *w, struct err *e)
{
    static const char *const ends[] = {"crash", "stall", "ask"};
    struct lab_point point = {0};
    const char *name = lab_words_text(w, "at");
    unsigned end = 0;
    int code = lab_words_u64(w, "number", 1, UINT64_MAX, &point.number, e);
    if (code == 0)
        code = lab_words_u64(w, "hit", 1, UINT64_MAX, &point.left, e);
    if (code == 0)
        code = lab_words_choice(w, "then", ends, ARRAY_LEN(ends), &end, e);
    if (code == 0)
        code = lab_words_end(w, e);
    if (code == 0 && (name == NULL || !trace_point_find(name, &point.at)))
        code = err_set(e, -E_INVALID, "at: \"%.40s\": no such point", name == NULL ? "" : name);
    if (code < 0)
        return code;
    point.signal = end == 0 ? SIGKILL : SIGSTOP;
    point.asks = end == 2;
    return add(parts->points, &point, e);
}

int lab_points_end_command(const struct lab_parts *parts, struct lab_words *w, struct err *e)
{
    struct lab_points *p = parts->points;
    uint64_t number = 0;
    int code = lab_words_u64(w, "number", 1, UINT64_MAX, &number, e);
    if (code == 0)
        code = lab_words_end(w, e);
    if (code < 0)
        return code;
    (void)pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < LAB_POINTS_MAX; i++) {
        if (p->list[i].number != number)
            continue;
        p->list[i].number = 0;
        (void)atomic_fetch_sub(&p->armed, 1);
    }
    (void)pthread_mutex_unlock(&p->lock);
    return 0;
}
