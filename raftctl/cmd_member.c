/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl member: who belongs to the cluster, and changing that. */
#include "raftctl/cmd.h"
#include "raftctl/form.h"
#include "raftctl/preview.h"
#include "raftctl/steer.h"

#include <stdarg.h>
#include <stdio.h>

const struct form form_member_list = {
    .rows = "members",
    .columns = "NAME=name RANK=rank ROLE=role PEERS=peer CLIENTS=address >LAG=lag",
    .schema = "members:[{name:s id:s rank:s voter:b reachable:b role?:s peer:s address:s lag?:n}]"};
const struct form form_member_change = {.schema = "change:s member:s"};

/* name, the node's word, what is said when it is done. */
static const struct change {
    const char *name, *word, *done;
    bool leaves, joins; /* the node named first: as a voter */
    bool is_there;      /* it must be a member */
} changes[] = {
    {"add", "ADD", "{member} is a member now", false, true, false},
    {"promote", "PROMOTE", "{member} is a voter now", false, true, true},
    {"demote", "DEMOTE", "{member} is a learner now", true, false, true},
    {"remove", "REMOVE", "{member} is a member no more", true, false, true},
    {"priority", "PRIORITY", "{member} has another priority now", false, false, true},
    {"change", "CHANGE", "the voters are {member} now", false, false, false},
    {"replace", "REPLACE", "{member} is replaced", true, false, true},
};

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
        if (row->reached)
            jsonw_kv_string(&w, "role", row->node.role);
        jsonw_kv_string(&w, "peer", row->member.peer);
        jsonw_kv_string(&w, "address", row->member.address);
        if (survey_lag(s, row) != STATUS_NUMBER_NONE)
            jsonw_kv_u64(&w, "lag", survey_lag(s, row));
        jsonw_end(&w);
    }
    jsonw_end(&w);
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

/* ---- changes ---- */

/* What follows refuses a dry run as the leader refuses the change. */

