/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What values must be to each other. */
#include "base/units.h"
#include "raftd/address.h"
#include "raftd/config.h"
#include "raftd/options.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define HEARTBEAT_NS_MIN  (1 * NS_PER_MS)
#define ELECTION_NS_MAX   (60 * NS_PER_S)
#define HEARTBEATS_IN_ONE 3 /* heartbeats within the shortest election timeout */

/* One heartbeat may be lost and one late before the shortest timeout ends; timeouts must spread,
 * or candidates split the votes (thesis 9.1, 9.4). */
static int check_timing(const struct raft_timing *t, struct err *e)
{
    char low[UNITS_TEXT_MAX], high[UNITS_TEXT_MAX], beat[UNITS_TEXT_MAX];
    units_print_duration(t->election_ns_min, low);
    units_print_duration(t->election_ns_max, high);
    units_print_duration(t->heartbeat_ns, beat);
    if (t->heartbeat_ns < HEARTBEAT_NS_MIN)
        return err_set(e, -E_INVALID, "config: heartbeat: %s: below 1ms", beat);
    if (t->election_ns_max > ELECTION_NS_MAX)
        return err_set(e, -E_INVALID, "config: election_timeout: %s..%s: above 60s", low, high);
    if (t->heartbeat_ns > t->election_ns_min / HEARTBEATS_IN_ONE) {
        char thrice[UNITS_TEXT_MAX];
        bool fits = t->heartbeat_ns <= UINT64_MAX / HEARTBEATS_IN_ONE;
        units_print_duration(fits ? HEARTBEATS_IN_ONE * t->heartbeat_ns : UINT64_MAX, thrice);
        return err_set(e, -E_INVALID,
                       "config: election_timeout: %s: must be at least 3 x heartbeat (%s), or one "
                       "late heartbeat starts an election",
                       low, thrice);
    }
    if (t->election_ns_max < 2 * t->election_ns_min)
        return err_set(e, -E_INVALID,
                       "config: election_timeout: %s..%s: upper end must be at least twice the "
                       "lower, or votes split",
                       low, high);
    return 0;
}

#define PPM 1000000u

/* A lease is what is left of the others' promises when every clock is as wrong as it may be (thesis
 * 6.4.1). Heartbeats renew it: one may be lost. */
static int check_lease(const struct config *c, struct err *e)
{
    unsigned long long ppm = c->clock_drift_ppm;
    const struct raft_timing *t = &c->timing;
    char beats[UNITS_TEXT_MAX];
    if (c->lease_reads == 0)
        return 0;
    if (c->check_quorum == 0)
        return err_set(e, -E_INVALID, "config: lease_reads: on: needs check_quorum on");
    if (ppm >= PPM / 2)
        return err_set(e, -E_INVALID,
                       "config: max_clock_drift: %lluppm: must be below %uppm, or clocks say "
                       "nothing of each other",
                       ppm, PPM / 2);
    uint64_t lease_ns = t->election_ns_min * (PPM - ppm) / (PPM + ppm);
    if (lease_ns > 2 * t->heartbeat_ns)
        return 0;
    return err_set(e, -E_INVALID,
                   "config: max_clock_drift: %lluppm: lease of %llums would not outlive two "
                   "heartbeats (%s)",
                   ppm, (unsigned long long)((lease_ns + NS_PER_MS / 2) / NS_PER_MS),
                   units_print_duration(2 * t->heartbeat_ns, beats));
}

static int check_deadline(struct config *c, struct err *e)
{
    char deadline[UNITS_TEXT_MAX], election[UNITS_TEXT_MAX];
    units_print_duration(c->client_deadline_ns, deadline);
    units_print_duration(c->timing.election_ns_max, election);
    if (c->client_deadline_ns < NS_PER_MS)
        return err_set(e, -E_INVALID, "config: client_deadline: %s: below 1ms", deadline);
    if (c->client_deadline_ns > 3600 * NS_PER_S)
        return err_set(e, -E_INVALID, "config: client_deadline: %s: above 1h", deadline);
    if (c->client_deadline_ns < c->timing.election_ns_max)
        (void)snprintf(c->warning, sizeof(c->warning),
                       "config: client_deadline: %s: shorter than an election (%s): requests fail "
                       "whenever the leader changes",
                       deadline, election);
    return 0;
}

static bool was_said(const struct config *c, const char *option)
{
    int row = option_find(option, strlen(option), false);
    return strcmp(c->values[row].origin, "default") != 0;
}

