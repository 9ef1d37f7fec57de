/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lab a command is about, and asking its keeper. What is wrong is said on stderr. */
#ifndef EMULATOR_AT_LAB_H
#define EMULATOR_AT_LAB_H

#include "emulator/cmd.h"
#include "emulator/lab/lab.h"

#include <getopt.h>

struct at_lab {
    char folder[LABS_PATH_MAX];
    char name[LABS_NAME_MAX + 1];
    struct lab_call *call;
};

/* Calls the lab of that name; NULL: of $RAFTCTL_LAB, or the only one there is. 0, or an exit code.
 */
int at_lab_call(const char *name, struct at_lab *ret);
void at_lab_end(struct at_lab *at);

/* Asks; news is printed. 0 and the answer, which the caller frees, or an exit code. */
int at_lab_ask(struct at_lab *at, const char *verb, const char *const *words, size_t count,
               struct lab_answer *ret);
/* The same where nothing but success is of interest. */
int at_lab_do(struct at_lab *at, const char *verb, const char *const *words, size_t count);

/* For commands whose only option is --lab: reads it, up to the first word that is none. 0, and
 * optind is where the words begin; or as cmd_usage. */
int at_lab_options(const struct cmd *cmd, int argc, char **argv, const char **ret_name);
/* The same where the words are the lab's, not a program's: --lab behind them is out of place. */
int at_lab_words(const struct cmd *cmd, int argc, char **argv, const char **ret_name);

/* Ends the lab, and waits until nothing is left of it. */
int at_lab_down(struct at_lab *at);
/* The actions of the language, with the words they take. Returns 0. */
int lab_list_actions(void);

/* The folder of the user's labs. 0, or an exit code. */
int at_lab_folder(char ret[LABS_PATH_MAX]);

#endif
