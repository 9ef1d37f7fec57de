/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "labs/labs.h"

#include "base/sort.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME_MAX 20 /* bytes of a file's name in a lab's directory */

int labs_name_check(const char *name, struct err *e)
{
    size_t len = strlen(name);
    bool ok = len >= 1 && len <= LABS_NAME_MAX && name[0] != '-';
    for (size_t i = 0; i < len && ok; i++)
        ok = isalnum((unsigned char)name[i]) != 0 || name[i] == '-' || name[i] == '_';
    if (ok)
        return 0;
    return err_set(e, -E_INVALID,
                   "\"%.40s\" is no name of a lab: 1 to %d letters, digits, - and _, "
                   "not beginning with -",
                   name, LABS_NAME_MAX);
}

/* ---- the folder ---- */

static bool is_own_directory(const char *path, struct stat *st)
{
    return lstat(path, st) == 0 && S_ISDIR(st->st_mode) && st->st_uid == geteuid();
}

int labs_folder(char ret[LABS_PATH_MAX], struct err *e)
{
    char path[512];
    struct stat st;
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime != NULL && runtime[0] == '/' && is_own_directory(runtime, &st))
        (void)snprintf(path, sizeof(path), "%.400s/raftlab", runtime);
    else
        (void)snprintf(path, sizeof(path), "/tmp/raftlab-%u", (unsigned)geteuid());
    if (strlen(path) + 1 + LABS_NAME_MAX + 1 + FILE_NAME_MAX >= LABS_PATH_MAX)
        return err_set(e, -E_LIMIT,
                       "%s: too long a path for sockets: set XDG_RUNTIME_DIR to "
                       "a directory with a shorter one",
                       path);
    if (lstat(path, &st) == 0 && (!is_own_directory(path, &st) || (st.st_mode & 077) != 0))
        return err_set(e, -E_PERMISSION,
                       "%s: not a directory of yours alone; move it out of the way, or set "
                       "XDG_RUNTIME_DIR to a directory of your own",
                       path);
    (void)snprintf(ret, LABS_PATH_MAX, "%.*s", LABS_PATH_MAX - 1, path);
    return 0;
}

const char *labs_dir(const char *folder, const char *name, char out[LABS_PATH_MAX])
{
    int n = snprintf(out, LABS_PATH_MAX, "%s/%s", folder, name);
    ASSERT(n > 0 && n < LABS_PATH_MAX);
    return out;
}

const char *labs_path(const char *folder, const char *name, const char *file,
                      char out[LABS_PATH_MAX])
{
    int n = snprintf(out, LABS_PATH_MAX, "%s/%s/%s", folder, name, file);
    ASSERT(n > 0 && n < LABS_PATH_MAX);
    return out;
}

const char *labs_socket(const char *folder, const char *name, unsigned node,
                        char out[LABS_PATH_MAX])
{
    char file[FILE_NAME_MAX];
    (void)snprintf(file, sizeof(file), "n%u.sock", node + 1);
    return labs_path(folder, name, file, out);
}

/* ---- who is there ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

void labs_list(const char *folder, struct labs_names *ret)
{
    struct err ignored;
    DIR *dir = opendir(folder);
    ret->count = 0;
    if (dir == NULL)
        return;
    for (const struct dirent *d; (d = readdir(dir)) != NULL && ret->count < LABS_MAX;) {
        if (labs_name_check(d->d_name, &ignored) == 0)
            (void)snprintf(ret->items[ret->count++], sizeof(ret->items[0]), "%.*s", LABS_NAME_MAX,
                           d->d_name);
    }
    (void)closedir(dir);
    sort_array(ret->items, ret->count, sizeof(ret->items[0]), by_name);
}

enum labs_state labs_state(const char *folder, const char *name)
{
    char path[LABS_PATH_MAX];
    struct stat st;
    if (!is_own_directory(labs_dir(folder, name, path), &st))
        return LABS_NONE;
    int fd = open(labs_path(folder, name, LABS_KEEPER, path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return LABS_DEAD;
    bool held = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
    (void)close(fd);
    return held ? LABS_LIVES : LABS_DEAD;
}

static int nobody(const char *folder, const char *name, struct err *e)
{
    struct labs_names all;
    struct buf text = {0};
    labs_list(folder, &all);
    for (size_t i = 0; i < all.count; i++) {
        if (labs_state(folder, all.items[i]) == LABS_LIVES)
            buf_putf(&text, "%s%s", text.len == 0 ? "there is " : ", ", all.items[i]);
    }
    int code = err_set(e, -E_NOTFOUND, "no lab %.40s: %s", name,
                       text.len == 0 ? "there is none" : buf_str(&text));
    buf_free(&text);
    return code;
}

int labs_living(const char *folder, const char *name, struct err *e)
{
    switch (labs_state(folder, name)) {
    case LABS_LIVES: return 0;
    case LABS_NONE: return nobody(folder, name, e);
    case LABS_DEAD:
        return err_set(e, -E_CLOSED, "lab %s is dead: its keeper has ended, and its nodes with it",
                       name);
    }
    UNREACHABLE();
}
