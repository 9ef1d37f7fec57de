/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Somebody is told no, and in the words that the scenario names. */
#include "emulator/check/registry.h"

#include <stdio.h>

#define WORD_MAX 32

struct state {
    uint64_t answered;
    uint64_t refused;     /* with whatever error */
    char other[WORD_MAX]; /* the first error that was not meant */
};

static void feed(void *state, const struct check_input *in, const struct trace_record *rec,
                 struct check_result *res)
{
    struct state *s = state;
    s->answered += !trace_text_is(rec->outcome, "unknown");
    if (!trace_text_is(rec->outcome, "fail"))
        return;
    s->refused++;
    if (trace_text_is(rec->error, in->params->error))
        res->seen++;
    else if (s->other[0] == '\0' && rec->error.len < WORD_MAX)
        (void)snprintf(s->other, sizeof(s->other), "%.*s", (int)rec->error.len,
                       rec->error.at == NULL ? "" : rec->error.at);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    const struct state *s = state;
    const char *error = in->params->error;
    if (res->seen == 0 && s->answered > 0 &&
        result_violate(res, "no client operation was refused with %s", error))
        result_paragraph(
            res,
            "The scenario is about clients that are refused with %s. Of %llu operations that were "
            "answered %llu ended with a refusal%s%s, none with this one: either nobody asked at "
            "the wrong place or the wrong time, or who should have refused did what it was asked.",
            error, (unsigned long long)s->answered, (unsigned long long)s->refused,
            s->other[0] == '\0' ? "" : ", the first with ", s->other);
    result_settle(res, "answers");
    if (res->verdict == CHECK_OK)
        result_say(res, "%llu of %llu operations were refused with %s",
                   (unsigned long long)res->seen, (unsigned long long)s->answered, error);
}

const struct checker check_rejected = {
    .name = "rejected",
    .property = "At least one client operation is refused with the error that is named.",
    .source = "thesis 6.2",
    .class = CHECKER_LIVENESS,
    .untraced = true,
    .events = CHECKER_ON(clientReturn),
    .state_size = sizeof(struct state),
    .feed = feed,
    .finish = finish,
};
