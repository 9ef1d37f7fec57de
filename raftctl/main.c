/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl: looks at a Raft cluster and uses it. */
#include "raftctl/verbs.h"

#include <signal.h>

int main(int argc, char **argv)
{
    struct sink sink;
    /* Whoever started this may have ignored it, and then the ends of children cannot be waited for.
     */
    (void)signal(SIGCHLD, SIG_DFL);
    sink_standard(&sink);
    size_t count = argc > 0 ? (size_t)argc - 1 : 0;
    return (int)verbs_obey(argv + (argc > 0), count, NULL, &sink);
}
