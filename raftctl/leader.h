/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answer that `leader` and `wait leader` share. */
#ifndef RAFTCTL_LEADER_H
#define RAFTCTL_LEADER_H

#include "raftctl/cmd.h"
#include "raftctl/survey.h"

/* Prints the leader's name, or {"v":1,"leader":…,"term":…}. Precondition: there is one. */
enum ctl_exit leader_print(const struct ctl *ctl, const struct survey *survey);

#endif
