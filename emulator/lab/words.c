/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/lab/words.h"

#include "base/jsonw.h"
#include "emulator/scenario/select.h"
#include "emulator/scenario/vocab.h"

#include <string.h>

/* How words become a value of a parameter. */
enum form {
    FORM_STRING, /* as it is, in quotes */
    FORM_BARE,   /* a number, true or false as they are; anything else in quotes */
    FORM_WHO,    /* selectors with commas between */
    FORM_NODE,   /* one selector */
    FORM_LIST,   /* strings with commas between */
    FORM_LINK,   /* two ends, or all */
    FORM_GROUPS, /* all words that are left, a group each */
    FORM_JSON    /* only as JSON */
};

static const enum form forms[PARAM_TYPES_COUNT] = {
    [PARAM_TYPE_duration] = FORM_STRING, [PARAM_TYPE_offset] = FORM_STRING,
    [PARAM_TYPE_size] = FORM_STRING,     [PARAM_TYPE_rate] = FORM_STRING,
    [PARAM_TYPE_share] = FORM_STRING,    [PARAM_TYPE_ppm] = FORM_STRING,
    [PARAM_TYPE_count] = FORM_BARE,      [PARAM_TYPE_boolean] = FORM_BARE,
    [PARAM_TYPE_choice] = FORM_STRING,   [PARAM_TYPE_text] = FORM_STRING,
    [PARAM_TYPE_texts] = FORM_LIST,      [PARAM_TYPE_who] = FORM_WHO,
    [PARAM_TYPE_node] = FORM_NODE,       [PARAM_TYPE_link] = FORM_LINK,
    [PARAM_TYPE_groups] = FORM_GROUPS,   [PARAM_TYPE_shape] = FORM_STRING,
    [PARAM_TYPE_loss] = FORM_STRING,     [PARAM_TYPE_distribution] = FORM_STRING,
    [PARAM_TYPE_mix] = FORM_JSON,        [PARAM_TYPE_pairs] = FORM_JSON,
    [PARAM_TYPE_event] = FORM_STRING,    [PARAM_TYPE_messages] = FORM_LIST,
    [PARAM_TYPE_actions] = FORM_LIST,    [PARAM_TYPE_impairment] = FORM_STRING,
    [PARAM_TYPE_ramped] = FORM_STRING,   [PARAM_TYPE_steps] = FORM_JSON,
    [PARAM_TYPE_branches] = FORM_JSON,   [PARAM_TYPE_weights] = FORM_JSON};

/* Keys of the step itself, and of a link, that may be given. */
static const char *const step_keys[] = {"for", "as", "must"};
static const char *const link_keys[] = {"direction", "plane", "message"};

struct making {
    const char *const *words;
    size_t count;
    unsigned nodes;
    struct param_list params;
    size_t at;                        /* the next word */
    const char *given[LAB_WORDS_MAX]; /* KEY=VALUE: the value; NULL: it is a word of the order */
    size_t key_len[LAB_WORDS_MAX];
    bool used[LAB_WORDS_MAX];
    struct lab_step *step;
};

/* ---- writing ---- */

static struct buf *out(struct making *m)
{
    return &m->step->json;
}

static void note(struct making *m, struct place at, size_t word, size_t from)
{
    struct lab_step *s = m->step;
    if (s->origins_count < ARRAY_LEN(s->origins))
        s->origins[s->origins_count++] = (struct lab_origin){at, word, from};
}

/* What was written since start. */
static void comes_from(struct making *m, size_t start, size_t word, size_t from)
{
    note(m, (struct place){start, m->step->json.len - start}, word, from);
}

static void put_quoted(struct making *m, const char *text, size_t len)
{
    struct jsonw w;
    jsonw_init(&w, out(m));
    jsonw_bytes(&w, text, len);
}

static bool is_bare(const char *text)
{
    return strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ||
           (text[0] >= '0' && text[0] <= '9' && text[strspn(text, "0123456789")] == '\0');
}

bool lab_word_is_json(const char *text)
{
    return text[0] == '{' || text[0] == '[' || text[0] == '"';
}

/* Strings with commas between; alone it is a string if that is allowed. */
static void put_list(struct making *m, size_t word, size_t from, bool alone)
{
    const char *text = m->words[word] + from;
    bool several = strchr(text, ',') != NULL || !alone;
    size_t start = out(m)->len;
    if (several)
        buf_putc(out(m), '[');
    for (const char *c = text;;) {
        size_t len = strcspn(c, ","), at = out(m)->len;
        put_quoted(m, c, len);
        comes_from(m, at, word, (size_t)(c - m->words[word]));
        if (c[len] == '\0')
            break;
        buf_puts(out(m), ", ");
        c += len + 1;
    }
    if (several)
        buf_putc(out(m), ']');
    comes_from(m, start, word, from);
}

/* One word, from that byte on, as a value of that form. */
static void put_value(struct making *m, enum form form, size_t word, size_t from)
{
    const char *text = m->words[word] + from;
    size_t start = out(m)->len;
    if (lab_word_is_json(text) || (form == FORM_BARE && is_bare(text)))
        buf_puts(out(m), text);
    else if (form == FORM_WHO || form == FORM_LIST)
        put_list(m, word, from, form == FORM_WHO);
    else
        put_quoted(m, text, strlen(text));
    comes_from(m, start, word, from);
}

