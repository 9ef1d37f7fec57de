/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/deed.h"

#include "base/mem.h"
#include "raftctl/options.h"

#include <stdio.h>

/* One deed: the verb, read as it was when it ran. */
struct deed {
    struct jsonw *w;
    struct recorder *r;
    const struct ctl *ctl;
    enum ctl_exit exit;
    struct span answer;
};

/* What client.op takes: keys and values are words. */
#define KEY_BYTES_MAX   39
#define VALUE_BYTES_MAX 63

static bool is_word(const char *s, size_t bytes_max)
{
    size_t len = strlen(s);
    for (size_t i = 0; i < len; i++) {
        if (s[i] <= ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\')
            return false;
    }
    return len > 0 && len <= bytes_max;
}

static bool is_key(const char *s)
{
    return is_word(s, KEY_BYTES_MAX);
}

static bool put_node(const struct deed *d, const char *key, const char *name)
{
    char text[24];
    size_t number = recorder_node(d->r, name);
    if (number == 0)
        return false;
    (void)snprintf(text, sizeof(text), "n%zu", number);
    jsonw_kv_string(d->w, key, text);
    return true;
}

/* What the answer was is what it is to be again: done, or refused; else whatever comes. */
static void put_expect(const struct deed *d)
{
    jsonw_kv_string(d->w, "expect",
                    d->exit == CTL_OK   ? "ok"
                    : d->exit == CTL_NO ? "refused"
                                        : "any");
}

static void begin(const struct deed *d, const char *action)
{
    jsonw_key(d->w, action);
    jsonw_object(d->w);
}

/* ---- operations of a client ---- */

static void put_op(const struct deed *d, const char *kind, const char *key, const char *value)
{
    begin(d, "client.op");
    jsonw_kv_string(d->w, "kind", kind);
    jsonw_kv_string(d->w, "key", key);
    if (value != NULL)
        jsonw_kv_string(d->w, "value", value);
    if (d->ctl->value[OPT_FROM] != NULL)
        (void)put_node(d, "via", d->ctl->value[OPT_FROM]);
    if (strcmp(kind, "read") == 0 && d->ctl->consistency != NULL)
        jsonw_kv_string(d->w, "readMode", d->ctl->consistency);
    if (d->exit == CTL_OK) {
        jsonw_kv_string(d->w, "expect", "ok");
        d->r->ok_count++;
    }
    jsonw_end(d->w);
}

static bool put_get(const struct deed *d)
{
    if (!is_key(d->ctl->argv[0]))
        return false;
    put_op(d, "read", d->ctl->argv[0], NULL);
    return true;
}

/* A value that is no word of the language is one of the client's own there. */
static void put_write(const struct deed *d, const char *key, const char *value)
{
    bool same =
        strcmp(value, "-") != 0 && is_word(value, VALUE_BYTES_MAX) && strchr(value, '.') == NULL;
    put_op(d, "write", key, same ? value : NULL);
}

/* A write under a condition is done as it came out: it wrote, or it only looked. */
static bool put_conditional(const struct deed *d, const char *key, const char *value)
{
    if (d->exit != CTL_OK && d->exit != CTL_NO)
        return false;
    if (d->exit == CTL_OK)
        put_write(d, key, value);
    else
        put_op(d, "read", key, NULL);
    return true;
}

static bool put_set(const struct deed *d)
{
    const char *key = d->ctl->argv[0], *value = d->ctl->argv[1];
    if (!is_key(key))
        return false;
    if (d->ctl->given[OPT_IF_ABSENT])
        return put_conditional(d, key, value);
    put_write(d, key, value);
    return true;
}

/* The last word is the new value, whether another one was expected or none. */
static bool put_cas(const struct deed *d)
{
    return is_key(d->ctl->argv[0]) &&
           put_conditional(d, d->ctl->argv[0], d->ctl->argv[d->ctl->argc - 1]);
}

/* What a client of the language appends is its own, so that each piece is known again. */
static bool put_append(const struct deed *d)
{
    if (!is_key(d->ctl->argv[0]))
        return false;
    put_op(d, "append", d->ctl->argv[0], NULL);
    return true;
}

/* The number in the answer, in whichever form that was given. */
static bool find_number(struct span answer, int64_t *ret)
{
    static const char name[] = "\"value\":";
    char text[32] = "";
    const char *named = memmem(answer.data, answer.len, name, sizeof(name) - 1);
    const char *at = named == NULL ? answer.data : named + sizeof(name) - 1;
    const char *end = answer.data + answer.len;
    at += at < end && *at == '"';
    for (size_t i = 0; at < end && i < sizeof(text) - 1 && strchr("-0123456789", *at) != NULL; i++)
        text[i] = *at++;
    return span_to_i64(span_str(text), ret);
}

/* The language's store does not count: what it came to is written. */
static bool put_incr(const struct deed *d)
{
    char text[24];
    int64_t number = 0;
    bool all = d->ctl->value[OPT_AT] == NULL; /* else it may be another number */
    if (!is_key(d->ctl->argv[0]) ||
        (d->exit == CTL_OK && (!all || !find_number(d->answer, &number))))
        return false;
    (void)snprintf(text, sizeof(text), "%lld", (long long)number);
    return put_conditional(d, d->ctl->argv[0], text);
}

/* An operation has one key: several of them follow each other. */
static bool put_each(const struct deed *d, const char *kind)
{
    for (int i = 0; i < d->ctl->argc; i++) {
        if (!is_key(d->ctl->argv[i]))
            return false;
    }
    if (d->ctl->argc == 1) {
        put_op(d, kind, d->ctl->argv[0], NULL);
        return true;
    }
    begin(d, "repeat");
    jsonw_kv_u64(d->w, "times", 1);
    jsonw_key(d->w, "steps");
    jsonw_array(d->w);
    for (int i = 0; i < d->ctl->argc; i++) {
        jsonw_object(d->w);
        put_op(d, kind, d->ctl->argv[i], NULL);
        jsonw_end(d->w);
    }
    jsonw_end(d->w);
    jsonw_end(d->w);
    return true;
}

static bool put_del(const struct deed *d)
{
    return put_each(d, "delete");
}

static bool put_mget(const struct deed *d)
{
    return put_each(d, "read");
}

/* ---- members, leader, snapshots ---- */

/* A node, and what is expected. */
static bool put_about(const struct deed *d, const char *action, const char *key)
{
    if (d->ctl->argc > 0 && recorder_node(d->r, d->ctl->argv[0]) == 0)
        return false;
    begin(d, action);
    if (d->ctl->argc > 0)
        (void)put_node(d, key, d->ctl->argv[0]);
    put_expect(d);
    return true;
}

static bool put_member_add(const struct deed *d)
{
    if (!put_about(d, "member.add", "who"))
        return false;
    jsonw_kv_string(d->w, "as",
                    d->ctl->given[OPT_LEARNER]   ? "learner"
                    : d->ctl->given[OPT_WITNESS] ? "witness"
                                                 : "voter");
    jsonw_end(d->w);
    return true;
}

static bool put_member_remove(const struct deed *d)
{
    if (!put_about(d, "member.remove", "who"))
        return false;
    if (d->ctl->given[OPT_SHUTDOWN])
        jsonw_kv_bool(d->w, "shutdown", true);
    jsonw_end(d->w);
    return true;
}

static bool put_member_replace(const struct deed *d)
{
    if (recorder_node(d->r, d->ctl->argv[1]) == 0 || !put_about(d, "member.replace", "who"))
        return false;
    (void)put_node(d, "to", d->ctl->argv[1]);
    jsonw_end(d->w);
    return true;
}

/* The names in n1=ADDRESS,n4=ADDRESS. */
static bool put_member_change(const struct deed *d)
{
    char name[LIMIT_NODE_NAME + 1];
    size_t numbers[LIMIT_MEMBERS], count = 0;
    for (const char *at = d->ctl->argv[0]; *at != '\0';) {
        size_t len = strcspn(at, ","), name_len = strcspn(at, "=,");
        if (count == LIMIT_MEMBERS || name_len > LIMIT_NODE_NAME)
            return false;
        (void)snprintf(name, sizeof(name), "%.*s", (int)name_len, at);
        numbers[count] = recorder_node(d->r, name);
        if (numbers[count++] == 0)
            return false;
        at += len + (at[len] == ',');
    }
    begin(d, "member.change");
    jsonw_key(d->w, "target");
    jsonw_array(d->w);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof(name), "n%zu", numbers[i]);
        jsonw_string(d->w, name);
    }
    jsonw_end(d->w);
    jsonw_kv_string(d->w, "style", "joint");
    put_expect(d);
    jsonw_end(d->w);
    return true;
}

