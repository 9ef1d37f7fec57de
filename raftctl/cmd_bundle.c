/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl bundle: what helps somebody else to see what is wrong, in one file. No values of keys. */
#include "base/version.h"
#include "raftctl/cmd.h"
#include "raftctl/fan.h"
#include "raftctl/outfile.h"
#include "raftctl/status_view.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <time.h>

const struct form form_bundle = {.line = "{file}: {bytes} bytes, of {nodes} nodes: {parts}",
                                 .schema = "file:s bytes:n nodes:n parts:[s]"};

/* What each node is asked, and under which name its answer stands. */
static const struct part {
    const char *name;
    const char *words[5];
    size_t count;
} parts[] = {
    {"config", {"RAFT", "CONFIG"}, 2},
    {"events", {"RAFT", "EVENTS"}, 2},
    {"log", {"RAFT", "LOG", "COUNT", "100"}, 4},
    {"digest", {"RAFT", "DIGEST"}, 2},
    {"members", {"RAFT", "MEMBERS"}, 2},
    {"snapshot", {"RAFT", "SNAPSHOT", "STATUS"}, 3},
    {"info", {"INFO"}, 1},
};

/* The file, and what is to be written into it next. */
struct bundle {
    struct outfile file;
    struct buf text;
    struct jsonw w;
    uint64_t nodes, bytes;
};

/* What has been written down so far goes into the file: no bundle is too long, only an answer. */
static enum ctl_exit let_out(struct bundle *b, struct failure *f)
{
    if (b->text.overflow) {
        failure_set(f, CTL_INTERNAL, "LIMIT", "what a node answers is too long: no bundle");
        failure_why(f, "it has more than %u MiB", BUF_MAX_DEFAULT >> 20);
        failure_fix(f, "raftctl metrics   or   raftctl log show, one node at a time");
        return f->exit;
    }
    enum ctl_exit exit = outfile_write(&b->file, span_of(b->text.data, b->text.len), f);
    b->bytes += b->text.len;
    buf_reset(&b->text);
    return exit;
}

static void put_answer(struct jsonw *w, const struct fan_answer *a)
{
    struct span text = a->error == NULL ? resp_bare(a->conn.reply)->text : span_str(a->error);
    jsonw_key(w, a->name);
    if (a->error != NULL) {
        jsonw_object(w);
        jsonw_kv_string(w, "error", a->error);
        jsonw_end(w);
    } else if (a->doc != NULL) {
        jsonw_raw_bytes(w, text.data, text.len);
    } else {
        jsonw_bytes(w, text.data, text.len);
    }
}

/* One question to all of them: a member by name each. */
static enum ctl_exit put_part(struct bundle *b, const struct ctl *ctl, const struct part *part,
                              struct failure *f)
{
    struct span words[ARRAY_LEN(part->words)];
    struct failure silence;
    struct fan *fan;
    enum ctl_exit exit = CTL_OK;
    uint64_t answered = 0;
    for (size_t i = 0; i < part->count; i++)
        words[i] = span_str(part->words[i]);
    jsonw_key(&b->w, part->name);
    jsonw_object(&b->w);
    if (fan_ask(ctl, NULL, words, part->count, &fan, &silence) != CTL_OK)
        jsonw_kv_string(&b->w, "error", silence.what);
    for (size_t i = 0; exit == CTL_OK && i < fan->count; i++) {
        put_answer(&b->w, &fan->answers[i]);
        answered += fan->answers[i].error == NULL;
        exit = let_out(b, f);
    }
    fan_free(fan);
    b->nodes = answered > b->nodes ? answered : b->nodes;
    if (exit == CTL_OK)
        jsonw_end(&b->w);
    return exit;
}

static void put_moment(struct jsonw *w)
{
    struct tm fields;
    char text[32];
    time_t now = time(NULL);
    (void)gmtime_r(&now, &fields);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &fields);
    jsonw_kv_string(w, "at", text);
}

static void put_head(struct jsonw *w, const struct survey *survey)
{
    struct buf status = {0};
    jsonw_object(w);
    jsonw_kv_u64(w, "v", 1);
    jsonw_kv_string(w, "raftctl", RAFTLAB_VERSION);
    put_moment(w);
    status_put_json(&status, survey);
    jsonw_key(w, "status");
    jsonw_raw(w, buf_str(&status));
    buf_free(&status);
}

static enum ctl_exit collect(struct bundle *b, const struct ctl *ctl, const struct survey *survey,
                             struct failure *f)
{
    jsonw_init(&b->w, &b->text);
    put_head(&b->w, survey);
    enum ctl_exit exit = let_out(b, f);
    for (size_t i = 0; exit == CTL_OK && i < ARRAY_LEN(parts); i++)
        exit = put_part(b, ctl, &parts[i], f);
    if (exit != CTL_OK)
        return exit;
    jsonw_end(&b->w);
    buf_putc(&b->text, '\n');
    return let_out(b, f);
}

static enum ctl_exit show(const struct ctl *ctl, const char *file, uint64_t bytes, uint64_t nodes,
                          const char *via)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "file", file);
    jsonw_kv_u64(&w, "bytes", bytes);
    jsonw_kv_u64(&w, "nodes", nodes);
    jsonw_key(&w, "parts");
    jsonw_array(&w);
    jsonw_string(&w, "status");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        jsonw_string(&w, parts[i].name);
    jsonw_end(&w);
    form_put_via(&w, via);
    jsonw_end(&w);
    return form_show(ctl, &form_bundle, &json, CTL_OK);
}

enum ctl_exit cmd_bundle(const struct ctl *ctl)
{
    static struct survey survey; /* large, and there is one */
    static struct bundle b;
    struct failure f;
    const char *file = ctl->argv[0];
    b = (struct bundle){0};
    enum ctl_exit exit = ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, &f);
    if (exit == CTL_OK)
        exit = outfile_begin(&b.file, file, &f);
    if (exit != CTL_OK)
        return print_failure(ctl, &f);
    exit = collect(&b, ctl, &survey, &f);
    if (exit == CTL_OK)
        exit = outfile_finish(&b.file, &f);
    else
        outfile_give_up(&b.file);
    buf_free(&b.text);
    return exit == CTL_OK ? show(ctl, file, b.bytes, b.nodes, survey.via) : print_failure(ctl, &f);
}
