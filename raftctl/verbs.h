/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one table of the command line: every verb, its arguments and options is a row, and parser,
 * help, manual page, completion and the shell's hints are read from the rows. */
#ifndef RAFTCTL_VERBS_H
#define RAFTCTL_VERBS_H

#include "base/limits.h"
#include "base/must.h"
#include "base/span.h"
#include "raftctl/endpoint.h"
#include "raftctl/sink.h"

/* What a wait for node=NAME:ROLE waits for; and there is "caught-up". */
#define CTL_ROLES "leader|follower|candidate|learner|down"

/* And all that may be waited for. */
#define CTL_CONDITIONS                                                                      \
    "leader, healthy, applied=N, caught-up, caught-up=N, members=N or node=NAME:" CTL_ROLES \
    "|caught-up"

struct survey;

enum ctl_exit {
    CTL_OK = 0,
    CTL_NO = 1,             /* a negative answer: absent, mismatch, refused */
    CTL_UNKNOWN = 2,        /* it may or may not have happened */
    CTL_USAGE = 64,         /* the command line is wrong */
    CTL_INPUT = 65,         /* the data given is wrong */
    CTL_NO_INPUT = 66,      /* a file that is to be read is not there */
    CTL_UNREACHABLE = 69,   /* no endpoint could be reached */
    CTL_INTERNAL = 70,      /* an answer makes no sense */
    CTL_CANNOT_CREATE = 73, /* a file that is to be written cannot be */
    CTL_IO = 74,            /* standard input or output failed */
    CTL_TRY_AGAIN = 75,     /* not applied: no leader, busy */
    CTL_NOT_PERMITTED = 77, /* the node or the system refuses access */
    CTL_CONFIG = 78,        /* the configuration file is wrong */
    CTL_INTERRUPTED = 130   /* ^C */
};

/* What a word stands for: which words complete it, and what is checked before a verb runs. */
enum ctl_kind {
    KIND_NONE, /* no argument: a flag, or the end of a row's arguments */
    KIND_TEXT,
    KIND_MEMBER,
    KIND_KEY,
    KIND_FILE,
    KIND_DIRECTORY,
    KIND_ADDRESS,  /* HOST:PORT */
    KIND_NUMBER,   /* a whole number, not negative */
    KIND_DURATION, /* 500ms, 5s, 1m */
    KIND_CHOICE,   /* one of the row's choices */
    KIND_VERB,     /* the name of a verb */
    KIND_CODE,     /* what explain explains */
    KIND_CONDITION /* what wait waits for; in it may be a member: node=NAME:ROLE */
};

/* id, name, letter or 0, argument or NULL, its kind, choices (a|b|c) or NULL, help. The first
 * CTL_GLOBAL_OPTIONS of them belong to every verb; of the first CTL_OUTER_OPTIONS those with an
 * argument may come from the environment (RAFTCTL_ENDPOINTS and so on) and from a profile. A letter
 * may be that of several options no verb has both of. */
