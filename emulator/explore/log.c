/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/explore/log.h"

#include <string.h>

uint64_t ex_log_last(const struct ex_log *log)
{
    return (uint64_t)log->base + log->count;
}

const struct ex_entry *ex_log_at(const struct ex_log *log, uint64_t index)
{
    if (index <= log->base || index > ex_log_last(log))
        return NULL;
    return &log->at[index - log->base - 1];
}

uint64_t ex_log_term(const struct ex_log *log, uint64_t index)
{
    const struct ex_entry *e = ex_log_at(log, index);
    return e != NULL ? e->term : index == log->base ? log->base_term : 0;
}

bool ex_log_put(struct ex_log *log, struct ex_entry entry)
{
    if (ex_log_last(log) >= EX_LOG)
        return false;
    log->at[log->count++] = entry;
    return true;
}

void ex_log_cut(struct ex_log *log, uint64_t index)
{
    ASSERT(index > log->base);
    while (ex_log_last(log) >= index)
        log->at[--log->count] = (struct ex_entry){0};
}

void ex_log_compact(struct ex_log *log, uint64_t index)
{
    ASSERT(index > log->base && index <= ex_log_last(log));
    uint64_t drop = index - log->base;
    log->base_term = log->at[drop - 1].term;
    log->base = (uint8_t)index;
    log->count = (uint8_t)(log->count - drop);
    memmove(log->at, log->at + drop, log->count * sizeof(log->at[0]));
    memset(log->at + log->count, 0, drop * sizeof(log->at[0]));
}
