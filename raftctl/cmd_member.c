/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl member: who belongs to the cluster, and changing that. */
#include "base/units.h"
#include "raftctl/cmd.h"
#include "raftctl/form.h"
#include "raftctl/pending.h"
#include "raftctl/preview.h"
#include "raftctl/steer.h"

#include <stdio.h>
#include <stdlib.h>

const struct form form_member_list = {
    .rows = "members",
    .columns = "NAME=name RANK=rank ROLE=role PEERS=peer CLIENTS=address >LAG=lag NOTE=note|",
    .schema = "members:[{name:s id:s rank:s voter:b reachable:b drained:b role?:s peer:s address:s "
              "lag?:n pending?:s note:s~}] " PENDING_SCHEMA};
const struct form form_member_change = {.schema = "change:s member:s priority?:n already:b"};

/* ---- list ---- */

static const char *rank_of(const struct survey_row *row)
{
    if (!row->is_member)
        return "none";
    return row->member.voter_old && !row->member.voter ? "outgoing"
           : !row->member.voter                        ? "learner"
           : row->member.witness                       ? "witness"
                                                       : "voter";
}

/* What a reader of the list should know of it beside its cells. */
static void put_note(struct jsonw *w, const struct survey *s, const struct survey_row *row)
{
    struct buf note = {0};
    if (!row->reached)
        buf_putf(&note, "unreachable: %s", row->error_text);
    pending_remark(s, row, &note);
    jsonw_kv_text(w, "note", note.len > 0 ? buf_str(&note) : NULL);
    buf_free(&note);
}

static void list_json(struct buf *out, const struct survey *s)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_key(&w, "members");
    jsonw_array(&w);
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (!row->is_member)
            continue;
        jsonw_object(&w);
        jsonw_kv_string(&w, "name", row->member.name);
        jsonw_kv_string(&w, "id", row->member.id);
        jsonw_kv_string(&w, "rank", rank_of(row));
        jsonw_kv_bool(&w, "voter", row->member.voter);
        jsonw_kv_bool(&w, "reachable", row->reached);
        jsonw_kv_bool(&w, "drained", survey_is_drained(row));
        if (row->reached)
            jsonw_kv_string(&w, "role", row->node.role);
        jsonw_kv_string(&w, "peer", row->member.peer);
        jsonw_kv_string(&w, "address", row->member.address);
        if (survey_lag(s, row) != STATUS_NUMBER_NONE)
            jsonw_kv_u64(&w, "lag", survey_lag(s, row));
        if (pending_part(s, row) != NULL)
            jsonw_kv_string(&w, "pending", pending_part(s, row));
        put_note(&w, s, row);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    pending_put(&w, s);
    form_put_via(&w, s->via);
    jsonw_end(&w);
}

enum ctl_exit cmd_member_list(const struct ctl *ctl)
{
    static struct survey survey; /* large, and there is one */
    struct failure failure;
    struct buf json = {0};
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    list_json(&json, &survey);
    return form_show(ctl, &form_member_list, &json, CTL_OK);
}

/* ---- was it so before it was asked for, which the leader does not mind? ---- */

static const struct survey_row *member_named(const struct survey *before, const char *name)
{
    const struct survey_row *row = survey_find(before, name);
    return row != NULL && row->is_member ? row : NULL;
}

static bool is_voter(const struct ctl *ctl, const struct survey *before)
{
    const struct survey_row *row = member_named(before, ctl->argv[0]);
    return row != NULL && row->member.voter;
}

static bool is_learner(const struct ctl *ctl, const struct survey *before)
{
    const struct survey_row *row = member_named(before, ctl->argv[0]);
    return row != NULL && !row->member.voter;
}

static bool is_gone(const struct ctl *ctl, const struct survey *before)
{
    return member_named(before, ctl->argv[0]) == NULL;
}

static bool is_added(const struct ctl *ctl, const struct survey *before)
{
    return ctl->given[OPT_LEARNER] ? !is_gone(ctl, before) : is_voter(ctl, before);
}

static bool has_priority(const struct ctl *ctl, const struct survey *before)
{
    const struct survey_row *row = member_named(before, ctl->argv[0]);
    uint64_t number;
    return row != NULL && units_u64(ctl->argv[1], UINT64_MAX, &number) == 0 &&
           row->member.priority == number;
}

/* The voters are given as "NODE=HOST:PORT,...", each once. */
static bool are_voters(const struct ctl *ctl, const struct survey *before)
{
    size_t count = 0;
    for (const char *at = ctl->argv[0]; *at != '\0'; at += strspn(at, ",")) {
        char name[LIMIT_NODE_NAME + 1];
        (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, "="), at);
        const struct survey_row *row = member_named(before, name);
        if (row == NULL || !row->member.voter)
            return false;
        count++;
        at += strcspn(at, ",");
    }
    return count == before->voters_count && !before->cluster.joint;
}