#define CTL_OPTIONS(X)                                                                             \
    X(ENDPOINTS, "endpoints", 'e', "LIST", KIND_TEXT, NULL,                                        \
      "nodes to ask, separated by commas: HOST:PORT, unix:PATH or a path")                         \
    X(LAB, "lab", 0, "NAME", KIND_TEXT, NULL,                                                      \
      "the nodes of that lab of raft-emulator up, by their sockets")                               \
    X(PROFILE, "profile", 0, "NAME", KIND_TEXT, NULL, "a profile of the configuration file")       \
    X(OUTPUT, "output", 'o', "FORMAT", KIND_CHOICE, "table|json|jsonl|plain",                      \
      "table, json, jsonl (a line for each row) or plain")                                         \
    X(AT, "at", 0, "POINTER", KIND_TEXT, NULL,                                                     \
      "only that place of the JSON, for example /cluster/leader")                                  \
    X(TIMEOUT, "timeout", 't', "DURATION", KIND_DURATION, NULL,                                    \
      "give up after, for example 500ms or 5s")                                                    \
    X(COLOR, "color", 0, "WHEN", KIND_CHOICE, "auto|always|never", "auto, always or never")        \
    X(REPEAT, "repeat", 0, "DURATION", KIND_DURATION, NULL, "again and again, so far apart")       \
    X(QUIET, "quiet", 'q', NULL, KIND_NONE, NULL,                                                  \
      "no answer on standard output: the exit code says it")                                       \
    X(VERBOSE, "verbose", 'v', NULL, KIND_NONE, NULL, "also who answered")                         \
    X(HELP, "help", 'h', NULL, KIND_NONE, NULL, "this text, or that of the verb")                  \
    X(VERSION, "version", 'V', NULL, KIND_NONE, NULL, "the version of raftctl")                    \
    X(CONSISTENCY, "consistency", 0, "MODE", KIND_CHOICE, "index|lease|local",                     \
      "of reads: index, lease or local")                                                           \
    X(STALE, "stale", 0, NULL, KIND_NONE, NULL, "the same as --consistency local")                 \
    X(FROM, "from", 0, "NODE", KIND_MEMBER, NULL, "by that node")                                  \
    X(COUNT, "count", 'n', "N", KIND_NUMBER, NULL, "so many of them")                              \
    X(MUST_EXIST, "must-exist", 0, NULL, KIND_NONE, NULL, "exit 1 if the key is absent")           \
    X(IF_ABSENT, "if-absent", 0, NULL, KIND_NONE, NULL,                                            \
      "leave a key that has a value alone, and exit 1")                                            \
    X(SESSION, "session", 0, "ID", KIND_NUMBER, NULL,                                              \
      "once more, in the session of a write that was not answered: executed once")                 \
    X(SURVIVOR, "survivor", 0, NULL, KIND_NONE, NULL, "the node named goes on without the others") \
    X(YES, "yes", 0, NULL, KIND_NONE, NULL, "do it, whatever is lost")                             \
    X(LEARNER, "learner", 0, NULL, KIND_NONE, NULL, "it gets the log and does not vote")           \
    X(WITNESS, "witness", 0, NULL, KIND_NONE, NULL, "it votes and keeps no data")                  \
    X(SHUTDOWN, "shutdown", 0, NULL, KIND_NONE, NULL,                                              \
      "its process ends once the removal is committed")                                            \
    X(DRY_RUN, "dry-run", 0, NULL, KIND_NONE, NULL,                                                \
      "say what it would mean for the quorum, and do nothing")                                     \
    X(FORCE, "force", 0, NULL, KIND_NONE, NULL, "even if nobody can take over")                    \
    X(COMMANDS, "commands", 'c', "TEXT", KIND_TEXT, NULL, "does these, separated by ; or lines")   \
    X(FILE, "file", 'f', "FILE", KIND_FILE, NULL, "what that file says; - is standard input")      \
    X(KEEP_GOING, "keep-going", 0, NULL, KIND_NONE, NULL, "goes on after a command that failed")   \
    X(FOLLOW, "follow", 'f', NULL, KIND_NONE, NULL, "and what comes, until ^C")                    \
    X(SINCE, "since", 0, "DURATION", KIND_DURATION, NULL, "not older than that")                   \
    X(NODE, "node", 0, "NODE", KIND_MEMBER, NULL, "of that node alone")                            \
    X(FROM_INDEX, "from-index", 0, "INDEX", KIND_NUMBER, NULL, "from that entry on")               \
    X(FROM_REV, "from-rev", 0, "REV", KIND_NUMBER, NULL, "from that rev on, not from now on")      \
    X(GREP, "grep", 0, "TEXT", KIND_TEXT, NULL, "lines with that text in them")                    \
    X(WRITE, "write", 'w', NULL, KIND_NONE, NULL, "also whether an entry of the log is committed") \
    X(RATE, "rate", 0, "N", KIND_NUMBER, NULL, "so many requests a second")                        \
    X(DURATION, "duration", 'd', "DURATION", KIND_DURATION, NULL, "for so long")                   \
    X(CLIENTS, "clients", 0, "N", KIND_NUMBER, NULL, "over so many connections")                   \
    X(READS, "reads", 0, "PERCENT", KIND_NUMBER, NULL, "so many of 100 are reads")                 \
    X(SIZE, "size", 0, "BYTES", KIND_NUMBER, NULL, "of the values")                                \
    X(DIST, "dist", 0, NULL, KIND_NONE, NULL, "also how many took how long")                       \
    X(LOAD, "load", 0, "SIZE", KIND_CHOICE, "s|m|l", "100, 500 or 2000 requests a second")         \
    X(PARTIAL, "partial", 0, NULL, KIND_NONE, NULL, "of those that answer: others may be missing") \
    X(WATCH, "watch", 0, NULL, KIND_NONE, NULL, "again and again")                                 \
    X(TO_BEST, "to-best", 0, NULL, KIND_NONE, NULL, "to the voter that is best prepared")

enum ctl_option {
#define X(id, name, letter, arg, kind, choices, help) OPT_##id,
    CTL_OPTIONS(X)
#undef X
        CTL_OPTIONS_COUNT
};

#define CTL_GLOBAL_OPTIONS OPT_CONSISTENCY
#define CTL_OUTER_OPTIONS  OPT_STALE
#define CTL_ENDPOINTS_MAX  LIMIT_MEMBERS
#define CTL_ARGS_MAX       4

struct ctl_option_row {
    const char *name;
    char letter;     /* 0: none */
    const char *arg; /* NULL: a flag */
    enum ctl_kind kind;
    const char *choices; /* a|b|c, or NULL */
    const char *help;
};

