/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One node, and what its parts offer each other: README.md says which file does what. Private to
 * this folder and the rooms in it. */
#ifndef NODE_NODE_PRIVATE_H
#define NODE_NODE_PRIVATE_H

#include "base/buf.h"
#include "kv/envelope.h"
#include "kv/machine.h"
#include "node/clients/clients.h"
#include "node/clients/watch.h"
#include "node/contacts.h"
#include "node/idmap.h"
#include "node/images/images.h"
#include "node/journal.h"
#include "node/marks.h"
#include "node/members/leave.h"
#include "node/members/members_codec.h"
#include "node/members/witness.h"
#include "node/metrics.h"
#include "node/pace.h"
#include "raft/node.h"
#include "store/recover.h"

/* Entries the leader may append in one turn, and applies in one: bounds a turn's length. */
#define NODE_BATCH_ENTRIES 2048
#define NODE_APPLY_ENTRIES 2048
#define NODE_UNSENT_MAX    (RAFT_OUT_MESSAGES + 1)

/* A membership change that a client asked for, at the leader. */
enum change_phase {
    CHANGE_IDLE,
    CHANGE_QUEUED,     /* until one that nobody asked for has committed */
    CHANGE_COMMITTING, /* until a configuration from index on, not joint, is committed */
    CHANGE_CATCHING_UP /* the new learner, before it becomes a voter */
};

/* Who is to be made a voter once it has caught up. */
struct newcomer {
    raft_id id;
    uint32_t rounds; /* it had behind it when it began to be waited for */
};

/* Of what was asked for; what is longer is cut where it is shown. */
#define CHANGE_ASKED_MAX 120

/* A change in up to two steps: wanted first; then, when all newcomers have caught up, they become
 * voters and the leavers go, in one configuration. */
struct member_change {
    enum change_phase phase;
    struct request *request;          /* NULL: its client is gone */
    char asked[CHANGE_ASKED_MAX + 1]; /* its words, without what it may end with */
    size_t asked_words;
    uint64_t asked_ns;
    struct membership wanted; /* names and addresses of what is being appended */
    uint64_t expected;        /* the configuration it was asked for; 0: any */
    uint64_t patience_ns;     /* of who asked, with newcomers that stand still; 0: as usual */
    uint64_t index;
    struct newcomer newcomers[LIMIT_MEMBERS];
    uint32_t newcomers_count;
    raft_id leavers[LIMIT_MEMBERS];
    uint32_t leavers_count;
    uint64_t waiting_since_ns; /* for them to catch up */
    uint64_t deadline_ns;
    struct buf payload;
};

/* Who waits for leadership to be handed over. */
struct transfer_waiter {
    struct request *request;
    bool stepdown; /* to whom does not matter */
    bool force;
    bool best;                        /* no name was given */
    char target[LIMIT_NODE_NAME + 1]; /* for the answer */
};

#define NODE_TRANSFER_WAITERS 16

/* A forced recovery that a client asked for. */
enum recovery_phase {
    RECOVERY_IDLE,
    RECOVERY_PROBING, /* who answers, and how much it has */
    RECOVERY_WRITING  /* the entry that says so; until it is durable nobody is listened to */
};

struct recovery {
    enum recovery_phase phase;
    struct request *request; /* NULL: its client is gone */
    uint64_t request_id;
    uint64_t probe_ns; /* the next time to ask */
    uint64_t until_ns;
    raft_id answered[2 * LIMIT_MEMBERS];
    size_t answered_count;
    struct raft_pos best; /* the furthest log: own, or of best_id */
    raft_id best_id;
    struct membership before;
    struct membership after;
    uint64_t index; /* of the entry */
};

/* What a peer said of itself when it greeted last. */
struct acquaintance {
    uint64_t disk;
    uint64_t incarnation;
    char address[LIMIT_ADDRESS + 1];
};

/* Somebody whom the host cannot dial. */
struct unreached {
    uint64_t heard_ns; /* since then, what it says arrives here; 0: nothing did. A connection that
                          stands says nothing: those of dead hosts stand for long */
    bool heard;        /* lately, when an attempt failed last */
    bool visits;       /* it dials this node all the same */
    char why[120];
};

