/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/scout.h"

#include "base/mem.h"
#include "base/units.h"
#include "raftctl/conn.h"
#include "raftctl/survey.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#define LOOK_NS         (700 * NS_PER_MS) /* the longest a look takes */
#define PAUSE_MS        1000
#define PAUSE_LEADER_MS 200 /* a new leader is news */

struct look {
    const struct endpoint *endpoints;
    size_t count;
    struct survey survey;
    struct scout_view view;
};

/* ---- in the process beside ---- */

static void take_members(const struct survey *s, struct scout_view *view)
{
    view->members_count = 0;
    for (size_t i = 0; i < s->rows_count && view->members_count < ARRAY_LEN(view->members); i++) {
        const struct status_member *m = &s->rows[i].member;
        struct scout_member *to = &view->members[view->members_count];
        if (!s->rows[i].is_member)
            continue;
        memcpy(to->name, m->name, sizeof(to->name));
        memcpy(to->address, m->address, sizeof(to->address));
        to->voter = m->voter;
        view->members_count++;
    }
}

static void look(struct look *l)
{
    struct scout_view *view = &l->view;
    const struct status_cluster *cluster = &l->survey.cluster;
    struct err ignored = {0};
    view->looked = true;
    view->reached =
        survey_take(l->endpoints, l->count, conn_now_ns() + LOOK_NS, &l->survey, &ignored) == 0;
    if (!view->reached)
        return;
    view->leads = survey_leads(&l->survey);
    (void)snprintf(view->cluster, sizeof(view->cluster), "%s",
                   cluster->name[0] != '\0' ? cluster->name : cluster->id);
    memcpy(view->leader, cluster->leader, sizeof(view->leader));
    view->term = cluster->term;
    view->commit = cluster->commit;
    take_members(&l->survey, view);
}

static int look_on(void *arg, int fd)
{
    struct look *l = arg;
    char pokes[64];
    for (;;) {
        look(l);
        if (send(fd, &l->view, sizeof(l->view), MSG_NOSIGNAL) < 0)
            return 0;
        struct pollfd pollfd = {.fd = fd, .events = POLLIN};
        bool calm = l->view.reached && l->view.leads;
        if (poll(&pollfd, 1, calm ? PAUSE_MS : PAUSE_LEADER_MS) <= 0)
            continue;
        if (recv(fd, pokes, sizeof(pokes), 0) <= 0)
            return 0;
        while (recv(fd, pokes, sizeof(pokes), MSG_DONTWAIT) > 0) {
        }
    }
}

/* ---- in the shell ---- */

int scout_open(struct scout *s, const struct endpoint *endpoints, size_t count, struct err *e)
{
    struct look *l = mem_alloc(sizeof(*l));
    *l = (struct look){.endpoints = endpoints, .count = count};
    s->child = CHILD_NONE;
    int rc = child_start(&s->child, SOCK_SEQPACKET, look_on, l, e);
    mem_free(l);
    return rc;
}

void scout_close(struct scout *s)
{
    (void)child_end(&s->child);
}

int scout_fd(const struct scout *s)
{
    return s->child.fd;
}

void scout_poke(struct scout *s)
{
    if (s->child.fd >= 0)
        (void)send(s->child.fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool scout_take(struct scout *s, struct scout_view *view)
{
    ssize_t n = 0, last = 0;
    while (s->child.fd >= 0 && (n = recv(s->child.fd, view, sizeof(*view), MSG_DONTWAIT)) > 0)
        last = n;
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        scout_close(s);
    return last == (ssize_t)sizeof(*view);
}
