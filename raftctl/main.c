/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl: looks at a Raft cluster and uses it. */
#include "raftctl/options.h"

#include <stdio.h>

/* One verb, one file, one row. */
static const struct ctl_command commands[] = {
    {"status", NULL, "", 0, 0, 0, "2s", "the whole cluster, a line a node",
     "Asks the endpoints and every member of the configuration they name. A node that does not\n"
     "answer is a line too, with the reason. Exits 0 if any node answered, whatever it said.",
     cmd_status},
    {"leader", NULL, "", 0, 0, 0, "2s", "the leader's name",
     "Prints the name alone. Exits 75 if the cluster has no leader.", cmd_leader},
    {"wait", NULL, "leader", 1, 1, 0, "10s", "until the cluster has a leader",
     "Asks again until there is a leader, and prints its name; exits 2 if time is up first.",
     cmd_wait},
    {"get", NULL, "KEY", 1, 1, 1u << OPT_MUST_EXIST | 1u << OPT_CONSISTENCY, "5s",
     "the value of a key",
     "A linearizable read, unless --consistency says lease (by the leader's clock) or local (what\n"
     "the node asked has, old perhaps). An absent key prints nothing (null in JSON) and exits 0. "
     "The table\n"
     "output writes what is not text as \\xNN; -o plain writes the bytes as they are.",
     cmd_get},
    {"set", "put", "KEY VALUE|-", 2, 2, 1u << OPT_IF_ABSENT, "5s", "gives a key a value",
     "The value - is read from standard input. The write belongs to a session, so that a lost\n"
     "reply is asked for again without writing twice. If none comes in all that time, it may or\n"
     "may not have been applied: exit 2.",
     cmd_set},
    {"del", NULL, "KEY...", 1, LIMIT_RESP_ARGS - 1, 1u << OPT_MUST_EXIST, "5s", "removes keys",
     "Prints how many of the keys there were. With --must-exist it exits 1 if some were absent.",
     cmd_del},
    {"member", NULL, "list|add|remove|...", 1, 4,
     1u << OPT_LEARNER | 1u << OPT_WITNESS | 1u << OPT_SHUTDOWN | 1u << OPT_DRY_RUN, "60s",
     "who belongs to the cluster, and changing that",
     "list; add NODE HOST:PORT [--learner] [--witness], a node started with raftd --join, which\n"
     "becomes a voter once it has caught up; promote NODE and demote NODE; remove NODE\n"
     "[--shutdown]; replace OLD NEW HOST:PORT. They go to the leader, wherever it is, and end "
     "when\n"
     "the change is committed. --dry-run says what it would mean: exit 1 if no quorum were left.",
     cmd_member},
    {"transfer", "move-leader", "[NODE]", 0, 1, 0, "10s", "leadership goes to a node",
     "Without a name: to the voter that is best prepared. Says who led, who leads, and how long "
     "it\n"
     "took. Exits 1 or 75 if it did not come about: the leader leads on.",
     cmd_transfer},
    {"stepdown", NULL, "", 0, 0, 1u << OPT_FORCE, "10s", "the leader leads no more",
     "It hands over to the best voter. With --force it stands back even if nobody can take over.",
     cmd_stepdown},
    {"leave", NULL, "NODE", 1, 1, 0, "30s", "a node takes itself out of the cluster",
     "As after a SIGTERM with raftd --on-sigterm leave: it hands over, has itself removed, and "
     "its\n"
     "process ends. An error says why it stays a member, and it runs on.",
     cmd_leave},
    {"snapshot", NULL, "take|status [NODE]", 1, 2, 0, "60s", "a node's snapshot of its state",
     "take makes one now and says where it stands; status tells of the newest and of the one "
     "being\n"
     "taken. Without a name, the first endpoint that answers is asked.",
     cmd_snapshot},
    {"recover", NULL, "--survivor NODE", 1, 1, 1u << OPT_SURVIVOR | 1u << OPT_YES, "5m",
     "one survivor goes on alone when the quorum is lost",
     "Unsafe: what only the other members have is lost, and if they are alive two clusters go on.\n"
     "Goes by the admin socket of that node. Refused while a quorum answers, and while a node "
     "that\n"
     "answers has more entries: recover that one. The others come back empty, as new members.",
     cmd_recover},
    {"data", NULL, "inspect|recover DIR", 2, 2, 1u << OPT_YES, NULL,
     "a data directory whose raftd does not run",
     "inspect says whose it is and how far its log goes; recover does to it, with --yes, what the\n"
     "verb recover does to a running node. Both take the directory's lock and run raftd for it.",
     cmd_data},
};

static enum ctl_exit help(const struct ctl_command *command)
{
    struct buf out = {0};
    if (command != NULL)
        options_help_command(&out, command);
    else
        options_help(&out, commands, ARRAY_LEN(commands));
    enum ctl_exit exit = print_out(&out, CTL_OK);
    buf_free(&out);
    return exit;
}

static enum ctl_exit version(void)
{
    struct buf out = {0};
    buf_puts(&out, "raftctl " RAFTLAB_VERSION "\n");
    enum ctl_exit exit = print_out(&out, CTL_OK);
    buf_free(&out);
    return exit;
}

static enum ctl_exit obey(int argc, char **argv)
{
    struct ctl ctl;
    struct failure failure;
    switch (options_parse(argc, argv, commands, ARRAY_LEN(commands), &ctl, &failure)) {
    case WISH_RUN: return ctl.command->run(&ctl);
    case WISH_HELP: return help(ctl.command);
    case WISH_VERSION: return version();
    case WISH_WRONG: return print_failure(ctl.output, &failure);
    }
    UNREACHABLE();
}

int main(int argc, char **argv)
{
    return (int)obey(argc, argv);
}
