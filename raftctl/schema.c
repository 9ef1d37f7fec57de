/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/schema.h"

#include "base/jsonw.h"

#include <stdio.h>
#include <string.h>

#define VIA     "via?:{endpoint:s oob:b}"
#define FAILURE "error:{name:s exit:n what:s why?:s fix?:s}"

/* Behind the bracket that closes the one text begins with. */
static const char *past(const char *text)
{
    int depth = 0;
    do {
        depth += (*text == '{' || *text == '[') - (*text == '}' || *text == ']');
        ASSERT(*text != '\0');
        text++;
    } while (depth > 0);
    return text;
}

static const char *past_type(const char *text)
{
    const char *end = past(text);
    return *end == '~' ? end + 1 : end;
}

static bool may_be_null(const char *type)
{
    return past_type(type)[-1] == '~';
}

static void put_type_name(struct jsonw *w, const char *name, bool null)
{
    jsonw_key(w, "type");
    if (!null) {
        jsonw_string(w, name);
        return;
    }
    jsonw_array(w);
    jsonw_string(w, name);
    jsonw_string(w, "null");
    jsonw_end(w);
}

/* A type without parts; w stands inside its object. */
static void put_simple(struct jsonw *w, char letter, bool null)
{
    switch (letter) {
    case 's': put_type_name(w, "string", null); break;
    case 'n':
        put_type_name(w, "integer", null);
        jsonw_kv_u64(w, "minimum", 0);
        break;
    case 'i':
        ASSERT(!null);
        jsonw_key(w, "type");
        jsonw_raw(w, "[\"integer\",\"string\"]");
        jsonw_kv_string(w, "pattern", "^-?[0-9]+$");
        break;
    case 'd': put_type_name(w, "number", null); break;
    case 'b': put_type_name(w, "boolean", null); break;
    case 'x':
        put_type_name(w, "string", null);
        jsonw_kv_string(w, "pattern", "^[0-9a-f]{16}$");
        break;
    case 'k':
        jsonw_key(w, "anyOf");
        jsonw_raw(w, "[{\"type\":\"string\"},{\"type\":\"object\",\"required\":[\"b64\"]},"
                     "{\"type\":\"null\"}]");
        break;
    default: ASSERT(letter == '*');
    }
}

/* The names in members that must be there. */
static void put_required(struct jsonw *w, const char *text, bool outermost)
{
    jsonw_key(w, "required");
    jsonw_array(w);
    if (outermost)
        jsonw_string(w, "v");
    while (*text != '\0' && *text != '}') {
        size_t len = strcspn(text, "?:");
        if (text[len] == ':')
            jsonw_bytes(w, text, len);
        text = past_type(text + len + (text[len] == '?' ? 2 : 1));
        text += *text == ' ';
    }
    jsonw_end(w);
}

static void open_object(struct jsonw *w, const char *members, bool null, bool outermost)
{
    put_type_name(w, "object", null);
    jsonw_kv_bool(w, "additionalProperties", false);
    put_required(w, members, outermost);
    jsonw_key(w, "properties");
    jsonw_object(w);
}

/* Members and what is in them, one after another: the writer keeps what is open. */
static void put_members(struct jsonw *w, const char *text)
{
    while (*text != '\0') {
        if (*text == '}' || *text == ']') {
            jsonw_end(w);
            if (*text == '}')
                jsonw_end(w); /* the properties, and the object that has them */
            text++;
            text += *text == '~';
            continue;
        }
        if (*text == ' ') {
            text++;
            continue;
        }
        char name[64];
        size_t len = strcspn(text, ":?{}[]");
        if (text[len] == ':' || text[len] == '?') {
            (void)snprintf(name, sizeof(name), "%.*s", (int)len, text);
            jsonw_key(w, name);
            text += len + (text[len] == '?' ? 2 : 1);
        } else if (w->object[w->depth - 1]) {
            jsonw_key(w, "items");
        }
        jsonw_object(w);
        bool null = may_be_null(text);
        if (*text == '{') {
            open_object(w, text + 1, null, false);
            text++;
        } else if (*text == '[') {
            put_type_name(w, "array", null);
            text++;
        } else {
            put_simple(w, *text, null);
            jsonw_end(w);
            text += null ? 2 : 1;
        }
    }
}

void schema_put(struct buf *out, const char *title, const char *text)
{
    struct jsonw w;
    struct buf all = {0};
    bool fails = strcmp(text, FAILURE) == 0;
    buf_putf(&all, "%s%s%s", text, fails || text[0] == '\0' ? "" : " ", fails ? "" : VIA);
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_string(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    jsonw_kv_string(&w, "title", title);
    open_object(&w, buf_str(&all), false, true);
    jsonw_key(&w, "v");
    jsonw_raw(&w, "{\"const\":1}");
    put_members(&w, buf_str(&all));
    jsonw_end(&w);
    jsonw_end(&w);
    buf_free(&all);
}

void schema_put_failure(struct buf *out)
{
    schema_put(out, "raftctl: failure", FAILURE);
}
