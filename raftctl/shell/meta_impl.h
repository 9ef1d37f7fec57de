/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the rows of meta.c do: each gets the words behind the command, as many as its row says. */
#ifndef RAFTCTL_SHELL_META_IMPL_H
#define RAFTCTL_SHELL_META_IMPL_H

#include "raftctl/shell/shell.h"

enum ctl_exit meta_help(struct shell *sh, char **args, size_t count);
enum ctl_exit meta_output(struct shell *sh, char **args, size_t count);
enum ctl_exit meta_timing(struct shell *sh, char **args, size_t count);
enum ctl_exit meta_repeat(struct shell *sh, char **args, size_t count);
enum ctl_exit meta_history(struct shell *sh, char **args, size_t count);
enum ctl_exit meta_source(struct shell *sh, char **args, size_t count);
enum ctl_exit meta_record(struct shell *sh, char **args, size_t count);
enum ctl_exit meta_connect(struct shell *sh, char **args, size_t count);
enum ctl_exit meta_consistency(struct shell *sh, char **args, size_t count);
enum ctl_exit meta_jobs(struct shell *sh, char **args, size_t count);
enum ctl_exit meta_stop(struct shell *sh, char **args, size_t count);
enum ctl_exit meta_system(struct shell *sh, char **args, size_t count);
enum ctl_exit meta_quit(struct shell *sh, char **args, size_t count);

#endif
