/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walking the values of a reply. */
#include "wire/resp_reply.h"

const char *resp_kind_name(enum resp_kind kind)
{
    switch (kind) {
    case RESP_SIMPLE: return "simple string";
    case RESP_ERROR: return "error";
    case RESP_INTEGER: return "integer";
    case RESP_BULK: return "bulk string";
    case RESP_NULL: return "null";
    case RESP_DOUBLE: return "double";
    case RESP_BOOL: return "boolean";
    case RESP_BIGNUM: return "big number";
    case RESP_VERBATIM: return "verbatim string";
    case RESP_ARRAY: return "array";
    case RESP_MAP: return "map";
    case RESP_SET: return "set";
    case RESP_PUSH: return "push";
    case RESP_ATTRIBUTE: return "attribute";
    }
    return "unknown";
}

const struct resp_value *resp_child(const struct resp_value *v, size_t i)
{
    ASSERT(i < v->count);
    const struct resp_value *child = v + 1;
    for (; i > 0; i--)
        child += child->nodes;
    return child;
}

const struct resp_value *resp_bare(const struct resp_value *v)
{
    while (v->kind == RESP_ATTRIBUTE)
        v = resp_child(v, v->count - 1);
    return v;
}

const struct resp_value *resp_lookup(const struct resp_value *v, const char *key)
{
    v = resp_bare(v);
    if ((v->kind != RESP_MAP && v->kind != RESP_ARRAY) || v->count % 2 != 0)
        return NULL;
    const struct resp_value *at = v + 1;
    for (size_t i = 0; i < v->count; i += 2) {
        const struct resp_value *name = resp_bare(at), *value = at + at->nodes;
        if ((name->kind == RESP_BULK || name->kind == RESP_SIMPLE) &&
            span_equal(name->text, span_str(key)))
            return resp_bare(value);
        at = value + value->nodes;
    }
    return NULL;
}
