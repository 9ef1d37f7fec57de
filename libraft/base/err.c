/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *err_name(int code)
{
    switch (code < 0 ? -code : code) {
    case E_OK: return "ok";
#define X(name, text) \
    case name: return text;
        ERR_CODES(X)
#undef X
    }
    return "unknown error";
}

__attribute__((format(printf, 3, 0))) static void fill(struct err *e, int code, const char *fmt,
                                                       va_list args)
{
    ASSERT(code < 0);
    if (e == NULL)
        return;
    e->code = code;
    (void)vsnprintf(e->text, sizeof(e->text), fmt, args);
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(e, code, fmt, args);
    va_end(args);
    return code;
}

int err_set_errno(struct err *e, int code, int errno_value, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(e, code, fmt, args);
    va_end(args);
    if (e == NULL)
        return code;
    size_t used = strlen(e->text);
    (void)snprintf(e->text + used, sizeof(e->text) - used, ": %s", strerror(errno_value));
    return code;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
    if (e == NULL)
        return -E_IO;
    ASSERT(e->code < 0);
    char inner[ERR_TEXT_MAX];
    memcpy(inner, e->text, sizeof(inner));
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(e->text, sizeof(e->text), fmt, args);
    va_end(args);
    size_t used = strlen(e->text);
    (void)snprintf(e->text + used, sizeof(e->text) - used, ": %s", inner);
    return e->code;
}

int err_from_errno(int errno_value)
{
    switch (errno_value) {
    case ENOSPC:
    case EDQUOT: return -E_NOSPACE;
    case EPERM:
    case EACCES: return -E_PERMISSION;
    case ENOENT: return -E_NOTFOUND;
    case EEXIST: return -E_EXISTS;
    default: return -E_IO;
    }
}
