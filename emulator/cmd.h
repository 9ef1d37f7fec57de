/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The emulator's commands: one file each, one row each in main.c. */
#ifndef EMULATOR_CMD_H
#define EMULATOR_CMD_H

#include "base/buf.h"

/* Exit codes. */
#define EXIT_CHECKS_HOLD  0
#define EXIT_CHECK_FAILED 1
#define EXIT_UNKNOWN      2
#define EXIT_VACUOUS      4
#define EXIT_USAGE        64
#define EXIT_BAD_SCENARIO 65
#define EXIT_NO_INPUT     66
#define EXIT_SUT          69 /* the system under test did not start */
#define EXIT_INTERNAL     70
#define EXIT_CANNOT_WRITE 73
#define EXIT_OUTPUT_LOST  74 /* standard output took not all of it */
#define EXIT_CANNOT_RUN   77 /* this machine lacks something */
#define EXIT_INTERRUPTED  130

struct cmd {
    const char *name;
    const char *args;    /* "[FILE|DIR|NAME...]" */
    const char *summary; /* one line */
    const char *options; /* a line each, for --help; "" for none */
    int (*run)(const struct cmd *cmd, int argc, char **argv); /* argv[0] is the command's name */
};

int cmd_run(const struct cmd *cmd, int argc, char **argv);
int cmd_sim(const struct cmd *cmd, int argc, char **argv);
int cmd_sweep(const struct cmd *cmd, int argc, char **argv);
int cmd_fuzz(const struct cmd *cmd, int argc, char **argv);
int cmd_shrink(const struct cmd *cmd, int argc, char **argv);
int cmd_validate(const struct cmd *cmd, int argc, char **argv);
int cmd_list(const struct cmd *cmd, int argc, char **argv);
int cmd_show(const struct cmd *cmd, int argc, char **argv);
int cmd_schema(const struct cmd *cmd, int argc, char **argv);
int cmd_diff(const struct cmd *cmd, int argc, char **argv);
int cmd_check(const struct cmd *cmd, int argc, char **argv);
int cmd_explore(const struct cmd *cmd, int argc, char **argv);
int cmd_adapter(const struct cmd *cmd, int argc, char **argv);
int cmd_doctor(const struct cmd *cmd, int argc, char **argv);
int cmd_up(const struct cmd *cmd, int argc, char **argv);
int cmd_down(const struct cmd *cmd, int argc, char **argv);
int cmd_clean(const struct cmd *cmd, int argc, char **argv);
int cmd_ps(const struct cmd *cmd, int argc, char **argv);
int cmd_net(const struct cmd *cmd, int argc, char **argv);
int cmd_exec(const struct cmd *cmd, int argc, char **argv);
int cmd_logs(const struct cmd *cmd, int argc, char **argv);
int cmd_fault(const struct cmd *cmd, int argc, char **argv);
int cmd_heal(const struct cmd *cmd, int argc, char **argv);
int cmd_repl(const struct cmd *cmd, int argc, char **argv);

/* "raft-emulator run: …" on stderr with a pointer to --help; returns EXIT_USAGE. */
int cmd_usage(const struct cmd *cmd, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The worse exit code of two: a failed check outranks unknown, which outranks vacuous, and all of
 * them what cannot run here. */
int cmd_worse(int a, int b);
/* The exit code of a simulation that could not begin, from the error's code. */
int cmd_not_begun(int code);
/* Prints the command's own help to stdout; returns 0. */
int cmd_help(const struct cmd *cmd);
/* SIGINT is handled so from now on, unless whoever started us wants it to be ignored (nohup, a
 * shell's background). Without SA_RESTART: waiting ends. */
void cmd_on_interrupt(void (*handler)(int number));
/* The same of all that asks a program to end: SIGINT, SIGTERM, and SIGHUP, which comes when its
 * terminal goes. */
void cmd_on_end(void (*handler)(int number));
/* Jobs when nobody says how many: as many as there are processors, up to max. */
uint32_t cmd_jobs(uint32_t max);
/* error: what / why: … on stderr. */
void cmd_error(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Where the shipped scenarios are: $RAFTLAB_SCENARIOS, else beside the program or its source. */
const char *cmd_scenarios_folder(void);
/* A program of the same build, beside this one: its path, or NULL. */
const char *cmd_sibling(const char *program);
/* The daemon to test: *raftd stays if it was given, else it is the one beside this program. 0, or
 * an exit code, and it has been said that there is none. */
int cmd_find_raftd(const char **raftd);

#endif
