/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/survey.h"

#include "base/mem.h"
#include "raftctl/conn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Nodes being asked in one round, and what they answered. */
struct round {
    struct conn conns[LIMIT_MEMBERS];
    struct status_doc docs[LIMIT_MEMBERS];
    bool answered[LIMIT_MEMBERS];
    struct err errors[LIMIT_MEMBERS];
    size_t count;
};

static int read_reply(const struct conn *c, struct status_doc *doc, struct err *e)
{
    if (c->reply == NULL) {
        *e = c->failed;
        return c->failed.code;
    }
    const struct resp_value *reply = resp_bare(c->reply);
    if (reply->kind == RESP_ERROR)
        return err_set(e, -E_UNSUPPORTED, "%s: answers %.*s", c->to.text, (int)reply->text.len,
                       reply->text.data);
    if (reply->kind != RESP_BULK && reply->kind != RESP_VERBATIM)
        return err_set(e, -E_CORRUPT, "%s: RAFT STATUS answered with a %s", c->to.text,
                       resp_kind_name(reply->kind));
    if (status_doc_parse(reply->text, doc, e) < 0)
        return err_wrap(e, "%s", c->to.text);
    return 0;
}

/* Asks every endpoint of the round at once. */
static void ask(struct round *round, const struct endpoint *endpoints, size_t count,
                uint64_t deadline_ns)
{
    const struct span words[] = {span_str("RAFT"), span_str("STATUS")};
    struct conn *waiting[LIMIT_MEMBERS] = {NULL};
    ASSERT(count <= LIMIT_MEMBERS);
    round->count = count;
    for (size_t i = 0; i < count; i++) {
        conn_open(&round->conns[i], &endpoints[i]);
        conn_ask(&round->conns[i], words, ARRAY_LEN(words));
        waiting[i] = &round->conns[i];
    }
    conn_wait(waiting, count, deadline_ns);
    for (size_t i = 0; i < count; i++) {
        round->answered[i] = read_reply(&round->conns[i], &round->docs[i], &round->errors[i]) == 0;
        conn_close(&round->conns[i]);
    }
}

/* A number the node did not say counts as 0. */
static uint64_t or_zero(uint64_t number)
{
    return number == STATUS_NUMBER_NONE ? 0 : number;
}

/* The first that answered and knows members, else the first that answered; NULL: none did. */
static const struct status_doc *first(const struct round *round)
{
    const struct status_doc *any = NULL;
    for (size_t i = round->count; i > 0; i--) {
        const struct status_doc *doc = &round->docs[i - 1];
        bool better = doc->members_count > 0 || any == NULL || any->members_count == 0;
        any = round->answered[i - 1] && better ? doc : any;
    }
    return any;
}

/* The answer that has seen the latest term, and in it the most commits; NULL if none answered.
 * Terms of another cluster than the first one's say nothing. */
static const struct status_doc *latest(const struct round *round, size_t *ret_at)
{
    const struct status_doc *best = NULL, *ours = first(round);
    for (size_t i = 0; i < round->count; i++) {
        const struct status_doc *doc = &round->docs[i];
        if (!round->answered[i] || strcmp(doc->cluster.id, ours->cluster.id) != 0)
            continue;
        uint64_t term = or_zero(doc->cluster.term), commit = or_zero(doc->cluster.commit);
        if (best == NULL || term > or_zero(best->cluster.term) ||
            (term == or_zero(best->cluster.term) && commit > or_zero(best->cluster.commit))) {
            best = doc;
            *ret_at = i;
        }
    }
    return best;
}

static struct survey_row *find(struct survey *s, const char *name)
{
    for (size_t i = 0; i < s->rows_count; i++) {
        if (strcmp(s->rows[i].member.name, name) == 0)
            return &s->rows[i];
    }
    return NULL;
}

const struct survey_row *survey_find(const struct survey *s, const char *name)
{
    for (size_t i = 0; i < s->rows_count; i++) {
        if (strcmp(s->rows[i].member.name, name) == 0)
            return &s->rows[i];
    }
    return NULL;
}

