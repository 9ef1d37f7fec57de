/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/form.h"

#include "base/mem.h"
#include "raftctl/exact.h"
#include "raftctl/pointer.h"
#include "raftctl/template.h"

#include <cjson/cJSON.h>
#include <stdio.h>

bool form_wants_json(const struct ctl *ctl)
{
    return ctl_output_is_json(ctl->output) || ctl->value[OPT_AT] != NULL;
}

void form_put_via(struct jsonw *w, const char *endpoint)
{
    bool oob = strncmp(endpoint, "unix:", 5) == 0 || strchr(endpoint, '/') != NULL;
    jsonw_key(w, "via");
    jsonw_object(w);
    jsonw_kv_string(w, "endpoint", endpoint);
    jsonw_kv_bool(w, "oob", oob);
    jsonw_end(w);
}

/* ---- a table ---- */

struct column {
    char head[LIMIT_NODE_NAME + 16]; /* a node may be named in it */
    char key[48];
    char null[16]; /* what stands for null */
    bool right;
};

/* "NODE=name >LAG=lag VALUE=value|none": how many. */
static size_t read_columns(const char *text, struct column columns[PRINT_COLUMNS_MAX])
{
    size_t count = 0;
    while (*text != '\0') {
        struct column *c = &columns[count++];
        ASSERT(count <= PRINT_COLUMNS_MAX);
        c->right = *text == '>';
        text += c->right;
        size_t head = strcspn(text, "="), len = strcspn(text, " ");
        size_t key = strcspn(text, "| ");
        ASSERT(head < sizeof(c->head) && key - head < sizeof(c->key) &&
               len - key <= sizeof(c->null));
        (void)snprintf(c->head, sizeof(c->head), "%.*s", (int)head, text);
        (void)snprintf(c->key, sizeof(c->key), "%.*s", (int)(key - head - 1), text + head + 1);
        (void)snprintf(c->null, sizeof(c->null), "%.*s", len > key ? (int)(len - key - 1) : 1,
                       len > key ? text + key + 1 : "-");
        text += len + (text[len] == ' ');
    }
    return count;
}

/* What stands in the rows, one C string a cell; to be freed one by one. */
static char **make_cells(const cJSON *rows, const struct column *columns, size_t count,
                         size_t rows_count)
{
    char **cells = mem_array((rows_count + 1) * count, sizeof(*cells));
    size_t at = 0;
    const cJSON *row;
    for (size_t i = 0; i < count; i++)
        cells[at++] = mem_strdup(columns[i].head);
    cJSON_ArrayForEach(row, rows)
    {
        for (size_t i = 0; i < count; i++) {
            struct buf text = {0};
            bool null = cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(row, columns[i].key)) != 0;
            if (!template_put_value(&text, row, columns[i].key))
                buf_puts(&text, null ? columns[i].null : "-");
            cells[at++] = mem_strdup(buf_str(&text));
            buf_free(&text);
        }
    }
    return cells;
}

static void put_rows(struct buf *out, const cJSON *rows, const char *text, bool plain)
{
    struct column columns[PRINT_COLUMNS_MAX];
    unsigned right = 0;
    size_t count = read_columns(text, columns), rows_count = (size_t)cJSON_GetArraySize(rows);
    char **cells = make_cells(rows, columns, count, rows_count);
    for (size_t i = 0; i < count; i++)
        right |= (unsigned)columns[i].right << i;
    if (!plain)
        print_table(out, (const char *const *)cells, rows_count + 1, count, right);
    for (size_t i = count; plain && i < (rows_count + 1) * count; i++)
        buf_putf(out, "%s%c", cells[i], (i + 1) % count == 0 ? '\n' : '\t');
    for (size_t i = 0; i < (rows_count + 1) * count; i++)
        mem_free(cells[i]);
    mem_free(cells);
}

/* ---- the views ---- */

/* One line of an object's; what has parts of its own gets a line for each of them, and what is in
 * those is shown as JSON. */
static void put_line(struct buf *out, const cJSON *object, const char *name, const char *key,
                     bool plain)
{
    buf_putf(out, plain ? "%s\t" : "%-18s  ", name);
    if (!template_put_value(out, object, key))
        buf_putc(out, '-');
    buf_putc(out, '\n');
}

