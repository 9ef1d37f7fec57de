/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl shell: commands one after the other, typed or from somewhere. */
#include "base/mem.h"
#include "raftctl/cmd.h"
#include "raftctl/shell/interactive.h"
#include "raftctl/shell/script.h"

#include <unistd.h>

static enum ctl_exit run(struct shell *sh, const struct ctl *ctl)
{
    const char *text = ctl->value[OPT_COMMANDS], *path = ctl->value[OPT_FILE];
    bool keep_going = ctl->given[OPT_KEEP_GOING];
    if (text != NULL && path != NULL)
        return shell_wrong(sh, CTL_USAGE, "commands come from --commands or from --file",
                           "raftctl shell --help");
    if (text != NULL)
        return script_text(sh, span_str(text), NULL, 1, keep_going);
    if (path != NULL && strcmp(path, "-") != 0)
        return script_file(sh, path, keep_going);
    if (path != NULL || isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0)
        return script_stream(sh, STDIN_FILENO, "stdin", keep_going);
    return interactive(sh);
}

enum ctl_exit cmd_shell(const struct ctl *ctl)
{
    struct shell *sh = mem_alloc(sizeof(*sh));
    shell_init(sh, ctl);
    enum ctl_exit exit = run(sh, ctl);
    shell_free(sh);
    mem_free(sh);
    return exit;
}