/* ---- changes ---- */

#define WORDS_MAX 12

/* name, the node's word, what is said when it is done, and when it was so before. */
static const struct change {
    const char *name, *word, *done;
    bool (*was_so)(const struct ctl *ctl, const struct survey *before); /* NULL: it never was */
    const char *already;
    bool admits;      /* newcomers, perhaps */
    const char *undo; /* the verb that undoes it, of the same member; NULL: none does */
} changes[] = {
    {"add", "ADD", "{member} is a member now", is_added, "{member} is a member already", true,
     "remove"},
    {"promote", "PROMOTE", "{member} is a voter now", is_voter, "{member} is a voter already",
     false, "demote"},
    {"demote", "DEMOTE", "{member} is a learner now", is_learner, "{member} is a learner already",
     false, "promote"},
    {"remove", "REMOVE", "{member} is a member no more", NULL, NULL, false, NULL},
    {"priority", "PRIORITY", "{member} has priority {priority} now", has_priority,
     "{member} has priority {priority} already", false, NULL},
    {"change", "CHANGE", "the voters are {member} now", are_voters,
     "the voters are {member} already", true, NULL},
    {"replace", "REPLACE", "{member} is replaced", is_gone, "{member} is replaced already", true,
     NULL},
};

static const struct change *find_change(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        if (strcmp(name, changes[i].name) == 0)
            return &changes[i];
    }
    UNREACHABLE();
}

/* Drained is what a priority of 0 is called where it is shown. */
static const char *line_of(const struct ctl *ctl, const struct change *c,
                           const struct survey *before, bool already)
{
    const struct survey_row *row = survey_find(before, ctl->argv[0]);
    if (already)
        return c->already;
    if (strcmp(c->name, "priority") != 0 || row == NULL)
        return c->done;
    if (survey_is_drained(row))
        return "{member} is drained no more: its priority is {priority} now";
    return survey_could_lead(row) && strspn(ctl->argv[1], "0") == strlen(ctl->argv[1])
               ? "{member} is drained: its priority is 0 now"
               : c->done;
}

static enum ctl_exit tell(const struct ctl *ctl, const struct change *c,
                          const struct survey *before, const char *via)
{
    struct form form = form_member_change;
    struct buf json = {0};
    struct jsonw w;
    bool already = c->was_so != NULL && c->was_so(ctl, before);
    form.line = line_of(ctl, c, before, already);
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "change", c->name);
    jsonw_kv_string(&w, "member", ctl->argv[0]);
    if (strcmp(c->name, "priority") == 0)
        jsonw_kv_u64(&w, "priority", strtoull(ctl->argv[1], NULL, 10)); /* checked: a number */
    jsonw_kv_bool(&w, "already", already);
    form_put_via(&w, via);
    jsonw_end(&w);
    return form_show(ctl, &form, &json, CTL_OK);
}

/* What holds a change up is said while it is waited for, once, and again if it holds in the end. */
struct hold_up {
    const struct ctl *ctl;
    struct survey survey;
    struct buf text;                   /* as last said; empty: nothing does */
    char refused[LIMIT_NODE_NAME + 1]; /* who does, if it refused, or was; or empty */
    struct buf other;                  /* the change that is under way instead, as last said */
};

#define LOOK_NS NS_PER_S

static void look_meanwhile(void *of_meanwhile, uint64_t deadline_ns)
{
    struct hold_up *h = of_meanwhile;
    struct buf text = {0};
    struct failure ignored;
    uint64_t until_ns = conn_now_ns() + LOOK_NS;
    until_ns = until_ns < deadline_ns ? until_ns : deadline_ns;
    /* Only the leader tells of a change. */
    if (ask_survey(h->ctl, until_ns, &h->survey, &ignored) != CTL_OK ||
        survey_speaker(&h->survey) != survey_find(&h->survey, h->survey.cluster.leader))
        return;
    const struct survey_row *who = pending_say_silent(&h->survey, &text);
    bool refused = who != NULL && who->member.refused[0] != '\0';
    (void)snprintf(h->refused, sizeof(h->refused), "%s", refused ? who->member.name : "");
    if (who != NULL && strcmp(buf_str(&text), buf_str(&h->text)) != 0)
        print_waits(h->ctl, buf_str(&text));
    buf_free(&h->text);
    h->text = text;
}

/* Another change is under way, and so is what holds it up. */
static void tell_other(void *of_meanwhile, const struct survey *before)
{
    struct hold_up *h = of_meanwhile;
    struct buf text = {0};
    if (pending_say(before, &text) && strcmp(before->change.asked, buf_str(&h->other)) != 0) {
        print_waits(h->ctl, buf_str(&text));
        buf_reset(&h->other);
        buf_puts(&h->other, before->change.asked);
    }
    buf_free(&text);
}

