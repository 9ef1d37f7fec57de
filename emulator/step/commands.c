/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of commands, and one line. */
#include "base/mem.h"
#include "emulator/step/inside.h"

#include <stdio.h>
#include <string.h>

struct command {
    const char *name;
    const char *args;
    const char *text;
    size_t words_min, words_max; /* the name included; 0: as many as there are */
    bool over;                   /* also when the run is over */
    int (*run)(struct step *s, const struct words *w, struct err *e); /* NULL: by hand */
};

static int help(struct step *s, const struct words *w, struct err *e);
static int narrate(struct step *s, const struct words *w, struct err *e);
static int quit(struct step *s, const struct words *w, struct err *e);

static const struct command commands[] = {
    {"next", "[N]", "the next event, or N of them", 1, 2, false, go_next},
    {"until", "WHAT", "goes on until leader, noLeader, commit N, term N, time T, event EV [NODE]",
     2, 0, false, go_until},
    {"run", "", "to the end of the run", 1, 1, false, go_run},
    {"state", "", "all nodes in a table", 1, 1, false, show_state},
    {"log", "NODE", "its log: terms of entries, what is durable, what committed", 2, 2, false,
     show_log},
    {"queue", "", "what is to happen: messages under way (with numbers), timers, disks", 1, 1,
     false, show_queue},
    {"why", "NODE", "its newest decisions, and their reasons", 2, 2, true, show_why},
    {"crash", "NODE", "kills its process", 2, 2, false, NULL},
    {"restart", "NODE", "starts it again, killed before if it runs", 2, 2, false, NULL},
    {"pause", "NODE", "it stands still", 2, 2, false, NULL},
    {"resume", "NODE", "it goes on", 2, 2, false, NULL},
    {"timeout", "NODE", "its clock jumps to when its timer fires", 2, 2, false, NULL},
    {"partition", "A,B|C", "cuts the groups from each other", 2, 0, false, NULL},
    {"heal", "", "mends every cut", 1, 1, false, NULL},
    {"transfer", "NODE", "the leader is to hand over to it", 2, 2, false, NULL},
    {"drop", "NUMBER", "the message is lost", 2, 2, false, NULL},
    {"deliver", "NUMBER", "the message arrives now, before all others", 2, 2, false, NULL},
    {"write", "KEY VALUE", "asks the leader to set the key, and waits for the answer", 3, 3, false,
     NULL},
    {"read", "KEY", "asks the leader for the key, and waits for the answer", 2, 2, false, NULL},
    {"do", "STEP", "any step of the scenario language: do {\"net.cut\": {\"link\": …}}", 2, 0,
     false, NULL},
    {"stay", "", "the run does not end when the scenario's steps are done", 1, 1, false, NULL},
    {"fork", "NAME", "gives this moment a name", 2, 2, false, go_fork},
    {"back", "[NAME]", "undoes the last command, or goes to the moment of that name", 1, 2, true,
     go_back},
    {"record", "FILE", "writes what was done by hand as a scenario", 2, 2, false, record_write},
    {"narrate", "[MORE|off]", "what is told: decisions; also messages, clients, or both", 1, 2,
     true, narrate},
    {"help", "", "this", 1, 1, true, help},
    {"quit", "", "leaves", 1, 1, true, quit},
};

static int help(struct step *s, const struct words *w, struct err *e)
{
    (void)w;
    (void)e;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        step_print(s, "%-9s %-10s  %s", commands[i].name, commands[i].args, commands[i].text);
    step_print(s, "NODE is n1, n2 or another, or leader. Groups may say leader, followers, rest: "
                  "partition leader|rest");
    step_print(s, "What is done by hand makes the run stay until run; ^C stops what goes on.");
    return 0;
}

static int narrate(struct step *s, const struct words *w, struct err *e)
{
    bool off = w->count > 1 && strcmp(w->at[1], "off") == 0;
    unsigned what = 0;
    int code = off ? 0 : narrate_parse(w->count > 1 ? w->at[1] : NULL, &what, e);
    if (code < 0)
        return code;
    s->silent = off;
    s->narrate = what;
    narrator_mute(s->narrator, off);
    narrator_more(s->narrator, what);
    return 0;
}

static int quit(struct step *s, const struct words *w, struct err *e)
{
    (void)s;
    (void)w;
    (void)e;
    return 0;
}

const char *step_name_at(size_t k)
{
    return k < ARRAY_LEN(commands) ? commands[k].name : NULL;
}

void words_split(struct words *w, const char *line)
{
    size_t len = strnlen(line, STEP_LINE_MAX);
    memcpy(w->whole, line, len);
    w->whole[len] = '\0';
    memcpy(w->text, w->whole, len + 1);
    w->count = 0;
    w->rest = "";
    for (char *c = w->text; *c != '\0' && w->count < STEP_WORDS_MAX;) {
        c += strspn(c, " \t\r\n");
        if (*c == '\0')
            break;
        if (w->count == 1)
            w->rest = w->whole + (c - w->text);
        w->at[w->count++] = c;
        c += strcspn(c, " \t\r\n");
        if (*c != '\0')
            *c++ = '\0';
    }
}

static const struct command *find(const char *name, struct err *e)
{
    const char *names[ARRAY_LEN(commands)];
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
        names[i] = commands[i].name;
    }
    const char *near = diag_nearest(name, names, ARRAY_LEN(names));
    (void)err_set(e, -E_INVALID, "no command %.40s: %s%s%s", name,
                  near == NULL ? "help names them all" : "did you mean ", near == NULL ? "" : near,
                  near == NULL ? "" : "?");
    return NULL;
}

static int do_command(struct step *s, const struct command *c, const struct words *w, struct err *e)
{
    int code = c->over ? 0 : step_alive(s, e);
    if (code < 0)
        return code;
    s->command++;
    s->touched = false;
    code = c->run != NULL ? c->run(s, w, e) : hand_do(s, w, e);
    bool asks = strcmp(c->name, "write") == 0 || strcmp(c->name, "read") == 0;
    bool by_hand = c->run == NULL && !asks && (code == 0 || s->touched);
    step_deed(s, by_hand ? w->whole : NULL, code < 0);
    if (s->sim != NULL)
        narrator_finish(s->narrator);
    return code;
}

int step_command(struct step *s, const char *line, bool *ret_quit, struct err *e)
{
    struct words *w = mem_alloc(sizeof(*w));
    const struct command *c = NULL;
    int code = 0;
    *ret_quit = false;
    *s->host->stop = 0;
    words_split(w, line);
    if (strlen(line) > STEP_LINE_MAX)
        code = err_set(e, -E_LIMIT, "a line has at most %d bytes", STEP_LINE_MAX);
    else if (w->count > 0 && w->at[0][0] != '#')
        c = find(w->at[0], e);
    if (code == 0 && c == NULL && w->count > 0 && w->at[0][0] != '#')
        code = -E_INVALID;
    if (code == 0 && c != NULL &&
        (w->count < c->words_min || (c->words_max > 0 && w->count > c->words_max)))
        code = err_set(e, -E_INVALID, "usage: %s%s%s", c->name, c->args[0] == '\0' ? "" : " ",
                       c->args);
    else if (code == 0 && c != NULL)
        code = do_command(s, c, w, e);
    *ret_quit = code == 0 && c != NULL && strcmp(c->name, "quit") == 0;
    mem_free(w);
    return code;
}
