/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/interactive.h"

#include "base/mem.h"
#include "raftctl/shell/lineedit.h"
#include "raftctl/shell/prompt.h"
#include "raftctl/shell/script.h"
#include "raftctl/shell/signals.h"
#include "raftctl/shell/suggest.h"
#include "raftctl/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define FIRST_LOOK_MS 300 /* then the prompt comes without one */

/* The session: the shell, and the command that is being typed. */
struct session {
    struct shell *sh;
    struct buf typed; /* earlier lines of a command that goes on */
    enum ctl_exit exit;
};

static bool in_color(const struct session *s)
{
    return s->sh->sink->terminal[SINK_ANSWER];
}

static const char *prompt_of(const struct session *s, struct buf *text)
{
    if (s->typed.len > 0)
        buf_puts(text, PROMPT_MORE);
    else
        prompt_put(text, &s->sh->view, in_color(s));
    return buf_str(text);
}

static void show_prompt(const struct session *s)
{
    struct buf text = {0};
    lineedit_show(prompt_of(s, &text));
    buf_free(&text);
}

static void say_error(const char *text)
{
    (void)fprintf(stderr, "warning: %s\n", text);
}

/* ---- lines ---- */

static void remember(struct session *s, const char *entry)
{
    struct err e = {0};
    int rc = history_add(&s->sh->history, entry, &e);
    if (rc != 0)
        lineedit_remember(entry);
    if (rc < 0)
        say_error(e.text);
}

static void do_typed(struct session *s)
{
    char *text = mem_dup(buf_str(&s->typed), s->typed.len);
    buf_reset(&s->typed);
    remember(s, text);
    stop_clear();
    (void)script_text(s->sh, span_str(text), NULL, 1, false);
    if (signals_take(SIGINT)) {
        struct buf end = {0};
        buf_putc(&end, '\n'); /* behind the ^C that the terminal shows */
        lineedit_above(&end, 0);
        buf_free(&end);
        stop_clear();
    }
    if (scout_fd(&s->sh->scout) < 0) /* it is gone: another one */
        shell_connect(s->sh, s->sh->endpoints, s->sh->endpoints_count);
    scout_poke(&s->sh->scout);
    mem_free(text);
}

static bool is_empty(const char *line)
{
    return line[strspn(line, " \t")] == '\0';
}

static void on_line(void *to, const char *line)
{
    struct session *s = to;
    if (line == NULL && s->typed.len == 0) {
        s->sh->ended = true;
        return;
    }
    if (line == NULL) { /* ^D: the command that goes on does not */
        buf_reset(&s->typed);
        return;
    }
    if (s->typed.len == 0 && is_empty(line))
        return;
    buf_puts(&s->typed, s->typed.len > 0 ? "\n" : "");
    buf_puts(&s->typed, line);
    if (s->typed.overflow || words_open(span_of(s->typed.data, s->typed.len)) == WORDS_WHOLE)
        do_typed(s);
}

/* ---- what may stand there ---- */

static void ask_keys(void *to, const char *prefix, struct buf *ret)
{
    keys_ask(to, prefix, ret);
}

static struct suggest suggest_of(const struct session *s)
{
    return (struct suggest){
        .view = &s->sh->view, .history = &s->sh->history, .keys = ask_keys, .to = &s->sh->keys};
}

/* In a command that goes on, what was typed before counts too. */
static void on_complete(void *to, const char *line, size_t start, size_t cursor,
                        struct lineedit_choices *ret)
{
    const struct session *s = to;
    const struct suggest suggest = suggest_of(s);
    struct buf whole = {0};
    buf_put(&whole, s->typed.data, s->typed.len);
    buf_puts(&whole, s->typed.len > 0 ? "\n" : "");
    size_t before = whole.len;
    buf_put(&whole, line, cursor);
    suggest_complete(&suggest, buf_str(&whole), before + start, before + cursor, ret);
    buf_free(&whole);
}

static size_t on_hint(void *to, const char *line, struct buf *ret)
{
    const struct session *s = to;
    const struct suggest suggest = suggest_of(s);
    return s->typed.len > 0 ? 0 : suggest_hint(&suggest, line, ret);
}

static bool on_ask(void *to, const char *line)
{
    const struct session *s = to;
    const struct suggest suggest = suggest_of(s);
    struct buf text = {0};
    if (s->typed.len > 0 || !suggest_is_question(line))
        return false;
    suggest_next(&suggest, line, &text);
    lineedit_above(&text, 0);
    buf_free(&text);
    return true;
}

/* ---- what happens meanwhile ---- */

static void put_time(struct buf *out)
{
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc) != NULL)
        buf_putf(out, "%02d:%02d:%02dZ ", utc.tm_hour, utc.tm_min, utc.tm_sec);
}

