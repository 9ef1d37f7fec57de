/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl schema: what the JSON of a verb looks like. */
#include "raftctl/cmd.h"
#include "raftctl/schema.h"

static enum ctl_exit no_such(const struct ctl *ctl, const char *what)
{
    struct failure f;
    failure_set(&f, CTL_USAGE, "USAGE", "%s", what);
    failure_fix(&f, "raftctl schema member list   or   raftctl schema failure");
    return print_failure(ctl, &f);
}

enum ctl_exit cmd_schema(const struct ctl *ctl)
{
    struct buf out = {0};
    size_t words = 0;
    const struct ctl_verb *verb = verbs_find(ctl->argv, (size_t)ctl->argc, &words);
    bool failure = ctl->argc == 1 && strcmp(ctl->argv[0], "failure") == 0;
    bool preview = ctl->argc == 1 && strcmp(ctl->argv[0], "dry-run") == 0;
    if (!failure && !preview && (verb == NULL || words != (size_t)ctl->argc))
        return no_such(ctl, "there is no such verb");
    if (verb != NULL && (verb->form == NULL || verb->form->schema == NULL))
        return no_such(ctl, "that verb answers with text");
    if (failure)
        schema_put_failure(&out);
    else
        schema_put(&out, preview ? "dry-run" : verb->name,
                   preview ? form_preview.schema : verb->form->schema);
    buf_putc(&out, '\n');
    enum ctl_exit exit = print_out(ctl, &out, CTL_OK);
    buf_free(&out);
    return exit;
}
