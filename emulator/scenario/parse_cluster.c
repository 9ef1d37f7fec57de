/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cluster, its links and its clients. */
#include "base/mem.h"
#include "emulator/scenario/config_keys.h"
#include "emulator/scenario/parse_inside.h"

#include <stdio.h>
#include <string.h>

#define ELECTION_NS_MIN_DEFAULT (150 * NS_PER_MS)
#define ELECTION_NS_MAX_DEFAULT (300 * NS_PER_MS)
#define HEARTBEAT_NS_DEFAULT    (50 * NS_PER_MS)

/* ---- configuration of the system under test ---- */

static bool range(struct parse *p, const struct json *v, uint64_t *ret_low, uint64_t *ret_high)
{
    if (v->type == JSON_STRING && units_duration_range(v->text, ret_low, ret_high) == 0 &&
        *ret_low > 0 && *ret_high <= PARSE_NS_MAX)
        return true;
    return parse_error(p, v, "as \"150ms..300ms\"",
                       "expected a range of durations, lower end first");
}

/* raftd does not know ET. */
static bool plain_duration(struct parse *p, const struct json *v, uint64_t *ret_ns)
{
    if (v->type == JSON_STRING && units_duration(v->text, ret_ns) == 0 && *ret_ns <= PARSE_NS_MAX)
        return true;
    return parse_error(p, v, "as \"50ms\"", "expected a duration with its unit");
}

static bool limit(struct parse *p, const struct json *v)
{
    uint64_t ns;
    bool off = v->type == JSON_STRING && strcmp(v->text, "off") == 0;
    if (off || (v->type == JSON_STRING && units_duration(v->text, &ns) == 0 && ns > 0 &&
                ns <= PARSE_NS_MAX))
        return true;
    return parse_error(p, v, "as \"500ms\"", "expected a duration with its unit, or \"off\"");
}

static bool ppm(struct parse *p, const struct json *v)
{
    int64_t value;
    if (v->type == JSON_STRING && units_ppm(v->text, &value) == 0 && value >= 0)
        return true;
    return parse_error(p, v, "as \"100000ppm\"", "expected millionths with their unit");
}

static bool is_switch(struct parse *p, const struct json *v)
{
    bool text =
        v->type == JSON_STRING && (strcmp(v->text, "on") == 0 || strcmp(v->text, "off") == 0);
    return text || v->type == JSON_BOOL ||
           parse_error(p, v, NULL, "expected \"on\" or \"off\", true or false");
}

static bool unknown_setting(struct parse *p, const struct json *v)
{
    const char *names[64];
    size_t count = 0;
    char hint[96];
    while (count < ARRAY_LEN(names) && config_key_at(count) != NULL) {
        names[count] = config_key_at(count)->name;
        count++;
    }
    return parse_key_error(p, v, parse_nearest(v->key, names, count, hint),
                           "raftd has no setting \"%.40s\"", v->key);
}

static bool check_setting(struct parse *p, const struct json *v)
{
    const struct config_key *key = config_key_find(v->key);
    uint64_t low, high;
    unsigned index;
    if (key == NULL)
        return unknown_setting(p, v);
    switch (key->type) {
    case CONFIG_duration: return plain_duration(p, v, &low);
    case CONFIG_range: return range(p, v, &low, &high);
    case CONFIG_limit: return limit(p, v);
    case CONFIG_ppm: return ppm(p, v);
    case CONFIG_count: return parse_count(p, v, 0, UINT32_MAX, &low);
    case CONFIG_size: return parse_size(p, v, &low);
    case CONFIG_switch: return is_switch(p, v);
    case CONFIG_choice: return parse_choice(p, v, key->choices, &index);
    case CONFIG_owned:
        return parse_key_error(p, v, NULL, "\"%s\" is set by the emulator", key->name);
    }
    UNREACHABLE();
}

