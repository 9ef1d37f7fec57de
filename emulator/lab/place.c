/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labs come and go under a lock on the folder, so that nobody takes one that is being made for a
 * dead one. */
#include "emulator/lab/place.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES_MAX 16 /* to find a folder that is not just being removed */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

/* What cannot be removed is found dead again later. */
static void remove_tree(const char *folder, const char *name)
{
    char path[LABS_PATH_MAX];
    (void)nftw(labs_dir(folder, name, path), remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Waits for it. */
static bool take_lock(int fd)
{
    while (flock(fd, LOCK_EX) < 0) {
        if (errno != EINTR)
            return false;
    }
    return true;
}

/* Its descriptor, locked; negative: it is not there. */
static int lock_folder(const char *folder)
{
    struct stat locked, there;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -1;
    /* It may have been removed, and even made anew, while we waited. */
    if (take_lock(fd) && fstat(fd, &locked) == 0 && stat(folder, &there) == 0 &&
        locked.st_ino == there.st_ino)
        return fd;
    (void)close(fd);
    return -1;
}

static int make_lab(const char *folder, const char *name, int *ret_lock, struct err *e)
{
    char path[LABS_PATH_MAX];
    struct labs_names all;
    enum labs_state state = labs_state(folder, name);
    labs_list(folder, &all);
    if (state == LABS_LIVES)
        return err_set(e, -E_EXISTS, "lab %s is there already", name);
    if (state == LABS_DEAD)
        remove_tree(folder, name);
    else if (all.count == LABS_MAX)
        return err_set(e, -E_LIMIT, "there are %d labs already", LABS_MAX);
    if (mkdir(labs_dir(folder, name, path), 0700) < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "%s", path);
    int fd = open(labs_path(folder, name, LABS_KEEPER, path), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
                  0600);
    /* Who has it just looks whether the lab lives: labs_state. */
    if (fd < 0 || !take_lock(fd)) {
        int error = errno;
        if (fd >= 0)
            (void)close(fd);
        remove_tree(folder, name);
        return err_set_errno(e, err_from_errno(error), error, "%s", path);
    }
    *ret_lock = fd;
    return 0;
}

int place_claim(const char *folder, const char *name, int *ret_lock, struct err *e)
{
    int fd = -1;
    for (unsigned i = 0; i < TRIES_MAX && fd < 0; i++) {
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
            return err_set_errno(e, err_from_errno(errno), errno, "%s", folder);
        fd = lock_folder(folder);
    }
    if (fd < 0)
        return err_set(e, -E_IO, "%s: cannot be locked", folder);
    int code = make_lab(folder, name, ret_lock, e);
    if (code < 0)
        (void)rmdir(folder); /* if it is empty */
    (void)close(fd);
    return code;
}

int place_sign(int lock, struct err *e)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    if (pwrite(lock, text, (size_t)n, 0) == n)
        return 0;
    return err_set_errno(e, -E_IO, errno, LABS_KEEPER);
}

void place_remove(const char *folder, const char *name)
{
    int fd = lock_folder(folder);
    remove_tree(folder, name);
    (void)rmdir(folder); /* if it is empty */
    if (fd >= 0)
        (void)close(fd);
}

void place_sweep(const char *folder, struct labs_names *ret)
{
    struct labs_names all;
    int fd = lock_folder(folder);
    ret->count = 0;
    if (fd < 0)
        return;
    labs_list(folder, &all);
    for (size_t i = 0; i < all.count; i++) {
        if (labs_state(folder, all.items[i]) != LABS_DEAD)
            continue;
        remove_tree(folder, all.items[i]);
        memcpy(ret->items[ret->count++], all.items[i], sizeof(all.items[i]));
    }
    (void)rmdir(folder); /* if it is empty */
    (void)close(fd);
}
