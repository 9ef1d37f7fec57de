/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/fan.h"

#include "base/mem.h"
#include "raftctl/exact.h"

#include <cjson/cJSON.h>

static void open_row(struct fan *fan, const struct survey_row *row, const struct span *argv,
                     size_t argc)
{
    struct fan_answer *a = &fan->answers[fan->count++];
    struct endpoint at;
    struct err e = {0};
    *a = (struct fan_answer){
        .name = row->member.name, .conn = {.fd = -1}, .is_member = row->is_member};
    if (!row->reached || fan->opened == LIMIT_MEMBERS) {
        if (!row->reached)
            (void)err_set(&a->conn.failed, -E_TIMEOUT, "unreachable: %s", row->error_text);
        a->error = row->reached ? "one node too many" : a->conn.failed.text;
        return;
    }
    fan->opened++;
    if (endpoint_parse(span_str(row->at), &at, &e) < 0)
        UNREACHABLE(); /* it was asked there */
    conn_open(&a->conn, &at);
    conn_ask(&a->conn, argv, argc);
}

static void take_reply(struct fan_answer *a)
{
    if (a->error != NULL)
        return;
    const struct resp_value *value = a->conn.reply == NULL ? NULL : resp_bare(a->conn.reply);
    if (value == NULL) {
        a->error = a->conn.failed.text;
    } else if (value->kind == RESP_ERROR) {
        (void)err_set(&a->conn.failed, -E_UNSUPPORTED, "%.*s", (int)value->text.len,
                      value->text.data);
        a->error = a->conn.failed.text;
    } else if (value->kind == RESP_BULK || value->kind == RESP_VERBATIM) {
        a->doc = exact_parse(value->text);
    }
}

static size_t wait_all(struct fan *fan, uint64_t deadline_ns)
{
    struct conn *waiting[2 * LIMIT_MEMBERS];
    size_t count = 0, answered = 0;
    for (size_t i = 0; i < fan->count; i++) {
        if (fan->answers[i].error == NULL)
            waiting[count++] = &fan->answers[i].conn;
    }
    conn_wait(waiting, count, deadline_ns);
    for (size_t i = 0; i < fan->count; i++) {
        take_reply(&fan->answers[i]);
        answered += fan->answers[i].error == NULL;
    }
    return answered;
}

enum ctl_exit fan_unknown(struct failure *f, const char *name)
{
    failure_set(f, CTL_NO, "NOSUCHMEMBER", "nobody knows of a node named %s", name);
    failure_fix(f, "raftctl member list");
    return f->exit;
}

enum ctl_exit fan_ask(const struct ctl *ctl, const char *name, const struct span *argv, size_t argc,
                      struct fan **ret, struct failure *f)
{
    uint64_t deadline_ns = conn_now_ns() + ctl->timeout_ns;
    struct fan *fan = *ret = mem_alloc(sizeof(*fan));
    enum ctl_exit exit = ask_survey(ctl, conn_now_ns() + ctl->timeout_ns / 2, &fan->survey, f);
    if (exit != CTL_OK)
        return exit;
    for (size_t i = 0; i < fan->survey.rows_count; i++) {
        const struct survey_row *row = &fan->survey.rows[i];
        if (name == NULL || strcmp(name, row->member.name) == 0)
            open_row(fan, row, argv, argc);
    }
    if (fan->count == 0)
        return fan_unknown(f, name);
    if (wait_all(fan, deadline_ns) > 0)
        return CTL_OK;
    failure_set(f, CTL_UNREACHABLE, "UNREACHABLE", "no node answered");
    failure_why(f, "%s: %s", fan->answers[0].name, fan->answers[0].error);
    failure_fix(f, "raftctl status");
    return f->exit;
}

/* What all refuse is the refusal of the first. */
static enum ctl_exit order(const struct ctl *ctl, const char *name, const struct span *argv,
                           size_t argc, struct fan **ret, struct failure *f)
{
    enum ctl_exit exit = fan_ask(ctl, name, argv, argc, ret, f);
    for (size_t i = 0; exit == CTL_UNREACHABLE && i < (*ret)->count; i++) {
        const struct conn *c = &(*ret)->answers[i].conn;
        if (c->reply != NULL && resp_bare(c->reply)->kind == RESP_ERROR)
            exit = ask_explain(c, resp_bare(c->reply)->text, f);
    }
    return exit;
}

void fan_free(struct fan *fan)
{
    for (size_t i = 0; i < fan->count; i++) {
        cJSON_Delete(fan->answers[i].doc);
        conn_close(&fan->answers[i].conn);
    }
    mem_free(fan);
}

void fan_put_error(struct jsonw *w, const char *node, const char *error)
{
    jsonw_object(w);
    jsonw_kv_string(w, "node", node);
    jsonw_kv_string(w, "error", error);
    jsonw_end(w);
}

void fan_put_errors(struct jsonw *w, const struct fan *fan)
{
    jsonw_key(w, "errors");
    jsonw_array(w);
    for (size_t i = 0; i < fan->count; i++) {
        if (fan->answers[i].error != NULL)
            fan_put_error(w, fan->answers[i].name, fan->answers[i].error);
    }
    jsonw_end(w);
}

static enum ctl_exit show(const struct ctl *ctl, const struct fan *fan, const struct form *form,
                          fan_put *put, enum ctl_exit exit)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    put(&w, ctl, fan);
    fan_put_errors(&w, fan);
    form_put_via(&w, fan->survey.via);
    jsonw_end(&w);
    return form_show(ctl, form, &json, exit);
}

enum ctl_exit fan_show(const struct ctl *ctl, const char *name, const struct span *argv,
                       size_t argc, const struct form *form, fan_put *put, fan_check *check)
{
    struct failure f;
    struct fan *fan;
    enum ctl_exit exit = fan_ask(ctl, name, argv, argc, &fan, &f);
    if (exit == CTL_OK && check != NULL)
        exit = check(ctl, fan, &f);
    exit = exit == CTL_OK ? show(ctl, fan, form, put, CTL_OK) : print_failure(ctl, &f);
    fan_free(fan);
    return exit;
}

static bool all_answered(const struct fan *fan)
{
    for (size_t i = 0; i < fan->count; i++) {
        if (fan->answers[i].error != NULL)
            return false;
    }
    return true;
}

enum ctl_exit fan_order(const struct ctl *ctl, const char *name, const struct span *argv,
                        size_t argc, const struct form *form, fan_put *put)
{
    struct failure f;
    struct fan *fan;
    enum ctl_exit exit = order(ctl, name, argv, argc, &fan, &f);
    if (exit == CTL_OK)
        exit = show(ctl, fan, form, put, all_answered(fan) ? CTL_OK : CTL_NO);
    else
        exit = print_failure(ctl, &f);
    fan_free(fan);
    return exit;
}
