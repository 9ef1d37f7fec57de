/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/lab_disk.h"

#include "base/units.h"
#include "raftd/lab.h"
#include "raftd/lab_command.h"
#include "trace/point.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SERVE_MS 20 /* a loop that is held up looks for commands so often */

/* ---- what a call is ---- */

static unsigned files_of(const char *path)
{
    enum point_file file;
    if (!trace_point_file(path, &file))
        return 0;
    switch (file) {
    case POINT_log: return LAB_DISK_LOG;
    case POINT_meta: return LAB_DISK_META;
    case POINT_image: return LAB_DISK_SNAPSHOT;
    case POINT_dir:
    case POINT_FILES_COUNT: break; /* no file */
    }
    UNREACHABLE();
}

static unsigned op_of(enum lab_call call)
{
    switch (call) {
    case LAB_CALL_READ: return LAB_DISK_READ;
    case LAB_CALL_CREATE:
    case LAB_CALL_WRITE: return LAB_DISK_WRITE;
    case LAB_CALL_SYNC:
    case LAB_CALL_SYNC_DIR: return LAB_DISK_FSYNC;
    case LAB_CALL_RENAME: return LAB_DISK_RENAME;
    case LAB_CALL_UNLINK: return 0;
    }
    UNREACHABLE();
}

static bool changes(enum lab_call call)
{
    return call == LAB_CALL_CREATE || call == LAB_CALL_WRITE || call == LAB_CALL_RENAME ||
           call == LAB_CALL_UNLINK;
}

/* The directory is synced for all of them: only who means any file means it. */
static bool is_about(const struct lab_disk_rule *r, const struct lab_call_at *at)
{
    bool files = at->call == LAB_CALL_SYNC_DIR ? r->files == LAB_DISK_FILES_ALL
                                               : (r->files & files_of(at->path)) != 0;
    return r->id != 0 && files && (r->ops & op_of(at->call)) != 0;
}

/* ---- time ---- */

static uint64_t mono_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Until the rules change, or that time has come; the loop takes commands meanwhile. */
static void wait_until(struct lab_disk *d, uint64_t until_ns)
{
    if (pthread_equal(pthread_self(), d->loop)) {
        uint64_t now_ns = mono_ns(), left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
        (void)pthread_mutex_unlock(&d->lock);
        lab_serve(d->lab,
                  left_ns < SERVE_MS * NS_PER_MS ? (int)(left_ns / NS_PER_MS) + 1 : SERVE_MS);
        (void)pthread_mutex_lock(&d->lock);
        return;
    }
    if (until_ns == UINT64_MAX) {
        (void)pthread_cond_wait(&d->changed, &d->lock);
        return;
    }
    const struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_S),
                                   .tv_nsec = (long)(until_ns % NS_PER_S)};
    (void)pthread_cond_timedwait(&d->changed, &d->lock, &until);
}

static bool any(const struct lab_disk *d, enum lab_disk_kind kind, const struct lab_call_at *at)
{
    for (unsigned i = 0; i < d->end; i++) {
        if (d->rules[i].kind == kind && is_about(&d->rules[i], at))
            return true;
    }
    return false;
}

static uint64_t slowed_ns(struct lab_disk *d, const struct lab_call_at *at)
{
    uint64_t ns = 0;
    for (unsigned i = 0; i < d->end; i++) {
        const struct lab_disk_rule *r = &d->rules[i];
        if (r->kind != LAB_DISK_SLOW || !is_about(r, at) ||
            prng_below(&d->dice, 1000000) >= r->chance_ppm)
            continue;
        ns += r->delay_ns + (r->jitter_ns == 0 ? 0 : prng_below(&d->dice, r->jitter_ns));
    }
    return ns;
}

static void take_time(struct lab_disk *d, const struct lab_call_at *at)
{
    uint64_t slow_ns = slowed_ns(d, at), until_ns = mono_ns() + slow_ns;
    while (slow_ns > 0 && mono_ns() < until_ns && any(d, LAB_DISK_SLOW, at))
        wait_until(d, until_ns);
    while (any(d, LAB_DISK_STALL, at))
        wait_until(d, UINT64_MAX);
}

