/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/lab_undo.h"

#include "base/mem.h"
#include "raftd/lab_command.h"
#include "store/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static int fail(struct err *e, const char *path)
{
    int saved = errno;
    return err_set_errno(e, -E_IO, saved, "lab: %s: cannot keep what stands there", path);
}

/* One write, so that those of several threads do not mix. */
static int put(struct lab_undo *u, const struct undo_record *r)
{
    uint8_t head[UNDO_HEAD_BYTES];
    undo_put_head(head, r);
    const struct iovec parts[2] = {{head, sizeof(head)},
                                   {(void *)(uintptr_t)r->before, r->before_len}};
    ssize_t all = (ssize_t)(sizeof(head) + r->before_len);
    return writev(u->fd, parts, r->before_len > 0 ? 2 : 1) == all ? 0 : -1;
}

/* A file's number; 0: there is none of that name. */
static uint64_t number_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_ino : 0;
}

/* A file that is about to lose its last name keeps one, its number. */
static int keep(const struct lab_undo *u, const char *path, uint64_t number)
{
    char kept[VFS_PATH_MAX], name[VFS_NAME_MAX];
    (void)snprintf(name, sizeof(name), "%llu", (unsigned long long)number);
    vfs_path(kept, u->dir, name);
    return link(path, kept) == 0 || errno == EEXIST ? 0 : -1;
}

/* What stands where len bytes are to be written, as far as the file goes. */
static int look(int fd, struct undo_record *r, uint8_t **ret_before)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -1;
    r->file = st.st_ino;
    r->size = (uint64_t)st.st_size;
    uint64_t left = r->offset < r->size ? r->size - r->offset : 0;
    r->before_len = (size_t)(left < r->len ? left : r->len);
    uint8_t *before = mem_raw(r->before_len + 1);
    for (size_t done = 0; done < r->before_len;) {
        ssize_t n = pread(fd, before + done, r->before_len - done, (off_t)(r->offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n < 0 ? errno : EIO; /* it has become shorter meanwhile */
            mem_free(before);
            return -1;
        }
        done += (size_t)n;
    }
    r->before = *ret_before = before;
    return 0;
}

static int note_write(struct lab_undo *u, const struct lab_call_at *at)
{
    struct undo_record r = {
        .kind = UNDO_WRITE, .offset = at->offset, .len = at->len, .name = name_of(at->path)};
    uint8_t *before = NULL;
    int fd = open(at->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int failed = look(fd, &r, &before);
    if (failed == 0)
        failed = put(u, &r);
    mem_free(before);
    (void)close(fd);
    return failed;
}

static int note_rename(struct lab_undo *u, const struct lab_call_at *at)
{
    struct undo_record r = {.kind = UNDO_RENAME,
                            .file = number_of(at->path),
                            .replaced = number_of(at->to),
                            .name = name_of(at->path),
                            .to = name_of(at->to)};
    if (r.file == 0)
        return 0; /* it will say so itself */
    if (r.replaced != 0 && keep(u, at->to, r.replaced) < 0)
        return -1;
    return put(u, &r);
}

static int note_unlink(struct lab_undo *u, const struct lab_call_at *at)
{
    struct undo_record r = {
        .kind = UNDO_UNLINK, .file = number_of(at->path), .name = name_of(at->path)};
    if (r.file == 0)
        return 0;
    return keep(u, at->path, r.file) < 0 ? -1 : put(u, &r);
}

static int before(void *arg, const struct lab_call_at *at, struct err *e)
{
    struct lab_undo *u = arg;
    int failed = 0;
    if (!atomic_load(&u->on))
        return 0;
    switch (at->call) {
    case LAB_CALL_WRITE: failed = note_write(u, at); break;
    case LAB_CALL_RENAME: failed = note_rename(u, at); break;
    case LAB_CALL_UNLINK: failed = note_unlink(u, at); break;
    case LAB_CALL_CREATE:
    case LAB_CALL_READ:
    case LAB_CALL_SYNC:
    case LAB_CALL_SYNC_DIR: break;
    }
    return failed < 0 ? fail(e, at->path) : 0;
}

static void after(void *arg, const struct lab_call_at *at)
{
    struct lab_undo *u = arg;
    bool sync = at->call == LAB_CALL_SYNC || at->call == LAB_CALL_SYNC_DIR;
    struct undo_record r = {.kind = sync ? UNDO_SYNC : UNDO_CREATE, .name = name_of(at->path)};
    if (!atomic_load(&u->on) || (!sync && at->call != LAB_CALL_CREATE) ||
        (sync && atomic_load(&u->lies)))
        return;
    if (at->call == LAB_CALL_SYNC_DIR)
        r = (struct undo_record){.kind = UNDO_SYNC_DIR};
    else
        r.file = number_of(at->path);
    /* One that is missing is a sync that is not believed: no more is lost than a cut may take. */
    (void)put(u, &r);
}

struct lab_watcher lab_undo_watcher(struct lab_undo *u)
{
    return (struct lab_watcher){.before = before, .after = after, .arg = u};
}

int lab_undo_command(const struct lab_parts *parts, struct lab_words *w, struct err *e)
{
    struct lab_undo *u = parts->undo;
    const char *dir = lab_words_text(w, "dir");
    int code = lab_words_end(w, e);
    if (code < 0)
        return code;
    if (dir == NULL || dir[0] == '\0' || strlen(dir) + VFS_NAME_MAX >= VFS_PATH_MAX)
        return err_set(e, -E_INVALID, "dir: a directory is missing");
    if (atomic_load(&u->on))
        return err_set(e, -E_BUSY, "dir: %s: there is a journal already", u->dir);
    char path[VFS_PATH_MAX];
    vfs_path(path, dir, "journal");
    if (mkdir(dir, 0750) < 0 && errno != EEXIST)
        return err_set_errno(e, -E_IO, errno, "dir: %s", dir);
    u->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (u->fd < 0)
        return err_set_errno(e, -E_IO, errno, "dir: %s", path);
    memcpy(u->dir, dir, strlen(dir) + 1);
    atomic_store(&u->on, true);
    return 0;
}

void lab_undo_power(struct lab_undo *u, const char *path)
{
    const struct undo_record r = {
        .kind = UNDO_POWER, .file = number_of(path), .name = name_of(path)};
    (void)put(u, &r);
    for (;;)
        (void)kill(getpid(), SIGKILL);
}

void lab_undo_close(struct lab_undo *u)
{
    if (atomic_exchange(&u->on, false))
        (void)close(u->fd);
}