extern const struct ctl_option_row ctl_options[CTL_OPTIONS_COUNT];

enum ctl_output { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_JSONL, OUTPUT_PLAIN };

static inline bool ctl_output_is_json(enum ctl_output output)
{
    return output == OUTPUT_JSON || output == OUTPUT_JSONL;
}

/* One command to a node. */
struct ctl_words {
    const struct span *argv;
    size_t argc;
};

/* What the command line, the environment and the profile said. Strings are borrowed from them. */
struct ctl {
    const struct ctl_verb *verb;
    struct endpoint endpoints[CTL_ENDPOINTS_MAX];
    size_t endpoints_count; /* >= 1 when a verb runs that asks nodes */
    enum ctl_output output;
    uint64_t timeout_ns;
    uint64_t repeat_ns;      /* 0: once */
    const char *consistency; /* of reads: NULL, "index", "lease" or "local" */
    bool given[CTL_OPTIONS_COUNT];
    const char *value[CTL_OPTIONS_COUNT]; /* NULL where not given; a flag's is empty */
    int argc;                             /* the verb's own arguments, without the verb */
    char **argv;
    const char *topic; /* the word help is asked about, if it is no verb; or NULL */
    char **command; /* the words behind --, up to a NULL; NULL: no verb takes them or none came */
    const struct ctl_words *before; /* said on a connection before the question itself */
    size_t before_count;
    /* Called about every second while a reply to the question is waited for; returns by the
     * deadline. NULL: nothing is to be done. */
    void (*meanwhile)(void *of_meanwhile, uint64_t deadline_ns);
    /* Called before a question is asked again that was refused for something that passes; before:
     * the cluster as it was asked. NULL: nothing is to be done. */
    void (*refused)(void *of_meanwhile, const struct survey *before);
    void *of_meanwhile;
    struct sink *sink;
};

struct form;

struct ctl_arg {
    const char *name; /* NULL: no more arguments */
    enum ctl_kind kind;
    const char *choices;                                          /* a|b|c, or NULL */
    enum { ARG_NEEDED, ARG_OPTIONAL, ARG_MANY, ARG_COMMAND } how; /* MANY: one or more, the last */
};

struct ctl_verb {
    const char *name;  /* one word, or two: "member add" */
    const char *alias; /* or NULL */
    struct ctl_arg args[CTL_ARGS_MAX];
    uint64_t options;    /* bits 1 << OPT_X beside the global ones */
    bool goes_on;        /* it repeats by itself, until it has had enough */
    const char *timeout; /* NULL: it asks no node, and takes no endpoints */
    const char *summary;
    const char *about;       /* whole sentences for the verb's own help, and for the manual */
    const struct form *form; /* how its answer is shown, and what is in it; NULL: text of its own */
    enum ctl_exit (*run)(const struct ctl *ctl);
};

/* All verbs, in the order in which they are shown. */
const struct ctl_verb *verbs_all(size_t *ret_count);

/* The verb whose name, or alias, these words begin with; NULL if none is. *ret_words: how many of
 * the words are its name. */
const struct ctl_verb *verbs_find(char *const *words, size_t count, size_t *ret_words);

/* Whether there are verbs of two words that begin with this one. */
bool verbs_group(const char *word);

/* "NODE HOST:PORT [KEY...]": the arguments as they are written down. */
void verbs_put_args(struct buf *out, const struct ctl_verb *verb);

/* The fewest and the most arguments it takes. */
size_t verbs_args_min(const struct ctl_verb *verb);
size_t verbs_args_max(const struct ctl_verb *verb);

/* The row of its i-th argument; NULL: there is none. */
const struct ctl_arg *verbs_arg(const struct ctl_verb *verb, size_t i);

/* The option of that letter, or of that name, which the verb takes; verb may be NULL: any. Returns
 * CTL_OPTIONS_COUNT if there is none. */
enum ctl_option verbs_option_letter(const struct ctl_verb *verb, char letter);
enum ctl_option verbs_option_name(const char *name, size_t len);

/* Whether the verb takes the option. */
bool verbs_takes(const struct ctl_verb *verb, enum ctl_option option);

/* Whether text is one of a|b|c. */
bool verbs_is_choice(const char *choices, const char *text);

/* The form of output of that name; NULL is a table. False: there is none. */
bool verbs_output(const char *name, enum ctl_output *ret);

/* Reads the words (without the program's name) and does what they say: runs a verb, prints help.
 * The words are permuted. defaults: values of options that count where the words do not give them,
 * before environment and profile (NULL: none). */
enum ctl_exit verbs_obey(char **words, size_t count, const char *const *defaults,
                         struct sink *sink);

#endif
