/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One node's trace as it comes: whole lines go to the node's file as they are, and each is read and
 * told. */
#ifndef TRACE_COLLECT_H
#define TRACE_COLLECT_H

#include "emulator/trace/outfile.h"
#include "emulator/trace/reader.h"

/* Told for every line that could be read; rec is borrowed. */
typedef void collect_record(void *arg, unsigned node, const struct trace_record *rec);

struct collector {
    unsigned node;
    char name[16];
    struct outfile file;
    struct buf partial; /* a line whose end is still to come */
    struct trace_reader reader;
    collect_record *tell;
    /* Told for every line of the channel that is none of a trace; NULL: nobody is. */
    void (*channel)(void *arg, unsigned node, const char *line, size_t len);
    void *arg;
    /* The common fields of its last line; seq: 0 once it has ended, for the next life's number is
     * 1, also if it ends before it has written a line. */
    uint64_t t_ns, disk, inc, seq, term;
    uint64_t lines;
    uint64_t foreign; /* lines of the channel itself; not in the file */
    uint64_t lost;    /* numbers missing between lines: what the node could not deliver */
};

/* names is borrowed. Errors: those of opening path. collector_close is right in every case. */
int collector_open(struct collector *c, unsigned node, const char *name, const char *path,
                   struct trace_names *names, collect_record *tell, void *arg,
                   struct err *e) MUST_CHECK;
/* 0, or the first error of writing the file. */
int collector_close(struct collector *c, struct err *e) MUST_CHECK;

/* Bytes as they came. */
void collector_feed(struct collector *c, const void *data, size_t len);
/* Reads a part of what the socket holds: positive. 0: it holds nothing now. Negative: its end. */
int collector_read(struct collector *c, int fd);

/* A process has begun that writes no line of its own: what is written of it is of a new
 * incarnation. */
void collector_born(struct collector *c);
/* The process has ended: a line it could not finish is dropped, and the `crashed` line it cannot
 * write any more is written for it. code: of its exit; -1: a signal ended it. */
void collector_crashed(struct collector *c, uint64_t now_ns, const char *cause, int code);

#endif
