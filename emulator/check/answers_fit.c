/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command is answered with is of the kind that such a command has: an increment has a
 * number, a comparison has what was found. Clients write down what does not fit, and hang up. */
#include "emulator/check/registry.h"

#define MISFIT "MALFORMED"

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    (void)state;
    const struct history *h = in->history;
    const struct history_op *op = history_get(h, rec->op);
    struct trace_text key = texts_get(&h->texts, op->key);
    res->seen++;
    if (op->outcome != HISTORY_UNKNOWN || !trace_text_is(texts_get(&h->texts, op->error), MISFIT))
        return;
    if (!result_violate(res, "the answer to %s of %.*s is none that it can have",
                        history_kind_name((enum history_kind)op->kind), (int)key.len, key.at))
        return;
    result_operation(res, h, op);
    result_paragraph(res,
                     "The client asked one thing and was told another: what came is no value of "
                     "the type that this command answers. Whoever answered did not know what "
                     "the command had done, or answered another one.");
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "answers");
}

const struct checker check_answers_fit = {
    .name = "answersFit",
    .property = "An answer is of the type that its command has.",
    .source = "thesis 6.1: the state machine's response",
    .class = CHECKER_SAFETY,
    .untraced = true,
    .events = CHECKER_ON(clientReturn),
    .state_size = 1,
    .feed = feed,
    .finish = finish,
};
