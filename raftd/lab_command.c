/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/lab_command.h"

#include "raftd/lab.h"

#include <string.h>

/* Nothing but the answer. */
static int ping(const struct lab_parts *parts, struct lab_words *w, struct err *e)
{
    (void)parts;
    return lab_words_end(w, e);
}

/* It runs on a copy of another node's directory, and is that node: its trace is another's. */
static int twin(const struct lab_parts *parts, struct lab_words *w, struct err *e)
{
    const char *name = lab_words_text(w, "as");
    int code = lab_words_end(w, e);
    if (code < 0)
        return code;
    if (name == NULL || !lab_alias(parts->lab, name))
        return err_set(e, -E_INVALID, "as: must be the name of a node");
    return 0;
}

static const struct lab_command commands[] = {
    {"ping", ping},
    {"twin", twin},
    {"clock", lab_clock_command},
    {"wall", lab_clock_wall_command},
    {"point", lab_points_command},
    {"unpoint", lab_points_end_command},
    {"filter", lab_filters_command},
    {"unfilter", lab_filters_end_command},
    {"spend", lab_filters_spend_command},
    {"disk", lab_disk_command},
    {"disk-end", lab_disk_end_command},
    {"disk-undo", lab_undo_command},
};

int lab_command_run(const struct lab_parts *parts, char *line, size_t len, uint64_t *ret_id,
                    struct err *e)
{
    struct lab_words words;
    int code = lab_words_cut(line, len, &words, e);
    *ret_id = words.id;
    if (code < 0)
        return code;
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].verb, words.verb) == 0)
            return commands[i].run(parts, &words, e);
    }
    return err_set(e, -E_INVALID, "\"%.40s\": no such command", words.verb);
}
