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
static size_t put_part(struct jsonw *w, const struct ctl *ctl, const struct part *part)
{
    struct span words[ARRAY_LEN(part->words)];
    struct failure f;
    struct fan *fan;
    for (size_t i = 0; i < part->count; i++)
        words[i] = span_str(part->words[i]);
    jsonw_key(w, part->name);
    jsonw_object(w);
    if (fan_ask(ctl, NULL, words, part->count, &fan, &f) != CTL_OK)
        jsonw_kv_string(w, "error", f.what);
    size_t answered = 0;
    for (size_t i = 0; i < fan->count; i++) {
        put_answer(w, &fan->answers[i]);
        answered += fan->answers[i].error == NULL;
    }
    jsonw_end(w);
    fan_free(fan);
    return answered;
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

/* The whole document; how many nodes answered something. */
static size_t collect(const struct ctl *ctl, const struct survey *survey, struct buf *out)
{
    struct buf status = {0};
    struct jsonw w;
    size_t nodes = 0;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "raftctl", RAFTLAB_VERSION);
    put_moment(&w);
    status_put_json(&status, survey);
    jsonw_key(&w, "status");
    jsonw_raw(&w, buf_str(&status));
    buf_free(&status);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        size_t answered = put_part(&w, ctl, &parts[i]);
        nodes = answered > nodes ? answered : nodes;
    }
    jsonw_end(&w);
    buf_putc(out, '\n');
    return nodes;
}

static enum ctl_exit show(const struct ctl *ctl, const char *file, size_t bytes, size_t nodes,
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
    struct outfile out;
    struct failure f;
    struct buf text = {0};
    const char *file = ctl->argv[0];
    enum ctl_exit exit = ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, &f);
    if (exit == CTL_OK)
        exit = outfile_begin(&out, file, &f);
    if (exit != CTL_OK)
        return print_failure(ctl, &f);
    size_t nodes = collect(ctl, &survey, &text);
    exit = outfile_write(&out, span_of(text.data, text.len), &f);
    if (exit == CTL_OK)
        exit = outfile_finish(&out, &f);
    exit = exit == CTL_OK ? show(ctl, file, text.len, nodes, survey.via) : print_failure(ctl, &f);
    buf_free(&text);
    return exit;
}
