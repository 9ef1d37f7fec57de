/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/formats/value.h"

#include "base/mem.h"
#include "emulator/trace/scan.h"

#include <string.h>

/* A container that is not closed yet. */
struct open {
    uint32_t place;
    uint32_t last; /* its last child so far, or VALUE_NONE */
    char close;
};

struct reading {
    struct value_tree *t;
    struct source *s;
    struct open open[VALUE_DEPTH_MAX];
    size_t depth;
};

void value_tree_free(struct value_tree *t)
{
    mem_free(t->nodes);
    texts_free(&t->decoded);
    trace_reader_free(&t->escape);
    *t = (struct value_tree){0};
}

static bool fail(struct source *s, const char *why)
{
    if (s->why == NULL)
        s->why = why;
    return false;
}

static bool is_blank(const struct source *s, char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' ||
           (c == ',' && s->notation == NOTATION_EDN);
}

void source_blanks(struct source *s)
{
    for (; s->at < s->end; s->at++) {
        if (*s->at == ';' && s->notation == NOTATION_EDN) {
            const char *nl = memchr(s->at, '\n', (size_t)(s->end - s->at));
            if (nl == NULL) {
                s->at = s->end;
                return;
            }
            s->at = nl;
        } else if (!is_blank(s, *s->at)) {
            return;
        }
        s->line += *s->at == '\n';
    }
}

static bool ends_atom(const struct source *s, char c)
{
    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case '\0':
    case ',':
    case ';':
    case '"':
    case '(':
    case ')':
    case '[':
    case ']':
    case '{':
    case '}': return true;
    case ':': return s->notation == NOTATION_JSON;
    default: return false;
    }
}

void source_prefix(struct source *s)
{
    source_blanks(s);
    while (s->notation == NOTATION_EDN && s->end - s->at >= 2 && s->at[0] == '#' &&
           s->at[1] != '{' && s->at[1] != '_') {
        while (s->at < s->end && !ends_atom(s, *s->at))
            s->at++;
        source_blanks(s);
    }
}

