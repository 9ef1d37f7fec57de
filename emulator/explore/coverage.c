/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/coverage.h"

static const char *const sentences[RAFT_REASON_CODES] = {
#define X(name, text) [RAFT_BECAUSE_##name] = text,
    RAFT_REASONS(X)
#undef X
};

void ex_coverage_sentence(enum raft_reason_code code, struct buf *out)
{
    for (const char *text = sentences[code]; *text != '\0'; text++) {
        if (*text != '%') {
            buf_putc(out, *text);
            continue;
        }
        text++;
        buf_puts(out, *text == 'p' ? "nX" : *text == 'a' ? "A" : "B");
    }
}

static void put_line(uint32_t code, struct buf *out)
{
    ex_coverage_sentence((enum raft_reason_code)code, out);
    buf_putc(out, '\n');
}

void ex_coverage_tell(const uint64_t *counts, struct buf *out)
{
    uint32_t met = 0;
    for (uint32_t code = 0; code < RAFT_REASON_CODES; code++)
        met += counts[code] > 0;
    buf_putf(out, "decisions, in different transitions: %u of %u kinds\n", met,
             (unsigned)RAFT_REASON_CODES);
    for (uint32_t code = 0; code < RAFT_REASON_CODES; code++) {
        if (counts[code] == 0)
            continue;
        buf_putf(out, "%12llu  ", (unsigned long long)counts[code]);
        put_line(code, out);
    }
    buf_puts(out, met < RAFT_REASON_CODES ? "never within these bounds:\n" : "");
    for (uint32_t code = 0; code < RAFT_REASON_CODES; code++) {
        if (counts[code] == 0) {
            buf_puts(out, "              ");
            put_line(code, out);
        }
    }
}
