/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/jsonw.h"
#include "raftctl/form.h"
#include "raftctl/pending.h"
#include "raftctl/status_view.h"

static void say_json(void *to, const char *text)
{
    jsonw_string(to, text);
}

static void put_number(struct jsonw *w, const char *key, uint64_t number)
{
    if (number != STATUS_NUMBER_NONE)
        jsonw_kv_u64(w, key, number);
}

static void put_error(struct jsonw *w, const struct survey_row *row)
{
    const char *code = row->error_number != 0 ? strerrorname_np(row->error_number) : NULL;
    jsonw_key(w, "error");
    jsonw_object(w);
    jsonw_kv_string(w, "code", code != NULL ? code : "EPROTO");
    jsonw_kv_string(w, "msg", row->error_text);
    jsonw_end(w);
}

static void put_node(struct jsonw *w, const struct survey *s, const struct survey_row *row)
{
    jsonw_object(w);
    jsonw_kv_string(w, "name", row->member.name);
    if (row->member.id[0] != '\0')
        jsonw_kv_string(w, "id", row->member.id);
    if (row->member.address[0] != '\0')
        jsonw_kv_string(w, "address", row->member.address);
    jsonw_kv_bool(w, "member", row->is_member);
    jsonw_kv_bool(w, "voter", row->is_member && row->member.voter);
    jsonw_kv_bool(w, "reachable", row->reached);
    if (row->is_member)
        put_number(w, "priority", row->member.priority);
    put_number(w, "lag", survey_lag(s, row));
    put_number(w, "contact_ms", row->member.contact_ms);
    if (row->member.refused[0] != '\0')
        jsonw_kv_string(w, "refused", row->member.refused);
    if (pending_part(s, row) != NULL)
        jsonw_kv_string(w, "pending", pending_part(s, row));
    if (row->reached) {
        jsonw_kv_string(w, "role", row->node.role);
        put_number(w, "term", row->node.term);
        put_number(w, "last", row->node.last);
        put_number(w, "commit", row->node.commit);
        put_number(w, "applied", row->node.applied);
        put_number(w, "first", row->node.first);
        put_number(w, "election_ms", row->node.election_ms);
        put_number(w, "lease_ms", row->node.lease_ms);
        put_number(w, "heard_ms", row->node.heard_ms);
        if (row->node.version[0] != '\0')
            jsonw_kv_string(w, "version", row->node.version);
    } else {
        put_error(w, row);
    }
    jsonw_end(w);
}

static void put_given_up(struct jsonw *w, const struct status_names *names)
{
    if (names->count == 0)
        return;
    jsonw_key(w, "given_up");
    jsonw_array(w);
    for (size_t i = 0; i < names->count; i++)
        jsonw_string(w, names->names[i]);
    jsonw_end(w);
}

static void put_cluster(struct jsonw *w, const struct survey *s)
{
    jsonw_key(w, "cluster");
    jsonw_object(w);
    jsonw_kv_string(w, "name", s->cluster.name);
    jsonw_kv_string(w, "id", s->cluster.id);
    put_number(w, "term", s->cluster.term);
    jsonw_key(w, "leader");
    if (s->cluster.leader[0] != '\0')
        jsonw_string(w, s->cluster.leader);
    else
        jsonw_null(w);
    put_number(w, "commit", s->cluster.commit);
    jsonw_kv_u64(w, "voters", s->voters_count);
    jsonw_kv_u64(w, "quorum", survey_quorum(s));
    jsonw_kv_u64(w, "healthy", s->healthy_count);
    jsonw_kv_u64(w, "tolerates", survey_tolerates(s));
    jsonw_kv_bool(w, "joint", s->cluster.joint);
    put_number(w, "generation", s->cluster.generation);
    put_given_up(w, &s->given_up);
    pending_put(w, s);
    jsonw_end(w);
}

void status_put_json(struct buf *out, const struct survey *s)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    put_cluster(&w, s);
    jsonw_key(&w, "nodes");
    jsonw_array(&w);
    for (size_t i = 0; i < s->rows_count; i++)
        put_node(&w, s, &s->rows[i]);
    for (size_t i = 0; i < s->foreign_count; i++)
        put_node(&w, s, &s->foreign[i]);
    jsonw_end(&w);
    jsonw_key(&w, "warnings");
    jsonw_array(&w);
    survey_warn(s, say_json, &w);
    jsonw_end(&w);
    form_put_via(&w, s->via);
    jsonw_end(&w);
}
