/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line as tables: every verb, every option and every exit code is one row, and parser,
 * help and checks are read from the rows. */
#ifndef RAFTCTL_CMD_H
#define RAFTCTL_CMD_H

#include "base/limits.h"
#include "base/must.h"
#include "raftctl/endpoint.h"

enum ctl_exit {
    CTL_OK = 0,
    CTL_NO = 1,            /* a negative answer: absent, mismatch, refused */
    CTL_UNKNOWN = 2,       /* it may or may not have happened */
    CTL_USAGE = 64,        /* the command line is wrong */
    CTL_INPUT = 65,        /* the data given is wrong */
    CTL_UNREACHABLE = 69,  /* no endpoint could be reached */
    CTL_INTERNAL = 70,     /* an answer makes no sense */
    CTL_IO = 74,           /* standard input or output failed */
    CTL_TRY_AGAIN = 75,    /* not applied: no leader, busy */
    CTL_NOT_PERMITTED = 77 /* the node or the system refuses access */
};

/* id, name, letter or 0, argument or NULL, help. The first CTL_GLOBAL_OPTIONS of them belong to
 * every verb and may come from the environment: RAFTCTL_ENDPOINTS and so on. */
#define CTL_OPTIONS(X)                                                                      \
    X(ENDPOINTS, "endpoints", 'e', "LIST",                                                  \
      "nodes to ask, separated by commas: HOST:PORT, unix:PATH or a path")                  \
    X(LAB, "lab", 0, "NAME", "the nodes of that lab of raft-emulator up, by their sockets") \
    X(OUTPUT, "output", 'o', "FORMAT", "table, json or plain")                              \
    X(TIMEOUT, "timeout", 't', "DURATION", "give up after, for example 500ms or 5s")        \
    X(QUIET, "quiet", 'q', NULL, "no answer on standard output: the exit code says it")     \
    X(HELP, "help", 'h', NULL, "this text, or that of the verb")                            \
    X(VERSION, "version", 'V', NULL, "the version of raftctl")                              \
    X(MUST_EXIST, "must-exist", 0, NULL, "exit 1 if the key is absent")                     \
    X(CONSISTENCY, "consistency", 0, "MODE", "index, lease or local")                       \
    X(IF_ABSENT, "if-absent", 0, NULL, "leave a key that has a value alone, and exit 1")    \
    X(SURVIVOR, "survivor", 0, NULL, "the node named goes on without the others")           \
    X(YES, "yes", 0, NULL, "do it, whatever is lost")                                       \
    X(LEARNER, "learner", 0, NULL, "it gets the log and does not vote")                     \
    X(WITNESS, "witness", 0, NULL, "it votes and keeps no data")                            \
    X(SHUTDOWN, "shutdown", 0, NULL, "its process ends once the removal is committed")      \
    X(DRY_RUN, "dry-run", 0, NULL, "say what it would mean for the quorum, and do nothing") \
    X(FORCE, "force", 0, NULL, "even if nobody can take over")

enum ctl_option {
#define X(id, name, letter, arg, help) OPT_##id,
    CTL_OPTIONS(X)
#undef X
        CTL_OPTIONS_COUNT
};

#define CTL_GLOBAL_OPTIONS OPT_MUST_EXIST
#define CTL_ENDPOINTS_MAX  LIMIT_MEMBERS

enum ctl_output { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_PLAIN };

/* What the command line and the environment said. Strings are borrowed from them. */
struct ctl {
    const struct ctl_command *command;
    struct endpoint endpoints[CTL_ENDPOINTS_MAX];
    size_t endpoints_count; /* >= 1 when a verb runs */
    enum ctl_output output;
    uint64_t timeout_ns;
    const char *consistency; /* of reads: NULL, "index", "lease" or "local" */
    bool given[CTL_OPTIONS_COUNT];
    int argc; /* the verb's own arguments, without the verb */
    char **argv;
};

struct ctl_command {
    const char *name;
    const char *alias; /* or NULL */
    const char *args;
    int args_min;
    int args_max;
    unsigned options;    /* bits 1 << OPT_X beside the global ones */
    const char *timeout; /* NULL: it asks no node, and takes no endpoints */
    const char *summary;
    const char *about; /* whole sentences for the verb's own help */
    enum ctl_exit (*run)(const struct ctl *ctl);
};

enum ctl_exit cmd_status(const struct ctl *ctl);
enum ctl_exit cmd_leader(const struct ctl *ctl);
enum ctl_exit cmd_wait(const struct ctl *ctl);
enum ctl_exit cmd_get(const struct ctl *ctl);
enum ctl_exit cmd_set(const struct ctl *ctl);
enum ctl_exit cmd_del(const struct ctl *ctl);
enum ctl_exit cmd_member(const struct ctl *ctl);
enum ctl_exit cmd_transfer(const struct ctl *ctl);
enum ctl_exit cmd_stepdown(const struct ctl *ctl);
enum ctl_exit cmd_leave(const struct ctl *ctl);
enum ctl_exit cmd_snapshot(const struct ctl *ctl);
enum ctl_exit cmd_recover(const struct ctl *ctl);
enum ctl_exit cmd_data(const struct ctl *ctl);

#endif