/* ---- failures ---- */

/* Bytes of the files beside this one. */
static uint64_t used(const char *path)
{
    char dir[VFS_PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    uint64_t bytes = 0;
    memcpy(dir, slash == NULL ? "." : path, slash == NULL ? 2 : len);
    dir[slash == NULL ? 1 : len] = '\0';
    DIR *open = opendir(dir);
    if (open == NULL)
        return 0;
    for (const struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open)) {
        struct stat st;
        if (fstatat(dirfd(open), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode) && strcmp(entry->d_name, "lock") != 0)
            bytes += (uint64_t)st.st_size;
    }
    (void)closedir(open);
    return bytes;
}

/* A write that makes its file longer than there is room for. */
static bool overflows(const struct lab_disk_rule *r, const struct lab_call_at *at)
{
    struct stat st;
    if (at->call != LAB_CALL_WRITE || stat(at->path, &st) < 0)
        return false;
    uint64_t end = at->offset + at->len, size = (uint64_t)st.st_size;
    return end > size && used(at->path) + (end - size) > r->capacity;
}

/* How the rule makes the call fail; 0: it does not. */
static int failure(struct lab_disk_rule *r, const struct lab_call_at *at)
{
    switch (r->kind) {
    case LAB_DISK_READONLY: return changes(at->call) ? -E_PERMISSION : 0;
    case LAB_DISK_FULL: return overflows(r, at) ? -E_NOSPACE : 0;
    case LAB_DISK_ERROR:
        if (!is_about(r, at) || ++r->calls <= r->after)
            return 0;
        return r->count == 0 || r->calls <= r->after + r->count ? r->code : 0;
    case LAB_DISK_SLOW:
    case LAB_DISK_STALL:
    case LAB_DISK_LIE:
    case LAB_DISK_POWER: return 0;
    }
    UNREACHABLE();
}

static int before(void *arg, const struct lab_call_at *at, struct err *e)
{
    struct lab_disk *d = arg;
    int code = 0;
    (void)pthread_mutex_lock(&d->lock);
    if (d->end > 0)
        take_time(d, at);
    for (unsigned i = 0; i < d->end && code == 0; i++) {
        struct lab_disk_rule *r = &d->rules[i];
        if (r->id == 0)
            continue;
        code = failure(r, at);
        if (code < 0 && (r->kind == LAB_DISK_ERROR || !r->struck))
            lab_met(d->lab, r->id);
        r->struck = r->struck || code < 0;
        if (r->kind == LAB_DISK_POWER && at->call == LAB_CALL_SYNC && is_about(r, at))
            lab_undo_power(d->undo, at->path);
    }
    (void)pthread_mutex_unlock(&d->lock);
    return code < 0 ? err_set(e, code, "%s: injected: %s", at->path, err_name(code)) : 0;
}

struct lab_watcher lab_disk_watcher(struct lab_disk *d)
{
    return (struct lab_watcher){.before = before, .arg = d};
}

/* ---- commands ---- */

static int mask(struct lab_words *w, const char *key, unsigned all, unsigned *ret, struct err *e)
{
    uint64_t value = all;
    int code = lab_words_u64(w, key, 1, all, &value, e);
    *ret = (unsigned)value;
    return code;
}

static int read_slow(struct lab_disk_rule *r, struct lab_words *w, struct err *e)
{
    int code = lab_words_u64(w, "delay", 0, INT64_MAX, &r->delay_ns, e);
    if (code == 0)
        code = lab_words_u64(w, "jitter", 0, INT64_MAX, &r->jitter_ns, e);
    return code < 0 ? code : lab_words_u64(w, "chance", 0, 1000000, &r->chance_ppm, e);
}

static int read_error(struct lab_disk_rule *r, struct lab_words *w, struct err *e)
{
    static const char *const names[] = {"io", "nospace", "permission"};
    static const int codes[] = {-E_IO, -E_NOSPACE, -E_PERMISSION};
    unsigned which = 0;
    int code = lab_words_choice(w, "errno", names, ARRAY_LEN(names), &which, e);
    if (code == 0)
        code = lab_words_u64(w, "after", 0, INT64_MAX, &r->after, e);
    r->code = codes[which];
    return code < 0 ? code : lab_words_u64(w, "count", 0, INT64_MAX, &r->count, e);
}

