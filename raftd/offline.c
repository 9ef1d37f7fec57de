/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/offline.h"

#include "raft/node.h"
#include "raftd/config.h"
#include "raftd/daemon.h"
#include "raftd/disk.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One operation at a time comes back: the others wait in the list. */
struct bench {
    struct disk *disk;
    sem_t ended;
    struct {
        struct vfs_op *op;
        int status;
    } done[16];
    size_t done_count;
};

static void wake(void *arg)
{
    struct bench *b = arg;
    (void)sem_post(&b->ended);
}

static void on_done(void *arg, struct vfs_op *op, int status)
{
    struct bench *b = arg;
    ASSERT(b->done_count < ARRAY_LEN(b->done)); /* a log, a hard state, a segment: no more */
    b->done[b->done_count].op = op;
    b->done[b->done_count++].status = status;
}

static bool complete(void *arg, struct vfs_op **ret_op, int *ret_status)
{
    struct bench *b = arg;
    disk_kick(b->disk);
    while (b->done_count == 0) {
        if (!disk_busy(b->disk))
            return false;
        while (sem_wait(&b->ended) != 0)
            ;
        disk_collect(b->disk, on_done, b);
    }
    *ret_op = b->done[0].op;
    *ret_status = b->done[0].status;
    b->done_count--;
    memmove(b->done, b->done + 1, b->done_count * sizeof(b->done[0]));
    return true;
}

int offline_run(int (*work)(const struct node_recover_host *host, void *arg, struct err *e),
                void *arg, struct err *e)
{
    struct bench b = {0};
    int status = sem_init(&b.ended, 0, 0);
    ASSERT(status == 0);
    struct disk_options options = {.wake = wake, .wake_arg = &b};
    int code = disk_open(&options, &b.disk, e);
    if (code == 0) {
        struct vfs vfs = disk_vfs(b.disk);
        struct node_recover_host host = {.vfs = &vfs, .complete = complete, .arg = &b};
        code = work(&host, arg, e);
        disk_stop(b.disk);
        disk_free(b.disk);
    }
    (void)sem_destroy(&b.ended);
    return code;
}

static int say(int exit_code, const char *dir, const char *what, const char *why, const char *fix)
{
    (void)fprintf(stderr, "error: %s%s\n  why: %s\n", dir, what, why);
    if (fix != NULL)
        (void)fprintf(stderr, "  fix: %s\n", fix);
    return exit_code;
}

static bool has(const char *dir, const char *name)
{
    char path[CONFIG_PATH_MAX + VFS_NAME_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

/* There is no identity in it, or the founding was broken off. */
static int say_no_node(const char *dir, const struct err *e)
{
    static const char fix[] = "name a directory as it was given to raftd --data-dir";
    struct stat st;
    if (stat(dir, &st) < 0)
        return say(CONFIG_EXIT_CONFIG, dir, " holds no node", strerror(errno), fix);
    if (!S_ISDIR(st.st_mode))
        return say(CONFIG_EXIT_CONFIG, dir, " holds no node", "it is no directory", fix);
    if (has(dir, "identity"))
        return say(CONFIG_EXIT_CONFIG, dir, " holds no node yet", e->text,
                   "start raftd on it as before: it goes on, and nothing was promised yet");
    if (has(dir, "hardstate"))
        return say(OFFLINE_EXIT_DAMAGED, dir, " is damaged",
                   "the file identity is missing beside a hard state",
                   "put that file back, or replace this member");
    return say(CONFIG_EXIT_CONFIG, dir, " holds no node", e->text, fix);
}

static bool is_directory(const char *dir)
{
    struct stat st;
    return stat(dir, &st) < 0 || S_ISDIR(st.st_mode);
}

int offline_failed(const char *dir, int code, const struct err *e)
{
    if (!is_directory(dir))
        return say_no_node(dir, e);
    switch (-code) {
    case E_NOTFOUND: return say_no_node(dir, e);
    case E_INVALID:
        return say(CONFIG_EXIT_CONFIG, dir, " cannot be recovered", e->text,
                   "take a member's directory: raftctl data inspect DIR says whose is none");
    case E_BUSY:
        return say(CONFIG_EXIT_CONFIG, dir, " is in use", e->text,
                   "stop it first; a node that runs is asked with raftctl status, and recovered "
                   "with raftctl recover");
    case E_UNSUPPORTED:
        return say(CONFIG_EXIT_CONFIG, dir, " is of another version", e->text,
                   "take the raftd that wrote it, or a newer one");
    case E_PERMISSION:
        return say(DAEMON_EXIT_PERMISSION, dir, " may not be read and locked", e->text,
                   "be the user that its raftd runs as");
    case E_LOST:
        return say(OFFLINE_EXIT_DAMAGED, dir, " is damaged", e->text,
                   "raftctl member replace NODE ANOTHER HOST:PORT, with an empty --data-dir");
    case E_CORRUPT:
        return say(OFFLINE_EXIT_DAMAGED, dir, " is damaged", e->text,
                   "raftd(8), DAMAGED LOG, says what a start makes of it; for a recovery take "
                   "another member's directory");
    case E_CLOSED:
        return say(NODE_EXIT_REMOVED, dir, " cannot be recovered", e->text,
                   "start its node with an empty --data-dir and --join, and add it as a member");
    default: return say(NODE_EXIT_DISK, dir, " cannot be read", e->text, NULL);
    }
}
