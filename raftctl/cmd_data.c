/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl data VERB DIR: a data directory at rest. raftd reads it; its text is shown as it is, and
 * its JSON in the form that was asked for. */
#include "raftctl/become.h"
#include "raftctl/cmd.h"
#include "raftctl/form.h"

#include <cjson/cJSON.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define NODE "node:s cluster:s cluster_id:x generation:n term:n last:n last_term:n"

const struct form form_data_inspect = {
    .object = "data",
    .schema = "data:{" NODE " members:[s] member:b given_up:b alone:b commit:n recovered:b}"};
const struct form form_data_verify = {
    .object = "data",
    .schema = "data:{" NODE " first:n snapshot:{index:n keys:n digest:x}~ cut:s damage:[s] "
              "whole:b}"};
const struct form form_data_dump = {
    .rows = "lines",
    .columns = "KEY=key TYPE=type REV=rev VALUE=value VALUES=values INDEX=index TERM=term "
               "KIND=kind COMMAND=command",
    .schema = "lines:[{key?:s type?:s rev?:n expires_in_ms?:n value?:s values?:[s] index?:n "
              "term?:n kind?:s clock_ms?:n bytes?:n session?:n seq?:n commands?:n command?:s}]"};

/* The rest of the line behind the head; 0 bytes: there is no such line. */
static struct span line_of(const char *text, const char *head)
{
    const char *at = strstr(text, head);
    at = at == NULL ? "" : at + strlen(head);
    return span_of(at, strcspn(at, "\n"));
}

/* What raftd says of its failure: what, why and what to do, a line each. */
static enum ctl_exit failed(const struct ctl *ctl, int code, const struct buf *said)
{
    struct failure f;
    const char *text = buf_str(said);
    struct span what = line_of(text, "error: "), why = line_of(text, "\n  why: "),
                fix = line_of(text, "\n  fix: ");
    if (what.len == 0)
        what = span_of(text, strcspn(text, "\n"));
    failure_set(&f, (enum ctl_exit)code,
                code == CTL_NO              ? "DAMAGED"
                : code == CTL_NOT_PERMITTED ? "NOPERM"
                                            : "DATA",
                "%.*s", (int)what.len, what.data);
    failure_why(&f, "%.*s", (int)why.len, why.data);
    failure_fix(&f, "%.*s", (int)fix.len, fix.data);
    return print_failure(ctl, &f);
}

static enum ctl_exit too_long(const struct ctl *ctl)
{
    struct failure f;
    failure_set(&f, CTL_INTERNAL, "LIMIT", "that is too long for one document");
    failure_fix(&f, "raftctl data dump %s -o jsonl", ctl->argv[0]);
    return print_failure(ctl, &f);
}

/* Lines of JSON, with commas between them. */
static void put_lines(struct buf *json, const struct buf *lines)
{
    const char *text = buf_str(lines);
    buf_puts(json, "{\"v\":1,\"lines\":[");
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        buf_put(json, text, len);
        text += len + (text[len] == '\n');
        buf_puts(json, *text != '\0' ? "," : "");
    }
    buf_puts(json, "]}");
}

/* raftd was killed, or stopped in the middle of what it had to say. */
static enum ctl_exit cut_off(const struct ctl *ctl, int code)
{
    struct failure f;
    failure_set(&f, CTL_INTERNAL, "INTERNAL", "raftd ended with %d and no whole answer", code);
    return print_failure(ctl, &f);
}

/* Nobody reads on, or there is no room where it writes to: that is not raftd's. */
static enum ctl_exit as_it_ended(const struct ctl *ctl, int code)
{
    bool whole = code == CTL_OK || code == CTL_NO;
    bool outside = code == CTL_IO || code == 128 + SIGPIPE;
    return whole || outside ? (enum ctl_exit)code : cut_off(ctl, code);
}

static bool is_whole(const struct buf *json)
{
    cJSON *doc = cJSON_ParseWithLength(buf_str(json), json->len);
    cJSON_Delete(doc);
    return doc != NULL;
}

static enum ctl_exit show(const struct ctl *ctl, int code, const struct buf *out)
{
    struct buf json = {0};
    enum ctl_exit exit;
    if (ctl->verb->form == &form_data_dump)
        put_lines(&json, out);
    else
        buf_putf(&json, "{\"v\":1,\"data\":%.*s}", (int)strcspn(buf_str(out), "\n"), buf_str(out));
    if (out->overflow || json.overflow)
        exit = too_long(ctl);
    else if ((code != CTL_OK && code != CTL_NO) || !is_whole(&json))
        exit = cut_off(ctl, code);
    else
        return form_show(ctl, ctl->verb->form, &json, (enum ctl_exit)code);
    buf_free(&json);
    return exit;
}

static enum ctl_exit no_raftd(const struct ctl *ctl, const char *option, int error_number)
{
    struct failure f;
    become_failed(&f, error_number);
    failure_fix(&f, "raftd %s %s", option, ctl->argv[0]);
    return print_failure(ctl, &f);
}

/* raftd's own text, and its lines, are not for a program to be held up by. */
static bool is_as_it_comes(const struct ctl *ctl)
{
    bool lines = ctl->verb->form == &form_data_dump && ctl->output == OUTPUT_JSONL;
    return ctl->value[OPT_AT] == NULL && !ctl->given[OPT_QUIET] &&
           (ctl->output == OUTPUT_TABLE || lines);
}

enum ctl_exit cmd_data(const struct ctl *ctl)
{
    static char name[] = "raftd", recover[] = "--recover", verify[] = "--verify", dump[] = "--dump",
                yes[] = "--yes", as_json[] = "--json";
    const struct form *form = ctl->verb->form;
    char *option = form == &form_data_verify ? verify : form == &form_data_dump ? dump : recover;
    char *argv[] = {name, option, ctl->argv[0], NULL, NULL, NULL};
    size_t argc = 3;
    struct buf out = {0}, said = {0};
    if (ctl->given[OPT_YES])
        argv[argc++] = yes;
    bool as_it_comes = is_as_it_comes(ctl);
    if (!as_it_comes && form != &form_data_dump)
        argv[argc++] = as_json;
    int code = become_read(argv, as_it_comes ? NULL : &out, &said);
    if (code == CTL_OK)
        fputs(buf_str(&said), stderr); /* remarks */
    enum ctl_exit exit = code < 0                   ? no_raftd(ctl, option, -code)
                         : code > 0 && said.len > 0 ? failed(ctl, code, &said)
                         : as_it_comes              ? as_it_ended(ctl, code)
                                                    : show(ctl, code, &out);
    buf_free(&out);
    buf_free(&said);
    return exit;
}
