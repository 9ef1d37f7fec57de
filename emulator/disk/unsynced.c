/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/disk/unsynced.h"

#include "base/mem.h"
#include "emulator/disk/memdisk.h"
#include "store/undo.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A file under a name; no name: it has lost it. */
struct entry {
    char name[VFS_NAME_MAX];
    uint64_t number;
    struct inode *inode;
    bool synced; /* while the journal is read backwards: what stands further ahead of it is */
};

struct entries {
    struct entry *list;
    size_t count;
};

struct record {
    struct undo_record what;
    bool done; /* of a change of the directory that no sync made durable: it has happened */
};

struct reading {
    struct memvfs *m;
    const char *undo;
    struct record *records;
    size_t records_count;
    struct entries names; /* as they are; then as the disk knows them */
    struct entries files; /* all that a name leads to, or led to */
};

static void inside(char out[VFS_PATH_MAX], const char *name)
{
    vfs_path(out, DIRECTORY_INSIDE, name);
}

static struct entry *put(struct entries *list, const char *name, uint64_t number)
{
    size_t len = strlen(name);
    ASSERT(len < VFS_NAME_MAX);
    list->list = mem_grow(list->list, list->count + 1, sizeof(*list->list));
    struct entry *one = &list->list[list->count++];
    *one = (struct entry){.number = number};
    memcpy(one->name, name, len + 1);
    return one;
}

static struct entry *find_name(const struct entries *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->list[i].name, name) == 0)
            return &list->list[i];
    }
    return NULL;
}

static struct entry *find_number(const struct entries *list, uint64_t number)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->list[i].number == number)
            return &list->list[i];
    }
    return NULL;
}

static void drop(struct entries *list, struct entry *one)
{
    *one = list->list[--list->count];
}

/* ---- the journal ---- */

static void take_records(struct reading *r, const uint8_t *data, size_t len)
{
    struct undo_record what;
    for (size_t at = 0; undo_next(data, len, &at, &what);) {
        r->records = mem_grow(r->records, r->records_count + 1, sizeof(*r->records));
        r->records[r->records_count++] = (struct record){.what = what};
    }
}

/* The file before whose sync the power failed; NULL: it did not. Other threads' calls that were
 * under way then may have written their records behind. */
static const char *torn_file(const struct reading *r)
{
    for (size_t i = r->records_count; i > 0; i--) {
        if (r->records[i - 1].what.kind == UNDO_POWER)
            return r->records[i - 1].what.name;
    }
    return NULL;
}

/* ---- the directory ---- */

/* Takes a change back; false: it has not happened, or is not the last one of that name. */
static bool take_back(struct entries *names, const struct undo_record *what)
{
    struct entry *name = find_name(names, what->name);
    struct entry *to = find_name(names, what->to);
    switch (what->kind) {
    case UNDO_CREATE:
        if (name == NULL || name->number != what->file)
            return false;
        drop(names, name);
        return true;
    case UNDO_UNLINK:
        if (name == NULL)
            (void)put(names, what->name, what->file);
        return name == NULL;
    case UNDO_RENAME:
        if (name != NULL || to == NULL || to->number != what->file)
            return false;
        if (what->replaced == 0)
            drop(names, to);
        else
            to->number = what->replaced;
        (void)put(names, what->name, what->file);
        return true;
    case UNDO_WRITE:
    case UNDO_SYNC:
    case UNDO_SYNC_DIR:
    case UNDO_POWER: return false;
    }
    UNREACHABLE();
}

/* From the names as they are to those of the last sync. Returns the first record after it. */
static size_t take_names_back(struct reading *r)
{
    size_t i = r->records_count;
    for (; i > 0 && r->records[i - 1].what.kind != UNDO_SYNC_DIR; i--)
        r->records[i - 1].done = take_back(&r->names, &r->records[i - 1].what);
    return i;
}

/* The contents of a file that has no name any more. What was not kept was empty. */
static struct inode *kept(struct reading *r, uint64_t number)
{
    char name[VFS_NAME_MAX], path[VFS_PATH_MAX];
    (void)snprintf(name, sizeof(name), "%llu", (unsigned long long)number);
    struct err ignored;
    inside(path, name);
    memvfs_put(r->m, path, NULL, 0);
    struct inode *inode = memvfs_inode(r->m, path);
    uint8_t *data = NULL;
    size_t len = 0;
    if (directory_file(r->undo, name, &data, &len, &ignored) == 0)
        inode_replace(inode, data, len);
    mem_free(data);
    memvfs_remove(r->m, path);
    return inode;
}

