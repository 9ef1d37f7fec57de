/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/options.h"

#include "base/spelling.h"
#include "raftd/option_values.h"

#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct config, member)

_Static_assert(AT(timing.election_ns_max) == AT(timing.election_ns_min) + sizeof(uint64_t),
               "a range is two numbers in a row");

/* name, metavar, default, required, JSON form, parser, field, help */
const struct option_row option_rows[] = {
    {"name", "NAME", NULL, true, OPTION_STRING, value_name, AT(name), "this node's name"},
    {"data-dir", "DIR", NULL, true, OPTION_STRING, value_path, AT(data_dir),
     "where log, term and vote live; made if it is missing"},
    {"listen-peer", "HOST:PORT", NULL, true, OPTION_STRING, value_address, AT(listen_peer),
     "listen for peers here"},
    {"listen-client", "HOST:PORT", NULL, true, OPTION_STRING, value_address, AT(listen_client),
     "listen for clients (RESP) here"},
    {"admin-socket", "PATH", NULL, false, OPTION_STRING, value_socket, AT(admin_socket),
     "also listen for clients on this Unix socket; always admitted"},
    {"metrics", "HOST:PORT", NULL, false, OPTION_STRING, value_address, AT(metrics),
     "answer HTTP here: /metrics, /livez, /readyz"},
    {"cluster", "NAME", "raftlab", false, OPTION_STRING, value_name, AT(cluster),
     "name of the cluster; nodes of others are refused"},
    {"bootstrap", "N1=ADDR,N2=ADDR,...", NULL, false, OPTION_STRING, value_peers, AT(bootstrap),
     "on an empty directory: found a cluster of these nodes, the same list on each"},
    {"join", "HOST:PORT", NULL, false, OPTION_STRING, value_address, AT(join),
     "on an empty directory: join the cluster of the node whose peer port this is"},
    {"peers", "[NAME=]ADDR,...", NULL, false, OPTION_STRING, value_hints, AT(peers),
     "where peers are to be found: first dialed for those named; all of them with --expect"},
    {"expect", "N", NULL, false, OPTION_NUMBER, value_expect, AT(expect),
     "on an empty directory: found a cluster once N empty nodes see each other at --peers"},
    {"advertise-peer", "HOST:PORT", NULL, false, OPTION_STRING, value_address, AT(advertise_peer),
     "where peers reach this node; default: its address in --bootstrap, else --listen-peer"},
    {"advertise-client", "HOST:PORT", NULL, false, OPTION_STRING, value_address,
     AT(advertise_client), "where clients are sent to; default: --listen-client"},
    {"election-timeout", "MIN..MAX", "150ms..300ms", false, OPTION_STRING, value_range,
     AT(timing.election_ns_min), "silence of the leader that starts an election"},
    {"heartbeat", "DURATION", "50ms", false, OPTION_STRING, value_duration, AT(timing.heartbeat_ns),
     "how often a leader speaks"},
    {"prevote", "on|off", "on", false, OPTION_SWITCH, value_switch, AT(pre_vote),
     "ask before campaigning (thesis 9.6)"},
    {"check-quorum", "on|off", "on", false, OPTION_SWITCH, value_switch, AT(check_quorum),
     "a leader that hears no quorum steps down (thesis 6.2)"},
    {"lease-reads", "on|off", "off", false, OPTION_SWITCH, value_switch, AT(lease_reads),
     "clients may ask for reads that rely on clocks (thesis 6.4.1)"},
    {"max-clock-drift", "PPM", "100000ppm", false, OPTION_STRING, value_ppm, AT(clock_drift_ppm),
     "how much the rate of any node's clock may be off, for leases"},
    {"max-staleness", "DURATION|off", "off", false, OPTION_STRING, value_limit,
     AT(max_staleness_ns), "local reads are refused if no leader was heard for so long"},
    {"forward", "on|off", "on", false, OPTION_SWITCH, value_switch, AT(forward),
     "writes at a node that does not lead go on to the leader (thesis 6.2)"},
    {"client-deadline", "DURATION", "5s", false, OPTION_STRING, value_duration,
     AT(client_deadline_ns), "how long a request may take"},
    {"max-clients", "N", "10000", false, OPTION_NUMBER, value_clients, AT(clients_max),
     "connections on the client port; the admin socket does not count"},
    {"segment-size", "SIZE", "16MiB", false, OPTION_STRING, value_size, AT(segment_bytes),
     "size of new log files; an entry must fit into one"},
    {"snapshot-every", "N", "10000", false, OPTION_NUMBER, value_entries, AT(snapshot_every),
     "entries after which a snapshot is taken; 0: by the log's size alone"},
    {"snapshot-trailing", "N", "10240", false, OPTION_NUMBER, value_entries, AT(snapshot_trailing),
     "entries kept in the log below a snapshot"},
    {"snapshot-rate", "SIZE|off", "off", false, OPTION_STRING, value_rate, AT(snapshot_rate),
     "at most so many bytes a second of snapshots for others"},
    {"on-sigterm", "stop|transfer|leave", "stop", false, OPTION_STRING, value_parting,
     AT(on_sigterm), "on TERM or INT: stop; hand leadership over first; or leave the cluster"},
    {"leave-timeout", "DURATION", "10s", false, OPTION_STRING, value_duration, AT(leave_timeout_ns),
     "how long leaving may take before the outcome is called unknown"},
    {"shutdown-on-remove", "on|off", "off", false, OPTION_SWITCH, value_switch,
     AT(shutdown_on_remove), "stop (exit 86) once this node was removed from the cluster"},
    {"watch-history", "N", "10000", false, OPTION_NUMBER, value_changes, AT(watch_history),
     "changes that WATCHKEY can go back or lag behind"},
    {"log-level", "LEVEL", "info", false, OPTION_STRING, value_level, AT(log_level),
     "debug, info, warning or error; SIGHUP reads it again from --config"},
    {"log-format", "text|json", "text", false, OPTION_STRING, value_format, AT(log_json),
     "form of the lines on stderr"},
    {"lab-fd", "N", NULL, false, OPTION_NUMBER, value_fd, AT(lab_fd),
     "an inherited socket: the trace out, a laboratory's commands in"},
    {"unsafe-no-fsync", NULL, "false", false, OPTION_FLAG, value_flag, AT(unsafe_no_fsync),
     "do not wait for the disk: a power cut loses acknowledged writes"},
};
const size_t option_rows_count = ARRAY_LEN(option_rows);

