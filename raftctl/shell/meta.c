/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/meta.h"

#include "raftctl/complete.h"
#include "raftctl/near.h"
#include "raftctl/shell/meta_impl.h"

#include <ctype.h>
#include <stdio.h>

static const struct meta {
    const char *name;
    struct ctl_arg args[2];
    size_t verb_at; /* from this word on it is a verb and its words; 0: never */
    const char *summary;
    enum ctl_exit (*run)(struct shell *sh, char **args, size_t count);
} rows[] = {
    {"help", {{"VERB", KIND_VERB, NULL, ARG_OPTIONAL}}, 1, "this text, or a verb's", meta_help},
    {"o",
     {{"FORMAT", KIND_CHOICE, "table|json|jsonl|plain", ARG_OPTIONAL}},
     0,
     "the form of answers from now on",
     meta_output},
    {"timing",
     {{"on|off", KIND_CHOICE, "on|off", ARG_OPTIONAL}},
     0,
     "how long each verb took",
     meta_timing},
    {"repeat",
     {{"DURATION", KIND_DURATION, NULL, ARG_NEEDED}, {"VERB...", KIND_VERB, NULL, ARG_NEEDED}},
     2,
     "a verb again and again, so far apart, until ^C",
     meta_repeat},
    {"history",
     {{"-c|PATTERN", KIND_TEXT, NULL, ARG_OPTIONAL}},
     0,
     "what was typed, or what of it has the pattern; -c forgets it",
     meta_history},
    {"source",
     {{"FILE", KIND_FILE, NULL, ARG_NEEDED}},
     0,
     "does what the file says, up to the first failure",
     meta_source},
    {"record",
     {{"FILE", KIND_FILE, NULL, ARG_OPTIONAL}},
     0,
     "writes what is done into a scenario for raft-emulator; without FILE it ends",
     meta_record},
    {"connect",
     {{"NODE|ENDPOINTS", KIND_MEMBER, NULL, ARG_OPTIONAL}},
     0,
     "asks that node, or these endpoints; without them as in the beginning",
     meta_connect},
    {"consistency",
     {{"MODE", KIND_CHOICE, "index|lease|local", ARG_OPTIONAL}},
     0,
     "of reads from now on; without MODE as in the beginning",
     meta_consistency},
    {"jobs", {{0}}, 0, "the verbs that go on beside: watch, events -f, top", meta_jobs},
    {"stop",
     {{"NUMBER", KIND_NUMBER, NULL, ARG_OPTIONAL}},
     0,
     "ends that one of them, or all",
     meta_stop},
    {"!", {{"COMMAND", KIND_FILE, NULL, ARG_NEEDED}}, 0, "a command of the system", meta_system},
    {"quit", {{0}}, 0, "leaves, as ^D does", meta_quit},
};

bool meta_begins(const char *word)
{
    return (word[0] == '\\' || word[0] == '.') &&
           (word[1] == '\0' || word[1] == '!' || isalpha((unsigned char)word[1]));
}

/* What those type who know other shells: a command without its backslash, or NULL. */
static const char *said_plainly(const char *word)
{
    if (strcmp(word, "help") == 0)
        return "help";
    return strcmp(word, "quit") == 0 || strcmp(word, "exit") == 0 ? "quit" : NULL;
}

bool meta_is(const char *word)
{
    return meta_begins(word) || said_plainly(word) != NULL;
}

/* By its name, or as much of it as no other begins with. */
static const struct meta *find(const char *word)
{
    const struct meta *found = NULL;
    const char *name = meta_begins(word) ? word + 1 : said_plainly(word);
    size_t len = strlen(name);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
        if (len == 0 || strncmp(rows[i].name, name, len) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = &rows[i];
    }
    return found;
}

static void put_args(struct buf *out, const struct meta *m, size_t from)
{
    for (size_t i = from; i < ARRAY_LEN(m->args) && m->args[i].name != NULL; i++)
        buf_putf(out, m->args[i].how == ARG_OPTIONAL ? "%s[%s]" : "%s%s", i > from ? " " : "",
                 m->args[i].name);
}

void meta_put_help(struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf left = {0};
        buf_putf(&left, "\\%s ", rows[i].name);
        put_args(&left, &rows[i], 0);
        buf_putf(out, "  %-26s %s\n", buf_str(&left), rows[i].summary);
        buf_free(&left);
    }
}

static enum ctl_exit not_known(struct shell *sh, const char *word)
{
    struct near near = near_new(span_str(word + 1));
    struct buf text = {0};
    struct failure f;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        near_offer(&near, span_str(rows[i].name), span_str(rows[i].name));
    near_put(&text, &near, "\\");
    failure_set(&f, CTL_USAGE, "USAGE", "there is no command %s of the shell%s", word,
                buf_str(&text));
    failure_fix(&f, "\\help");
    buf_free(&text);
    return shell_fail(sh, &f);
}

enum ctl_exit meta_obey(struct shell *sh, char **words, size_t count)
{
    const struct meta *m = find(words[0]);
    if (m == NULL)
        return not_known(sh, words[0]);
    size_t most = 0, least = 0;
    for (size_t i = 0; i < ARRAY_LEN(m->args) && m->args[i].name != NULL; i++) {
        most++;
        least += m->args[i].how == ARG_NEEDED;
    }
    if (count - 1 < least || (count - 1 > most && m->verb_at == 0)) {
        struct failure f;
        struct buf args = {0};
        put_args(&args, m, 0);
        failure_set(&f, CTL_USAGE, "USAGE", "usage: \\%s %s", m->name, buf_str(&args));
        failure_fix(&f, "\\help");
        buf_free(&args);
        return shell_fail(sh, &f);
    }
    return m->run(sh, words + 1, count - 1);
}

void meta_offer(const char *prefix, void (*take)(void *to, const char *word, const char *help),
                void *to)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char word[32];
        (void)snprintf(word, sizeof(word), "%c%s", prefix[0], rows[i].name);
        if (strncmp(word, prefix, strlen(prefix)) == 0)
            take(to, word, rows[i].summary);
    }
}

static void offer_choices(const char *choices, const char *prefix,
                          void (*take)(void *to, const char *word, const char *help), void *to)
{
    for (const char *p = choices; p != NULL;
         p = strchr(p, '|') == NULL ? NULL : strchr(p, '|') + 1) {
        char word[32];
        (void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(p, "|"), p);
        if (strncmp(word, prefix, strlen(prefix)) == 0)
            take(to, word, "");
    }
}

enum ctl_kind meta_complete(char *const *words, size_t count, const char *prefix,
                            void (*take)(void *to, const char *word, const char *help), void *to,
                            struct buf *ret_hint)
{
    const struct meta *m = find(words[0]);
    if (m == NULL)
        return KIND_NONE;
    if (m->verb_at > 0 && count >= m->verb_at) {
        struct complete c;
        complete_ask(words + m->verb_at, count - m->verb_at, prefix, take, to, &c);
        enum ctl_kind kind = c.none ? KIND_NONE : c.kind;
        if (ret_hint != NULL)
            buf_puts(ret_hint, buf_str(&c.hint));
        complete_free(&c);
        return kind;
    }
    if (ret_hint != NULL)
        put_args(ret_hint, m, count - 1);
    if (count > ARRAY_LEN(m->args) || m->args[count - 1].name == NULL)
        return KIND_NONE;
    offer_choices(m->args[count - 1].choices, prefix, take, to);
    return m->args[count - 1].kind;
}
