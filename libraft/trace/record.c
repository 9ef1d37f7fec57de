/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trace/record.h"

#include "base/checksum.h"
#include "base/prng.h"

#include <string.h>

static const struct trace_field_info fields[TRACE_FIELDS_COUNT] = {
#define X(kind, name) \
    {#name, sizeof(#name) - 1, TRACE_KIND_##kind, offsetof(struct trace_record, name)},
    TRACE_FIELDS(X)
#undef X
};

const struct trace_field_info *trace_field_info(unsigned field)
{
    ASSERT(field < TRACE_FIELDS_COUNT);
    return &fields[field];
}

void trace_record_init(struct trace_record *rec, enum trace_event ev)
{
    *rec = (struct trace_record){
        .ev = ev, .node = -1, .vote = -1, .candidate = -1, .peer = -1, .target = -1};
}

struct trace_text trace_text_of(const char *s)
{
    return (struct trace_text){s, s == NULL ? 0 : strlen(s)};
}

bool trace_text_is(struct trace_text text, const char *s)
{
    if (text.at == NULL || (text.len > 0 && text.at[0] != s[0]))
        return false; /* most are told apart by their first byte */
    return strlen(s) == text.len && memcmp(text.at, s, text.len) == 0;
}

bool trace_text_begins(struct trace_text text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.at != NULL && text.len >= len && memcmp(text.at, prefix, len) == 0;
}

/* ---- digest ---- */

static uint64_t mix(uint64_t h, uint64_t v)
{
    return prng_mix(h ^ v) + v;
}

static uint64_t mix_text(uint64_t h, const struct trace_text *text)
{
    return text->at == NULL ? mix(h, 0) : mix(h, checksum64_seeded(text->len, text->at, text->len));
}

static uint64_t mix_runs(uint64_t h, const struct trace_record *rec)
{
    for (uint32_t i = 0; i < rec->runs_count; i++)
        h = mix(mix(h, rec->runs[i].term), rec->runs[i].count);
    return mix(h, rec->runs_count);
}

static uint64_t mix_marks(uint64_t h, const struct trace_record *rec)
{
    for (uint32_t i = 0; i < rec->marks_count; i++)
        h = mix(mix(h, rec->marks[i].index), rec->marks[i].value);
    return mix(h, rec->marks_count);
}

static uint64_t mix_set(uint64_t h, nodeset set)
{
    uint64_t high = (uint64_t)(set >> 64);
    h = mix(h, (uint64_t)set);
    return high == 0 ? h : mix(h, high);
}

static uint64_t mix_field(uint64_t h, const struct trace_record *rec,
                          const struct trace_field_info *f)
{
    const void *at = (const char *)rec + f->offset;
    const struct trace_position *pos = at;
    switch ((enum trace_kind)f->kind) {
    case TRACE_KIND_U64:
    case TRACE_KIND_HEX: return mix(h, *(const uint64_t *)at);
    case TRACE_KIND_SET: return mix_set(h, *(const nodeset *)at);
    case TRACE_KIND_BOOL: return mix(h, *(const bool *)at);
    case TRACE_KIND_NODE: return mix(h, (uint64_t)(int64_t) * (const int *)at);
    case TRACE_KIND_TEXT:
    case TRACE_KIND_RAW: return mix_text(h, at);
    case TRACE_KIND_POS: return mix(mix(h, pos->term), pos->index);
    case TRACE_KIND_RUNS: return mix_runs(h, rec);
    case TRACE_KIND_MARKS: return mix_marks(h, rec);
    }
    UNREACHABLE();
}

uint64_t trace_record_digest(uint64_t seed, const struct trace_record *rec)
{
    uint64_t h = mix(mix(seed, (uint64_t)rec->ev), rec->has);
    for (uint64_t left = rec->has; left != 0; left &= left - 1)
        h = mix_field(h, rec, &fields[__builtin_ctzll(left)]);
    return h;
}
