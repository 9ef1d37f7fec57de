/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the command to the keeper in the background, and the keeper's loop.
 *
 *   the command      waits until the cluster has a leader, and goes
 *   the keeper       has the directory; all below it dies with it (netem/sandbox.c)
 *   inside           pid 1 of the sandbox, and the run: one loop for nodes, links and callers */
#include "emulator/lab/inside.h"
#include "emulator/lab/place.h"

#include "base/mem.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define UP_NS (60 * NS_PER_S)

/* ---- what is told ---- */

/* Once: that it is up (code 0), or why it will not be. */
static void report(struct lab *lab, const struct err *e)
{
    if (lab->report_fd < 0)
        return;
    (void)!write(lab->report_fd, e, sizeof(*e)); /* who waited may be gone */
    (void)close(lab->report_fd);
    lab->report_fd = -1;
}

static void say(void *arg, uint64_t t_ns, const char *text)
{
    struct lab *lab = arg;
    struct buf said = {0}, line = {0};
    struct jsonw w;
    buf_putf(&said, "%8.1f s  %s", (double)t_ns / 1e9, text);
    (void)puts(buf_str(&said));
    (void)fflush(stdout);
    jsonw_init(&w, &line);
    jsonw_object(&w);
    jsonw_kv_string(&w, "say", buf_str(&said));
    jsonw_end(&w);
    buf_putc(&line, '\n');
    if (lab->control != NULL)
        control_tell(lab->control, &line);
    buf_free(&said);
    buf_free(&line);
}

/* ---- inside ---- */

static void on_request(void *arg, struct caller *c, const char *text, size_t len)
{
    lab_request(arg, c, text, len);
}

static void on_gone(void *arg, struct caller *c)
{
    struct lab *lab = arg;
    if (lab->waiting == c)
        lab->waiting = NULL;
}

static const struct control_events control_events = {
    .full = "{\"exit\":1,\"error\":\"the lab talks with as many as it can: end a repl or a "
            "logs -f, then ask again\"}\n",
    .request = on_request,
    .gone = on_gone};

/* Links to where the nodes' sockets are: their own paths would be too long for some. */
static int link_sockets(const struct lab *lab, struct err *e)
{
    char path[LABS_PATH_MAX], target[64];
    for (unsigned i = 0; i < scenario_nodes_count(lab->o->scenario); i++) {
        (void)snprintf(target, sizeof(target), "nodes/n%u/admin", i + 1);
        if (symlink(target, labs_socket(lab->o->folder, lab->o->name, i, path)) < 0)
            return err_set_errno(e, err_from_errno(errno), errno, "%s", path);
    }
    return 0;
}

/* 1: it is up, 0: not yet; negative: it will not be. */
static int is_up(struct lab *lab, struct err *e)
{
    const struct observer *o = live_observer(lab->live);
    if (live_failed(lab->live, e))
        return e->code;
    if (o->leader >= 0 && runner_result(live_runner(lab->live)).started_ns > 0)
        return 1;
    if (live_now_ns() < lab->give_up_ns)
        return 0;
    return err_set(e, -E_TIMEOUT,
                   "no leader within a minute; what the nodes said is lost with the "
                   "lab: raft-emulator run single-node shows whether this machine "
                   "can do it, fewer nodes or a scenario with a longer election_timeout "
                   "whether it is too slow for these");
}

/* What goes wrong later is told, and the lab goes on: a node that cannot start is a finding. */
static void tell_failure(struct lab *lab)
{
    struct err e = {0};
    if (live_failed(lab->live, &e))
        say(lab, live_now_ns() - runner_result(live_runner(lab->live)).started_ns, e.text);
}

static int live_on(struct lab *lab, struct err *e)
{
    int code = live_start(lab->live, e);
    lab->give_up_ns = live_now_ns() + UP_NS;
    while (code == 0 && !lab->down && !live_interrupted(lab->live)) {
        if (!live_turn(lab->live))
            code = err_set(e, -E_IO, "the run has ended: %s",
                           runner_result(live_runner(lab->live)).sentence);
        if (code == 0 && !lab->up) {
            int up = is_up(lab, e);
            lab->up = up > 0;
            code = up < 0 ? up : 0;
            if (lab->up)
                report(lab, &(struct err){0});
        }
        if (code == 0 && lab->up) {
            lab_look(lab);
            tell_failure(lab);
        }
    }
    if (code == 0 && !lab->up)
        code = err_set(e, -E_CLOSED, "interrupted");
    return code;
}