const struct survey_row *survey_speaker(const struct survey *s)
{
    const struct survey_row *row = survey_find(s, s->cluster.leader);
    for (size_t i = 0; (row == NULL || !row->reached) && i < s->rows_count; i++)
        row = &s->rows[i];
    return row != NULL && row->reached ? row : NULL;
}

static void add_members(struct survey *s, const struct status_doc *doc)
{
    for (size_t i = 0; i < doc->members_count; i++) {
        struct survey_row *row = &s->rows[s->rows_count++];
        row->member = doc->members[i];
        row->member.match = row->member.contact_ms = STATUS_NUMBER_NONE; /* see take_knowledge */
        row->is_member = true;
        s->voters_count += doc->members[i].voter;
        s->old_count += doc->members[i].voter_old;
    }
}

/* What one node knows of the others: where they listen, and, if it leads, how far they are. A later
 * term's leader knows better. */
static void take_knowledge(struct survey *s, const struct status_doc *doc)
{
    for (size_t i = 0; i < doc->members_count; i++) {
        const struct status_member *m = &doc->members[i];
        struct survey_row *row = find(s, m->name);
        if (row == NULL)
            continue;
        if (row->member.address[0] == '\0')
            memcpy(row->member.address, m->address, sizeof(row->member.address));
        if (row->member.refused[0] == '\0')
            memcpy(row->member.refused, m->refused, sizeof(row->member.refused));
        if (m->match == STATUS_NUMBER_NONE || or_zero(doc->cluster.term) < row->progress_term)
            continue;
        row->progress_term = or_zero(doc->cluster.term);
        row->member.match = m->match;
        row->member.contact_ms = m->contact_ms;
    }
}

static void fill_row(struct survey_row *row, const struct status_doc *doc, const char *at)
{
    row->reached = true;
    (void)snprintf(row->at, sizeof(row->at), "%s", at);
    row->cluster = doc->cluster;
    row->node = doc->node;
}

/* Who waits to be added has no cluster yet: zeros stand for its id. */
static bool has_cluster(const char *id)
{
    return id[strspn(id, "0")] != '\0';
}

static bool is_foreign(const struct survey *s, const struct status_doc *doc)
{
    return has_cluster(doc->cluster.id) && has_cluster(s->cluster.id) &&
           strcmp(doc->cluster.id, s->cluster.id) != 0;
}

/* Once, however often it was asked: by its address, and as the member that was looked for there. */
static void take_foreign(struct survey *s, const struct status_doc *doc, const char *at)
{
    for (size_t i = 0; i < s->foreign_count; i++) {
        const struct survey_row *row = &s->foreign[i];
        if (strcmp(row->member.name, doc->node.name) == 0 &&
            strcmp(row->cluster.id, doc->cluster.id) == 0)
            return;
    }
    if (s->foreign_count == ARRAY_LEN(s->foreign))
        return;
    struct survey_row *row = &s->foreign[s->foreign_count++];
    memcpy(row->member.name, doc->node.name, sizeof(row->member.name));
    row->member.match = row->member.contact_ms = STATUS_NUMBER_NONE;
    row->is_foreign = true;
    fill_row(row, doc, at);
}

static void take_given_up(struct survey *s, const struct status_doc *doc)
{
    if (or_zero(doc->cluster.term) <= s->given_up_term)
        return;
    s->given_up = doc->given_up;
    s->given_up_term = or_zero(doc->cluster.term);
}

/* A node's answer becomes its row; a node outside the configuration gets one at the end. */
static void take_answer(struct survey *s, const struct status_doc *doc, const char *at)
{
    struct survey_row *row = find(s, doc->node.name);
    if (is_foreign(s, doc)) {
        take_foreign(s, doc, at);
        return;
    }
    if (row == NULL) {
        if (s->rows_count == ARRAY_LEN(s->rows))
            return;
        row = &s->rows[s->rows_count++];
        memcpy(row->member.name, doc->node.name, sizeof(row->member.name));
        row->member.match = row->member.contact_ms = STATUS_NUMBER_NONE;
    }
    fill_row(row, doc, at);
    take_given_up(s, doc);
    take_knowledge(s, doc);
    if (strcmp(doc->node.role, "leader") == 0 && or_zero(doc->cluster.term) >= s->change_term) {
        s->change = doc->change;
        s->change_term = or_zero(doc->cluster.term);
    }
}

