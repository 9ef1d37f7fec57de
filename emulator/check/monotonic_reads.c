/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/registry.h"
#include "emulator/check/sessions.h"

static void found(const struct history *h, const struct session_finding *f,
                  struct check_result *res)
{
    const struct history_op *first = &h->ops[f->knew];
    const struct history_op *second = &h->ops[f->read];
    struct trace_text client = texts_get(&h->texts, second->client);
    struct trace_text key = texts_get(&h->texts, second->key);
    if (!result_violate(res,
                        "client %.*s read key %.*s at %.6f s, and %.3f ms later an older value of "
                        "it",
                        (int)client.len, client.at, (int)key.len, key.at,
                        (double)first->ret_ns / 1e9,
                        (double)(second->call_ns - first->ret_ns) / 1e6))
        return;
    result_operation(res, h, first);
    result_operation(res, h, second);
    if (f->older->maker != VERSION_NONE)
        result_operation(res, h, &h->ops[f->older->maker]);
    if (f->newer->maker != VERSION_NONE)
        result_operation(res, h, &h->ops[f->newer->maker]);
    result_paragraph(res,
                     "A client may be shown old values, but never one that is older than what it "
                     "was shown before. Its second read was answered by a server that had applied "
                     "less than the one before, and did not wait for it.");
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)in;
    sessions_judge(state, false, found, "reads after another of the same client and key", res);
}

const struct checker check_monotonic_reads = {
    .name = "monotonicReads",
    .property = "What a client reads is never older than what it read of that key before.",
    .source = "Terry et al. 1994; thesis 6.4.1",
    .class = CHECKER_LIVENESS,
    .untraced = true,
    .events = CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn),
    .state_size = sizeof(struct kept_history),
    .feed = kept_history_feed,
    .finish = finish,
    .free = kept_history_free,
};
