/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl transfer and stepdown: leadership goes elsewhere, and the answer says how long it took.
 */
#include "base/units.h"
#include "raftctl/cmd.h"
#include "raftctl/form.h"
#include "raftctl/steer.h"

#include <stdio.h>

const struct form form_transfer = {
    .line = "leader {from} -> {to|nobody yet} in {ms} ms (term {term_before} -> {term})",
    .schema = "from:s to:s~ term_before:n term:n ms:n already:b"};

/* already: it led before, and that is how it was meant to be. */
static enum ctl_exit tell(const struct ctl *ctl, const struct survey *before,
                          const struct survey *after, uint64_t took_ns, bool already)
{
    struct form form = form_transfer;
    struct buf json = {0};
    struct jsonw w;
    const char *to = after->cluster.leader;
    form.line = already ? "{to} leads already" : form.line;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "from", before->cluster.leader);
    jsonw_kv_text(&w, "to", to[0] != '\0' ? to : NULL);
    jsonw_kv_u64(&w, "term_before", before->cluster.term);
    jsonw_kv_u64(&w, "term", after->cluster.term);
    jsonw_kv_u64(&w, "ms", took_ns / NS_PER_MS);
    jsonw_kv_bool(&w, "already", already);
    form_put_via(&w, after->via);
    jsonw_end(&w);
    return form_show(ctl, &form, &json, CTL_OK);
}

/* By the word of who leads: who did before may not do so by now. */
static bool leads_already(const struct ctl *ctl, const struct failure *f)
{
    char text[FAILURE_TEXT_MAX];
    (void)snprintf(text, sizeof(text), "%s leads already", ctl->argc > 0 ? ctl->argv[0] : "");
    return strcmp(f->name, "NOTARGET") == 0 && strcmp(f->what, text) == 0;
}

static enum ctl_exit hand_over(const struct ctl *ctl, const struct span *words, size_t count)
{
    static struct survey before, after; /* large, and there is one of each */
    struct answer answer;
    struct failure failure;
    uint64_t took_ns;
    if (steer_leader(ctl, ASK_CHANGE, words, count, &answer, &before, &took_ns, &failure) !=
        CTL_OK) {
        if (!leads_already(ctl, &failure))
            return steer_failed(ctl, &failure);
        bool known = strcmp(ctl->argv[0], before.cluster.leader) == 0;
        if (!known && ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &before, &failure) != CTL_OK)
            return print_failure(ctl, &failure);
        return tell(ctl, &before, &before, 0, true);
    }
    conn_close(&answer.conn);
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &after, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    return tell(ctl, &before, &after, took_ns, false);
}

enum ctl_exit cmd_transfer(const struct ctl *ctl)
{
    const struct span words[] = {span_str("RAFT"), span_str("TRANSFER"),
                                 span_str(ctl->argc == 0 ? "" : ctl->argv[0])};
    if (ctl->argc > 0 && ctl->given[OPT_TO_BEST]) {
        struct failure f;
        failure_set(&f, CTL_USAGE, "USAGE", "to %s, or to the best voter?", ctl->argv[0]);
        failure_fix(&f, "raftctl transfer %s   or   raftctl transfer --to-best", ctl->argv[0]);
        return print_failure(ctl, &f);
    }
    return hand_over(ctl, words, ctl->argc == 0 ? 2 : 3);
}

enum ctl_exit cmd_stepdown(const struct ctl *ctl)
{
    const struct span words[] = {span_str("RAFT"), span_str("STEPDOWN"), span_str("FORCE")};
    return hand_over(ctl, words, ctl->given[OPT_FORCE] ? 3 : 2);
}

const struct form form_drain = {
    .line = "{node} is drained[: leader {leader}]; raftctl member priority {node} 100 undoes it",
    .schema = "node:s led:b leader:s~ term:n warnings:[s]"};

/* led: it did until now. */
static enum ctl_exit tell_drained(const struct ctl *ctl, const struct survey *after, bool led)
{
    struct form form = form_drain;
    struct buf json = {0};
    struct jsonw w;
    const char *leader = after->cluster.leader;
    if (led)
        form.line = "{node} leads no more[: leader {leader}]; raftctl member priority {node} 100 "
                    "undoes it";
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "node", ctl->argv[0]);
    jsonw_kv_bool(&w, "led", led);
    jsonw_kv_text(&w, "leader", leader[0] != '\0' ? leader : NULL);
    jsonw_kv_u64(&w, "term", after->cluster.term);
    jsonw_key(&w, "warnings");
    jsonw_array(&w);
    /* Who answers may not have heard yet that this one is. */
    if (survey_all_drained(after, ctl->argv[0]))
        jsonw_string(&w, SURVEY_ALL_DRAINED);
    jsonw_end(&w);
    form_put_via(&w, after->via);
    jsonw_end(&w);
    return form_show(ctl, &form, &json, CTL_OK);
}

/* Its priority is 0, and leadership has not moved. */
static enum ctl_exit half_drained(const struct ctl *ctl, struct failure *f)
{
    const char *node = ctl->argv[0];
    if (f->exit == CTL_INTERRUPTED)
        failure_set(f, f->exit, "CANCELLED",
                    "cancelled: the priority of %s is 0 now, and it was not asked to hand over",
                    node);
    failure_fix(f, "%s   or   raftctl member priority %s 100 undoes it",
                strcmp(f->name, "NOTARGET") == 0
                    ? "start another voter, or add one (raftctl member list), then the same again"
                    : "the same again goes on",
                node);
    return print_failure(ctl, f);
}

/* Its priority first: else it might be handed leadership again at once. */
enum ctl_exit cmd_drain(const struct ctl *ctl)
{
    static struct survey survey; /* large, and there is one */
    const struct span lower[] = {span_str("RAFT"), span_str("MEMBER"), span_str("PRIORITY"),
                                 span_str(ctl->argv[0]), span_str("0")};
    const struct span away[] = {span_str("RAFT"), span_str("TRANSFER")};
    struct answer answer;
    struct failure f;
    uint64_t took_ns;
    if (steer_leader(ctl, ASK_CHANGE, lower, ARRAY_LEN(lower), &answer, &survey, &took_ns, &f) !=
        CTL_OK)
        return steer_failed(ctl, &f);
    conn_close(&answer.conn);
    bool led = strcmp(survey.cluster.leader, ctl->argv[0]) == 0;
    if (led) {
        if (steer_leader(ctl, ASK_CHANGE, away, ARRAY_LEN(away), &answer, &survey, &took_ns, &f) !=
            CTL_OK)
            return half_drained(ctl, &f);
        conn_close(&answer.conn);
    }
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, &f) != CTL_OK)
        return print_failure(ctl, &f);
    return tell_drained(ctl, &survey, led);
}
