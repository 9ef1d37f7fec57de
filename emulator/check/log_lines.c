/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What nodes' processes print: no report of a sanitizer, and nothing that the scenario forbids. */
#include "emulator/check/registry.h"

#include <string.h>

#define LINE_SHOWN 96

static bool holds(struct trace_text line, const char *word)
{
    return memmem(line.at, line.len, word, strlen(word)) != NULL;
}

static void report(const struct check_input *in, const struct trace_record *rec, const char *what,
                   struct check_result *res)
{
    const char *node = trace_names_text(in->names, rec->node);
    int len = (int)(rec->what.len < LINE_SHOWN ? rec->what.len : LINE_SHOWN);
    if (!result_violate(res, "%s printed %s", node, what))
        return;
    result_event(res, in->names, event_ref_of(rec), "printed: %.*s", len, rec->what.at);
    result_paragraph(res, "Line %llu of what the process of %s printed: %.*s",
                     (unsigned long long)rec->line, node, len, rec->what.at);
}

static void feed_sanitizer(void *state, const struct check_input *in,
                           const struct trace_record *rec, struct check_result *res)
{
    static const char *const words[] = {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                                        "WARNING: ThreadSanitizer", "WARNING: MemorySanitizer",
                                        ": runtime error: "};
    (void)state;
    res->seen++;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (holds(rec->what, words[i])) {
            report(in, rec, "the report of a sanitizer", res);
            return;
        }
    }
}

static void feed_pattern(void *state, const struct check_input *in, const struct trace_record *rec,
                         struct check_result *res)
{
    (void)state;
    res->seen++;
    if (holds(rec->what, in->params->pattern))
        report(in, rec, "what the scenario forbids", res);
}

static void finish(void *state, const struct check_input *in, struct check_result *res)
{
    (void)state;
    (void)in;
    result_settle(res, "lines printed by nodes");
}

const struct checker check_no_sanitizer_report = {
    .name = "noSanitizerReport",
    .property = "No process of a node prints the report of a sanitizer.",
    .source = "compilers' manuals: -fsanitize",
    .class = CHECKER_LIVENESS,
    .untraced = true,
    .events = CHECKER_ON(logLine),
    .state_size = 1,
    .feed = feed_sanitizer,
    .finish = finish,
};

const struct checker check_log_has_no = {
    .name = "logHasNo",
    .property = "No process of a node prints a line with the text that is named.",
    .source = "the scenario",
    .class = CHECKER_LIVENESS,
    .untraced = true,
    .events = CHECKER_ON(logLine),
    .state_size = 1,
    .feed = feed_pattern,
    .finish = finish,
};
