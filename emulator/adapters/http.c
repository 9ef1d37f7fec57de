/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/adapters/http.h"

#include "base/span.h"
#include "emulator/adapters/dial.h"

#include <string.h>
#include <unistd.h>

static void put_question(struct buf *out, const char *address, const char *path, const char *body)
{
    buf_putf(out,
             "POST %s HTTP/1.0\r\nHost: %s\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             path, address, strlen(body), body);
}

/* HTTP/1.0: the end of the connection is the end of the answer. */
static int take_all(int fd, uint64_t until_ns, struct buf *out, struct err *e)
{
    char chunk[8192];
    int n;
    while ((n = dial_receive(fd, chunk, sizeof(chunk), until_ns, e)) > 0) {
        buf_put(out, chunk, (size_t)n);
        if (out->len > HTTP_ANSWER_MAX)
            return err_set(e, -E_LIMIT, "an answer of more than 1 MiB");
    }
    return n;
}

/* The digits there; 0: there are none. */
static uint64_t number_at(const char *text)
{
    uint64_t value = 0;
    text += strspn(text, " ");
    return span_to_u64(span_of(text, strspn(text, "0123456789")), &value) ? value : 0;
}

/* "HTTP/1.0 200 OK", and the body behind an empty line; as long as it says it is. */
static int understand(struct http_answer *a, struct err *e)
{
    const char *text = buf_str(&a->text), *body = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length:");
    if (strncmp(text, "HTTP/1.", 7) != 0 || strlen(text) < 12 || body == NULL)
        return err_set(e, -E_CLOSED, "no answer of HTTP");
    a->status = (int)(number_at(text + 9) % 1000);
    body += 4;
    size_t len = a->text.len - (size_t)(body - text);
    if (length != NULL && length < body && number_at(length + 17) > len)
        return err_set(e, -E_CLOSED, "the answer is cut off");
    diags_init(&a->diags, "answer", body, len);
    a->doc = json_read(body, len, &a->diags);
    a->root = a->doc == NULL ? NULL : json_root(a->doc);
    return 0;
}

int http_post(const char *address, unsigned port, const char *path, const char *body,
              uint64_t until_ns, struct http_answer *ret, bool *ret_sent, struct err *e)
{
    struct buf question = {0};
    *ret = (struct http_answer){0};
    *ret_sent = false;
    int fd = dial(address, port, until_ns, e);
    if (fd < 0)
        return fd;
    *ret_sent = true;
    put_question(&question, address, path, body);
    int code = dial_send(fd, question.data, question.len, until_ns, e);
    if (code == 0)
        code = take_all(fd, until_ns, &ret->text, e);
    if (code == 0)
        code = understand(ret, e);
    (void)close(fd);
    buf_free(&question);
    if (code < 0)
        http_answer_free(ret);
    return code;
}

void http_answer_free(struct http_answer *a)
{
    json_free(a->doc);
    diags_free(&a->diags);
    buf_free(&a->text);
    *a = (struct http_answer){0};
}

const char *http_text(const struct json *object, const char *key)
{
    const struct json *v = object == NULL ? NULL : json_get(object, key);
    return v != NULL && v->type == JSON_STRING ? v->text : NULL;
}
