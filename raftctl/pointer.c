/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/pointer.h"

#include "base/units.h"

#include <cjson/cJSON.h>
#include <string.h>

#define TOKEN_MAX 255

/* One step's text without its escapes: ~1 is /, ~0 is ~. Returns what is behind it, or NULL. */
static const char *read_token(const char *text, char token[TOKEN_MAX + 1])
{
    size_t len = 0;
    for (; *text != '\0' && *text != '/'; text++) {
        if (len == TOKEN_MAX)
            return NULL;
        if (*text == '~' && text[1] != '0' && text[1] != '1')
            return NULL;
        token[len++] = *text != '~' ? *text : text[1] == '1' ? '/' : '~';
        text += *text == '~';
    }
    token[len] = '\0';
    return text;
}

const cJSON *pointer_find(const cJSON *root, const char *text)
{
    while (root != NULL && *text != '\0') {
        char token[TOKEN_MAX + 1];
        uint64_t index;
        const char *rest = *text == '/' ? read_token(text + 1, token) : NULL;
        if (rest == NULL)
            return NULL;
        if (cJSON_IsObject(root))
            root = cJSON_GetObjectItemCaseSensitive(root, token);
        else if (cJSON_IsArray(root) && units_u64(token, INT32_MAX, &index) == 0)
            root = cJSON_GetArrayItem(root, (int)index);
        else
            root = NULL;
        text = rest;
    }
    return root;
}

uint64_t pointer_number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) && item->valuedouble >= 0 ? (uint64_t)item->valuedouble : 0;
}
