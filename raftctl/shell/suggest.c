/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/suggest.h"

#include "base/mem.h"
#include "raftctl/complete.h"
#include "raftctl/shell/meta.h"
#include "raftctl/shell/words.h"

#include <stdio.h>

/* The command the cursor is in, cut there: whole words, and the beginning of one. */
struct place {
    char **words;    /* owned, with room for one more and a NULL behind */
    size_t count;    /* whole ones */
    char *prefix;    /* owned: what the begun one says; "" between words */
    size_t start;    /* where that one begins in the line */
    bool in_quote;   /* it began with a quote */
    bool open_quote; /* and that is not closed */
    bool unclear;    /* a mistake, or an unfinished brace */
};

static void find_place(const char *line, size_t cursor, struct place *p)
{
    const struct span text = span_of(line, cursor);
    struct words w = {0}, last = {0};
    struct err e = {0};
    size_t at = 0;
    *p = (struct place){.start = cursor};
    while (words_next(text, &at, &w, &e) == 1) {
        struct words t = last;
        last = w;
        w = t;
    }
    p->unclear = e.code < 0 || last.open == WORDS_IN_BRACES || last.open == WORDS_GOES_ON;
    p->open_quote = last.open == WORDS_IN_QUOTES;
    size_t count = last.count;
    /* A backslash alone does not go on in the next line here: it begins a command of the shell. */
    bool backslash =
        last.open == WORDS_GOES_ON && count == 0 && cursor > 0 && line[cursor - 1] == '\\';
    p->unclear = p->unclear && !backslash;
    /* Behind a separator, or a blank, nothing is begun. */
    const struct word *end = count > 0 ? &last.list[count - 1] : NULL;
    bool begun = end != NULL && end->end == cursor;
    for (size_t i = end == NULL ? 0 : end->end; i < cursor; i++)
        count = line[i] == ';' || line[i] == '\n' ? 0 : count;
    p->prefix = mem_strdup(begun ? end->text : backslash ? "\\" : "");
    p->start = begun ? end->start : cursor - backslash;
    p->in_quote = begun && line[p->start] == '"';
    p->count = begun ? count - 1 : count;
    size_t named = p->count > 0 && words_is_program(&last.list[0]);
    p->count -= named;
    p->words = mem_array(p->count + 2, sizeof(p->words[0]));
    for (size_t i = 0; i < p->count; i++)
        p->words[i] = mem_strdup(last.list[named + i].text);
    words_free(&w);
    words_free(&last);
}

static void free_place(struct place *p)
{
    for (size_t i = 0; i < p->count; i++)
        mem_free(p->words[i]);
    mem_free(p->words);
    mem_free(p->prefix);
}

/* ---- candidates ---- */

/* A word as it must be typed. */
static void put_quoted(struct buf *out, const char *word, bool quote)
{
    quote = quote || word[0] == '\0' || word[0] == '{' || word[0] == '-' ||
            strpbrk(word, " \t\r\n;#'\"\\") != NULL;
    for (const char *p = word; *p != '\0' && !quote; p++)
        quote = (unsigned char)*p < 0x20 || *p == 0x7f;
    buf_puts(out, quote ? "\"" : "");
    for (const char *p = word; *p != '\0'; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            buf_putf(out, "\\x%02x", (unsigned char)*p);
        else if (quote && (*p == '"' || *p == '\\'))
            buf_putf(out, "\\%c", *p);
        else
            buf_putc(out, *p);
    }
    buf_puts(out, quote ? "\"" : "");
}

static void choose(struct lineedit_choices *c, const char *word)
{
    c->list = mem_room(c->list, c->count + 1, &c->cap, sizeof(c->list[0]));
    c->list[c->count++] = mem_strdup(word);
}

struct collect {
    struct lineedit_choices *choices;
    const struct place *place;
};

static void offer(void *to, const char *word, const char *help)
{
    const struct collect *c = to;
    (void)help;
    if (strncmp(word, c->place->prefix, strlen(c->place->prefix)) == 0)
        choose(c->choices, word);
}

/* before, behind: what stands around their names. */
static void offer_members(const struct suggest *s, const char *before, const char *behind,
                          struct collect *c)
{
    struct buf word = {0};
    for (size_t i = 0; i < s->view->members_count; i++) {
        buf_reset(&word);
        buf_putf(&word, "%s%s%s", before, s->view->members[i].name, behind);
        offer(c, buf_str(&word), "");
    }
    buf_free(&word);
}

static void offer_keys(const struct suggest *s, struct collect *c)
{
    struct buf keys = {0}, word = {0};
    s->keys(s->to, c->place->prefix, &keys);
    for (size_t at = 0; at < keys.len; at += strlen(keys.data + at) + 1) {
        buf_reset(&word);
        put_quoted(&word, keys.data + at, c->place->in_quote);
        choose(c->choices, buf_str(&word));
    }
    buf_free(&keys);
    buf_free(&word);
}

/* What the table offers at the place, and of which kind a word there is. */
static enum ctl_kind ask_table(const struct place *p,
                               void (*take)(void *to, const char *word, const char *help), void *to,
                               struct buf *ret_hint)
{
    if (p->count == 0 && meta_begins(p->prefix)) {
        meta_offer(p->prefix, take, to);
        return KIND_NONE;
    }
    if (p->count > 0 && meta_is(p->words[0]))
        return meta_complete(p->words, p->count, p->prefix, take, to, ret_hint);
    struct complete c;
    complete_ask(p->words, p->count, p->prefix, take, to, &c);
    enum ctl_kind kind = c.none || p->prefix[0] == '-' ? KIND_NONE : c.kind;
    if (ret_hint != NULL)
        buf_puts(ret_hint, buf_str(&c.hint));
    complete_free(&c);
    return kind;
}

