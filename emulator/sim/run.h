/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one simulated run is made of. Private to sim/. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "base/roster.h"
#include "emulator/clients/clients.h"
#include "emulator/disk/memvfs.h"
#include "emulator/disk/saves.h"
#include "emulator/runner/clocks.h"
#include "emulator/scenario/point.h"
#include "emulator/sim/hands.h"
#include "emulator/sim/pace.h"
#include "emulator/sim/sim.h"
#include "emulator/sim/watch.h"
#include "emulator/trace/outfile.h"
#include "raft/node.h"
#include "wire/resp.h"

#define SIM_DATA_DIR  "/data"
#define SIM_PEERS_MAX NODE_PEERS_MAX

/* A connection that a node has dialed; the other side only answers on it. */
struct sim_dial {
    uint64_t number; /* of the connection; 0: none */
    bool up;         /* the handshake is done */
    uint64_t retry_ns;
    uint64_t patience_ns; /* between tries; grows */
};

/* One stream of records: of a node, of the clients, of the steps. */
struct sim_teller {
    struct outfile file; /* not open unless the run is kept */
    uint64_t lines;
};

/* The common fields of a node's last record. */
struct sim_told {
    uint64_t t_ns, disk, inc, seq, term;
};

/* An event in the queue; at_ns 0: none. */
struct sim_alarm_event {
    uint64_t number, at_ns;
};

/* When somebody wants to be woken: put off with every heartbeat, or soon and late in turn. So that
 * the queue does not fill with events that mean nothing, those that are in it are used again: one
 * that comes early makes room for another. All-zero: never. */
struct sim_alarm {
    uint64_t numbers; /* given out so far */
    struct sim_alarm_event near, far;
    uint64_t due_ns; /* 0: nobody wants to be woken */
};

/* Invariants: node == NULL while no process runs; an event of another life is void. */
struct sim_node {
    struct sim *sim;
    unsigned index;
    raft_id id;
    char name[8];
    char says[8]; /* who it says it is: another, if it runs on a copy of that one's directory */
    bool copied;  /* two processes run, or ran, on its directory */
    char address[LIMIT_ADDRESS + 1];
    struct sim_teller trace;
    struct sim_told told;
    struct raft_glance glance; /* at its core, after its last event */
    uint64_t glanced;          /* the life in which that was */
    bool started;              /* once at least */
    unsigned moves;            /* how often it got another address */

    struct memvfs *disk;
    size_t disk_waiting; /* of these, whose time is over while the disk stalls */
    bool disk_struck;    /* in this life a call failed because a step wanted it */
    bool torn;           /* the power failed in the middle of a write */
    size_t disk_due;     /* operations whose end is in the queue */
    uint64_t disk_at_ns; /* of the last of them */
    struct prng disk_dice;

    struct node *node;
    bool born; /* false: the process runs, and still looks for a cluster to join */
    bool running;
    bool paused;             /* it stands still: suspended by a step, or stalled */
    bool suspended;          /* by a step */
    uint64_t stall_until_ns; /* it is stalled until then … */
    bool toils;              /* … because it is at work */
    bool reads;              /* … in a read that hangs as long as its disk does */
    double cpu_share;        /* of a processor; 1: it costs no time */
    uint64_t cpu_period;     /* the newest in which it worked … */
    uint64_t cpu_used_ns;    /* … and what of it is used */
    uint64_t life;
    struct sim_alarm timer;
    bool turn_due;
    struct world_start start; /* of this life */
    bool joined;              /* its directory is not a founder's */
    const char *leaving;      /* why it may end by itself; or NULL */
    const char *planned;      /* why it was told to end; or NULL */
    bool parting;             /* told to leave or to hand over first */
    char dying[64];           /* the point it crashes at; empty: it lives */
    struct vfs_op *late_op;   /* done, but not told before its stall is over; or NULL */
    int late_status;
    bool again; /* it starts again, so, when it has ended */
    struct world_start next;
    int fatal_exit; /* 0: it goes on */
    char fatal_text[ERR_TEXT_MAX];
    struct sim_event *deferred; /* owned: what came while it stood still */
    size_t deferred_count, deferred_cap;

    struct sim_dial dials[LIMIT_MEMBERS];
    uint64_t answered[LIMIT_MEMBERS]; /* the connection on which each other node dialed us */
    uint64_t dial_ns;                 /* none of its peers is to be dialed earlier */
    size_t peers_count;
    struct node_peer peers[SIM_PEERS_MAX]; /* whom it wants to be connected to */
};

