/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an image on disk to a running state machine. */
#include "base/mem.h"
#include "node/node_private.h"

#include <inttypes.h>

static int read_all(struct image *image, struct kv_image_reader *reader, struct err *e)
{
    uint64_t bytes = image_meta(image)->state_bytes;
    uint8_t *piece = mem_alloc(IMAGE_READ_BYTES_MAX);
    int code = 0;
    for (uint64_t at = 0; at < bytes && code == 0;) {
        size_t len =
            bytes - at < IMAGE_READ_BYTES_MAX ? (size_t)(bytes - at) : IMAGE_READ_BYTES_MAX;
        code = image_read(image, at, piece, len, e);
        if (code == 0)
            code = kv_image_read(reader, span_of(piece, len), e);
        at += len;
    }
    mem_free(piece);
    return code;
}

int image_machine_check(const struct image_meta *m, const struct machine *machine, struct err *e)
{
    if (machine_index(machine) == m->at.index && machine_term(machine) == m->at.term)
        return 0;
    return err_set(e, -E_CORRUPT,
                   "the image of entry %" PRIu64 " holds the state of entry %" PRIu64, m->at.index,
                   machine_index(machine));
}

int image_machine(struct image *image, struct machine **ret, struct err *e)
{
    const struct image_meta *m = image_meta(image);
    struct kv_image_reader *reader = kv_image_reader_new();
    struct machine *machine = NULL;
    int code = 0;
    if ((m->state_format & ~WITNESS_STATE_FORMAT) != KV_IMAGE_VERSION)
        code = err_set(e, -E_UNSUPPORTED, "the image of entry %" PRIu64 " has format %u, not %u",
                       m->at.index, m->state_format, KV_IMAGE_VERSION);
    if (code == 0)
        code = read_all(image, reader, e);
    if (code == 0)
        code = kv_image_finish(reader, &machine, e);
    kv_image_reader_free(reader);
    if (code == 0)
        code = image_machine_check(m, machine, e);
    if (code < 0) {
        machine_free(machine);
        return code;
    }
    *ret = machine;
    return 0;
}

int images_load(struct node *n, struct err *e)
{
    struct machine *machine = NULL;
    if (n->store.image == NULL)
        return 0;
    int code = image_machine(n->store.image, &machine, e);
    if (code < 0)
        return err_wrap(e, "snapshot in %s", n->store.dir);
    const struct image_meta *m = image_meta(n->store.image);
    node_take_machine(n, machine);
    n->bare |= (m->state_format & WITNESS_STATE_FORMAT) != 0;
    n->applied = n->commit = m->at.index;
    images_keep_config(n, m->config_index, span_of(m->config, m->config_len));
    n->images.sweep_wanted = true;
    n->images.compact_to = images_compact_target(n, n->options.snapshot_trailing);
    return 0;
}
