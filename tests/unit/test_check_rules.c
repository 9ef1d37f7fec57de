/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every Raft rule sees a trace that breaks it and it alone; lawful traces break none. */
#include "emulator/check/check.h"
#include "emulator/trace/merge.h"
#include "tests/support/tracetext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Three nodes elect n1, which commits a no-op and one write; a read follows. */
static const char base[] =
    "1 n1 1 boot vote=null base=0:0 last=1:1 image=0 durable=1 chain=#1 config_index=1 "
    "voters=[n1,n2,n3] old=[] learners=[]\n"
    "2 n2 1 boot vote=null base=0:0 last=1:1 image=0 durable=1 chain=#1 config_index=1 "
    "voters=[n1,n2,n3] old=[] learners=[]\n"
    "3 n3 1 boot vote=null base=0:0 last=1:1 image=0 durable=1 chain=#1 config_index=1 "
    "voters=[n1,n2,n3] old=[] learners=[]\n"
    "10 n1 1 campaign pre=true for_term=2 last=1:1\n"
    "11 n2 1 voteGranted candidate=n1 pre=true for_term=2\n"
    "12 n1 2 campaign pre=false for_term=2 last=1:1\n"
    "13 n1 2 votePersisted candidate=n1\n"
    "14 n2 2 votePersisted candidate=n1\n"
    "15 n2 2 voteGranted candidate=n1 pre=false for_term=2\n"
    "16 n1 2 becameLeader last=1:1 config_index=1\n"
    "17 n1 2 appended from=2 to=2 runs=[[2,1]] marks=[[2,#2]]\n"
    "18 n2 2 appended from=2 to=2 runs=[[2,1]] marks=[[2,#2]]\n"
    "19 n1 2 fsyncEnd durable=2\n"
    "20 n2 2 fsyncEnd durable=2\n"
    "21 n2 2 appendAccepted peer=n1 match=2 for_term=2\n"
    "22 n1 2 progress peer=n2 match=2\n"
    "23 n1 2 committed to=2 chain=#2\n"
    "24 n1 2 applied to=2 digest=#d2\n"
    "25 - - clientInvoke op=1 client=c1 kind=write key=k value=v1\n"
    "26 n1 2 appended from=3 to=3 runs=[[2,1]] marks=[[3,#3]]\n"
    "27 n2 2 appended from=3 to=3 runs=[[2,1]] marks=[[3,#3]]\n"
    "28 n1 2 fsyncEnd durable=3\n"
    "29 n2 2 fsyncEnd durable=3\n"
    "30 n2 2 appendAccepted peer=n1 match=3 for_term=2\n"
    "31 n1 2 progress peer=n2 match=3\n"
    "32 n1 2 committed to=3 chain=#3\n"
    "33 n1 2 applied to=3 digest=#d3\n"
    "34 - - clientReturn op=1 outcome=ok result=null index=3 node=n1\n"
    "35 n2 2 committed to=3 chain=#3\n"
    "36 n2 2 applied to=3 digest=#d3\n"
    "37 n3 2 appended from=2 to=3 runs=[[2,2]] marks=[[3,#3]]\n"
    "38 n3 2 fsyncEnd durable=3\n"
    "39 n3 2 appendAccepted peer=n1 match=3 for_term=2\n"
    "40 n1 2 progress peer=n3 match=3\n"
    "41 n3 2 committed to=3 chain=#3\n"
    "42 - - clientInvoke op=2 client=c2 kind=read key=k\n"
    "43 n1 2 readServed mode=lease point=3\n"
    "44 - - clientReturn op=2 outcome=ok result=v1 index=3 node=n1\n";

/* n1 appends index 4, n2 stores it. */
#define FOUR                                                      \
    "200 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n" \
    "201 n2 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n" \
    "202 n1 2 fsyncEnd durable=4\n"                               \
    "203 n2 2 fsyncEnd durable=4\n"
