/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl recover: the quorum is lost for good, and one survivor goes on alone. By its admin socket
 * only, and only when told twice: without --yes it says what it would do. */
#include "base/units.h"
#include "raftctl/ask.h"
#include "raftctl/cmd.h"
#include "raftctl/form.h"
#include "raftctl/steer.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

/* The endpoint that is this node's admin socket. */
static enum ctl_exit find_survivor(const struct ctl *ctl, struct ctl *ret, struct failure *f)
{
    *ret = *ctl;
    ret->endpoints_count = 1;
    if (steer_endpoint(ctl, ctl->argv[0], true, conn_now_ns() + ctl->timeout_ns / 4,
                       &ret->endpoints[0]))
        return CTL_OK;
    failure_set(f, CTL_UNREACHABLE, "UNREACHABLE", "no endpoint is the admin socket of %s",
                ctl->argv[0]);
    failure_why(f, "a forced recovery is taken there only, on the survivor's own host");
    failure_fix(f, "raftctl -e unix:PATH recover --survivor %s, as given to raftd --admin-socket",
                ctl->argv[0]);
    return f->exit;
}

/* ---- before ---- */

#define LOOK_NS (4 * NS_PER_S) /* the lost are silent: no longer than that */

/* Whom it would give up, and how they are: who answers is not lost. */
static void put_others(struct buf *out, const struct survey *s, const struct survey_row *self)
{
    size_t count = 0;
    buf_puts(out, "given up       ");
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (row == self || !row->is_member)
            continue;
        buf_puts(out, count++ > 0 ? ", " : " ");
        print_escaped(out, span_str(row->member.name));
        buf_puts(out, row->reached ? " (which ANSWERS)" : " (");
        if (!row->reached) {
            print_escaped(out, span_str(row->error_text));
            buf_putc(out, ')');
        }
    }
    buf_putc(out, '\n');
}

static bool is_alone(const struct survey *s, const struct survey_row *self)
{
    size_t others = 0;
    for (size_t i = 0; i < s->rows_count; i++)
        others += s->rows[i].is_member && &s->rows[i] != self;
    return others == 0;
}

/* By the node's own word, as far as it tells. */
static void put_entries(struct buf *out, const struct survey_row *self)
{
    unsigned long long commit = self->node.commit, last = self->node.last;
    if (self->node.commit == STATUS_NUMBER_NONE || self->node.last == STATUS_NUMBER_NONE)
        return;
    buf_putf(out, "committed       up to entry %llu, as far as %s knows\n", commit,
             self->member.name);
    if (last > commit)
        buf_putf(
            out,
            "undecided       entries %llu to %llu would be kept, and count as committed then\n",
            commit + 1, last);
    else
        buf_puts(out, "undecided       nothing\n");
}

static void put_would(struct buf *out, const struct survey *s, const struct survey_row *self)
{
    buf_putf(out, "%s would go on alone", self->member.name);
    if (self->cluster.generation != STATUS_NUMBER_NONE)
        buf_putf(out, ": generation %llu", (unsigned long long)self->cluster.generation + 1);
    buf_putc(out, '\n');
    put_others(out, s, self);
    put_entries(out, self);
    buf_puts(out, "not known       what only the others have, acknowledged or not: it would be "
                  "lost\n");
    if (survey_quorum_answers(s))
        buf_puts(out,
                 "refused         while a quorum of the voters answers, as now: nothing is lost "
                 "then\n");
}

static void not_done(const struct ctl *ctl, const struct survey *s, struct failure *f)
{
    failure_set(f, CTL_USAGE, "USAGE",
                "nothing was done: a forced recovery loses what only the other members have");
    failure_why(f, "if they are alive but cut off, two clusters go on");
    if (survey_quorum_answers(s))
        failure_fix(f,
                    "a quorum answers: raftctl health says what is wrong, raftctl member replace "
                    "replaces who is lost");
    else
        failure_fix(f,
                    "make sure that they are down for good, then: raftctl recover --survivor %s "
                    "--yes",
                    ctl->argv[0]);
}

/* With --yes the node itself refuses it so. */
static enum ctl_exit alone_already(const struct ctl *ctl)
{
    struct failure f;
    failure_set(&f, CTL_NO, "QUORUMALIVE",
                "%s is the only member already: there is nothing to recover", ctl->argv[0]);
    failure_fix(&f, "raftctl member add NODE HOST:PORT");
    return print_failure(ctl, &f);
}

/* The same of one that has nothing to go on with: no others are to be given up for it. */
static enum ctl_exit no_member(const struct ctl *ctl)
{
    struct failure f;
    failure_set(&f, CTL_NO, "NOSUCHMEMBER", "%s is no member: it has nothing to recover",
                ctl->argv[0]);
    failure_fix(&f, "raftctl member list   says who is: recover one of them");
    return print_failure(ctl, &f);
}