#define SIM_POINTS_MAX 64

/* Where a node shall crash or stall. Invariant: number 0 = free. */
struct sim_point {
    uint64_t number;
    nodeset nodes;
    struct trace_point at;
    struct event_where where;
    char name[48];
    uint64_t left; /* times it comes there before it is hit */
    uint64_t stall_ns;
    int hit; /* the node that came there; -1: none has */
};

#define SIM_DISK_RULES_MAX 64

/* A fault of disks in force. Invariant: number 0 = free. */
struct sim_disk_rule {
    uint64_t number;
    nodeset nodes;
    struct world_disk what;
    uint64_t met[LIMIT_MEMBERS]; /* calls it was for, of each node */
};

#define SIM_QUESTIONS_MAX 64

/* A question of the administrator. Invariant: ticket 0 = free. */
struct sim_question {
    uint64_t ticket;
    unsigned node;
    uint64_t life;
    uint64_t client; /* its number at the node */
    bool forgotten;
    bool over; /* at the node: its answer is known, or on its way */
    enum world_reply reply;
    char text[WORLD_TEXT_MAX];
    struct buf request; /* until it arrives */
    struct resp_replies in;
};

/* The scenario's steps; then answers that are under way; then the nodes' orderly end. */
enum sim_phase { SIM_STEPS, SIM_ANSWERS, SIM_STOPS, SIM_OVER };

struct sim {
    const struct scenario *s;
    const struct sim_options *options;
    struct sim_outcome *outcome; /* the next */
    struct sim_outcome result;
    enum sim_phase phase;
    uint64_t phase_end_ns; /* of answers and stops, at the latest */
    bool stays;            /* it does not end by itself */
    bool passing;          /* time passes: until then, or until something has changed */
    uint64_t until_ns;
    uint64_t until_event; /* … and then, until so many events were taken */
    uint64_t seed;
    uint64_t limit_ns; /* of virtual time: a run that is not done by then never will be */
    uint64_t now_ns;
    struct sim_queue queue;
    struct sim_pace pace;
    struct sim_net *net;
    unsigned nodes_count;
    unsigned hosts;             /* that clients live on */
    bool admin_links;           /* the administrator asks over links: he is the last endpoint */
    struct sim_node *nodes;     /* owned, nodes_count long */
    struct roster roster;       /* of them; of two with one id the first */
    uint64_t connections;       /* numbered so far, of nodes and clients */
    struct buf greeting;        /* of a node to another, while it is written */
    struct connection *streams; /* of clients, a list */
    struct connection *streams_spare;
    uint64_t client_numbers; /* given out to nodes so far */
    struct sim_question questions[SIM_QUESTIONS_MAX];
    uint64_t tickets;
    struct sim_point points[SIM_POINTS_MAX];
    size_t points_end; /* all from there on are free, and were always */
    uint64_t points_numbers;
    struct sim_disk_rule disk_rules[SIM_DISK_RULES_MAX];
    size_t disk_rules_end; /* the same */
    uint64_t disk_numbers;
    struct disk_saves saves;
    uint64_t damages;     /* done so far */
    struct clocks clocks; /* of the hosts: all processes of one live by its */
    struct observer observer;
    struct trace_names *names;
    struct clients *clients;
    struct clients_io clients_io;
    struct sim_alarm *client_alarms; /* owned */
    struct workload *workload;
    struct sim_teller history, faults;
    nodeset harmed; /* of the bad disks, those that were told of */
    uint64_t told;  /* records so far */
    struct world world;
    struct runner *runner;
    int leader;        /* whom the clients know of */
    bool changed;      /* something the runner may wait for has happened */
    bool stopped;      /* by its judge: nothing is told any more */
    struct err failed; /* the run cannot go on */
    uint64_t digest;
};

/* For people, at the present time. */
void sim_say(struct sim *sim, const char *fmt, ...) PRINTF_LIKE(2, 3);
void sim_after(struct sim *sim, uint64_t ns, enum sim_event_kind kind, unsigned who,
               uint64_t number);

/* alarm.c: due then; 0: not at all. kind, who: of its event. */
void sim_alarm_set(struct sim *sim, struct sim_alarm *a, uint64_t due_ns, enum sim_event_kind kind,
                   unsigned who);
/* Its event has come: true if it is due, and no more from now on. */
bool sim_alarm_rings(struct sim *sim, struct sim_alarm *a, const struct sim_event *event);
/* This event of it is the one that rings. */
bool sim_alarm_counts(const struct sim_alarm *a, const struct sim_event *event);

