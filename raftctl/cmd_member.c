/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl member: who belongs to the cluster, and changing that. */
#include "raftctl/cmd.h"
#include "raftctl/preview.h"
#include "raftctl/steer.h"

#include <stdio.h>

#define COLUMNS  6
#define CELL_MAX 96

/* name, the node's word, what is said when it is done. */
static const struct change {
    const char *name, *word, *done;
    bool leaves, joins; /* the node named first: as a voter */
} changes[] = {
    {"add", "ADD", "is a member now", false, true},
    {"promote", "PROMOTE", "is a voter now", false, true},
    {"demote", "DEMOTE", "is a learner now", true, false},
    {"remove", "REMOVE", "is a member no more", true, false},
    {"replace", "REPLACE", "is replaced", true, false},
};

/* ---- list ---- */

static const char *rank_of(const struct survey_row *row)
{
    if (!row->is_member)
        return "none";
    return !row->member.voter ? "learner" : row->member.witness ? "witness" : "voter";
}

static void cell(char out[CELL_MAX], const char *text)
{
    struct buf escaped = {0};
    print_escaped(&escaped, span_str(text[0] == '\0' ? "-" : text));
    (void)snprintf(out, CELL_MAX, "%s", buf_str(&escaped));
    buf_free(&escaped);
}

static void list_table(struct buf *out, const struct survey *s, enum ctl_output output)
{
    static char texts[2 * LIMIT_MEMBERS + 1][COLUMNS][CELL_MAX] = {
        {"NAME", "RANK", "ROLE", "PEERS", "CLIENTS", "LAG"}};
    const char *cells[(2 * LIMIT_MEMBERS + 1) * COLUMNS];
    size_t rows = 1;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        uint64_t lag = survey_lag(s, row);
        if (!row->is_member)
            continue;
        char(*t)[CELL_MAX] = texts[rows++];
        cell(t[0], row->member.name);
        cell(t[1], rank_of(row));
        cell(t[2], row->reached ? row->node.role : "?");
        cell(t[3], row->member.peer);
        cell(t[4], row->member.address);
        if (lag == STATUS_NUMBER_NONE)
            cell(t[5], "");
        else
            (void)snprintf(t[5], CELL_MAX, "%llu", (unsigned long long)lag);
    }
    for (size_t i = 0; i < rows * COLUMNS; i++)
        cells[i] = texts[i / COLUMNS][i % COLUMNS];
    if (output == OUTPUT_TABLE) {
        print_table(out, cells, rows, COLUMNS, 1u << 5);
        return;
    }
    for (size_t i = COLUMNS; i < rows * COLUMNS; i++)
        buf_putf(out, "%s%c", cells[i], i % COLUMNS == COLUMNS - 1 ? '\n' : '\t');
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
        jsonw_kv_string(&w, "peer", row->member.peer);
        jsonw_kv_string(&w, "address", row->member.address);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    jsonw_end(&w);
    buf_putc(out, '\n');
}

enum ctl_exit cmd_member_list(const struct ctl *ctl)
{
    static struct survey survey; /* large, and there is one */
    struct failure failure;
    struct buf out = {0};
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    if (ctl_output_is_json(ctl->output))
        list_json(&out, &survey);
    else
        list_table(&out, &survey, ctl->output);
    if (ctl->given[OPT_QUIET])
        buf_reset(&out);
    enum ctl_exit exit = print_out(ctl, &out, CTL_OK);
    buf_free(&out);
    return exit;
}

/* ---- changes ---- */

static enum ctl_exit dry_run(const struct ctl *ctl, const struct change *c, const char *name,
                             const char *other)
{
    static struct survey survey; /* large, and there is one */
    struct preview preview;
    struct failure failure;
    struct buf out = {0};
    bool votes = !ctl->given[OPT_LEARNER];
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    preview_make(&survey, c->leaves ? name : NULL,
                 other != NULL       ? other
                 : c->joins && votes ? name
                                     : NULL,
                 &preview);
    preview_print(&out, &preview, ctl->output);
    enum ctl_exit exit = print_out(ctl, &out, preview_blocks(&preview) ? CTL_NO : CTL_OK);
    buf_free(&out);
    return exit;
}

static enum ctl_exit tell(const struct ctl *ctl, const struct change *c, const char *name)
{
    struct buf out = {0};
    if (ctl_output_is_json(ctl->output)) {
        struct jsonw w;
        jsonw_init(&w, &out);
        jsonw_object(&w);
        jsonw_kv_u64(&w, "v", 1);
        jsonw_kv_string(&w, "change", c->name);
        jsonw_kv_string(&w, "member", name);
        jsonw_end(&w);
        buf_putc(&out, '\n');
    } else {
        print_escaped(&out, span_str(name));
        buf_putf(&out, " %s\n", c->done);
    }
    if (ctl->given[OPT_QUIET])
        buf_reset(&out);
    enum ctl_exit exit = print_out(ctl, &out, CTL_OK);
    buf_free(&out);
    return exit;
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
        return steer_failed(ctl, &failure);
    conn_close(&answer.conn);
    return tell(ctl, c, ctl->argv[0]);
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
