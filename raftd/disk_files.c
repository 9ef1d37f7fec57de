/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/disk_files.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct vfs_file {
    int fd;
    bool direct;
    char path[VFS_PATH_MAX];
};

static int fail(struct err *e, const char *what, const char *path)
{
    int saved = errno;
    return err_set_errno(e, err_from_errno(saved), saved, "%s: %s", path, what);
}

/* The lock lies in a file of its own, which says who holds it; the kernel drops it when the process
 * ends, however it ends. */
static int files_lock_dir(void *arg, const char *dir, struct err *e)
{
    struct disk_files *files = arg;
    char path[VFS_PATH_MAX], text[32] = "";
    vfs_path(path, dir, "lock");
    ASSERT(files->lock_fd < 0);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return fail(e, "cannot open the lock", path);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int code = errno != EWOULDBLOCK ? fail(e, "cannot lock", path) : -E_BUSY;
        ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
        text[n > 0 ? strcspn(text, "\n") : 0] = '\0';
        if (code == -E_BUSY)
            (void)err_set(e, code, "%s: held by process %s", path, text[0] ? text : "unknown");
        (void)close(fd);
        return code;
    }
    int len = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)len, 0) != len) {
        /* Only the name of the holder is missing: a full disk must not keep the node down. */
    }
    files->lock_fd = fd;
    return 0;
}

static void files_unlock_dir(void *arg, const char *dir)
{
    struct disk_files *files = arg;
    (void)dir;
    if (files->lock_fd >= 0)
        (void)close(files->lock_fd);
    files->lock_fd = -1;
}

static int files_mkdir(void *arg, const char *dir, struct err *e)
{
    (void)arg;
    return mkdir(dir, 0750) == 0 ? 0 : fail(e, "cannot create the directory", dir);
}

static int files_sync_dir(void *arg, const char *dir, struct err *e)
{
    struct disk_files *files = arg;
    if (files->no_fsync)
        return 0;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(e, "cannot open the directory", dir);
    int code = fsync(fd) == 0 ? 0 : fail(e, "cannot sync the directory", dir);
    (void)close(fd);
    return code;
}

static int files_list(void *arg, const char *dir, void (*each)(void *ctx, const char *name),
                      void *ctx, struct err *e)
{
    (void)arg;
    DIR *d = opendir(dir);
    if (d == NULL)
        return fail(e, "cannot read the directory", dir);
    int code = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(d);
        if (entry == NULL) {
            code = errno == 0 ? 0 : fail(e, "cannot read the directory", dir);
            break;
        }
        const char *name = entry->d_name;
        if (strlen(name) < VFS_NAME_MAX && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            each(ctx, name);
    }
    (void)closedir(d);
    return code;
}

static int files_rename(void *arg, const char *from, const char *to, struct err *e)
{
    (void)arg;
    return rename(from, to) == 0 ? 0 : fail(e, "cannot rename", from);
}

static int files_unlink(void *arg, const char *path, struct err *e)
{
    (void)arg;
    return unlink(path) == 0 ? 0 : fail(e, "cannot remove", path);
}

/* Direct if wished and possible: tmpfs and some others refuse the flag with EINVAL. */
static int open_fd(struct disk_files *files, const char *path, unsigned flags, bool *ret_direct)
{
    int how = O_CLOEXEC | ((flags & VFS_WRITE) != 0 ? O_RDWR : O_RDONLY);
    if ((flags & VFS_CREATE) != 0)
        how |= O_CREAT | O_EXCL;
    *ret_direct = (flags & VFS_DIRECT) != 0;
    int fd = open(path, how | (*ret_direct ? O_DIRECT : 0), 0640);
    if (fd >= 0 || !*ret_direct || (errno != EINVAL && errno != EOPNOTSUPP))
        return fd;
    atomic_store(&files->direct_errno, errno);
    *ret_direct = false;
    /* The refusal may come after the file was made. */
    return open(path, how & ~O_EXCL, 0640);
}

static int files_open(void *arg, const char *path, unsigned flags, struct vfs_file **ret_file,
                      struct err *e)
{
    bool direct;
    size_t len = strlen(path);
    ASSERT(len < VFS_PATH_MAX);
    int fd = open_fd(arg, path, flags, &direct);
    if (fd < 0)
        return fail(e, "cannot open", path);
    struct vfs_file *file = mem_alloc(sizeof(*file));
    file->fd = fd;
    file->direct = direct;
    memcpy(file->path, path, len + 1);
    *ret_file = file;
    return 0;
}

static void files_close(void *arg, struct vfs_file *file)
{
    (void)arg;
    (void)close(file->fd);
    mem_free(file);
}

static bool files_is_direct(void *arg, struct vfs_file *file)
{
    (void)arg;
    return file->direct;
}

static int files_size(void *arg, struct vfs_file *file, uint64_t *ret_bytes, struct err *e)
{
    struct stat st;
    (void)arg;
    if (fstat(file->fd, &st) < 0)
        return fail(e, "cannot stat", file->path);
    *ret_bytes = (uint64_t)st.st_size;
    return 0;
}

static int files_read(void *arg, struct vfs_file *file, uint64_t offset, void *data, size_t len,
                      struct err *e)
{
    (void)arg;
    for (size_t done = 0; done < len;) {
        ssize_t n = pread(file->fd, (char *)data + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(e, "cannot read", file->path);
        if (n == 0)
            return err_set(e, -E_IO, "%s: ends at %llu, %zu bytes more were expected", file->path,
                           (unsigned long long)(offset + done), len - done);
        done += (size_t)n;
    }
    return 0;
}

static int files_write(void *arg, struct vfs_file *file, uint64_t offset, const void *data,
                       size_t len, struct err *e)
{
    (void)arg;
    for (size_t done = 0; done < len;) {
        ssize_t n = pwrite(file->fd, (const char *)data + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(e, "cannot write", file->path);
        done += (size_t)n;
    }
    return 0;
}

static int files_sync(void *arg, struct vfs_file *file, struct err *e)
{
    const struct disk_files *files = arg;
    if (files->no_fsync)
        return 0;
    return fdatasync(file->fd) == 0 ? 0 : fail(e, "cannot sync", file->path);
}

struct vfs disk_files_vfs(struct disk_files *files)
{
    return (struct vfs){.arg = files,
                        .lock_dir = files_lock_dir,
                        .unlock_dir = files_unlock_dir,
                        .mkdir = files_mkdir,
                        .sync_dir = files_sync_dir,
                        .list = files_list,
                        .rename = files_rename,
                        .unlink = files_unlink,
                        .open = files_open,
                        .close = files_close,
                        .is_direct = files_is_direct,
                        .size = files_size,
                        .read = files_read,
                        .write = files_write,
                        .sync = files_sync};
}