/* options.c: a node's configuration as the daemon would read it. Errors: -E_INVALID. */
int sim_options_fill(const struct scenario *s, unsigned node, const struct world_start *how,
                     struct node_options *ret, struct err *e) MUST_CHECK;
bool sim_options_says(const struct scenario *s, unsigned node, const struct world_start *how,
                      const char *key, const char *value);
/* The first word of a command line that is no setting a simulated node has; NULL: none. */
const char *sim_options_unknown(const struct text_list *flags);

/* node.c: processes. */
int sim_node_init(struct sim *sim, unsigned index);
void sim_node_free(struct sim_node *n);
int sim_node_start(struct sim_node *n, const struct world_start *how, struct err *e) MUST_CHECK;
/* A copy of that one's directory, and its name: from its next start on it is the same member.
 * Precondition: it does not run. */
void sim_node_copy(struct sim_node *n, struct sim_node *of);
/* Another address from its next start on. */
void sim_node_readdress(struct sim_node *n);
void sim_node_kill(struct sim_node *n, int signal, const char *cause, uint64_t grace_ns);
void sim_node_suspend(struct sim_node *n, bool on); /* by a step */
/* True: the event was for this node and is dealt with, or kept until it moves again. */
void sim_node_event(struct sim_node *n, const struct sim_event *event);
/* Its host's clock, and what that shows. */
const struct host_clock *sim_node_clock(const struct sim_node *n);
uint64_t sim_node_now(const struct sim_node *n);
/* Its clock runs otherwise: so does its timer. */
void sim_node_rearm(struct sim_node *n);
/* Its turn will end after everything else of this instant. */
void sim_node_turn(struct sim_node *n);
struct sim_node *sim_node_of(struct sim *sim, raft_id id); /* NULL: none */
bool sim_node_serves(const struct sim_node *n);

/* still.c: it stands still for that long, in the middle of what it does: nothing of it leaves
 * before. One stall begins when the one before has ended. */
void sim_node_stall(struct sim_node *n, uint64_t ns);
/* The same, because it is at work: selectors do not call it paused. */
void sim_node_toil(struct sim_node *n, uint64_t ns);
/* A stall may be over. */
void sim_node_resume(struct sim_node *n);
/* What it has just done costs time, where it has less than a processor: when its share of the
 * period is used up, it stands still until the next one, as the kernel has it. */
void sim_node_pay(struct sim_node *n);
/* It moves no more for now: the event is kept until it does. */
void sim_node_defer(struct sim_node *n, const struct sim_event *event);
/* recover.c: its directory at rest goes on alone when it is started. Errors: -E_BUSY, -E_INVALID.
 */
int sim_node_recover(struct sim_node *n, struct err *e) MUST_CHECK;
/* The same, and it never goes on: cause is why. It is gone when the present event is over. */
void sim_node_strike(struct sim_node *n, const char *cause);

/* tell.c: records, on their way out. */
void sim_tell_node(struct sim_node *n, struct trace_record *rec);
void sim_tell_crash(struct sim_node *n, const char *cause, int code); /* -1: by a signal */
void sim_tell_usage(struct sim_node *n);
void sim_tell_history(struct sim *sim, const struct trace_record *rec);
void sim_tell_fault(struct sim *sim, const struct world_fault *fault);
/* whole.c: after an event of the node: NULL, or what is wrong with what became of its core. */
const char *sim_whole_look(struct sim_node *n);
/* standing.c: where every node stands now. */
void sim_stand(struct sim *sim, struct standings *ret);
/* Makes the file, of a run that is kept. Closing is right in every case. */
int sim_teller_open(struct sim *sim, struct sim_teller *t, const char *name,
                    struct err *e) MUST_CHECK;
int sim_teller_close(struct sim_teller *t, struct err *e) MUST_CHECK;

/* points.c */
int sim_points_add(struct sim *sim, nodeset nodes, const struct world_point *point,
                   uint64_t *ret_number, struct err *e) MUST_CHECK;
int sim_points_hit(const struct sim *sim, uint64_t number);
void sim_points_remove(struct sim *sim, uint64_t number);
void sim_points_event(struct sim_node *n, const struct trace_record *rec);
void sim_points_call(struct sim_node *n, enum memvfs_call call, const char *path, bool after);

/* node.c: an empty directory. */
void sim_node_fresh_disk(struct sim_node *n);

/* disks.c */
int sim_disks_add(struct sim *sim, nodeset nodes, const struct world_disk *fault,
                  uint64_t *ret_number, struct err *e) MUST_CHECK;