void suggest_complete(const struct suggest *s, const char *line, size_t start, size_t cursor,
                      struct lineedit_choices *ret)
{
    struct place p;
    find_place(line, cursor, &p);
    struct collect c = {.choices = ret, .place = &p};
    if (!p.unclear && p.start == start) {
        enum ctl_kind kind = ask_table(&p, offer, &c, NULL);
        if (kind == KIND_MEMBER)
            offer_members(s, "", "", &c);
        else if (kind == KIND_CONDITION)
            offer_members(s, COMPLETE_NODE, COMPLETE_COLON, &c);
        else if (kind == KIND_KEY)
            offer_keys(s, &c);
        ret->files = kind == KIND_FILE || kind == KIND_DIRECTORY;
    }
    free_place(&p);
}

/* ---- hints ---- */

/* The one word that is offered, or the first of several. */
struct first {
    char word[64];
    char help[160];
    size_t count;
};

static void take_first(void *to, const char *word, const char *help)
{
    struct first *f = to;
    if (f->count++ > 0)
        return;
    (void)snprintf(f->word, sizeof(f->word), "%s", word);
    (void)snprintf(f->help, sizeof(f->help), "%s", help);
}

/* A begun verb, option or choice that can be one only: the rest of it. */
static size_t hint_rest(const struct place *p, const struct first *f, struct buf *ret)
{
    size_t len = strlen(p->prefix);
    if (len == 0 || f->count != 1 || strlen(f->word) < len || p->in_quote)
        return 0;
    buf_puts(ret, f->word + len);
    size_t takes = ret->len;
    if (f->help[0] != '\0' && p->count == 0 && takes > 0)
        buf_putf(ret, "   %s", f->help);
    return takes;
}

/* What may come behind an argument that is begun: as if it were whole. */
static void hint_behind(struct place *p, struct buf *ret)
{
    struct buf hint = {0};
    struct first ignored = {.count = 0};
    char *prefix = p->prefix, nothing[] = "";
    p->words[p->count++] = prefix;
    p->prefix = nothing;
    (void)ask_table(p, take_first, &ignored, &hint);
    p->prefix = prefix;
    p->words[--p->count] = NULL;
    if (hint.len > 0)
        buf_putf(ret, " %s", buf_str(&hint));
    buf_free(&hint);
}

static size_t hint_by_table(struct place *p, struct buf *ret)
{
    struct first f = {.count = 0};
    struct buf hint = {0};
    (void)ask_table(p, take_first, &f, &hint);
    size_t takes = hint_rest(p, &f, ret);
    if (takes == 0 && p->prefix[0] == '\0')
        buf_puts(ret, buf_str(&hint));
    else if (takes == 0 && p->prefix[0] != '-' && (p->count > 0 || f.count == 1))
        hint_behind(p, ret);
    buf_free(&hint);
    return takes;
}

size_t suggest_hint(const struct suggest *s, const char *line, struct buf *ret)
{
    const char *before = history_find(s->history, line);
    if (before != NULL && strchr(before, '\n') == NULL) {
        buf_puts(ret, before + strlen(line));
        return ret->len;
    }
    struct place p;
    find_place(line, strlen(line), &p);
    size_t takes = p.unclear || p.open_quote ? 0 : hint_by_table(&p, ret);
    free_place(&p);
    return takes;
}

/* ---- the question mark ---- */

bool suggest_is_question(const char *line)
{
    size_t len = strlen(line);
    char last = len == 0 ? ' ' : line[len - 1];
    return (last == ' ' || last == '\t' || last == ';') &&
           words_open(span_of(line, len)) == WORDS_WHOLE;
}

static void put_offer(void *to, const char *word, const char *help)
{
    buf_putf(to, help[0] != '\0' ? "  %-16s %s\n" : "  %s\n", word, help);
}

static void put_words(const struct suggest *s, enum ctl_kind kind, struct buf *ret)
{
    struct buf keys = {0};
    if (kind == KIND_MEMBER) {
        for (size_t i = 0; i < s->view->members_count; i++)
            put_offer(ret, s->view->members[i].name, s->view->members[i].address);
    } else if (kind == KIND_KEY) {
        s->keys(s->to, "", &keys);
        size_t shown = 0;
        for (size_t at = 0; at < keys.len && shown < 10;
             at += strlen(keys.data + at) + 1, shown++) {
            buf_puts(ret, "  ");
            buf_put_visible(ret, keys.data + at, strlen(keys.data + at));
            buf_putc(ret, '\n');
        }
    }
    buf_free(&keys);
}

void suggest_next(const struct suggest *s, const char *line, struct buf *ret)
{
    struct place p;
    struct buf hint = {0}, offers = {0};
    find_place(line, strlen(line), &p);
    enum ctl_kind kind = ask_table(&p, put_offer, &offers, &hint);
    if (hint.len > 0)
        buf_putf(ret, "%s\n", buf_str(&hint));
    buf_put(ret, offers.data, offers.len);
    put_words(s, kind, ret);
    if (p.count == 0)
        buf_puts(ret, "  \\help            commands of the shell\n");
    if (ret->len == 0)
        buf_puts(ret, "nothing more belongs here\n");
    buf_free(&hint);
    buf_free(&offers);
    free_place(&p);
}
