/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reader of a survey should worry about, and what to do about it. */
#include "raftctl/survey.h"

bool survey_put_recovery(const struct survey *s, struct buf *out)
{
    const struct status_cluster *c = &s->cluster;
    if (c->generation == 0 || c->generation == STATUS_NUMBER_NONE)
        return false;
    buf_putf(out, "by force, generation %llu", (unsigned long long)c->generation);
    for (size_t i = 0; i < s->given_up.count; i++)
        buf_putf(out, "%s%s", i == 0 ? ", without " : ", ", s->given_up.names[i]);
    return true;
}

/* Meant for a while, and easily forgotten. */
static void warn_drained(const struct survey *s, void (*say)(void *to, const char *text), void *to)
{
    struct buf text = {0};
    for (size_t i = 0; i < s->rows_count; i++) {
        const char *name = s->rows[i].member.name;
        if (!survey_is_drained(&s->rows[i]))
            continue;
        buf_reset(&text);
        buf_putf(&text, "%s is drained; raftctl member priority %s 100 undoes it", name, name);
        say(to, buf_str(&text));
    }
    if (survey_all_drained(s, NULL))
        say(to, SURVEY_ALL_DRAINED);
    buf_free(&text);
}

/* Safe, but whoever is least patient campaigns first, and its promises make leases short. */
static void warn_elections(const struct survey *s, void (*say)(void *to, const char *text),
                           void *to)
{
    const struct survey_row *least = NULL, *most = NULL;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (!row->reached || !row->is_member || row->node.election_ms == STATUS_NUMBER_NONE)
            continue;
        if (least == NULL || row->node.election_ms < least->node.election_ms)
            least = row;
        if (most == NULL || row->node.election_ms > most->node.election_ms)
            most = row;
    }
    if (least == NULL || least->node.election_ms == most->node.election_ms)
        return;
    struct buf text = {0};
    buf_putf(&text, "election timeouts differ: %s begins after %llu ms, %s after %llu ms",
             least->member.name, (unsigned long long)least->node.election_ms, most->member.name,
             (unsigned long long)most->node.election_ms);
    say(to, buf_str(&text));
    buf_free(&text);
}

/* Here they all look well, each for itself: what is wrong lies between them. */
static void warn_leaderless(const struct survey *s, size_t reached,
                            void (*say)(void *to, const char *text), void *to)
{
    if (s->cluster.leader[0] == '\0' && s->leaders_count == 0 && s->voters_count > 0 &&
        reached >= survey_quorum(s))
        say(to, "enough voters answer, but none leads: an election is under way, or they do not "
                "reach each other's peer addresses (raftctl member list)");
}

/* Their names, and how many they are. */
static size_t put_unreached(struct buf *out, const struct survey *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (row->is_member && row->member.voter && !row->reached)
            buf_putf(out, "%s%s", count++ > 0 ? ", " : "", row->member.name);
    }
    return count;
}

/* Who is away is rarely lost: what to do about that comes first. */
static void put_way_back(struct buf *out, const struct survey *s)
{
    struct buf names = {0};
    bool one = put_unreached(&names, s) == 1;
    buf_putf(out,
             ": start %s again, or mend the network; if %s for good: raftctl member replace %s NEW "
             "HOST:PORT, NEW being a node started with raftd --join",
             buf_str(&names), one ? "it is lost" : "one of them is lost",
             one ? buf_str(&names) : "NODE");
    buf_free(&names);
}

/* The last way out is named, and not as the first: it loses what the others have. */
static void warn_unreached(const struct survey *s, size_t reached,
                           void (*say)(void *to, const char *text), void *to)
{
    size_t unreached = s->voters_count - reached;
    int left = survey_spare(s);
    struct buf text = {0};
    if (unreached == 0)
        return;
    buf_putf(&text, "%zu of %zu voters unreachable", unreached, s->voters_count);
    if (left >= 0) {
        buf_putf(&text, "; the cluster survives %d more failure%s", left, left == 1 ? "" : "s");
        put_way_back(&text, s);
    } else {
        buf_puts(&text, ": no quorum, writes wait; start them again; only if they are lost for "
                        "good: raftctl recover --survivor NODE, which loses what NODE does not "
                        "have");
    }
    say(to, buf_str(&text));
    buf_free(&text);
}

/* All is well, and the first failure ends it. */
static void warn_no_spare(const struct survey *s, size_t reached,
                          void (*say)(void *to, const char *text), void *to)
{
    const struct survey_row *learner = NULL;
    struct buf text = {0};
    for (size_t i = 0; i < s->rows_count; i++) {
        const struct survey_row *row = &s->rows[i];
        if (row->is_member && !row->member.voter && !row->member.voter_old && row->reached)
            learner = row;
    }
    if (reached == 0 || reached < s->voters_count || s->cluster.joint || survey_spare(s) > 0)
        return;
    buf_puts(&text, s->voters_count == 1 ? "one voter: the cluster survives no failure; "
                                         : "two voters, and both are needed: the cluster survives "
                                           "no failure; ");
    if (learner != NULL)
        buf_putf(&text, "raftctl member promote %s adds one", learner->member.name);
    else
        buf_puts(&text, "with three it survives one: raftctl member add NODE HOST:PORT");
    say(to, buf_str(&text));
    buf_free(&text);
}

/* By name, where that tells them apart. */
static void put_foreign(struct buf *out, const struct survey *s, const struct survey_row *row)
{
    const char *its = row->cluster.name, *ours = s->cluster.name;
    if (strcmp(its, ours) != 0 && its[0] != '\0' && ours[0] != '\0')
        buf_putf(out, "%s belongs to cluster %s, not to %s", row->member.name, its, ours);
    else
        buf_putf(out, "%s belongs to another cluster of the same name: id %s, not %s",
                 row->member.name, row->cluster.id, s->cluster.id);
}

void survey_warn(const struct survey *s, void (*say)(void *to, const char *text), void *to)
{
    struct buf text = {0};
    if (s->leaders_count > 1) {
        buf_putf(&text, "%zu nodes claim to lead in term %llu", s->leaders_count,
                 (unsigned long long)s->cluster.term);
        say(to, buf_str(&text));
    }
    const struct survey_row *leader = survey_find(s, s->cluster.leader);
    if (leader != NULL && !leader->reached) {
        buf_reset(&text);
        buf_putf(&text, "%s is unreachable: it led in term %llu, as far as the others know",
                 leader->member.name, (unsigned long long)s->cluster.term);
        say(to, buf_str(&text));
    }
    if (s->cluster.joint)
        say(to, "a change of voters is under way: a quorum of the old and one of the new voters "
                "are needed for everything until it ends");
    warn_elections(s, say, to);
    warn_drained(s, say, to);
    size_t reached = survey_answers(s, false);
    for (size_t i = 0; i < s->foreign_count; i++) {
        buf_reset(&text);
        put_foreign(&text, s, &s->foreign[i]);
        say(to, buf_str(&text));
    }
    warn_leaderless(s, reached, say, to);
    warn_unreached(s, reached, say, to);
    warn_no_spare(s, reached, say, to);
    buf_free(&text);
}
