/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/explain.h"

#include <ctype.h>
#include <string.h>

/* clang-format off */
static const struct explanation table[] = {
    /* ---- codes ---- */
    {"NOLEADER",
     "No node leads, as far as the one asked knows: an election is under way, or no quorum"
     " of voters reaches each other. Nothing was done.",
     "raftctl wait leader; if that does not help, raftctl health says who is missing; if most "
     "voters are lost for good, raftctl explain no-quorum",
     "thesis 3.4"},
    {"NOTLEADER",
     "The node asked does not lead and was told not to send requests on. Nothing was done.",
     "ask the leader: raftctl leader", "thesis 6.2"},
    {"UNKNOWN",
     "The write, or the change of members, left, and no answer came in all the time given. It "
     "may be applied, now or later, or not at all.",
     "a write: say the command that the error names, with --session: it is the same write, and "
     "executed once; a new command would be another write. A change of members: raftctl member "
     "list, or the same command again, which goes on from where it is", "thesis 6.3"},
    {"TIMEOUT", "The time was up before there was an answer, or before what was waited for.",
     "a longer --timeout; raftctl status says who answers", NULL},
    {"CANCELLED", "^C ended it before it was so, or was done.",
     "raftctl status shows how it is now; the same command again goes on waiting", NULL},
    {"BUSY",
     "The node has too much to do already, or the leader has committed nothing in its term"
     " yet. Nothing was done.",
     "again, a little later", NULL},
    {"TRANSFER",
     "Leadership is being handed over: no writes are taken for that long. Nothing was "
     "done.",
     "again, in a moment", "thesis 3.10"},
    {"NOSPACE", "The node's disk is full, or nearly: it takes no writes. Nothing was done.",
     "make room on the disk of the leader; raftctl transfer moves leadership to another one", NULL},
    {"STALE",
     "A local read was refused: the node has not heard of a leader for longer than "
     "allowed, or has started lately and does not know or have yet what was committed by then.",
     "raftctl wait leader, then the same again, or another node; if nobody comes to lead, raftctl "
     "health says who is missing", "thesis 6.4"},
    {"NOTDATA", "The node asked is a witness: it votes and keeps no data.", "ask another node",
     NULL},
    {"NOTMEMBER",
     "The node asked is no member of the cluster: it was removed, it has left, or it was not added "
     "yet. Nothing was done.",
     "ask a member: raftctl member list says who they are; raftctl member add makes it one",
     "thesis 4.2.3"},
    {"REBORN",
     "A node comes with another data directory than the one its name is known by: it has forgotten "
     "what it voted and acknowledged, so its word counts nowhere. Or a second node was started "
     "under the name of one that runs.",
     "if the old one runs, give the new one another name; if its directory is lost: raftctl member "
     "remove NODE, start it empty with --join, raftctl member add NODE HOST:PORT",
     "thesis 3.8"},
    {"ABORTED",
     "Another entry was committed at the place of this write, which is therefore not "
     "applied and never will be.",
     "again", "thesis 3.5"},
    {"INPROGRESS", "Another change of members, or a transfer, is under way.",
     "raftctl wait healthy, then again", "thesis 4.1"},
    {"CONFLICT", "The configuration is not the one the change was meant for.",
     "raftctl member list, then again", NULL},
    {"CHANGED", "Leadership changed while the question was open.", "raftctl leader, then again",
     NULL},
    {"QUORUMGUARD",
     "The change would leave a quorum that does not answer now: every write would block. "
     "It is not made, and there is no way to force it.",
     "bring back or replace who is missing first: raftctl health", "thesis 4.2"},
    {"LASTVOTER", "Nobody could vote any more.", "add a voter first", NULL},
    {"NOTCAUGHTUP", "The node lacks too many entries to become a voter yet.",
     "raftctl status shows its LAG; again later", "thesis 4.2.1"},
    {"TOOSLOW", "The newcomer did not catch up in ten rounds: it stays a learner.",
     "the same command again, later: it goes on from there", "thesis 4.2.1"},
    {"NOPROGRESS",
     "The newcomer takes nothing, and the change was given up: the newcomer stays a learner, and "
     "whom it was to replace stays too. raftctl events tells it, with the reason.",
     "is its process running, and its peer port reachable? once it is, the same command again; if "
     "it is not to come, raftctl member remove NODE",
     "thesis 4.2.1"},
    {"NOSUCHMEMBER",
     "No member has that name: it is misspelt, it was removed, or it was not added yet. Nothing "
     "was done.", "raftctl member list says who they are; raftctl member add makes a node one",
     NULL},
    {"NOTARGET",
     "No such voter can take leadership: it is none, it leads already, or it is too far "
     "behind.", "raftctl member list", "thesis 3.10"},
    {"ROLE", "The member has that role already, or one for which this cannot be done.",
     "raftctl member list", NULL},
    {"TOOMANY",
     "More members than a cluster can have, those of before and after the change together.",
     "remove those that are not needed first: raftctl member list", NULL},
    {"QUORUMALIVE",
     "A forced recovery is refused: a quorum of the voters answers, and needs none.",
     "raftctl wait leader", NULL},
    {"BEHIND", "A forced recovery is refused: another node that answers has more of the log.",
     "recover that one", NULL},
    {"NOSESSION",
     "The client session of this write is not known: it has expired, or was displaced by "
     "others. Whether the write was applied it cannot say any more.",
     "read what it writes; if that is not there, the same without --session is another write",
     "thesis 6.3"},
    {"STALESEQ",
     "The answer of this write of a session has been forgotten, since its client had gone "
     "on. Nothing was done now.", "read what it wrote: raftctl get KEY", "thesis 6.3"},
    {"FIXED", "It is given when the node starts, and cannot be changed while it runs.",
     "raftd(8)", NULL},
    {"WRONGTYPE",
     "The key holds a value of another type, a list or a set perhaps. Nothing was done.",
     "a command for that type: raftctl txn takes those of redis-cli; or raftctl del KEY first",
     NULL},
    {"ERR",
     "The node does not know the command, or not with these arguments. Nothing was done.",
     "what is wrong stands in the error; an older raftd knows less: raftctl status shows versions",
     NULL},
    {"EXECABORT", "A transaction was not executed at all, since a command of it is refused.",
     "raftctl txn: mend the command that the error names", NULL},
    {"NOPROTO", "The client asked for a version of the protocol that raftd does not speak.",
     "HELLO 2 or HELLO 3", NULL},
    {"NOAUTH",
     "Whatever answers at the endpoint wants a password, which no raftd does.",
     "another server has that port: -e with the client port, or the admin socket, of a raftd",
     NULL},
    {"LEAVELIMIT",
     "Too many voters took themselves out of the cluster lately: at least half of those there were "
     "must stay. The node stays a member.",
     "raftctl leave again, later; or, if it is meant, raftctl member remove", "thesis 4.2"},
    {"GAP", "Changes of keys that a watch asks for are not kept any more.",
     "raftctl scan shows how the keys are now; watch goes on from there", NULL},
    {"NOPERM",
     "The node refuses that on this connection, or the system does not let you read a data "
     "directory.",
     "by the admin socket: -e unix:PATH; a directory as the user that its raftd runs as", NULL},
    {"UNREACHABLE",
     "None of the endpoints could be asked. Of one node: it did not answer raftctl, for the reason "
     "told; other nodes may reach it all the same.",
     "is a raftd running there? its client port or its admin socket is meant, not its port"
     " for peers", NULL},
    {"PEERPORT", "A raftd has that port for its peers, and serves clients at another one.",
     "-e with the client port that the error names, or with the node's admin socket", NULL},
    {"NOLAB", "There is no lab of that name.", "raft-emulator ps", NULL},
    {"USAGE", "The command line is wrong.", "raftctl VERB --help", NULL},
    {"CONFIG", "The configuration file is wrong.", "raftctl(1), FILES", NULL},
    {"INPUT", "What was read is too long, or not what it should be.",
     "the error names what was read; of a file of commands, raftctl --help shows what they are",
     NULL},
    {"NOINPUT", "The file to be read is not there.", "is its name right, seen from here?", NULL},
    {"DAMAGED", "The file, or the data directory, is not what was written.",
     "take another one; why says where it is damaged", NULL},
    {"DATA",
     "A data directory cannot be read: there is no node in it, its raftd runs, or it is of "
     "another version.",
     "is that the node's --data-dir, and its raftd stopped?", NULL},
    {"LIMIT", "What a node answers is longer than this side takes.",
     "less of it: one node at a time, or fewer entries", NULL},
    {"COMMAND", "The program to be run for each event of watch could not be started.",
     "is the name behind -- right, and may it be executed?", NULL},
    {"SHELL", "A command of the shell itself, one with a backslash, could not be done.",
     "\\help shows what they are", NULL},
    {"NOTEMPTY", "The cluster to restore a snapshot into holds keys.",
     "another cluster, or with --yes, which removes them", NULL},
    {"NORAFTD", "The program raftd, which reads the files of nodes, was not found.",
     "put it beside raftctl, or into PATH", NULL},
    {"CANNOTCREATE", "The file cannot be written, or is there already: none is overwritten.",
     "give the name of a file that is not there yet, in a directory that may be written; the error "
     "says what is in the way", NULL},
    {"NOSNAPSHOT", "The node has no snapshot, or another one by now.", "raftctl snapshot take",
     NULL},
    {"IO", "Reading or writing failed on this side, for the reason told.",
     "is the disk full, the directory writable, the reader of a pipe gone?", NULL},
    {"INTERNAL", "A node answered with something that makes no sense here.",
     "is it a raftd, of the same version? raftctl status", NULL},
    {"ABSENT", "There is nothing at the place that --at names.",
     "without --at, with -o json, all of it is shown", NULL},
    /* ---- exit codes ---- */
    {"0", "Exit code: yes, or done.", NULL, NULL},
    {"1",
     "Exit code: no. A key that must exist is absent, the value is another one, a check "
     "failed, or the node refuses.", "the error's name, in brackets: raftctl explain NAME", NULL},
    {"2", "Exit code: not known. See UNKNOWN and TIMEOUT.",
     "raftctl explain UNKNOWN, raftctl explain TIMEOUT", NULL},
    {"64", "Exit code: the command line is wrong.", "raftctl VERB --help", NULL},
    {"65", "Exit code: what was read is wrong. See INPUT.", "raftctl explain INPUT", NULL},
    {"66", "Exit code: what is to be read is not there. See NOINPUT.", "raftctl explain NOINPUT",
     NULL},
    {"69", "Exit code: no node answered.", "raftctl explain UNREACHABLE", NULL},
    {"70", "Exit code: an answer makes no sense. Of raftd: it found itself wrong, and stopped.",
     "raftctl explain INTERNAL; of raftd, keep its log and the core, and start it again", NULL},
    {"73", "Exit code: what is to be written cannot be.", "raftctl explain CANNOTCREATE", NULL},
    {"74", "Exit code: reading or writing failed. Of raftd: its disk.", "raftctl explain IO", NULL},
    {"75", "Exit code: not applied, and it may be tried again.",
     "the error's name says when: raftctl explain NAME", NULL},
    {"77", "Exit code: not permitted. See NOPERM.", "raftctl explain NOPERM", NULL},
    {"78", "Exit code: the configuration is wrong.",
     "raftctl explain CONFIG; of raftd: raftd --check-config", NULL},
    {"130", "Exit code: ^C ended it.", "raftctl explain CANCELLED", NULL},
    {"86",
     "Exit code of raftd: it was removed from the cluster. Its directory is of no use any "
     "more.", "an empty directory, raftd --join, raftctl member add", NULL},
    /* ---- words ---- */
    {"quorum",
     "More than half of the voters. Without one that reaches each other nothing is "
     "committed: 2 of 3, 3 of 5.", NULL, "thesis 3.3"},
    {"no quorum",
     "Fewer voters reach each other than are needed. Writes wait or fail, linearizable "
     "reads too; --stale reads are answered by nodes that have heard a leader since their start.",
     "1. raftctl health: who is missing, and why. 2. start it again, or mend the network. "
     "3. if it is lost for good while a quorum is left: raftctl member replace. 4. if most"
     " are lost for good: raftctl recover --survivor NODE, or data recover DIR where no raftd "
     "runs: what only the others had is lost", "thesis 3.4, 4.2"},
    {"term",
     "Counts elections. In each there is at most one leader; whoever hears of a later one "
     "stops leading.", NULL, "thesis 3.3"},
    {"leader", "The one node that takes writes and orders them, for the time of its term.", NULL,
     "thesis 3.4"},
    {"follower", "A voter that takes the leader's log, and campaigns if it hears of none.", NULL,
     "thesis 3.3"},
    {"candidate", "A voter that asks the others for their votes.", NULL, "thesis 3.4"},
    {"pre-candidate",
     "A node that asks whether it would be elected, before it raises the term: alone, or cut off, "
     "it stays one.", NULL, "thesis 9.6"},
    {"starting", "A node that answers and has not read its log and its snapshot yet.", NULL, NULL},
    {"recovered",
     "The quorum was lost, and the cluster went on by force without the members named: what only "
     "they had is lost. Its generation is how often that was so.", "raftctl help recover", NULL},
    {"voter", "A member whose vote and whose log count for a quorum.", NULL, "thesis 3.3"},
    {"outgoing",
     "A voter of the configuration that a change of several voters is about to leave: it counts "
     "until that ends. See joint.", "raftctl wait healthy", "thesis 4.3"},
    {"down",
     "What a wait for node=NAME:down waits for: that member is unreachable, as raftctl sees it.",
     NULL, NULL},
    {"caught up", "A node that follows the leader and has applied what is committed.",
     "raftctl wait caught-up", NULL},
    {"well", "A voter that answers raftctl, and leads or follows the leader of the latest term.",
     "raftctl health", NULL},
    {"contact", "How long ago the leader heard of a node. Everything else in a line of status is "
     "the node's own answer to this one question.", NULL, "thesis 6.2"},
    {"not a member", "A node that answers and is not of the cluster's configuration. See orphan.",
     "raftctl member list", NULL},
    {"another cluster", "A node that answers and has another cluster's id: its data are none of "
     "this one's.", "is its --data-dir, and the port it was asked at, what was meant?", NULL},
    {"learner",
     "A member that gets the log and does not vote: it is catching up, or serves reads.",
     "raftctl member promote NODE", "thesis 4.2.1"},
    {"witness", "A member that votes and keeps no data: it never leads and answers no reads.",
     NULL, NULL},
    {"commit",
     "An entry of the log that a quorum has on disk is committed: it stays, whoever fails."
     " COMMIT is up to where.", NULL, "thesis 3.5"},
    {"applied", "Up to where a node has executed the committed entries.", NULL, "thesis 3.2"},
    {"lag", "Entries of the leader's log that a node is not known to have.", NULL, NULL},
    {"rev", "The index in the log of the write that made a value. It only grows.", NULL, NULL},
    {"index",
     "The number of an entry in the log; in an answer, the place of the log at which it is"
     " true.", NULL, "thesis 3.5"},
    {"lease",
     "As long as a leader's lease lasts nobody else can lead, if clocks keep to their "
     "drift: it answers reads alone.", NULL, "thesis 6.4.1"},
    {"linearizable",
     "A read or write that takes effect at one moment between its question and its answer,"
     " for everybody.", NULL, "thesis 6"},
    {"joint",
     "While several voters change at once, two quorums are needed for everything: one of "
     "the old and one of the new voters.",
     "it ends by itself once both answer: raftctl wait healthy", "thesis 4.3"},
    {"session",
     "A client's name for its writes: one that is sent again, since its answer was lost, "
     "is not executed again.", NULL, "thesis 6.3"},
    {"snapshot", "The state as of one entry; the log before it can go.", "raftctl snapshot take",
     "thesis 5"},
    {"split brain",
     "Two leaders at once. In one term there cannot be; an old one may still believe it "
     "leads, but commits nothing and answers no linearizable reads.", NULL, "thesis 3.4, 6.4"},
    {"priority", "Which voters lead by preference. 0: only if nobody else does.",
     "raftctl member priority NODE N", NULL},
    {"drained",
     "A voter of priority 0: it leads only if nobody else does, so that it can be stopped.",
     "raftctl member priority NODE 100", NULL},
    {"orphan", "A node that is no member of its own configuration: removed, or not yet added.",
     "raftctl member add NODE HOST:PORT", "thesis 4.2.3"},
};
/* clang-format on */

const struct explanation *explain_all(size_t *ret_count)
{
    *ret_count = ARRAY_LEN(table);
    return table;
}

char explain_plain(char c)
{
    return c == '-' || c == '_' ? ' ' : (char)tolower((unsigned char)c);
}

const struct explanation *explain_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const char *a = table[i].name, *b = name;
        while (*a != '\0' && explain_plain(*a) == explain_plain(*b))
            a++, b++;
        if (*a == '\0' && *b == '\0')
            return &table[i];
    }
    return NULL;
}
