/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image on a node's disk, read as what it holds. */
#ifndef NODES_SHOW_IMAGE_H
#define NODES_SHOW_IMAGE_H

#include "tests/support/nodes.h"

/* The newest image: its position and members, then every session, answer and key. */
void show_image(struct buf *out, const struct nodes_one *one);

/* The state's bytes of the newest image, appended to out; false: there is none that reads. */
bool show_image_bytes(const struct nodes_one *one, struct buf *out);

#endif
