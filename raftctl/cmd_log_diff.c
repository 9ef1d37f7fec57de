/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl log diff: where the logs of two nodes part. Entries of the same index and term are the
 * same, and so is everything before them (Log Matching, thesis 3.5): the place is found by halving.
 */
#include "raftctl/cmd.h"
#include "raftctl/exact.h"
#include "raftctl/fan.h"
#include "raftctl/patience.h"
#include "raftctl/pointer.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#define SHOWN 5 /* entries from the place on */

const struct form form_log_diff = {
    .line = "{verdict}",
    .plain = "{verdict}",
    .rows = "entries", /* columns: name_columns */
    .schema = "a:s b:s a_last:n~ b_last:n~ from:n~ to:n~ diverges_at:n~ verdict:s "
              "entries:[{index:n a:* b:*}] warnings:[s]" FAN_ERRORS_SCHEMA};

struct side {
    const char *name;
    const char *away; /* why it is not compared; NULL: it answers. Borrowed from the survey. */
    struct ctl at;    /* aimed at it */
    struct patience patience;
    uint64_t first, last;
};

/* RAFT LOG FROM from COUNT count of that node: a document to be deleted, or NULL with *f. */
static cJSON *read_log(struct side *s, uint64_t from, unsigned count, struct failure *f)
{
    char from_text[24], count_text[24];
    struct answer answer;
    (void)snprintf(from_text, sizeof(from_text), "%llu", (unsigned long long)from);
    (void)snprintf(count_text, sizeof(count_text), "%u", count);
    const struct span words[] = {span_str("RAFT"),    span_str("LOG"),   span_str("FROM"),
                                 span_str(from_text), span_str("COUNT"), span_str(count_text)};
    s->at.timeout_ns = patience_begin(&s->patience);
    if (ask_cluster(&s->at, ASK_READ, words, ARRAY_LEN(words), &answer, f) != CTL_OK)
        return NULL;
    cJSON *doc = answer.value->kind == RESP_BULK ? exact_parse(answer.value->text) : NULL;
    if (doc == NULL)
        (void)ask_surprised(&answer, f);
    ask_close(&answer);
    return doc;
}

/* A member that is away is a side too: one that is not compared. */
static enum ctl_exit open_side(const struct ctl *ctl, const struct survey *survey, const char *name,
                               struct side *s, struct failure *f)
{
    const struct survey_row *row = survey_find(survey, name);
    struct err e = {0};
    s->name = name;
    s->away = NULL;
    if (row == NULL)
        return fan_unknown(f, name);
    if (!row->reached) {
        s->away = row->error_text;
        return CTL_OK;
    }
    s->at = *ctl;
    s->at.endpoints_count = 1;
    if (endpoint_parse(span_str(row->at), &s->at.endpoints[0], &e) < 0)
        UNREACHABLE(); /* it was asked there */
    cJSON *doc = read_log(s, 1, 0, f);
    if (doc == NULL)
        return f->exit;
    s->first = pointer_number(doc, "first");
    s->last = pointer_number(doc, "last");
    cJSON_Delete(doc);
    return CTL_OK;
}

/* The term of the entry at that place, and how far the log goes now, for it may have been compacted
 * or cut off since; 0: it has none there. */
static enum ctl_exit term_at(struct side *s, uint64_t index, uint64_t *ret, struct failure *f)
{
    cJSON *doc = read_log(s, index, 1, f);
    if (doc == NULL)
        return f->exit;
    const cJSON *entries = cJSON_GetObjectItemCaseSensitive(doc, "entries");
    const cJSON *entry = cJSON_GetArrayItem(entries, 0);
    *ret = pointer_number(entry, "index") == index ? pointer_number(entry, "term") : 0;
    s->first = pointer_number(doc, "first");
    s->last = pointer_number(doc, "last");
    cJSON_Delete(doc);
    return CTL_OK;
}

/* What both have. */
static uint64_t begin_of(const struct side s[2])
{
    return s[0].first > s[1].first ? s[0].first : s[1].first;
}

static uint64_t end_of(const struct side s[2])
{
    return s[0].last < s[1].last ? s[0].last : s[1].last;
}

/* The first place where the terms differ of those that both have; behind *ret_to: there is none.
 * Whoever lacks an entry that it had a moment ago does not differ there. */
