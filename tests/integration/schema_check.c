/* SPDX-License-Identifier: GPL-3.0-or-later */
/* schema_check SCHEMA DOCUMENT: whether a JSON document is what a JSON Schema says; for the words
 * of the language that raftctl's schemas use, and no others. Exit 0, or 1 and where it is not. */
#include "base/buf.h"

#include <cjson/cJSON.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 32

static bool fail(const char *path, const char *what)
{
    printf("%s: %s\n", path[0] == '\0' ? "the document" : path, what);
    return false;
}

static bool is_type(const cJSON *doc, const char *type)
{
    if (strcmp(type, "object") == 0)
        return cJSON_IsObject(doc);
    if (strcmp(type, "array") == 0)
        return cJSON_IsArray(doc);
    if (strcmp(type, "string") == 0)
        return cJSON_IsString(doc);
    if (strcmp(type, "boolean") == 0)
        return cJSON_IsBool(doc);
    if (strcmp(type, "null") == 0)
        return cJSON_IsNull(doc);
    if (strcmp(type, "number") == 0)
        return cJSON_IsNumber(doc);
    return strcmp(type, "integer") == 0 && cJSON_IsNumber(doc) &&
           (double)(long long)doc->valuedouble == doc->valuedouble;
}

static bool has_type(const cJSON *types, const cJSON *doc)
{
    const cJSON *type;
    if (types == NULL)
        return true;
    if (cJSON_IsString(types))
        return is_type(doc, types->valuestring);
    cJSON_ArrayForEach(type, types)
    {
        if (is_type(doc, type->valuestring))
            return true;
    }
    return false;
}

static bool matches(const char *pattern, const char *text)
{
    regex_t r;
    if (regcomp(&r, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool good = regexec(&r, text, 0, NULL, 0) == 0;
    regfree(&r);
    return good;
}

static bool check(const cJSON *schema, const cJSON *doc, const char *path, int depth);

static bool check_members(const cJSON *schema, const cJSON *doc, const char *path, int depth)
{
    const cJSON *name, *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
    bool closed = cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(schema, "additionalProperties"));
    bool good = true;
    cJSON_ArrayForEach(name, cJSON_GetObjectItemCaseSensitive(schema, "required"))
    {
        if (cJSON_GetObjectItemCaseSensitive(doc, name->valuestring) == NULL)
            good = fail(path, name->valuestring);
    }
    for (const cJSON *item = doc->child; item != NULL; item = item->next) {
        char below[512];
        const cJSON *one = cJSON_GetObjectItemCaseSensitive(properties, item->string);
        (void)snprintf(below, sizeof(below), "%s/%s", path, item->string);
        if (one != NULL)
            good = check(one, item, below, depth + 1) && good;
        else if (closed)
            good = fail(below, "is not in the schema");
    }
    return good;
}

static bool check_any(const cJSON *any, const cJSON *doc, const char *path, int depth)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, any)
    {
        if (has_type(cJSON_GetObjectItemCaseSensitive(one, "type"), doc))
            return check(one, doc, path, depth + 1);
    }
    return any == NULL || fail(path, "is none of those it may be");
}

static bool check(const cJSON *schema, const cJSON *doc, const char *path, int depth)
{
    const cJSON *item, *constant = cJSON_GetObjectItemCaseSensitive(schema, "const");
    const cJSON *least = cJSON_GetObjectItemCaseSensitive(schema, "minimum");
    const cJSON *pattern = cJSON_GetObjectItemCaseSensitive(schema, "pattern");
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(schema, "items");
    bool good = true;
    ASSERT(depth < DEPTH_MAX);
    if (!has_type(cJSON_GetObjectItemCaseSensitive(schema, "type"), doc))
        return fail(path, "is of another type");
    if (constant != NULL && !cJSON_Compare(constant, doc, true))
        return fail(path, "has another value");
    if (least != NULL && cJSON_IsNumber(doc) && doc->valuedouble < least->valuedouble)
        return fail(path, "is too small");
    if (pattern != NULL && cJSON_IsString(doc) && !matches(pattern->valuestring, doc->valuestring))
        return fail(path, "does not match its pattern");
    if (cJSON_IsObject(doc))
        good = check_members(schema, doc, path, depth);
    const cJSON *list = cJSON_IsArray(doc) && items != NULL ? doc : NULL;
    cJSON_ArrayForEach(item, list)
    {
        good = check(items, item, path, depth + 1) && good;
    }
    return check_any(cJSON_GetObjectItemCaseSensitive(schema, "anyOf"), doc, path, depth) && good;
}

static cJSON *read_json(const char *path)
{
    char bytes[65536];
    struct buf text = {0};
    size_t n;
    FILE *f = fopen(path, "re");
    while (f != NULL && (n = fread(bytes, 1, sizeof(bytes), f)) > 0)
        buf_put(&text, bytes, n);
    if (f != NULL)
        (void)fclose(f);
    cJSON *doc = cJSON_ParseWithLength(buf_str(&text), text.len);
    if (doc == NULL)
        printf("%s: not JSON: %s\n", path, buf_str(&text));
    buf_free(&text);
    return doc;
}

int main(int argc, char **argv)
{
    cJSON *schema = argc == 3 ? read_json(argv[1]) : NULL;
    cJSON *doc = argc == 3 ? read_json(argv[2]) : NULL;
    bool good = schema != NULL && doc != NULL && check(schema, doc, "", 0);
    cJSON_Delete(schema);
    cJSON_Delete(doc);
    return good ? 0 : 1;
}