struct node {
    struct node_options options; /* strings inside are owned copies */
    bool cluster_said;           /* its name, by options: a directory must have the same */
    struct env env;
    uint64_t disk; /* digest of the disk id: what peers and traces see */
    raft_id self;
    struct peer_link link;
    uint64_t now_ns; /* of the present event */
    uint64_t opened_ns;
    bool dead;  /* env.fatal was called */
    bool again; /* the turn left work: wake at once */

    /* disk */
    struct store store;        /* everything of the data directory; open if wal is not NULL */
    struct wal *wal;           /* the store's */
    struct meta *meta;         /* the store's */
    struct wal_run *boot_runs; /* until the core runs; owned */
    size_t boot_runs_count;
    uint64_t hold_ns; /* promise read from the disk at start */
    uint64_t durable_reported;
    int reserve_status;        /* of the wal, as last seen and said */
    uint64_t reserve_retry_ns; /* while it is not 0 */

    /* core */
    struct raft *raft; /* NULL until everything found or founded at start is durable */
    struct raft_output *out;
    enum raft_role role; /* as of the last output: to see changes */
    uint64_t term;
    uint64_t commit;
    raft_id leader;
    uint64_t wake_at_ns;
    struct {
        raft_id peer;
        uint64_t first;
    } unsent[NODE_UNSENT_MAX];
    size_t unsent_count;

    /* membership in force */
    uint64_t config_index;
    struct membership membership;
    /* Those before: connected to until the change is committed and a while longer, since a leader
     * that is removed needs answers, and a member that is removed has to be told. */
    struct membership former;
    uint64_t former_until_ns; /* RAFT_NEVER: not committed yet */
    struct node_peer
        visitors[LIMIT_MEMBERS]; /* said hello, and are no members that are known here */
    size_t visitors_count;
    struct idmap acquaintances;    /* id → owned struct acquaintance */
    struct idmap peer_names;       /* id → owned string, learned from handshakes: votes go to
                                      candidates that are no members here yet */
    struct idmap client_addresses; /* member id → owned string, learned from handshakes */
    struct idmap peer_faults;      /* member id → owned string: why its handshake was refused */
    raft_id stranger; /* where it should be one of another cluster answers; 0: nobody */
    char stranger_text[ERR_TEXT_MAX + 80];
    struct idmap unreached; /* id → owned struct unreached, until it is reached */
    struct idmap said_once; /* checksums of lines that are said once, however often they hold */

    /* log clock, as leader */
    uint64_t stamp_base;
    uint64_t stamp_base_at_ns;
    uint64_t stamp_appended; /* of the newest entry of this leader, or what it began from */
    uint64_t tick_retry_ns;  /* not earlier, after one that was refused */

    struct pace pace; /* as leader */
    struct contacts contacts;
    uint64_t pace_warned_ns; /* when it was last said; 0: never */

    /* peers */
    struct buf frame;          /* an outgoing frame being built */
    struct peer_raft incoming; /* reused by every message */
    struct entry *entries;     /* an outgoing message's, or a proposal's; reused */
    struct buf payloads;       /* their bytes */
    struct raft_config incoming_configs[RAFT_CONFIGS]; /* of that message */
    struct raft_entry_info *infos;
    size_t infos_cap;

    /* state machine */
    struct machine *machine;
    uint64_t applied;
    struct raft_pos met; /* the first leader since start: its term, and how far it knew the log to
                            be committed; term 0: none yet */
    struct buf unheard;  /* the answer to a command that nobody here waits for; reused */
    bool bare;           /* the log or image here lacks the commands of clients: a witness's */
    struct command_words *words; /* scratch of reads and forwarded commands */

    struct images images;

    struct history *history; /* recent changes; owned */
    struct watcher_list watchers;
    size_t watchers_count;
    struct buf watch_out; /* of one of them, in this turn */

