/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the daemon was told: options of the command line over keys of a JSON file over defaults. */
#ifndef RAFTD_CONFIG_H
#define RAFTD_CONFIG_H

#include "base/buf.h"
#include "raft/env.h"

#define CONFIG_EXIT_USAGE  64 /* the command line is wrong */
#define CONFIG_EXIT_CONFIG 78 /* the file is wrong, or values do not go together */

#define CONFIG_PATH_MAX   512 /* leaves room for file names below VFS_PATH_MAX */
#define CONFIG_SOCKET_MAX 107 /* what fits into a sockaddr_un */
#define CONFIG_OPTIONS    48  /* at most this many rows in the table of options */

enum config_action {
    CONFIG_RUN,
    CONFIG_CHECK,
    CONFIG_PRINT,
    CONFIG_PRINT_JSON,
    CONFIG_HELP,
    CONFIG_VERSION,
};

/* What SIGTERM and SIGINT do. */
enum config_parting { CONFIG_STOP, CONFIG_TRANSFER, CONFIG_LEAVE };

/* One option's value as it was written, and by whom. */
struct config_value {
    char *text;        /* owned; NULL: not given and without default */
    char origin[160];  /* "default", "command line", "FILE:LINE:COLUMN" */
    bool command_line; /* given there: the file cannot change it */
};

/* Everything as parsed. An absent optional text is empty. */
struct config {
    enum config_action action;
    char file[CONFIG_PATH_MAX]; /* --config; empty: none */

    char name[LIMIT_NODE_NAME + 1];
    char cluster[LIMIT_NODE_NAME + 1];
    bool cluster_said; /* by somebody, not by default */
    char data_dir[CONFIG_PATH_MAX];
    char listen_peer[LIMIT_ADDRESS + 1];
    char listen_client[LIMIT_ADDRESS + 1];
    char advertise_peer[LIMIT_ADDRESS + 1];   /* filled in after the checks, if not given */
    char advertise_client[LIMIT_ADDRESS + 1]; /* the same */
    char admin_socket[CONFIG_SOCKET_MAX + 1];
    char metrics[LIMIT_ADDRESS + 1]; /* empty: no */
    struct config_peers {
        size_t count;
        struct node_peer list[LIMIT_MEMBERS]; /* ids are 0: the daemon makes them of the names */
    } bootstrap;
    char join[LIMIT_ADDRESS + 1]; /* empty: no */
    struct config_peers peers;    /* hints; those without a name are addresses alone */
    uint64_t expect;              /* 0: no */
    struct raft_timing timing;
    uint64_t pre_vote;     /* 0 or 1 */
    uint64_t check_quorum; /* 0 or 1 */
    uint64_t lease_reads;  /* 0 or 1 */
    uint64_t clock_drift_ppm;
    uint64_t max_staleness_ns; /* 0: no limit */
    uint64_t forward;          /* 0 or 1 */
    uint64_t client_deadline_ns;
    uint64_t clients_max;
    uint64_t segment_bytes;
    uint64_t snapshot_every;    /* entries; 0: by size alone */
    uint64_t snapshot_trailing; /* entries */
    uint64_t snapshot_rate;     /* bytes a second; 0: no bound */
    uint64_t watch_history;     /* changes */
    uint64_t on_sigterm;        /* enum config_parting */
    uint64_t leave_timeout_ns;
    uint64_t shutdown_on_remove; /* 0 or 1 */
    uint64_t unsafe_no_fsync;    /* 0 or 1 */
    uint64_t log_level;          /* enum env_level */
    uint64_t log_json;           /* 0 or 1 */
    uint64_t lab_fd;             /* LAB_FD_NONE: none */

    struct config_value values[CONFIG_OPTIONS]; /* by row of the table */
    char warning[256];                          /* empty, or a sentence for the log */
};

#define LAB_FD_NONE UINT64_MAX

/* Reads the command line and the file it names, and checks the values against each other. Returns
 * 0, or CONFIG_EXIT_USAGE or CONFIG_EXIT_CONFIG with the sentence
 * "config: KEY: VALUE: REASON (WHERE)" in e (relations of good values name no place).
 * With an action of help or version nothing else is looked at.
 * Ownership: *ret is filled in any case and freed with config_free. */
int config_load(int argc, char *const *argv, struct config *ret, struct err *e) MUST_CHECK;
void config_free(struct config *c);

/* What the options say about each other: election against heartbeat (thesis 9.1 and 9.4), addresses
 * against the founding list. 0, or CONFIG_EXIT_CONFIG. Fills in what is derived, and the warning.
 */
int config_check(struct config *c, struct err *e) MUST_CHECK;

/* The keys and values of a JSON file into the table of values. 0, or CONFIG_EXIT_CONFIG. */
int config_read_file(struct config *c, const char *path, struct err *e) MUST_CHECK;
/* The same with the file's content; path is for messages. */
int config_read_text(struct config *c, const char *path, const struct buf *text,
                     struct err *e) MUST_CHECK;

void config_help(struct buf *out);
/* Every value with its origin, one a line; as JSON it is a file that --config takes. */
void config_print(const struct config *c, struct buf *out);
void config_print_json(const struct config *c, struct buf *out);

#endif
