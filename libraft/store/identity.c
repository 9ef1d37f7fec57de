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
#define IDENTITY_BYTES   (80u + LIMIT_NODE_NAME + 1)
#define IDENTITY_SUMMED  (IDENTITY_BYTES - 8u)
#define COPIES           2u /* copy i is block i of the file */

enum identity_flag {
    FLAG_FORMATTED = 1,
    FLAG_LEFT = 2,
    FLAG_SUPERSEDED = 4,
    FLAG_RESTORING = 8, /* one field more, before the checksum */
    FLAG_ASIDE = 16,
    FLAGS_ALL = 31,
};

/* One copy as read. */
struct copy {
    bool valid;
    bool other_format; /* intact, of another version */
    uint64_t seq;      /* counts changes */
    struct identity id;
};

uint64_t identity_mark(const struct identity *id)
{
    return checksum64(id->disk_id, sizeof id->disk_id);
}

static void encode(uint8_t *block, const struct identity *id, uint64_t seq)
{
    unsigned flags = (id->formatted ? FLAG_FORMATTED : 0u) | (id->left ? FLAG_LEFT : 0u) |
                     (id->superseded ? FLAG_SUPERSEDED : 0u) |
                     (id->restoring != 0 ? FLAG_RESTORING : 0u) | (id->aside ? FLAG_ASIDE : 0u);
    ASSERT(id->restoring != 0 || !id->aside);
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
    le_u64(&w, seq);
    for (size_t i = 0; i < sizeof id->cluster_name; i++)
        le_u8(&w, (uint8_t)id->cluster_name[i]);
    ASSERT(w.at == IDENTITY_SUMMED);
    if (id->restoring != 0)
        le_u64(&w, id->restoring);
    le_u64(&w, checksum64(block, w.at));
}

static struct copy decode(const uint8_t *data, size_t len)
{
    struct bytes c = bytes_of(data, len);
    struct copy copy = {0};
    struct identity *id = &copy.id;
    uint32_t magic = bytes_u32(&c);
    uint16_t version = bytes_u16(&c);
    uint16_t flags = bytes_u16(&c);
    id->cluster_id = bytes_u64(&c);
    id->generation = bytes_u64(&c);
    id->node_id = bytes_u64(&c);
    const uint8_t *disk_id = bytes_take(&c, sizeof id->disk_id);
    id->bootstrap_digest = bytes_u64(&c);
    id->incarnation = bytes_u64(&c);
    copy.seq = bytes_u64(&c);
    const uint8_t *name = bytes_take(&c, sizeof id->cluster_name);
    bool restoring = (flags & FLAG_RESTORING) != 0;
    size_t summed = IDENTITY_SUMMED;
    if (restoring) {
        id->restoring = bytes_u64(&c);
        summed += sizeof id->restoring;
    }
    uint64_t checksum = bytes_u64(&c);
    if (c.bad || magic != IDENTITY_MAGIC || checksum != checksum64(data, summed))
        return copy;
    id->aside = (flags & FLAG_ASIDE) != 0;
    copy.other_format = version != IDENTITY_VERSION || (flags & ~(unsigned)FLAGS_ALL) != 0;
    copy.valid = !copy.other_format && id->cluster_id != 0 && id->node_id != 0 &&
                 restoring == (id->restoring != 0) && (restoring || !id->aside);
    memcpy(id->disk_id, disk_id, sizeof id->disk_id);
    memcpy(id->cluster_name, name, LIMIT_NODE_NAME); /* the last byte stays 0 */
    id->formatted = (flags & FLAG_FORMATTED) != 0;
    id->left = (flags & FLAG_LEFT) != 0;
    id->superseded = (flags & FLAG_SUPERSEDED) != 0;
    return copy;
}

