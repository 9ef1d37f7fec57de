/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/status_doc.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

/* JSON numbers arrive as doubles: integers are exact up to here. */
#define EXACT_MAX 9007199254740992.0

/* One key of an object and where its value goes. */
struct field {
    const char *key;
    enum { FIELD_TEXT, FIELD_SENTENCE, FIELD_NUMBER, FIELD_BOOL } kind;
    void *out;
    size_t size; /* of a text, with its NUL */
};

#define TEXT(key, array)                      \
    {                                         \
        key, FIELD_TEXT, array, sizeof(array) \
    }
#define SENTENCE(key, array)                      \
    {                                             \
        key, FIELD_SENTENCE, array, sizeof(array) \
    }
#define NUMBER(key, slot)          \
    {                              \
        key, FIELD_NUMBER, slot, 0 \
    }
#define BOOL(key, slot)          \
    {                            \
        key, FIELD_BOOL, slot, 0 \
    }

static int read_value(const cJSON *value, const struct field *f, struct err *e)
{
    switch (f->kind) {
    case FIELD_TEXT:
        if (!cJSON_IsString(value) || strlen(value->valuestring) >= f->size)
            break;
        memcpy(f->out, value->valuestring, strlen(value->valuestring) + 1);
        return 0;
    case FIELD_SENTENCE: /* for people: its length is no reason to know nothing of the node */
        if (!cJSON_IsString(value))
            break;
        (void)snprintf(f->out, f->size, "%s", value->valuestring);
        return 0;
    case FIELD_NUMBER:
        if (!cJSON_IsNumber(value) || !(value->valuedouble >= 0) || value->valuedouble > EXACT_MAX)
            break;
        *(uint64_t *)f->out = (uint64_t)value->valuedouble;
        return 0;
    case FIELD_BOOL:
        if (!cJSON_IsBool(value))
            break;
        *(bool *)f->out = cJSON_IsTrue(value) != 0;
        return 0;
    }
    return err_set(e, -E_CORRUPT, "status: \"%s\" has a value it cannot have", f->key);
}

/* Absent keys and null leave "not said" behind. */
static int read_fields(const cJSON *object, const struct field *fields, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        const struct field *f = &fields[i];
        if (f->kind == FIELD_NUMBER)
            *(uint64_t *)f->out = STATUS_NUMBER_NONE;
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, f->key);
        if (value == NULL || cJSON_IsNull(value))
            continue;
        int rc = read_value(value, f, e);
        if (rc < 0)
            return rc;
    }
    return 0;
}

static int read_names(const cJSON *array, struct status_names *list, struct err *e)
{
    const cJSON *name;
    cJSON_ArrayForEach(name, array)
    {
        if (list->count == LIMIT_MEMBERS)
            return err_set(e, -E_CORRUPT, "status: more than %d names", LIMIT_MEMBERS);
        struct field field = TEXT("change", list->names[list->count]);
        int rc = read_value(name, &field, e);
        if (rc < 0)
            return rc;
        list->count++;
    }
    return 0;
}

/* n2 before n10, as everywhere. */
static int by_name(const void *a, const void *b)
{
    return strverscmp(a, b);
}

static int read_cluster(const cJSON *object, struct status_cluster *c, struct err *e)
{
    const struct field fields[] = {TEXT("name", c->name),
                                   TEXT("id", c->id),
                                   TEXT("leader", c->leader),
                                   NUMBER("term", &c->term),
                                   NUMBER("commit", &c->commit),
                                   BOOL("joint", &c->joint),
                                   NUMBER("generation", &c->generation),
                                   NUMBER("config_index", &c->config_index)};
    return read_fields(object, fields, ARRAY_LEN(fields), e);
}

static int read_given_up(const cJSON *array, struct status_names *list, struct err *e)
{
    int rc = read_names(array, list, e);
    qsort(list->names, list->count, sizeof(list->names[0]), by_name);
    return rc;
}

