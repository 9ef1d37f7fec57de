/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/record.h"

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/units.h"
#include "raftctl/shell/deed.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the file ---- */

/* The file's name without folders and ending, as the language wants names. */
static void put_name(struct buf *out, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t len = strcspn(name, ".");
    for (size_t i = 0; i < len && i < 60; i++) {
        char c = name[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
        buf_putc(out, fine ? c : '_');
    }
    if (len == 0)
        buf_puts(out, "recorded");
}

/* Which node is which, where the cluster's names are others. */
static void put_remark(struct buf *out, const struct recorder *r)
{
    buf_puts(out, "recorded by raftctl");
    for (size_t i = 0; i < r->names_count; i++)
        buf_putf(out, "%sn%zu is %s", i == 0 ? "; " : ", ", i + 1, r->names[i]);
}

static void put_head(struct jsonw *w, const struct recorder *r)
{
    struct buf text = {0};
    jsonw_kv_u64(w, "version", 1);
    put_name(&text, r->path);
    jsonw_kv_string(w, "name", buf_str(&text));
    buf_reset(&text);
    put_remark(&text, r);
    jsonw_kv_string(w, "why", buf_str(&text));
    jsonw_key(w, "cluster");
    jsonw_object(w);
    jsonw_kv_u64(w, "voters", r->voters);
    if (r->learners > 0)
        jsonw_kv_u64(w, "learners", r->learners);
    if (r->spare > 0)
        jsonw_kv_u64(w, "spare", r->spare);
    jsonw_end(w);
    jsonw_key(w, "clients");
    jsonw_object(w);
    jsonw_kv_u64(w, "count", 1);
    jsonw_kv_string(w, "model", "kv");
    jsonw_kv_bool(w, "sessions", true);
    jsonw_kv_bool(w, "retry", true);
    jsonw_kv_bool(w, "idle", true);
    jsonw_end(w);
    buf_free(&text);
}

static void put_tail(struct jsonw *w, const struct recorder *r)
{
    jsonw_key(w, "expect");
    jsonw_object(w);
    jsonw_kv_bool(w, "linearizable", true);
    jsonw_end(w);
    jsonw_key(w, "finally");
    jsonw_array(w);
    jsonw_object(w);
    jsonw_key(w, "leader");
    jsonw_object(w);
    jsonw_kv_string(w, "stable", "300ms");
    jsonw_end(w);
    jsonw_kv_string(w, "within", "30s");
    jsonw_end(w);
    jsonw_end(w);
    if (r->ok_count == 0)
        return;
    jsonw_key(w, "coverage");
    jsonw_object(w);
    jsonw_kv_u64(w, "opsOk", r->ok_count);
    jsonw_end(w);
}

static void put_scenario(struct buf *out, const struct recorder *r)
{
    struct buf head = {0}, tail = {0};
    struct jsonw w;
    jsonw_init(&w, &head);
    jsonw_object(&w);
    put_head(&w, r);
    jsonw_end(&w);
    jsonw_init(&w, &tail);
    jsonw_object(&w);
    put_tail(&w, r);
    jsonw_end(&w);
    buf_put(out, head.data, head.len - 1); /* without the brace */
    buf_puts(out, ",\n \"steps\":[\n");
    buf_put(out, r->steps.data, r->steps.len);
    buf_puts(out, "\n ],\n ");
    buf_puts(out, buf_str(&tail) + 1);
    buf_putc(out, '\n');
    buf_free(&head);
    buf_free(&tail);
}

static int fail(struct err *e, const char *path)
{
    return err_set_errno(e, err_from_errno(errno), errno, "%s", path);
}

/* Whole, or as it was before. */
static int write_file(const struct recorder *r, struct err *e)
{
    struct buf text = {0}, path = {0};
    buf_putf(&path, "%s.%ld", r->path, (long)getpid());
    put_scenario(&text, r);
    int rc = 0;
    FILE *file = fopen(buf_str(&path), "we");
    if (file == NULL) {
        rc = fail(e, r->path);
    } else {
        bool wrong = fwrite(text.data, 1, text.len, file) != text.len;
        wrong = fclose(file) != 0 || wrong;
        if (wrong || rename(buf_str(&path), r->path) < 0) {
            rc = fail(e, r->path);
            (void)unlink(buf_str(&path));
        }
    }
    buf_free(&text);
    buf_free(&path);
    return rc;
}

/* ---- recording ---- */

/* The number in a name like the scenario's own; 0: it is another. */
static size_t own_number(const char *name, size_t count)
{
    uint64_t number;
    return name[0] == 'n' && units_u64(name + 1, count, &number) == 0 ? (size_t)number : 0;
}

/* n1 to nN keep their names, whatever their order; others are counted through. */
static void take_members(struct recorder *r, const struct scout_view *view)
{
    bool same = true;
    for (size_t i = 0; i < view->members_count; i++)
        same = same && own_number(view->members[i].name, view->members_count) > 0;
    for (size_t i = 0; i < view->members_count; i++) {
        const struct scout_member *m = &view->members[i];
        size_t number = same ? own_number(m->name, view->members_count) : i + 1;
        memcpy(r->names[number - 1], m->name, sizeof(r->names[0]));
        r->voters += m->voter;
    }
    r->names_count = view->members_count;
    r->learners = r->names_count - r->voters;
}

/* Only what is recorded replaces what was recorded. */
static int refuse_existing(const char *path, struct err *e)
{
    struct stat st;
    if (lstat(path, &st) == 0)
        return err_set(e, -E_EXISTS, "%s is there already", path);
    return errno == ENOENT ? 0 : fail(e, path);
}

int recorder_open(struct recorder *r, const char *path, const struct scout_view *view,
                  uint64_t now_ns, struct err *e)
{
    if (view->members_count == 0)
        return err_set(e, -E_NOTFOUND, "the members are not known: no node has answered yet");
    int rc = refuse_existing(path, e);
    if (rc < 0)
        return rc;
    *r = (struct recorder){.path = mem_strdup(path), .last_ns = now_ns};
    take_members(r, view);
    buf_puts(&r->steps, "  {\"wait\":{\"leader\":{\"stable\":\"300ms\"}},\"within\":\"30s\"}");
    rc = write_file(r, e);
    if (rc < 0)
        recorder_close(r);
    return rc;
}

void recorder_close(struct recorder *r)
{
    mem_free(r->path);
    buf_free(&r->steps);
    *r = (struct recorder){0};
}

size_t recorder_node(struct recorder *r, const char *name)
{
    for (size_t i = 0; i < r->names_count; i++) {
        if (strcmp(r->names[i], name) == 0)
            return i + 1;
    }
    if (r->names_count == LIMIT_MEMBERS)
        return 0;
    (void)snprintf(r->names[r->names_count++], sizeof(r->names[0]), "%s", name);
    r->spare++;
    return r->names_count;
}

static void put_pause(struct jsonw *w, uint64_t ns)
{
    char text[UNITS_TEXT_MAX];
    uint64_t ms = ns / NS_PER_MS;
    if (ms > 0)
        jsonw_kv_string(w, "after", units_print_duration(ms * NS_PER_MS, text));
}

/* The words as they were typed, nearly. */
static void put_words(struct jsonw *w, char *const *words, size_t count, enum ctl_exit exit)
{
    struct buf text = {0};
    for (size_t i = 0; i < count; i++) {
        buf_puts(&text, i == 0 ? "" : " ");
        buf_put_visible(&text, words[i], strnlen(words[i], 200));
    }
    if (exit != CTL_OK)
        buf_putf(&text, " (exit %d)", (int)exit);
    jsonw_kv_string(w, "//", buf_str(&text));
    buf_free(&text);
}

int recorder_add(struct recorder *r, const struct recorder_deed *deed, struct err *e)
{
    struct buf step = {0};
    struct jsonw w;
    if (r->steps_count == RECORD_STEPS_MAX) {
        recorder_close(r);
        return err_set(e, -E_LIMIT, "a scenario has %d steps at most: recording ends",
                       RECORD_STEPS_MAX);
    }
    jsonw_init(&w, &step);
    jsonw_object(&w);
    put_pause(&w, deed->began_ns > r->last_ns ? deed->began_ns - r->last_ns : 0);
    put_words(&w, deed->words, deed->count, deed->exit);
    if (!deed_put(&w, r, deed->words, deed->count, deed->exit, deed->answer)) {
        /* The language has no word for it: it took its time all the same. */
        jsonw_kv_string(&w, "wait", "1ms");
    }
    jsonw_end(&w);
    buf_puts(&r->steps, ",\n  ");
    buf_put(&r->steps, step.data, step.len);
    buf_free(&step);
    r->steps_count++;
    r->last_ns = deed->ended_ns;
    int rc = write_file(r, e);
    if (rc < 0)
        recorder_close(r);
    return rc;
}