static void put_parts(struct buf *out, const cJSON *object, const char *name, bool plain)
{
    struct buf whole = {0};
    const cJSON *part;
    cJSON_ArrayForEach(part, object)
    {
        buf_reset(&whole);
        buf_putf(&whole, "%s.%s", name, part->string);
        put_line(out, object, buf_str(&whole), part->string, plain);
    }
    buf_free(&whole);
}

/* sending.0.to and so on. */
static void put_list(struct buf *out, const cJSON *array, const char *name, bool plain)
{
    const cJSON *object;
    unsigned i = 0;
    cJSON_ArrayForEach(object, array)
    {
        struct buf whole = {0};
        buf_putf(&whole, "%s.%u", name, i++);
        if (cJSON_IsObject(object)) /* a node may say anything */
            put_parts(out, object, buf_str(&whole), plain);
        buf_free(&whole);
    }
}

static void put_object(struct buf *out, const cJSON *object, bool plain)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        if (cJSON_IsObject(item) && item->child != NULL)
            put_parts(out, item, item->string, plain);
        else if (cJSON_IsArray(item) && cJSON_IsObject(item->child))
            put_list(out, item, item->string, plain);
        else
            put_line(out, object, item->string, item->string, plain);
    }
}

static void put_warnings(struct buf *out, const cJSON *doc, const struct sink *sink)
{
    const cJSON *text;
    cJSON_ArrayForEach(text, cJSON_GetObjectItemCaseSensitive(doc, "warnings"))
    {
        if (cJSON_IsString(text))
            print_warning(out, sink, text->valuestring);
    }
    cJSON_ArrayForEach(text, cJSON_GetObjectItemCaseSensitive(doc, "errors"))
    {
        struct buf line = {0};
        template_put(&line, text, "{node}: {error}");
        print_warning(out, sink, buf_str(&line));
        buf_free(&line);
    }
}

static void put_text(struct buf *out, const struct ctl *ctl, const struct form *form,
                     const cJSON *doc)
{
    bool plain = ctl->output == OUTPUT_PLAIN;
    const char *line = plain && form->plain != NULL ? form->plain : form->line;
    const cJSON *rows =
        form->rows == NULL ? NULL : cJSON_GetObjectItemCaseSensitive(doc, form->rows);
    if (line != NULL && !(plain && form->plain == NULL && rows != NULL)) {
        size_t before = out->len;
        template_put(out, doc, line);
        if (out->len > before)
            buf_putc(out, '\n');
    }
    if (form->object != NULL)
        put_object(out, cJSON_GetObjectItemCaseSensitive(doc, form->object), plain);
    if (rows != NULL && form->columns != NULL)
        put_rows(out, rows, form->columns, plain);
    if (!plain)
        put_warnings(out, doc, ctl->sink);
}

static void put_item(struct buf *out, const cJSON *item)
{
    char *text = cJSON_PrintUnformatted(item);
    buf_putf(out, "%s\n", text);
    cJSON_free(text);
}

static void put_jsonl(struct buf *out, const struct form *form, const cJSON *doc,
                      const struct buf *json)
{
    const cJSON *row, *rows = NULL;
    if (form->rows != NULL)
        rows = cJSON_GetObjectItemCaseSensitive(doc, form->rows);
    if (!cJSON_IsArray(rows)) {
        buf_put(out, json->data, json->len);
        buf_putc(out, '\n');
        return;
    }
    cJSON_ArrayForEach(row, rows)
    {
        put_item(out, row);
    }
}

/* The value alone: a string without quotes. False: there is none, or null. */
static bool put_at(struct buf *out, const cJSON *doc, const char *pointer)
{
    const cJSON *item = pointer_find(doc, pointer);
    if (item == NULL || cJSON_IsNull(item))
        return false;
    if (cJSON_IsString(item)) {
        print_escaped(out, span_str(item->valuestring));
        buf_putc(out, '\n');
    } else {
        put_item(out, item);
    }
    return true;
}

