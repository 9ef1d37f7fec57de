/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl: looks at a Raft cluster and uses it. */
#include "raftctl/verbs.h"

int main(int argc, char **argv)
{
    struct sink sink;
    sink_standard(&sink);
    size_t count = argc > 0 ? (size_t)argc - 1 : 0;
    return (int)verbs_obey(argv + (argc > 0), count, NULL, &sink);
}
