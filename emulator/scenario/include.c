/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/include.h"

#include "base/mem.h"
#include "emulator/scenario/json_arena.h"
#include "emulator/scenario/source_inside.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file that was included: where, and the one that does it. */
struct included {
    const struct json *at; /* the value of "include"; the root for the scenario's own file */
    char *path;            /* owned, without links and dots */
};

struct includes {
    struct scenario_source *src;
    struct included files[DIAG_PARTS_MAX];
    size_t count;
};

/* v: a value of the tree. Always false. */
static bool complain(const struct includes *in, const struct json *v, const char *hint,
                     const char *fmt, ...) PRINTF_LIKE(4, 5);

static bool complain(const struct includes *in, const struct json *v, const char *hint,
                     const char *fmt, ...)
{
    char message[2 * PATH_MAX];
    struct buf pointer = {0};
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    json_pointer(v, &pointer);
    diags_add(&in->src->diags, DIAG_ERROR, v->at, buf_str(&pointer), v->origin, hint, message);
    buf_free(&pointer);
    return false;
}

/* The file a value came from: that of the nearest include around it. */
static size_t file_of(const struct includes *in, const struct json *v)
{
    for (; v != NULL; v = v->parent) {
        for (size_t i = 1; i < in->count; i++) {
            if (in->files[i].at == v)
                return i;
        }
    }
    return 0;
}

/* "a.json includes b.steps includes a.json": of the files around the value, from that one on. */
static bool complain_cycle(const struct includes *in, const struct json *file, size_t from)
{
    struct buf chain = {0};
    for (size_t i = from; i < in->count; i++) {
        bool around = i == 0;
        for (const struct json *v = file; v != NULL; v = v->parent)
            around = around || v == in->files[i].at;
        if (around)
            buf_putf(&chain, "%s includes ", in->files[i].path);
    }
    buf_puts(&chain, in->files[from].path);
    (void)complain(in, file, NULL, "a file may not include itself: %s", buf_str(&chain));
    buf_free(&chain);
    return false;
}

/* The path is right, and nobody around has it. Ownership: the caller's. */
static char *find_file(const struct includes *in, const struct json *file)
{
    const char *base = in->files[file_of(in, file->parent)].path, *end = strrchr(base, '/');
    struct buf path = {0};
    buf_putf(&path, "%.*s/%s", (int)(end - base), base, file->text);
    char *real =
        file->text[0] == '/' || file->text[0] == '\0' ? NULL : realpath(buf_str(&path), NULL);
    if (file->text[0] == '/' || file->text[0] == '\0')
        (void)complain(in, file, "as \"parts/split.steps\"",
                       "a file is named by its path from the one that includes it");
    else if (real == NULL)
        (void)complain(in, file, NULL, "%s: there is no such file", buf_str(&path));
    buf_free(&path);
    for (const struct json *v = file; real != NULL && v != NULL; v = v->parent) {
        size_t i = file_of(in, v);
        if (strcmp(in->files[i].path, real) != 0)
            continue;
        (void)complain_cycle(in, file, i);
        mem_free(real);
        return NULL;
    }
    return real;
}

/* Behind the text there is. Returns where it begins. */
static size_t add_text(struct includes *in, const char *name, const char *text, size_t len)
{
    struct scenario_source *src = in->src;
    size_t from = src->len + 1;
    src->text = mem_grow(src->text, from + len, 1);
    src->text[src->len] = '\n';
    memcpy(src->text + from, text, len);
    src->diags.text_len = from;
    src->len = from + len;
    diags_part(&src->diags, name, src->text, src->len);
    return from;
}

static size_t depth_of(const struct json *v)
{
    size_t depth = 0;
    for (; v->parent != NULL; v = v->parent)
        depth++;
    return depth;
}

/* Of a file's content. */
static struct json *steps_of(const struct includes *in, const struct json *root)
{
    struct json *steps = json_get(root, "steps");
    for (const struct json *v = root->child; v != NULL && root->type == JSON_OBJECT; v = v->next) {
        if (v == steps || strcmp(v->key, "why") == 0 || strcmp(v->key, "//") == 0)
            continue;
        (void)complain(in, v, "only \"why\" and \"steps\"", "\"%.40s\" in a file of steps", v->key);
        return NULL;
    }
    if (steps == NULL)
        (void)complain(in, root, NULL, "a file of steps is {\"why\":…, \"steps\":[…]}");
    return steps;
}

static bool read_steps(struct includes *in, struct json *include, const struct json *file,
                       char *path)
{
    struct scenario_source *src = in->src;
    struct err e = {0};
    char *text;
    size_t len;
    if (scenario_source_read(path, &text, &len, &e) < 0)
        return complain(in, file, NULL, "%s", e.text);
    size_t from = add_text(in, path, text, len);
    mem_free(text);
    const struct json *root =
        json_read_into(src->doc, src->text, src->len, from, NULL, depth_of(include), &src->diags);
    struct json *steps = root == NULL ? NULL : steps_of(in, root);
    if (steps == NULL)
        return false;
    steps->next = NULL;
    json_append(include, steps);
    return true;
}

static bool include_one(struct includes *in, struct json *include)
{
    const struct json *file = json_get(include, "file");
    if (in->count == DIAG_PARTS_MAX)
        return complain(in, file, NULL, "more than %d files are included", DIAG_PARTS_MAX - 1);
    char *path = find_file(in, file);
    if (path == NULL)
        return false;
    in->files[in->count++] = (struct included){include, path};
    return read_steps(in, include, file, path);
}

static bool is_open_include(const struct json *v)
{
    const struct json *file = json_get(v, "file");
    return v->key != NULL && strcmp(v->key, "include") == 0 && file != NULL &&
           file->type == JSON_STRING && json_get(v, "steps") == NULL;
}

/* The next value in reading order; what was put in on the way is met. */
static struct json *after(const struct json *v)
{
    if (v->child != NULL)
        return v->child;
    while (v != NULL && v->next == NULL)
        v = v->parent;
    return v == NULL ? NULL : v->next;
}

bool scenario_include(struct scenario_source *src)
{
    struct includes in = {.src = src};
    struct json *root = json_root(src->doc);
    bool ok = true;
    char *own = src->in_file ? realpath(src->path, NULL) : NULL;
    if (own == NULL)
        return true;
    in.files[in.count++] = (struct included){root, own};
    for (struct json *v = root; v != NULL && ok; v = after(v))
        ok = !is_open_include(v) || include_one(&in, v);
    for (size_t i = 1; i < in.count; i++) /* names of parts, which diags borrow */
        src->included[src->included_count++] = in.files[i].path;
    mem_free(own);
    return ok;
}