static int inside(void *arg)
{
    struct lab *lab = arg;
    char path[LABS_PATH_MAX];
    const struct lab_options *o = lab->o;
    struct live_options options = {.raftd = o->raftd,
                                   .dir = lab->dir,
                                   .carrier = o->carrier,
                                   .seed = o->seed,
                                   .stays = true,
                                   .say = say,
                                   .say_arg = lab};
    struct err e = {0}, ignored;
    int code = link_sockets(lab, &e);
    if (code == 0)
        code = live_open(o->scenario, &options, &lab->live, &e);
    if (code == 0)
        code = control_open(live_loop(lab->live), labs_path(o->folder, o->name, LABS_CONTROL, path),
                            &control_events, lab, &lab->control, &e);
    if (code == 0)
        code = live_on(lab, &e);
    if (code < 0)
        (void)printf("error: %s\n", e.text);
    if (lab->live != NULL) {
        control_close(lab->control);
        lab->control = NULL;
        (void)!live_stop(lab->live, &ignored);
        (void)!live_close(lab->live, 0, &ignored);
    }
    if (code < 0)
        report(lab, &e);
    lab_deeds_free(&lab->deeds);
    return code < 0;
}

/* ---- the keeper ---- */

/* No terminal, no input; what it says goes to a file of the lab. */
static int go_aside(const struct lab *lab, struct err *e)
{
    char path[LABS_PATH_MAX];
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out = open(labs_path(lab->o->folder, lab->o->name, "log", path),
                   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool ok = in >= 0 && out >= 0 && setsid() >= 0 && chdir("/") == 0 && dup2(in, 0) == 0 &&
              dup2(out, 1) == 1 && dup2(out, 2) == 2;
    int error = errno;
    if (in > 2)
        (void)close(in);
    if (out > 2)
        (void)close(out);
    return ok ? 0 : err_set_errno(e, -E_IO, error, "%s", path);
}

static _Noreturn void keeper_main(struct lab *lab, int lock)
{
    struct err e = {0};
    int code = place_sign(lock, &e);
    if (code == 0)
        code = go_aside(lab, &e);
    if (code == 0) {
        code = netem_sandbox_run(inside, lab, &e);
        code = code < 0 ? code : 0; /* inside has told what it had to tell */
    }
    place_remove(lab->o->folder, lab->o->name);
    if (code < 0)
        report(lab, &e);
    _exit(0);
}

/* Waits until there is something to read, and tells the keeper of an interruption, if there is one.
 * Signals come in the wait alone: one that came just before it would be noticed after a minute. */
static void await(const struct lab_options *o, int fd, pid_t keeper)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    sigset_t ours, before;
    bool stopped = false;
    (void)sigemptyset(&ours);
    (void)sigaddset(&ours, SIGINT);
    (void)sigaddset(&ours, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &ours, &before);
    do {
        if (*o->stop != 0 && !stopped) {
            (void)kill(keeper, SIGTERM);
            stopped = true;
        }
    } while (ppoll(&p, 1, NULL, &before) < 0 && errno == EINTR);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Until the keeper has told; *e is what it told. */
static int hear(const struct lab_options *o, int fd, pid_t keeper, struct err *e)
{
    struct err told;
    ssize_t n;
    await(o, fd, keeper);
    do {
        n = read(fd, &told, sizeof(told));
    } while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(told) && *o->stop != 0) /* before it could say so */
        return err_set(e, -E_CLOSED, "interrupted");
    if (n != (ssize_t)sizeof(told))
        return err_set(e, -E_IO, "lab %s: its keeper died", o->name);
    told.text[ERR_TEXT_MAX - 1] = '\0';
    *e = told;
    return told.code;
}

int lab_up(const struct lab_options *o, struct err *e)
{
    int pipes[2], lock = -1;
    struct lab lab = {.o = o};
    (void)labs_dir(o->folder, o->name, lab.dir);
    int code = place_claim(o->folder, o->name, &lock, e);
    if (code < 0)
        return code;
    (void)fflush(NULL); /* or buffered text would come out twice */
    pid_t pid = pipe2(pipes, O_CLOEXEC) < 0 ? -1 : fork();
    if (pid == 0) {
        (void)close(pipes[0]);
        lab.report_fd = pipes[1];
        keeper_main(&lab, lock);
    }
    if (pid < 0) {
        place_remove(o->folder, o->name);
        (void)close(lock);
        return err_set_errno(e, -E_IO, errno, "lab %s: fork", o->name);
    }
    (void)close(lock);
    (void)close(pipes[1]);
    code = hear(o, pipes[0], pid, e);
    (void)close(pipes[0]);
    int status = 0;
    while (code < 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFSIGNALED(status)) /* it could not tidy up */
        place_remove(o->folder, o->name);
    return code; /* below 0: nothing is left */
}
