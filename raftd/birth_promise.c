/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/birth_promise.h"

#include "base/bytes.h"
#include "base/checksum.h"
#include "store/blocks.h"
#include "store/file.h"

#include <string.h>

#define NAME  "birth"
#define MAGIC 0x31494252u          /* "RBI1" */
#define BYTES (5 * VFS_BLOCK)      /* an offer of LIMIT_MEMBERS with the longest names */
#define HEAD  (4u + 16u + 4u + 8u) /* magic, disk id, bytes of the offer, checksum of all others */

static uint64_t sum_of(const uint8_t *disk_id, const void *offer, size_t len)
{
    return checksum64(disk_id, 16) ^ (len == 0 ? 0 : checksum64(offer, len));
}

int birth_promise_read(const struct vfs *vfs, const char *dir, struct birth_promise *ret,
                       struct err *e)
{
    struct blocks file = {0};
    size_t there = 0;
    struct birth_promise p = {0};
    blocks_reserve(&file, BYTES);
    int code = file_read(vfs, dir, NAME, file.data, BYTES, &there, e);
    if (code == 0) {
        struct bytes c = bytes_of(file.data, there);
        uint32_t magic = bytes_u32(&c);
        const uint8_t *disk_id = bytes_take(&c, sizeof(p.disk_id));
        uint32_t len = bytes_u32(&c);
        uint64_t sum = bytes_u64(&c);
        const uint8_t *offer = bytes_take(&c, len);
        bool good = !c.bad && magic == MAGIC && sum == sum_of(disk_id, offer, len);
        if (good)
            memcpy(p.disk_id, disk_id, sizeof(p.disk_id));
        p.accepted = len > 0;
        if (good && len > 0)
            good = membership_decode(span_of((const char *)offer, len), &p.offer, e) == 0;
        if (!good)
            code = err_set(e, -E_CORRUPT,
                           "%s/" NAME ": damaged: what this node promised at its birth is lost; if "
                           "the cluster does not live yet, empty the directory of every node",
                           dir);
    }
    blocks_free(&file);
    if (code == 0)
        *ret = p;
    return code;
}

int birth_promise_write(const struct vfs *vfs, const char *dir, const struct birth_promise *p,
                        struct err *e)
{
    struct buf offer = {0}, out = {0};
    struct blocks file = {0};
    if (p->accepted)
        membership_encode(&offer, &p->offer);
    buf_put_u32(&out, MAGIC);
    buf_put(&out, p->disk_id, sizeof(p->disk_id));
    buf_put_u32(&out, (uint32_t)offer.len);
    buf_put_u64(&out, sum_of(p->disk_id, offer.data, offer.len));
    ASSERT(out.len == HEAD);
    buf_put(&out, offer.data, offer.len);
    ASSERT(out.len <= BYTES);
    blocks_reserve(&file, BYTES);
    memset(file.data, 0, BYTES);
    memcpy(file.data, out.data, out.len);
    int code = file_replace(vfs, dir, NAME, file.data, BYTES, e);
    blocks_free(&file);
    buf_free(&offer);
    buf_free(&out);
    return code;
}

void birth_promise_remove(const struct vfs *vfs, const char *dir)
{
    char path[VFS_PATH_MAX];
    vfs_path(path, dir, NAME);
    int ignored = vfs_unlink_if_there(vfs, path, NULL);
    (void)ignored;
}