/* The prompt changes by itself when who leads changes; else with the next command. */
static void see(struct session *s, bool tell)
{
    static struct scout_view now; /* large, and there is one */
    struct buf news = {0}, text = {0};
    now = s->sh->view;
    if (!scout_take(&s->sh->scout, &now))
        return;
    bool is_news = tell && prompt_news(&s->sh->view, &now, &news);
    s->sh->view = now;
    if (is_news) {
        buf_puts(&text, "! ");
        put_time(&text);
        buf_putf(&text, "%s\n", buf_str(&news));
        lineedit_above(&text, 0);
        buf_reset(&text);
    }
    lineedit_prompt(prompt_of(s, &text));
    buf_free(&news);
    buf_free(&text);
}

static void hear(struct session *s, size_t i)
{
    struct buf text = {0};
    unsigned place = s->sh->jobs.jobs[i].picture ? s->sh->jobs.jobs[i].number : 0;
    bool over = jobs_read(&s->sh->jobs, i, &text);
    if (text.len > 0)
        lineedit_above(&text, over ? 0 : place);
    buf_free(&text);
}

/* ^C: the line, or what of a command was typed; at an empty one what goes on beside. */
static void on_interrupt(struct session *s)
{
    bool had = lineedit_give_up() || s->typed.len > 0;
    buf_reset(&s->typed);
    stop_clear();
    if (had || s->sh->jobs.count == 0)
        return;
    struct buf text = {0};
    (void)jobs_stop(&s->sh->jobs, 0, &text);
    lineedit_above(&text, 0);
    buf_free(&text);
}

static void heed_signals(struct session *s)
{
    static const int ends[] = {SIGTERM, SIGHUP};
    if (signals_take(SIGINT))
        on_interrupt(s);
    if (signals_take(SIGWINCH))
        lineedit_resized();
    if (signals_take(SIGCONT))
        lineedit_continued();
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        if (!signals_take(ends[i]))
            continue;
        s->exit = (enum ctl_exit)(128 + ends[i]);
        s->sh->ended = true;
    }
}

enum { AT_INPUT, AT_SIGNALS, AT_SCOUT, AT_JOBS };

static void turn(struct session *s)
{
    struct pollfd fds[AT_JOBS + JOBS_MAX] = {
        [AT_INPUT] = {.fd = STDIN_FILENO, .events = POLLIN},
        [AT_SIGNALS] = {.fd = signals_fd(), .events = POLLIN},
        [AT_SCOUT] = {.fd = scout_fd(&s->sh->scout), .events = POLLIN},
    };
    size_t jobs = s->sh->jobs.count;
    for (size_t i = 0; i < jobs; i++)
        fds[AT_JOBS + i] = (struct pollfd){.fd = s->sh->jobs.jobs[i].child.fd, .events = POLLIN};
    if (poll(fds, AT_JOBS + jobs, -1) < 0) {
        ASSERT(errno == EINTR); /* the arguments are ours */
        return;
    }
    /* From the last on: one that is over is taken off the list. */
    for (size_t i = jobs; i > 0; i--) {
        if (fds[AT_JOBS + i - 1].revents != 0)
            hear(s, i - 1);
    }
    if (fds[AT_SCOUT].revents != 0)
        see(s, true);
    if (signals_any()) /* poll need not know yet, and ^C comes before what was typed after it */
        heed_signals(s);
    else if (fds[AT_INPUT].revents != 0)
        lineedit_read();
}

/* ---- the whole ---- */

static void open_history(struct shell *sh)
{
    struct buf path = {0};
    struct err e = {0};
    history_default_path(&path);
    if (path.len > 0 && history_open(&sh->history, buf_str(&path), &e) < 0)
        say_error(e.text);
    for (size_t i = 0; i < sh->history.count; i++)
        lineedit_remember(sh->history.entries[i]);
    buf_free(&path);
}

static void greet(struct session *s)
{
    struct buf text = {0};
    buf_puts(&text, "\\help lists the commands, ? says what may come next, ^D leaves\n");
    if (lineedit_lacks()[0] != '\0')
        buf_putf(&text, "%s\n", lineedit_lacks());
    (void)shell_say(s->sh, &text);
    buf_free(&text);
    struct pollfd fd = {.fd = scout_fd(&s->sh->scout), .events = POLLIN};
    if (poll(&fd, 1, FIRST_LOOK_MS) > 0)
        see(s, false);
}

enum ctl_exit interactive(struct shell *sh)
{
    struct session s = {.sh = sh};
    struct err e = {0};
    const struct lineedit_hooks hooks = {&s, on_line, on_complete, on_hint, on_ask};
    if (signals_catch(&e) < 0)
        return shell_wrong(sh, CTL_INTERNAL, e.text, NULL);
    sh->interactive = true;
    shell_connect(sh, sh->endpoints, sh->endpoints_count);
    lineedit_open(&hooks);
    open_history(sh);
    greet(&s);
    while (!sh->ended) {
        if (!lineedit_shown())
            show_prompt(&s);
        turn(&s);
    }
    lineedit_close();
    signals_release();
    buf_free(&s.typed);
    return s.exit;
}
