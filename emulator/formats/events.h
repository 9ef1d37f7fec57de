/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the lines of a foreign history say: who called or was answered, and which belong together.
 * What an operation means is not known yet: its name and its value are as they were written. */
#ifndef EMULATOR_FORMATS_EVENTS_H
#define EMULATOR_FORMATS_EVENTS_H

#include "base/err.h"
#include "emulator/formats/value.h"

enum event_type { EVENT_INVOKE, EVENT_OK, EVENT_FAIL, EVENT_INFO };
/* "invoke" */
const char *event_type_name(enum event_type type);

#define EVENT_NONE UINT32_MAX

/* One line. process, f and key are numbers of texts in events.names; key 0 = not told. */
struct event {
    uint64_t t_ns;
    struct trace_text value; /* in the file; {NULL, 0} = not told */
    uint32_t line;
    uint32_t process;
    uint32_t f;
    uint32_t key;
    uint32_t mate; /* the answer of a call, the call of an answer, or EVENT_NONE */
    uint8_t type;  /* enum event_type */
    bool timed;
};

/* All-zero is empty. */
struct events {
    struct event *at; /* owned */
    size_t count;
    size_t cap;
    struct texts names;
    uint32_t *open; /* owned; by process: event + 1 of its call without an answer */
    size_t open_cap;
    uint64_t skipped;        /* lines that are no client's: of a nemesis, of a log */
    enum notation notation;  /* of the values */
    bool silent_cas;         /* a failed cas saw another value; else it says nothing */
    bool one_a_line;         /* no two events stand on one line */
    uint64_t closest_ns;     /* the least by which two neighbours' times differ; 0 = none do */
    uint64_t untimed_line;   /* the first event without a time; 0 = none */
    uint64_t backwards_line; /* the first event earlier than the one before it; 0 = none */
};

/* One line, before it is understood; texts are borrowed for the call, but value from the file for
 * as long as the events live. time, key: at == NULL when not told. */
struct event_words {
    uint64_t line;
    struct trace_text process;
    struct trace_text type;
    struct trace_text f;
    struct trace_text time;
    struct trace_text key;
    struct trace_text value;
};

void events_free(struct events *ev);

/* Adds a line. A process that is no client's (":nemesis") is counted and forgotten. Errors:
 * -E_CORRUPT, naming the line: a type that does not exist, a call of a process whose call is open,
 * an answer without a call, or with another f or key; -E_LIMIT. */
int events_add(struct events *ev, const struct event_words *words, struct err *e) MUST_CHECK;

/* Do all events have a time, none earlier than the one before? Else the order of lines counts. */
bool events_timed(const struct events *ev);
/* Are their times so close that no clock of the real world can have told them? A person is shown
 * microseconds: then a second stands for each of their units. */
bool events_dense(const struct events *ev);
/* The time of an event: its own, or the second that stands for it or for its line. */
uint64_t events_time_ns(const struct events *ev, size_t i);

#endif
