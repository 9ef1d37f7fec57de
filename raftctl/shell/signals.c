/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/signals.h"

#include "raftctl/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT};

static int ends[2] = {-1, -1}; /* a pipe to oneself: poll sees it whenever the signal came */
static volatile sig_atomic_t came[ARRAY_LEN(caught)];

static void on_signal(int number)
{
    int error_number = errno;
    for (size_t i = 0; i < ARRAY_LEN(caught); i++) {
        if (caught[i] == number)
            came[i] = 1;
    }
    if (number == SIGINT || number == SIGTERM || number == SIGHUP)
        stop_ask();
    ssize_t n = write(ends[1], "", 1); /* full: there is one in it already */
    (void)n;
    errno = error_number;
}

int signals_catch(struct err *e)
{
    ASSERT(ends[0] < 0);
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return err_set_errno(e, err_from_errno(errno), errno, "signals");
    struct sigaction action = {.sa_handler = on_signal};
    for (size_t i = 0; i < ARRAY_LEN(caught); i++)
        (void)sigaction(caught[i], &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return 0;
}

void signals_release(void)
{
    for (size_t i = 0; i < ARRAY_LEN(caught); i++)
        (void)signal(caught[i], SIG_DFL);
    (void)signal(SIGPIPE, SIG_DFL);
}

int signals_fd(void)
{
    return ends[0];
}

bool signals_any(void)
{
    for (size_t i = 0; i < ARRAY_LEN(caught); i++) {
        if (came[i])
            return true;
    }
    return false;
}

bool signals_take(int number)
{
    char bytes[64];
    while (ends[0] >= 0 && read(ends[0], bytes, sizeof(bytes)) > 0) {
    }
    for (size_t i = 0; i < ARRAY_LEN(caught); i++) {
        if (caught[i] != number || !came[i])
            continue;
        came[i] = 0;
        return true;
    }
    return false;
}
