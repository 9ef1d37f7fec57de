/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl check consistency: nodes that have applied the same entries have the same state. */
#include "base/units.h"
#include "raftctl/cmd.h"
#include "raftctl/fan.h"
#include "raftctl/pointer.h"
#include "raftctl/stop.h"

#include <cjson/cJSON.h>

#define PAUSE_NS (100 * NS_PER_MS)

const struct form form_check_consistency = {
    .line = "{verdict}",
    .plain = "{verdict}",
    .rows = "nodes",
    .columns = "NODE=node DIGEST=digest >APPLIED=applied",
    .schema = "verdict:s consistent:b~ index:n~ compared:n "
              "nodes:[{node:s digest:x~ applied:n}]" FAN_ERRORS_SCHEMA};

/* The digest that the node had at that index, or NULL. */
static const char *digest_at(const cJSON *doc, uint64_t index)
{
    const cJSON *mark, *digest = NULL;
    if (pointer_number(doc, "applied") == index)
        return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "digest"));
    cJSON_ArrayForEach(mark, cJSON_GetObjectItemCaseSensitive(doc, "marks"))
    {
        if (pointer_number(mark, "index") == index)
            digest = cJSON_GetObjectItemCaseSensitive(mark, "digest");
    }
    return cJSON_GetStringValue(digest);
}

/* A node that was removed has stopped somewhere, and is no part of the cluster's state. */
static void pass_over_outsiders(struct fan *fan)
{
    for (size_t i = 0; i < fan->count; i++) {
        if (!fan->answers[i].is_member)
            fan->answers[i].error = "not a member: not compared";
    }
}

static bool has_state(const struct fan_answer *a)
{
    return a->error == NULL && a->doc != NULL &&
           !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(a->doc, "witness"));
}

static size_t count_at(const struct fan *fan, uint64_t index)
{
    size_t count = 0;
    for (size_t i = 0; i < fan->count; i++)
        count += has_state(&fan->answers[i]) && digest_at(fan->answers[i].doc, index) != NULL;
    return count;
}

static size_t count_states(const struct fan *fan)
{
    size_t states = 0;
    for (size_t i = 0; i < fan->count; i++)
        states += has_state(&fan->answers[i]);
    return states;
}

/* The newest place at which all that have a state tell their digests; 0: there is none. */
static uint64_t common_index(const struct fan *fan)
{
    uint64_t best = 0;
    size_t states = count_states(fan);
    for (size_t i = 0; i < fan->count; i++) {
        const cJSON *doc = fan->answers[i].doc, *mark;
        if (!has_state(&fan->answers[i]))
            continue;
        uint64_t applied = pointer_number(doc, "applied");
        if (applied > best && count_at(fan, applied) == states)
            best = applied;
        cJSON_ArrayForEach(mark, cJSON_GetObjectItemCaseSensitive(doc, "marks"))
        {
            uint64_t index = pointer_number(mark, "index");
            if (index > best && count_at(fan, index) == states)
                best = index;
        }
    }
    return best;
}

static void put_nodes(struct jsonw *w, const struct fan *fan, uint64_t index)
{
    jsonw_key(w, "nodes");
    jsonw_array(w);
    for (size_t i = 0; i < fan->count; i++) {
        if (!has_state(&fan->answers[i]))
            continue;
        jsonw_object(w);
        jsonw_kv_string(w, "node", fan->answers[i].name);
        jsonw_kv_text(w, "digest", digest_at(fan->answers[i].doc, index));
        jsonw_kv_u64(w, "applied", pointer_number(fan->answers[i].doc, "applied"));
        jsonw_end(w);
    }
    jsonw_end(w);
}

static bool all_same(const struct fan *fan, uint64_t index)
{
    const char *first = NULL;
    for (size_t i = 0; i < fan->count; i++) {
        const char *digest =
            has_state(&fan->answers[i]) ? digest_at(fan->answers[i].doc, index) : NULL;
        if (digest != NULL && first != NULL && strcmp(first, digest) != 0)
            return false;
        first = first != NULL ? first : digest;
    }
    return true;
}

/* Voters that have a state and did not tell of it: whatever the others say, this one's may be
 * another. */
