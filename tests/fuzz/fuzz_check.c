/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of a trace, merged and judged: whatever they say, nothing crashes and a verdict is written.
 * The first byte splits the input into two files. */
#include "emulator/check/verdict.h"
#include "emulator/trace/merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(struct merge *m, struct trace_names *names)
{
    static const char *const voters[] = {"n1", "n2", "n3"};
    struct check_facts facts = {
        .voters = voters, .voters_count = 3, .election_timeout_ns_min = 150, .budget_steps = 2000};
    struct check_params params = {.within_ns = 10, .max = 3, .nodes = voters, .nodes_count = 1};
    struct check_run *run = check_open(&facts, names);
    const struct trace_record *rec;
    struct buf out = {0};
    static const char *const wants[] = {"recovers", "unavailableMs", "noProgressExpected"};
    for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
        if (check_want(run, wants[i], &params, NULL) < 0)
            raft_panic(__FILE__, __LINE__, "a checker is missing");
    }
    while (merge_next(m, &rec, NULL) == 1) {
        if (check_feed(run, rec, NULL) < 0)
            break;
    }
    check_finish(run);
    verdict_write(&out, run, &(struct verdict_header){.scenario = "fuzz"});
    ASSERT(out.len > 0);
    buf_free(&out);
    check_free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct trace_names names;
    struct merge m;
    if (size == 0)
        return 0;
    names.count = 0;
    merge_init(&m, &names);
    size_t cut = (size_t)data[0] * (size - 1) / 255;
    const char *text = (const char *)data + 1;
    int rc = merge_add_memory(&m, "a", text, cut, NULL);
    if (rc == 0)
        rc = merge_add_memory(&m, "b", text + cut, size - 1 - cut, NULL);
    if (rc == 0)
        judge(&m, &names);
    merge_free(&m);
    return 0;
}
