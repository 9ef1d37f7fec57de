/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files of the runner. */
#ifndef EMULATOR_RUNNER_PRIVATE_H
#define EMULATOR_RUNNER_PRIVATE_H

#include "emulator/runner/links.h"
#include "emulator/runner/record.h"
#include "emulator/runner/runner.h"
#include "emulator/scenario/fuzz.h"

#define RUNNER_TASKS_MAX    64
#define RUNNER_FAULTS_MAX   256
#define RUNNER_BINDINGS_MAX 64
#define RUNNER_ARMED_MAX    64
#define RUNNER_STEP_NAME    48
#define RUNNER_PINS_MAX     64
#define RUNNER_LOADS_MAX    64

/* What a condition remembers from the moment it was armed. Children as in the condition. */
struct waiting {
    uint64_t armed_ns;
    uint64_t base; /* commit index, or events counted */
    uint64_t ops[OBSERVED_OUTCOMES];
    nodeset who;
    uint64_t seen[LIMIT_MEMBERS];                             /* events of each node then */
    uint64_t joints[3];                                       /* entered, committed, left by then */
    uint64_t chunks[LIMIT_MEMBERS], installed[LIMIT_MEMBERS]; /* of snapshots */
    struct event_watch *watch;                                /* owned; NULL: no `where` */
    uint64_t point; /* the world's, of a trigger that acts before; 0: none */
    struct waiting *children;
};

int waiting_arm(struct runner *r, const struct scenario_condition *c, struct waiting *ret,
                struct err *e) MUST_CHECK;
void waiting_free(struct waiting *w, const struct scenario_condition *c);
/* Whether it holds; if not, *wake is lowered to when time alone could make it hold. found: whom it
 * is about (the leader, the nodes of the event). */
bool waiting_holds(struct runner *r, const struct scenario_condition *c, const struct waiting *w,
                   uint64_t *wake, nodeset *found);

/* triggers.c: the step happens before the consequence of its event leaves the node. */
int trigger_arm(struct runner *r, const struct scenario_step *step, struct task *t,
                struct err *e) MUST_CHECK;
bool trigger_came(const struct runner *r, const struct waiting *w, nodeset *found);
/* It came, at these nodes; 0: it is not waited for any more. */
void trigger_done(struct runner *r, const struct scenario_step *step, struct waiting *w,
                  nodeset found);
void triggers_forget(struct runner *r);

/* conditions_members.c: what `joint` and `exit` and the like wait for. */
void waiting_arm_members(const struct runner *r, struct waiting *ret);
bool config_holds(struct runner *r, const struct scenario_condition *c);
bool joint_holds(const struct runner *r, const struct scenario_condition *c,
                 const struct waiting *w);
bool snapshot_holds(const struct runner *r, const struct scenario_condition *c,
                    const struct waiting *w, nodeset *found);
/* Each of them uses at least so many bytes. */
bool disks_hold(const struct runner *r, const struct scenario_condition *c, nodeset who);
bool exit_holds(const struct runner *r, const struct scenario_condition *c, nodeset who);

/* Questions of one step to nodes, one subject after the other. */
struct admin_task {
    bool on;
    nodeset todo;    /* subjects whose turn has not come */
    nodeset joining; /* member.change: who is added … */
    nodeset leaving; /* … and who is removed afterwards */
    nodeset target;  /* member.change, joint: who votes then */
    int subject;     /* a node; -1: the question is about nobody in particular */
    int other;       /* the node beside it: `to`; -1: none */
    int by;          /* who is asked; -1: whoever leads */
    bool begun;      /* the first turn has */
    bool turn;       /* a subject's turn is under way */
    bool asking;     /* ticket waits for its answer */
    bool unsure;     /* an earlier try may have worked */
    uint64_t ticket;
    uint64_t next_ns; /* of the next try */
    uint64_t deadline_ns;
    char last[WORLD_TEXT_MAX]; /* why it is not done yet */
};

/* Something that goes on within one step: flap, stutter, ramp. */
struct activity {
    bool on;
    struct prng rnd; /* of its jitter: the same for the same seed and beginning */
    uint64_t next_ns;
    uint64_t cycles_left;
    bool down;     /* cut, or paused */
    uint64_t flap; /* its number, which its fault knows, too; 0: it does not flap */
    uint64_t began_ns;
    struct link_set links;
    nodeset nodes;
    int node;            /* rolling: whose turn it is; -1: between two */
    uint64_t boots;      /* of it, before */
    uint64_t goal;       /* what it has to have applied */
    uint64_t give_up_ns; /* then it has not come back */
};

