/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The numbers a host's file operations report, as on Linux; no errno variable. */
#ifndef FREESTANDING_ERRNO_H
#define FREESTANDING_ERRNO_H

#define EPERM  1
#define ENOENT 2
#define EIO    5
#define EACCES 13
#define EEXIST 17
#define EINVAL 22
#define ENOSPC 28
#define EDQUOT 122

#endif