/* The reason alone: rows name the node already. */
static void take_error(struct survey_row *row, int error_number, const struct err *e)
{
    row->error_number = error_number;
    if (error_number == ETIMEDOUT)
        (void)snprintf(row->error_text, sizeof(row->error_text), "no answer");
    else if (error_number != 0)
        (void)snprintf(row->error_text, sizeof(row->error_text), "%s", strerror(error_number));
    else
        (void)snprintf(row->error_text, sizeof(row->error_text), "%s", e->text);
}

/* Where clients reach a member only that member tells; the configuration has where peers do. */
static void take_unheard(struct survey_row *row)
{
    struct err e = {0};
    if (row->member.peer[0] == '\0')
        (void)err_set(&e, -E_NOTFOUND, "its address is unknown");
    else
        (void)err_set(&e, -E_NOTFOUND, "not heard of yet; its peer address is %s",
                      row->member.peer);
    take_error(row, 0, &e);
}

/* Members first, in the order of their names: n2 before n10. */
static int by_name(const void *a, const void *b)
{
    const struct survey_row *x = a, *y = b;
    if (x->is_member != y->is_member)
        return x->is_member ? -1 : 1;
    return strverscmp(x->member.name, y->member.name);
}

static void ask_the_others(struct survey *s, struct round *round, const struct endpoint *asked,
                           uint64_t deadline_ns)
{
    struct endpoint endpoints[LIMIT_MEMBERS] = {0};
    struct survey_row *rows[LIMIT_MEMBERS] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < s->rows_count; i++) {
        struct survey_row *row = &s->rows[i];
        struct err e = {0};
        if (row->reached || !row->is_member)
            continue;
        if (row->member.address[0] == '\0')
            take_unheard(row);
        else if (endpoint_member(asked, row->member.name, row->member.address, &endpoints[count],
                                 &e) < 0)
            take_error(row, 0, &e);
        else
            rows[count++] = row;
    }
    ask(round, endpoints, count, deadline_ns);
    for (size_t i = 0; i < count; i++) {
        if (!round->answered[i])
            take_error(rows[i], round->conns[i].error_number, &round->errors[i]);
        else if (strcmp(round->docs[i].node.name, rows[i]->member.name) != 0)
            take_error(rows[i], 0, &(struct err){.text = "another node answers there"});
        else
            take_answer(s, &round->docs[i], endpoints[i].text);
        if (round->answered[i] && is_foreign(s, &round->docs[i]))
            take_error(rows[i], 0, &(struct err){.text = "another cluster's node answers there"});
    }
}

/* A leader of before knows nothing of now: who is behind it is not behind the cluster. */
static void forget_old_knowledge(struct survey *s)
{
    for (size_t i = 0; i < s->rows_count; i++) {
        struct survey_row *row = &s->rows[i];
        if (row->progress_term < or_zero(s->cluster.term))
            row->member.match = row->member.contact_ms = STATUS_NUMBER_NONE;
    }
}