static int read_rule(struct lab_disk_rule *r, struct lab_words *w, struct err *e)
{
    static const char *const kinds[] = {"slow",     "stall", "error", "full",
                                        "readonly", "lie",   "power"};
    unsigned kind = 0;
    int code = lab_words_u64(w, "rule", 1, UINT64_MAX, &r->id, e);
    if (code == 0)
        code = lab_words_choice(w, "kind", kinds, ARRAY_LEN(kinds), &kind, e);
    if (code == 0)
        code = mask(w, "op", LAB_DISK_OPS_ALL, &r->ops, e);
    if (code == 0)
        code = mask(w, "file", LAB_DISK_FILES_ALL, &r->files, e);
    r->kind = (enum lab_disk_kind)kind;
    if (code == 0 && r->kind == LAB_DISK_SLOW)
        code = read_slow(r, w, e);
    if (code == 0 && r->kind == LAB_DISK_ERROR)
        code = read_error(r, w, e);
    if (code == 0 && r->kind == LAB_DISK_FULL)
        code = lab_words_u64(w, "bytes", 0, INT64_MAX, &r->capacity, e);
    return code < 0 ? code : lab_words_end(w, e);
}

/* Whether syncs lie now, by the rules. Whoever waits looks again. */
static void rules_changed(struct lab_disk *d)
{
    bool lies = false;
    for (unsigned i = 0; i < d->end; i++)
        lies = lies || (d->rules[i].id != 0 && d->rules[i].kind == LAB_DISK_LIE);
    atomic_store(&d->undo->lies, lies);
    (void)pthread_cond_broadcast(&d->changed);
}

int lab_disk_command(const struct lab_parts *parts, struct lab_words *w, struct err *e)
{
    struct lab_disk *d = parts->disk;
    struct lab_disk_rule rule = {0};
    int code = read_rule(&rule, w, e);
    if (code < 0)
        return code;
    if ((rule.kind == LAB_DISK_LIE || rule.kind == LAB_DISK_POWER) && !atomic_load(&d->undo->on))
        return err_set(e, -E_INVALID, "kind: without a journal nothing could be lost");
    (void)pthread_mutex_lock(&d->lock);
    unsigned at = 0;
    while (at < d->end && d->rules[at].id != 0)
        at++;
    if (at == LAB_DISK_RULES_MAX) {
        code = err_set(e, -E_LIMIT, "rule: more than %d at once", LAB_DISK_RULES_MAX);
    } else {
        d->rules[at] = rule;
        d->end += at == d->end;
        rules_changed(d);
    }
    (void)pthread_mutex_unlock(&d->lock);
    return code;
}

int lab_disk_end_command(const struct lab_parts *parts, struct lab_words *w, struct err *e)
{
    struct lab_disk *d = parts->disk;
    uint64_t id = 0;
    int code = lab_words_u64(w, "rule", 1, UINT64_MAX, &id, e);
    if (code == 0)
        code = lab_words_end(w, e);
    if (code < 0)
        return code;
    (void)pthread_mutex_lock(&d->lock);
    for (unsigned i = 0; i < d->end; i++) {
        if (d->rules[i].id == id)
            d->rules[i].id = 0;
    }
    rules_changed(d);
    (void)pthread_mutex_unlock(&d->lock);
    return 0;
}

void lab_disk_open(struct lab_disk *d, struct lab *lab, struct lab_undo *undo)
{
    pthread_condattr_t attr;
    d->lab = lab;
    d->undo = undo;
    d->loop = pthread_self();
    d->dice = prng_seed(mono_ns());
    (void)pthread_mutex_init(&d->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&d->changed, &attr);
    (void)pthread_condattr_destroy(&attr);
}

void lab_disk_close(struct lab_disk *d)
{
    (void)pthread_cond_destroy(&d->changed);
    (void)pthread_mutex_destroy(&d->lock);
}