static void put_missing(struct buf *out, const struct fan *fan)
{
    for (size_t i = 0; i < fan->count; i++) {
        const struct fan_answer *a = &fan->answers[i];
        const struct survey_row *row = survey_find(&fan->survey, a->name);
        bool votes = row != NULL && row->is_member && (row->member.voter || row->member.voter_old);
        if (votes && !row->member.witness && a->error != NULL)
            buf_putf(out, "%s%s (%s)", out->len > 0 ? ", " : "", a->name, a->error);
    }
}

/* How many of the members keep data. */
static size_t count_keepers(const struct fan *fan)
{
    size_t keepers = 0;
    for (size_t i = 0; i < fan->survey.rows_count; i++) {
        const struct survey_row *row = &fan->survey.rows[i];
        keepers += row->is_member && !row->member.witness;
    }
    return keepers;
}

/* Why fewer than two could be compared, and what would help. */
static void put_too_few(struct buf *out, const struct fan *fan, const struct buf *missing)
{
    const char *one = "nobody";
    for (size_t i = 0; i < fan->count; i++)
        one = has_state(&fan->answers[i]) ? fan->answers[i].name : one;
    if (count_keepers(fan) == 1)
        buf_putf(out, "not known: %s alone keeps data, there is nothing to compare it with", one);
    else if (count_states(fan) < 2)
        buf_putf(out, "not known: only %s tells of its state; not compared: %s", one,
                 buf_str(missing));
    else
        buf_puts(out, "not known: no two nodes tell of the same place of the log; the same again, "
                      "with a longer --timeout");
}

/* A difference is one whoever is missing. */
static enum ctl_exit put_verdict(struct buf *out, const struct ctl *ctl, const struct fan *fan,
                                 uint64_t index, size_t compared)
{
    unsigned long long at = (unsigned long long)index;
    struct buf missing = {0};
    bool same = all_same(fan, index);
    enum ctl_exit exit = same ? CTL_OK : CTL_NO;
    put_missing(&missing, fan);
    if (compared < 2) {
        put_too_few(out, fan, &missing);
        exit = CTL_UNKNOWN;
    } else if (same && missing.len > 0 && !ctl->given[OPT_PARTIAL]) {
        buf_putf(out, "not known: %zu nodes have the same state at entry %llu; not compared: %s",
                 compared, at, buf_str(&missing));
        exit = CTL_UNKNOWN;
    } else {
        buf_putf(out, "%s: %zu nodes at entry %llu", same ? "the same state" : "DIFFERENT",
                 compared, at);
    }
    buf_free(&missing);
    return exit;
}

static enum ctl_exit judge(const struct ctl *ctl, const struct fan *fan, uint64_t index)
{
    struct buf json = {0}, verdict = {0};
    struct jsonw w;
    size_t compared = index > 0 ? count_at(fan, index) : 0;
    enum ctl_exit exit = put_verdict(&verdict, ctl, fan, index, compared);
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "verdict", buf_str(&verdict));
    jsonw_key(&w, "consistent");
    jsonw_raw(&w, exit == CTL_UNKNOWN ? "null" : exit == CTL_OK ? "true" : "false");
    jsonw_key(&w, "index");
    if (index > 0)
        jsonw_u64(&w, index);
    else
        jsonw_null(&w);
    jsonw_kv_u64(&w, "compared", compared);
    put_nodes(&w, fan, index);
    fan_put_errors(&w, fan);
    form_put_via(&w, fan->survey.via);
    jsonw_end(&w);
    buf_free(&verdict);
    return form_show(ctl, &form_check_consistency, &json, exit);
}

/* Asks again while one is so far behind that none of its places is one of the others'. */
enum ctl_exit cmd_check_consistency(const struct ctl *ctl)
{
    const struct span words[] = {span_str("RAFT"), span_str("DIGEST")};
    uint64_t deadline_ns = conn_now_ns() + ctl->timeout_ns;
    for (;;) {
        struct failure f;
        struct fan *fan;
        enum ctl_exit exit = fan_ask(ctl, NULL, words, ARRAY_LEN(words), &fan, &f);
        pass_over_outsiders(fan);
        uint64_t index = exit == CTL_OK ? common_index(fan) : 0;
        bool over = conn_now_ns() + PAUSE_NS >= deadline_ns || stop_asked();
        if (exit != CTL_OK || index > 0 || over || count_states(fan) < 2) {
            exit = exit != CTL_OK ? print_failure(ctl, &f) : judge(ctl, fan, index);
            fan_free(fan);
            return exit;
        }
        fan_free(fan);
        stop_rest(PAUSE_NS, deadline_ns);
    }
}