/* An operation that a step waits for. */
struct client_task {
    bool on;
    bool asked; /* the client has taken it on */
    struct world_operation what;
};

/* Faults drawn one after the other. */
#define FUZZ_OPEN_USUAL 2

struct fuzz_task {
    struct prng rnd;
    uint64_t end_ns;  /* no fault lasts longer */
    uint64_t next_ns; /* the next one is drawn */
    unsigned count;   /* drawn so far */
    struct {
        nodeset nodes;
        uint64_t until_ns;
    } open[SCENARIO_FUZZ_OPEN_MAX];
};

/* A step that was drawn, in a scenario of its own; kept as long as the run. */
struct drawn_step {
    struct drawn_step *next;
    struct scenario *parsed; /* owned */
};

/* Clients bound to a node until then. */
struct pin {
    uint64_t clients;
    uint64_t undo_ns;
};

/* How clients ask, and whether. */
struct load_state {
    struct scenario_load how;
    bool on;
    uint64_t operations; /* then it goes off; 0: it does not */
};

struct load_change {
    const struct scenario_step *step;
    uint64_t undo_ns; /* UINT64_MAX: it stays */
};

/* base, and over it what ends by itself with all that came later. */
struct load {
    struct load_state base;
    struct load_change changes[RUNNER_LOADS_MAX];
    size_t changes_count;
};

enum task_phase {
    TASK_NEXT,
    TASK_TIME,
    TASK_WHEN,
    TASK_WAIT,
    TASK_CHILDREN,
    TASK_ACTIVITY,
    TASK_ADMIN,
    TASK_OPERATION,
    TASK_FUZZ
};

/* A sequence of steps under way. */
struct task {
    bool used;
    const struct scenario_branch *branch;
    size_t at; /* the step it is in */
    enum task_phase phase;
    uint64_t ready_ns;
    uint64_t previous_end_ns;
    uint64_t deadline_ns;
    bool again; /* its event may come more than once, and has */
    struct waiting waiting;
    struct task *parent;
    bool by_hand;
    unsigned children;
    uint64_t times_left;   /* repeat, every */
    uint64_t iteration_ns; /* when the present one began */
    const struct scenario_branch *body;
    struct activity activity;
    struct admin_task admin;
    struct scenario_branch own; /* of a step in the background: that step alone */
    struct recorded *reserved;  /* of a step that comes before its event; or NULL */
    struct client_task operation;
    struct fuzz_task fuzz;
};

enum fault_class {
    FAULT_HOLD,
    FAULT_CUT,
    FAULT_SHAPE,
    FAULT_FILTER,
    FAULT_BREAK,
    FAULT_DEAD,
    FAULT_PAUSED,
    FAULT_DISK,
    FAULT_CLOCK,
    FAULT_LIMIT,
    FAULT_TWIN
};

/* A fault in force, until what it did is undone by whatever step or by itself. */
struct fault {
    char step[RUNNER_STEP_NAME];
    const char *action;
    enum fault_class class;
    struct link_set links; /* FAULT_CUT: those it cuts yet */
    uint32_t messages;     /* of the links' lane */
    bool apart;            /* FAULT_CUT: by a partition */
    uint64_t flap;         /* FAULT_CUT: number of what cuts its links now and then; 0: nothing */
    nodeset nodes;
    uint64_t number;                   /* the world's, of a filter, a disk's or a clock's fault */
    nodeset limited;                   /* FAULT_LIMIT: who still is */
    struct world_limit limit;          /* … to that */
    uint64_t undo_ns;                  /* when it ends; UINT64_MAX = not by itself */
    const struct scenario_step *start; /* how its nodes start again; NULL: as before */
};

/* A point somebody shall crash or stall at. */
struct armed {
    const struct scenario_step *step;
    unsigned node;
    uint64_t number; /* the world's */
};

enum runner_phase { RUNNER_STEPS, RUNNER_CORE, RUNNER_FINALS, RUNNER_DONE };

