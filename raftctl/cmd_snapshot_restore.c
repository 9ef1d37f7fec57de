/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl snapshot restore: the data of a saved snapshot, written into a cluster as transactions.
 * It goes through the log: what is put into one node's files would be a state that no log gives. */
#include "base/mem.h"
#include "base/units.h"
#include "raftctl/become.h"
#include "raftctl/cmd.h"
#include "raftctl/leaderless.h"
#include "raftctl/snapshot_file.h"
#include "raftctl/stop.h"
#include "raftctl/write_once.h"
#include "wire/resp.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of one transaction; far below what a node takes, for its last command may be large. */
#define BYTES_MAX    (LIMIT_ENTRY_BYTES / 2)
#define COMMANDS_MAX (LIMIT_TRANSACTION_COMMANDS / 2)
#define NO_RAFTD     127
#define PAUSE_NS     (100 * NS_PER_MS)

const struct form form_snapshot_restore = {
    .line = "{file}: restored as of entry {index}; keys {keys}, transactions {transactions}",
    .schema = "file:s index:n keys:n transactions:n"};

struct restore {
    const struct ctl *ctl;
    struct ctl_words *words; /* owned, as is each argv with its bytes; the first is MULTI */
    size_t count, cap, bytes;
    struct buf key; /* of the last command */
    uint64_t keys, transactions;
};

static void add(struct restore *r, const struct span *argv, size_t argc)
{
    size_t bytes = argc * sizeof(struct span);
    for (size_t i = 0; i < argc; i++)
        bytes += argv[i].len;
    struct span *copy = mem_alloc(bytes);
    char *to = (char *)(copy + argc);
    for (size_t i = 0; i < argc; i++) {
        memcpy(to, argv[i].data, argv[i].len);
        copy[i] = span_of(to, argv[i].len);
        to += argv[i].len;
    }
    r->words = mem_room(r->words, r->count + 1, &r->cap, sizeof(*r->words));
    r->words[r->count++] = (struct ctl_words){copy, argc};
    r->bytes += bytes;
}

static void begin(struct restore *r)
{
    const struct span multi[] = {span_str("MULTI")};
    for (size_t i = 0; i < r->count; i++)
        mem_free((void *)r->words[i].argv);
    r->count = r->bytes = 0;
    add(r, multi, 1);
}

/* None of its commands has been refused. */
static enum ctl_exit judge(const struct answer *a, size_t commands, struct failure *f)
{
    if (a->value->kind != RESP_ARRAY || a->value->count != commands)
        return ask_surprised(a, f);
    const struct resp_value *reply = a->value + 1;
    for (size_t i = 0; i < commands; i++, reply += reply->nodes) {
        if (resp_bare(reply)->kind == RESP_ERROR)
            return ask_explain(&a->conn, resp_bare(reply)->text, f);
    }
    return CTL_OK;
}

/* Until the time is up, for a refused transaction is not applied; a leader has been waited for.
 * What is left of the time goes into ctl. */
static enum ctl_exit write_patiently(struct ctl *ctl, struct answer *answer, struct failure *f)
{
    const struct span exec[] = {span_str("EXEC")};
    uint64_t deadline_ns = conn_now_ns() + ctl->timeout_ns;
    for (;;) {
        enum ctl_exit exit = write_once(ctl, exec, 1, answer, f);
        uint64_t now_ns = conn_now_ns();
        if (exit != CTL_TRY_AGAIN || leaderless_is(f) || stop_asked() ||
            now_ns + PAUSE_NS >= deadline_ns)
            return exit;
        stop_rest(PAUSE_NS, deadline_ns);
        now_ns = conn_now_ns();
        ctl->timeout_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    }
}

/* What was added so far, as one entry of the log. */
static enum ctl_exit commit(struct restore *r, struct failure *f)
{
    static struct ctl with; /* large, and there is one */
    struct answer answer;
    if (r->count == 1)
        return CTL_OK;
    with = *r->ctl;
    with.before = r->words;
    with.before_count = r->count;
    enum ctl_exit exit = write_patiently(&with, &answer, f);
    if (exit == CTL_OK) {
        exit = judge(&answer, r->count - 1, f);
        ask_close(&answer);
        r->transactions++;
    }
    begin(r);
    return exit;
}

static enum ctl_exit take(struct restore *r, const struct resp_request *q, struct failure *f)
{
    struct span key = q->argc > 1 ? q->argv[1] : span_str("");
    if (r->keys == 0 || !span_equal(key, span_of(buf_str(&r->key), r->key.len)))
        r->keys++;
    buf_reset(&r->key);
    buf_put(&r->key, key.data, key.len);
    add(r, q->argv, q->argc);
    return r->bytes >= BYTES_MAX || r->count >= COMMANDS_MAX ? commit(r, f) : CTL_OK;
}

