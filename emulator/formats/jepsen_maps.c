/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jepsen's histories in EDN and in JSON, and Porcupine's key-value logs, which are the same maps
 * with a :key: one map a line, or one list of maps.
 *
 *   {:process 9, :type :invoke, :f :read, :value nil, :time 123, :index 0} */
#include "emulator/formats/readers.h"

#include <string.h>

static int broken(const struct source *s, struct err *e)
{
    return err_set(e, -E_CORRUPT,
                   "line %llu: %s (a history is one map a line, or one list of maps)",
                   (unsigned long long)s->line, s->why);
}

/* What is looked for in a map; it may have more. */
enum member { PROCESS, TYPE, F, VALUE, TIME, KEY, MEMBERS };
static const char *const members[] = {"process", "type", "f", "value", "time", "key"};

/* Where each member is in the map, NULL if nowhere; false: *ret_twice is there twice. */
static bool find_members(const struct value_tree *t, const struct value *found[MEMBERS],
                         enum member *ret_twice)
{
    for (const struct value *k = value_child(t, &t->nodes[0], 0); k != NULL;) {
        const struct value *v = value_next(t, k);
        for (enum member i = 0; i < MEMBERS; i++) {
            if (!value_is_key(k, members[i]))
                continue;
            *ret_twice = i;
            if (found[i] != NULL)
                return false;
            found[i] = v;
            break;
        }
        k = value_next(t, v);
    }
    return true;
}

/* The text of an atom or string; at == NULL when it is not there or nil. */
static struct trace_text word_of(const struct value *v)
{
    return v == NULL || value_is_collection(v) ? (struct trace_text){0} : v->text;
}

static int add_map(struct events *ev, const struct value_tree *t, uint64_t line, struct err *e)
{
    const struct value *found[MEMBERS] = {0};
    enum member twice;
    unsigned long long number = line;
    if (t->nodes[0].type != VALUE_MAP)
        return err_set(e, -E_CORRUPT, "line %llu: a map is wanted here: {:process …, :type …}",
                       number);
    if (!find_members(t, found, &twice))
        return err_set(e, -E_CORRUPT, "line %llu: %s is there twice", number, members[twice]);
    struct event_words words = {.line = line,
                                .process = word_of(found[PROCESS]),
                                .type = word_of(found[TYPE]),
                                .f = word_of(found[F]),
                                .time = word_of(found[TIME]),
                                .key = word_of(found[KEY])};
    if (words.process.at == NULL || words.type.at == NULL)
        return err_set(e, -E_CORRUPT, "line %llu: %s is missing", number,
                       words.process.at == NULL ? "process" : "type");
    if (found[VALUE] != NULL)
        words.value = found[VALUE]->raw;
    return events_add(ev, &words, e);
}

/* Steps over the comma between two maps of a JSON list. */
static bool between(struct source *s, bool first)
{
    source_blanks(s);
    if (s->notation == NOTATION_EDN || first || (s->at < s->end && *s->at == ']'))
        return true;
    if (s->at == s->end)
        return true; /* said by whoever wants a map */
    if (*s->at != ',') {
        s->why = "',' is missing between maps";
        return false;
    }
    s->at++;
    return true;
}

static int read_list(struct events *ev, struct value_tree *t, struct source *s, struct err *e)
{
    char close = *s->at++ == '[' ? ']' : ')';
    for (bool first = true;; first = false) {
        if (!between(s, first))
            return broken(s, e);
        source_prefix(s);
        if (s->at < s->end && *s->at == close)
            break;
        uint64_t line = s->line;
        if (s->at == s->end)
            s->why = "the list ends before its bracket is closed";
        if (s->why != NULL || !value_read(t, s))
            return broken(s, e);
        int code = add_map(ev, t, line, e);
        if (code < 0)
            return code;
    }
    s->at++;
    source_blanks(s);
    if (s->at < s->end)
        s->why = "something stands behind the list";
    return s->why != NULL ? broken(s, e) : 0;
}

static int read_line(struct events *ev, struct value_tree *t, struct source *s, struct err *e)
{
    source_prefix(s);
    if (s->at == s->end)
        return 0;
    if (!value_read(t, s))
        return broken(s, e);
    source_blanks(s);
    if (s->at < s->end)
        s->why = "something stands behind the map";
    return s->why != NULL ? broken(s, e) : add_map(ev, t, s->line, e);
}

int jepsen_maps_read(struct events *ev, const char *data, size_t len, struct err *e)
{
    struct value_tree t = {0};
    struct source s = {.at = data, .end = data + len, .line = 1, .notation = ev->notation};
    const char *end = data + len;
    uint64_t line = 1;
    int code = 0;
    source_prefix(&s);
    if (s.at < s.end && (*s.at == '[' || *s.at == '(')) {
        code = read_list(ev, &t, &s, e);
        data = end;
    }
    for (; data < end && code == 0; line++) {
        const char *nl = memchr(data, '\n', (size_t)(end - data));
        const char *stop = nl != NULL ? nl : end;
        struct source here = {.at = data, .end = stop, .line = line, .notation = ev->notation};
        code = read_line(ev, &t, &here, e);
        data = stop + (nl != NULL);
    }
    value_tree_free(&t);
    return code;
}
