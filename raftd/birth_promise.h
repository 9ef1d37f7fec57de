/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a node to be has promised, in the file "birth" of its directory: the disk id it goes by, and
 * the offer it has accepted, if any. */
#ifndef RAFTD_BIRTH_PROMISE_H
#define RAFTD_BIRTH_PROMISE_H

#include "node/members/members_codec.h"
#include "store/vfs.h"

struct birth_promise {
    uint8_t disk_id[16];
    bool accepted;
    struct membership offer;
};

/* -E_NOTFOUND: nothing yet. -E_CORRUPT. */
int birth_promise_read(const struct vfs *vfs, const char *dir, struct birth_promise *ret,
                       struct err *e) MUST_CHECK;
/* Durable when it returns 0. */
int birth_promise_write(const struct vfs *vfs, const char *dir, const struct birth_promise *p,
                        struct err *e) MUST_CHECK;
void birth_promise_remove(const struct vfs *vfs, const char *dir);

#endif