/* It may be made yet: how to see that, and what to do about it. */
static void say_way_on(const struct ctl *ctl, const struct change *c, const struct survey *before,
                       struct failure *f)
{
    char undo[LIMIT_NODE_NAME + 64] = "";
    bool adds = strcmp(c->name, "add") == 0; /* who was a learner was added before */
    if (c->undo != NULL && (!adds || is_gone(ctl, before)))
        (void)snprintf(undo, sizeof(undo), "; once it is made, raftctl member %s %s undoes it",
                       c->undo, ctl->argv[0]);
    failure_fix(f, "raftctl member list   or the same again: it goes on from where it is%s", undo);
}

static enum ctl_exit failed(const struct ctl *ctl, const struct change *c, const struct hold_up *h,
                            const struct survey *before, struct failure *f)
{
    struct buf other = {0};
    if (strcmp(f->name, "INPROGRESS") == 0 && pending_say(before, &other)) {
        failure_why(f, "%s", buf_str(&other));
        failure_fix(f, "the same again once that has ended: raftctl status shows it");
    }
    buf_free(&other);
    if (h->text.len > 0 && f->exit == CTL_UNKNOWN)
        failure_why(f, "%s", buf_str(&h->text));
    if (h->refused[0] != '\0')
        failure_fix(f,
                    "start raftd there as --name %s, with an empty --data-dir and --join, then the "
                    "same again   or   raftctl member remove %s",
                    h->refused, h->refused);
    else if (h->text.len > 0)
        failure_fix(f, "once it answers, the same again: it goes on from where it is");
    else if (f->exit == CTL_UNKNOWN && !ctl->given[OPT_DRY_RUN])
        say_way_on(ctl, c, before, f);
    return print_failure(ctl, f);
}

/* The leader waits for newcomers as long as this side does, and has a moment to say why in vain. */
static const char *patience_ms(const struct ctl *ctl, char text[24])
{
    uint64_t answer_ns = ctl->timeout_ns / 4 < 2 * NS_PER_S ? ctl->timeout_ns / 4 : 2 * NS_PER_S;
    (void)snprintf(text, 24, "%llu",
                   (unsigned long long)((ctl->timeout_ns - answer_ns) / NS_PER_MS));
    return text;
}

/* The command of the node for it; how many words. */
static size_t put_words(const struct ctl *ctl, const struct change *c, struct span words[WORDS_MAX])
{
    static char patience[24];
    size_t count = 0;
    words[count++] = span_str("RAFT");
    words[count++] = span_str("MEMBER");
    if (ctl->given[OPT_DRY_RUN])
        words[count++] = span_str("DRYRUN");
    words[count++] = span_str(c->word);
    for (int i = 0; i < ctl->argc; i++)
        words[count++] = span_str(ctl->argv[i]);
    if (ctl->given[OPT_LEARNER])
        words[count++] = span_str("LEARNER");
    if (ctl->given[OPT_WITNESS])
        words[count++] = span_str("WITNESS");
    if (ctl->given[OPT_SHUTDOWN])
        words[count++] = span_str("SHUTDOWN");
    if (c->admits && !ctl->given[OPT_DRY_RUN]) {
        words[count++] = span_str("WITHIN");
        words[count++] = span_str(patience_ms(ctl, patience));
    }
    return count;
}

enum ctl_exit cmd_member_change(const struct ctl *ctl)
{
    static struct survey before; /* large, and there is one of each */
    static struct hold_up hold_up;
    static struct ctl patient;
    const struct change *c = find_change(ctl->verb->name + strlen("member "));
    bool dry = ctl->given[OPT_DRY_RUN];
    enum ask_kind kind = dry ? ASK_READ : ASK_CHANGE;
    struct span words[WORDS_MAX];
    size_t count = put_words(ctl, c, words);
    struct answer answer;
    struct failure failure;
    uint64_t took_ns;
    buf_reset(&hold_up.text);
    hold_up.refused[0] = '\0';
    buf_reset(&hold_up.other);
    hold_up.ctl = ctl;
    patient = *ctl;
    patient.meanwhile = look_meanwhile;
    patient.refused = dry ? NULL : tell_other;
    patient.of_meanwhile = &hold_up;
    if (steer_leader(&patient, kind, words, count, &answer, &before, &took_ns, &failure) != CTL_OK)
        return failed(ctl, c, &hold_up, &before, &failure);
    enum ctl_exit exit =
        dry ? preview_show(ctl, &answer, &before) : tell(ctl, c, &before, answer.conn.to.text);
    conn_close(&answer.conn);
    return exit;
}
