/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/judging/memory.h"

#include "base/reserve.h"

#include <stdbool.h>
#include <sys/mman.h>

void memory_set_aside(void)
{
    static bool done;
    if (done)
        return;
    done = true;
    void *memory = mmap(NULL, MEMORY_ASIDE_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return;
    /* In large pages, where the system has them: what is remembered lies far apart. */
    (void)madvise(memory, MEMORY_ASIDE_BYTES, MADV_HUGEPAGE);
    if (!reserve_open(memory, MEMORY_ASIDE_BYTES))
        (void)munmap(memory, MEMORY_ASIDE_BYTES);
}
