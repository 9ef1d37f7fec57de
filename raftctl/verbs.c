/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table itself: one verb, one row. */
#include "raftctl/cmd.h"

#define O(id)     (1ull << OPT_##id)
#define RUN(name) .run = cmd_##name, .form = &form_##name
#define READS     (O(CONSISTENCY) | O(STALE))
#define ADMIN     "60s" /* a change may have to wait for a newcomer */
#define NODE                                  \
    {                                         \
        "NODE", KIND_MEMBER, NULL, ARG_NEEDED \
    }
#define ANY_NODE                                \
    {                                           \
        "NODE", KIND_MEMBER, NULL, ARG_OPTIONAL \
    }
#define KEY                               \
    {                                     \
        "KEY", KIND_KEY, NULL, ARG_NEEDED \
    }
#define KEYS                            \
    {                                   \
        "KEY", KIND_KEY, NULL, ARG_MANY \
    }
#define ADDRESS                                     \
    {                                               \
        "HOST:PORT", KIND_ADDRESS, NULL, ARG_NEEDED \
    }
#define DIRECTORY                               \
    {                                           \
        "DIR", KIND_DIRECTORY, NULL, ARG_NEEDED \
    }

/* clang-format off */
static const struct ctl_verb table[] = {
    {.name = "status", .timeout = "2s", RUN(status), .options = O(WATCH),
     .summary = "the whole cluster, a line a node",
     .about =
     "Asks the endpoints and every member of the configuration they name, each time anew. A node\n"
     "that does not answer is a line too, with the reason. LAG is how many entries of the\n"
     "leader's log the node is not known to have: as the leader knows, also of a node that does\n"
     "not answer, or, until it has heard of the node, as the node says itself. CONTACT is how\n"
     "long ago the leader heard of it, - if it has not since it leads. While others name a\n"
     "leader whose process is gone, the head says leader none, and who is gone. NOTE tells of a\n"
     "leader that answers reads by lease how long that lasts yet, which nodes are drained, and\n"
     "in a change of members under way which are to vote or to go; what was asked for, and how\n"
     "far that is, is a line of its own. A cluster that was recovered by force has a line that\n"
     "says so, with the members it went on without. Below, a line for each thing to worry about,\n"
     "and what to do: who is unreachable, a cluster that survives no failure. Exits 0 if any\n"
     "node answered, whatever it said. The plain format has the cells between tabs, no mark at\n"
     "the leader's name, and CONTACT in milliseconds. --watch is the verb top."},
    {.name = "leader", .timeout = "2s", RUN(leader),
     .summary = "the leader's name",
     .about =
     "Prints the name alone. Exits 75 if the cluster has no leader."},
    {.name = "health", .timeout = "4s", RUN(health), .options = O(WRITE),
     .summary = "whether the cluster is well: the exit code says it",
     .about =
     "Checks quorum and leader, whether every member, voter or learner, answers and follows (a\n"
     "warning, if it is there and does not hear of the leader, and if a change of voters is\n"
     "under way: what wait healthy waits for), how far the members are behind, and their disks;\n"
     "with --write also whether an entry of the log is committed (a client session is opened, no\n"
     "key is touched). A recovery by force is told of, and is no fault. Exit 0: well; 1: a check\n"
     "failed; 2: a check could not be made."},
    {.name = "top", .timeout = "2s", .run = cmd_top, .form = &form_status,
     .goes_on = true, .options = O(COUNT),
     .summary = "status again and again, with what is going on",
     .about =
     "Once a second, or as --repeat says: the status, and how many entries were committed\n"
     "since the look before. --count ends it."},
    {.name = "events", .timeout = "4s", RUN(events), .options = O(FOLLOW) | O(SINCE) | O(NODE),
     .summary = "what the nodes have said lately",
     .about =
     "Of leaders, members, snapshots and disks, of all nodes, by time. Each node keeps the\n"
     "last 128 lines; moments are by this machine's clock. With --follow also what comes.\n"
     "Each change of members is there once it is committed, with the index and the term of the\n"
     "configuration: member added, promoted, demoted or removed, address or priority changed,\n"
     "joint configuration entered or left. The leader that made it tells of one that it gave up,\n"
     "and why. What a node reads again at a start it does not repeat. Each line is one node's\n"
     "own: a change of members stands there once for every node, at the moment when it had come\n"
     "there, so that who is late shows; --node NODE is the telling of one."},
    {.name = "wait", .timeout = "10s", RUN(wait),
     .args = {{"CONDITION", KIND_CONDITION,
               "leader|healthy|caught-up|caught-up=|applied=|members=|node=", ARG_NEEDED}},
     .summary = "until something is so",
     .about =
     "Asks again until it is so; exits 2 if time is up first, and says how it was last. After\n"
     "three seconds it says on standard error how it is, and again when that has changed.\n"
     "leader: there is one whose port is open; prints its name. healthy: and every member, voter\n"
     "or learner, follows it, and no change of voters is under way: health has no warning of\n"
     "these. caught-up: there is a leader, and every voter follows it and has applied all that is\n"
     "committed, or, with caught-up=N, all but N entries, which is what to ask for under load.\n"
     "applied=N: every member has applied that entry. members=N: there are so many.\n"
     "node=NAME:ROLE: that member is leader, follower, candidate, learner, down (unreachable),\n"
     "caught-up or caught-up=N. A node that is no member yet is waited for too."},
    {.name = "get", .timeout = "5s", RUN(get),
     .args = {KEY}, .options = O(MUST_EXIST) | READS | O(FROM),
     .summary = "the value of a key",
     .about =
     "A linearizable read, unless --consistency says lease (by the leader's clock; leases must\n"
     "be on at the nodes) or local (what the node asked has applied, old perhaps); see RAFT\n"
     "READMODE in raftd(8). An absent key prints nothing (null in JSON) and exits 0; with\n"
     "--must-exist it is said on standard error, exit 1. Without a leader it waits for one as\n"
     "long as --timeout says; with --stale it does not. The table format writes what is not text\n"
     "as \\xNN; the plain format writes the bytes as they are."},
    {.name = "set", .alias = "put", .timeout = "5s", RUN(set),
     .args = {KEY, {"VALUE|-", KIND_TEXT, NULL, ARG_NEEDED}}, .options = O(IF_ABSENT) | O(SESSION),
     .summary = "gives a key a value",
     .about =
     "The value - is read from standard input. With --if-absent a key that has a value keeps\n"
     "it, and the exit code is 1. The write belongs to a session, so that a lost reply is\n"
     "asked for again without writing twice. If none comes in all that time, it may or may not\n"
     "have been applied: exit 2. The command it then names has --session: that writes if the\n"
     "first one did not, within ten minutes, and as often as it is said only once."},
    {.name = "del", .timeout = "5s", RUN(del),
     .args = {KEYS}, .options = O(MUST_EXIST) | O(SESSION),
     .summary = "removes keys",
     .about =
     "Prints how many of the keys there were. With --must-exist it exits 1 if some were\n"
     "absent."},
    {.name = "cas", .timeout = "5s", RUN(cas),
     .args = {KEY, {"EXPECTED", KIND_TEXT, NULL, ARG_NEEDED},
              {"NEW", KIND_TEXT, NULL, ARG_OPTIONAL}},
     .options = O(SESSION),
     .summary = "a new value if the key holds the expected one",
     .about =
     "Exits 1 if it holds another one, and says which. With one value alone the key is\n"
     "expected to be absent."},
    {.name = "incr", .timeout = "5s", RUN(incr),
     .args = {KEY, {"BY", KIND_TEXT, NULL, ARG_OPTIONAL}}, .options = O(SESSION),
     .summary = "a key that holds a whole number holds a larger one",
     .about =
     "By one, or by so many, which may be negative. Prints what it holds then; an absent key\n"
     "counts as 0."},
    {.name = "append", .timeout = "5s", RUN(append),
     .args = {KEY, {"VALUE", KIND_TEXT, NULL, ARG_NEEDED}}, .options = O(SESSION),
     .summary = "what a key holds becomes longer",
     .about =
     "Prints how many bytes it holds then."},
    {.name = "mget", .timeout = "5s", RUN(mget),
     .args = {KEYS}, .options = O(MUST_EXIST) | READS,
     .summary = "the values of several keys",
     .about =
     "All read at the same point of the log. With --must-exist it exits 1 if some are absent."},
    {.name = "scan", .timeout = "5s", RUN(scan),
     .args = {{"PREFIX", KIND_KEY, NULL, ARG_OPTIONAL}}, .options = O(COUNT) | READS,
     .summary = "the keys that begin so, with their values",
     .about =
     "In order, the first 100 unless --count says otherwise; more in the JSON says whether\n"
     "there are. What a list or a set holds is not shown (null in JSON): txn asks for it."},
    {.name = "txn", .timeout = "5s", RUN(txn), .options = O(FILE) | O(SESSION),
     .summary = "commands as one entry of the log",
     .about =
     "A command a line, as for redis-cli, from standard input or --file: SET a 1, INCR b and\n"
     "so on. All are executed at once or none is. An error among the replies undoes nothing,\n"
     "and exits 1."},
    {.name = "watch", .timeout = "30s", RUN(watch), .goes_on = true,
     .args = {{"PREFIX", KIND_KEY, NULL, ARG_OPTIONAL}, {"COMMAND", KIND_TEXT, NULL, ARG_COMMAND}},
     .options = O(FROM_REV) | O(COUNT),
     .summary = "the changes of keys that begin so, as they come",
     .about =
     "A line each: set, del, expired or flush, the rev, the key and the value. When the node\n"
     "goes away another one is asked, from where it was; what a node does not have any more is\n"
     "an event compacted. COMMAND is run for each with RAFTCTL_EVENT, RAFTCTL_REV, RAFTCTL_KEY\n"
     "and RAFTCTL_VALUE in its environment. --count ends it after so many, and --timeout, where\n"
     "it is said, after that time: exit 2 if they were not so many by then, else 0. It also ends,\n"
     "with exit 69, when no node has told of changes for that long, or for 30 s."},
    {.name = "member list", .timeout = ADMIN, RUN(member_list),
     .summary = "who belongs to the cluster",
     .about =
     "Every member: its rank (voter, learner, witness), its role if it answers, where peers\n"
     "and clients reach it, and its LAG. NOTE says who is unreachable, who is drained, and in a\n"
     "change under way who is to vote once it has caught up, and who is to be removed."},
    {.name = "member add", .timeout = ADMIN, RUN(member_change),
     .args = {NODE, ADDRESS}, .options = O(LEARNER) | O(WITNESS) | O(DRY_RUN),
     .summary = "a node becomes a member",
     .about =
     "A node that was started with raftd --join becomes a member: first a learner, then, once\n"
     "it has caught up, a voter; with --learner it stays one, with --witness it will vote and\n"
     "keep no data. The address is that for peers, and is refused if the node is a member at\n"
     "another one or if another member has it: remove what was mistyped first. Who stays a\n"
     "learner, because it did not catch up in time, is promoted later. While a newcomer does not\n"
     "answer the leader, that is said on standard error, with what to do about it. The leader\n"
     "waits for it as long as --timeout says, and at least for ten election timeouts; then it\n"
     "gives up, which events tells of, and the same command again goes on from there."},
    {.name = "member promote", .timeout = ADMIN, RUN(member_change),
     .args = {NODE}, .options = O(DRY_RUN),
     .summary = "a learner becomes a voter",
     .about =
     "A learner that has caught up votes from now on."},
    {.name = "member demote", .timeout = ADMIN, RUN(member_change),
     .args = {NODE}, .options = O(DRY_RUN),
     .summary = "a voter becomes a learner",
     .about =
     "A voter goes on getting the log, and votes no more."},
    {.name = "member remove", .timeout = ADMIN, RUN(member_change),
     .args = {NODE}, .options = O(SHUTDOWN) | O(DRY_RUN),
     .summary = "a node is a member no more",
     .about =
     "Whatever state it is in, dead ones too. With --shutdown its process ends once it knows."},
    {.name = "member replace", .timeout = ADMIN, RUN(member_change),
     .args = {{"OLD", KIND_MEMBER, NULL, ARG_NEEDED}, {"NEW", KIND_TEXT, NULL, ARG_NEEDED},
              ADDRESS},
     .options = O(DRY_RUN),
     .summary = "a new node takes the place of an old one",
     .about =
     "In one change, once the new one has caught up. It is waited for as by member add; until\n"
     "then it is a learner, and the old one stays."},
    {.name = "member change", .timeout = ADMIN, RUN(member_change),
     .args = {{"NODE=HOST:PORT,...", KIND_TEXT, NULL, ARG_NEEDED}}, .options = O(DRY_RUN),
     .summary = "several voters at once",
     .about =
     "The voters become exactly these, in one change once the new ones have caught up;\n"
     "learners stay. Until both the old and the new voters have a quorum for it, two quorums\n"
     "count."},
    {.name = "member priority", .timeout = ADMIN, RUN(member_change),
     .args = {NODE, {"N", KIND_NUMBER, NULL, ARG_NEEDED}},
     .summary = "who leads by preference",
     .about =
     "From 0 to 255, usually 100. Voters of lower priority wait longer before they campaign,\n"
     "and a leader hands over to one of higher priority. 0: leads only if nobody else does."},
    {.name = "transfer", .alias = "move-leader", .timeout = "10s", RUN(transfer),
     .args = {ANY_NODE}, .options = O(TO_BEST),
     .summary = "leadership goes to a node",
     .about =
     "Without a name, or with --to-best: to the voter that is best prepared. Says who led, who\n"
     "leads, and how long it took; of who leads already, that it does, and nothing is done.\n"
     "Exits 1 or 75 if it did not come about: the leader leads on."},
    {.name = "stepdown", .timeout = "10s", .run = cmd_stepdown, .form = &form_transfer,
     .options = O(FORCE),
     .summary = "the leader leads no more",
     .about =
     "It hands over to the best voter. With --force it stands back even if nobody can take\n"
     "over."},
    {.name = "drain", .timeout = "20s", RUN(drain), .args = {NODE},
     .summary = "a node leads no more, so that it can be stopped",
     .about =
     "Its priority becomes 0, and if it leads, leadership goes to the best voter. status and\n"
     "health tell who is drained; member priority NODE 100 undoes it. If every voter is drained\n"
     "none is preferred, and elections begin four election timeouts later: a warning says so."},
    {.name = "leave", .timeout = "30s", RUN(leave), .args = {NODE},
     .summary = "a node takes itself out of the cluster",
     .about =
     "As after a SIGTERM with raftd --on-sigterm leave: it hands over, has itself removed, and\n"
     "its process ends. An error says why it stays a member, and it runs on."},
    {.name = "snapshot take", .timeout = ADMIN, RUN(snapshot_take),
     .args = {ANY_NODE},
     .summary = "a node takes a snapshot of its state now",
     .about =
     "The node, or the first endpoint that answers. Prints index, term, digest and size, of the\n"
     "snapshot as the node keeps it: the digest is of its bytes, not of the state, as that of\n"
     "check consistency is. Nodes that take one at the same entry have the same."},
    {.name = "snapshot status", .timeout = ADMIN, RUN(snapshot_status),
     .args = {ANY_NODE},
     .summary = "a node's newest snapshot, and the one being taken",
     .about =
     "Without a name, the first endpoint that answers is asked; node says which it is.\n"
     "since_bytes of the log were applied since the newest one."},
    {.name = "snapshot save", .timeout = ADMIN, RUN(snapshot_save),
     .args = {{"FILE", KIND_FILE, NULL, ARG_NEEDED}}, .options = O(NODE),
     .summary = "a node's state as a file",
     .about =
     "Takes a snapshot of the leader, or of --node, and writes it to a new file, which is\n"
     "there whole or not at all. Without a leader it is of who answers, with a word of\n"
     "warning. The file has all keys and values in it, and at the end its SHA-256, which is\n"
     "also printed: head -c -65 FILE | sha256sum. What is printed is the size of the file;\n"
     "bytes and digest in the JSON are those of the snapshot in it."},
    {.name = "snapshot verify", RUN(snapshot_verify),
     .args = {{"FILE", KIND_FILE, NULL, ARG_NEEDED}},
     .summary = "whether such a file is whole",
     .about =
     "Reads all of it and compares its SHA-256, or the checksum that files of earlier versions\n"
     "have. Exits 1 if it is damaged."},
    {.name = "snapshot restore", .timeout = ADMIN, RUN(snapshot_restore),
     .args = {{"FILE", KIND_FILE, NULL, ARG_NEEDED}}, .options = O(YES),
     .summary = "the data of such a file into a cluster",
     .about =
     "Writes its keys, with what they hold and how long they live yet, into the cluster that is\n"
     "asked, through its log: it may be another one, of other members. It must hold no keys; with\n"
     "--yes those it holds are removed, at once with the first that come. Up to 4 MiB are one\n"
     "transaction, all or nothing; of several a failure leaves a part, and it is to be done again\n"
     "with --yes. Nobody else should write meanwhile. Revs and client sessions do not come back.\n"
     "--timeout is for each transaction. Runs the raftd beside this program, or the one in PATH."},
    {.name = "log show", .timeout = "5s", RUN(log_show),
     .options = O(COUNT) | O(NODE) | O(FROM_INDEX),
     .summary = "entries of a node's log",
     .about =
     "The last 20, or --count of them (100 at most), from --from-index on; of the leader, of\n"
     "--node, or of --node all. Values are not shown."},
    {.name = "log diff", .timeout = "10s", RUN(log_diff),
     .args = {{"NODE", KIND_MEMBER, NULL, ARG_NEEDED}, {"NODE", KIND_MEMBER, NULL, ARG_NEEDED}},
     .summary = "where the logs of two nodes part",
     .about =
     "Looks for the first entry of which they have different ones, by halving: entries of the\n"
     "same index and term are the same, and so is all before them. Exits 1 if they part, 2 if one\n"
     "is unreachable: it is named, with the reason, and not compared. Entries that are not\n"
     "committed may part. Shows five from there on, or of what one has more."},
    {.name = "check consistency", .timeout = "10s", RUN(check_consistency),
     .options = O(PARTIAL),
     .summary = "whether the nodes have the same state",
     .about =
     "Compares the digests of their states at an entry that all have applied. Exits 1 if they\n"
     "differ, 2 if there is no such entry, if a voter did not answer and is not compared (it is\n"
     "named, with the reason), or if one node alone keeps data: there is nothing to compare it\n"
     "with. With --partial those that answer are enough. An endpoint of a node that is no member\n"
     "is named, and not compared."},
    {.name = "check perf", .timeout = "5s", RUN(check_perf),
     .options = O(LOAD) | O(DURATION) | O(CLIENTS),
     .summary = "whether the cluster takes a load",
     .about =
     "A bench of 100 requests a second for 5 s, or of 500 for 10 s or 2000 for 20 s by --load.\n"
     "Passes if none fails, nine of ten are answered in that time, and 99 of 100 writes take\n"
     "no longer than 100 ms (200 ms). Exits 1 if not."},
    {.name = "bench", .timeout = "5s", RUN(bench),
     .options = O(RATE) | O(DURATION) | O(CLIENTS) | O(READS) | O(SIZE),
     .summary = "asks at a steady rate, and tells how long answers take",
     .about =
     "Open loop: each request has its moment (500 a second, for 5 s), whether the answers\n"
     "before it have come or not, and its latency counts from then, so a cluster that stalls\n"
     "is not asked less. Half are reads; values have 256 bytes. Writes keys raftctl:bench:N,\n"
     "and removes them in the end, also after ^C. Exits 1 if there were errors."},
    {.name = "latency", .timeout = "5s", RUN(latency),
     .options = O(RATE) | O(DURATION) | O(READS) | O(SIZE) | O(DIST),
     .summary = "how long one read and one write take",
     .about =
     "As bench, 50 a second over one connection; --dist also shows how many took how long."},
    {.name = "config get", .timeout = "4s", RUN(config_get),
     .args = {{"OPTION", KIND_TEXT, NULL, ARG_OPTIONAL}}, .options = O(NODE),
     .summary = "the options the nodes go by",
     .about =
     "Of all nodes, or of --node. Names may be written as on raftd's command line, with -, or as\n"
     "in its configuration file and here, with _, and without the unit. Exits 64 if no node has\n"
     "an option of that name."},
    {.name = "config set", .timeout = "4s", RUN(config_set),
     .args = {{"OPTION", KIND_TEXT,
               "snapshot-every|snapshot-trailing|snapshot-rate|shutdown-on-remove|forward",
               ARG_NEEDED},
              {"VALUE", KIND_TEXT, NULL, ARG_NEEDED}}, .options = O(NODE),
     .summary = "another value, until the node is started again",
     .about =
     "At all nodes that answer, or at --node: snapshot-every, snapshot-trailing,\n"
     "snapshot-rate, shutdown-on-remove, forward. The other options are given at start. Exits\n"
     "1 if a node did not take it."},
    {.name = "metrics", .timeout = "4s", RUN(metrics), .options = O(NODE) | O(GREP),
     .summary = "the counters of the nodes",
     .about =
     "What INFO of raftd(8) tells, a line each."},
    {.name = "trace on", .timeout = "4s", RUN(trace), .options = O(NODE),
     .summary = "the nodes write down what they do",
     .about =
     "Every step of the protocol, a line of JSON each, into the file trace.ndjson of the data\n"
     "directory: of all nodes that answer, or of --node. The file grows behind what it has, up\n"
     "to 1 GiB; values are not in it. It costs speed, and ends with the process. Exits 1 if a\n"
     "node did not do it: one whose trace a laboratory reads, for example."},
    {.name = "trace off", .timeout = "4s", RUN(trace), .options = O(NODE),
     .summary = "they do so no more",
     .about =
     "The files stay."},
    {.name = "trace status", .timeout = "4s", RUN(trace), .options = O(NODE),
     .summary = "which nodes do",
     .about =
     "And in which file, and how long it is."},
    {.name = "bundle", .timeout = "10s", RUN(bundle),
     .args = {{"FILE", KIND_FILE, NULL, ARG_NEEDED}},
     .summary = "what helps somebody else to see what is wrong, in one file",
     .about =
     "JSON: the status, and of every node that answers its options, events, the last 100\n"
     "entries of its log, members, snapshots, digests and counters. No values of keys; names\n"
     "of keys are in the log."},
    {.name = "recover", .timeout = "5m", RUN(recover),
     .args = {{"--survivor NODE", KIND_MEMBER, NULL, ARG_NEEDED}}, .options = O(SURVIVOR) | O(YES),
     .summary = "one survivor goes on alone when the quorum is lost",
     .about =
     "When most voters are lost for good: lets this one go on alone, with all it has. Unsafe:\n"
     "what only the other members have is lost, and if they are alive two clusters go on. It is\n"
     "asked by its admin socket. Without --yes it shows whom it would give up, up to where the\n"
     "log is committed and what it would keep, does nothing, and exits 64 (1 of the only member:\n"
     "it has nothing to recover). With --yes it asks the others for three election timeouts\n"
     "first, and refuses if a quorum of the voters answers (QUORUMALIVE), or if one that answers\n"
     "has more (BEHIND): recover that one then. Prints up to where the log was committed, which\n"
     "entries beyond are kept though nobody had decided them, and whom it gave up. Whoever of\n"
     "them shows up later is told, stops with exit code 86 and never votes again; it comes back\n"
     "with an empty directory, as a new member. Those that it cannot reach it cannot tell; one\n"
     "of them that was recovered as well is refused when they meet, and both say so: two\n"
     "clusters, of which one is to be stopped and emptied."},
    {.name = "data inspect", .run = cmd_data, .form = &form_data_inspect,
     .args = {DIRECTORY},
     .summary = "what is in a data directory",
     .about =
     "Says to whom it belongs, whether it is a member by its last configuration, and how far\n"
     "its log goes; also of one that was removed, replaced, or given up by a forced recovery.\n"
     "Its raftd must not run: it is opened as by data verify. Exits 1 if something that is\n"
     "needed for that is damaged. Runs the raftd beside this program, or the one in PATH."},
    {.name = "data verify", .run = cmd_data, .form = &form_data_verify,
     .args = {DIRECTORY},
     .summary = "whether a data directory is whole",
     .about =
     "Reads every entry of its log, its snapshot and its hard state, as a start would: the\n"
     "directory's lock is taken, the start is counted, and what a crash left behind the end of\n"
     "the log is removed, which is told, and so is a damaged copy of the hard state, which is\n"
     "written anew from the other one. A last write that was damaged later cannot be told from\n"
     "what a crash left. To change nothing, look at a copy of the directory. Exits 1 if\n"
     "something is damaged."},
    {.name = "data dump", .run = cmd_data, .form = &form_data_dump,
     .args = {DIRECTORY},
     .summary = "what is in a data directory, a line of JSON each",
     .about =
     "Each key of its snapshot, with what it holds, and then each entry of its log, without\n"
     "values, committed or not. Bytes that are no UTF-8 are \\ufffd. It is read as by data\n"
     "verify."},
    {.name = "data recover", .run = cmd_data, .form = &form_data_inspect,
     .args = {DIRECTORY}, .options = O(YES),
     .summary = "lets the node of a data directory go on without the others",
     .about =
     "The same, and with --yes what recover does, to a directory at rest. Nobody is asked:\n"
     "make sure that the others are down for good, and choose the directory whose log goes\n"
     "furthest. One whose node is the only member already is left as it is, and that is said."},
    {.name = "schema", .run = cmd_schema, .args = {{"VERB", KIND_VERB, NULL, ARG_MANY}},
     .summary = "what the JSON of a verb looks like",
     .about =
     "As JSON Schema. schema failure is for what verbs say when they fail, schema dry-run for\n"
     "--dry-run."},
    {.name = "shell", .timeout = "5s", .run = cmd_shell, .goes_on = true,
     .options = O(COMMANDS) | O(FILE) | O(KEEP_GOING),
     .summary = "commands at a prompt, or from a file or a pipe",
     .about =
     "What raftctl without a verb is at a terminal, too. At one, it completes verbs, options,\n"
     "members and keys, remembers what was typed, and shows who leads; \\help says more. With\n"
     "--commands, --file, or a standard input that is no terminal, the first command that\n"
     "fails ends it with its exit code; with --keep-going that code comes in the end."},
    {.name = "explain", RUN(explain), .args = {{"CODE|TERM", KIND_CODE, NULL, ARG_OPTIONAL}},
     .summary = "what a code of an error, or a word, means",
     .about =
     "What it is, why it comes, what to do, and where the protocol's papers tell of it.\n"
     "Without a word: which there are."},
    {.name = "help", .run = cmd_help,
     .args = {{"VERB", KIND_VERB, NULL, ARG_OPTIONAL}, {"WORD", KIND_TEXT, NULL, ARG_OPTIONAL}},
     .summary = "what raftctl --help says, or VERB --help",
     .about =
     "Of a verb of two words both are given: help member add. Without a word: all verbs."},
    {.name = "version", .timeout = NULL, RUN(version),
     .summary = "the version of raftctl",
     .about =
     "Those of the nodes are in the status."},
    {.name = "completion", .run = cmd_completion,
     .args = {{"SHELL", KIND_CHOICE, "bash|zsh|fish|words", ARG_NEEDED},
              {"WORD", KIND_TEXT, NULL, ARG_COMMAND}},
     .summary = "completion for a shell: eval it, or put it where the shell looks",
     .about =
     "For bash: source <(raftctl completion bash). What completes a line is asked of raftctl\n"
     "itself each time, by completion words -- WORD..., the last being the one to complete,\n"
     "perhaps empty: a word and what it means on each line. So the names of members are\n"
     "complete too."},
    {.name = "manual", .run = cmd_manual,
     .summary = "the verbs and options as the manual page has them",
     .about =
     "The source, for man(7), of these two sections."},
};
/* clang-format on */

const struct ctl_verb *verbs_all(size_t *ret_count)
{
    *ret_count = ARRAY_LEN(table);
    return table;
}