static enum ctl_exit find_place(struct side sides[2], uint64_t *ret_place, uint64_t *ret_to,
                                struct failure *f)
{
    uint64_t low = begin_of(sides), to = end_of(sides), high = to;
    while (low <= high) {
        uint64_t middle = low + (high - low) / 2, a, b;
        if (term_at(&sides[0], middle, &a, f) != CTL_OK ||
            term_at(&sides[1], middle, &b, f) != CTL_OK)
            return f->exit;
        bool both = a != 0 && b != 0;
        if (!both && middle >= begin_of(sides) && middle <= end_of(sides)) {
            failure_set(f, CTL_INTERNAL, "INTERNAL", "a log lacks entry %llu, in its midst",
                        (unsigned long long)middle);
            return f->exit;
        }
        if (both && a == b)
            low = middle + 1;
        else if (both)
            high = middle - 1;
        low = low > begin_of(sides) ? low : begin_of(sides);
        to = to < end_of(sides) ? to : end_of(sides);
        high = high < to ? high : to;
    }
    *ret_place = low;
    *ret_to = to;
    return CTL_OK;
}

static void put_half(struct jsonw *w, const char *key, const cJSON *doc, uint64_t index)
{
    const cJSON *entry, *found = NULL;
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(doc, "entries"))
    {
        found = pointer_number(entry, "index") == index ? entry : found;
    }
    char *text = found != NULL ? cJSON_PrintUnformatted(found) : NULL;
    jsonw_key(w, key);
    jsonw_raw(w, text != NULL ? text : "null");
    cJSON_free(text);
}

/* What each has from the place on. */
static enum ctl_exit put_entries(struct jsonw *w, struct side sides[2], uint64_t place,
                                 struct failure *f)
{
    cJSON *a = read_log(&sides[0], place, SHOWN, f), *b = NULL;
    if (a != NULL)
        b = read_log(&sides[1], place, SHOWN, f);
    jsonw_key(w, "entries");
    jsonw_array(w);
    uint64_t last = sides[0].last > sides[1].last ? sides[0].last : sides[1].last;
    for (uint64_t i = place; b != NULL && i <= last && i < place + SHOWN; i++) {
        jsonw_object(w);
        jsonw_kv_u64(w, "index", i);
        put_half(w, "a", a, i);
        put_half(w, "b", b, i);
        jsonw_end(w);
    }
    jsonw_end(w);
    bool good = b != NULL;
    cJSON_Delete(a);
    cJSON_Delete(b);
    return good ? CTL_OK : f->exit;
}

/* That there are more. */
static void put_warnings(struct jsonw *w, const struct side s[2], uint64_t place)
{
    const struct side *longer = &s[s[1].last > s[0].last];
    struct buf text = {0};
    jsonw_key(w, "warnings");
    jsonw_array(w);
    if (longer->last >= place + SHOWN) {
        buf_putf(&text, "%llu more are not shown: raftctl log show --node %s --from-index %llu",
                 (unsigned long long)(longer->last - place - SHOWN + 1), longer->name,
                 (unsigned long long)(place + SHOWN));
        jsonw_string(w, buf_str(&text));
    }
    jsonw_end(w);
    buf_free(&text);
}

static void put_verdict(struct jsonw *w, const struct side s[2], uint64_t from, uint64_t to,
                        uint64_t place)
{
    struct buf text = {0};
    if (strcmp(s[0].name, s[1].name) == 0)
        buf_putf(&text, "%s is compared with itself: that is the same node", s[0].name);
    else if (from > to)
        buf_putf(&text, "nothing to compare: %s has entries %llu to %llu, %s %llu to %llu",
                 s[0].name, (unsigned long long)s[0].first, (unsigned long long)s[0].last,
                 s[1].name, (unsigned long long)s[1].first, (unsigned long long)s[1].last);
    else if (place <= to)
        buf_putf(&text, "%s and %s part at entry %llu", s[0].name, s[1].name,
                 (unsigned long long)place);
    else if (s[0].last == s[1].last)
        buf_putf(&text, "%s and %s are the same up to entry %llu", s[0].name, s[1].name,
                 (unsigned long long)to);
    else
        buf_putf(&text, "%s and %s are the same up to entry %llu; %s has %llu more", s[0].name,
                 s[1].name, (unsigned long long)to, s[s[1].last > s[0].last].name,
                 (unsigned long long)(s[0].last > s[1].last ? s[0].last - s[1].last
                                                            : s[1].last - s[0].last));
    jsonw_kv_string(w, "verdict", buf_str(&text));
    buf_free(&text);
}

/* The same of both, under their names. */
static void name_columns(struct buf *out, const struct side s[2])
{
    buf_putf(out,
             ">INDEX=index >%s.TERM=a.term %s.KIND=a.kind %s.KEY=a.key >%s.TERM=b.term "
             "%s.KIND=b.kind %s.KEY=b.key",
             s[0].name, s[0].name, s[0].name, s[1].name, s[1].name, s[1].name);
}

static void put_names(struct jsonw *w, const struct side s[2])
{
    jsonw_kv_u64(w, "v", 1);
    jsonw_kv_string(w, "a", s[0].name);
    jsonw_kv_string(w, "b", s[1].name);
}

