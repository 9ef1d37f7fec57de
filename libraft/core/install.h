/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A received image becomes the beginning of the log. T 5.1, P 7. */
#ifndef CORE_INSTALL_H
#define CORE_INSTALL_H

#include "core/state.h"

/* RAFT_CHUNK: how far the image being received is. */
void on_chunk(struct turn *t, const struct raft_event *e);

/* RAFT_INSTALL: the image is whole and durable. */
void on_install(struct turn *t, const struct raft_image *image, const struct raft_config *config,
                uint64_t config_index);

/* What the sender of an image is told once the disk holds all that it says. */
void install_answer(struct turn *t);
/* Owes that answer for the image: RAFT_CHUNK_INSTALLED or OBSOLETE. */
void install_owe(struct turn *t, const struct raft_image *image, enum raft_chunk_status status);

/* The commit index rose: an image at or below it is not wanted any more. */
void install_committed(struct raft *r);

#endif