/* The latest term anyone is in, its leader, and who is well in it. */
static void conclude(struct survey *s)
{
    const char *leader = NULL, *named = NULL;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (row->reached && or_zero(row->cluster.term) > or_zero(s->cluster.term))
            s->cluster = row->cluster;
    }
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (!row->reached || row->cluster.term != s->cluster.term)
            continue;
        if (strcmp(row->node.role, "leader") == 0) {
            leader = row->node.name;
            s->leaders_count++;
        }
        if (row->cluster.leader[0] != '\0')
            named = row->cluster.leader;
        if (or_zero(row->cluster.commit) > or_zero(s->cluster.commit))
            s->cluster.commit = row->cluster.commit;
    }
    leader = leader != NULL ? leader : named;
    (void)snprintf(s->cluster.leader, sizeof(s->cluster.leader), "%s",
                   leader != NULL ? leader : "");
    forget_old_knowledge(s);
    if (s->change_term < or_zero(s->cluster.term))
        s->change = (struct status_change){0};
    for (size_t i = 0; leader != NULL && i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        bool well = row->is_member && survey_follows(s, row);
        s->healthy_count += well && row->member.voter;
        s->old_healthy_count += well && row->member.voter_old;
    }
}

/* first_knows: the first endpoint's configuration counts, if it answers; else the latest one's. */
static int take_round(const struct endpoint *endpoints, size_t count, bool first_knows,
                      uint64_t deadline_ns, struct round *round, struct survey *ret, struct err *e)
{
    /* Half the time for the endpoints, so that one dead node leaves some for the members. */
    uint64_t now_ns = conn_now_ns();
    uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    ask(round, endpoints, count, now_ns + left_ns / 2);
    size_t at = 0;
    const struct status_doc *doc =
        first_knows && round->answered[0] ? &round->docs[0] : latest(round, &at);
    if (doc == NULL) {
        *e = round->errors[0];
        return e->code;
    }
    ret->answered = true;
    ret->cluster = doc->cluster;
    take_given_up(ret, doc);
    ret->config_index = or_zero(doc->cluster.config_index);
    (void)snprintf(ret->via, sizeof(ret->via), "%s", endpoints[at].text);
    add_members(ret, doc);
    for (size_t i = 0; i < round->count; i++) {
        if (round->answered[i])
            take_answer(ret, &round->docs[i], endpoints[i].text);
    }
    ask_the_others(ret, round, &endpoints[at], deadline_ns);
    qsort(ret->rows, ret->rows_count, sizeof(ret->rows[0]), by_name);
    conclude(ret);
    return 0;
}

static int take(const struct endpoint *endpoints, size_t count, bool first_knows,
                uint64_t deadline_ns, struct survey *ret, struct err *e)
{
    struct round *round = mem_alloc(sizeof(*round));
    *ret = (struct survey){0};
    int rc = take_round(endpoints, count, first_knows, deadline_ns, round, ret, e);
    mem_free(round);
    return rc;
}

/* A member with a newer configuration, committed, than the one that was taken; NULL: none has. */
static const struct survey_row *knows_better(const struct survey *s)
{
    const struct survey_row *best = NULL;
    uint64_t newest = s->config_index;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        uint64_t index = or_zero(row->cluster.config_index);
        if (!row->reached || row->member.address[0] == '\0' ||
            index > or_zero(row->cluster.commit) || index <= newest)
            continue;
        newest = index;
        best = row;
    }
    return best;
}

/* Whoever was asked was left behind, or removed: who its members are it does not know. who: a row
 * of *ret, which is made anew. */
static int take_again(const struct endpoint *endpoints, size_t count, const struct survey_row *who,
                      uint64_t deadline_ns, struct survey *ret, struct err *e)
{
    struct endpoint all[LIMIT_MEMBERS];
    if (endpoint_member(&endpoints[0], who->member.name, who->member.address, &all[0], e) < 0)
        return 0;
    size_t others = count < LIMIT_MEMBERS ? count : LIMIT_MEMBERS - 1;
    memcpy(&all[1], endpoints, others * sizeof(all[0]));
    return take(all, others + 1, true, deadline_ns, ret, e);
}

int survey_take(const struct endpoint *endpoints, size_t count, uint64_t deadline_ns,
                struct survey *ret, struct err *e)
{
    ASSERT(count >= 1 && count <= LIMIT_MEMBERS);
    int rc = take(endpoints, count, false, deadline_ns, ret, e);
    const struct survey_row *who = rc == 0 ? knows_better(ret) : NULL;
    return who == NULL ? rc : take_again(endpoints, count, who, deadline_ns, ret, e);
}