static void put_number(struct jsonw *w, const char *key, uint64_t number, bool known)
{
    jsonw_key(w, key);
    if (known)
        jsonw_u64(w, number);
    else
        jsonw_null(w);
}

static void put_errors(struct jsonw *w, const struct side s[2])
{
    jsonw_key(w, "errors");
    jsonw_array(w);
    for (size_t i = 0; i < 2; i++) {
        char text[ERR_TEXT_MAX + 16];
        if (s[i].away == NULL)
            continue;
        (void)snprintf(text, sizeof(text), "unreachable: %s", s[i].away);
        fan_put_error(w, s[i].name, text);
    }
    jsonw_end(w);
}

/* "not known: n1 has entries 1 to 20; not compared: n2 (unreachable: ...)" */
static void put_unknown(struct buf *out, const struct side s[2])
{
    buf_puts(out, "not known: ");
    for (size_t i = 0; i < 2; i++) {
        if (s[i].away == NULL)
            buf_putf(out, "%s has entries %llu to %llu; ", s[i].name,
                     (unsigned long long)s[i].first, (unsigned long long)s[i].last);
    }
    buf_puts(out, "not compared: ");
    for (size_t i = 0, told = 0; i < 2; i++) {
        if (s[i].away != NULL)
            buf_putf(out, "%s%s (unreachable: %s)", told++ > 0 ? ", " : "", s[i].name, s[i].away);
    }
}

/* One is away, or both are: what is known of the other is told, and that the logs may differ. */
static enum ctl_exit show_incomplete(const struct ctl *ctl, const struct side s[2], const char *via)
{
    struct buf json = {0}, verdict = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    put_names(&w, s);
    put_number(&w, "a_last", s[0].last, s[0].away == NULL);
    put_number(&w, "b_last", s[1].last, s[1].away == NULL);
    put_number(&w, "from", 0, false);
    put_number(&w, "to", 0, false);
    put_number(&w, "diverges_at", 0, false);
    put_unknown(&verdict, s);
    jsonw_kv_string(&w, "verdict", buf_str(&verdict));
    jsonw_key(&w, "entries");
    jsonw_array(&w);
    jsonw_end(&w);
    jsonw_key(&w, "warnings");
    jsonw_array(&w);
    jsonw_end(&w);
    put_errors(&w, s);
    form_put_via(&w, via);
    jsonw_end(&w);
    buf_free(&verdict);
    struct form form = form_log_diff;
    form.columns = NULL; /* no heads above nothing */
    return form_show(ctl, &form, &json, CTL_UNKNOWN);
}

static enum ctl_exit show(const struct ctl *ctl, struct side s[2], uint64_t to, uint64_t place)
{
    uint64_t from = begin_of(s);
    struct form form = form_log_diff;
    struct buf columns = {0};
    struct failure f;
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    put_names(&w, s);
    jsonw_kv_u64(&w, "a_last", s[0].last);
    jsonw_kv_u64(&w, "b_last", s[1].last);
    jsonw_kv_u64(&w, "from", from);
    jsonw_kv_u64(&w, "to", to);
    put_number(&w, "diverges_at", place, place <= to);
    put_verdict(&w, s, from, to, place);
    if (put_entries(&w, s, place, &f) != CTL_OK) {
        buf_free(&json);
        return print_failure(ctl, &f);
    }
    put_warnings(&w, s, place);
    put_errors(&w, s);
    form_put_via(&w, s[0].at.endpoints[0].text);
    jsonw_end(&w);
    name_columns(&columns, s);
    bool none = s[0].last < place && s[1].last < place;
    form.columns = none ? NULL : buf_str(&columns); /* no heads above nothing */
    enum ctl_exit exit = form_show(ctl, &form, &json, place <= to ? CTL_NO : CTL_OK);
    buf_free(&columns);
    return exit;
}

enum ctl_exit cmd_log_diff(const struct ctl *ctl)
{
    static struct side sides[2]; /* large, and there is one of each */
    static struct survey survey;
    struct failure f;
    uint64_t place = 0, to = 0;
    sides[0].patience = sides[1].patience = patience_new(ctl);
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns / 4, &survey, &f) != CTL_OK)
        return print_failure(ctl, &f);
    for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
        if (open_side(ctl, &survey, ctl->argv[i], &sides[i], &f) != CTL_OK)
            return print_failure(ctl, &f);
    }
    if (sides[0].away != NULL || sides[1].away != NULL)
        return show_incomplete(ctl, sides, survey.via);
    if (find_place(sides, &place, &to, &f) != CTL_OK)
        return print_failure(ctl, &f);
    return show(ctl, sides, to, place);
}
