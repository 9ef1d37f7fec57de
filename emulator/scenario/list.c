/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/list.h"

#include "base/mem.h"
#include "emulator/scenario/parse.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDERS_MAX 256

/* Folders found and not read yet. */
struct folders {
    char *paths[FOLDERS_MAX];
    unsigned depths[FOLDERS_MAX];
    size_t count;
};

static char *join(const char *folder, const char *name)
{
    size_t a = strlen(folder), b = strlen(name);
    while (a > 1 && folder[a - 1] == '/')
        a--;
    char *path = mem_alloc(a + b + 2);
    memcpy(path, folder, a);
    path[a] = '/';
    memcpy(path + a + 1, name, b);
    return path;
}

static bool is_scenario_name(const char *name)
{
    size_t len = strlen(name);
    return len > 5 && strcmp(name + len - 5, ".json") == 0 && strcmp(name, "schema.json") != 0;
}

static int add_file(struct scenario_list *l, char *path, struct err *e)
{
    if (l->count == LIST_FILES_MAX) {
        mem_free(path);
        return err_set(e, -E_LIMIT, "more than %d scenarios below one folder", LIST_FILES_MAX);
    }
    l->items[l->count++] = (struct scenario_list_entry){.path = path};
    return 0;
}

/* One entry of a folder. Takes path over. */
static int take(struct scenario_list *l, struct folders *todo, char *path, const char *name,
                unsigned depth, struct err *e)
{
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && is_scenario_name(name))
        return add_file(l, path, e);
    bool enter = S_ISDIR(st.st_mode) && depth < LIST_DEPTH_MAX && todo->count < FOLDERS_MAX;
    if (!enter) {
        mem_free(path);
        return 0;
    }
    todo->paths[todo->count] = path;
    todo->depths[todo->count++] = depth + 1;
    return 0;
}

static int read_folder(struct scenario_list *l, struct folders *todo, const char *folder,
                       unsigned depth, struct err *e)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        int code = errno;
        return err_set_errno(e, err_from_errno(code), code, "%.300s", folder);
    }
    int result = 0;
    const struct dirent *entry;
    while (result == 0 && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.')
            result = take(l, todo, join(folder, entry->d_name), entry->d_name, depth, e);
    }
    (void)closedir(dir);
    return result;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct scenario_list_entry *)a)->path,
                  ((const struct scenario_list_entry *)b)->path);
}

static int find_files(const char *folder, struct scenario_list *l, struct err *e)
{
    struct folders *todo = mem_alloc(sizeof(*todo));
    l->items = mem_array(LIST_FILES_MAX, sizeof(*l->items));
    int result = 0;
    todo->paths[0] = mem_strdup(folder);
    todo->count = 1;
    while (todo->count > 0) {
        todo->count--;
        char *path = todo->paths[todo->count];
        if (result == 0)
            result = read_folder(l, todo, path, todo->depths[todo->count], e);
        mem_free(path);
    }
    mem_free(todo);
    qsort(l->items, l->count, sizeof(*l->items), by_path);
    return result;
}

/* The first line of what is wrong. */
static char *first_line(const char *text)
{
    return mem_dup(text, strcspn(text, "\n"));
}

static void read_entry(struct scenario_list_entry *entry)
{
    struct buf said = {0};
    struct err e;
    if (scenario_load(entry->path, NULL, 0, NULL, &said, &entry->scenario, &e) < 0)
        entry->problem = first_line(buf_str(&said));
    buf_free(&said);
}

int scenario_list_scan(const char *folder, struct scenario_list *ret, struct err *e)
{
    struct scenario_list l = {0};
    int result = find_files(folder, &l, e);
    if (result < 0) {
        scenario_list_free(&l);
        return result;
    }
    for (size_t i = 0; i < l.count; i++)
        read_entry(&l.items[i]);
    *ret = l;
    return 0;
}

void scenario_list_free(struct scenario_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        mem_free(l->items[i].path);
        mem_free(l->items[i].problem);
        scenario_free(l->items[i].scenario);
    }
    mem_free(l->items);
    *l = (struct scenario_list){0};
}

/* "split-brain-5" of "scenarios/partitions/split-brain-5.json". */
static void base_name(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    (void)snprintf(out, size, "%s", slash == NULL ? path : slash + 1);
    char *dot = strstr(out, ".json");
    if (dot != NULL)
        *dot = '\0';
}

static char *not_found(const struct scenario_list *l, const char *folder, const char *name,
                       struct err *e)
{
    size_t len = strlen(name);
    if (strchr(name, '/') != NULL || (len > 5 && strcmp(name + len - 5, ".json") == 0)) {
        (void)err_set(e, -E_NOTFOUND, "%.300s: no such file", name);
        return NULL;
    }
    const char **names = mem_array(l->count, sizeof(*names));
    char(*texts)[64] = mem_array(l->count, sizeof(*texts));
    for (size_t i = 0; i < l->count; i++) {
        base_name(l->items[i].path, texts[i], sizeof(texts[i]));
        names[i] = texts[i];
    }
    const char *nearest = diag_nearest(name, names, l->count);
    (void)err_set(e, -E_NOTFOUND, "%.100s: no scenario of that name below %.200s%s%s%s", name,
                  folder, nearest != NULL ? "; did you mean \"" : "",
                  nearest != NULL ? nearest : "",
                  nearest != NULL ? "\"?" : "; raft-emulator list names them");
    mem_free(texts);
    mem_free(names);
    return NULL;
}

char *scenario_list_find(const char *folder, const char *name, struct err *e)
{
    struct scenario_list l = {0};
    char *found = NULL;
    char base[256];
    if (find_files(folder, &l, e) < 0) {
        scenario_list_free(&l);
        return NULL;
    }
    for (size_t i = 0; i < l.count && found == NULL; i++) {
        base_name(l.items[i].path, base, sizeof(base));
        if (strcmp(base, name) == 0 || strcmp(l.items[i].path, name) == 0)
            found = mem_strdup(l.items[i].path);
    }
    if (found == NULL)
        (void)not_found(&l, folder, name, e);
    scenario_list_free(&l);
    return found;
}
