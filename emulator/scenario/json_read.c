/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader: RFC 8259 and nothing else, in a loop (no recursion on input). */
#include "base/utf8.h"
#include "emulator/scenario/json_arena.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_MAX 40 /* characters: 64-bit integers and any sensible fraction */

struct reader {
    struct json_doc *doc;
    const char *text;
    size_t len, at;
    const char *origin;
    struct diags *diags;
    struct json *root, *open; /* open: the innermost container not closed yet */
    size_t depth;
    bool failed;
};

static void complain(struct reader *r, size_t start, size_t len, const char *message,
                     const char *hint)
{
    struct place at = {start, len};
    if (r->origin != NULL)
        at.start = DIAG_NOWHERE;
    diags_add(r->diags, DIAG_ERROR, at, NULL, r->origin, hint, message);
    r->failed = true;
}

static int fail(struct reader *r, size_t start, const char *message, const char *hint)
{
    complain(r, start, 1, message, hint);
    return -E_INVALID;
}

static char peek(const struct reader *r)
{
    return r->at < r->len ? r->text[r->at] : '\0';
}

static void skip_space(struct reader *r)
{
    while (r->at < r->len && memchr(" \t\r\n", r->text[r->at], 4) != NULL)
        r->at++;
}

static int hex4(struct reader *r, uint32_t *ret)
{
    uint32_t v = 0;
    for (size_t i = 0; i < 4; i++, r->at++) {
        char c = peek(r);
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                : 16;
        if (digit == 16)
            return fail(r, r->at, "\\u needs four hexadecimal digits", NULL);
        v = v * 16 + digit;
    }
    *ret = v;
    return 0;
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Behind "\u": one character, which may take a second \u (a surrogate pair). */
static int read_unicode(struct reader *r, char *out, size_t *used)
{
    size_t start = r->at - 2;
    uint32_t c, low;
    if (hex4(r, &c) < 0)
        return -E_INVALID;
    if (c == 0)
        return fail(r, start, "\\u0000: a string may not hold a NUL", NULL);
    if (c >= 0xd800 && c < 0xdc00) {
        if (r->len - r->at < 2 || r->text[r->at] != '\\' || r->text[r->at + 1] != 'u')
            return fail(r, start, "half of a surrogate pair", NULL);
        r->at += 2;
        if (hex4(r, &low) < 0)
            return -E_INVALID;
        if (low < 0xdc00 || low > 0xdfff)
            return fail(r, start, "half of a surrogate pair", NULL);
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c >= 0xdc00 && c < 0xe000) {
        return fail(r, start, "half of a surrogate pair", NULL);
    }
    *used += put_utf8(out + *used, c);
    return 0;
}

static int read_escape(struct reader *r, char *out, size_t *used)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    r->at++; /* the backslash */
    char c = peek(r);
    if (c == 'u') {
        r->at++;
        return read_unicode(r, out, used);
    }
    const char *found = c == '\0' ? NULL : strchr(from, c);
    if (found == NULL)
        return fail(r, r->at - 1, "unknown escape",
                    "known: \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
    out[(*used)++] = to[found - from];
    r->at++;
    return 0;
}

/* At a quote. The decoded text is never longer than the escaped one, so its memory is taken once
 * the closing quote is known. */
static int read_string(struct reader *r, const char **ret, struct place *at)
{
    size_t start = r->at, end = r->at + 1;
    while (end < r->len && r->text[end] != '"' && r->text[end] != '\n')
        end += r->text[end] == '\\' ? 2 : 1;
    if (end >= r->len || r->text[end] != '"')
        return fail(r, start, "a string without its closing quote", NULL);
    char *out = json_alloc(r->doc, end - start);
    size_t used = 0;
    for (r->at++; r->at < end;) {
        unsigned char c = (unsigned char)r->text[r->at];
        if (c == '\\') {
            if (read_escape(r, out, &used) < 0)
                return -E_INVALID;
            continue;
        }
        size_t n = utf8_length((const unsigned char *)r->text + r->at, end - r->at);
        if (n == 0)
            return fail(r, r->at, "not UTF-8", NULL);
        if (c < 0x20)
            return fail(r, r->at, "a control character in a string", "write it as \\uXXXX");
        memcpy(out + used, r->text + r->at, n);
        used += n;
        r->at += n;
    }
    if (r->at != end)
        return fail(r, start, "an escape runs past the closing quote", NULL);
    r->at++;
    out[used] = '\0';
    *at = (struct place){start, r->at - start};
    *ret = out;
    return 0;
}

static size_t digits(struct reader *r)
{
    size_t start = r->at;
    while (peek(r) >= '0' && peek(r) <= '9')
        r->at++;
    return r->at - start;
}

static int read_number(struct reader *r, struct json *v)
{
    size_t start = r->at;
    r->at += peek(r) == '-';
    bool zero = peek(r) == '0';
    size_t whole = digits(r);
    if (whole == 0 || (zero && whole > 1))
        return fail(r, start, "a number begins with a digit, and with 0 only before a point", NULL);
    if (peek(r) == '.') {
        r->at++;
        if (digits(r) == 0)
            return fail(r, start, "a number needs digits behind its point", NULL);
    }
    if (peek(r) == 'e' || peek(r) == 'E') {
        r->at++;
        r->at += peek(r) == '+' || peek(r) == '-';
        if (digits(r) == 0)
            return fail(r, start, "a number needs digits in its exponent", NULL);
    }
    size_t len = r->at - start;
    v->at.len = len;
    if (len > NUMBER_MAX)
        return fail(r, start, "a number of more than 40 characters", NULL);
    char next = peek(r);
    if ((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '%')
        return fail(r, start, "a value with a unit is a string", "put it in quotes: \"150ms\"");
    char *text = json_alloc(r->doc, len + 1);
    memcpy(text, r->text + start, len);
    v->text = text;
    v->type = JSON_NUMBER;
    return 0;
}

static bool take_word(struct reader *r, const char *word)
{
    size_t n = strlen(word);
    if (r->len - r->at < n || memcmp(r->text + r->at, word, n) != 0)
        return false;
    r->at += n;
    return true;
}

static int read_scalar(struct reader *r, struct json *v)
{
    char c = peek(r);
    size_t start = r->at;
    if (c == '"') {
        v->type = JSON_STRING;
        return read_string(r, &v->text, &v->at);
    }
    if (c == '-' || (c >= '0' && c <= '9'))
        return read_number(r, v);
    bool yes = take_word(r, "true");
    if (yes || take_word(r, "false")) {
        v->type = JSON_BOOL;
        v->truth = yes;
    } else if (take_word(r, "null")) {
        v->type = JSON_NULL;
    } else if (r->at >= r->len) {
        return fail(r, start, "the text ends where a value should stand", NULL);
    } else if (c == '/') {
        return fail(r, start, "JSON has no comments", "write them as the value of a key \"//\"");
    } else if (c == ']' || c == '}' || c == ',') {
        return fail(r, start, "a value is missing here", "is there one comma too many?");
    } else {
        return fail(r, start, "not a JSON value", "strings stand in double quotes");
    }
    v->at.len = r->at - start;
    return 0;
}

/* A second member of the same name is an error; comments may repeat. */
static void check_key(struct reader *r, const struct json *v)
{
    if (strcmp(v->key, "//") == 0)
        return;
    for (const struct json *s = r->open->child; s != NULL && s != v; s = s->next) {
        if (strcmp(s->key, v->key) != 0)
            continue;
        char message[128];
        (void)snprintf(message, sizeof(message), "\"%.64s\" is here twice", v->key);
        complain(r, v->key_at.start, v->key_at.len, message, "one of them would be ignored");
        return;
    }
}

static int read_key(struct reader *r, struct json *v)
{
    if (r->at >= r->len)
        return fail(r, r->at, "the text ends inside an object or list", NULL);
    if (peek(r) != '"')
        return fail(r, r->at, "expected a key in double quotes",
                    peek(r) == '}' ? "is there one comma too many?" : NULL);
    if (r->open->count > JSON_MEMBERS_MAX)
        return fail(r, r->at, "an object with more than 256 keys", NULL);
    if (read_string(r, &v->key, &v->key_at) < 0)
        return -E_INVALID;
    check_key(r, v);
    skip_space(r);
    if (peek(r) != ':')
        return fail(r, r->at, "expected ':' after the key", NULL);
    r->at++;
    skip_space(r);
    return 0;
}

static struct json *new_value(struct reader *r)
{
    if (r->doc->values_count == JSON_VALUES_MAX) {
        (void)fail(r, r->at, "more than 65536 values", NULL);
        return NULL;
    }
    r->doc->values_count++;
    struct json *v = json_alloc(r->doc, sizeof(*v));
    v->origin = r->origin;
    if (r->open != NULL)
        json_append(r->open, v);
    else
        r->root = v;
    return v;
}

/* One value; a container is only opened. */
static int read_value(struct reader *r)
{
    struct json *v = new_value(r);
    if (v == NULL || (r->open != NULL && r->open->type == JSON_OBJECT && read_key(r, v) < 0))
        return -E_INVALID;
    v->at = (struct place){r->at, 1};
    char c = peek(r);
    if (c != '{' && c != '[')
        return read_scalar(r, v);
    if (r->depth == JSON_DEPTH_MAX)
        return fail(r, r->at, "nested more than 28 levels deep", NULL);
    v->type = c == '{' ? JSON_OBJECT : JSON_ARRAY;
    r->at++;
    r->depth++;
    r->open = v;
    return 0;
}

/* Closes what ends here; leaves the reader where the next value begins, or at the end. */
static int after_value(struct reader *r, bool opened)
{
    while (r->open != NULL) {
        skip_space(r);
        char closer = r->open->type == JSON_OBJECT ? '}' : ']';
        char c = peek(r);
        if (c == closer) {
            r->at++;
            r->depth--;
            r->open = r->open->parent;
            opened = false;
            continue;
        }
        if (opened)
            return 0;
        if (c != ',')
            return fail(r, r->at,
                        r->at >= r->len ? "the text ends inside an object or list"
                        : closer == '}' ? "expected ',' or '}'"
                                        : "expected ',' or ']'",
                        NULL);
        r->at++;
        skip_space(r);
        return 0;
    }
    return 0;
}

/* Inside an override nothing has a place in the file. */
static void forget_places(struct json *root)
{
    const struct place nowhere = {DIAG_NOWHERE, 0};
    struct json *v = root;
    while (v != NULL) {
        v->at = v->key_at = nowhere;
        if (v->child != NULL) {
            v = v->child;
            continue;
        }
        while (v != NULL && v != root && v->next == NULL)
            v = v->parent;
        v = v == NULL || v == root ? NULL : v->next;
    }
}

struct json *json_read_into(struct json_doc *doc, const char *text, size_t len, size_t from,
                            const char *origin, size_t depth, struct diags *diags)
{
    struct reader r = {.doc = doc,
                       .text = text,
                       .len = len,
                       .at = from,
                       .origin = origin,
                       .diags = diags,
                       .depth = depth};
    if (len - from >= 3 && memcmp(text + from, "\xef\xbb\xbf", 3) == 0)
        (void)fail(&r, from, "the text begins with a byte order mark", "save it without one");
    if (len - from > JSON_BYTES_MAX)
        (void)fail(&r, from, "larger than 1 MiB", "a scenario is one story");
    bool more = !r.failed;
    skip_space(&r);
    while (more) {
        if (read_value(&r) < 0)
            return NULL;
        bool opened = r.open != NULL && r.open->child == NULL;
        if (after_value(&r, opened) < 0)
            return NULL;
        more = r.open != NULL;
    }
    skip_space(&r);
    if (!r.failed && r.at < r.len)
        (void)fail(&r, r.at, "text after the end of the JSON value", NULL);
    if (r.failed)
        return NULL;
    if (origin != NULL)
        forget_places(r.root);
    return r.root;
}

struct json_doc *json_read(const char *text, size_t len, struct diags *diags)
{
    struct json_doc *doc = json_doc_new();
    doc->root = json_read_into(doc, text, len, 0, NULL, 0, diags);
    if (doc->root != NULL)
        return doc;
    json_free(doc);
    return NULL;
}
