/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text into memory; no stream. */
#ifndef FREESTANDING_STDIO_H
#define FREESTANDING_STDIO_H

#include <stdarg.h>
#include <stddef.h>

int snprintf(char *out, size_t size, const char *format, ...);
int vasprintf(char **ret, const char *format, va_list args);
int vsnprintf(char *out, size_t size, const char *format, va_list args);

#endif
