/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/prompt.h"

#include <stdio.h> /* before readline, which needs it */

#include <readline/history.h>
#include <readline/readline.h>
#include <string.h>

static const char *(*names)(size_t k);

static char *next_name(const char *begun, int state)
{
    static size_t at;
    const char *name;
    at = state == 0 ? 0 : at;
    while ((name = names(at)) != NULL) {
        at++;
        if (strncmp(name, begun, strlen(begun)) == 0)
            return strdup(name);
    }
    return NULL;
}

/* Only the first word of a line is a command. */
static char **complete(const char *begun, int start, int end)
{
    (void)end;
    rl_attempted_completion_over = 1;
    return start == 0 ? rl_completion_matches(begun, next_name) : NULL;
}

/* ^C at the prompt: the line is given up, and there is a new one. */
static int line_anew(void)
{
    rl_replace_line("", 0);
    (void)rl_crlf();
    (void)rl_on_new_line();
    rl_redisplay();
    return 0;
}

void prompt_open(const char *(*name_at)(size_t k))
{
    names = name_at;
    rl_readline_name = "raft-emulator";
    rl_attempted_completion_function = complete;
    rl_signal_event_hook = line_anew;
}

char *prompt_edited_line(const char *prompt)
{
    char *line = readline(prompt);
    if (line != NULL && *line != '\0')
        add_history(line);
    return line;
}