static enum ctl_exit look_only(const struct ctl *ctl, const struct ctl *survivor)
{
    static struct survey survey; /* large, and there is one */
    uint64_t share_ns = ctl->timeout_ns / 4;
    struct failure f;
    struct buf out = {0};
    if (ask_survey(survivor, conn_now_ns() + (share_ns < LOOK_NS ? share_ns : LOOK_NS), &survey,
                   &f) != CTL_OK)
        return print_failure(ctl, &f);
    const struct survey_row *self = survey_find(&survey, ctl->argv[0]);
    enum ctl_exit exit = CTL_OK;
    if (self == NULL || !self->is_member)
        return no_member(ctl);
    if (is_alone(&survey, self))
        return alone_already(ctl);
    if (!form_wants_json(ctl) && !ctl->given[OPT_QUIET]) {
        put_would(&out, &survey, self);
        exit = print_out(ctl, &out, CTL_OK);
    }
    buf_free(&out);
    not_done(ctl, &survey, &f);
    return exit == CTL_OK ? print_failure(ctl, &f) : exit;
}

/* ---- after ---- */

static double number(const cJSON *doc, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(doc, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static void put_lost(struct buf *out, const cJSON *doc)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(doc, "given_up"))
    {
        buf_putc(out, ' ');
        if (cJSON_IsString(item))
            print_escaped(out, span_str(item->valuestring));
    }
}

/* What is known, what is kept though nobody decided it, and what cannot be known. */
static bool put_told(struct buf *out, struct span json, const char *survivor)
{
    cJSON *doc = cJSON_ParseWithLength(json.data, json.len);
    if (!cJSON_IsObject(doc)) {
        cJSON_Delete(doc);
        return false;
    }
    double from = number(doc, "undecided_from"), to = number(doc, "undecided_to");
    buf_putf(out, "%s goes on alone: generation %.0f, term %.0f\n", survivor,
             number(doc, "generation"), number(doc, "term"));
    buf_putf(out, "committed       up to entry %.0f\n", number(doc, "commit"));
    if (to >= from)
        buf_putf(out, "undecided       entries %.0f to %.0f are kept, and count as committed now\n",
                 from, to);
    else
        buf_puts(out, "undecided       nothing\n");
    buf_puts(out, "given up       ");
    put_lost(out, doc);
    buf_puts(out, "\nnot known       what only they had, acknowledged or not: it is lost\n"
                  "next            start each of them empty (raftd --join), then add it as a "
                  "member\n");
    cJSON_Delete(doc);
    return true;
}

const struct form form_recover = {
    .schema = "node:s generation:n term:n commit:n undecided_from:n undecided_to:n recovered_at:n "
              "given_up:[s]"};

static enum ctl_exit print_told(const struct ctl *ctl, struct answer *answer)
{
    struct buf out = {0};
    struct failure f;
    struct span json = answer->value->text;
    if (answer->value->kind == RESP_BULK && form_wants_json(ctl))
        return form_show_node(ctl, &form_recover, NULL, json, answer->conn.to.text);
    if (answer->value->kind != RESP_BULK || !put_told(&out, json, ctl->argv[0])) {
        buf_free(&out);
        (void)ask_surprised(answer, &f);
        return print_failure(ctl, &f);
    }
    if (ctl->given[OPT_QUIET])
        buf_reset(&out);
    enum ctl_exit exit = print_out(ctl, &out, CTL_OK);
    buf_free(&out);
    return exit;
}

/* The name alone might be meant as that of the node which is to be mended. */
static enum ctl_exit no_survivor(const struct ctl *ctl)
{
    struct failure f;
    failure_set(&f, CTL_USAGE, "USAGE", "is %s the one that is to go on without the others?",
                ctl->argv[0]);
    failure_fix(&f, "raftctl recover --survivor %s   shows what that would do", ctl->argv[0]);
    return print_failure(ctl, &f);
}

enum ctl_exit cmd_recover(const struct ctl *ctl)
{
    const struct span words[] = {span_str("RAFT"), span_str("RECOVER"), span_str(ctl->argv[0])};
    static struct ctl survivor; /* large, and there is one */
    struct answer answer;
    struct failure failure;
    if (!ctl->given[OPT_SURVIVOR])
        return no_survivor(ctl);
    if (find_survivor(ctl, &survivor, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    if (!ctl->given[OPT_YES])
        return look_only(ctl, &survivor);
    if (steer_ask(&survivor, ASK_CHANGE, words, ARRAY_LEN(words), &answer, &failure) != CTL_OK)
        return steer_failed(ctl, &failure);
    enum ctl_exit exit = print_told(ctl, &answer);
    conn_close(&answer.conn);
    return exit;
}
