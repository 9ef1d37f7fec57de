/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/compare.h"

#include "base/mem.h"
#include "emulator/scenario/json.h"
#include "emulator/trace/merge.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VERDICT_BYTES_MAX (4u << 20)
#define LEADERS_MAX       4096

/* What is compared of one run. */
struct side {
    char *text;
    struct diags diags;
    struct json_doc *json;
    struct {
        uint64_t term;
        char node[LIMIT_NODE_NAME + 1];
    } leaders[LEADERS_MAX];
    size_t leaders_count;
};

/* ---- reading ---- */

static int read_verdict(const char *dir, struct side *s, struct err *e)
{
    char path[PATH_MAX + 32];
    (void)snprintf(path, sizeof(path), "%s/verdict.json", dir);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return err_set_errno(e, err_from_errno(errno), errno, "%s", path);
    s->text = mem_alloc(VERDICT_BYTES_MAX + 1);
    size_t len = fread(s->text, 1, VERDICT_BYTES_MAX + 1, f);
    bool bad = ferror(f) != 0;
    (void)fclose(f);
    if (bad || len > VERDICT_BYTES_MAX)
        return err_set(e, -E_CORRUPT, "%s: cannot be read, or too long", path);
    diags_init(&s->diags, "verdict.json", s->text, len);
    s->json = json_read(s->text, len, &s->diags);
    return s->json == NULL ? err_set(e, -E_CORRUPT, "%s: not JSON", path) : 0;
}

static int read_leaders(const char *dir, struct side *s, struct err *e)
{
    static struct trace_names names; /* too large for a stack */
    char path[PATH_MAX + 64];
    struct merge merge;
    const struct trace_record *rec;
    int code = 0;
    names = (struct trace_names){0};
    merge_init(&merge, &names);
    for (unsigned i = 1; i <= LIMIT_MEMBERS && code == 0; i++) {
        (void)snprintf(path, sizeof(path), "%s/trace/n%u.ndjson", dir, i);
        if (access(path, F_OK) == 0)
            code = merge_add_file(&merge, path, e);
    }
    while (code >= 0 && (code = merge_next(&merge, &rec, e)) > 0) {
        if (rec->ev != TRACE_becameLeader || s->leaders_count == LEADERS_MAX)
            continue;
        s->leaders[s->leaders_count].term = rec->term;
        (void)snprintf(s->leaders[s->leaders_count++].node, sizeof(s->leaders[0].node), "%s",
                       trace_names_text(&names, rec->node));
    }
    merge_free(&merge);
    return code;
}

static void side_free(struct side *s)
{
    if (s->json != NULL)
        json_free(s->json);
    if (s->text != NULL)
        diags_free(&s->diags);
    mem_free(s->text);
    mem_free(s);
}

/* ---- comparing ---- */

static const char *text_of(const struct json *object, const char *key)
{
    const struct json *v = object == NULL ? NULL : json_get(object, key);
    return v != NULL && v->type == JSON_STRING ? v->text : "?";
}

static const struct json *check_of(const struct side *s, const char *name)
{
    const struct json *checks = json_get(json_root(s->json), "checks");
    for (const struct json *c = checks == NULL ? NULL : checks->child; c != NULL; c = c->next) {
        if (strcmp(text_of(c, "name"), name) == 0)
            return c;
    }
    return NULL;
}

static bool required(const struct json *check)
{
    const struct json *v = json_get(check, "required");
    return v != NULL && v->type == JSON_BOOL && v->truth;
}

/* Every check that one side asked for by name. */
static bool same_checks(const struct side *from, const struct side *to, bool turned)
{
    const struct json *checks = json_get(json_root(from->json), "checks");
    bool same = true;
    for (const struct json *c = checks == NULL ? NULL : checks->child; c != NULL; c = c->next) {
        const char *name = text_of(c, "name");
        const struct json *other = check_of(to, name);
        bool alike = other != NULL && strcmp(text_of(c, "verdict"), text_of(other, "verdict")) == 0;
        if (!required(c) || alike || (turned && other != NULL))
            continue;
        if (strcmp(name, "harness") == 0)
            continue; /* about the laboratory, not about the cluster */
        const char *mine = text_of(c, "verdict");
        const char *theirs = other == NULL ? "not judged" : text_of(other, "verdict");
        (void)printf("  DIFFERS  %-28s %s there, %s here\n", name, turned ? theirs : mine,
                     turned ? mine : theirs);
        same = false;
    }
    return same;
}

static bool same_leaders(const struct side *there, const struct side *here)
{
    size_t count =
        there->leaders_count < here->leaders_count ? there->leaders_count : here->leaders_count;
    bool same = there->leaders_count == here->leaders_count;
    for (size_t i = 0; i < count; i++) {
        bool alike = there->leaders[i].term == here->leaders[i].term &&
                     strcmp(there->leaders[i].node, here->leaders[i].node) == 0;
        if (alike)
            continue;
        (void)printf("  DIFFERS  leader %-21zu %s in term %llu there, %s in term %llu here\n",
                     i + 1, there->leaders[i].node, (unsigned long long)there->leaders[i].term,
                     here->leaders[i].node, (unsigned long long)here->leaders[i].term);
        same = false;
        break; /* what follows follows from it */
    }
    (void)printf("  %-8s elections                    %zu there, %zu here\n",
                 there->leaders_count == here->leaders_count ? "SAME" : "DIFFERS",
                 there->leaders_count, here->leaders_count);
    return same;
}

static void print(const struct side *there, const struct side *here, struct compared *ret)
{
    const char *a = text_of(json_root(there->json), "verdict");
    const char *b = text_of(json_root(here->json), "verdict");
    ret->verdicts = strcmp(a, b) == 0;
    (void)printf("  %-8s verdict                      %s there (%s), %s here (%s)\n",
                 ret->verdicts ? "SAME" : "DIFFERS", a, text_of(json_root(there->json), "world"), b,
                 text_of(json_root(here->json), "world"));
    bool forth = same_checks(there, here, false), back = same_checks(here, there, true);
    ret->judgements = ret->verdicts && forth && back;
    ret->course = same_leaders(there, here);
}

int compare_runs(const char *there, const char *here, struct compared *ret, struct err *e)
{
    struct side *a = mem_alloc(sizeof(*a)), *b = mem_alloc(sizeof(*b));
    int code = read_verdict(there, a, e);
    if (code == 0)
        code = read_verdict(here, b, e);
    if (code == 0)
        code = read_leaders(there, a, e);
    if (code == 0)
        code = read_leaders(here, b, e);
    if (code == 0)
        print(a, b, ret);
    side_free(a);
    side_free(b);
    return code;
}
