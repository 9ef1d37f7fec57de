/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/live/limiter.h"

#include "base/mem.h"
#include "emulator/live/loop_time.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PERIOD_NS (100 * NS_PER_MS) /* a share is one of each period, as in virtual time */
#define BEAT_MS   1

enum { BOUND_mem, BOUND_fds, BOUND_threads };
static const __rlimit_resource_t resources[LIMITER_BOUNDS] = {
    [BOUND_mem] = RLIMIT_DATA, [BOUND_fds] = RLIMIT_NOFILE, [BOUND_threads] = RLIMIT_NPROC};

/* ---- processes ---- */

typedef void each_process(pid_t pid, void *arg);

static void each_of_all(each_process *fn, void *arg)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    while (proc != NULL && (entry = readdir(proc)) != NULL) {
        if (isdigit((unsigned char)entry->d_name[0]))
            fn((pid_t)strtol(entry->d_name, NULL, 10), arg);
    }
    if (proc != NULL)
        (void)closedir(proc);
}

static bool is_mine(const struct limiter *l, pid_t pid)
{
    return pid == l->pid || (l->group && getpgid(pid) == l->pid);
}

struct members {
    const struct limiter *l;
    each_process *fn;
    void *arg;
};

static void if_mine(pid_t pid, void *arg)
{
    const struct members *m = arg;
    if (is_mine(m->l, pid))
        m->fn(pid, m->arg);
}

static void each_of_mine(const struct limiter *l, each_process *fn, void *arg)
{
    struct members m = {.l = l, .fn = fn, .arg = arg};
    if (l->group)
        each_of_all(if_mine, &m);
    else
        fn(l->pid, arg);
}

/* ---- the system's limits ---- */

struct count {
    const struct limiter *l;
    uint64_t threads;
};