static bool text_is(struct trace_text text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

static struct value *add(struct reading *r, enum value_type type, const char *start)
{
    struct value_tree *t = r->t;
    if (t->count == t->cap) {
        t->cap = t->cap == 0 ? 32 : t->cap * 2;
        t->nodes = mem_grow(t->nodes, t->cap, sizeof(*t->nodes));
    }
    uint32_t place = (uint32_t)t->count++;
    struct value *v = &t->nodes[place];
    *v = (struct value){.type = type, .child = VALUE_NONE, .next = VALUE_NONE, .raw.at = start};
    if (r->depth > 0) {
        struct open *in = &r->open[r->depth - 1];
        if (in->last == VALUE_NONE)
            t->nodes[in->place].child = place;
        else
            t->nodes[in->last].next = place;
        t->nodes[in->place].count++;
        in->last = place;
    }
    return v;
}

/* EDN's numbers are JSON's, but may have a plus, a mark of their type (N, M), or be a ratio (1/3).
 */
static bool is_edn_number(struct trace_text text)
{
    const char *end = text.at + text.len;
    const char *ratio = memchr(text.at, '/', text.len);
    text.at += text.at[0] == '+';
    if (ratio != NULL)
        return scan_is_number(text.at, ratio) && ratio + 1 < end && ratio[1] != '-' &&
               scan_is_number(ratio + 1, end);
    return scan_is_number(text.at, end - (end[-1] == 'N' || end[-1] == 'M'));
}

/* Must it be a number, by how it begins? */
static bool begins_number(struct trace_text text)
{
    bool sign = text.len > 1 && (text.at[0] == '-' || text.at[0] == '+');
    return text.at[sign] >= '0' && text.at[sign] <= '9';
}

/* What is wrong with an atom that is not nil; NULL if nothing. */
static const char *atom_fault(struct trace_text text, enum notation notation)
{
    bool edn = notation == NOTATION_EDN;
    if (begins_number(text)) {
        bool fine = edn ? is_edn_number(text) : scan_is_number(text.at, text.at + text.len);
        return fine ? NULL : "no number, but it begins like one";
    }
    if (!edn)
        return text_is(text, "true") || text_is(text, "false")
                   ? NULL
                   : "no JSON value: a string needs quotes";
    if (text.at[0] == '#')
        return "#_ and other dispatch characters are not read here: delete them";
    return text_is(text, ":") ? "a keyword without its name" : NULL;
}

static bool read_atom(struct reading *r)
{
    struct source *s = r->s;
    const char *start = s->at;
    /* A character is a backslash and at least one byte more, whatever that byte is. */
    s->at += s->end - s->at >= 2 && *s->at == '\\' ? 2 : 0;
    while (s->at < s->end && !ends_atom(s, *s->at))
        s->at++;
    struct trace_text text = {start, (size_t)(s->at - start)};
    if (text.len == 0)
        return fail(s, "a value is missing here");
    bool edn = s->notation == NOTATION_EDN;
    bool nil = text_is(text, edn ? "nil" : "null");
    const char *fault = nil ? NULL : atom_fault(text, s->notation);
    if (fault != NULL)
        return fail(s, fault);
    struct value *v = add(r, nil ? VALUE_NIL : VALUE_ATOM, start);
    v->raw.len = text.len;
    if (nil)
        return true;
    if (edn && begins_number(text)) { /* the same number without what says nothing */
        size_t plus = text.at[0] == '+';
        text = (struct trace_text){text.at + plus, text.len - plus};
        text.len -= text.at[text.len - 1] == 'N';
    }
    v->text = text;
    return true;
}

/* The decoded string, kept as long as the tree. */
static bool unescape(struct reading *r, struct trace_text raw, struct trace_text *ret)
{
    struct value_tree *t = r->t;
    struct scan scan = {.p = raw.at, .end = raw.at + raw.len};
    if (t->escape.names == NULL)
        trace_reader_init(&t->escape, &t->nobody);
    t->escape.text_len = 0;
    struct trace_text text = scan_string(&scan, &t->escape);
    if (scan.why != NULL)
        return fail(r->s, "a string with an escape that does not exist");
    *ret = texts_get(&t->decoded, texts_add(&t->decoded, text.at, text.len));
    return true;
}

static bool read_string(struct reading *r)
{
    struct source *s = r->s;
    const char *start = s->at++;
    bool escapes = false;
    uint64_t lines = 0;
    while (s->at < s->end && *s->at != '"') {
        lines += *s->at == '\n';
        escapes = escapes || *s->at == '\\';
        s->at += *s->at == '\\' && s->end - s->at > 1 ? 2 : 1;
    }
    if (s->at == s->end)
        return fail(s, "a string without its closing quote");
    s->at++;
    struct value *v = add(r, VALUE_STRING, start);
    v->raw.len = (size_t)(s->at - start);
    v->text = (struct trace_text){start + 1, v->raw.len - 2};
    if (escapes && !unescape(r, v->raw, &v->text))
        return false;
    s->line += lines;
    return true;
}

static bool open_container(struct reading *r)
{
    struct source *s = r->s;
    const char *start = s->at;
    bool set = *s->at == '#';
    s->at += set;
    if (r->depth == VALUE_DEPTH_MAX)
        return fail(s, "nested too deeply for an operation");
    char close = *s->at == '[' ? ']' : *s->at == '(' ? ')' : '}';
    struct value *v = add(r, close != '}' ? VALUE_LIST : set ? VALUE_SET : VALUE_MAP, start);
    r->open[r->depth++] =
        (struct open){.place = (uint32_t)(v - r->t->nodes), .last = VALUE_NONE, .close = close};
    s->at++;
    return true;
}

static bool close_container(struct reading *r)
{
    struct source *s = r->s;
    struct open *in = &r->open[r->depth - 1];
    struct value *v = &r->t->nodes[in->place];
    if (*s->at != in->close)
        return fail(s, "brackets do not match");
    if (v->type == VALUE_MAP && v->count % 2 != 0)
        return fail(s, "a key without its value");
    s->at++;
    v->raw.len = (size_t)(s->at - v->raw.at);
    r->depth--;
    return true;
}

static bool at_close(const struct source *s)
{
    return s->at < s->end && (*s->at == ']' || *s->at == '}' || *s->at == ')');
}

/* The comma or colon that JSON has before everything but the first child. */
static bool punctuation(struct reading *r)
{
    struct source *s = r->s;
    const struct value *in = &r->t->nodes[r->open[r->depth - 1].place];
    if (s->notation == NOTATION_EDN || in->count == 0 || at_close(s))
        return true;
    char want = in->type == VALUE_MAP && in->count % 2 != 0 ? ':' : ',';
    if (s->at == s->end || *s->at != want)
        return fail(s, want == ':' ? "':' is missing" : "',' is missing");
    s->at++;
    source_blanks(s);
    return !at_close(s) || fail(s, "nothing behind ',' or ':'");
}

static bool read_one(struct reading *r)
{
    struct source *s = r->s;
    source_blanks(s);
    if (r->depth > 0) {
        if (!punctuation(r))
            return false;
        if (at_close(s))
            return close_container(r);
    }
    source_prefix(s);
    if (s->at == s->end)
        return fail(s, r->depth > 0 ? "it ends before it is closed" : "a value is missing here");
    char c = *s->at;
    bool set = c == '#' && s->end - s->at >= 2 && s->at[1] == '{';
    bool edn = s->notation == NOTATION_EDN;
    if (c == '{' || c == '[' || (edn && (c == '(' || set)))
        return open_container(r);
    return c == '"' ? read_string(r) : read_atom(r);
}

bool value_read(struct value_tree *t, struct source *s)
{
    struct reading r = {.t = t, .s = s};
    t->count = 0;
    do {
        if (!read_one(&r))
            return false;
    } while (r.depth > 0);
    return true;
}

bool value_is_key(const struct value *v, const char *key)
{
    struct trace_text text = v->type == VALUE_ATOM ? keyword_word(v->text) : v->text;
    return (v->type == VALUE_ATOM || v->type == VALUE_STRING) && text_is(text, key);
}

const struct value *value_get(const struct value_tree *t, uint32_t map, const char *key)
{
    ASSERT(t->nodes[map].type == VALUE_MAP);
    uint32_t at = t->nodes[map].child;
    while (at != VALUE_NONE) {
        const struct value *k = &t->nodes[at];
        const struct value *v = &t->nodes[k->next];
        if (value_is_key(k, key))
            return v;
        at = v->next;
    }
    return NULL;
}

bool value_truth(const struct value *v, bool *ret)
{
    if (v->type != VALUE_ATOM)
        return false;
    *ret = text_is(v->text, "true");
    return *ret || text_is(v->text, "false");
}

/* A tree stands in the order it was read in: what is in a value comes right behind it. */
bool value_same(const struct value *a, const struct value *b)
{
    for (uint64_t left = 1; left > 0; left--, a++, b++) {
        if (a->type != b->type || a->count != b->count || a->text.len != b->text.len ||
            (a->text.len > 0 && memcmp(a->text.at, b->text.at, a->text.len) != 0))
            return false;
        left += a->count;
    }
    return true;
}

const struct value *value_child(const struct value_tree *t, const struct value *of, uint32_t i)
{
    uint32_t at = of->child;
    for (; at != VALUE_NONE && i > 0; i--)
        at = t->nodes[at].next;
    return at == VALUE_NONE ? NULL : &t->nodes[at];
}