static int read_change(const cJSON *object, struct status_change *c, struct err *e)
{
    const struct field fields[] = {SENTENCE("asked", c->asked), TEXT("phase", c->phase),
                                   NUMBER("for_ms", &c->for_ms)};
    int rc = read_fields(object, fields, ARRAY_LEN(fields), e);
    if (rc == 0)
        rc = read_names(cJSON_GetObjectItemCaseSensitive(object, "newcomers"), &c->newcomers, e);
    if (rc == 0)
        rc = read_names(cJSON_GetObjectItemCaseSensitive(object, "leavers"), &c->leavers, e);
    return rc;
}

static int read_node(const cJSON *object, struct status_node *n, struct err *e)
{
    const struct field fields[] = {TEXT("name", n->name),
                                   TEXT("role", n->role),
                                   TEXT("version", n->version),
                                   NUMBER("term", &n->term),
                                   NUMBER("last", &n->last),
                                   NUMBER("commit", &n->commit),
                                   NUMBER("applied", &n->applied),
                                   NUMBER("first", &n->first),
                                   NUMBER("election_ms", &n->election_ms),
                                   NUMBER("lease_ms", &n->lease_ms),
                                   NUMBER("heard_ms", &n->heard_ms),
                                   NUMBER("slow_commits_permille", &n->slow_permille),
                                   NUMBER("restoring", &n->restoring)};
    return read_fields(object, fields, ARRAY_LEN(fields), e);
}

static int read_member(const cJSON *object, struct status_member *m, struct err *e)
{
    const struct field fields[] = {
        TEXT("name", m->name),           TEXT("id", m->id),
        TEXT("address", m->address),     TEXT("peer", m->peer),
        SENTENCE("refused", m->refused), NUMBER("priority", &m->priority),
        NUMBER("match", &m->match),      NUMBER("contact_ms", &m->contact_ms),
        BOOL("voter", &m->voter),        BOOL("witness", &m->witness),
        BOOL("voter_old", &m->voter_old)};
    m->voter = true;
    return read_fields(object, fields, ARRAY_LEN(fields), e);
}

static int read_members(const cJSON *array, struct status_doc *doc, struct err *e)
{
    const cJSON *member;
    if (!cJSON_IsArray(array))
        return err_set(e, -E_CORRUPT, "status: \"members\" is no array");
    cJSON_ArrayForEach(member, array)
    {
        if (doc->members_count == LIMIT_MEMBERS)
            return err_set(e, -E_CORRUPT, "status: more than %d members", LIMIT_MEMBERS);
        int rc = read_member(member, &doc->members[doc->members_count], e);
        if (rc < 0)
            return rc;
        doc->members_count++;
    }
    return 0;
}

static int read_document(const cJSON *root, struct status_doc *doc, struct err *e)
{
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(root, "v");
    if (!cJSON_IsNumber(version) || version->valuedouble != 1)
        return err_set(e, -E_CORRUPT, "status: not a document of version 1");
    const cJSON *cluster = cJSON_GetObjectItemCaseSensitive(root, "cluster");
    int rc = read_cluster(cluster, &doc->cluster, e);
    if (rc == 0)
        rc =
            read_given_up(cJSON_GetObjectItemCaseSensitive(cluster, "given_up"), &doc->given_up, e);
    if (rc == 0)
        rc = read_change(cJSON_GetObjectItemCaseSensitive(cluster, "change"), &doc->change, e);
    if (rc == 0)
        rc = read_node(cJSON_GetObjectItemCaseSensitive(root, "node"), &doc->node, e);
    if (rc == 0)
        rc = read_members(cJSON_GetObjectItemCaseSensitive(root, "members"), doc, e);
    return rc;
}

int status_doc_parse(struct span json, struct status_doc *ret, struct err *e)
{
    *ret = (struct status_doc){0};
    cJSON *root = json.len == 0 ? NULL : cJSON_ParseWithLength(json.data, json.len);
    if (root == NULL)
        return err_set(e, -E_CORRUPT, "status: not JSON");
    int rc = read_document(root, ret, e);
    cJSON_Delete(root);
    return rc;
}