    struct metrics metrics;
    struct journal journal;
    struct marks marks;
    struct clients clients;
    struct transfer_waiter transfers[NODE_TRANSFER_WAITERS]; /* for the end of one transfer */
    size_t transfers_count;
    bool transfer_asked;  /* the last of them, in the present step */
    bool transfer_forced; /* one of them wants this node to lead no more, come what may */
    struct member_change change;
    struct recovery recovery;
    bool peers_stale;      /* somebody lives elsewhere than the host was told */
    uint64_t bonds_index;  /* committed configuration up to which bonds were looked through */
    uint64_t labels_at_ns; /* not earlier: another look at what the configuration says of members */
    uint64_t labels_index; /* the newest entry that came of it */
    struct leave leave;    /* of this node */
    struct leave_queue leave_queue; /* of others, at the leader */
    struct voters_window voters;
    struct trace trace;
    uint64_t applied_traced;
};

/* node.c: the state machine is another one from here on (of an image); takes it over. */
void node_take_machine(struct node *n, struct machine *machine);

/* start.c */
int start_open(struct node *n, int *ret_exit, struct err *e) MUST_CHECK;
bool start_ready(
    const struct node *n);       /* nothing of what was found or founded waits for the disk */
void start_core(struct node *n); /* precondition: start_ready */

/* pump.c */
void node_step(struct node *n, const struct raft_event *event); /* no-op before start, when dead */
void node_timeout(struct node *n); /* the core looks at its deadlines, and hears of the disk */
void node_die(struct node *n, int exit_code, const char *fmt, ...) PRINTF_LIKE(3, 4);
void node_refresh_membership(struct node *n);
void node_tell_peers(struct node *n);
void node_drop_former(struct node *n); /* once a turn */

/* persist.c */
void persist_output(struct node *n, const struct raft_event *event);
void persist_flush(struct node *n);
void persist_done(struct node *n, struct vfs_op *op, int status);
/* The log clock of a leader: never falls, runs only while there is a leader. */
uint64_t node_stamp(const struct node *n);

/* tick.c */
void tick_advance(struct node *n); /* once a turn */
uint64_t tick_wake(const struct node *n);

/* space.c */
void space_advance(struct node *n); /* once a turn, after the flush */
uint64_t space_wake(const struct node *n);

/* outbox.c */
void outbox_send(struct node *n);
bool outbox_forward(struct node *n, struct request *r);
void outbox_forward_reply(struct node *n, const struct request *r);

/* apply.c */
void apply_committed(struct node *n);
void apply_reads(struct node *n);

/* session.c: RAFT SESSION OPEN|CLOSE|WRITE: fills n->frame with the payload of its entry. */
int session_payload(struct node *n, const struct span *argv, size_t argc, enum entry_kind *ret_kind,
                    struct err *e) MUST_CHECK;

/* The numbers of a write: ID SEQ FIRST_OPEN. */
int session_numbers(const struct span argv[static 3], struct session_write *ret,
                    struct err *e) MUST_CHECK;

/* requests.c */
void requests_issue(struct node *n, struct request *r); /* a request whose turn has come */
void requests_propose(struct node *n);                  /* the turn's writes as one batch */
/* The batch proposed by the present step was appended at first… in term. */
void requests_appended(struct node *n, uint64_t first, uint64_t term);
void requests_forward_reply(struct node *n, const struct peer_forward_reply *reply);
void requests_forwarded(struct node *n, const struct peer_forward *forward);
void requests_peer_lost(struct node *n, raft_id peer);
void requests_covered(struct node *n); /* an image took the place of entries up to applied */
void requests_deadlines(struct node *n);
uint64_t requests_wake(const struct node *n);
/* Gives a request its answer; it is then delivered or dropped. Precondition: not answered. */
void requests_answer(struct node *n, struct request *r, enum peer_outcome outcome);
void requests_fail(struct node *n, struct request *r, const char *error);
void requests_unknown(struct node *n, struct request *r, const char *why);
void requests_fail_no_leader(struct node *n, struct request *r);

/* redirect.c */
const char *clients_address_of(const struct node *n, raft_id id); /* NULL: not known here */
#define REQUESTS_NO_LEADER_MAX 128
/* "CODE sentence": nobody to send a request to, for no leader is known here, or this is no member.
 */