/* Who cannot be recovered was asked in vain: the language has no word for that. */
static bool put_recover(const struct deed *d)
{
    if (d->exit != CTL_OK || recorder_node(d->r, d->ctl->argv[0]) == 0)
        return false;
    begin(d, "cluster.forceRecover");
    (void)put_node(d, "survivors", d->ctl->argv[0]);
    jsonw_end(d->w);
    return true;
}

/* ---- options, and waiting ---- */

/* As options are spelled in the language. */
static bool put_config_set(const struct deed *d)
{
    const char *node = d->ctl->value[OPT_NODE];
    struct buf knob = {0};
    if (node != NULL && recorder_node(d->r, node) == 0)
        return false;
    for (const char *c = d->ctl->argv[0]; *c != '\0'; c++)
        buf_putc(&knob, *c == '-' ? '_' : *c);
    begin(d, "config.set");
    if (node != NULL)
        (void)put_node(d, "who", node);
    else
        jsonw_kv_string(d->w, "who", "all");
    jsonw_kv_string(d->w, "knob", buf_str(&knob));
    jsonw_kv_string(d->w, "value", d->ctl->argv[1]);
    put_expect(d);
    jsonw_end(d->w);
    buf_free(&knob);
    return true;
}

/* node=NAME:ROLE, or NAME:caught-up */
static bool put_role(const struct deed *d, const char *text)
{
    char name[LIMIT_NODE_NAME + 1];
    size_t len = strcspn(text, ":");
    const char *role = text + len + 1;
    bool caught_up = text[len] != '\0' && strcmp(role, "caught-up") == 0;
    if (text[len] == '\0' || len > LIMIT_NODE_NAME || strcmp(role, "down") == 0 ||
        strchr(role, '=') != NULL)
        return false;
    (void)snprintf(name, sizeof(name), "%.*s", (int)len, text);
    if (recorder_node(d->r, name) == 0)
        return false;
    begin(d, "wait");
    begin(d, caught_up ? "caughtUp" : "role");
    (void)put_node(d, "who", name);
    if (!caught_up)
        jsonw_kv_string(d->w, "is", role);
    return true;
}

