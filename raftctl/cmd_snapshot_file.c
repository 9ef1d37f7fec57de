/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl snapshot save and verify. */
#include "base/checksum.h"
#include "raftctl/cmd.h"
#include "raftctl/exact.h"
#include "raftctl/outfile.h"
#include "raftctl/pointer.h"
#include "raftctl/snapshot_file.h"
#include "raftctl/steer.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define MAGIC    "raftctl-snapshot "
#define VERSION  2
#define PIECE    LIMIT_CHUNK_BYTES /* as nodes give them: XXH3 went by pieces */
#define HEAD_MAX 1024

#define MEMBERS \
    "file:s file_bytes:n index:n term:n digest:x bytes:n sha256?:s checksum?:x cluster:x node:s"

const struct form form_snapshot_save = {
    .line = "{file}: the state at entry {index} of term {term}, {file_bytes} bytes, "
            "sha256 {sha256}",
    .schema = MEMBERS};
const struct form form_snapshot_verify = {.line = "{file} is whole: the state at entry {index} of "
                                                  "term {term}, {file_bytes} bytes, of {node}[, "
                                                  "sha256 {sha256}]",
                                          .schema = MEMBERS};

static void sum_up(struct file_head *h, struct span bytes)
{
    if (h->version == VERSION)
        sha256_put(&h->sha256, bytes);
    else
        h->xxh3 = checksum64_seeded(h->xxh3, bytes.data, bytes.len);
}

static void end_sum(struct file_head *h)
{
    if (h->version == VERSION)
        sha256_end(&h->sha256, h->sum);
    else
        (void)snprintf(h->sum, sizeof(h->sum), "%016llx", (unsigned long long)h->xxh3);
}

static enum ctl_exit show(const struct ctl *ctl, const struct form *form, const char *file,
                          const struct file_head *h, const char *via)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "file", file);
    jsonw_kv_u64(&w, "file_bytes", h->line_bytes + h->bytes + strlen(h->sum) + 1);
    jsonw_kv_u64(&w, "index", h->index);
    jsonw_kv_u64(&w, "term", h->term);
    jsonw_kv_string(&w, "digest", h->digest);
    jsonw_kv_u64(&w, "bytes", h->bytes);
    jsonw_kv_string(&w, h->version == VERSION ? "sha256" : "checksum", h->sum);
    jsonw_kv_string(&w, "cluster", h->cluster);
    jsonw_kv_string(&w, "node", h->node);
    if (via != NULL)
        form_put_via(&w, via);
    jsonw_end(&w);
    return form_show(ctl, form, &json, CTL_OK);
}

/* ---- save ---- */

/* Takes a snapshot now, and what it is. */
static enum ctl_exit take(const struct ctl *one, struct file_head *h, struct failure *f)
{
    const struct span words[] = {span_str("RAFT"), span_str("SNAPSHOT")};
    struct answer answer;
    if (ask_cluster(one, ASK_READ, words, ARRAY_LEN(words), &answer, f) != CTL_OK)
        return f->exit;
    cJSON *doc = answer.value->kind == RESP_BULK ? exact_parse(answer.value->text) : NULL;
    const char *digest = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, "digest"));
    h->index = pointer_number(doc, "index");
    h->term = pointer_number(doc, "term");
    (void)snprintf(h->digest, sizeof(h->digest), "%s", digest != NULL ? digest : "");
    enum ctl_exit exit = digest != NULL ? CTL_OK : ask_surprised(&answer, f);
    cJSON_Delete(doc);
    ask_close(&answer);
    return exit;
}

/* One piece after another, into the file, until there is none. */
static enum ctl_exit fetch(const struct ctl *one, struct file_head *h, struct outfile *o,
                           struct failure *f)
{
    for (;;) {
        char index[24], offset[24];
        struct answer answer;
        (void)snprintf(index, sizeof(index), "%llu", (unsigned long long)h->index);
        (void)snprintf(offset, sizeof(offset), "%llu", (unsigned long long)h->bytes);
        const struct span words[] = {span_str("RAFT"), span_str("SNAPSHOT"), span_str("READ"),
                                     span_str(index), span_str(offset)};
        if (ask_cluster(one, ASK_READ, words, ARRAY_LEN(words), &answer, f) != CTL_OK)
            return f->exit;
        struct span piece = answer.value->text;
        enum ctl_exit exit = answer.value->kind == RESP_BULK ? outfile_write(o, piece, f)
                                                             : ask_surprised(&answer, f);
        bool more = piece.len > 0;
        if (exit == CTL_OK && more)
            sum_up(h, piece);
        h->bytes += piece.len;
        ask_close(&answer);
        if (exit != CTL_OK || !more)
            return exit;
    }
}

static enum ctl_exit write_all(const struct ctl *one, struct file_head *h, struct outfile *o,
                               struct failure *f)
{
    struct buf head = {0};
    h->version = VERSION;
    sha256_init(&h->sha256);
    buf_putf(&head,
             MAGIC "%d {\"index\":%llu,\"term\":%llu,\"digest\":\"%s\",\"cluster\":\"%s\","
                   "\"node\":\"%s\"}\n",
             VERSION, (unsigned long long)h->index, (unsigned long long)h->term, h->digest,
             h->cluster, h->node);
    h->line_bytes = head.len;
    enum ctl_exit exit = outfile_write(o, span_of(head.data, head.len), f);
    sum_up(h, span_of(head.data, head.len));
    if (exit == CTL_OK)
        exit = fetch(one, h, o, f);
    end_sum(h);
    buf_reset(&head);
    buf_putf(&head, "%s\n", h->sum);
    if (exit == CTL_OK)
        exit = outfile_write(o, span_of(head.data, head.len), f);
    buf_free(&head);
    return exit == CTL_OK ? outfile_finish(o, f) : exit;
}