/* A switch becomes "on" or "off", however it was written. */
static void normalise(struct pair_list *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        struct pair *pair = &pairs->items[i];
        const struct config_key *key = config_key_find(pair->key);
        if (key == NULL || key->type != CONFIG_switch || pair->is_text)
            continue;
        const char *word = strcmp(pair->value, "true") == 0 ? "on" : "off";
        mem_free(pair->value);
        pair->value = mem_strdup(word);
        pair->is_text = true;
    }
}

static bool parse_config(struct parse *p, const struct json *v, struct pair_list *ret)
{
    bool raftd = scenario_is_raftd(p->s), ok = true;
    if (!parse_pairs(p, v, ret))
        return false;
    for (const struct json *c = v->child; raftd && c != NULL; c = c->next)
        ok = (is_comment(c) || check_setting(p, c)) && ok;
    if (raftd && ok)
        normalise(ret);
    return ok;
}

static bool parse_per_node(struct parse *p, const struct json *v)
{
    bool ok = true;
    if (!parse_type(p, v, JSON_OBJECT, "an object, as {\"n1\":{\"heartbeat\":\"100ms\"}}"))
        return false;
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        struct selector s;
        struct err e;
        char hint[SELECTOR_TEXT_MAX];
        if (is_comment(c))
            continue;
        if (selector_parse(c->key, p->nodes_count, &s, &e) < 0)
            ok = parse_key_error(p, c, selector_hint(c->key, p->nodes_count, hint), "%s", e.text);
        else if (s.kind != SELECT_node)
            ok = parse_key_error(p, c, NULL, "\"%.40s\": roles are not known yet, name a node",
                                 c->key);
        else
            ok = parse_config(p, c, &p->s->cluster.per_node[s.number]) && ok;
    }
    return ok;
}

static bool parse_per_version(struct parse *p, const struct json *v)
{
    struct scenario_cluster *c = &p->s->cluster;
    bool ok = true;
    if (!parse_type(p, v, JSON_OBJECT, "an object, as {\"v2\":{\"prevote\":\"off\"}}"))
        return false;
    for (const struct json *one = v->child; one != NULL; one = one->next) {
        int number = is_comment(one) ? -1 : scenario_version_find(p->s, one->key);
        if (is_comment(one))
            continue;
        if (number < 0)
            ok = parse_key_error(p, one, NULL, "\"%.40s\" is none of the \"versions\"", one->key);
        else
            ok = parse_config(p, one, &c->per_version[number]) && ok;
    }
    return ok;
}

static bool parse_versions(struct parse *p, const struct json *names, const struct json *settings)
{
    struct scenario_cluster *c = &p->s->cluster;
    if (names != NULL && !parse_texts(p, names, &c->versions))
        return false;
    c->per_version = mem_array(c->versions.count + 1, sizeof(*c->per_version));
    return settings == NULL || parse_per_version(p, settings);
}

/* What the parser and lint need to know of the timing; raftd checks its own settings again. */
static bool parse_timing(struct parse *p, const struct json *config)
{
    struct scenario_cluster *c = &p->s->cluster;
    const struct json *election = json_get(config, "election_timeout");
    const struct json *heartbeat = json_get(config, "heartbeat");
    c->election_ns_min = ELECTION_NS_MIN_DEFAULT;
    c->election_ns_max = ELECTION_NS_MAX_DEFAULT;
    c->heartbeat_ns = HEARTBEAT_NS_DEFAULT;
    bool ok = election == NULL || range(p, election, &c->election_ns_min, &c->election_ns_max);
    p->et_ns = c->election_ns_min;
    return (heartbeat == NULL || plain_duration(p, heartbeat, &c->heartbeat_ns)) && ok;
}

