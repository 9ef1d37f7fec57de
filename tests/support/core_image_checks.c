/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/core_image_checks.h"

#include "tests/support/core_image.h"

#include <string.h>

/* The configuration that was committed last at or below index. */
static const struct raft_config *committed_config(const struct checks *c, uint64_t index,
                                                  uint64_t *ret_index)
{
    for (uint64_t i = index; i > 0; i--) {
        const struct host_entry *e = host_log_at(&c->committed, i);
        if (e->config == NULL)
            continue;
        *ret_index = i;
        return e->config;
    }
    *ret_index = 0;
    return c->hosts[0].setup.config;
}

/* An image is the state of exactly its index: its label, what is in it, its configuration. */
static void check_content(struct checks *c, raft_id id, const struct host_image *i)
{
    uint64_t index = i->image.pos.index, config_index;
    if (index > host_log_last(&c->committed)) {
        checks_fail(c, id, "an image of what is not committed", index, 0);
        return;
    }
    const struct raft_config *config = committed_config(c, index, &config_index);
    if (host_log_term(&c->committed, index) != i->image.pos.term)
        checks_fail(c, id, "an image with the term of another entry", index, i->image.pos.term);
    if (host_log_chain(&c->committed, index) != i->chain || i->chain != i->image.digest)
        checks_fail(c, id, "an image of another state than its index", index, 0);
    if (i->config_index != config_index || memcmp(i->config, config, sizeof(*config)) != 0)
        checks_fail(c, id, "an image with another configuration", i->config_index, config_index);
    c->images_checked++;
}

void check_image(struct checks *c, raft_id id)
{
    const struct host *h = &c->hosts[id - 1];
    struct check_node *n = &c->nodes[id - 1];
    const struct host_image *newest = host_image_newest(h);
    if (newest != NULL && newest->image.pos.index != n->image)
        check_content(c, id, newest);
    n->image = newest == NULL ? 0 : newest->image.pos.index;
    uint64_t base = h->log.base.index;
    if (base > n->image)
        checks_fail(c, id, "neither in the log nor in an image", n->image, base);
    if (host_log_chain(&h->log, base) != host_log_chain(&c->committed, base))
        checks_fail(c, id, "the log goes on from another history", base, 0);
    if (h->out.installed && h->out.commit < newest->image.pos.index)
        checks_fail(c, id, "installed but not committed", h->out.commit, n->image);
}

bool image_or_log_durable(const struct host *h, uint64_t index)
{
    const struct host_log *disk = &h->disk.log;
    if (index > host_log_last(&h->log) || index > host_log_last(disk))
        return false;
    if (index < disk->base.index || index < h->log.base.index)
        return true;
    return host_log_chain(disk, index) == host_log_chain(&h->log, index);
}
