/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/words.h"

#include "base/buf.h"
#include "base/mem.h"

#include <ctype.h>

/* Where the reader stands, and the word it is collecting. */
struct reader {
    struct span text;
    size_t at;
    struct buf word;
    bool bare;
    enum words_open open;
};

static bool more(const struct reader *r)
{
    return r->at < r->text.len;
}

static char here(const struct reader *r)
{
    return r->text.data[r->at];
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool ends_command(char c)
{
    return c == '\n' || c == ';';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind "\x": two digits. */
static int read_hex(struct reader *r, struct err *e)
{
    if (r->text.len - r->at < 2) {
        r->at = r->text.len;
        return err_set(e, -E_INVALID, "\\x wants two hexadecimal digits");
    }
    int high = hex_digit(here(r)), low = hex_digit(r->text.data[r->at + 1]);
    if (high < 0 || low < 0)
        return err_set(e, -E_INVALID, "\\x wants two hexadecimal digits");
    if (high == 0 && low == 0)
        return err_set(e, -E_INVALID, "a word cannot hold a byte 0");
    buf_putc(&r->word, (char)(high << 4 | low));
    r->at += 2;
    return 0;
}

/* At a backslash. What is no letter and no digit stands for itself. */
static int read_escape(struct reader *r, struct err *e)
{
    static const char names[] = "nrt", values[] = "\n\r\t";
    r->bare = false;
    r->at++;
    if (!more(r)) {
        r->open = WORDS_GOES_ON;
        return 0;
    }
    char c = here(r);
    r->at++;
    if (c == '\n')
        return 0;
    if (c == 'x')
        return read_hex(r, e);
    const char *name = c == '\0' ? NULL : strchr(names, c);
    if (name != NULL)
        buf_putc(&r->word, values[name - names]);
    else if (isalnum((unsigned char)c))
        return err_set(e, -E_INVALID, "\\%c is no escape: there are \\n \\r \\t \\xNN", c);
    else
        buf_putc(&r->word, c);
    return 0;
}

/* At a quote; up to its twin. */
static int read_quoted(struct reader *r, struct err *e)
{
    char quote = here(r);
    r->bare = false;
    r->at++;
    while (more(r) && here(r) != quote) {
        if (quote == '"' && here(r) == '\\') {
            int rc = read_escape(r, e);
            if (rc < 0)
                return rc;
            continue;
        }
        buf_putc(&r->word, here(r));
        r->at++;
    }
    if (more(r))
        r->at++;
    else
        r->open = WORDS_IN_QUOTES;
    return 0;
}

/* At a brace that begins a word: as it is, up to the one that closes it. Braces in double quotes
 * do not count. */
static void read_braces(struct reader *r)
{
    size_t depth = 0;
    bool quoted = false;
    r->bare = false;
    r->open = WORDS_IN_BRACES;
    while (more(r) && r->open != WORDS_WHOLE) {
        char c = here(r);
        if (quoted && c == '\\' && r->at + 1 < r->text.len) {
            buf_putc(&r->word, c);
            c = r->text.data[++r->at];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && c == '{') {
            depth++;
        } else if (!quoted && c == '}' && --depth == 0) {
            r->open = WORDS_WHOLE;
        }
        buf_putc(&r->word, c);
        r->at++;
    }
}

static int read_part(struct reader *r, bool first, struct err *e)
{
    char c = here(r);
    if (c == '\'' || c == '"')
        return read_quoted(r, e);
    if (c == '\\')
        return read_escape(r, e);
    if (c == '{' && first) {
        read_braces(r);
        return 0;
    }
    if (c == '\0')
        return err_set(e, -E_INVALID, "a word cannot hold a byte 0");
    buf_putc(&r->word, c);
    r->at++;
    return 0;
}

static int add_word(struct words *w, struct reader *r, size_t start, struct err *e)
{
    if (w->count == WORDS_MAX)
        return err_set(e, -E_LIMIT, "a command has %d words at most", WORDS_MAX);
    w->list = mem_room(w->list, w->count + 1, &w->cap, sizeof(w->list[0]));
    w->list[w->count++] = (struct word){.start = start,
                                        .end = r->at,
                                        .text = mem_dup(buf_str(&r->word), r->word.len),
                                        .bare = r->bare};
    return 0;
}

static int read_word(struct reader *r, struct words *w, struct err *e)
{
    size_t start = r->at;
    buf_reset(&r->word);
    r->bare = true;
    while (more(r) && !is_blank(here(r)) && !ends_command(here(r)) && r->open == WORDS_WHOLE) {
        int rc = read_part(r, r->at == start, e);
        if (rc < 0)
            return rc;
    }
    if (r->open == WORDS_GOES_ON && r->word.len == 0 && r->at == start + 1)
        return 0; /* a lone backslash is no word */
    return add_word(w, r, start, e);
}

/* "\name" or ".name": the backslash belongs to the name. True if the rest of the line is one word
 * as it is. */
static int read_meta(struct reader *r, struct words *w, bool *ret_rest, struct err *e)
{
    size_t start = r->at, len = 2;
    *ret_rest = r->text.data[start + 1] == '!';
    while (!*ret_rest && start + len < r->text.len &&
           isalpha((unsigned char)r->text.data[start + len]))
        len++;
    buf_reset(&r->word);
    buf_put(&r->word, r->text.data + start, len);
    r->bare = true;
    r->at += len;
    return add_word(w, r, start, e);
}

static int read_rest(struct reader *r, struct words *w, struct err *e)
{
    while (more(r) && is_blank(here(r)))
        r->at++;
    size_t start = r->at;
    buf_reset(&r->word);
    for (; more(r) && here(r) != '\n'; r->at++)
        buf_putc(&r->word, here(r));
    return r->at == start ? 0 : add_word(w, r, start, e);
}

static bool at_meta(const struct reader *r)
{
    if ((here(r) != '\\' && here(r) != '.') || r->at + 1 >= r->text.len)
        return false;
    char next = r->text.data[r->at + 1];
    return isalpha((unsigned char)next) || next == '!';
}

/* Blanks, remarks, and what separates commands as long as there is none. */
static void skip(struct reader *r, bool separators)
{
    while (more(r)) {
        char c = here(r);
        if (c == '#') {
            while (more(r) && here(r) != '\n')
                r->at++;
        } else if (c == '\\' && r->at + 1 < r->text.len && r->text.data[r->at + 1] == '\n') {
            r->at += 2;
        } else if (is_blank(c) || (separators && ends_command(c))) {
            r->at++;
        } else {
            return;
        }
    }
}

static int read_command(struct reader *r, struct words *w, struct err *e)
{
    bool rest = false;
    int rc = 0;
    skip(r, true);
    if (more(r) && at_meta(r))
        rc = read_meta(r, w, &rest, e);
    if (rest && rc == 0)
        return read_rest(r, w, e);
    for (skip(r, false); rc == 0 && more(r) && !ends_command(here(r)); skip(r, false))
        rc = read_word(r, w, e);
    return rc;
}

int words_next(struct span text, size_t *at, struct words *ret, struct err *e)
{
    struct reader r = {.text = text, .at = *at};
    words_free(ret);
    int rc = read_command(&r, ret, e);
    buf_free(&r.word);
    ret->open = r.open;
    *at = r.at;
    if (rc < 0)
        return rc;
    return ret->count > 0 || r.open != WORDS_WHOLE;
}

bool words_is_program(const struct word *word)
{
    return strcmp(word->text, "raftctl") == 0;
}

enum words_open words_open(struct span text)
{
    struct words w = {0};
    struct err ignored = {0};
    enum words_open open = WORDS_WHOLE;
    size_t at = 0;
    while (words_next(text, &at, &w, &ignored) == 1)
        open = w.open;
    words_free(&w);
    return ignored.code < 0 ? WORDS_WHOLE : open;
}

void words_free(struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        mem_free(w->list[i].text);
    mem_free(w->list);
    *w = (struct words){0};
}
