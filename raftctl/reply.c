/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/reply.h"

#include "base/units.h"
#include "raftctl/leaderless.h"
#include "raftctl/stop.h"
#include "raftctl/write_once.h"

#define FRESH_NS (500 * NS_PER_MS) /* how long to wait for what is only told in addition */

bool reply_put_bytes(struct jsonw *w, const char *key, const struct resp_value *value)
{
    value = resp_bare(value);
    if (value->kind != RESP_NULL && value->kind != RESP_BULK)
        return false;
    jsonw_key(w, key);
    if (value->kind == RESP_NULL)
        jsonw_null(w);
    else
        print_json_bytes(w, value->text);
    return true;
}

/* The index of the log at which the answer is true: of the write, or of what the read has seen. The
 * answer's own bytes are gone afterwards. */
static void put_fresh(struct jsonw *w, struct answer *answer, bool wrote)
{
    const struct span words[] = {span_str("RAFT"), span_str("SEEN")};
    struct conn *c = &answer->conn;
    conn_ask(c, words, ARRAY_LEN(words));
    conn_wait(&c, 1, conn_now_ns() + FRESH_NS);
    const struct resp_value *seen = c->reply == NULL ? NULL : resp_bare(c->reply);
    if (seen != NULL && seen->kind == RESP_INTEGER && seen->integer > 0)
        jsonw_kv_u64(w, wrote ? "rev" : "index", (uint64_t)seen->integer);
}

static enum ctl_exit surprised(const struct ctl *ctl, const struct answer *answer)
{
    struct failure f;
    (void)ask_surprised(answer, &f);
    return print_failure(ctl, &f);
}

static enum ctl_exit show_text(const struct ctl *ctl, const struct reply_view *view,
                               const struct answer *answer, enum ctl_exit code)
{
    struct buf out = {0};
    if (!ctl->given[OPT_QUIET])
        view->text(&out, ctl, answer->value);
    enum ctl_exit exit = print_out(ctl, &out, code);
    buf_free(&out);
    if (exit != CTL_NO || view->no == NULL || ctl->given[OPT_QUIET])
        return exit;
    struct failure f;
    view->no(&f, ctl);
    return print_failure(ctl, &f);
}

enum ctl_exit reply_show_answer(const struct ctl *ctl, const struct reply_view *view,
                                struct answer *answer)
{
    struct buf json = {0};
    struct jsonw w;
    enum ctl_exit code = CTL_OK, exit;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    if (!view->put(&w, ctl, answer->value, &code)) {
        exit = surprised(ctl, answer);
    } else if (view->text != NULL && !form_wants_json(ctl)) {
        exit = show_text(ctl, view, answer, code);
    } else {
        if (form_wants_json(ctl))
            put_fresh(&w, answer, view->writes);
        form_put_via(&w, answer->conn.to.text);
        jsonw_end(&w);
        exit = form_show(ctl, view->form, &json, code);
    }
    buf_free(&json);
    ask_close(answer);
    return exit;
}

/* ^C before anything was executed: what was waited for is told. What was sent and not answered
 * stays in doubt. */
static enum ctl_exit let_go(bool writes, enum ctl_exit exit, struct failure *f)
{
    bool nothing =
        exit == CTL_UNREACHABLE || exit == CTL_TRY_AGAIN || (exit == CTL_UNKNOWN && !writes);
    stop_let_go();
    if (!nothing || !stop_asked())
        return exit;
    struct failure was = *f;
    failure_set(f, CTL_INTERRUPTED, "CANCELLED", "cancelled: nothing was %s",
                writes ? "written" : "read");
    failure_why(f, "%s", leaderless_is(&was) ? was.what : was.why);
    return f->exit;
}

enum ctl_exit reply_show(const struct ctl *ctl, const struct reply_view *view,
                         const struct span *words, size_t count)
{
    struct answer answer;
    struct failure f;
    stop_catch();
    enum ctl_exit exit = view->writes ? write_once(ctl, words, count, &answer, &f)
                                      : leaderless_ask(ctl, words, count, &answer, &f);
    if (let_go(view->writes, exit, &f) != CTL_OK)
        return print_failure(ctl, &f);
    return reply_show_answer(ctl, view, &answer);
}
