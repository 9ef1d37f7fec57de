/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fault, heal: a step of the scenario language, done to a lab now; and all of them undone. */
#include "emulator/commands/at_lab.h"
#include "emulator/lab/words.h"
#include "emulator/scenario/vocab.h"

#include <stdio.h>

int lab_list_actions(void)
{
    struct buf text = {0};
    for (unsigned i = 0; i < ACTIONS_COUNT; i++) {
        const struct action_spec *a = vocab_action((enum action_id)i);
        if (a->area == AREA_flow)
            continue;
        lab_words_usage(i, &text);
        buf_putf(&text, "\n        %s\n", a->text);
    }
    (void)fputs(buf_str(&text), stdout);
    buf_free(&text);
    return 0;
}

int cmd_fault(const struct cmd *cmd, int argc, char **argv)
{
    const char *name;
    struct at_lab at;
    int code = at_lab_words(cmd, argc, argv, &name);
    if (code != 0)
        return code;
    if (optind == argc)
        return lab_list_actions();
    code = at_lab_call(name, &at);
    if (code == 0)
        code = at_lab_do(&at, "step", (const char *const *)argv + optind, (size_t)(argc - optind));
    at_lab_end(&at);
    return code;
}

int cmd_heal(const struct cmd *cmd, int argc, char **argv)
{
    const char *name;
    struct at_lab at;
    int code = at_lab_words(cmd, argc, argv, &name);
    if (code != 0)
        return code;
    if (optind < argc)
        return cmd_usage(cmd, "takes no words: all faults are undone");
    code = at_lab_call(name, &at);
    if (code == 0)
        code = at_lab_do(&at, "heal", NULL, 0);
    at_lab_end(&at);
    return code;
}
