/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of the node's disk, as a laboratory wants them: calls that take long, hang, or fail. A
 * call is what the thread that makes it waits for: a log write holds up the log, a read the whole
 * node. */
#ifndef RAFTD_LAB_DISK_H
#define RAFTD_LAB_DISK_H

#include "base/prng.h"
#include "raftd/lab_undo.h"

struct lab;

/* What calls do and which files they are about, as bits of the commands. */
enum { LAB_DISK_READ = 1, LAB_DISK_WRITE = 2, LAB_DISK_FSYNC = 4, LAB_DISK_RENAME = 8 };
enum { LAB_DISK_LOG = 1, LAB_DISK_META = 2, LAB_DISK_SNAPSHOT = 4 };
#define LAB_DISK_OPS_ALL   15u
#define LAB_DISK_FILES_ALL 7u

enum lab_disk_kind {
    LAB_DISK_SLOW,
    LAB_DISK_STALL,
    LAB_DISK_ERROR,
    LAB_DISK_FULL,
    LAB_DISK_READONLY,
    LAB_DISK_LIE,  /* syncs say that they were done */
    LAB_DISK_POWER /* it fails before the next sync of such a file */
};

#define LAB_DISK_RULES_MAX 64

/* Invariant: id 0 = free. */
struct lab_disk_rule {
    uint64_t id;
    enum lab_disk_kind kind;
    unsigned ops, files;
    uint64_t delay_ns, jitter_ns, chance_ppm; /* SLOW */
    int code;                                 /* ERROR */
    uint64_t after, count;                    /* ERROR: calls that succeed first, then that fail */
    uint64_t capacity;                        /* FULL: bytes of all files */
    uint64_t calls;                           /* that it was about */
    bool struck;                              /* it has made a call fail */
};

struct lab_disk {
    struct lab *lab;
    struct lab_undo *undo;
    pthread_t loop; /* the thread that takes commands */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* the rules have */
    struct lab_disk_rule rules[LAB_DISK_RULES_MAX];
    unsigned end; /* all from there on are free */
    struct prng dice;
};

/* In the loop's thread. undo is borrowed. */
void lab_disk_open(struct lab_disk *d, struct lab *lab, struct lab_undo *undo);
void lab_disk_close(struct lab_disk *d);
struct lab_watcher lab_disk_watcher(struct lab_disk *d);

/* disk rule=ID kind=KIND …: from now on, and labMet says when it makes a call fail: each of an
 * error, the first of the other kinds; disk-end rule=ID: no longer, and what waited goes on. */
int lab_disk_command(const struct lab_parts *parts, struct lab_words *w, struct err *e) MUST_CHECK;
int lab_disk_end_command(const struct lab_parts *parts, struct lab_words *w,
                         struct err *e) MUST_CHECK;

#endif
