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

/* "4", or a keyword for those who are no clients. */
static bool is_process(struct trace_text word)
{
    if (word.len > 1 && word.at[0] == ':')
        return true;
    for (size_t i = 0; i < word.len; i++) {
        if (word.at[i] < '0' || word.at[i] > '9')
            return false;
    }
    return word.len > 0;
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

/* Jepsen logs operations under this name, and hardly anything else. */
static bool should_tell(const char *line, size_t len)
{
    static const char name[] = "jepsen.util - ";
    return memmem(line, len, name, sizeof(name) - 1) != NULL && memmem(line, len, "\t:", 2) != NULL;
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
    struct source s = {.at = w.at, .end = w.end, .line = number};
    source_prefix(&s);
    if (s.at < s.end) {
        if (!value_read(t, &s))
            return err_set(e, -E_CORRUPT, "line %llu: the value: %s", (unsigned long long)number,
                           s.why);
        words.value = t->nodes[0].raw;
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