_Static_assert(ARRAY_LEN(option_rows) <= CONFIG_OPTIONS, "the values must fit");

const char *option_key(const struct option_row *row, char out[OPTION_NAME_MAX])
{
    size_t len = strlen(row->name);
    ASSERT(len < OPTION_NAME_MAX);
    for (size_t i = 0; i <= len; i++)
        out[i] = row->name[i] == '-' ? '_' : row->name[i];
    return out;
}

/* Returns out, or the row's own name. */
static const char *spell(const struct option_row *row, bool key, char out[OPTION_NAME_MAX])
{
    return key ? option_key(row, out) : row->name;
}

int option_find(const char *name, size_t len, bool key)
{
    for (size_t i = 0; i < option_rows_count; i++) {
        char out[OPTION_NAME_MAX];
        const char *known = spell(&option_rows[i], key, out);
        if (strlen(known) == len && memcmp(known, name, len) == 0)
            return (int)i;
    }
    return -1;
}

const char *option_hint(const char *name, bool key, char out[OPTION_WHY_MAX])
{
    const struct option_row *nearest = NULL;
    size_t best = strlen(name) / 3 + 2;
    out[0] = '\0';
    if (strlen(name) >= OPTION_NAME_MAX)
        return out;
    for (size_t i = 0; i < option_rows_count; i++) {
        char known[OPTION_NAME_MAX];
        size_t d = spelling_distance(span_str(name), span_str(spell(&option_rows[i], key, known)));
        if (d < best) {
            best = d;
            nearest = &option_rows[i];
        }
    }
    char known[OPTION_NAME_MAX];
    if (nearest != NULL)
        (void)snprintf(out, OPTION_WHY_MAX, "; did you mean %s%s?", key ? "" : "--",
                       spell(nearest, key, known));
    return out;
}
