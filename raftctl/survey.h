/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole cluster, seen from any endpoint: who is a member, and what each says of itself. */
#ifndef RAFTCTL_SURVEY_H
#define RAFTCTL_SURVEY_H

#include "base/buf.h"
#include "raftctl/endpoint.h"
#include "raftctl/status_doc.h"

/* One node. A member that did not answer is a row too, with its error; what answered there from
 * another cluster is not it. */
struct survey_row {
    struct status_member member; /* the name alone, if it is no member */
    uint64_t progress_term;      /* of the leader that said match and contact_ms; 0: none did */
    bool is_member;
    bool is_foreign; /* of another cluster; then it is no member, and was reached */
    bool reached;
    char at[ENDPOINT_TEXT_MAX];    /* the endpoint that answered; when reached */
    struct status_cluster cluster; /* as this node sees it; when reached */
    struct status_node node;
    int error_number;              /* errno, or 0; when not reached */
    char error_text[ERR_TEXT_MAX]; /* the reason alone, without who */
};

/* Invariant: rows of members first, in the order of their names; rows_count <= 2 * LIMIT_MEMBERS.
 */
struct survey {
    bool answered;                 /* at least one node did; the rest is empty otherwise */
    char via[ENDPOINT_TEXT_MAX];   /* the endpoint whose configuration was taken */
    uint64_t config_index;         /* its index; 0: it was not said */
    struct status_cluster cluster; /* by the node that has seen the latest term */
    struct status_names given_up;  /* by the same */
    uint64_t given_up_term;        /* which it was */
    struct status_change change;   /* as the leader says; none if it was not reached */
    uint64_t change_term;          /* of who said so */
    struct survey_row rows[2 * LIMIT_MEMBERS];
    size_t rows_count;
    struct survey_row foreign[LIMIT_MEMBERS]; /* nodes of another cluster, which have no say */
    size_t foreign_count;
    size_t voters_count;
    size_t healthy_count; /* voters reached, in the cluster's term, who know its leader */
    size_t old_count,
        old_healthy_count; /* the same of the outgoing voters of a joint configuration */
    size_t leaders_count;  /* nodes that claim to lead in the cluster's term */
};

/* Asks all endpoints at once, then the members that are not among them, until the deadline; and all
 * of it again, if one of those knows a newer configuration.
 * The leader is who says so in the latest term seen, else whom that term's nodes name.
 * Returns 0, or with ret->answered false the code of what the first endpoint failed with. */
int survey_take(const struct endpoint *endpoints, size_t count, uint64_t deadline_ns,
                struct survey *ret, struct err *e) MUST_CHECK;

/* The row of a node of this cluster by name, or NULL. */
const struct survey_row *survey_find(const struct survey *s, const char *name);

/* Who speaks for the cluster: its leader, or, if that does not answer, somebody who does; NULL:
 * nobody does. */
const struct survey_row *survey_speaker(const struct survey *s);

/* The cluster has a leader that nobody reached contradicts: it says so itself, or it was not
 * reached but a quorum of voters in the latest term name it, of both halves of a joint
 * configuration. And its process is there: whoever still names a leader whose process is gone is
 * about to elect another. */
bool survey_leads(const struct survey *s);

/* Who is named as the leader has no process any more. */
bool survey_leader_is_gone(const struct survey *s);

/* It answered, and knows the cluster's leader: it leads itself, or follows. */
bool survey_follows(const struct survey *s, const struct survey_row *row);

/* How a member is: away does not answer, astray answers and does not know the leader. */
enum survey_member { SURVEY_WELL, SURVEY_ASTRAY, SURVEY_AWAY };

enum survey_member survey_member_is(const struct survey *s, const struct survey_row *row);

/* There is a leader, every member, voter or learner, is well, no node is of another cluster, and no
 * change of voters is under way. What health finds no fault with, and what is waited for. */
bool survey_is_healthy(const struct survey *s);

size_t survey_quorum(const struct survey *s);

/* Enough voters are well for entries to be committed: in a joint configuration of both halves. */
bool survey_has_quorum(const struct survey *s);

/* How many voters answer; old: of the outgoing ones of a joint configuration. */
size_t survey_answers(const struct survey *s, bool old);

/* Enough voters answer, whoever they follow: in a joint configuration of both halves. */
bool survey_quorum_answers(const struct survey *s);

/* How many of the voters that answer may fail until there are too few; negative: so many are
 * missing by now. In a joint configuration the half that is worse off counts. */
int survey_spare(const struct survey *s);

/* How many more voters may fail until there are too few. */
size_t survey_tolerates(const struct survey *s);

/* "by force, generation 1, without n2, n3": how often the cluster was recovered, and without whom
 * it went on. False, and nothing: it never was, as far as is said. */
bool survey_put_recovery(const struct survey *s, struct buf *out);

/* A voter that keeps data. */
bool survey_could_lead(const struct survey_row *row);

/* A voter that could lead, and is to lead only if nobody else does: its priority is 0. */
bool survey_is_drained(const struct survey_row *row);

/* What the cluster does if that is so of every one of them. */
#define SURVEY_ALL_DRAINED                                                                        \
    "every voter is drained: none is preferred, whoever leads goes on, and if it fails the next " \
    "election begins four election timeouts later"

/* Every voter that could lead is drained; and_too: this one is by now, or NULL. */
bool survey_all_drained(const struct survey *s, const char *and_too);

/* Entries of the leader's log a node is not known to have: by the leader's word, else by the node's
 * own. STATUS_NUMBER_NONE if neither is known. */
uint64_t survey_lag(const struct survey *s, const struct survey_row *row);

/* Calls say once for each thing a reader should worry about, with what to do about it; text is
 * borrowed for the call. */
void survey_warn(const struct survey *s, void (*say)(void *to, const char *text), void *to);

#endif