static bool refuse(struct failure *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

static bool refuse(struct failure *f, const char *fmt, ...)
{
    char text[FAILURE_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    failure_set(f, CTL_NO, "ERR", "%s", text);
    failure_fix(f, "raftctl member list");
    return true;
}

static bool is_address(struct span text)
{
    struct endpoint at;
    struct err e = {0};
    return text.len > 0 && endpoint_parse(text, &at, &e) == 0 && !at.is_unix;
}

static bool would_move(const struct survey *s, const char *name, struct span address,
                       struct failure *f)
{
    const struct survey_row *row = survey_find(s, name);
    bool known = row != NULL && row->is_member;
    return known && !span_equal(address, span_str(row->member.peer)) &&
           refuse(f, "%s is a member already, at %s", name, row->member.peer);
}

/* NODE=HOST:PORT of a list. */
static bool is_mistyped(const struct survey *s, const char *pair, size_t len, struct failure *f)
{
    char name[LIMIT_NODE_NAME + 1];
    size_t name_len = strcspn(pair, "=,");
    struct span address = span_of(pair + name_len + 1, len > name_len ? len - name_len - 1 : 0);
    (void)snprintf(name, sizeof(name), "%.*s", (int)name_len, pair);
    if (name_len == 0 || !is_address(address))
        return refuse(f, "\"%.*s\" is not NODE=HOST:PORT", (int)len, pair);
    return would_move(s, name, address, f);
}

/* A newcomer at an address; instead_of: whom it replaces, or NULL. */
static bool is_mistaken(const struct survey *s, const char *name, const char *address,
                        const char *instead_of, struct failure *f)
{
    if (!is_address(span_str(address)))
        return refuse(f, "%s: \"%s\" is no HOST:PORT", name, address);
    if (instead_of != NULL && strcmp(name, instead_of) == 0)
        return refuse(f, "%s cannot replace itself: give the new node a name of its own", name);
    const struct survey_row *known = survey_find(s, name);
    if (known != NULL && known->is_member)
        return would_move(s, name, span_str(address), f);
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        bool goes = instead_of != NULL && strcmp(row->member.name, instead_of) == 0;
        if (row->is_member && !goes && strcmp(row->member.peer, address) == 0)
            return refuse(f, "%s is the address of %s", address, row->member.name);
    }
    return false;
}

static bool has_mistake(const struct survey *s, const char *list, struct failure *f)
{
    while (*list != '\0') {
        size_t len = strcspn(list, ",");
        if (is_mistyped(s, list, len, f))
            return true;
        list += len + (list[len] == ',');
    }
    return false;
}

static enum ctl_exit dry_run(const struct ctl *ctl, const struct change *c, const char *name,
                             const char *other)
{
    static struct survey survey; /* large, and there is one */
    struct preview preview;
    struct failure failure;
    bool votes = !ctl->given[OPT_LEARNER];
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    const struct survey_row *row = survey_find(&survey, name);
    if (c->is_there && (row == NULL || !row->is_member)) {
        failure_set(&failure, CTL_NO, "ERR", "there is no member named %s", name);
        failure_fix(&failure, "raftctl member list");
        return print_failure(ctl, &failure);
    }
    bool lists = strcmp(c->name, "change") == 0;
    bool mistaken = lists ? has_mistake(&survey, name, &failure)
                    : other != NULL
                        ? is_mistaken(&survey, other, ctl->argv[2], name, &failure)
                        : c->joins && is_mistaken(&survey, name, ctl->argv[1], NULL, &failure);
    if (mistaken)
        return print_failure(ctl, &failure);
    if (lists)
        preview_list(&survey, name, &preview);
    else
        preview_make(&survey, c->leaves ? name : NULL,
                     other != NULL       ? other
                     : c->joins && votes ? name
                                         : NULL,
                     &preview);
    return preview_show(ctl, &preview, survey.via);
}

static enum ctl_exit tell(const struct ctl *ctl, const struct change *c, const char *via)
{
    struct form form = form_member_change;
    struct buf json = {0};
    struct jsonw w;
    form.line = c->done;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "change", c->name);
    jsonw_kv_string(&w, "member", ctl->argv[0]);
    form_put_via(&w, via);
    jsonw_end(&w);
    return form_show(ctl, &form, &json, CTL_OK);
}

static enum ctl_exit failed(const struct ctl *ctl, struct failure *f)
{
    if (f->exit == CTL_UNKNOWN)
        failure_fix(f, "raftctl member list   or the same again: it goes on from where it is");
    return print_failure(ctl, f);
}

static enum ctl_exit make(const struct ctl *ctl, const struct change *c)
{
    static struct survey before; /* large, and there is one */
    struct span words[8] = {span_str("RAFT"), span_str("MEMBER"), span_str(c->word)};
    size_t count = 3;
    struct answer answer;
    struct failure failure;
    for (int i = 0; i < ctl->argc; i++)
        words[count++] = span_str(ctl->argv[i]);
    if (ctl->given[OPT_LEARNER])
        words[count++] = span_str("LEARNER");
    if (ctl->given[OPT_WITNESS])
        words[count++] = span_str("WITNESS");
    if (ctl->given[OPT_SHUTDOWN])
        words[count++] = span_str("SHUTDOWN");
    uint64_t took_ns;
    if (steer_leader(ctl, words, count, &answer, &before, &took_ns, &failure) != CTL_OK)
        return failed(ctl, &failure);
    enum ctl_exit exit = tell(ctl, c, answer.conn.to.text);
    conn_close(&answer.conn);
    return exit;
}

enum ctl_exit cmd_member_change(const struct ctl *ctl)
{
    const char *name = ctl->verb->name + strlen("member ");
    const struct change *c = NULL;
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        if (strcmp(name, changes[i].name) == 0)
            c = &changes[i];
    }
    ASSERT(c != NULL);
    if (ctl->given[OPT_DRY_RUN])
        return dry_run(ctl, c, ctl->argv[0], ctl->argc == 3 ? ctl->argv[1] : NULL);
    return make(ctl, c);
}
