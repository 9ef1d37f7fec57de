/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl help VERB: what raftctl VERB --help says. */
#include "raftctl/cmd.h"
#include "raftctl/help.h"
#include "raftctl/near.h"

static void too_many(struct failure *f, const struct ctl_verb *verb)
{
    failure_set(f, CTL_USAGE, "USAGE", "help of one verb at a time");
    failure_fix(f, "raftctl help %s", verb->name);
}

enum ctl_exit cmd_help(const struct ctl *ctl)
{
    size_t count = (size_t)ctl->argc, words = 0;
    const struct ctl_verb *verb = verbs_find(ctl->argv, count, &words);
    struct buf out = {0};
    struct failure f;
    if (count == 0) {
        help_put_all(&out);
    } else if (verb != NULL && words == count) {
        help_put_verb(&out, verb);
    } else if (count == 1 && verbs_group(ctl->argv[0])) {
        help_put_group(&out, ctl->argv[0]);
    } else {
        if (verb == NULL)
            near_verb(&f, ctl->argv, count);
        else
            too_many(&f, verb);
        return print_failure(ctl, &f);
    }
    enum ctl_exit exit = print_out(ctl, &out, CTL_OK);
    buf_free(&out);
    return exit;
}
