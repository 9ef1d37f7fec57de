/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftd/examine.h"

#include "raft/contents.h"
#include "raft/node.h"
#include "raftd/config.h"
#include "raftd/offline.h"
#include "raftd/offline_words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct wish {
    const char *dir;
    bool tells;
    struct node_examination found;
};

static void put_line(void *arg, struct span json)
{
    (void)arg;
    (void)fwrite(json.data, 1, json.len, stdout);
    (void)fputc('\n', stdout);
}

static int examine(const struct node_recover_host *host, void *arg, struct err *e)
{
    struct wish *w = arg;
    return node_examine(host, w->dir, w->tells ? put_line : NULL, NULL, &w->found, e);
}

static int usage(const char *text)
{
    (void)fprintf(stderr, "usage: raftd %s\n", text);
    return CONFIG_EXIT_USAGE;
}

static bool is_whole(const struct node_examination *x)
{
    return x->damage[0][0] == '\0' && x->damage[1][0] == '\0';
}

static void describe(const struct node_examination *x)
{
    const struct node_recovery *r = &x->node;
    printf("node            %s of cluster %s (%016" PRIx64 "), generation %" PRIu64
           ", term %" PRIu64 "\n",
           r->name[0] == '\0' ? "no member (any more, or yet)" : r->name, r->cluster, r->cluster_id,
           r->generation, r->term);
    offline_tell_standing(r);
    if (x->snapshot == 0)
        printf("snapshot        none\n");
    else
        printf("snapshot        of entry %" PRIu64 ": %" PRIu64 " keys, digest %016" PRIx64 "\n",
               x->snapshot, x->keys, x->digest);
    if (x->first > r->last.index)
        printf("log             empty behind entry %" PRIu64 "\n", r->last.index);
    else
        printf("log             entries %" PRIu64 " to %" PRIu64 ", the last of term %" PRIu64 "\n",
               x->first, r->last.index, r->last.term);
    if (x->cut[0] != '\0')
        printf("cut off         %s\n                (by a crash while it was written, or else "
               "damaged)\n",
               x->cut);
    for (size_t i = 0; i < ARRAY_LEN(x->damage); i++) {
        if (x->damage[i][0] != '\0')
            printf("damaged         %s\n", x->damage[i]);
    }
    if (is_whole(x))
        printf("whole           every checksum was compared\n");
}

static int print_json(const struct node_examination *x)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    offline_put_node(&w, &x->node);
    jsonw_kv_u64(&w, "first", x->first);
    jsonw_key(&w, "snapshot");
    if (x->snapshot != 0) {
        jsonw_object(&w);
        jsonw_kv_u64(&w, "index", x->snapshot);
        jsonw_kv_u64(&w, "keys", x->keys);
        jsonw_kv_hex64(&w, "digest", x->digest);
        jsonw_end(&w);
    } else {
        jsonw_null(&w);
    }
    jsonw_kv_string(&w, "cut", x->cut);
    jsonw_key(&w, "damage");
    jsonw_array(&w);
    for (size_t i = 0; i < ARRAY_LEN(x->damage); i++) {
        if (x->damage[i][0] != '\0')
            jsonw_string(&w, x->damage[i]);
    }
    jsonw_end(&w);
    jsonw_kv_bool(&w, "whole", is_whole(x));
    return offline_print(&w, &json);
}

static int run(struct wish *w)
{
    struct err e = {0};
    int code = offline_run(examine, w, &e);
    return code == 0 ? 0 : offline_failed(w->dir, code, &e);
}

int examine_verify(int argc, char *const *argv)
{
    bool json;
    if (!offline_words(argc, argv, NULL, &json))
        return usage("--verify DIR [--json]");
    struct wish w = {.dir = argv[0]};
    int exit_code = run(&w);
    if (exit_code != 0)
        return exit_code;
    int found = is_whole(&w.found) ? 0 : OFFLINE_EXIT_DAMAGED;
    if (json)
        return print_json(&w.found) == 0 ? found : NODE_EXIT_DISK;
    describe(&w.found);
    return fflush(stdout) == 0 ? found : NODE_EXIT_DISK;
}

int examine_dump(int argc, char *const *argv)
{
    bool json;
    if (!offline_words(argc, argv, NULL, &json) || json)
        return usage("--dump DIR");
    struct wish w = {.dir = argv[0], .tells = true};
    int exit_code = run(&w);
    return fflush(stdout) == 0 ? exit_code : NODE_EXIT_DISK;
}

/* ---- contents ---- */

static int read_all(struct contents *c, struct err *e)
{
    static char piece[65536];
    int code = 0;
    while (code == 0) {
        ssize_t n = read(STDIN_FILENO, piece, sizeof(piece));
        if (n < 0)
            return err_set_errno(e, -E_IO, errno, "standard input");
        if (n == 0)
            return err_set(e, -E_CORRUPT, "snapshot: it is cut short");
        code = contents_read(c, span_of(piece, (size_t)n), e);
    }
    return code;
}

int examine_contents(int argc, char *const *argv)
{
    struct err e = {0};
    struct buf out = {0};
    (void)argv;
    if (argc > 0)
        return usage("--contents <SNAPSHOT");
    struct contents *c = contents_new();
    int code = read_all(c, &e);
    while (code > 0 && contents_next(c, &out) && fwrite(out.data, 1, out.len, stdout) == out.len)
        buf_reset(&out);
    buf_free(&out);
    contents_free(c);
    if (code < 0) {
        (void)fprintf(stderr, "error: %s\n", e.text);
        return NODE_EXIT_DISK;
    }
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : NODE_EXIT_DISK;
}
