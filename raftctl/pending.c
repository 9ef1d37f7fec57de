/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/pending.h"

#include "base/units.h"

static bool is_pending(const struct survey *s)
{
    return s->change.phase[0] != '\0';
}

static bool names(const struct status_names *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->names[i], name) == 0)
            return true;
    }
    return false;
}

/* The leader has not heard of it since it leads. */
static bool is_silent(const struct survey_row *row)
{
    return row->is_member && row->member.match == STATUS_NUMBER_NONE;
}

/* Why it is not heard, and what to do. */
static void say_silent(const struct survey *s, const struct survey_row *row, struct buf *out)
{
    const char *name = row->member.name;
    if (row->member.refused[0] != '\0')
        buf_putf(out, "%s does not take part: %s", name, row->member.refused);
    else if (row->reached)
        buf_putf(out,
                 "%s has not answered %s yet, but runs: do they reach each other's peer addresses?",
                 name, s->cluster.leader);
    else
        buf_putf(out,
                 "%s has not answered %s yet: start raftd on %s, with --join (its peer address "
                 "is %s)",
                 name, s->cluster.leader, name, row->member.peer);
}

static void say_newcomer(const struct survey *s, const struct survey_row *row, struct buf *out)
{
    uint64_t lag = survey_lag(s, row);
    if (is_silent(row)) {
        say_silent(s, row, out);
        return;
    }
    buf_putf(out, "%s catches up before it votes", row->member.name);
    if (lag != STATUS_NUMBER_NONE)
        buf_putf(out, ", %llu entries behind", (unsigned long long)lag);
}

static void say_newcomers(const struct survey *s, struct buf *out)
{
    const char *between = "";
    for (size_t i = 0; i < s->change.newcomers.count; i++) {
        const struct survey_row *row = survey_find(s, s->change.newcomers.names[i]);
        if (row == NULL)
            continue;
        buf_puts(out, between);
        say_newcomer(s, row, out);
        between = "; ";
    }
}

/* Who holds it up: that few voters are silent holds up nothing. */
static void say_committing(const struct survey *s, struct buf *out)
{
    const char *between = ", and too few voters answer for that: not ";
    buf_puts(out, "is being committed");
    for (size_t i = 0; i < s->rows_count && !survey_quorum_answers(s); i++) {
        const struct survey_row *row = &s->rows[i];
        if (row->reached || !row->is_member || (!row->member.voter && !row->member.voter_old))
            continue;
        buf_putf(out, "%s%s", between, row->member.name);
        between = ", ";
    }
}

bool pending_say(const struct survey *s, struct buf *out)
{
    char age[UNITS_TEXT_MAX];
    const struct status_change *c = &s->change;
    if (!is_pending(s))
        return false;
    uint64_t seconds = c->for_ms == STATUS_NUMBER_NONE ? 0 : c->for_ms / 1000;
    buf_putf(out, "%s, for %s: ", c->asked, units_print_duration(seconds * NS_PER_S, age));
    if (strcmp(c->phase, "queued") == 0)
        buf_puts(out, "waits until another change is committed");
    else if (strcmp(c->phase, "catching-up") == 0)
        say_newcomers(s, out);
    else
        say_committing(s, out);
    return true;
}

const struct survey_row *pending_say_silent(const struct survey *s, struct buf *out)
{
    for (size_t i = 0; strcmp(s->change.phase, "catching-up") == 0 && i < s->change.newcomers.count;
         i++) {
        const struct survey_row *row = survey_find(s, s->change.newcomers.names[i]);
        if (row == NULL || !is_silent(row))
            continue;
        say_silent(s, row, out);
        return row;
    }
    return NULL;
}

const char *pending_part(const struct survey *s, const struct survey_row *row)
{
    if (row->is_foreign)
        return NULL;
    if (names(&s->change.newcomers, row->member.name))
        return "promote";
    return names(&s->change.leavers, row->member.name) ? "remove" : NULL;
}

static void remark(struct buf *out, const char *words)
{
    buf_putf(out, "%s%s", out->len > 0 ? "; " : "", words);
}

void pending_remark(const struct survey *s, const struct survey_row *row, struct buf *out)
{
    const char *part = pending_part(s, row);
    if (part != NULL)
        remark(out,
               strcmp(part, "promote") == 0 ? "to vote once it has caught up" : "to be removed");
    if (survey_is_drained(row))
        remark(out, "drained");
}

static void put_names(struct jsonw *w, const char *key, const struct status_names *list)
{
    jsonw_key(w, key);
    jsonw_array(w);
    for (size_t i = 0; i < list->count; i++)
        jsonw_string(w, list->names[i]);
    jsonw_end(w);
}

void pending_put(struct jsonw *w, const struct survey *s)
{
    struct buf text = {0};
    if (!pending_say(s, &text))
        return;
    jsonw_key(w, "change");
    jsonw_object(w);
    jsonw_kv_string(w, "asked", s->change.asked);
    jsonw_kv_string(w, "phase", s->change.phase);
    jsonw_kv_u64(w, "for_ms", s->change.for_ms == STATUS_NUMBER_NONE ? 0 : s->change.for_ms);
    put_names(w, "newcomers", &s->change.newcomers);
    put_names(w, "leavers", &s->change.leavers);
    jsonw_kv_string(w, "text", buf_str(&text));
    jsonw_end(w);
    buf_free(&text);
}
