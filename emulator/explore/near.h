/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far promises are from being broken: what counts towards it, in sentences. Only for people. */
#ifndef EXPLORE_NEAR_H
#define EXPLORE_NEAR_H

#include "base/buf.h"
#include "emulator/explore/cluster.h"

void ex_near(const struct ex_space *space, const struct ex_cluster *c, struct buf *out);

#endif
