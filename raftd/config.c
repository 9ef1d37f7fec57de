/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configuration file: one flat JSON object. */
#include "raftd/config.h"

#include "base/mem.h"
#include "raftd/options.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILE_BYTES_MAX (1u << 20)

/* Where the keys of the outermost object stand: cJSON keeps no positions. The text is known to be
 * well-formed JSON. */
struct keys {
    const char *text;
    size_t at;
    int depth;
    bool expected; /* the next string of depth 1 is a key */
};

static size_t skip_string(const char *text, size_t at)
{
    for (at++; text[at] != '"' && text[at] != '\0'; at++) {
        if (text[at] == '\\' && text[at + 1] != '\0')
            at++;
    }
    return at;
}

/* The offset of the next key; of the end, if there is none. */
static size_t next_key(struct keys *k)
{
    for (; k->text[k->at] != '\0'; k->at++) {
        char c = k->text[k->at];
        size_t start = k->at;
        if (c == '"') {
            k->at = skip_string(k->text, k->at);
            ASSERT(k->text[k->at] == '"');
            if (k->depth == 1 && k->expected) {
                k->expected = false;
                k->at++;
                return start;
            }
        } else if (c == '{' || c == '[') {
            k->depth++;
            k->expected = k->depth == 1;
        } else if (c == '}' || c == ']') {
            k->depth--;
        } else if (c == ',' && k->depth == 1) {
            k->expected = true;
        }
    }
    return k->at;
}

static void place(char out[160], const char *path, const char *text, size_t offset)
{
    unsigned line = 1, column = 1;
    for (size_t i = 0; i < offset; i++) {
        column = text[i] == '\n' ? 1 : column + 1;
        line += text[i] == '\n';
    }
    size_t len = strlen(path);
    const char *tail = len > 120 ? path + len - 120 : path;
    (void)snprintf(out, 160, "%s:%u:%u", tail, line, column);
}

/* A JSON value as one would write it on the command line, into out; false: it has no such form. */
static bool value_text(const cJSON *value, const struct option_row *row, struct buf *out)
{
    if (cJSON_IsString(value)) {
        buf_puts(out, value->valuestring);
        return true;
    }
    if (cJSON_IsBool(value) && row->json == OPTION_SWITCH) {
        buf_puts(out, cJSON_IsTrue(value) ? "on" : "off");
        return true;
    }
    if (cJSON_IsBool(value) && row->json == OPTION_FLAG) {
        buf_puts(out, cJSON_IsTrue(value) ? "true" : "false");
        return true;
    }
    if (cJSON_IsNumber(value)) {
        buf_putf(out, "%.15g", value->valuedouble);
        return true;
    }
    return false;
}

/* A file cannot say a key twice: one of them would be a lie. */
static int take_key(struct config *c, const cJSON *item, const char *where, uint64_t *seen,
                    struct err *e)
{
    const char *key = item->string;
    int row = option_find(key, strlen(key), true);
    if (row < 0) {
        char hint[OPTION_WHY_MAX];
        option_hint(key, true, hint);
        return err_set(e, -E_INVALID, "config: %.100s: no such key%s (%s)", key, hint, where);
    }
    if ((*seen >> row & 1) != 0)
        return err_set(e, -E_INVALID, "config: %s: stands there twice (%s)", key, where);
    *seen |= 1ull << row;
    struct config_value *v = &c->values[row];
    if (v->command_line)
        return 0;
    struct buf text = {0};
    bool good = value_text(item, &option_rows[row], &text);
    if (good) {
        mem_free(v->text);
        v->text = mem_strdup(buf_str(&text));
        (void)snprintf(v->origin, sizeof(v->origin), "%s", where);
    }
    buf_free(&text);
    return good ? 0
                : err_set(e, -E_INVALID,
                          "config: %s: must be a string, as on the command line (%s)", key, where);
}

static int take_object(struct config *c, const char *path, const char *text, const cJSON *root,
                       struct err *e)
{
    struct keys keys = {.text = text};
    uint64_t seen = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, root)
    {
        char where[160];
        place(where, path, text, next_key(&keys));
        int code = take_key(c, item, where, &seen, e);
        if (code < 0)
            return code;
    }
    return 0;
}

int config_read_text(struct config *c, const char *path, const struct buf *text, struct err *e)
{
    const char *end = NULL;
    char where[160];
    if (memchr(buf_str(text), '\0', text->len) != NULL) {
        (void)err_set(e, -E_INVALID, "config: %s: holds a NUL byte", path);
        return CONFIG_EXIT_CONFIG;
    }
    cJSON *root = cJSON_ParseWithLengthOpts(buf_str(text), text->len + 1, &end, 1);
    int code = 0;
    if (root == NULL) {
        place(where, path, buf_str(text), end != NULL ? (size_t)(end - buf_str(text)) : 0);
        code = err_set(e, -E_INVALID, "config: not JSON here (%s)", where);
    } else if (!cJSON_IsObject(root)) {
        code = err_set(e, -E_INVALID, "config: the file must be one JSON object (%s:1:1)", path);
    } else {
        code = take_object(c, path, buf_str(text), root, e);
    }
    cJSON_Delete(root);
    return code == 0 ? 0 : CONFIG_EXIT_CONFIG;
}

static int slurp(const char *path, struct buf *text, struct err *e)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL) {
        (void)err_set_errno(e, -E_IO, errno, "config: %s", path);
        return CONFIG_EXIT_CONFIG;
    }
    char chunk[4096];
    size_t n;
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        buf_put(text, chunk, n);
    int code = 0;
    if (ferror(f) != 0)
        code = err_set_errno(e, -E_IO, errno, "config: %s", path);
    else if (text->overflow)
        code = err_set(e, -E_LIMIT, "config: %s: larger than 1 MiB", path);
    (void)fclose(f);
    return code == 0 ? 0 : CONFIG_EXIT_CONFIG;
}

int config_read_file(struct config *c, const char *path, struct err *e)
{
    struct buf text;
    buf_init(&text, FILE_BYTES_MAX);
    int code = slurp(path, &text, e);
    if (code == 0)
        code = config_read_text(c, path, &text, e);
    buf_free(&text);
    return code;
}
