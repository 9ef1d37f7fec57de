/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/adapters/lines.h"

#include "base/jsonw.h"
#include "base/mem.h"
#include "emulator/scenario/json.h"
#include "emulator/scenario/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- words ---- */

static int find_word(const char *word, const char *const *words, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
    }
    return -1;
}

static const char *const questions[] = {
#define X(word) #word,
    ADAPTER_QUESTIONS(X)
#undef X
};

int adapter_question_find(const char *word)
{
    return find_word(word, questions, ADAPTER_QUESTIONS_COUNT);
}

static const char *const abilities[] = {
#define X(word) #word,
    ADAPTER_ABILITIES(X)
#undef X
};

const char *adapter_ability_name(enum adapter_ability can)
{
    return abilities[can];
}

int adapter_ability_find(const char *word)
{
    return find_word(word, abilities, ADAPTER_ABILITIES_COUNT);
}

static const char *const outcomes[] = {"ok", "fail", "unknown"}; /* as enum adapter_is */

/* ---- writing ---- */

/* Whether a list behind this one has the key, too. */
static bool overruled(const struct adapter_ask *ask, size_t list, const char *key)
{
    for (size_t i = list + 1; i < ask->configs_count; i++) {
        for (size_t k = 0; k < ask->configs[i].count; k++) {
            if (strcmp(ask->configs[i].items[k].key, key) == 0)
                return true;
        }
    }
    return false;
}

static void put_start(struct jsonw *w, const struct adapter_ask *ask)
{
    char name[16];
    jsonw_key(w, "founders");
    jsonw_array(w);
    for (unsigned i = 0; i < ask->founders; i++) {
        (void)snprintf(name, sizeof(name), "n%u", i + 1);
        jsonw_string(w, name);
    }
    jsonw_end(w);
    jsonw_kv_text(w, "join", ask->node);
    jsonw_key(w, "config");
    jsonw_object(w);
    for (size_t i = 0; i < ask->configs_count; i++) {
        for (size_t k = 0; k < ask->configs[i].count; k++) {
            const struct pair *pair = &ask->configs[i].items[k];
            if (!overruled(ask, i, pair->key))
                jsonw_kv_string(w, pair->key, pair->value);
        }
    }
    jsonw_end(w);
}

static void put_op(struct jsonw *w, const struct adapter_ask *ask)
{
    jsonw_kv_string(w, "kind", adapter_ability_name(ask->kind));
    jsonw_kv_string(w, "key", ask->key);
    if (ask->value != NULL)
        jsonw_kv_string(w, "value", ask->value);
    if (ask->kind == ADAPTER_CAN_cas)
        jsonw_kv_text(w, "expect", ask->expect);
    jsonw_kv_u64(w, "timeout_ms", ask->time_ms);
}

void adapter_ask_write(const struct adapter_ask *ask, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "id", ask->id);
    jsonw_kv_string(&w, "do", questions[ask->what]);
    switch (ask->what) {
    case ADAPTER_hello: jsonw_kv_u64(&w, "protocol", ADAPTER_PROTOCOL); break;
    case ADAPTER_start: put_start(&w, ask); break;
    case ADAPTER_stop: jsonw_kv_u64(&w, "grace_ms", ask->time_ms); break;
    case ADAPTER_join:
    case ADAPTER_remove: jsonw_kv_string(&w, "node", ask->node); break;
    case ADAPTER_op: put_op(&w, ask); break;
    case ADAPTER_leader:
    case ADAPTER_QUESTIONS_COUNT: break;
    }
    jsonw_end(&w);
    buf_putc(out, '\n');
}

static void put_hello(struct jsonw *w, const struct adapter_tell *tell)
{
    jsonw_kv_u64(w, "protocol", ADAPTER_PROTOCOL);
    jsonw_kv_string(w, "name", tell->name);
    jsonw_kv_string(w, "version", tell->version == NULL ? "" : tell->version);
    jsonw_key(w, "can");
    jsonw_array(w);
    for (int i = 0; i < ADAPTER_ABILITIES_COUNT; i++) {
        if ((tell->can >> i & 1) != 0)
            jsonw_string(w, abilities[i]);
    }
    jsonw_end(w);
}

