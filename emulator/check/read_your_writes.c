/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/check/registry.h"
#include "emulator/check/sessions.h"

static void found(const struct history *h, const struct session_finding *f,
                  struct check_result *res)
{
    const struct history_op *write = &h->ops[f->knew];
    const struct history_op *read = &h->ops[f->read];
    struct trace_text client = texts_get(&h->texts, read->client);
    struct trace_text key = texts_get(&h->texts, read->key);
    if (!result_violate(res,
                        "client %.*s did not see its own write of key %.*s, acknowledged %.3f ms "
                        "before it asked",
                        (int)client.len, client.at, (int)key.len, key.at,
                        (double)(read->call_ns - write->ret_ns) / 1e6))
        return;
    result_operation(res, h, write);
    result_operation(res, h, read);
    if (f->older->maker != VERSION_NONE)
        result_operation(res, h, &h->ops[f->older->maker]);
    result_paragraph(res,
                     "A client may be shown old values, but none that is older than what it wrote "
                     "itself. The read was answered by a server that had not applied the client's "
                     "own write yet, and did not wait for it.");
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)in;
    sessions_judge(state, true, found, "reads after a write of the same client and key", res);
}

const struct checker check_read_your_writes = {
    .name = "readYourWrites",
    .property = "A client sees the writes of its own that were acknowledged to it, or newer ones.",
    .source = "Terry et al. 1994; thesis 6.4.1",
    .class = CHECKER_LIVENESS,
    .untraced = true,
    .events = CHECKER_ON(clientInvoke) | CHECKER_ON(clientReturn),
    .state_size = sizeof(struct kept_history),
    .feed = kept_history_feed,
    .finish = finish,
    .free = kept_history_free,
};
