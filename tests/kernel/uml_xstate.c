/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lets User-Mode Linux of Debian 12 run on processors with AMX.
 *
 * It saves its processes' vector registers in a buffer sized when it was built. A host whose
 * register image is larger (AMX makes it 11 KiB) hands out the beginning gladly, but refuses to
 * take less than the whole back: EFAULT, and User-Mode Linux panics with "ptrace set fp regs
 * failed, errno = 14" before its first program runs. Preloaded into linux.uml, this completes the
 * image before it is handed back: the beginning as saved, the rest as it is in the process. The
 * tiles of AMX, which lie in that rest, are the only registers not switched; nobody inside uses
 * them, since that takes a permission that User-Mode Linux does not know.
 *
 * Where the image fits, every call passes through unchanged. */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

#define IMAGE_BYTES_MAX 65536
#define BITMAP_AT       512          /* XSTATE_BV, the first word behind the legacy area */
#define BITMAP_TILES    (3ull << 17) /* components 17 and 18 */

typedef long (*ptrace_fn)(enum __ptrace_request request, ...);

/* Static: User-Mode Linux calls from stacks smaller than this, and from one thread. */
static uint8_t image[IMAGE_BYTES_MAX];

static long hand_back_whole(ptrace_fn call, pid_t pid, void *note, const struct iovec *saved)
{
    struct iovec whole = {.iov_base = image, .iov_len = sizeof(image)};
    uint64_t bitmap;
    uint64_t bitmap_saved;
    if (call(PTRACE_GETREGSET, pid, note, &whole) < 0)
        return -1;
    if (saved->iov_len >= whole.iov_len || saved->iov_len < BITMAP_AT + sizeof(bitmap)) {
        errno = EFAULT; /* not this trouble */
        return -1;
    }
    memcpy(&bitmap, image + BITMAP_AT, sizeof(bitmap));
    memcpy(image, saved->iov_base, saved->iov_len);
    memcpy(&bitmap_saved, image + BITMAP_AT, sizeof(bitmap_saved));
    bitmap = (bitmap & BITMAP_TILES) | (bitmap_saved & ~BITMAP_TILES);
    memcpy(image + BITMAP_AT, &bitmap, sizeof(bitmap));
    return call(PTRACE_SETREGSET, pid, note, &whole);
}

long ptrace(enum __ptrace_request request, ...)
{
    static ptrace_fn next;
    va_list args;
    va_start(args, request);
    pid_t pid = va_arg(args, pid_t);
    void *address = va_arg(args, void *);
    void *data = va_arg(args, void *);
    va_end(args);
    if (next == NULL) {
        void *symbol = dlsym(RTLD_NEXT, "ptrace");
        memcpy(&next, &symbol, sizeof(next));
    }
    long r = next(request, pid, address, data);
    if (r < 0 && errno == EFAULT && request == PTRACE_SETREGSET &&
        (uintptr_t)address == NT_X86_XSTATE)
        return hand_back_whole(next, pid, address, data);
    return r;
}
