/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of raftctl's shell, and where they are said to stand. */
#include "raftctl/shell/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct words w = {0};
    struct err e = {0};
    size_t at = 0, before = 0;
    int rc;
    while ((rc = words_next(span_of(data, size), &at, &w, &e)) == 1) {
        ASSERT(at <= size && at > before && w.count <= WORDS_MAX);
        for (size_t i = 0; i < w.count; i++) {
            ASSERT(w.list[i].start >= before && w.list[i].start < w.list[i].end);
            ASSERT(w.list[i].end <= at && w.list[i].text != NULL);
        }
        before = at;
    }
    ASSERT(rc == 0 || e.text[0] != '\0');
    ASSERT(rc < 0 || at == size);
    (void)words_open(span_of(data, size));
    words_free(&w);
    return 0;
}