struct runner {
    const struct scenario *s;
    struct world w;
    struct observer *o;
    struct links links;
    struct prng rnd;
    enum runner_phase phase;
    size_t tasks_end; /* of those ever used */
    size_t faults_count;
    uint64_t flaps; /* numbers given out */
    struct armed armed[RUNNER_ARMED_MAX];
    size_t armed_count;
    struct pin pins[RUNNER_PINS_MAX];
    size_t pins_count;
    bool pinned;                      /* some client, maybe */
    unsigned versions[LIMIT_MEMBERS]; /* of each node: its number among the scenario's */
    nodeset moved;                    /* by the newest net.readdress */
    nodeset leaving;                  /* told to leave: they may yet be removed */
    nodeset dead;                     /* killed or stopped by a step and not started again */
    struct {
        char name[SELECT_NAME_MAX + 1];
        nodeset nodes;
    } bindings[RUNNER_BINDINGS_MAX], marks[RUNNER_BINDINGS_MAX];
    size_t bindings_count, marks_count;
    nodeset groups[LIMIT_MEMBERS];
    size_t groups_count;
    bool looks;       /* what nodes take is asked for … */
    uint64_t look_ns; /* … and looked at next then */
    nodeset minority; /* of the first partition, or whom the scenario names then */
    bool together;    /* it is cut off no more */
    uint64_t seed;
    uint64_t deeds;      /* things done so far, by steps and by what goes on within them */
    uint64_t next_event; /* runner_next_event */
    struct record record;
    struct drawn_step *drawn; /* owned, a list */
    uint64_t steps_ended_ns;
    uint64_t steps_ended_at; /* the place */
    uint64_t core_base;      /* what was committed when the core was mended */
    uint64_t core_goal;      /* what all of it shall know as committed; 0: not yet known */
    struct load load;
    uint64_t last_fault_ns;
    size_t final_at;
    bool final_armed;
    struct scenario_branch births; /* the learners' way in, before the first step */
    bool begun;                    /* the story itself has */
    struct {                       /* the newest step by hand, and the newest failure of one */
        struct task *task;
        const struct scenario_branch *branch;
        struct err failed;
    } hand;
    bool stays;                                         /* the story does not end by itself */
    const struct scenario_condition *awaited_condition; /* of somebody beside the run; or NULL */
    struct waiting awaited;
    struct waiting final_waiting;
    uint64_t final_deadline_ns;
    struct runner_result result;

    /* A megabyte, of which most runs need little: nobody writes it before it is used. */
    struct task tasks[RUNNER_TASKS_MAX];
    struct fault faults[RUNNER_FAULTS_MAX];
};

static inline uint64_t runner_now(const struct runner *r)
{
    return r->w.now(r->w.arg);
}

/* Clients begin at once, unless the first load.start or load.stop of the steps is a load.start. */
bool load_at_start(const struct scenario *s);
/* A sequence of steps begins; NULL: too many are under way. */
struct task *runner_task(struct runner *r, const struct scenario_branch *branch,
                         struct task *parent);
/* refuse.c: it is about the administrator's links. */
bool runner_on_admin_plane(const struct scenario_args *args);
/* by_hand.c: a step failed. True: it was one by hand, which ends there, and the run goes on. */
bool hand_failed(struct runner *r, const struct scenario_step *step, const char *text);

/* The cluster as selectors see it; names are borrowed from r until the next change. */
void runner_view(const struct runner *r, struct cluster_view *ret, struct view_name *bindings,
                 struct view_name *marks);