static void put_key(struct making *m, const char *key)
{
    char last = out(m)->len == 0 ? '{' : out(m)->data[out(m)->len - 1];
    buf_putf(out(m), "%s\"%s\": ", last == '{' ? "" : ", ", key);
}

/* ---- which word is what ---- */

static void find_keys(struct making *m)
{
    for (size_t i = 1; i < m->count; i++) {
        const char *word = m->words[i], *equals = strchr(word, '=');
        size_t len = equals == NULL ? 0 : (size_t)(equals - word);
        bool key =
            len > 0 && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == len;
        m->given[i] = key ? equals + 1 : NULL;
        m->key_len[i] = len;
    }
}

/* The word that gives the key, or 0. */
static size_t word_of_key(const struct making *m, const char *key)
{
    for (size_t i = 1; i < m->count; i++) {
        if (m->given[i] != NULL && strlen(key) == m->key_len[i] &&
            strncmp(m->words[i], key, m->key_len[i]) == 0)
            return i;
    }
    return 0;
}

/* The next word of the order, or 0. */
static size_t next_word(struct making *m)
{
    while (m->at < m->count && (m->given[m->at] != NULL || m->used[m->at]))
        m->at++;
    return m->at < m->count ? m->at : 0;
}

static size_t take_word(struct making *m)
{
    size_t word = next_word(m);
    if (word != 0)
        m->used[word] = true;
    return word;
}

static bool is_selector(const struct making *m, const char *word)
{
    struct selector s;
    struct err ignored;
    bool node =
        word[0] == 'n' && word[1] >= '0' && word[1] <= '9'; /* if there is none: said later */
    return node || selector_parse(word, m->nodes, &s, &ignored) == 0;
}

/* Selectors as long as there are some, unless the next parameter takes some, too. */
static void put_many(struct making *m, size_t word, bool greedy)
{
    size_t next = next_word(m);
    if (!greedy || next == 0 || lab_word_is_json(m->words[word]) ||
        !is_selector(m, m->words[next])) {
        put_value(m, FORM_WHO, word, 0);
        return;
    }
    buf_putc(out(m), '[');
    put_value(m, FORM_STRING, word, 0);
    for (; next != 0 && is_selector(m, m->words[next]); next = next_word(m)) {
        buf_puts(out(m), ", ");
        put_value(m, FORM_STRING, take_word(m), 0);
    }
    buf_putc(out(m), ']');
}

static bool row_has(const struct making *m, const char *key)
{
    for (size_t i = 0; i < m->params.count; i++) {
        if (strcmp(vocab_param_name(m->params.items[i].id), key) == 0)
            return true;
    }
    return false;
}

static void put_keyed(struct making *m, const char *key, enum form form)
{
    size_t word = word_of_key(m, key);
    if (word == 0)
        return;
    m->used[word] = true;
    put_key(m, key);
    size_t quoted = strlen(key) + 2;
    note(m, (struct place){out(m)->len - 2 - quoted, quoted}, word, 0);
    put_value(m, form, word, m->key_len[word] + 1);
}

