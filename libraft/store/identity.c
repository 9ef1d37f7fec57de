/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/identity.h"

#include "base/bytes.h"
#include "base/checksum.h"
#include "store/file.h"
#include "store/le.h"

#include <string.h>

#define IDENTITY_NAME    "identity"
#define IDENTITY_MAGIC   0x31444952u /* "RID1" */
#define IDENTITY_VERSION 1u
#define IDENTITY_BYTES   80u
#define IDENTITY_SUMMED  (IDENTITY_BYTES - 8u)

enum identity_flag {
    FLAG_FORMATTED = 1,
    FLAG_LEFT = 2,
    FLAG_SUPERSEDED = 4,
    FLAGS_ALL = 7,
};

uint64_t identity_mark(const struct identity *id)
{
    return checksum64(id->disk_id, sizeof id->disk_id);
}

static void encode(uint8_t block[VFS_BLOCK], const struct identity *id)
{
    unsigned flags = (id->formatted ? FLAG_FORMATTED : 0u) | (id->left ? FLAG_LEFT : 0u) |
                     (id->superseded ? FLAG_SUPERSEDED : 0u);
    memset(block, 0, VFS_BLOCK);
    struct le w = {.data = block, .len = VFS_BLOCK};
    le_u32(&w, IDENTITY_MAGIC);
    le_u16(&w, IDENTITY_VERSION);
    le_u16(&w, (uint16_t)flags);
    le_u64(&w, id->cluster_id);
    le_u64(&w, id->generation);
    le_u64(&w, id->node_id);
    for (size_t i = 0; i < sizeof id->disk_id; i++)
        le_u8(&w, id->disk_id[i]);
    le_u64(&w, id->bootstrap_digest);
    le_u64(&w, id->incarnation);
    ASSERT(w.at <= IDENTITY_SUMMED);
    w.at = IDENTITY_SUMMED;
    le_u64(&w, checksum64(block, IDENTITY_SUMMED));
}

static int decode(const uint8_t *data, size_t len, struct identity *ret, struct err *e)
{
    struct bytes c = bytes_of(data, len);
    struct identity id = {0};
    uint32_t magic = bytes_u32(&c);
    uint16_t version = bytes_u16(&c);
    uint16_t flags = bytes_u16(&c);
    id.cluster_id = bytes_u64(&c);
    id.generation = bytes_u64(&c);
    id.node_id = bytes_u64(&c);
    const uint8_t *disk_id = bytes_take(&c, sizeof id.disk_id);
    id.bootstrap_digest = bytes_u64(&c);
    id.incarnation = bytes_u64(&c);
    bytes_take(&c, IDENTITY_SUMMED - 64u); /* reserved */
    uint64_t checksum = bytes_u64(&c);
    if (c.bad || magic != IDENTITY_MAGIC || checksum != checksum64(data, IDENTITY_SUMMED))
        return err_set(e, -E_CORRUPT,
                       IDENTITY_NAME ": not intact: restore this file, or replace this member");
    if (version != IDENTITY_VERSION || (flags & ~(unsigned)FLAGS_ALL) != 0)
        return err_set(e, -E_UNSUPPORTED, IDENTITY_NAME ": written by a newer version (format %u)",
                       version);
    memcpy(id.disk_id, disk_id, sizeof id.disk_id);
    id.formatted = (flags & FLAG_FORMATTED) != 0;
    id.left = (flags & FLAG_LEFT) != 0;
    id.superseded = (flags & FLAG_SUPERSEDED) != 0;
    if (id.cluster_id == 0 || id.node_id == 0)
        return err_set(e, -E_CORRUPT, IDENTITY_NAME ": names no cluster or no node");
    *ret = id;
    return 0;
}

int identity_read(const struct vfs *vfs, const char *dir, struct identity *ret, struct err *e)
{
    struct blocks block = {0};
    size_t len = 0;
    blocks_reserve(&block, VFS_BLOCK);
    int code = file_read(vfs, dir, IDENTITY_NAME, block.data, VFS_BLOCK, &len, e);
    if (code == 0)
        code = decode(block.data, len, ret, e);
    else if (code != -E_NOTFOUND)
        err_wrap(e, IDENTITY_NAME ": read");
    blocks_free(&block);
    return code;
}

int identity_write(const struct vfs *vfs, const char *dir, const struct identity *id, struct err *e)
{
    ASSERT(id->cluster_id != 0 && id->node_id != 0);
    struct blocks block = {0};
    blocks_reserve(&block, VFS_BLOCK);
    encode(block.data, id);
    int code = file_replace(vfs, dir, IDENTITY_NAME, block.data, VFS_BLOCK, e);
    blocks_free(&block);
    if (code < 0)
        err_wrap(e, IDENTITY_NAME ": write");
    return code;
}
