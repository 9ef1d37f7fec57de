/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Snapshots: image, images. */
#include "tests/nodes/show_image.h"
#include "tests/nodes/stage.h"

#include <string.h>

/* image n1: what its newest image holds. */
static int verb_image(struct stage *s, struct words *line)
{
    unsigned i = stage_node(s, line);
    if (words_end(line) < 0)
        return line->err.code;
    show_image(s->out, &s->n.one[i]);
    return 0;
}

/* images n1 n2...: whether their states are the same bytes. */
static int verb_images(struct stage *s, struct words *line)
{
    struct buf first = {0}, other = {0};
    bool same = true;
    unsigned count = 0;
    for (; words_peek(line) != NULL; count++) {
        unsigned i = stage_node(s, line);
        if (line->err.code < 0)
            break;
        buf_reset(&other);
        same &= show_image_bytes(&s->n.one[i], count == 0 ? &first : &other);
        same &= count == 0 || (first.len == other.len &&
                               memcmp(buf_str(&first), buf_str(&other), first.len) == 0);
    }
    buf_putf(s->out, "%u images, %s\n", count, same ? "the same bytes" : "not the same bytes");
    buf_free(&first);
    buf_free(&other);
    return words_end(line);
}

const struct stage_verb stage_verbs_image[] = {
    {"image", verb_image}, {"images", verb_images}, {NULL, NULL}};
