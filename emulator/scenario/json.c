/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/scenario/json.h"

#include "base/mem.h"
#include "base/units.h"
#include "emulator/scenario/json_arena.h"

#include <string.h>

#define BLOCK_BYTES (64u << 10)

struct json_doc *json_doc_new(void)
{
    return mem_alloc(sizeof(struct json_doc));
}

void json_free(struct json_doc *doc)
{
    if (doc == NULL)
        return;
    while (doc->blocks != NULL) {
        struct json_block *next = doc->blocks->next;
        mem_free(doc->blocks);
        doc->blocks = next;
    }
    mem_free(doc);
}

struct json *json_root(struct json_doc *doc)
{
    return doc->root;
}

void *json_alloc(struct json_doc *doc, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    struct json_block *b = doc->blocks;
    if (b == NULL || size > b->size - b->used) {
        size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        b = mem_alloc(sizeof(*b) + room);
        b->size = room;
        b->next = doc->blocks;
        doc->blocks = b;
    }
    void *p = (char *)(b + 1) + b->used;
    b->used += size;
    return p;
}

struct json *json_get(const struct json *object, const char *key)
{
    if (object == NULL || object->type != JSON_OBJECT)
        return NULL;
    for (struct json *v = object->child; v != NULL; v = v->next) {
        if (strcmp(v->key, key) == 0)
            return v;
    }
    return NULL;
}

struct json *json_at(const struct json *array, size_t i)
{
    if (array == NULL || array->type != JSON_ARRAY)
        return NULL;
    struct json *v = array->child;
    while (v != NULL && i-- > 0)
        v = v->next;
    return v;
}

int json_u64(const struct json *v, uint64_t max, uint64_t *ret)
{
    return v != NULL && v->type == JSON_NUMBER ? units_u64(v->text, max, ret) : -E_INVALID;
}

static size_t index_of(const struct json *v)
{
    size_t i = 0;
    for (const struct json *s = v->parent->child; s != v; s = s->next)
        i++;
    return i;
}

void json_pointer(const struct json *v, struct buf *out)
{
    const struct json *path[JSON_DEPTH_MAX + 1];
    size_t depth = 0;
    for (; v->parent != NULL; v = v->parent) {
        ASSERT(depth < ARRAY_LEN(path));
        path[depth++] = v;
    }
    while (depth-- > 0) {
        buf_putc(out, '/');
        if (path[depth]->key == NULL) {
            buf_putf(out, "%zu", index_of(path[depth]));
            continue;
        }
        for (const char *c = path[depth]->key; *c != '\0'; c++) {
            if (*c == '~')
                buf_puts(out, "~0");
            else if (*c == '/')
                buf_puts(out, "~1");
            else
                buf_putc(out, *c);
        }
    }
}

const char *json_type_name(enum json_type type)
{
    switch (type) {
    case JSON_NULL: return "null";
    case JSON_BOOL: return "a boolean";
    case JSON_NUMBER: return "a number";
    case JSON_STRING: return "a string";
    case JSON_ARRAY: return "a list";
    case JSON_OBJECT: return "an object";
    }
    UNREACHABLE();
}

void json_append(struct json *parent, struct json *v)
{
    v->parent = parent;
    if (parent->last == NULL)
        parent->child = v;
    else
        parent->last->next = v;
    parent->last = v;
    parent->count++;
}
