/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a session is made of. Private to step/. */
#ifndef STEP_INSIDE_H
#define STEP_INSIDE_H

#include "emulator/narrate/narrate.h"
#include "emulator/scenario/parse.h"
#include "emulator/sim/hands.h"
#include "emulator/step/step.h"

#define STEP_WORDS_MAX 24
#define STEP_LINE_MAX  2000
#define STEP_FORKS_MAX 16
#define STEP_NAME_MAX  24

/* A command line. rest: from the second word on, as it was typed. */
struct words {
    char text[STEP_LINE_MAX + 1];
    char *at[STEP_WORDS_MAX];
    size_t count;
    const char *rest;
    char whole[STEP_LINE_MAX + 1];
};

/* Something that was done to the run. Invariant: text is NULL if events > 0. */
struct deed {
    unsigned command; /* the number of the command that did it */
    uint64_t events;  /* so many events were taken */
    char *text;       /* owned; or this was done by hand … */
    bool failed;      /* … and came to nothing, but for what it drew */
};

struct deeds {
    struct deed *items; /* owned */
    size_t count, cap;
};

/* A moment with a name. */
struct saved {
    char name[STEP_NAME_MAX + 1];
    struct deeds deeds;
    unsigned command;
};

/* A step that was done by hand. */
struct act {
    uint64_t at_ns; /* on the scenario's clock */
    uint64_t place; /* of that instant */
    char *json;     /* owned */
};

struct step {
    const struct scenario *scenario;
    uint64_t seed;
    const struct step_host *host;
    struct sim_options options;
    struct trace_names names; /* that the run fills */
    struct sim *sim;          /* NULL: the run is over, or could not be opened again */
    unsigned nodes;
    struct narrator *narrator;
    unsigned narrate;
    unsigned told;  /* the command that its judge has stopped, if there is one */
    bool ending;    /* stopped by its judge, it is to end there */
    bool silent;    /* the narrator is told to be */
    bool showing;   /* every event is to be shown … */
    uint64_t shown; /* … and so many were */
    struct deeds deeds;
    unsigned command;
    uint64_t moved; /* events taken since the last deed */
    struct saved saved[STEP_FORKS_MAX];
    size_t saved_count;
    struct scenario **parsed; /* owned: of steps by hand, as long as the run lives */
    size_t parsed_count, parsed_cap;
    bool touched;     /* the present command began a step by hand */
    bool watched;     /* a step by hand was begun and has not failed yet */
    bool again;       /* what was done is being done again */
    struct act *acts; /* owned: of this run, in their order */
    size_t acts_count, acts_cap;
    unsigned unsayable; /* things done by hand that are no steps */
    char prompt[40];
    struct buf text;
};

/* session.c */
void step_print(struct step *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Takes the next event; false: there is none, or the run is over (and the host was told). */
bool step_move(struct step *s);
/* Puts down what was done: events first, then (text not NULL) something by hand. */
void step_deed(struct step *s, const char *text, bool failed);
/* Runs again up to the end of *deeds, which become the session's own. */
int step_again(struct step *s, struct deeds *deeds, struct err *e) MUST_CHECK;
void deeds_free(struct deeds *d);
struct deeds deeds_copy(const struct deeds *d, size_t count);
/* 0, or -E_BUSY: the run is over. */
int step_alive(const struct step *s, struct err *e) MUST_CHECK;
/* -E_BUSY, with the reason why the run goes no further by itself; 0: it is over, or the present
 * command has said it. */
int step_stuck(const struct step *s, struct err *e) MUST_CHECK;
/* Whether somebody wants the command to stop. */
bool step_stopped(const struct step *s);

/* The number of a node by its name, or -E_NOTFOUND; of "leader", or -E_BUSY if nobody leads. */
int step_node(const struct step *s, const char *name, struct err *e) MUST_CHECK;
/* A whole number. */
int step_number(const char *word, const char *what, uint64_t *ret, struct err *e) MUST_CHECK;

/* parse.c: one step of the scenario language, or a wait, from its JSON; lives as long as the run.
 */
int step_parse(struct step *s, const char *json, const struct scenario_step **ret,
               const struct scenario_branch **ret_branch, struct err *e) MUST_CHECK;

/* hand.c: whether the word names something done by hand; and doing it. */
bool hand_knows(const char *word);
int hand_do(struct step *s, const struct words *w, struct err *e) MUST_CHECK;
void words_split(struct words *w, const char *line);

/* go.c */
int go_next(struct step *s, const struct words *w, struct err *e) MUST_CHECK;
int go_until(struct step *s, const struct words *w, struct err *e) MUST_CHECK;
int go_run(struct step *s, const struct words *w, struct err *e) MUST_CHECK;
int go_ask(struct step *s, const struct words *w, struct err *e) MUST_CHECK; /* write, read */
void go_event(struct step *s, uint64_t t_ns, const struct sim_event *event);
void go_words(const struct step *s, enum sim_event_kind kind, unsigned who,
              const struct sim_packet *p, char *ret_who, struct buf *out);

/* show.c */
int show_state(struct step *s, const struct words *w, struct err *e) MUST_CHECK;
int show_log(struct step *s, const struct words *w, struct err *e) MUST_CHECK;
int show_queue(struct step *s, const struct words *w, struct err *e) MUST_CHECK;
int show_why(struct step *s, const struct words *w, struct err *e) MUST_CHECK;

/* record.c */
void record_act(struct step *s, const char *json, uint64_t place); /* it is done now, there */
void record_forget(struct step *s);
int record_write(struct step *s, const struct words *w, struct err *e) MUST_CHECK;

/* back.c */
int go_fork(struct step *s, const struct words *w, struct err *e) MUST_CHECK;
int go_back(struct step *s, const struct words *w, struct err *e) MUST_CHECK;

#endif
