/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/stop.h"

#include "base/units.h"
#include "raftctl/conn.h"

#include <signal.h>
#include <time.h>

static volatile sig_atomic_t asked;

void stop_ask(void)
{
    asked = 1;
}

void stop_clear(void)
{
    asked = 0;
}

bool stop_asked(void)
{
    return asked != 0;
}

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
static bool mine[ARRAY_LEN(caught)];

static void on_signal(int number)
{
    (void)number;
    stop_ask();
}

void stop_catch(void)
{
    const struct sigaction action = {.sa_handler = on_signal};
    struct sigaction before;
    for (size_t i = 0; i < ARRAY_LEN(caught); i++) {
        mine[i] = sigaction(caught[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL;
        if (mine[i])
            (void)sigaction(caught[i], &action, NULL);
    }
}

void stop_let_go(void)
{
    for (size_t i = 0; i < ARRAY_LEN(caught); i++) {
        if (mine[i])
            (void)signal(caught[i], SIG_DFL);
    }
}

bool stop_hold(void)
{
    bool held = stop_asked();
    if (held) /* one that comes just now is kept */
        stop_clear();
    return held;
}

void stop_release(bool held)
{
    if (held)
        stop_ask();
}

void stop_rest(uint64_t rest_ns, uint64_t deadline_ns)
{
    uint64_t now_ns = conn_now_ns();
    uint64_t end_ns = deadline_ns < now_ns + rest_ns ? deadline_ns : now_ns + rest_ns;
    for (; now_ns < end_ns && !stop_asked(); now_ns = conn_now_ns()) {
        uint64_t piece_ns = end_ns - now_ns;
        if (piece_ns > STOP_LOOK_MS * NS_PER_MS)
            piece_ns = STOP_LOOK_MS * NS_PER_MS;
        (void)nanosleep(&(struct timespec){.tv_nsec = (long)piece_ns}, NULL);
    }
}