static bool parse_counts(struct parse *p, const struct json *v)
{
    static const char *const names[] = {"voters", "learners", "spare"};
    uint64_t counts[3] = {0}, sum = 0;
    bool ok = true;
    if (json_get(v, "voters") == NULL)
        ok = parse_key_error(p, v, NULL, "cluster needs \"voters\": how many nodes vote");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct json *count = json_get(v, names[i]);
        ok = (count == NULL || parse_count(p, count, i == 0, LIMIT_MEMBERS, &counts[i])) && ok;
        sum += counts[i];
    }
    if (sum > LIMIT_MEMBERS)
        ok = parse_key_error(p, v, NULL, "%llu nodes are more than %d", (unsigned long long)sum,
                             LIMIT_MEMBERS);
    if (!ok)
        return false;
    p->s->cluster.voters = (size_t)counts[0];
    p->s->cluster.learners = (size_t)counts[1];
    p->s->cluster.spare = (size_t)counts[2];
    p->nodes_count = (size_t)sum;
    return true;
}

/* A word, or "exec:" and a command. */
static bool parse_sut(struct parse *p, const struct json *v, char **ret)
{
    static const char *const names[] = {"raftd", "etcd", "redis-sentinel"};
    if (!parse_text(p, v, ret))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(*ret, names[i]) == 0)
            return true;
    }
    if (strncmp(*ret, "exec:", 5) == 0 && (*ret)[5] != '\0')
        return true;
    return parse_error(p, v, NULL,
                       "no such system: there are \"raftd\", \"etcd\", \"redis-sentinel\" and "
                       "\"exec:PROGRAM\", an adapter");
}

bool parse_cluster(struct parse *p, const struct json *v)
{
    static const char *const names[] = {"voters",   "learners",   "spare",  "sut",
                                        "versions", "perVersion", "config", "perNode"};
    struct scenario_cluster *c = &p->s->cluster;
    if (!parse_type(p, v, JSON_OBJECT, "an object, as {\"voters\":5}"))
        return false;
    bool ok = parse_known_keys(p, v, names, ARRAY_LEN(names), "cluster");
    const struct json *sut = json_get(v, "sut"), *versions = json_get(v, "versions");
    const struct json *config = json_get(v, "config"), *per_node = json_get(v, "perNode");
    ok = parse_counts(p, v) && ok;
    if (sut != NULL)
        ok = parse_sut(p, sut, &c->sut) && ok;
    if (c->sut == NULL)
        c->sut = mem_strdup("raftd");
    ok = parse_versions(p, versions, json_get(v, "perVersion")) && ok;
    bool settings = config == NULL || parse_config(p, config, &c->config);
    ok = parse_timing(p, settings ? config : NULL) && settings && ok; /* wrong ones were said */
    return (per_node == NULL || parse_per_node(p, per_node)) && ok;
}

/* ---- links ---- */

static bool fixed_ends(struct parse *p, const struct json *v, const struct selectors *who)
{
    for (size_t i = 0; i < who->count; i++) {
        enum selector_kind kind = who->items[i].kind;
        if (kind != SELECT_node && kind != SELECT_all && kind != SELECT_rest)
            return parse_error(p, v, NULL,
                               "before the start there are no roles: name nodes, "
                               "\"all\" or \"rest\"");
    }
    return true;
}

static bool parse_pair_links(struct parse *p, const struct json *v)
{
    bool ok = true;
    if (!parse_type(p, v, JSON_ARRAY, "a list of links with impairments"))
        return false;
    if (v->count > LIMIT_MEMBERS * LIMIT_MEMBERS)
        return parse_error(p, v, NULL, "more links than there can be");
    p->s->links_pairs = mem_array(v->count, sizeof(*p->s->links_pairs));
    for (const struct json *c = v->child; c != NULL; c = c->next) {
        struct scenario_args *args = &p->s->links_pairs[p->s->links_pairs_count++].args;
        if (!parse_args(p, c, vocab_action(ACTION_net_set)->params, "a link", args)) {
            ok = false;
            continue;
        }
        const struct scenario_link *link = scenario_arg_link(args, PARAM_link);
        const struct json *at = json_get(c, "link");
        ok = parse_check_impairments(p, c, args) && fixed_ends(p, at, &link->from) &&
             fixed_ends(p, at, &link->to) && ok;
    }
    return ok;
}

