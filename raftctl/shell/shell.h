/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands of the shell share, whether they are typed or come from a file. */
#ifndef RAFTCTL_SHELL_SHELL_H
#define RAFTCTL_SHELL_SHELL_H

#include "raftctl/print.h"
#include "raftctl/shell/history.h"
#include "raftctl/shell/jobs.h"
#include "raftctl/shell/keys.h"
#include "raftctl/shell/record.h"
#include "raftctl/shell/scout.h"
#include "raftctl/shell/words.h"

struct shell {
    const struct ctl *ctl; /* borrowed: what the command line said, and where it began */
    struct sink *sink;
    const char *defaults[CTL_OPTIONS_COUNT]; /* owned copies; of options that verbs do not give */
    struct endpoint endpoints[CTL_ENDPOINTS_MAX]; /* where it looks */
    size_t endpoints_count;
    bool interactive; /* what follows is there only then: */
    struct history history;
    struct scout scout;
    struct scout_view view;
    struct keys keys;
    struct jobs jobs;
    struct recorder recorder;
    bool timing;
    bool sourcing; /* within \source */
    bool ended;    /* \quit */
};

/* ctl: what the command line said of the shell, which outlives it; its options become defaults. */
void shell_init(struct shell *sh, const struct ctl *ctl);
void shell_free(struct shell *sh);

/* What the command line gave the shell for that option, or NULL. */
const char *shell_given(const struct shell *sh, enum ctl_option option);

/* Gives an option to verbs that are not told otherwise; NULL: none. Copied. */
void shell_default(struct shell *sh, enum ctl_option option, const char *value);

/* The form of output in force. */
enum ctl_output shell_output(const struct shell *sh);

/* Another cluster, or another node of it: by these endpoints, named so. */
void shell_connect(struct shell *sh, const struct endpoint *endpoints, size_t count);

/* Prints a text of the shell's own; a failure, and returns its code. */
enum ctl_exit shell_say(const struct shell *sh, const struct buf *text);
enum ctl_exit shell_fail(const struct shell *sh, const struct failure *f);
/* The same for a short one: the fix may be NULL. */
enum ctl_exit shell_wrong(const struct shell *sh, enum ctl_exit exit, const char *what,
                          const char *fix);

#endif
