/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "node/journal.h"

#include "base/checksum.h"
#include "base/units.h"
#include "node/node_private.h"

#include <stdio.h>
#include <string.h>

void journal_say(struct node *n, enum env_topic topic, enum env_level level, const char *text)
{
    struct journal *j = &n->journal;
    struct journal_line *line = &j->lines[j->next++ % JOURNAL_LINES];
    *line = (struct journal_line){.at_ns = n->now_ns, .topic = topic, .level = level};
    (void)snprintf(line->text, sizeof(line->text), "%s", text);
    n->env.log(n->env.arg, topic, level, text);
}

/* Any id can come by, so there is an end to what is kept; then all of it may be said anew. */
#define ONCE_MAX 1000

static uint64_t once_key(enum journal_once what, raft_id peer)
{
    uint64_t parts[] = {what, peer};
    return checksum64(parts, sizeof(parts)) | 1;
}

void journal_say_once(struct node *n, enum journal_once what, raft_id peer, enum env_level level,
                      const char *text)
{
    uint64_t key = once_key(what, peer);
    if (idmap_get(&n->said_once, key) != NULL)
        return;
    if (n->said_once.count == ONCE_MAX)
        idmap_free(&n->said_once);
    idmap_put(&n->said_once, key, n); /* anything: that it is there counts */
    journal_say(n, ENV_ABOUT_MEMBER, level, text);
}

void journal_mended(struct node *n, raft_id peer)
{
    for (int what = 0; what < ONCE_KINDS; what++)
        (void)idmap_take(&n->said_once, once_key((enum journal_once)what, peer));
}

const char *env_topic_name(enum env_topic topic)
{
    switch (topic) {
#define X(name, word) \
    case ENV_ABOUT_##name: return word;
        ENV_TOPICS(X)
#undef X
    }
    UNREACHABLE();
}

const char *env_level_name(enum env_level level)
{
    switch (level) {
    case ENV_DEBUG: return "debug";
    case ENV_INFO: return "info";
    case ENV_WARNING: return "warning";
    case ENV_ERROR: return "error";
    }
    UNREACHABLE();
}

void journal_json(const struct node *n, uint64_t count, struct buf *out)
{
    const struct journal *j = &n->journal;
    uint64_t kept = j->next < JOURNAL_LINES ? j->next : JOURNAL_LINES;
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_u64(&w, "incarnation", n->store.identity.incarnation);
    jsonw_key(&w, "events");
    jsonw_array(&w);
    for (uint64_t i = j->next - (count < kept ? count : kept); i < j->next; i++) {
        const struct journal_line *line = &j->lines[i % JOURNAL_LINES];
        jsonw_object(&w);
        jsonw_kv_u64(&w, "number", i + 1);
        jsonw_kv_u64(&w, "ago_ms", (n->now_ns - line->at_ns) / NS_PER_MS);
        jsonw_kv_string(&w, "level", env_level_name(line->level));
        jsonw_kv_string(&w, "topic", env_topic_name(line->topic));
        jsonw_kv_string(&w, "text", line->text);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    jsonw_end(&w);
}