static struct inode *inode_of(struct reading *r, uint64_t number)
{
    struct entry *one = find_number(&r->files, number);
    if (one == NULL) {
        struct inode *inode = kept(r, number);
        one = put(&r->files, "", number);
        one->inode = inode;
    }
    return one->inode;
}

static void do_again(struct reading *r, const struct undo_record *what)
{
    struct memdir *dir = memvfs_dir(r->m);
    char path[VFS_PATH_MAX], to[VFS_PATH_MAX];
    inside(path, what->name);
    inside(to, what->to);
    if (what->kind == UNDO_CREATE)
        memdir_set(dir, path, inode_of(r, what->file));
    else if (what->kind == UNDO_RENAME)
        memdir_rename(dir, path, to);
    else
        memdir_drop(dir, path);
}

/* The disk knows the names of the last sync; since then came the changes that a cut may lose. */
static void rebuild_dir(struct reading *r)
{
    char path[VFS_PATH_MAX];
    for (size_t i = 0; i < r->names.count; i++) {
        inside(path, r->names.list[i].name);
        struct entry *one = put(&r->files, r->names.list[i].name, r->names.list[i].number);
        one->inode = memvfs_inode(r->m, path);
    }
    size_t first = take_names_back(r);
    for (size_t i = 0; i < r->files.count; i++) {
        inside(path, r->files.list[i].name);
        memvfs_remove(r->m, path);
    }
    struct memdir *dir = memvfs_dir(r->m);
    for (size_t i = 0; i < r->names.count; i++) {
        inside(path, r->names.list[i].name);
        memdir_set(dir, path, inode_of(r, r->names.list[i].number));
    }
    for (size_t i = first; i < r->records_count; i++) {
        if (r->records[i].done)
            (void)inode_of(r, r->records[i].what.file);
    }
    memdir_sync(dir, dir->changes_count);
    for (size_t i = first; i < r->records_count; i++) {
        if (r->records[i].done)
            do_again(r, &r->records[i].what);
    }
}

/* ---- contents ---- */

/* Newest first: what a file's sync stands behind is on the disk. */
static void take_contents_back(struct reading *r)
{
    for (size_t i = r->records_count; i > 0; i--) {
        const struct undo_record *w = &r->records[i - 1].what;
        struct entry *one = find_number(&r->files, w->file);
        if (one == NULL)
            continue;
        if (w->kind == UNDO_SYNC)
            one->synced = true;
        else if (w->kind == UNDO_WRITE && one->synced)
            inode_put_past(one->inode, w->offset, w->len, w->before, w->before_len);
        else if (w->kind == UNDO_WRITE)
            inode_unsync(one->inode, w->offset, w->len, w->before, w->before_len, w->size);
    }
}

/* ---- all of it ---- */

static void add_name(void *arg, const char *name, uint64_t number)
{
    struct reading *r = arg;
    (void)put(&r->names, name, number);
}

int unsynced_read(const char *path, const char *undo, uint64_t seed, struct memvfs **ret,
                  char torn[VFS_NAME_MAX], struct err *e)
{
    struct reading r = {.undo = undo};
    uint8_t *journal = NULL;
    size_t len = 0;
    torn[0] = '\0';
    int code = directory_read(path, seed, &r.m, e);
    if (code < 0)
        return code;
    code = directory_file(undo, UNSYNCED_JOURNAL, &journal, &len, e);
    if (code == 0)
        code = directory_numbers(path, add_name, &r, e);
    if (code == 0) {
        take_records(&r, journal, len);
        rebuild_dir(&r);
        take_contents_back(&r);
        if (torn_file(&r) != NULL)
            (void)snprintf(torn, VFS_NAME_MAX, "%s", torn_file(&r));
    }
    mem_free(journal);
    mem_free(r.records);
    mem_free(r.names.list);
    mem_free(r.files.list);
    if (code < 0 && code != -E_NOTFOUND) {
        memvfs_free(r.m);
        return code;
    }
    *ret = r.m;
    return 0;
}

int unsynced_forget(const char *undo, struct err *e)
{
    DIR *d = opendir(undo);
    int code = 0;
    if (d == NULL)
        return errno == ENOENT ? 0 : err_set_errno(e, err_from_errno(errno), errno, "%s", undo);
    for (const struct dirent *entry = readdir(d); entry != NULL && code == 0; entry = readdir(d)) {
        if (entry->d_name[0] != '.' && unlinkat(dirfd(d), entry->d_name, 0) < 0)
            code = err_set_errno(e, -E_IO, errno, "%s/%s", undo, entry->d_name);
    }
    (void)closedir(d);
    return code;
}
