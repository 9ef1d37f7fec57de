/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/disk.h"

#include "base/mem.h"
#include "raftd/disk_files.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* Operations chained by op->next. */
struct op_list {
    struct vfs_op *first;
    struct vfs_op *last;
};

static void op_list_put(struct op_list *list, struct vfs_op *op)
{
    op->next = NULL;
    if (list->last != NULL)
        list->last->next = op;
    else
        list->first = op;
    list->last = op;
}

static struct vfs_op *op_list_take(struct op_list *list)
{
    struct vfs_op *op = list->first;
    if (op == NULL)
        return NULL;
    list->first = op->next;
    if (list->first == NULL)
        list->last = NULL;
    return op;
}

/* One thread and its queues. Everything below `lock` is guarded by it; an operation's status is
 * kept in op->host until it is collected. */
struct worker {
    struct disk *disk;
    struct op_list submitted; /* by the loop, not kicked yet; the loop's own */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct op_list todo;
    struct op_list done;
    bool stop;
    int failed; /* of a write: code of the first one that failed; every later one fails too */
    struct err failure;
};

struct disk {
    struct disk_options options;
    struct disk_files files;
    struct vfs vfs;         /* what everybody calls */
    struct worker writer;   /* VFS_OP_WRITE */
    struct worker preparer; /* VFS_OP_PREPARE */
    struct worker changer;  /* VFS_OP_CHANGE: images, which take long */
    unsigned pending;       /* submitted and not collected; the loop's own */
    char buffered_why[160];
};

static void op_set_status(struct vfs_op *op, int status)
{
    op->host = (void *)(intptr_t)status;
}

static int op_status(const struct vfs_op *op)
{
    return (int)(intptr_t)op->host;
}

/* What a failed write or sync left on the disk is unknown: nothing is written after it. */
static int run(struct worker *w, struct vfs_op *op)
{
    if (op->kind != VFS_OP_WRITE)
        return vfs_run_op(&w->disk->vfs, op);
    if (w->failed == 0) {
        w->failed = vfs_run_op(&w->disk->vfs, op);
        w->failure = op->error;
    } else {
        op->error = w->failure;
    }
    return w->failed;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    (void)pthread_mutex_lock(&w->lock);
    while (!w->stop) {
        struct vfs_op *op = op_list_take(&w->todo);
        if (op == NULL) {
            (void)pthread_cond_wait(&w->work, &w->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&w->lock);
        op_set_status(op, run(w, op));
        (void)pthread_mutex_lock(&w->lock);
        op_list_put(&w->done, op);
        (void)pthread_mutex_unlock(&w->lock);
        /* Without the lock: the loop, once awake, wants it at once. */
        w->disk->options.wake(w->disk->options.wake_arg);
        (void)pthread_mutex_lock(&w->lock);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* The loop's thread takes the signals. */
static int start_worker(struct worker *w, struct disk *disk, const char *name, struct err *e)
{
    sigset_t all, before;
    w->disk = disk;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->work, NULL);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&w->thread, NULL, work, w);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0)
        return err_set_errno(e, -E_LIMIT, code, "disk: cannot start the thread %s", name);
    w->started = true;
    (void)pthread_setname_np(w->thread, name);
    return 0;
}

static void stop_worker(struct worker *w)
{
    if (w->disk == NULL)
        return; /* its start was not reached */
    if (w->started) {
        (void)pthread_mutex_lock(&w->lock);
        w->stop = true;
        (void)pthread_cond_signal(&w->work);
        (void)pthread_mutex_unlock(&w->lock);
        (void)pthread_join(w->thread, NULL);
        w->started = false;
    }
    (void)pthread_cond_destroy(&w->work);
    (void)pthread_mutex_destroy(&w->lock);
}

static struct worker *worker_of(struct disk *disk, const struct vfs_op *op)
{
    switch (op->kind) {
    case VFS_OP_WRITE: return &disk->writer;
    case VFS_OP_PREPARE: return &disk->preparer;
    case VFS_OP_CHANGE: return &disk->changer;
    }
    UNREACHABLE();
}

/* The table's arg is the files' part; the disk is around it. */
static struct disk *disk_of(void *arg)
{
    return (struct disk *)((char *)arg - offsetof(struct disk, files));
}

static void submit(void *arg, struct vfs_op *op)
{
    struct disk *disk = disk_of(arg);
    op_list_put(&worker_of(disk, op)->submitted, op);
    disk->pending++;
}

int disk_open(const struct disk_options *options, struct disk **ret, struct err *e)
{
    struct disk *disk = mem_alloc(sizeof(*disk));
    disk->options = *options;
    disk->files.no_fsync = options->no_fsync;
    disk->files.lock_fd = -1;
    disk->vfs = disk_files_vfs(&disk->files);
    disk->vfs.submit = submit;
    if (options->calls != NULL)
        disk->vfs = lab_calls_vfs(options->calls, &disk->vfs);
    int code = start_worker(&disk->writer, disk, "raftd-log", e);
    if (code == 0)
        code = start_worker(&disk->preparer, disk, "raftd-files", e);
    if (code == 0)
        code = start_worker(&disk->changer, disk, "raftd-images", e);
    if (code < 0) {
        disk_stop(disk);
        disk_free(disk);
        return code;
    }
    *ret = disk;
    return 0;
}

void disk_stop(struct disk *disk)
{
    stop_worker(&disk->writer);
    stop_worker(&disk->preparer);
    stop_worker(&disk->changer);
}

void disk_free(struct disk *disk)
{
    ASSERT(!disk->writer.started && !disk->preparer.started && !disk->changer.started);
    mem_free(disk);
}

struct vfs disk_vfs(struct disk *disk)
{
    return disk->vfs;
}

static void kick(struct worker *w)
{
    if (w->submitted.first == NULL)
        return;
    (void)pthread_mutex_lock(&w->lock);
    for (struct vfs_op *op; (op = op_list_take(&w->submitted)) != NULL;)
        op_list_put(&w->todo, op);
    (void)pthread_mutex_unlock(&w->lock);
    /* Without the lock: the thread would only wake to wait for it. */
    (void)pthread_cond_signal(&w->work);
}

void disk_kick(struct disk *disk)
{
    kick(&disk->writer);
    kick(&disk->preparer);
    kick(&disk->changer);
}

static void collect(struct worker *w, void (*each)(void *, struct vfs_op *, int), void *arg)
{
    (void)pthread_mutex_lock(&w->lock);
    struct op_list done = w->done;
    w->done = (struct op_list){0};
    (void)pthread_mutex_unlock(&w->lock);
    for (struct vfs_op *op; (op = op_list_take(&done)) != NULL;) {
        w->disk->pending--;
        each(arg, op, op_status(op));
    }
}

void disk_collect(struct disk *disk, void (*each)(void *arg, struct vfs_op *op, int status),
                  void *arg)
{
    if (disk->pending == 0)
        return;
    collect(&disk->writer, each, arg);
    collect(&disk->preparer, each, arg);
    collect(&disk->changer, each, arg);
}

bool disk_busy(const struct disk *disk)
{
    return disk->pending > 0;
}

const char *disk_buffered_why(struct disk *disk)
{
    int why = atomic_load(&disk->files.direct_errno);
    if (why == 0)
        return NULL;
    (void)snprintf(disk->buffered_why, sizeof(disk->buffered_why), "O_DIRECT: %s", strerror(why));
    return disk->buffered_why;
}
