/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes and strings: what any host can bring. */
#ifndef FREESTANDING_STRING_H
#define FREESTANDING_STRING_H

#include <stddef.h>

void *memchr(const void *s, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *s, int c, size_t n);
char *strchr(const char *s, int c);
int strcmp(const char *a, const char *b);
char *strdup(const char *s);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t n);
size_t strnlen(const char *s, size_t n);
char *strpbrk(const char *s, const char *any);
char *strrchr(const char *s, int c);
size_t strcspn(const char *s, const char *any);
size_t strspn(const char *s, const char *any);
char *strstr(const char *s, const char *part);
char *strerror(int errno_value);

#endif