bool sim_disks_active(const struct sim *sim, uint64_t number);
void sim_disks_remove(struct sim *sim, uint64_t number);
void sim_disks_spare(struct sim *sim, uint64_t number, nodeset nodes);
int sim_disks_image(struct sim_node *n, enum world_image what, unsigned files, const char *mark,
                    struct err *e) MUST_CHECK;
/* Before a call: whether it fails. */
void sim_disks_call(struct sim_node *n, enum memvfs_call call, const char *path);
/* How much longer an operation takes; whether it hangs. */
uint64_t sim_disks_delay_ns(struct sim_node *n, const struct vfs_op *op);
bool sim_disks_hangs(const struct sim_node *n, const struct vfs_op *op);
bool sim_disks_read_hangs(const struct sim_node *n);
/* What a crash leaves of the present state. */
enum memvfs_crash sim_disks_crash(struct sim_node *n);
/* Whether an end by itself, with that exit code, is explained by its disk. */
bool sim_disks_blamed(const struct sim_node *n, int code);

/* rot.c */
int sim_disks_damage(struct sim_node *n, const struct world_damage *what, char text[WORLD_TEXT_MAX],
                     struct err *e) MUST_CHECK;
/* Before this file is synced: the power fails, if something was to be synced and the rule wants it.
 */
bool sim_disks_tear(struct sim_node *n, struct sim_disk_rule *r, const char *path);

/* clocks.c */
void sim_clocks_init(struct sim *sim);
int sim_clocks_add(struct sim *sim, nodeset nodes, const struct world_clock *fault,
                   uint64_t *ret_number, struct err *e) MUST_CHECK;
void sim_clocks_strobe(struct sim *sim, uint64_t number);

/* peers.c: connections between nodes. */
void sim_peers_enrol(struct sim *sim); /* whenever ids of nodes have changed */
void sim_peers_moved(struct sim *sim); /* … and addresses */
void sim_peers_wanted(struct sim_node *n, const struct node_peer *peers, size_t count);
bool sim_peers_send(struct sim_node *n, raft_id to, const void *frame, size_t len);
void sim_peers_dial(struct sim_node *n);
void sim_peers_packet(struct sim_node *n, const struct sim_packet *p);
/* Connections on these links end at both ends; returns how many were up. */
unsigned sim_peers_reset(struct sim *sim, const nodeset *links);
void sim_peers_died(struct sim_node *n); /* its host closes what its process had open */

/* streams.c: connections of clients. */
void sim_streams_io(struct sim *sim);
void sim_streams_free(struct sim *sim);
void sim_streams_at_node(struct sim_node *n, const struct sim_packet *p);
void sim_streams_at_client(struct sim *sim, const struct sim_packet *p);
void sim_streams_reply(struct sim_node *n, uint64_t client, const void *bytes, size_t len);
size_t sim_streams_unread(const struct sim_node *n, uint64_t client);
void sim_streams_hang_up(struct sim_node *n, uint64_t client);
unsigned sim_streams_reset(struct sim *sim, const nodeset *links);
void sim_streams_died(struct sim_node *n);
/* Whether a packet that got lost is still worth sending again. */
bool sim_streams_alive(const struct sim *sim, uint64_t connection);

/* admin.c */
int sim_admin_ask(struct sim *sim, unsigned node, const struct span *words, size_t count,
                  uint64_t *ret_ticket, struct err *e) MUST_CHECK;
enum world_reply sim_admin_reply(struct sim *sim, uint64_t ticket, char text[WORLD_TEXT_MAX]);
void sim_admin_done(struct sim *sim, uint64_t ticket);
void sim_admin_arrive(struct sim_node *n, uint64_t ticket);
/* An answer has come over its link. */
void sim_admin_told(struct sim *sim, const struct sim_packet *p);
/* Whether he waits for an answer, or has given up and does not know it. */
bool sim_admin_awaits(struct sim *sim, uint64_t ticket);
/* Bytes a node has for this client; false: it is none of the administrator's. */
bool sim_admin_bytes(struct sim_node *n, uint64_t client, const void *bytes, size_t len);
bool sim_admin_hung_up(struct sim_node *n, uint64_t client);
void sim_admin_died(struct sim_node *n);
void sim_admin_free(struct sim *sim);

/* world.c: the runner's door. */
void sim_world_fill(struct sim *sim);
int sim_refuse(const struct scenario *s, struct err *e) MUST_CHECK;

#endif