/* From one end to another, or all links: "all" with no selector behind it. */
static void put_link(struct making *m, size_t word)
{
    size_t to = next_word(m);
    bool all = strcmp(m->words[word], "all") == 0 && (to == 0 || !is_selector(m, m->words[to]));
    if (all || lab_word_is_json(m->words[word])) {
        put_value(m, FORM_STRING, word, 0);
        return;
    }
    size_t start = out(m)->len;
    buf_puts(out(m), "{\"from\": ");
    put_value(m, FORM_WHO, word, 0);
    if (to != 0) {
        buf_puts(out(m), ", \"to\": ");
        put_value(m, FORM_WHO, take_word(m), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(link_keys); i++) {
        if (!row_has(m, link_keys[i]))
            put_keyed(m, link_keys[i], i == 2 ? FORM_LIST : FORM_STRING);
    }
    buf_putc(out(m), '}');
    comes_from(m, start, word, 0);
}

/* A group a word; bars between them are welcome. */
static void put_groups(struct making *m, size_t word)
{
    size_t start = out(m)->len;
    bool first = true;
    if (lab_word_is_json(m->words[word])) {
        put_value(m, FORM_JSON, word, 0);
        return;
    }
    buf_putc(out(m), '[');
    for (size_t w = word; w != 0; w = take_word(m)) {
        if (strcmp(m->words[w], "|") == 0)
            continue;
        buf_puts(out(m), first ? "" : ", ");
        put_list(m, w, 0, false);
        first = false;
    }
    buf_putc(out(m), ']');
    comes_from(m, start, word, 0);
}

/* ---- the parameters ---- */

static bool takes_who(const struct making *m, size_t i)
{
    return i < m->params.count && (m->params.items[i].type == PARAM_TYPE_who ||
                                   m->params.items[i].type == PARAM_TYPE_node);
}

/* Whether one of the alternatives that exclude each other is given by its key. */
static bool one_is_keyed(const struct making *m)
{
    for (size_t i = 0; i < m->params.count; i++) {
        if (m->params.items[i].rule == RULE_one &&
            word_of_key(m, vocab_param_name(m->params.items[i].id)) != 0)
            return true;
    }
    return false;
}

static void put_param(struct making *m, size_t i)
{
    const struct param_spec *p = &m->params.items[i];
    enum form form = forms[p->type];
    put_keyed(m, vocab_param_name(p->id),
              form == FORM_LINK || form == FORM_GROUPS ? FORM_STRING : form);
    bool in_order =
        p->rule == RULE_must || p->rule == RULE_may || (p->rule == RULE_one && !one_is_keyed(m));
    if (word_of_key(m, vocab_param_name(p->id)) != 0 || !in_order || next_word(m) == 0)
        return;
    size_t word = take_word(m);
    put_key(m, vocab_param_name(p->id));
    if (form == FORM_LINK)
        put_link(m, word);
    else if (form == FORM_GROUPS)
        put_groups(m, word);
    else if (form == FORM_WHO)
        put_many(m, word, !takes_who(m, i + 1));
    else
        put_value(m, form, word, 0);
}

/* First what must be given, then what may. Keys that no row has are left to the parser, which knows
 * the nearest word. */
static void put_params(struct making *m)
{
    char key[64];
    buf_putc(out(m), '{');
    for (int may = 0; may < 2; may++) {
        for (size_t i = 0; i < m->params.count; i++) {
            if ((m->params.items[i].rule == RULE_may) == (may == 1))
                put_param(m, i);
        }
    }
    for (size_t i = 1; i < m->count; i++) {
        bool of_step = false;
        if (m->given[i] == NULL || m->used[i] || m->key_len[i] >= sizeof(key))
            continue;
        memcpy(key, m->words[i], m->key_len[i]);
        key[m->key_len[i]] = '\0';
        for (size_t k = 0; k < ARRAY_LEN(step_keys); k++)
            of_step = of_step || strcmp(step_keys[k], key) == 0;
        if (!of_step)
            put_keyed(m, key, FORM_BARE);
    }
    buf_putc(out(m), '}');
}

static int unknown_action(const char *word, struct err *e)
{
    const char *names[ACTIONS_COUNT];
    for (unsigned i = 0; i < ACTIONS_COUNT; i++)
        names[i] = vocab_action((enum action_id)i)->name;
    const char *near = diag_nearest(word, names, ARRAY_LEN(names));
    return err_set(e, -E_INVALID, "no action \"%.40s\"%s%s%s", word,
                   near == NULL ? ": raft-emulator fault names them all" : ": did you mean \"",
                   near == NULL ? "" : near, near == NULL ? "" : "\"?");
}

static int too_many(const struct making *m, int action, struct err *e)
{
    struct buf usage = {0};
    for (size_t i = 1; i < m->count; i++) {
        if (m->used[i])
            continue;
        lab_words_usage((unsigned)action, &usage);
        int code = err_set(e, -E_INVALID, "\"%.40s\" is a word too many; usage: %.300s",
                           m->words[i], buf_str(&usage));
        buf_free(&usage);
        return code;
    }
    return 0;
}

static int make(struct making *m, struct err *e)
{
    if (lab_word_is_json(m->words[0])) {
        put_value(m, FORM_JSON, 0, 0);
        return m->count == 1 ? 0 : err_set(e, -E_INVALID, "nothing may follow a whole step");
    }
    int action = vocab_find_action(m->words[0]);
    if (action < 0)
        return unknown_action(m->words[0], e);
    m->params = vocab_action((enum action_id)action)->params;
    find_keys(m);
    buf_putc(out(m), '{');
    put_key(m, m->words[0]);
    comes_from(m, 1, 0, 0);
    m->at = 1;
    if (m->count > 1 && m->words[1][0] == '{')
        put_value(m, FORM_JSON, take_word(m), 0);
    else
        put_params(m);
    for (size_t i = 0; i < ARRAY_LEN(step_keys); i++)
        put_keyed(m, step_keys[i], FORM_BARE);
    buf_putc(out(m), '}');
    return too_many(m, action, e);
}

int lab_words(const char *const *words, size_t count, unsigned nodes, struct lab_step *ret,
              struct err *e)
{
    struct making m = {.words = words, .count = count, .nodes = nodes, .step = ret};
    size_t bytes = 0;
    *ret = (struct lab_step){0};
    for (size_t i = 0; i < count; i++)
        bytes += strlen(words[i]) + 1;
    if (count == 0)
        return err_set(e, -E_INVALID, "which action? raft-emulator fault names them all");
    if (count > LAB_WORDS_MAX || bytes > LAB_LINE_MAX)
        return err_set(e, -E_LIMIT, "at most %d words with %d bytes", LAB_WORDS_MAX, LAB_LINE_MAX);
    return make(&m, e);
}

void lab_step_free(struct lab_step *s)
{
    buf_free(&s->json);
}