void adapter_tell_write(uint64_t id, const struct adapter_tell *tell, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "id", id);
    jsonw_kv_string(&w, "is", outcomes[tell->is]);
    if (tell->is != ADAPTER_OK)
        jsonw_kv_string(&w, "error", tell->error);
    else if (tell->name != NULL)
        put_hello(&w, tell);
    else if (tell->has_leader)
        jsonw_kv_text(&w, "leader", tell->leader);
    else
        jsonw_kv_text(&w, "result", tell->result);
    if (tell->has_done)
        jsonw_kv_bool(&w, "done", tell->done);
    if (tell->index != 0)
        jsonw_kv_u64(&w, "index", tell->index);
    jsonw_end(&w);
    buf_putc(out, '\n');
}

void adapter_tell_error(struct adapter_tell *tell, enum adapter_is is, const char *fmt, ...)
{
    va_list args;
    *tell = (struct adapter_tell){.is = is};
    va_start(args, fmt);
    (void)vsnprintf(tell->error, sizeof(tell->error), fmt, args);
    va_end(args);
}

/* ---- reading ---- */

struct adapter_line_doc {
    struct diags diags;
    struct json_doc *json;
    char *text;
};

int adapter_line_read(const char *text, size_t len, struct adapter_line *ret, struct err *e)
{
    struct adapter_line line = {.doc = mem_alloc(sizeof(*line.doc))};
    int code = 0;
    line.doc->text = mem_dup(text, len);
    diags_init(&line.doc->diags, "line", line.doc->text, len);
    line.doc->json = json_read(line.doc->text, len, &line.doc->diags);
    if (line.doc->json == NULL)
        code = err_set(e, -E_INVALID, "not JSON: %s", line.doc->diags.items[0].message);
    else
        line.root = json_root(line.doc->json);
    if (code == 0 && line.root->type != JSON_OBJECT)
        code = err_set(e, -E_INVALID, "%s instead of an object", json_type_name(line.root->type));
    if (code == 0 && json_u64(json_get(line.root, "id"), UINT64_MAX, &line.id) < 0)
        code = err_set(e, -E_INVALID, "no \"id\" that is a whole number");
    if (code < 0)
        adapter_line_free(&line);
    else
        *ret = line;
    return code;
}

void adapter_line_free(struct adapter_line *line)
{
    if (line->doc == NULL)
        return;
    json_free(line->doc->json);
    diags_free(&line->doc->diags);
    mem_free(line->doc->text);
    mem_free(line->doc);
    *line = (struct adapter_line){0};
}

static const char *text_of(const struct json *v)
{
    bool text = v != NULL && (v->type == JSON_STRING || v->type == JSON_NUMBER);
    return text ? v->text : NULL;
}

const char *adapter_line_text(const struct adapter_line *line, const char *member)
{
    return text_of(json_get(line->root, member));
}

bool adapter_line_has(const struct adapter_line *line, const char *member)
{
    return json_get(line->root, member) != NULL;
}

bool adapter_line_true(const struct adapter_line *line, const char *member)
{
    const struct json *v = json_get(line->root, member);
    return v != NULL && v->type == JSON_BOOL && v->truth;
}

uint64_t adapter_line_number(const struct adapter_line *line, const char *member,
                             uint64_t otherwise)
{
    uint64_t value;
    return json_u64(json_get(line->root, member), UINT64_MAX, &value) < 0 ? otherwise : value;
}

const char *adapter_line_item(const struct adapter_line *line, const char *member, size_t i)
{
    const struct json *list = json_get(line->root, member);
    bool there = list != NULL && list->type == JSON_ARRAY && i < list->count;
    return there ? text_of(json_at(list, i)) : NULL;
}

const char *adapter_line_of(const struct adapter_line *line, const char *member, const char *key)
{
    const struct json *object = json_get(line->root, member);
    return object == NULL ? NULL : text_of(json_get(object, key));
}

int adapter_line_is(const struct adapter_line *line, enum adapter_is *ret, struct err *e)
{
    const char *word = adapter_line_text(line, "is");
    int is = word == NULL ? -1 : find_word(word, outcomes, ARRAY_LEN(outcomes));
    if (is < 0)
        return err_set(e, -E_INVALID, "\"is\" must be \"ok\", \"fail\" or \"unknown\"");
    *ret = (enum adapter_is)is;
    return 0;
}

uint32_t adapter_line_can(const struct adapter_line *line)
{
    uint32_t can = 0;
    const char *word;
    for (size_t i = 0; (word = adapter_line_item(line, "can", i)) != NULL; i++) {
        int ability = adapter_ability_find(word);
        can |= ability < 0 ? 0 : 1u << ability;
    }
    return can;
}