static void warn_of_age(const struct ctl *ctl, const char *node)
{
    struct buf said = {0};
    buf_putf(&said,
             "nobody leads: the state is %s's, which may be old (--node %s asks it without "
             "this word)",
             node, node);
    print_warn(ctl, buf_str(&said));
    buf_free(&said);
}

/* The node of --node, else the leader, else whoever answers. */
static enum ctl_exit choose(const struct ctl *ctl, struct file_head *h, struct ctl *one,
                            struct failure *f)
{
    static struct survey survey; /* large, and there is one */
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &survey, f) != CTL_OK)
        return f->exit;
    const struct survey_row *row = survey_speaker(&survey);
    ASSERT(row != NULL); /* or there were no survey */
    const char *name = ctl->value[OPT_NODE] != NULL ? ctl->value[OPT_NODE] : row->member.name;
    if (ctl->value[OPT_NODE] == NULL && !survey_leads(&survey))
        warn_of_age(ctl, name);
    (void)snprintf(h->cluster, sizeof(h->cluster), "%s", survey.cluster.id);
    (void)snprintf(h->node, sizeof(h->node), "%s", name);
    return steer_find(ctl, name, one, f);
}

enum ctl_exit cmd_snapshot_save(const struct ctl *ctl)
{
    static struct ctl one; /* large, and there is one */
    struct file_head head = {0};
    struct outfile out;
    struct failure f;
    enum ctl_exit exit = choose(ctl, &head, &one, &f);
    if (exit == CTL_OK)
        exit = take(&one, &head, &f);
    if (exit == CTL_OK)
        exit = outfile_begin(&out, ctl->argv[0], &f);
    if (exit != CTL_OK)
        return print_failure(ctl, &f);
    exit = write_all(&one, &head, &out, &f);
    if (exit != CTL_OK) {
        outfile_give_up(&out);
        return print_failure(ctl, &f);
    }
    return show(ctl, &form_snapshot_save, ctl->argv[0], &head, one.endpoints[0].text);
}

/* ---- verify ---- */

static enum ctl_exit damaged(struct failure *f, const char *file, const char *what)
{
    failure_set(f, CTL_NO, "DAMAGED", "%s: %s", file, what);
    failure_fix(f, "take another one: raftctl snapshot save FILE");
    return f->exit;
}

static void copy_text(char *out, size_t size, const cJSON *doc, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(doc, key));
    (void)snprintf(out, size, "%s", text != NULL ? text : "");
}

static bool read_head(FILE *file, struct file_head *h)
{
    char line[HEAD_MAX];
    if (fgets(line, sizeof(line), file) == NULL || strncmp(line, MAGIC, strlen(MAGIC)) != 0)
        return false;
    const char *rest = line + strlen(MAGIC);
    h->version = rest[0] - '0';
    if (h->version < 1 || h->version > VERSION || rest[1] != ' ')
        return false;
    sha256_init(&h->sha256);
    sum_up(h, span_str(line));
    h->line_bytes = strlen(line);
    cJSON *doc = cJSON_Parse(rest + 2);
    h->index = pointer_number(doc, "index");
    h->term = pointer_number(doc, "term");
    copy_text(h->digest, sizeof(h->digest), doc, "digest");
    copy_text(h->cluster, sizeof(h->cluster), doc, "cluster");
    copy_text(h->node, sizeof(h->node), doc, "node");
    cJSON_Delete(doc);
    return h->index > 0;
}

/* All behind the head, with the same cuts as when it was saved; the last line is the checksum. */
static enum ctl_exit read_rest(FILE *file, const char *name, struct file_head *h, struct failure *f)
{
    struct buf piece = {0};
    char bytes[4096];
    /* Digits and a line's end. */
    const size_t sum_bytes = (h->version == VERSION ? SHA256_TEXT - 1 : 16) + 1;
    size_t n;
    while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0) {
        buf_put(&piece, bytes, n);
        while (piece.len >= PIECE + sum_bytes) {
            sum_up(h, span_of(piece.data, PIECE));
            buf_consume(&piece, PIECE);
            h->bytes += PIECE;
        }
    }
    size_t rest = piece.len >= sum_bytes ? piece.len - sum_bytes : 0;
    if (rest > 0)
        sum_up(h, span_of(piece.data, rest));
    h->bytes += rest;
    end_sum(h);
    bool whole = piece.len >= sum_bytes && piece.data[piece.len - 1] == '\n' &&
                 memcmp(piece.data + rest, h->sum, sum_bytes - 1) == 0;
    buf_free(&piece);
    return whole ? CTL_OK : damaged(f, name, "its checksum is another one: cut off, or changed");
}

enum ctl_exit snapshot_file_check(const char *name, struct file_head *ret, struct failure *f)
{
    *ret = (struct file_head){0};
    FILE *file = fopen(name, "re");
    if (file == NULL) {
        failure_set(f, CTL_NO_INPUT, "NOINPUT", "%s: %s", name, strerror(errno));
        return f->exit;
    }
    enum ctl_exit exit = read_head(file, ret) ? read_rest(file, name, ret, f)
                                              : damaged(f, name, "it is no raftctl snapshot");
    (void)fclose(file);
    return exit;
}

enum ctl_exit cmd_snapshot_verify(const struct ctl *ctl)
{
    struct file_head head;
    struct failure f;
    if (snapshot_file_check(ctl->argv[0], &head, &f) != CTL_OK)
        return print_failure(ctl, &f);
    return show(ctl, &form_snapshot_verify, ctl->argv[0], &head, NULL);
}
