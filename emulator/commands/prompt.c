/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/prompt.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool prompt_at_terminal(void)
{
    return isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
}

char *prompt_plain_line(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len = getline(&line, &cap, stdin);
    if (len < 0) {
        mem_free(line);
        return NULL;
    }
    if (len > 0 && line[len - 1] == '\n')
        line[len - 1] = '\0';
    return line;
}

char *prompt_line(const char *prompt)
{
    return prompt_at_terminal() ? prompt_edited_line(prompt) : prompt_plain_line();
}
