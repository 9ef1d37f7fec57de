/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small files, whole: durable replacement and reading. */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include "store/blocks.h"

/* dir/name holds exactly the `len` bytes, durably, or what it held before: temporary file, sync,
 * rename, directory sync. len is a multiple of VFS_BLOCK. */
int file_replace(const struct vfs *v, const char *dir, const char *name, const uint8_t *data,
                 size_t len, struct err *e) MUST_CHECK;

/* The first len bytes of dir/name into data; *ret_len says how many there were. -E_NOTFOUND. */
int file_read(const struct vfs *v, const char *dir, const char *name, uint8_t *data, size_t len,
              size_t *ret_len, struct err *e) MUST_CHECK;

#endif