static void count_others(pid_t pid, void *arg)
{
    struct count *c = arg;
    char path[48];
    struct stat st;
    (void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    if (!is_mine(c->l, pid) && stat(path, &st) == 0)
        c->threads += st.st_nlink - 2;
}

/* UINT64_MAX: not limited. The system counts the threads of a user, not of a process: those that
 * others have come on top. */
static uint64_t wanted(const struct limiter *l, size_t bound)
{
    struct count others = {.l = l};
    if (bound == BOUND_mem)
        return l->limit.mem_bytes;
    if (bound == BOUND_fds)
        return l->limit.fds;
    if (l->cgroup.path[0] != '\0')
        return UINT64_MAX; /* bound there */
    if (l->limit.threads != UINT64_MAX)
        each_of_all(count_others, &others);
    return l->limit.threads == UINT64_MAX ? UINT64_MAX : l->limit.threads + others.threads;
}

struct bound {
    __rlimit_resource_t resource;
    rlim_t value;
};

/* The soft limit alone: an ordinary user could not raise the other one again. */
static void bind_one(pid_t pid, void *arg)
{
    const struct bound *b = arg;
    struct rlimit now;
    if (prlimit(pid, b->resource, NULL, &now) < 0)
        return; /* it has ended */
    now.rlim_cur = b->value < now.rlim_max ? b->value : now.rlim_max;
    (void)prlimit(pid, b->resource, &now, NULL);
}

static int bind_all(struct limiter *l, struct err *e)
{
    for (size_t i = 0; i < LIMITER_BOUNDS; i++) {
        struct bound b = {.resource = resources[i], .value = wanted(l, i)};
        bool bounds = b.value != UINT64_MAX;
        if (bounds && !l->bound[i] && prlimit(l->pid, b.resource, NULL, &l->before[i]) < 0)
            return errno == ESRCH ? 0 : err_set_errno(e, -E_IO, errno, "limits of a process");
        if (!bounds && l->bound[i])
            b.value = l->before[i].rlim_cur;
        if (bounds || l->bound[i])
            each_of_mine(l, bind_one, &b);
        l->bound[i] = bounds;
    }
    return 0;
}

/* ---- the processor ---- */

static void add_time(pid_t pid, void *arg)
{
    uint64_t *sum = arg;
    struct timespec t;
    clockid_t clock;
    if (clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &t) == 0)
        *sum += (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static uint64_t used_ns(const struct limiter *l)
{
    uint64_t sum = 0;
    each_of_mine(l, add_time, &sum);
    return sum;
}

static void stand(struct limiter *l, bool still)
{
    if (l->stands != still && !l->paused)
        (void)kill(l->group ? -l->pid : l->pid, still ? SIGSTOP : SIGCONT);
    l->stands = still;
}

static uint64_t share_ns(const struct limiter *l)
{
    return (uint64_t)(l->limit.cpu * (double)PERIOD_NS);
}

/* What it had beyond its share is taken off the next one. */
static void new_period(struct limiter *l, uint64_t now, uint64_t used)
{
    uint64_t end = l->base_ns + share_ns(l);
    l->base_ns = used > end ? end : used;
    l->period_ns = now;
}

static void on_beat(uv_timer_t *timer)
{
    struct limiter *l = timer->data;
    uint64_t now = loop_now_ns(), used = used_ns(l);
    if (now - l->period_ns >= PERIOD_NS)
        new_period(l, now, used);
    if (used < l->base_ns)
        l->base_ns = used; /* one of the group has ended, and its time is in no sum any more */
    stand(l, used - l->base_ns >= share_ns(l));
}

static void free_timer(uv_handle_t *handle)
{
    mem_free(handle);
}

static void stop_beat(struct limiter *l)
{
    if (l->timer == NULL)
        return;
    uv_close((uv_handle_t *)l->timer, free_timer);
    l->timer = NULL;
    if (l->pid != 0)
        stand(l, false);
}

static void start_beat(struct limiter *l, uv_loop_t *loop)
{
    if (l->timer != NULL)
        return;
    l->timer = mem_alloc(sizeof(*l->timer));
    (void)uv_timer_init(loop, l->timer);
    l->timer->data = l;
    l->period_ns = loop_now_ns();
    l->base_ns = used_ns(l);
    (void)uv_timer_start(l->timer, on_beat, BEAT_MS, BEAT_MS);
}

/* ---- the control group ---- */

struct taking {
    const struct limiter *l;
    struct err *e;
    int code;
};

static void take_one(pid_t pid, void *arg)
{
    struct taking *t = arg;
    if (t->code == 0)
        t->code = cgroup_take(&t->l->cgroup, pid, t->e);
}

/* Made when there is something to bound in it, and kept for as long as the process runs. */
static int group_all(struct limiter *l, struct err *e)
{
    struct taking t = {.l = l, .e = e};
    const char *place = cgroup_place(NULL);
    bool asked = l->limit.cpu < 1 || l->limit.threads != UINT64_MAX;
    bool there = l->cgroup.path[0] != '\0';
    if (place == NULL || (!asked && !there))
        return 0;
    if (!there)
        t.code = cgroup_make(&l->cgroup, place, e);
    if (t.code == 0 && !there)
        each_of_mine(l, take_one, &t);
    return t.code < 0 ? t.code : cgroup_bound(&l->cgroup, l->limit.cpu, l->limit.threads, e);
}

/* ---- all of it ---- */

static int apply(struct limiter *l, uv_loop_t *loop, struct err *e)
{
    if (l->pid == 0)
        return 0;
    int code = group_all(l, e);
    if (code < 0)
        return code;
    if (l->limited && l->limit.cpu < 1 && l->cgroup.path[0] == '\0')
        start_beat(l, loop);
    else
        stop_beat(l);
    return bind_all(l, e);
}

int limiter_set(struct limiter *l, uv_loop_t *loop, const struct world_limit *limit, struct err *e)
{
    l->limit = *limit;
    l->limited = true;
    return apply(l, loop, e);
}

int limiter_begin(struct limiter *l, uv_loop_t *loop, pid_t pid, bool group, struct err *e)
{
    l->pid = pid;
    l->group = group;
    l->paused = l->stands = false;
    (void)cgroup_end(&l->cgroup);
    l->cgroup = (struct cgroup){0};
    memset(l->bound, 0, sizeof(l->bound));
    return l->limited ? apply(l, loop, e) : 0;
}

void limiter_end(struct limiter *l)
{
    stop_beat(l);
    (void)cgroup_end(&l->cgroup); /* if not now, then at its next end, or by the next laboratory */
    l->pid = 0;
}

void limiter_paused(struct limiter *l, bool paused)
{
    l->paused = paused;
    l->stands = false; /* whoever lets it go on sends the signal */
}

void limiter_tick(struct limiter *l)
{
    struct err ignored;
    struct taking t = {.l = l, .e = &ignored};
    if (l->pid == 0 || !l->limited)
        return;
    if (l->group && l->cgroup.path[0] != '\0')
        each_of_mine(l, take_one, &t); /* whoever was started while the others were taken in */
    (void)!bind_all(l, &ignored);
}

bool limiter_bounds_threads(void)
{
    if (cgroup_place(NULL) != NULL)
        return true;
    unsigned long long inside = 0, outside = 0, count = 0;
    FILE *map = fopen("/proc/self/uid_map", "re");
    bool whole = map != NULL && fscanf(map, "%llu %llu %llu", &inside, &outside, &count) == 3 &&
                 outside == 0 && count > 1;
    if (map != NULL)
        (void)fclose(map);
    return geteuid() != 0 || !whole;
}
