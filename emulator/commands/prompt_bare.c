/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Without readline: lines as the terminal gives them, nothing completed or recalled. */
#include "emulator/commands/prompt.h"

#include <stdio.h>

void prompt_open(const char *(*name_at)(size_t k))
{
    (void)name_at;
}

char *prompt_edited_line(const char *prompt)
{
    (void)fputs(prompt, stdout);
    (void)fflush(stdout);
    return prompt_plain_line();
}