#define FOUR_COMMITTED FOUR "204 n1 2 committed to=4 chain=#4\n"
/* n2 is elected for term 3 by n3, from 400 on. */
#define SECOND                                                 \
    "400 n2 3 campaign pre=false for_term=3 last=2:3\n"        \
    "401 n2 3 votePersisted candidate=n2\n"                    \
    "402 n3 3 votePersisted candidate=n2\n"                    \
    "403 n3 3 voteGranted candidate=n2 pre=false for_term=3\n" \
    "404 n2 3 becameLeader last=2:3 config_index=1\n"
#define REBOOT(t, node, term, rest)                                                 \
#t " " node " " #term " boot " rest " config_index=1 voters=[n1,n2,n3] old=[] " \
       "learners=[]\n"

struct rule_case {
    const char *what;
    const char *violates; /* names in the order of the registry, "" = none */
    const char *more;     /* after base */
};

static const struct rule_case cases[] = {
    {"the common beginning", "", ""},
    {"a second election, a lawful truncation, a restart", "",
     FOUR SECOND "405 n2 3 appended from=5 to=5 runs=[[3,1]] marks=[[5,#5]]\n"
                 "406 n3 3 appended from=4 to=5 runs=[[2,1],[3,1]] marks=[[5,#5]]\n"
                 "407 n2 3 fsyncEnd durable=5\n408 n3 3 fsyncEnd durable=5\n"
                 "409 n3 3 appendAccepted peer=n2 match=5 for_term=3\n"
                 "410 n2 3 progress peer=n3 match=5\n"
                 "411 n2 3 committed to=5 chain=#5\n"
                 "412 n1 3 steppedDown reason=term\n"
                 "420 n3 3 crashed cause=kill:9\n" REBOOT(
                     430, "n3#2", 3, "vote=n2 base=0:0 last=3:5 image=0 durable=5 chain=#5")},
    {"an uncommitted tail is replaced", "",
     "200 n1 2 appended from=4 to=6 runs=[[2,3]] marks=[[6,#6]]\n202 n1 2 fsyncEnd "
     "durable=6\n" SECOND "405 n2 3 appended from=4 to=4 runs=[[3,1]] marks=[[4,#34]]\n"
     "406 n1 3 steppedDown reason=term\n"
     "407 n1 3 truncated from=4\n"
     "408 n1 3 appended from=4 to=4 runs=[[3,1]] marks=[[4,#34]]\n"
     "409 n1 3 fsyncEnd durable=4\n410 n2 3 fsyncEnd durable=4\n"
     "411 n1 3 appendAccepted peer=n2 match=4 for_term=3\n"
     "412 n2 3 committed to=4 chain=#34\n413 n1 3 committed to=4 chain=#34\n"},
    {"unsynced entries may be lost", "",
     "200 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "201 n2 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "210 n2 2 crashed cause=kill\n" REBOOT(220, "n2#2", 2,
                                            "vote=n1 base=0:0 last=2:3 image=0 durable=3 "
                                            "chain=#3")},
    {"a snapshot, installed elsewhere", "",
     "200 n1 2 snapshotTaken index=3 digest=#d3\n"
     "210 n3 2 snapshotInstalled index=3 digest=#d3\n"
     "220 n1 2 crashed cause=power\n" REBOOT(
         230, "n1#2", 2, "vote=n1 base=2:3 last=2:3 image=3 durable=3 chain=#3")},
    {"joint change, one step at a time", "",
     "200 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "201 n1 2 configAppended index=4 voters=[n1,n4,n5] old=[n1,n2,n3] learners=[]\n"},
    {"effects sorted before their causes at one instant", "",
     FOUR "210 n1 2 appended from=5 to=5 runs=[[2,1]] marks=[[5,#5]]\n"
          "211 n2 2 appended from=5 to=5 runs=[[2,1]] marks=[[5,#5]]\n"
          "211 n1 2 fsyncEnd durable=5\n"
          "212 n1 2 committed to=5 chain=#5\n212 n2 2 fsyncEnd durable=5\n"
          "398 n2 3 campaign pre=false for_term=3 last=2:5\n399 n2 3 votePersisted candidate=n2\n"
          "400 n2 3 becameLeader last=2:5 config_index=1\n"
          "400 n3 3 votePersisted candidate=n2\n"
          "400 n3 3 voteGranted candidate=n2 pre=false for_term=3\n"
          "401 n1 4 steppedDown reason=term\n401 n3 4 campaign pre=false for_term=4\n"},
    {"a transfer overrides what was just heard", "",
     "200 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "201 n3 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "202 n1 2 timeoutNow target=n2\n"
     "203 n2 3 campaign pre=false for_term=3 last=2:3\n204 n2 3 votePersisted candidate=n2\n"
     "205 n3 3 votePersisted candidate=n2\n"
     "206 n3 3 voteGranted candidate=n2 pre=false for_term=3\n"
     "207 n2 3 becameLeader last=2:3 config_index=1\n"},

    /* R-INV-1 */
    {"two leaders of one term", "electionSafety",
     "400 n2 2 becameLeader last=2:3 config_index=1\n"},
    /* R-INV-4 */
    {"a leader with its own vote only", "electionSafety",
     "400 n2 3 campaign pre=false for_term=3 last=2:3\n401 n2 3 votePersisted candidate=n2\n"
     "402 n2 3 becameLeader last=2:3 config_index=1\n403 n2 3 fsyncBegin\n"},
    {"the same, at the very end", "electionSafety",
     "400 n2 3 campaign pre=false for_term=3 last=2:3\n401 n2 3 votePersisted candidate=n2\n"
     "402 n2 3 becameLeader last=2:3 config_index=1\n"},
    {"a quorum of the old half only", "electionSafety",
     "300 n2 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "300 n2 2 configAppended index=4 voters=[n4,n5,n6] old=[n1,n2,n3] learners=[]\n" SECOND},
    /* R-INV-2 */
    {"two votes in a term", "oneVotePerTermAcrossRestart",
     "200 n3 2 votePersisted candidate=n3\n201 n3 2 votePersisted candidate=n2\n"},
    {"two votes in a term, a restart between", "oneVotePerTermAcrossRestart",
     "200 n3 2 votePersisted candidate=n3\n210 n3 2 crashed cause=kill\n" REBOOT(
         220, "n3#2", 2,
         "vote=n3 base=0:0 last=2:3 image=0 durable=3 chain=#3") "230 n3#2 2 votePersisted "
                                                                 "candidate=n2\n"},
    /* R-INV-3 */
    {"a vote given before it is stored", "oneVotePerTermAcrossRestart",
     "400 n2 3 campaign pre=false for_term=3 last=2:3\n401 n2 3 votePersisted candidate=n2\n"
     "402 n3 3 voteGranted candidate=n2 pre=false for_term=3\n"},
    {"votes asked before the own one is stored", "oneVotePerTermAcrossRestart",
     "400 n2 3 campaign pre=false for_term=3 last=2:3\n402 n3 3 votePersisted candidate=n2\n"
     "403 n3 3 voteGranted candidate=n2 pre=false for_term=3\n"
     "404 n2 3 votePersisted candidate=n2\n"},
    /* R-INV-5 */
    {"a term falls", "termMonotonic", "200 n3 1 timeout what=election\n"},
    {"a promised term is forgotten", "termMonotonic",
     "210 n3 2 crashed cause=kill\n" REBOOT(
         220, "n3#2", 1, "vote=null base=0:0 last=2:3 image=0 durable=3 chain=#3")},
    /* R-INV-6 */
    {"a leader cuts its log", "leaderAppendOnly", "200 n1 2 truncated from=4\n"},
    {"a leader overwrites its log", "leaderAppendOnly",
     "200 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "201 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"},
    /* R-INV-7 */
    {"equal positions, different prefixes", "logMatching",
     "200 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "201 n3 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#44]]\n"},
    {"different prefixes, seen at a mark inside", "logMatching",
     "200 n1 2 appended from=4 to=70 runs=[[2,67]] marks=[[64,#64],[70,#70]]\n"
     "201 n3 2 appended from=4 to=66 runs=[[2,63]] marks=[[64,#65],[66,#66]]\n"},
    {"the log changed on disk", "logMatching",
     "210 n3 2 crashed cause=kill\n" REBOOT(
         220, "n3#2", 2, "vote=null base=0:0 last=2:3 image=0 durable=3 chain=#33")},
    /* R-INV-8 */
    {"a leader without a committed entry", "leaderCompleteness",
     FOUR_COMMITTED "400 n3 3 campaign pre=false for_term=3 last=2:3\n"
                    "401 n3 3 votePersisted candidate=n3\n402 n2 3 votePersisted candidate=n3\n"
                    "403 n2 3 voteGranted candidate=n3 pre=false for_term=3\n"
                    "404 n3 3 becameLeader last=2:3 config_index=1\n"},
    {"a leader without an entry that turns out committed", "leaderCompleteness",
     FOUR "400 n3 3 campaign pre=false for_term=3 last=2:3\n401 n3 3 votePersisted candidate=n3\n"
          "402 n2 3 votePersisted candidate=n3\n"
          "403 n2 3 voteGranted candidate=n3 pre=false for_term=3\n"
          "404 n3 3 becameLeader last=2:3 config_index=1\n405 n1 2 committed to=4 chain=#4\n"},
    {"a leader with another entry there", "leaderCompleteness",
     "199 n3 3 campaign pre=false for_term=3 last=2:3\n199 n3 3 votePersisted candidate=n3\n"
     "199 n3 3 appended from=4 to=4 runs=[[3,1]] marks=[[4,#34]]\n" FOUR_COMMITTED
     "402 n2 3 votePersisted candidate=n3\n"
     "403 n2 3 voteGranted candidate=n3 pre=false for_term=3\n"
     "404 n3 3 becameLeader last=2:3 config_index=1\n"},
    /* R-INV-9 */
    {"different states at one index", "stateMachineSafety", "200 n3 2 applied to=3 digest=#bad\n"},
    {"different states at a mark", "stateMachineSafety",
     "200 n3 2 applied to=3 digest=#d3 marks=[[2,#bad]]\n"},
    /* R-INV-10 */
    {"two entries committed at one index", "stateMachineSafety",
     FOUR_COMMITTED "300 n2 3 campaign pre=false for_term=3 last=2:4\n"
                    "301 n3 3 appended from=4 to=4 runs=[[3,1]] marks=[[4,#34]]\n"
                    "302 n3 3 committed to=4 chain=#34\n"},
    /* R-INV-11 */
    {"commit falls", "commitMonotonic", "200 n3 2 committed to=2 chain=#2\n"},
    /* R-INV-12 */
    {"commit beyond the log", "commitMonotonic", "200 n3 2 committed to=9\n"},
    {"applied beyond commit", "commitMonotonic", "200 n2 2 applied to=4 digest=#d4\n"},
    {"applied falls", "commitMonotonic", "200 n2 2 applied to=2 digest=#d2\n"},
    {"a committed entry is cut off", "commitMonotonic", "200 n3 2 truncated from=3\n"},
    {"a snapshot of what is not applied", "commitMonotonic",
     "200 n3 2 snapshotTaken index=3 digest=#d3\n"},
    /* R-INV-14 */
    {"a commit only the leader holds", "commitOnMajority",
     "200 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n202 n1 2 fsyncEnd durable=4\n"
     "204 n1 2 committed to=4 chain=#4\n205 n2 2 fsyncBegin\n"},
    {"a commit that is in memory only", "commitOnMajority",
     "200 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "201 n2 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n202 n1 2 fsyncEnd durable=4\n"
     "204 n1 2 committed to=4 chain=#4\n205 n2 2 fsyncBegin\n"},
    /* R-INV-13 */
    {"a commit by counting an old term", "commitOnMajority",
     FOUR "400 n2 3 campaign pre=false for_term=3 last=2:4\n401 n2 3 votePersisted candidate=n2\n"
          "402 n3 3 votePersisted candidate=n2\n"
          "403 n3 3 voteGranted candidate=n2 pre=false for_term=3\n"
          "404 n2 3 becameLeader last=2:4 config_index=1\n405 n2 3 committed to=4 chain=#4\n"},
    {"a commit without the new half", "ackedDurable,commitOnMajority",
     "200 n4 2 boot vote=null base=0:0 last=0:0 image=0 durable=0 config_index=0 voters=[] old=[] "
     "learners=[]\n200 n5 2 boot vote=null base=0:0 last=0:0 image=0 durable=0 config_index=0 "
     "voters=[] old=[] learners=[]\n200 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "200 n1 2 configAppended index=4 voters=[n1,n4,n5] old=[n1,n2,n3] learners=[]\n"
     "201 n2 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n202 n1 2 fsyncEnd durable=4\n"
     "203 n2 2 fsyncEnd durable=4\n204 n1 2 committed to=4 chain=#4\n"},
    {"an answer before the commit", "ackedDurable",
     "200 - - clientInvoke op=3 client=c1 kind=write key=k value=v2\n"
     "201 - - clientReturn op=3 outcome=ok result=null index=4 node=n1\n"},
    /* R-INV-15 */
    {"an acknowledged entry is gone in the end", "ackedDurable,promiseKept",
     "200 - - clientInvoke op=3 client=c1 kind=write key=k value=v2\n" FOUR_COMMITTED
     "210 - - clientReturn op=3 outcome=ok result=null index=4 node=n1\n"
     "220 n2 2 crashed cause=kill\n" REBOOT(
         230, "n2#2", 2, "vote=n1 base=0:0 last=2:3 image=0 durable=3 chain=#3")},
    /* R-INV-20 */
    {"a stale read by index", "freshRead",
     "200 - - clientInvoke op=3 client=c1 kind=read key=j\n"
     "201 - - clientReturn op=3 outcome=ok result=null index=2 node=n2\n"},
    /* R-INV-24 */
    {"a refused write is seen", "linearizable,failedNeverApplied",
     "200 - - clientInvoke op=3 client=c1 kind=write key=j value=w\n"
     "201 - - clientReturn op=3 outcome=fail error=BUSY\n"
     "202 - - clientInvoke op=4 client=c1 kind=read key=j\n"
     "203 - - clientReturn op=4 outcome=ok result=w index=3\n"},
    {"a refused append is seen", "linearizable,failedNeverApplied",
     "200 - - clientInvoke op=3 client=c1 kind=append key=j value=\",w\"\n"
     "201 - - clientReturn op=3 outcome=fail error=BUSY\n"
     "202 - - clientInvoke op=4 client=c1 kind=read key=j\n"
     "203 - - clientReturn op=4 outcome=ok result=\",w\" index=3\n"},
    /* R-INV-16 */
    {"two open configuration changes", "configOverlap",
     "200 n1 2 appended from=4 to=5 runs=[[2,2]] marks=[[5,#5]]\n"
     "200 n1 2 configAppended index=4 voters=[n1,n2,n3,n4] old=[] learners=[]\n"
     "201 n1 2 configAppended index=5 voters=[n1,n2,n3,n4,n5] old=[] learners=[]\n"},
    /* R-INV-17 */
    {"quorums that need not meet", "configOverlap",
     "200 n1 2 configAppended index=4 voters=[n1,n4,n5] old=[] learners=[]\n"},
    {"a change before the term's first commit", "configOverlap",
     SECOND "405 n2 3 appended from=4 to=5 runs=[[3,2]] marks=[[5,#35]]\n"
            "406 n2 3 configAppended index=5 voters=[n1,n2,n3,n4] old=[] learners=[]\n"},
    {"a learner leads", "configMembership",
     "200 n4 1 boot vote=null base=0:0 last=2:3 image=0 durable=3 chain=#3 config_index=1 "
     "voters=[n1,n2,n3] old=[] learners=[n4]\n"
     "400 n4 3 campaign pre=false for_term=3 last=2:3\n401 n4 3 votePersisted candidate=n4\n"
     "402 n2 3 votePersisted candidate=n4\n"
     "403 n2 3 voteGranted candidate=n4 pre=false for_term=3\n"
     "404 n3 3 votePersisted candidate=n4\n"
     "405 n3 3 voteGranted candidate=n4 pre=false for_term=3\n"
     "406 n4 3 becameLeader last=2:3 config_index=1\n"},
    /* R-INV-18 */
    {"a removed leader goes on", "configMembership",
     "200 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "200 n1 2 configAppended index=4 voters=[n2,n3] old=[] learners=[]\n"
     "201 n2 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n201 n2 2 fsyncEnd durable=4\n"
     "202 n3 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n203 n3 2 fsyncEnd durable=4\n"
     "204 n1 2 committed to=4 chain=#4\n"
     "205 n1 2 appended from=5 to=5 runs=[[2,1]] marks=[[5,#5]]\n"},
    /* R-INV-19 */
    {"a lease read beside a new leader", "leaseExclusive",
     SECOND "500 n1 2 readServed mode=lease point=3\n"},
    /* R-INV-22 */
    {"a snapshot of another state", "snapshotPrefix",
     "200 n1 2 snapshotTaken index=3 digest=#bad\n"},
    {"an installed snapshot of another state", "snapshotPrefix",
     "200 n3 2 snapshotInstalled index=3 digest=#bad\n"},
    /* R-INV-23 */
    {"a pre-vote changes a term", "preVoteNonDisruption",
     "400 n2 2 campaign pre=true for_term=3 last=2:3\n"
     "401 n3 3 voteGranted candidate=n2 pre=true for_term=3\n402 n3 3 fsyncBegin\n"},
    {"a vote in the hearing of a leader", "preVoteNonDisruption",
     "200 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "201 n2 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "205 n3 2 campaign pre=true for_term=3 last=2:3\n"
     "210 n2 2 voteGranted candidate=n3 pre=true for_term=3\n"},
    /* R-INV-25 */
    {"an acknowledgement before the sync", "promiseKept",
     "200 n1 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "201 n2 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n"
     "202 n2 2 appendAccepted peer=n1 match=4 for_term=2\n"},
    {"an acknowledgement of an older term", "promiseKept",
     "400 n2 3 campaign pre=false for_term=3 last=2:3\n"
     "401 n3 3 appendAccepted peer=n1 match=3 for_term=2\n"},
    {"a restart loses synced entries", "promiseKept",
     "210 n2 2 crashed cause=kill\n" REBOOT(
         220, "n2#2", 2, "vote=n1 base=0:0 last=2:2 image=0 durable=2 chain=#2")},
    {"a restart loses the vote", "promiseKept",
     "210 n2 2 crashed cause=kill\n" REBOOT(
         220, "n2#2", 2, "vote=null base=0:0 last=2:3 image=0 durable=3 chain=#3")},
    {"a restart loses the snapshot", "promiseKept",
     "200 n1 2 snapshotTaken index=3 digest=#d3\n210 n1 2 crashed cause=kill\n" REBOOT(
         220, "n1#2", 2, "vote=n1 base=0:0 last=2:3 image=0 durable=3 chain=#3")},
    {"a gap between snapshot and log", "promiseKept",
     "210 n1 2 crashed cause=kill\n" REBOOT(
         220, "n1#2", 2, "vote=n1 base=2:2 last=2:3 image=0 durable=3 chain=#3")},
    {"removed entries come back", "promiseKept",
     "200 n3 2 appended from=4 to=4 runs=[[2,1]] marks=[[4,#4]]\n201 n3 2 fsyncEnd durable=4\n"
     "300 n2 3 campaign pre=false for_term=3 last=2:3\n301 n3 3 truncated from=4\n"
     "302 n3 3 appended from=4 to=4 runs=[[3,1]] marks=[[4,#34]]\n303 n3 3 fsyncEnd durable=4\n"
     "310 n3 3 crashed cause=kill\n" REBOOT(
         320, "n3#2", 3, "vote=null base=0:0 last=2:4 image=0 durable=4 chain=#4")},
    {"a match index falls", "matchMonotonic", "200 n1 2 progress peer=n2 match=2\n"},
    {"a crash nobody planned", "noCrash", "200 n2 2 crashed cause=signal:6\n"},
};

static void append_name(char *out, size_t size, const char *name)
{
    if (out[0] != '\0')
        strncat(out, ",", size - strlen(out) - 1);
    strncat(out, name, size - strlen(out) - 1);
}

/* A violation tells what happened, by events that stand in the order of time. */
static void assert_told(const struct check_result *res)
{
    assert_true(res->sentence[0] != '\0');
    assert_true(res->paragraph[0] != '\0');
    assert_true(res->violations > 0);
    assert_true(res->events_count > 0);
    for (size_t i = 0; i < res->events_count; i++) {
        assert_true(res->events[i].what[0] != '\0');
        assert_true(res->events[i].node[0] != '\0' && res->events[i].node[0] != '?');
        assert_true(res->events[i].line > 0);
        assert_true(i == 0 || res->events[i - 1].t_ns <= res->events[i].t_ns);
    }
}

struct outcome {
    char violated[512];
    char vacuous[1024];
    bool early; /* the first violation was known before the end */
};

static void judge(const char *more, struct outcome *ret)
{
    static const char *const voters[] = {"n1", "n2", "n3"};
    struct check_facts facts = {.voters = voters,
                                .voters_count = 3,
                                .election_timeout_ns_min = 100,
                                .election_timeout_ns_max = 200};
    struct trace_names names = {0};
    struct merge m;
    struct err e = {0};
    const struct trace_record *rec;
    struct buf lines = {0};
    tracetext_expand(base, &lines);
    tracetext_expand(more, &lines);
    struct check_run *run = check_open(&facts, &names);
    merge_init(&m, &names);
    if (merge_add_memory(&m, "trace", lines.data, lines.len, &e) < 0)
        fail_msg("%s", e.text);
    int rc;
    while ((rc = merge_next(&m, &rec, &e)) == 1) {
        if (check_feed(run, rec, &e) < 0)
            fail_msg("%s", e.text);
    }
    if (rc < 0)
        fail_msg("%s", e.text);
    *ret = (struct outcome){.early = check_violated(run) != NULL};
    check_finish(run);
    for (size_t i = 0; i < check_results_count(run); i++) {
        const struct check_result *res = check_results_at(run, i);
        if (res->verdict == CHECK_VIOLATED) {
            append_name(ret->violated, sizeof(ret->violated), res->name);
            assert_told(res);
        } else if (res->verdict == CHECK_VACUOUS) {
            append_name(ret->vacuous, sizeof(ret->vacuous), res->name);
        } else {
            assert_int_equal(res->verdict, CHECK_OK);
            assert_true(res->seen > 0);
        }
    }
    merge_free(&m);
    check_free(run);
    buf_free(&lines);
}

static void every_rule_is_broken_alone(void **state)
{
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct outcome o;
        judge(cases[i].more, &o);
        if (strcmp(o.violated, cases[i].violates) == 0)
            continue;
        print_error("%s: violates '%s' instead of '%s'\n", cases[i].what, o.violated,
                    cases[i].violates);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* The common beginning already gives most rules something to compare. */
static void few_rules_are_idle(void **state)
{
    struct outcome o;
    (void)state;
    judge("", &o);
    assert_string_equal(o.vacuous,
                        "failedNeverApplied,leaderCompleteness,configOverlap,snapshotPrefix");
    judge("200 n1 2 snapshotTaken index=3 digest=#d3\n"
          "201 n1 2 configAppended index=4 voters=[n1,n2,n3,n4] old=[] learners=[]\n" SECOND
          "500 - - clientInvoke op=3 client=c1 kind=write key=j value=w\n"
          "501 - - clientReturn op=3 outcome=fail error=BUSY\n",
          &o);
    assert_string_equal(o.violated, "");
    assert_string_equal(o.vacuous, "");
}

/* The simulator stops at the first violation instead of running on. */
static void violations_are_known_at_once(void **state)
{
    struct outcome o;
    (void)state;
    judge("400 n2 2 becameLeader last=2:3 config_index=1\n", &o);
    assert_true(o.early);
    judge("", &o);
    assert_false(o.early);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_is_broken_alone),
        cmocka_unit_test(few_rules_are_idle),
        cmocka_unit_test(violations_are_known_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