/* What holds of this cluster alone, as numbers of entries, is not waited for in another one. */
static bool put_wait(const struct deed *d)
{
    const char *what = d->ctl->argv[0];
    if (d->exit != CTL_OK)
        return false;
    if (strcmp(what, "leader") == 0) {
        begin(d, "wait");
        begin(d, "leader");
    } else if (strcmp(what, "healthy") == 0 || strcmp(what, "caught-up") == 0) {
        begin(d, "wait");
        begin(d, "caughtUp");
        jsonw_kv_string(d->w, "who", "voters");
    } else if (strncmp(what, "node=", 5) != 0 || !put_role(d, what + 5)) {
        return false;
    }
    jsonw_end(d->w);
    jsonw_end(d->w);
    jsonw_kv_string(d->w, "within", "30s");
    return true;
}

static bool put_stepdown(const struct deed *d)
{
    begin(d, "leader.stepDown");
    if (d->ctl->given[OPT_FORCE])
        jsonw_kv_bool(d->w, "force", true);
    put_expect(d);
    jsonw_end(d->w);
    return true;
}

static bool put_transfer(const struct deed *d)
{
    if (!put_about(d, "leader.transfer", "to"))
        return false;
    jsonw_end(d->w);
    return true;
}

/* These name their node. */
static bool put_named(const struct deed *d, const char *action)
{
    if (d->ctl->argc == 0 || !put_about(d, action, "who"))
        return false;
    jsonw_end(d->w);
    return true;
}

static bool put_promote(const struct deed *d)
{
    return put_named(d, "member.promote");
}

static bool put_demote(const struct deed *d)
{
    return put_named(d, "member.demote");
}

static bool put_leave(const struct deed *d)
{
    return put_named(d, "node.leave");
}

static bool put_snapshot(const struct deed *d)
{
    return put_named(d, "snapshot.take");
}

static const struct {
    const char *verb;
    bool (*put)(const struct deed *d);
} deeds[] = {
    {"get", put_get},
    {"set", put_set},
    {"append", put_append},
    {"cas", put_cas},
    {"incr", put_incr},
    {"del", put_del},
    {"mget", put_mget},
    {"member add", put_member_add},
    {"member remove", put_member_remove},
    {"member replace", put_member_replace},
    {"member change", put_member_change},
    {"recover", put_recover},
    {"config set", put_config_set},
    {"wait", put_wait},
    {"member promote", put_promote},
    {"member demote", put_demote},
    {"transfer", put_transfer},
    {"stepdown", put_stepdown},
    {"leave", put_leave},
    {"snapshot take", put_snapshot},
};

static bool put(const struct deed *d)
{
    for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
        if (strcmp(deeds[i].verb, d->ctl->verb->name) == 0)
            return deeds[i].put(d);
    }
    return false;
}

bool deed_put(struct jsonw *w, struct recorder *r, char *const *words, size_t count,
              enum ctl_exit exit, struct span answer)
{
    static const char *const nowhere[CTL_OPTIONS_COUNT] = {[OPT_ENDPOINTS] = "nowhere:1"};
    struct ctl *ctl = mem_alloc(sizeof(*ctl));
    struct profile profile;
    struct failure ignored;
    char **copy = mem_array(count + 1, sizeof(copy[0]));
    for (size_t i = 0; i < count; i++)
        copy[i] = words[i];
    bool said = options_parse(copy, count, nowhere, &profile, ctl, &ignored) == WISH_RUN &&
                !ctl->given[OPT_DRY_RUN];
    if (said) {
        const struct deed d = {.w = w, .r = r, .ctl = ctl, .exit = exit, .answer = answer};
        said = put(&d);
    }
    profile_free(&profile);
    mem_free(copy);
    mem_free(ctl);
    return said;
}