bool survey_follows(const struct survey *s, const struct survey_row *row)
{
    return row->reached && s->cluster.leader[0] != '\0' && row->cluster.term == s->cluster.term &&
           strcmp(row->cluster.leader, s->cluster.leader) == 0;
}

enum survey_member survey_member_is(const struct survey *s, const struct survey_row *row)
{
    if (!row->reached)
        return SURVEY_AWAY;
    return survey_follows(s, row) ? SURVEY_WELL : SURVEY_ASTRAY;
}

bool survey_is_healthy(const struct survey *s)
{
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (row->is_member && survey_member_is(s, row) != SURVEY_WELL)
            return false;
    }
    return s->foreign_count == 0 && survey_leads(s) && !s->cluster.joint;
}

size_t survey_quorum(const struct survey *s)
{
    return s->voters_count / 2 + 1;
}

/* How many of these voters may fail yet; negative: they are too few. In a joint configuration the
 * half that is worse off counts. */
static int spare(const struct survey *s, size_t now, size_t old)
{
    int of_now = (int)now - (int)survey_quorum(s);
    int of_old = s->old_count == 0 ? of_now : (int)old - (int)(s->old_count / 2 + 1);
    return of_now < of_old ? of_now : of_old;
}

bool survey_has_quorum(const struct survey *s)
{
    return spare(s, s->healthy_count, s->old_healthy_count) >= 0;
}

size_t survey_answers(const struct survey *s, bool old)
{
    size_t count = 0;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        bool votes = old ? row->member.voter_old : row->member.voter;
        count += row->is_member && votes && row->reached;
    }
    return count;
}

int survey_spare(const struct survey *s)
{
    return spare(s, survey_answers(s, false), survey_answers(s, true));
}

bool survey_quorum_answers(const struct survey *s)
{
    return survey_spare(s) >= 0;
}

size_t survey_tolerates(const struct survey *s)
{
    int left = spare(s, s->healthy_count, s->old_healthy_count);
    return left > 0 ? (size_t)left : 0;
}

static bool is_led(const struct survey *s)
{
    if (s->cluster.leader[0] == '\0')
        return false;
    const struct survey_row *row = survey_find(s, s->cluster.leader);
    if (row != NULL && row->reached)
        return s->leaders_count == 1 && row->cluster.term == s->cluster.term;
    return survey_has_quorum(s);
}

bool survey_leader_is_gone(const struct survey *s)
{
    const struct survey_row *row = survey_find(s, s->cluster.leader);
    return row != NULL && !row->reached &&
           (row->error_number == ECONNREFUSED || row->error_number == ENOENT);
}

bool survey_leads(const struct survey *s)
{
    return is_led(s) && !survey_leader_is_gone(s);
}

uint64_t survey_lag(const struct survey *s, const struct survey_row *row)
{
    const struct survey_row *leader = survey_find(s, s->cluster.leader);
    if (row->is_foreign || leader == NULL || leader == row || !leader->reached ||
        leader->node.last == STATUS_NUMBER_NONE)
        return STATUS_NUMBER_NONE;
    uint64_t has = row->member.match;
    if (has == STATUS_NUMBER_NONE && row->reached)
        has = row->node.last;
    if (has == STATUS_NUMBER_NONE)
        return STATUS_NUMBER_NONE;
    return leader->node.last > has ? leader->node.last - has : 0;
}

bool survey_could_lead(const struct survey_row *row)
{
    return row->is_member && row->member.voter && !row->member.witness;
}

bool survey_is_drained(const struct survey_row *row)
{
    return survey_could_lead(row) && row->member.priority == 0;
}

bool survey_all_drained(const struct survey *s, const char *and_too)
{
    size_t drained = 0;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        bool too = and_too != NULL && strcmp(row->member.name, and_too) == 0;
        if (survey_could_lead(row) && !survey_is_drained(row) && !too)
            return false;
        drained += survey_could_lead(row);
    }
    return drained > 0;
}
