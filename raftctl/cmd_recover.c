/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl recover: the quorum is lost for good, and one survivor goes on alone. By its admin socket
 * only, and only when told twice. */
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

enum ctl_exit cmd_recover(const struct ctl *ctl)
{
    const struct span words[] = {span_str("RAFT"), span_str("RECOVER"), span_str(ctl->argv[0])};
    static struct ctl survivor; /* large, and there is one */
    struct answer answer;
    struct failure failure;
    if (!ctl->given[OPT_YES]) {
        failure_set(&failure, CTL_USAGE, "USAGE",
                    "a forced recovery loses what only the other members have");
        failure_why(&failure, "if they are alive but cut off, two clusters go on");
        failure_fix(&failure, "make sure that they are down for good, then add --yes");
        return print_failure(ctl, &failure);
    }
    if (find_survivor(ctl, &survivor, &failure) != CTL_OK ||
        steer_ask(&survivor, ASK_CHANGE, words, ARRAY_LEN(words), &answer, &failure) != CTL_OK)
        return steer_failed(ctl, &failure);
    enum ctl_exit exit = print_told(ctl, &answer);
    conn_close(&answer.conn);
    return exit;
}