static enum ctl_exit nothing_there(const struct ctl *ctl, enum ctl_exit code)
{
    struct failure f;
    failure_set(&f, code != CTL_OK ? code : CTL_NO, "ABSENT", "there is nothing at %s",
                ctl->value[OPT_AT]);
    failure_fix(&f, "raftctl %s -o json", ctl->verb->name);
    return print_failure(ctl, &f);
}

static enum ctl_exit too_long(const struct ctl *ctl)
{
    struct failure f;
    failure_set(&f, CTL_INTERNAL, "INTERNAL", "the answer is too long to be shown");
    failure_fix(&f, "ask for less of it: raftctl %s --help", ctl->verb->name);
    return print_failure(ctl, &f);
}

/* Who answered: what -v is for, beside the answer. */
static void tell_via(const struct ctl *ctl, const cJSON *doc)
{
    struct buf out = {0};
    template_put(&out, doc, "[via {via.endpoint}]");
    if (out.len > 0)
        buf_putc(&out, '\n');
    (void)sink_put(ctl->sink, SINK_FAILURE, &out);
    buf_free(&out);
}

static enum ctl_exit show(const struct ctl *ctl, struct buf *out, const cJSON *doc,
                          enum ctl_exit code)
{
    if (ctl->given[OPT_QUIET])
        buf_reset(out);
    enum ctl_exit exit = print_out(ctl, out, code);
    if (ctl->given[OPT_VERBOSE])
        tell_via(ctl, doc);
    return exit;
}

static void make_exact(struct buf *json)
{
    struct buf exact = {0};
    exact_put(&exact, span_of(json->data, json->len));
    exact.overflow = exact.overflow || json->overflow;
    buf_free(json);
    *json = exact;
}

enum ctl_exit form_show(const struct ctl *ctl, const struct form *form, struct buf *json,
                        enum ctl_exit code)
{
    struct buf out = {0};
    enum ctl_exit exit;
    bool there = true;
    make_exact(json);
    cJSON *doc = cJSON_ParseWithLength(buf_str(json), json->len);
    ASSERT(doc != NULL || json->overflow); /* we made it */
    if (doc == NULL)
        out.overflow = true;
    else if (ctl->value[OPT_AT] != NULL)
        there = put_at(&out, doc, ctl->value[OPT_AT]);
    else if (ctl->output == OUTPUT_JSONL)
        put_jsonl(&out, form, doc, json);
    else if (ctl->output == OUTPUT_JSON)
        buf_putf(&out, "%s\n", buf_str(json));
    else
        put_text(&out, ctl, form, doc);
    if (out.overflow && !ctl->given[OPT_QUIET])
        exit = too_long(ctl);
    else if (!there)
        exit = nothing_there(ctl, code);
    else
        exit = show(ctl, &out, doc, code);
    cJSON_Delete(doc);
    buf_free(&out);
    buf_free(json);
    return exit;
}

enum ctl_exit form_show_node(const struct ctl *ctl, const struct form *form, const char *key,
                             struct span reply, const char *endpoint)
{
    struct buf json = {0};
    struct jsonw w;
    struct failure f;
    cJSON *doc = exact_parse(reply);
    if (!cJSON_IsObject(doc)) {
        cJSON_Delete(doc);
        failure_set(&f, CTL_INTERNAL, "INTERNAL", "%s answered with something else", endpoint);
        failure_fix(&f, "is this a raftd of the same version? raftctl status");
        return print_failure(ctl, &f);
    }
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    if (key != NULL) {
        jsonw_key(&w, key);
        jsonw_raw_bytes(&w, reply.data, reply.len);
    }
    for (const cJSON *item = key != NULL ? NULL : doc->child; item != NULL; item = item->next) {
        char *text = cJSON_PrintUnformatted(item);
        if (strcmp(item->string, "v") != 0) {
            jsonw_key(&w, item->string);
            jsonw_raw(&w, text);
        }
        cJSON_free(text);
    }
    cJSON_Delete(doc);
    form_put_via(&w, endpoint);
    jsonw_end(&w);
    return form_show(ctl, form, &json, CTL_OK);
}