bool parse_links(struct parse *p, const struct json *v)
{
    static const char *const names[] = {"default", "perPair"};
    if (!parse_type(p, v, JSON_OBJECT, "an object, as {\"default\":{\"delay\":\"2ms\"}}"))
        return false;
    bool ok = parse_known_keys(p, v, names, ARRAY_LEN(names), "links");
    const struct json *all = json_get(v, "default"), *pairs = json_get(v, "perPair");
    if (all != NULL)
        ok = parse_args(p, all, vocab_impairments(), "links.default", &p->s->links_default) &&
             parse_check_impairments(p, all, &p->s->links_default) && ok;
    return (pairs == NULL || parse_pair_links(p, pairs)) && ok;
}

/* ---- clients ---- */

static bool parse_client_numbers(struct parse *p, const struct json *v, struct scenario_clients *c)
{
    const struct json *count = json_get(v, "count"), *rate = json_get(v, "ratePerS");
    const struct json *keys = json_get(v, "keys"), *hot = json_get(v, "hot");
    const struct json *value = json_get(v, "value"), *timeout = json_get(v, "timeout");
    uint64_t n = 0;
    bool ok = count == NULL ? parse_key_error(p, v, NULL, "clients needs \"count\": how many")
                            : parse_count(p, count, 0, SCENARIO_CLIENTS_MAX, &n);
    c->count = (size_t)n;
    ok = (rate == NULL || parse_count(p, rate, 0, PARSE_RATE_MAX, &c->rate_per_s)) && ok;
    ok = (keys == NULL || parse_count(p, keys, 1, PARSE_KEYS_MAX, &c->keys)) && ok;
    ok = (hot == NULL || parse_share(p, hot, &c->hot)) && ok;
    ok = (value == NULL || parse_value_size(p, value, &c->value_bytes)) && ok;
    return (timeout == NULL || parse_patience(p, timeout, &c->timeout_ns)) && ok;
}

static bool parse_client_words(struct parse *p, const struct json *v, struct scenario_clients *c)
{
    const struct json *model = json_get(v, "model"), *mix = json_get(v, "mix");
    const struct json *retry = json_get(v, "retry"), *sessions = json_get(v, "sessions");
    const struct json *mode = json_get(v, "readMode"), *attach = json_get(v, "attach");
    const struct json *idle = json_get(v, "idle");
    unsigned index = 0;
    bool ok = model == NULL || parse_choice(p, model, SCENARIO_MODELS, &index);
    c->model = mem_strdup(model != NULL && ok ? model->text : "register");
    ok = (mix == NULL || parse_mix(p, mix, &c->mix)) && ok;
    ok = (retry == NULL || parse_bool(p, retry, &c->retry)) && ok;
    ok = (sessions == NULL || parse_bool(p, sessions, &c->sessions)) && ok;
    ok = (idle == NULL || parse_bool(p, idle, &c->idle)) && ok;
    index = READ_index;
    ok = (mode == NULL || parse_choice(p, mode, READ_MODES, &index)) && ok;
    c->read_mode = (enum read_mode)index;
    index = ATTACH_any;
    ok = (attach == NULL || parse_choice(p, attach, CLIENT_ATTACHES, &index)) && ok;
    c->attach = (enum client_attach)index;
    return ok;
}

bool parse_clients(struct parse *p, const struct json *v)
{
    static const char *const names[] = {"count",    "model",  "ratePerS", "keys",    "mix",
                                        "hot",      "value",  "retry",    "timeout", "sessions",
                                        "readMode", "attach", "idle"};
    struct scenario_clients *c = &p->s->clients;
    if (!parse_type(p, v, JSON_OBJECT, "an object, as {\"count\":8}"))
        return false;
    bool ok = parse_known_keys(p, v, names, ARRAY_LEN(names), "clients");
    c->keys = 5;
    c->timeout_ns = 2 * NS_PER_S;
    c->mix.weight[OP_read] = c->mix.weight[OP_write] = 50;
    ok = parse_client_numbers(p, v, c) && ok;
    return parse_client_words(p, v, c) && ok;
}
