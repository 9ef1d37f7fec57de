/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl scan: the keys that begin with a prefix, in order, with their values. */
#include "base/units.h"
#include "raftctl/cmd.h"
#include "raftctl/range.h"
#include "raftctl/reply.h"

#include <stdio.h>

#define COUNT_DEFAULT "100"

const struct form form_scan = {.rows = "values",
                               .columns = "KEY=key VALUE=value|(list/set)",
                               .schema = "values:[{key:k value:k}] more:b index?:n"};

static uint64_t count_of(const struct ctl *ctl)
{
    const char *text = ctl->value[OPT_COUNT] != NULL ? ctl->value[OPT_COUNT] : COUNT_DEFAULT;
    uint64_t count;
    if (units_u64(text, LIMIT_SCAN_COUNT - 1, &count) < 0)
        return LIMIT_SCAN_COUNT - 1;
    return count;
}

/* One more than asked for was asked: whether there is more. */
static bool put_values(struct jsonw *w, const struct ctl *ctl, const struct resp_value *value,
                       enum ctl_exit *code)
{
    uint64_t count = count_of(ctl);
    bool good = value->kind == RESP_ARRAY && value->count % 2 == 0;
    (void)code;
    jsonw_key(w, "values");
    jsonw_array(w);
    const struct resp_value *at = value + 1;
    for (size_t i = 0; good && i < value->count / 2 && i < count; i++) {
        const struct resp_value *key = at, *held = at + at->nodes;
        jsonw_object(w);
        good = reply_put_bytes(w, "key", key) && reply_put_bytes(w, "value", held);
        jsonw_end(w);
        at = held + held->nodes;
    }
    jsonw_end(w);
    jsonw_kv_bool(w, "more", good && value->count / 2 > count);
    return good;
}

enum ctl_exit cmd_scan(const struct ctl *ctl)
{
    static const struct reply_view view = {.form = &form_scan, .put = put_values};
    char count[24];
    struct buf end = {0};
    const char *prefix = ctl->argc > 0 ? ctl->argv[0] : "";
    (void)snprintf(count, sizeof(count), "%llu", (unsigned long long)count_of(ctl) + 1);
    bool bounded = range_end(prefix, &end);
    const struct span words[] = {span_str("RANGE"), span_str(prefix), span_str(count),
                                 span_of(end.data, end.len)};
    enum ctl_exit exit = reply_show(ctl, &view, words, bounded ? 4 : 3);
    buf_free(&end);
    return exit;
}