static enum ctl_exit take_all(struct restore *r, int fd, struct failure *f)
{
    static char piece[65536];
    struct resp_requests in;
    struct resp_request request;
    struct err e = {0};
    enum ctl_exit exit = CTL_OK;
    ssize_t n = 0;
    resp_requests_init(&in);
    while (exit == CTL_OK && (n = read(fd, piece, sizeof(piece))) > 0) {
        int code = 0;
        resp_requests_feed(&in, piece, (size_t)n);
        while (exit == CTL_OK && (code = resp_requests_next(&in, &request, &e)) > 0)
            exit = take(r, &request, f);
        if (code < 0) {
            failure_set(f, CTL_INTERNAL, "INTERNAL", "raftd: %s", e.text);
            exit = f->exit;
        }
    }
    resp_requests_free(&in);
    if (n < 0) {
        failure_set(f, CTL_IO, "IO", "raftd: %s", strerror(errno));
        exit = f->exit;
    }
    return exit;
}

/* ---- raftd, which knows what is in the file ---- */

/* Only returns in the parent: what the child says can be read from *ret_fd. */
static pid_t ask_raftd(int file, int *ret_fd)
{
    static char name[] = "raftd", option[] = "--contents";
    char *argv[] = {name, option, NULL};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(file, STDIN_FILENO) >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0)
            become_raftd(argv);
        _exit(NO_RAFTD);
    }
    int error_number = errno;
    (void)close(ends[1]);
    if (pid < 0)
        (void)close(ends[0]);
    errno = error_number;
    *ret_fd = ends[0];
    return pid;
}

static enum ctl_exit ended(pid_t pid, const char *name, struct failure *f)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return CTL_OK;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_RAFTD)
        become_failed(f, ENOENT);
    else
        failure_set(f, CTL_NO, "DAMAGED", "%s: raftd cannot read what is in it", name);
    return f->exit;
}

/* Nothing is sent before raftd has read all of the file. */
static enum ctl_exit write_data(struct restore *r, const struct file_head *head, struct failure *f)
{
    const char *name = r->ctl->argv[0];
    int fd, file = open(name, O_RDONLY | O_CLOEXEC);
    pid_t pid = -1;
    if (file >= 0 && lseek(file, (off_t)head->line_bytes, SEEK_SET) >= 0)
        pid = ask_raftd(file, &fd);
    int error_number = errno;
    if (file >= 0)
        (void)close(file);
    if (pid < 0) {
        failure_set(f, CTL_IO, "IO", "%s: %s", name, strerror(error_number));
        return f->exit;
    }
    enum ctl_exit exit = take_all(r, fd, f);
    (void)close(fd); /* one that still writes ends */
    struct failure why;
    enum ctl_exit child = ended(pid, name, exit == CTL_OK ? f : &why);
    if (exit == CTL_OK)
        exit = child;
    return exit == CTL_OK ? commit(r, f) : exit;
}

/* ---- the verb ---- */

/* With --yes what is there goes; without it there must be nothing. */
static enum ctl_exit make_room(struct restore *r, struct failure *f)
{
    const struct span flush[] = {span_str("FLUSHALL")}, size[] = {span_str("DBSIZE")};
    struct answer answer;
    if (r->ctl->given[OPT_YES]) {
        add(r, flush, 1);
        return CTL_OK;
    }
    enum ctl_exit exit = leaderless_ask(r->ctl, size, 1, &answer, f);
    if (exit != CTL_OK)
        return exit;
    if (answer.value->kind != RESP_INTEGER) {
        exit = ask_surprised(&answer, f);
    } else if (answer.value->integer > 0) {
        failure_set(f, CTL_NO, "NOTEMPTY", "the cluster holds %lld keys",
                    (long long)answer.value->integer);
        failure_why(f, "restored, it holds those of %s and no others", r->ctl->argv[0]);
        failure_fix(f, "raftctl snapshot restore %s --yes   removes them", r->ctl->argv[0]);
        exit = f->exit;
    }
    ask_close(&answer);
    return exit;
}

static enum ctl_exit show(const struct restore *r, const struct file_head *head)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "file", r->ctl->argv[0]);
    jsonw_kv_u64(&w, "index", head->index);
    jsonw_kv_u64(&w, "keys", r->keys);
    jsonw_kv_u64(&w, "transactions", r->transactions);
    jsonw_end(&w);
    return form_show(r->ctl, &form_snapshot_restore, &json, CTL_OK);
}

enum ctl_exit cmd_snapshot_restore(const struct ctl *ctl)
{
    struct restore r = {.ctl = ctl};
    struct file_head head;
    struct failure f;
    begin(&r);
    enum ctl_exit exit = snapshot_file_check(ctl->argv[0], &head, &f);
    if (exit == CTL_OK)
        exit = make_room(&r, &f);
    if (exit == CTL_OK)
        exit = write_data(&r, &head, &f);
    if (exit != CTL_OK && r.transactions > 0)
        failure_fix(&f, "a part is written: raftctl snapshot restore %s --yes   begins again",
                    ctl->argv[0]);
    exit = exit == CTL_OK ? show(&r, &head) : print_failure(ctl, &f);
    begin(&r);
    mem_free((void *)r.words[0].argv);
    mem_free(r.words);
    buf_free(&r.key);
    return exit;
}
