/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jepsen's logs: one operation a line, between lines that tell of other things. What stands before
 * the process (time, level, thread) is nothing here; there are no times to trust.
 *
 *   INFO  jepsen.util - 4\t:invoke\t:write\t3 */
#include "emulator/formats/readers.h"

#include <string.h>

struct words {
    const char *at;
    const char *end;
};

static struct trace_text next_word(struct words *w)
{
    while (w->at < w->end && (*w->at == ' ' || *w->at == '\t' || *w->at == '\r'))
        w->at++;
    const char *start = w->at;
    while (w->at < w->end && *w->at != ' ' && *w->at != '\t' && *w->at != '\r')
        w->at++;
    return (struct trace_text){start, (size_t)(w->at - start)};
}

static bool is_type(struct trace_text word)
{
    return trace_text_is(word, ":invoke") || trace_text_is(word, ":ok") ||
           trace_text_is(word, ":fail") || trace_text_is(word, ":info");
}

static bool is_number(struct trace_text word)
{
    for (size_t i = 0; i < word.len; i++) {
        if (word.at[i] < '0' || word.at[i] > '9')
            return false;
    }
    return word.len > 0;
}

/* "4", or a keyword for those who are no clients. */
static bool is_process(struct trace_text word)
{
    return is_number(word) || (word.len > 1 && word.at[0] == ':');
}

/* Takes PROCESS :TYPE :F out of a line; what is left of it is the value. */
static bool find_operation(struct words *w, struct event_words *ret)
{
    struct trace_text before = {0};
    struct trace_text word;
    while ((word = next_word(w)).len > 0) {
        if (is_type(word) && is_process(before)) {
            ret->process = before;
            ret->type = word;
            ret->f = next_word(w);
            return ret->f.len > 1 && ret->f.at[0] == ':';
        }
        before = word;
    }
    return false;
}

bool jepsen_log_tells(const char *line, size_t len)
{
    struct words w = {line, line + len};
    struct event_words words = {0};
    return find_operation(&w, &words);
}

/* What Jepsen's own logger of operations says: behind its name stands PROCESS, and tabs between its
 * words. {NULL, 0}: it is another's line. */
static struct trace_text logged(const char *line, size_t len)
{
    static const char *const names[] = {"jepsen.util - ", "jepsen.util: "};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *at = memmem(line, len, names[i], strlen(names[i]));
        if (at == NULL)
            continue;
        at += strlen(names[i]);
        size_t left = (size_t)(line + len - at);
        return memmem(at, left, "\t:", 2) != NULL ? (struct trace_text){at, left}
                                                  : (struct trace_text){0};
    }
    return (struct trace_text){0};
}

/* Of a line that tells of no operation: does it look as if a client's was meant? */
static bool should_tell(const char *line, size_t len)
{
    struct words w = {line, line + len};
    struct trace_text before = {0};
    struct trace_text word;
    struct trace_text said = logged(line, len);
    if (said.at != NULL)
        return said.at[0] != ':';
    for (; (word = next_word(&w)).len > 0; before = word) {
        bool keyword = word.len > 1 && word.at[0] == ':';
        bool number = is_number(before);
        if (keyword && number && before.at[before.len] == '\t')
            return true;
        if (!is_type(word) || (before.len > 0 && before.at[0] == ':'))
            continue;
        struct words behind = w;
        struct trace_text f = next_word(&behind);
        if (number || (f.len > 1 && f.at[0] == ':'))
            return true;
    }
    return false;
}

/* Behind the value of what did not succeed Jepsen says why. */
static bool may_end_with_reason(struct trace_text type)
{
    return trace_text_is(type, ":fail") || trace_text_is(type, ":info");
}

static int add_line(struct events *ev, struct value_tree *t, const char *line, size_t len,
                    uint64_t number, struct err *e)
{
    struct words w = {line, line + len};
    struct event_words words = {.line = number};
    if (!find_operation(&w, &words)) {
        if (should_tell(line, len))
            return err_set(e, -E_CORRUPT,
                           "line %llu: not an operation: PROCESS, :invoke, :ok, :fail or :info, :f "
                           "and a value are wanted, with tabs between",
                           (unsigned long long)number);
        ev->skipped += len > 0;
        return 0;
    }
    if (words.process.at[0] == ':')
        return events_add(ev, &words, e); /* no client's, whatever its value is */
    struct source s = {.at = w.at, .end = w.end, .line = number};
    source_prefix(&s);
    if (s.at < s.end) {
        if (!value_read(t, &s))
            return err_set(e, -E_CORRUPT, "line %llu: the value: %s", (unsigned long long)number,
                           s.why);
        words.value = t->nodes[0].raw;
        source_blanks(&s);
        if (s.at < s.end && !may_end_with_reason(words.type))
            return err_set(e, -E_CORRUPT, "line %llu: something stands behind the value",
                           (unsigned long long)number);
    }
    return events_add(ev, &words, e);
}

int jepsen_log_read(struct events *ev, const char *data, size_t len, struct err *e)
{
    struct value_tree t = {0};
    const char *end = data + len;
    int code = 0;
    for (uint64_t number = 1; data < end && code == 0; number++) {
        const char *nl = memchr(data, '\n', (size_t)(end - data));
        size_t line = nl != NULL ? (size_t)(nl - data) : (size_t)(end - data);
        code = add_line(ev, &t, data, line, number, e);
        data += line + (nl != NULL);
    }
    ev->silent_cas = true;
    value_tree_free(&t);
    return code;
}
