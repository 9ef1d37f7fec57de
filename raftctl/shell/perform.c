/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/perform.h"

#include "base/mem.h"
#include "base/units.h"
#include "raftctl/cmd.h"
#include "raftctl/conn.h"
#include "raftctl/shell/abbrev.h"
#include "raftctl/shell/meta.h"
#include "raftctl/stop.h"

#include <stdio.h>

/* A copy that may be permuted and changed; its words are owned. */
struct order {
    char **words;
    size_t count;
};

static void add(struct order *o, const char *word)
{
    o->words[o->count++] = mem_strdup(word);
    o->words[o->count] = NULL;
}

/* The verb itself first: what stands behind "--" is another program's. */
static struct order copy(char *const *words, size_t count, const char *option, const char *value)
{
    struct order o = {.words = mem_array(count + 3, sizeof(o.words[0]))};
    if (option != NULL)
        add(&o, option);
    if (value != NULL)
        add(&o, value);
    for (size_t i = 0; i < count; i++)
        add(&o, words[i]);
    return o;
}

static void drop(struct order *o)
{
    for (size_t i = 0; i < o->count; i++)
        mem_free(o->words[i]);
    mem_free(o->words);
}

static bool has_word(const struct order *o, const char *a, const char *b)
{
    for (size_t i = 0; i < o->count && strcmp(o->words[i], "--") != 0; i++) {
        if (strcmp(o->words[i], a) == 0 || strcmp(o->words[i], b) == 0)
            return true;
    }
    return false;
}

static const struct ctl_verb *verb_of(const struct order *o)
{
    size_t places[2], ignored;
    char *name[2] = {NULL};
    size_t count = abbrev_places(o->words, o->count, places);
    for (size_t i = 0; i < count; i++)
        name[i] = o->words[places[i]];
    return verbs_find(name, count, &ignored);
}

/* Whether it tells of what happens until it is ended. */
static bool goes_on(const struct order *o, const struct ctl_verb *verb)
{
    if (verb == NULL || has_word(o, "--help", "-h"))
        return false;
    return verb->goes_on || (verbs_takes(verb, OPT_FOLLOW) && has_word(o, "--follow", "-f"));
}

static enum ctl_exit go_on_beside(struct shell *sh, struct order *o, const struct ctl_verb *verb,
                                  const char *line)
{
    struct err e = {0};
    struct buf text = {0};
    int number =
        jobs_start(&sh->jobs, o->words, o->count, sh->defaults, line, verb->run == cmd_top, &e);
    if (number < 0)
        return shell_wrong(sh, CTL_INTERNAL, e.text, "\\jobs");
    buf_putf(&text,
             "[%d] %s: above the prompt from now on; ^C at an empty line or \\stop ends it\n",
             number, line);
    enum ctl_exit exit = shell_say(sh, &text);
    buf_free(&text);
    return exit;
}

/* A sink that also keeps the answer, as far as anybody wants to look at it. */
#define ANSWER_BYTES_MAX 4096

struct keeper {
    struct sink *to;
    struct buf answer;
};

static bool put_and_keep(void *to, enum sink_side side, const char *bytes, size_t len)
{
    struct keeper *k = to;
    if (side == SINK_ANSWER && k->answer.len + len <= ANSWER_BYTES_MAX)
        buf_put(&k->answer, bytes, len);
    return k->to->put(k->to->to, side, bytes, len);
}

static void record(struct shell *sh, const struct order *o, enum ctl_exit exit, uint64_t began_ns,
                   struct span answer)
{
    const struct recorder_deed deed = {o->words, o->count, exit, answer, began_ns, conn_now_ns()};
    struct err e = {0};
    if (sh->recorder.path != NULL && recorder_add(&sh->recorder, &deed, &e) < 0)
        (void)shell_wrong(sh, CTL_IO, e.text, "\\record FILE");
}

static void tell_time(const struct shell *sh, uint64_t took_ns)
{
    struct buf text = {0};
    if (!sh->timing)
        return;
    buf_putf(&text, "time %.1f ms\n", (double)took_ns / (double)NS_PER_MS);
    (void)shell_say(sh, &text);
    buf_free(&text);
}

static enum ctl_exit run(struct shell *sh, const struct order *o)
{
    /* What is read to do it is permuted, what is recorded is not. */
    char **words = mem_array(o->count + 1, sizeof(words[0]));
    memcpy(words, o->words, o->count * sizeof(words[0]));
    struct keeper keeper = {.to = sh->sink};
    struct sink keeping = *sh->sink;
    keeping.put = put_and_keep;
    keeping.to = &keeper;
    uint64_t began_ns = conn_now_ns();
    stop_clear();
    enum ctl_exit exit =
        verbs_obey(words, o->count, sh->defaults, sh->recorder.path != NULL ? &keeping : sh->sink);
    mem_free(words);
    clearerr(stdin); /* a verb may have read it to a ^D: that was not ours */
    tell_time(sh, conn_now_ns() - began_ns);
    record(sh, o, exit, began_ns, span_of(keeper.answer.data, keeper.answer.len));
    buf_free(&keeper.answer);
    return exit;
}

static enum ctl_exit ambiguous(const struct shell *sh, const char *several)
{
    struct failure f;
    failure_set(&f, CTL_USAGE, "USAGE", "that begins several verbs: %s", several);
    failure_fix(&f, "type on, or press TAB");
    return shell_fail(sh, &f);
}

static enum ctl_exit do_verb(struct shell *sh, struct order *o, const char *line)
{
    struct buf several = {0};
    enum ctl_exit exit;
    bool clear = !sh->interactive || sh->sourcing || abbrev_expand(o->words, o->count, &several);
    const struct ctl_verb *verb = verb_of(o);
    if (!clear)
        exit = ambiguous(sh, buf_str(&several));
    else if (verb != NULL && verb->run == cmd_shell && !has_word(o, "--help", "-h"))
        exit = shell_wrong(sh, CTL_USAGE, "this is the shell", "\\help");
    else if (sh->interactive && line != NULL && goes_on(o, verb))
        exit = go_on_beside(sh, o, verb, line);
    else
        exit = run(sh, o);
    buf_free(&several);
    return exit;
}

enum ctl_exit perform_verb(struct shell *sh, char *const *words, size_t count, const char *option,
                           const char *value)
{
    struct order o = copy(words, count, option, value);
    enum ctl_exit exit = do_verb(sh, &o, NULL);
    drop(&o);
    return exit;
}

enum ctl_exit perform(struct shell *sh, const struct words *w, const char *line)
{
    size_t named = w->count > 1 && words_is_program(&w->list[0]), count = w->count - named;
    const struct word *list = w->list + named;
    char **words = mem_array(count + 1, sizeof(words[0]));
    for (size_t i = 0; i < count; i++)
        words[i] = list[i].text;
    enum ctl_exit exit;
    if (list[0].bare && meta_is(words[0])) {
        exit = meta_obey(sh, words, count);
    } else {
        struct order o = copy(words, count, NULL, NULL);
        exit = do_verb(sh, &o, line);
        drop(&o);
    }
    mem_free(words);
    return exit;
}