void requests_no_leader(const struct node *n, char ret[REQUESTS_NO_LEADER_MAX]);
/* Who leads, and where it serves clients, as far as this node knows. Precondition: it does not. */
void requests_say_leader(const struct node *n, struct buf *reply);
/* A write of a client that follows the leader itself. Precondition: another node leads. */
void requests_redirect(struct node *n, struct request *r);
/* RAFT FORWARD; argv is what follows. */
void requests_forward_mode(struct client *c, const struct span *argv, size_t argc,
                           struct buf *reply);

/* current.c: since this start all is applied that was committed when a leader was first met. */
void current_step(struct node *n, const struct raft_event *event); /* after each */
bool current_is(const struct node *n);
void current_refuse(struct node *n, struct request *r); /* a local read. Precondition: it is not */

/* reads.c */
void reads_issue(struct node *n, struct request *r); /* a read whose turn has come */
/* A witness has nothing to read from. */
void reads_fail_bare(struct node *n, struct request *r);
void reads_ask(struct node *n);  /* the turn's reads, those of a mode as one */
void reads_done(struct node *n); /* what the last step said of them */
/* A local read may not be answered: the leader was last heard too long ago. */
bool reads_stale(const struct node *n, const struct request *r);
void reads_fail_stale(struct node *n, struct request *r);
void reads_expire(struct node *n, struct request *r);
/* RAFT READMODE and RAFT SEEN; argv is what follows. */
void reads_mode(struct node *n, struct client *c, const struct span *argv, size_t argc,
                struct buf *reply);
void reads_seen(struct client *c, const struct span *argv, size_t argc, struct buf *reply);

uint64_t requests_deadline_ns(const struct node *n); /* how long a request may take */
/* A request of a client whose payload stands in n->frame; code and e say whether it could be made:
 * if not, it is answered already. */
struct request *requests_new(struct node *n, struct client *client, enum request_kind kind,
                             int code, const struct err *e, enum entry_kind entry_kind);
/* One without a payload, to be answered by the caller. */
struct request *requests_new_empty(struct node *n, struct client *client, enum request_kind kind);
/* A write, forwarded or of a client: a payload whose form fits and a command that writes. */
bool requests_payload_valid(struct node *n, struct span payload, enum entry_kind *ret_kind);

/* admin.c: true if argv is no data command; then it was answered into r->reply, or r is parked and
 * will be answered later. */
bool admin_execute(struct node *n, struct client *c, const struct span *argv, size_t argc,
                   struct request *r);
/* The client of a parked command is gone. */
void admin_forget(struct node *n, struct request *r);
/* change_want.c: what RAFT MEMBER asks for of the membership now in force. Fills wanted, expected,
 * patience, newcomers and leavers of *c. Returns 0, -E_INVALID, -E_NOTFOUND: no
 * member has that name, or -E_LIMIT: too many members. */
int change_want(const struct membership *now, const struct span *argv, size_t argc,
                struct member_change *c, struct err *e) MUST_CHECK;
/* change.c */
void change_request(struct node *n, struct request *r, const struct span *argv, size_t argc);
/* Whether a change may be asked for here and now: fills *c as change_want does, else answers into
 * reply. */
bool change_understood(const struct node *n, const struct span *argv, size_t argc,
                       struct member_change *c, struct buf *reply);
/* The second step: of base, with c's newcomers as voters and without those who go. */
void change_second(const struct membership *base, const struct member_change *c,
                   struct membership *ret);
/* change_preview.c: RAFT MEMBER DRYRUN; argv is what follows. */
void change_preview(const struct node *n, const struct span *argv, size_t argc, struct buf *reply);
void change_advance(struct node *n); /* once a turn */
/* The entry of the configuration that the core just appended; borrowed until the next. */
struct span change_payload(struct node *n);
/* Removes a member that wants to leave; nobody waits for the answer, and a newcomer that is being
 * added may go on catching up meanwhile. */
enum raft_change_answer change_remove_leaver(struct node *n, raft_id who);
/* "CODE sentence"; NULL if the change is on its way or needless. */
const char *change_refusal(enum raft_change_answer a);
/* tell.c: what a configuration changed of that of the newest applied entry, for the log. Called
 * before it takes its place. */
