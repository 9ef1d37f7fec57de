/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/registry.h"
#include "emulator/check/sessions.h"

struct report {
    const struct history *h;
    struct check_result *res;
};

static void found(void *arg, const struct session_finding *f)
{
    const struct report *r = arg;
    const struct history_op *first = &r->h->ops[f->knew];
    const struct history_op *second = &r->h->ops[f->read];
    struct trace_text client = texts_get(&r->h->texts, second->client);
    struct trace_text key = texts_get(&r->h->texts, second->key);
    if (!result_violate(r->res,
                        "client %.*s read key %.*s at %.6f s, and %.3f ms later an older value of "
                        "it",
                        (int)client.len, client.at, (int)key.len, key.at,
                        (double)first->ret_ns / 1e9,
                        (double)(second->call_ns - first->ret_ns) / 1e6))
        return;
    result_operation(r->res, r->h, first);
    result_operation(r->res, r->h, second);
    if (f->older->maker != VERSION_NONE)
        result_operation(r->res, r->h, &r->h->ops[f->older->maker]);
    if (f->newer->maker != VERSION_NONE)
        result_operation(r->res, r->h, &r->h->ops[f->newer->maker]);
    result_paragraph(r->res,
                     "A client may be shown old values, but never one that is older than what it "
                     "was shown before. Its second read was answered by a server that had applied "
                     "less than the one before, and did not wait for it.");
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    const struct kept_history *kept = state;
    struct report report = {&kept->h, res};
    struct versions v;
    (void)in;
    if (kept_history_torn(kept, res))
        return;
    versions_of(&v, &kept->h);
    res->seen = sessions_compare(&kept->h, &v, false, found, &report);
    versions_free(&v);
    result_settle(res, "reads after another of the same client and key");
}

const struct checker check_monotonic_reads = {
    .name = "monotonicReads",
    .property = "What a client reads is never older than what it read of that key before.",
    .source = "Terry et al. 1994; thesis 6.4.1",
    .class = CHECKER_LIVENESS,
    .events = CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn),
    .state_size = sizeof(struct kept_history),
    .feed = kept_history_feed,
    .finish = finish,
    .free = kept_history_free,
};
