/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Talking to a keeper: a request, news meanwhile, the answer. */
#include "emulator/lab/lab.h"

#include "base/jsonw.h"
#include "base/mem.h"
#include "emulator/scenario/json.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK_BYTES 65536
#define PATIENCE_S  60         /* with a keeper on a busy machine */
#define ANSWER_MAX  (4u << 20) /* bytes of an answer */

struct lab_call {
    int fd;
    char name[LABS_NAME_MAX + 1];
    struct buf in;
    int fds[ARRAY_LEN(((struct lab_answer *)0)->fds)]; /* that came and were not asked for yet */
};

int lab_call(const char *folder, const char *name, struct lab_call **ret, struct err *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[LABS_PATH_MAX];
    int code = labs_living(folder, name, e);
    if (code < 0)
        return code;
    (void)labs_path(folder, name, LABS_CONTROL, path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
        int error = errno;
        if (fd >= 0)
            (void)close(fd);
        if (error == ENOENT || error == ECONNREFUSED)
            return err_set(e, -E_BUSY, "lab %s is just beginning or ending", name);
        return err_set_errno(e, err_from_errno(error), error, "lab %s", name);
    }
    struct lab_call *c = mem_alloc(sizeof(*c));
    c->fd = fd;
    memcpy(c->name, name, strlen(name) + 1);
    for (size_t i = 0; i < ARRAY_LEN(c->fds); i++)
        c->fds[i] = -1;
    *ret = c;
    return 0;
}

static void close_all(int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]);
        fds[i] = -1;
    }
}

void lab_hang_up(struct lab_call *c)
{
    if (c == NULL)
        return;
    close_all(c->fds, ARRAY_LEN(c->fds));
    (void)close(c->fd);
    buf_free(&c->in);
    mem_free(c);
}

int lab_call_fd(const struct lab_call *c)
{
    return c->fd;
}

void lab_answer_free(struct lab_answer *a)
{
    close_all(a->fds, ARRAY_LEN(a->fds));
    buf_free(&a->error);
    buf_free(&a->text);
}

/* Whom the keeper hung up on reads why, if it said so: that it cannot be sent is no error yet. */
static void send_request(const struct lab_call *c, const char *verb, const char *const *words,
                         size_t count)
{
    struct buf line = {0};
    struct jsonw w;
    jsonw_init(&w, &line);
    jsonw_object(&w);
    jsonw_kv_string(&w, "verb", verb);
    jsonw_key(&w, "words");
    jsonw_array(&w);
    for (size_t i = 0; i < count; i++)
        jsonw_string(&w, words[i]);
    jsonw_end(&w);
    jsonw_end(&w);
    buf_putc(&line, '\n');
    for (size_t done = 0; done < line.len;) {
        ssize_t n = send(c->fd, line.data + done, line.len - done, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            break;
        done += n < 0 ? 0 : (size_t)n;
    }
    buf_free(&line);
}

/* More of what the keeper says, and descriptors beside it. */
static int receive(struct lab_call *c, struct err *e)
{
    static char chunk[CHUNK_BYTES];
    _Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(c->fds))] = {0};
    struct iovec bytes = {.iov_base = chunk, .iov_len = sizeof(chunk)};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
    ssize_t n = recvmsg(c->fd, &message, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR)
        return err_set(e, -E_TIMEOUT, "not waited for: it goes on");
    if (n < 0 && errno == EAGAIN)
        return err_set(e, -E_TIMEOUT, "lab %s: its keeper does not answer: does it stand still?",
                       c->name);
    if (n <= 0)
        return err_set(e, -E_CLOSED, "lab %s has ended", c->name);
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head != NULL && head->cmsg_type == SCM_RIGHTS &&
        head->cmsg_len == CMSG_LEN(sizeof(c->fds))) {
        close_all(c->fds, ARRAY_LEN(c->fds));
        memcpy(c->fds, CMSG_DATA(head), sizeof(c->fds));
    }
    buf_put(&c->in, chunk, (size_t)n);
    if (c->in.len > ANSWER_MAX)
        return err_set(e, -E_LIMIT, "lab %s: an answer of more than %u bytes", c->name, ANSWER_MAX);
    return 0;
}

/* 1: the line is the answer, 0: it is news. */
static int read_line(struct lab_call *c, size_t len, void (*say)(void *arg, const char *line),
                     void *say_arg, struct lab_answer *ret, struct err *e)
{
    struct diags diags;
    uint64_t exit = 0;
    diags_init(&diags, "answer", c->in.data, len);
    struct json_doc *doc = json_read(c->in.data, len, &diags);
    const struct json *root = doc == NULL ? NULL : json_root(doc);
    const struct json *news = json_get(root, "say"), *error = json_get(root, "error");
    const struct json *text = json_get(root, "text");
    int code = 0;
    if (news != NULL && news->text != NULL && say != NULL)
        say(say_arg, news->text);
    if (news == NULL && json_u64(json_get(root, "exit"), UINT8_MAX, &exit) < 0)
        code = err_set(e, -E_CORRUPT, "lab %s: the keeper's answer makes no sense", c->name);
    if (news == NULL && code == 0) {
        ret->exit = (int)exit;
        if (error != NULL && error->text != NULL)
            buf_puts(&ret->error, error->text);
        if (text != NULL && text->text != NULL)
            buf_puts(&ret->text, text->text);
        code = 1;
    }
    json_free(doc);
    diags_free(&diags);
    return code;
}

int lab_ask(struct lab_call *c, const char *verb, const char *const *words, size_t count,
            void (*say)(void *arg, const char *line), void *say_arg, struct lab_answer *ret,
            struct err *e)
{
    *ret = (struct lab_answer){.fds = {-1, -1, -1, -1}};
    /* Steps take what time they take; all else is answered at once. */
    const struct timeval patience = {.tv_sec = strcmp(verb, "step") == 0 ? 0 : PATIENCE_S};
    (void)setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    int code = 0;
    send_request(c, verb, words, count);
    while (code == 0) {
        const char *end = c->in.len == 0 ? NULL : memchr(c->in.data, '\n', c->in.len);
        if (end == NULL) {
            code = receive(c, e);
            continue;
        }
        size_t len = (size_t)(end - c->in.data);
        code = read_line(c, len, say, say_arg, ret, e);
        buf_consume(&c->in, len + 1);
    }
    if (code < 0)
        return code;
    memcpy(ret->fds, c->fds, sizeof(c->fds));
    for (size_t i = 0; i < ARRAY_LEN(c->fds); i++)
        c->fds[i] = -1;
    return 0;
}