void tell_applied(struct node *n, const struct entry *e);
void tell_installed(struct node *n, const struct image_meta *m);
/* outsider.c: knows that it is no member. */
bool outsider_is(const struct node *n);
/* "NOTMEMBER sentence". Precondition: it is one. */
void outsider_refusal(const struct node *n, char *out, size_t size);
/* recovery.c */
/* What the configuration in force says, durably; blocking. */
int recovery_adopt_generation(struct node *n, struct err *e) MUST_CHECK;
void recovery_say(struct node *n); /* at the start: that there was one, and whom it gave up */
/* A Hello of another generation: why it is refused. May end this node. */
enum peer_refusal recovery_judge(struct node *n, const struct peer_hello *hello,
                                 char ret_detail[PEER_DETAIL_MAX + 1]);
void recovery_refused(struct node *n, const struct peer_hello_reply *reply);
/* A Hello of the same generation by somebody whom that one gave up: nothing that it says may count.
 * Says so in the log. */
bool recovery_rival(struct node *n, const struct peer_hello *hello,
                    char ret_detail[PEER_DETAIL_MAX + 1]);
/* recovery_online.c */
void recovery_request(struct node *n, struct client *client, struct request *r, struct span name);
void recovery_advance(struct node *n); /* once a turn */
uint64_t recovery_wake(const struct node *n);
void recovery_probed(struct node *n, const struct peer_probe *p);
void recovery_probe_reply(struct node *n, const struct peer_probe_reply *p);
/* bonds.c */
uint64_t bonds_disk(const struct node *n, raft_id id); /* 0: not known yet */
/* Whether votes and acknowledgements of a peer count: it greeted from the disk that its id is bound
 * to. A peer that is met for the first time is bound now and counts once that is durable. */
bool bonds_counts(struct node *n, raft_id id);
void bonds_forget(struct node *n); /* once a turn: those that a committed configuration settles */
enum peer_refusal bonds_judge(const struct node *n, const struct peer_hello *hello,
                              char ret_detail[PEER_DETAIL_MAX + 1]);
void bonds_greeted(struct node *n, const struct peer_hello *hello);
/* Where to dial it: as hinted, as it said itself, as configured. Borrowed. */
const char *labels_address(const struct node *n, const struct node_peer *peer);
/* Disks and addresses as far as they are known here. */
void labels_fill(const struct node *n, struct membership *m);
void labels_advance(struct node *n);    /* once a turn: writes them down, as leader */
bool labels_open(const struct node *n); /* the change under way is of that kind */
/* transfer.c */
void transfer_request(struct node *n, struct request *r, struct span target);
void transfer_stepdown(struct node *n, struct request *r, const struct span *argv, size_t argc);
void transfer_forget(struct node *n, const struct request *r); /* its client is gone */
void transfer_news(struct node *n);
void transfer_turn(struct node *n); /* once a turn */
/* notices.c */
void notices_say(struct node *n); /* of the last step */
/* status.c */
void status_json(struct node *n, struct buf *out);
void status_members(struct node *n, struct buf *out);

/* events.c */
void event_boot(struct node *n);
void event_output(struct node *n); /* decisions and role changes of the last step */
void event_message(struct node *n, const struct raft_message *m);
/* n->entries hold them. */
void event_proposed(struct node *n, uint64_t from, uint64_t to);
void event_appended(struct node *n, uint64_t from, uint64_t to);
void event_truncated(struct node *n, uint64_t from);
void event_vote_persisted(struct node *n, raft_id candidate);
void event_durable(struct node *n, uint64_t durable);
void event_fsync_begin(struct node *n);
void event_committed(struct node *n, uint64_t to);
void event_executed(struct node *n, const struct machine_result *result);
void event_applied(struct node *n);
/* index: of the configuration that says so; 0: it is the first disk that the peer came with. */
void event_bound(struct node *n, raft_id id, uint64_t disk, uint64_t index);
void event_config(struct node *n, uint64_t index, const struct membership *m);
void event_config_committed(struct node *n, uint64_t index);
void event_read_served(struct node *n, enum trace_read how, uint64_t point);
void event_snapshot_begin(struct node *n, uint64_t index);
void event_snapshot_taken(struct node *n, uint64_t index, uint64_t digest);
void event_snapshot_chunk(struct node *n, const struct raft_message *m); /* received */
void event_snapshot_installed(struct node *n, uint64_t index, uint64_t digest);

#endif