/* Both copies as far as the file reaches, and which of them counts. */
static int read_copies(const struct vfs *vfs, const char *dir, struct copy copies[COPIES],
                       unsigned *ret_newest, struct err *e)
{
    struct blocks file = {0};
    size_t len = 0;
    blocks_reserve(&file, COPIES * VFS_BLOCK);
    int code = file_read(vfs, dir, IDENTITY_NAME, file.data, COPIES * VFS_BLOCK, &len, e);
    for (unsigned i = 0; i < COPIES && code == 0; i++) {
        size_t at = i * VFS_BLOCK;
        size_t there = len <= at ? 0 : len - at < VFS_BLOCK ? len - at : VFS_BLOCK;
        copies[i] = decode(file.data + at, there);
    }
    blocks_free(&file);
    if (code < 0) {
        err_wrap(e, IDENTITY_NAME ": read");
        return code;
    }
    if (copies[0].other_format || copies[1].other_format)
        return err_set(e, -E_UNSUPPORTED,
                       IDENTITY_NAME ": written by a newer version in another format");
    if (!copies[0].valid && !copies[1].valid)
        return err_set(e, -E_CORRUPT,
                       IDENTITY_NAME
                       ": neither copy is intact: restore this file, or replace this member");
    bool second = copies[1].valid && (!copies[0].valid || copies[1].seq > copies[0].seq);
    *ret_newest = second ? 1 : 0;
    return 0;
}

int identity_read(const struct vfs *vfs, const char *dir, struct identity *ret, struct err *e)
{
    struct copy copies[COPIES];
    unsigned newest;
    int code = read_copies(vfs, dir, copies, &newest, e);
    if (code == 0)
        *ret = copies[newest].id;
    return code;
}

static int create(const struct vfs *vfs, const char *dir, const struct identity *id, struct err *e)
{
    struct blocks both = {0};
    blocks_reserve(&both, COPIES * VFS_BLOCK);
    for (unsigned i = 0; i < COPIES; i++)
        encode(both.data + i * VFS_BLOCK, id, 1);
    int code = file_replace(vfs, dir, IDENTITY_NAME, both.data, COPIES * VFS_BLOCK, e);
    blocks_free(&both);
    return code;
}

static int write_copy(const struct vfs *vfs, struct vfs_file *file, unsigned number,
                      const struct identity *id, uint64_t seq, struct err *e)
{
    struct blocks block = {0};
    blocks_reserve(&block, VFS_BLOCK);
    encode(block.data, id, seq);
    int code = vfs->write(vfs->arg, file, number * (uint64_t)VFS_BLOCK, block.data, VFS_BLOCK, e);
    if (code == 0)
        code = vfs->sync(vfs->arg, file, e);
    blocks_free(&block);
    return code;
}

/* One copy at a time, so that at every moment one of them is whole and on disk. Both hold the same
 * after every success: whatever a failure left in either, the other still says what was last true.
 */
static int overwrite(const struct vfs *vfs, const char *dir, unsigned newest, uint64_t seq,
                     const struct identity *id, struct err *e)
{
    char path[VFS_PATH_MAX];
    struct vfs_file *file;
    vfs_path(path, dir, IDENTITY_NAME);
    int code = vfs->open(vfs->arg, path, VFS_WRITE, &file, e);
    if (code < 0)
        return code;
    code = write_copy(vfs, file, 1 - newest, id, seq, e);
    if (code == 0)
        code = write_copy(vfs, file, newest, id, seq, e);
    vfs->close(vfs->arg, file);
    return code;
}

int identity_write(const struct vfs *vfs, const char *dir, const struct identity *id, struct err *e)
{
    ASSERT(id->cluster_id != 0 && id->node_id != 0);
    struct copy copies[COPIES];
    struct err why = {0};
    unsigned newest;
    int code = read_copies(vfs, dir, copies, &newest, &why);
    if (code == -E_NOTFOUND)
        code = create(vfs, dir, id, &why);
    else if (code == 0)
        code = overwrite(vfs, dir, newest, copies[newest].seq + 1, id, &why);
    return code < 0 ? err_set(e, code, IDENTITY_NAME ": write: %s", why.text) : 0;
}