#define LEAVE_TIMEOUTS 4 /* election timeouts at least */

/* Leaving may need an election and two commits. A timeout that nobody chose counts only where it
 * decides with which code the process ends. */
static int check_leave(const struct config *c, struct err *e)
{
    char leave[UNITS_TEXT_MAX], election[UNITS_TEXT_MAX];
    bool chosen = was_said(c, "leave-timeout");
    if ((!chosen && c->on_sigterm != CONFIG_LEAVE) ||
        c->leave_timeout_ns / LEAVE_TIMEOUTS >= c->timing.election_ns_max)
        return 0;
    units_print_duration(c->leave_timeout_ns, leave);
    units_print_duration(c->timing.election_ns_max, election);
    return err_set(e, -E_INVALID,
                   "config: leave_timeout: %s: too short to elect and commit (%d x %s)", leave,
                   LEAVE_TIMEOUTS, election);
}

static const struct node_peer *find_self(const struct config *c)
{
    for (size_t i = 0; i < c->bootstrap.count; i++) {
        if (strcmp(c->bootstrap.list[i].name, c->name) == 0)
            return &c->bootstrap.list[i];
    }
    return NULL;
}

/* An address of this node that others are told: the first that is given. */
static int derive_address(char *advertise, const char *key, const char *first, const char *listen,
                          struct err *e)
{
    if (advertise[0] == '\0')
        (void)snprintf(advertise, LIMIT_ADDRESS + 1, "%s", first != NULL ? first : listen);
    struct address a;
    const char *why = address_parse(advertise, &a);
    ASSERT(why == NULL);
    if (address_is_wildcard(&a))
        return err_set(e, -E_INVALID,
                       "config: %s: %s: nobody can dial this address; say one that reaches this "
                       "node",
                       key, advertise);
    return 0;
}

static int check_addresses(struct config *c, struct err *e)
{
    const struct node_peer *self = find_self(c);
    if (c->bootstrap.count > 0 && self == NULL)
        return err_set(e, -E_INVALID, "config: bootstrap: %s is not in the list of founders",
                       c->name);
    if (c->bootstrap.count > 0 && c->join[0] != '\0')
        return err_set(e, -E_INVALID,
                       "config: join: %s: either found a cluster (bootstrap) or join one", c->join);
    if (strcmp(c->listen_peer, c->listen_client) == 0)
        return err_set(e, -E_INVALID, "config: listen_client: %s: is listen_peer already",
                       c->listen_client);
    int code = derive_address(c->advertise_peer, "advertise_peer",
                              self != NULL ? self->address : NULL, c->listen_peer, e);
    if (code == 0)
        code = derive_address(c->advertise_client, "advertise_client", NULL, c->listen_client, e);
    return code;
}

/* Two groups of N that do not see each other must not found two clusters. */
static int check_expect(const struct config *c, struct err *e)
{
    if (c->expect == 0)
        return 0;
    if (c->bootstrap.count > 0 || c->join[0] != '\0')
        return err_set(e, -E_INVALID, "config: expect: %llu: stands instead of bootstrap and join",
                       (unsigned long long)c->expect);
    if (c->peers.count < c->expect || c->peers.count >= 2 * c->expect)
        return err_set(e, -E_INVALID,
                       "config: expect: %llu: peers must list at least so many addresses, this "
                       "node's too, and fewer than twice as many; it lists %zu",
                       (unsigned long long)c->expect, c->peers.count);
    return 0;
}

/* Only a command line can name it. */
static int check_lab(const struct config *c, struct err *e)
{
    if (c->lab_fd == LAB_FD_NONE || fcntl((int)c->lab_fd, F_GETFD) >= 0)
        return 0;
    return err_set(e, -E_INVALID,
                   "config: lab_fd: %llu: not an open descriptor; the parent passes it on",
                   (unsigned long long)c->lab_fd);
}

int config_check(struct config *c, struct err *e)
{
    c->cluster_said = was_said(c, "cluster");
    int code = check_timing(&c->timing, e);
    if (code == 0)
        code = check_lease(c, e);
    if (code == 0)
        code = check_deadline(c, e);
    if (code == 0)
        code = check_leave(c, e);
    if (code == 0)
        code = check_addresses(c, e);
    if (code == 0)
        code = check_expect(c, e);
    if (code < 0)
        return CONFIG_EXIT_CONFIG;
    return check_lab(c, e) < 0 ? CONFIG_EXIT_USAGE : 0;
}