void runner_bind(struct runner *r, const char *name, nodeset nodes);
nodeset runner_bound(const struct runner *r, const char *name);
void runner_mark(struct runner *r, const char *name, nodeset nodes);
void runner_say(struct runner *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Resolves a step's selectors against the present view. */
int runner_targets(struct runner *r, const struct selectors *who, struct targets *taken,
                   struct targets *ret, struct err *e) MUST_CHECK;

/* actions.c: does the step. ret_nodes: whom it was about. Starts t->activity for steps that go
 * on. */
int action_perform(struct runner *r, struct task *t, const struct scenario_step *step,
                   nodeset *ret_nodes, struct err *e) MUST_CHECK;
/* Ends a process by a step; one that is set to leave the cluster then may be removed yet. cause:
 * "kill" or "stop". */
int runner_end_node(struct runner *r, unsigned node, int number, const char *cause,
                    uint64_t grace_ns, struct err *e) MUST_CHECK;
/* Starts a process that does not run, as a step says (NULL: on the data it has). */
int runner_start_node(struct runner *r, unsigned node, const struct scenario_step *step,
                      struct err *e) MUST_CHECK;
/* place.c: the step's time has come; if not, *wake is lowered. */
bool place_reached(struct runner *r, const struct task *t, const struct scenario_step *step,
                   uint64_t *wake);
/* actions_net.c: whom a partition's shape cuts from whom, drawn now. */
int partition_draw(struct runner *r, const struct scenario_step *step, struct partition *ret,
                   struct err *e) MUST_CHECK;
int runner_links(struct runner *r, const struct scenario_step *step, struct link_set *ret,
                 nodeset *ret_nodes, struct err *e) MUST_CHECK;
/* The lane a step is about: that of the message types of its link. */
int runner_lane(struct runner *r, const struct scenario_step *step, struct links **ret,
                struct err *e) MUST_CHECK;
uint32_t runner_lane_messages(const struct scenario_step *step);
int action_net(struct runner *r, struct task *t, const struct scenario_step *step,
               nodeset *ret_nodes, struct err *e) MUST_CHECK;
uint64_t actions_net(void); /* bits of capabilities */
/* actions_hold.c: net.hold and net.release. */
int action_hold(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                struct err *e) MUST_CHECK;
/* actions_client.c */
int action_client(struct runner *r, struct task *t, const struct scenario_step *step,
                  nodeset *ret_nodes, struct err *e) MUST_CHECK;
uint64_t actions_client(void); /* bits of capabilities */
/* actions_load.c */
int action_load(struct runner *r, const struct scenario_step *step, struct err *e) MUST_CHECK;
int loads_begin(struct runner *r, struct err *e) MUST_CHECK;  /* as the scenario says */
int loads_undo(struct runner *r, struct err *e) MUST_CHECK;   /* those that are due */
int loads_forget(struct runner *r, struct err *e) MUST_CHECK; /* whatever would end */
uint64_t loads_next_ns(const struct runner *r);
/* True when the operation has returned. */
bool operation_advance(struct runner *r, struct task *t, const struct scenario_step *step,
                       uint64_t *wake, struct err *e, int *ret_code);
void pins_undo(struct runner *r); /* those that are due */
uint64_t pins_next_ns(const struct runner *r);
void pins_forget(struct runner *r); /* every client talks to whom it likes */
/* Nodes restart on other addresses. */
int action_readdress(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                     struct err *e) MUST_CHECK;
/* actions_rolling.c: one restart after the other. */
int action_rolling(struct runner *r, struct task *t, const struct scenario_step *step,
                   nodeset *ret_nodes, struct err *e) MUST_CHECK;
/* What is due of it; a->cycles_left is 0 when it is over. */
int rolling_turn(struct runner *r, struct activity *a, const struct scenario_step *step,
                 struct err *e) MUST_CHECK;
/* actions_break.c: faults of connections. */
bool action_breaks(const struct scenario_step *step); /* it is one */
int action_break(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                 struct err *e) MUST_CHECK;
/* actions_inner.c: inside what links carry, and inside nodes. */
int action_filter(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                  struct err *e) MUST_CHECK;
/* actions_clock.c */
int action_clock(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                 struct err *e) MUST_CHECK;
/* actions_disk.c */
int action_disk(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                struct err *e) MUST_CHECK;
int action_point(struct runner *r, const struct scenario_step *step, nodeset nodes,
                 struct err *e) MUST_CHECK;
/* Those who came to their point: a fault begins. */
int points_reached(struct runner *r, struct err *e) MUST_CHECK;
void points_forget(struct runner *r); /* whoever has not */
/* actions_admin.c: begins the step; the task goes on in administer.c. */
int action_admin(struct runner *r, struct task *t, const struct scenario_step *step,
                 nodeset *ret_nodes, struct err *e) MUST_CHECK;
uint64_t actions_admin(void); /* bits of capabilities */
/* Who is asked about the present subject; -1: nobody can be. */
int admin_whom(struct runner *r, const struct admin_task *a, const struct scenario_step *step);
/* What has to be so before the question: a newcomer runs. */
int admin_prepare(struct runner *r, const struct admin_task *a, const struct scenario_step *step,
                  struct err *e) MUST_CHECK;
/* The command's words; they live until the next call. */
size_t admin_words(struct runner *r, const struct admin_task *a, const struct scenario_step *step,
                   const struct span **ret);
/* The step is done to a directory at rest, by nobody's answer. 1: it is not; 0: done; negative:
 * -E_BUSY (later), else the step has failed. */
int admin_at_rest(struct runner *r, const struct admin_task *a, const struct scenario_step *step,
                  struct err *e) MUST_CHECK;
/* The outcome is there, whoever brought it about. */
bool admin_settled(const struct runner *r, const struct admin_task *a,
                   const struct scenario_step *step);
/* administer.c: true when the step has ended. */
bool admin_advance(struct runner *r, struct task *t, const struct scenario_step *step,
                   uint64_t *wake, struct err *e, int *ret_code);
/* The task ends early: its question is forgotten. */
void admin_abandon(struct runner *r, struct admin_task *a);

/* activity.c: true when it has ended. */
bool activity_advance(struct runner *r, struct task *t, const struct scenario_step *step,
                      uint64_t *wake, struct err *e, int *ret_code);

/* fuzz.c: true when it has ended. */
void fuzz_begin(struct runner *r, struct task *t, const struct scenario_step *step);
bool fuzz_advance(struct runner *r, struct task *t, const struct scenario_step *step,
                  uint64_t *wake, struct err *e, int *ret_code);
void fuzz_free(struct runner *r); /* what was drawn: the record may borrow from it */

/* finals.c: the conditions of `finally`; returns when to be called again at the latest. */
uint64_t finals_advance(struct runner *r);

/* usage.c */
bool usage_is_asked(const struct scenario *s);
/* Looks, if it is time; returns when it is time next. */
uint64_t usage_advance(struct runner *r);

/* faultlog.c */
const char *step_name(const struct scenario_step *step, char out[RUNNER_STEP_NAME]);
int fault_begin(struct runner *r, const struct scenario_step *step, enum fault_class class,
                const struct link_set *links, nodeset nodes, struct err *e) MUST_CHECK;
/* A step with an effect of its own begins or ends: no fault, and nothing undoes it. */
void fault_tell(struct runner *r, const struct scenario_step *step, const char *phase,
                nodeset nodes);
/* A healing step, or one without an effect that lasts: a moment in the fault log. */
void fault_moment(struct runner *r, const struct scenario_step *step, nodeset nodes);
/* The first partition has this smallest side; it has none any more. Later ones are not told of. */
void fault_apart(struct runner *r, nodeset minority);
void fault_together(struct runner *r);
void fault_reunited(struct runner *r); /* the same, if nothing cuts them off any more */
/* Who gets nowhere, as the scenario says; NULL: it does not. */
const struct selectors *runner_stuck(const struct runner *r);
/* Those whose process does not run, whoever ended it. */
nodeset runner_ended(const struct runner *r);
/* Closes the faults whose effect is gone. */
void faults_close(struct runner *r);
/* Undoes what is due. */
int faults_undo(struct runner *r, struct err *e) MUST_CHECK;
/* When the next one is due, or ends by itself. */
uint64_t faults_next_ns(const struct runner *r);
/* Copies do not run any more. */
int faults_end_twins(struct runner *r, struct err *e) MUST_CHECK;
/* Who is limited by steps has what all of them together leave; these are limited no more. */
int faults_unlimit(struct runner *r, nodeset nodes, struct err *e) MUST_CHECK;
int fault_limit(struct runner *r, const struct scenario_step *step, nodeset nodes,
                struct err *e) MUST_CHECK;
/* net.heal and net.uncut: filters and faults of connections leave these links alone (NULL: all).
 */
void faults_unfilter(struct runner *r, const struct link_set *links);
/* A fault cuts nothing any more; what others cut as well stays cut. */
void cuts_open(struct runner *r, struct fault *f);
void cuts_open_all(struct runner *r);
/* These links of the lane are cut by nobody any more, or by partitions alone. */
void cuts_mend(struct runner *r, struct links *lane, const struct link_set *set, bool partitions);
/* Links begin to flap: their fault is the newest one. Then each beat; and the end. */
void cuts_flap_begin(struct runner *r, struct activity *a);
void cuts_flap(struct runner *r, const struct activity *a);
void cuts_flap_end(struct runner *r, const struct activity *a);
/* No partition is in force: one ends, or makes room for the next. */
void cuts_rejoin(struct runner *r);
/* Links open, processes running: after the steps, before the final conditions. */
int faults_heal_all(struct runner *r, struct err *e) MUST_CHECK;
/* Those who are no members any more. */
nodeset faults_outsiders(const struct runner *r);

/* heal_core.c: whatever is wrong with these nodes, and with the links among them and to clients, is
 * mended; every other fault stays in force, and does not end by itself any more. */
int faults_heal_core(struct runner *r, nodeset core, struct err *e) MUST_CHECK;

/* core_phase.c: true: the scenario wants a core to recover, and its time begins now. */
bool core_begin(struct runner *r, struct err *e, int *ret_code);
/* Returns when to be called again at the latest; 0: it is over. */
uint64_t core_advance(struct runner *r);

#endif
