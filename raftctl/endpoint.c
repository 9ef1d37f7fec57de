/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/endpoint.h"

#include "base/units.h"
#include "labs/labs.h"

#include <stdio.h>
#include <unistd.h>

/* Copies text into out if it fits with its NUL; false otherwise. */
static bool copy(struct span text, char *out, size_t size)
{
    if (text.len == 0 || text.len >= size || memchr(text.data, '\0', text.len) != NULL)
        return false;
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

/* FOLDER/LAB/NODE.sock of the user's labs, however one came to name it. */
static bool is_lab_path(const char *path)
{
    char folder[LABS_PATH_MAX];
    struct err ignored;
    if (labs_folder(folder, &ignored) < 0)
        return false;
    size_t len = strlen(folder);
    if (strncmp(path, folder, len) != 0 || path[len] != '/')
        return false;
    const char *slash = strchr(path + len + 1, '/');
    return slash != NULL && strchr(slash + 1, '/') == NULL;
}

static int parse_path(struct span path, struct endpoint *out, struct err *e)
{
    out->is_unix = true;
    if (!copy(path, out->path, sizeof(out->path)))
        return err_set(e, -E_INVALID, "endpoint %s: a socket's path has 1 to %d characters",
                       out->text, ENDPOINT_PATH_MAX);
    out->in_lab = is_lab_path(out->path);
    return 0;
}

static int parse_host_port(struct span text, struct endpoint *out, struct err *e)
{
    size_t colon = text.len;
    while (colon > 0 && text.data[colon - 1] != ':')
        colon--;
    if (colon == 0)
        return err_set(e, -E_INVALID, "endpoint %s: expected HOST:PORT or a path", out->text);
    struct span host = span_of(text.data, colon - 1);
    struct span port = span_of(text.data + colon, text.len - colon);
    uint64_t number;
    if (!copy(port, out->port, sizeof(out->port)) ||
        units_u64(out->port, UINT16_MAX, &number) < 0 || number == 0)
        return err_set(e, -E_INVALID, "endpoint %s: the port must be 1 to 65535", out->text);
    if (host.len >= 2 && host.data[0] == '[' && host.data[host.len - 1] == ']')
        host = span_of(host.data + 1, host.len - 2);
    else if (host.len > 0 && memchr(host.data, ':', host.len) != NULL)
        return err_set(e, -E_INVALID, "endpoint %s: write an IPv6 address as [ADDRESS]:PORT",
                       out->text);
    if (!copy(host, out->host, sizeof(out->host)))
        return err_set(e, -E_INVALID, "endpoint %s: a host has 1 to %d characters", out->text,
                       ENDPOINT_HOST_MAX);
    return 0;
}

int endpoint_parse(struct span text, struct endpoint *ret, struct err *e)
{
    static const char prefix[] = "unix:";
    const size_t prefix_len = sizeof(prefix) - 1;
    struct endpoint parsed = {0};
    if (!copy(text, parsed.text, sizeof(parsed.text)))
        return err_set(e, -E_INVALID, "an endpoint has 1 to %d characters", ENDPOINT_TEXT_MAX - 1);
    int rc;
    if (text.len >= prefix_len && memcmp(text.data, prefix, prefix_len) == 0)
        rc = parse_path(span_of(text.data + prefix_len, text.len - prefix_len), &parsed, e);
    else if (memchr(text.data, '/', text.len) != NULL)
        rc = parse_path(text, &parsed, e);
    else
        rc = parse_host_port(text, &parsed, e);
    if (rc == 0)
        *ret = parsed;
    return rc;
}

int endpoint_parse_list(const char *text, struct endpoint *ret, size_t max, struct err *e)
{
    size_t count = 0;
    for (;;) {
        size_t len = strcspn(text, ",");
        if (count == max)
            return err_set(e, -E_LIMIT, "more than %zu endpoints", max);
        int rc = endpoint_parse(span_of(text, len), &ret[count], e);
        if (rc < 0)
            return rc;
        count++;
        if (text[len] == '\0')
            return (int)count;
        text += len + 1;
    }
}

int endpoint_lab(const char *lab, struct endpoint *ret, size_t max, struct err *e)
{
    char folder[LABS_PATH_MAX], path[LABS_PATH_MAX], somewhere;
    size_t count = 0;
    int code = labs_name_check(lab, e);
    if (code == 0)
        code = labs_folder(folder, e);
    if (code == 0)
        code = labs_living(folder, lab, e);
    if (code < 0)
        return code;
    /* A link to the socket of a node that does not run leads nowhere, and counts. */
    while (count < max &&
           readlink(labs_socket(folder, lab, (unsigned)count, path), &somewhere, 1) > 0) {
        code = endpoint_parse(span_str(path), &ret[count++], e);
        if (code < 0)
            return code;
    }
    if (count == 0)
        return err_set(e, -E_BUSY, "lab %s is just beginning: it has no nodes yet", lab);
    return (int)count;
}

int endpoint_member(const struct endpoint *asked, const char *name, const char *address,
                    struct endpoint *ret, struct err *e)
{
    char path[ENDPOINT_TEXT_MAX];
    if (!asked->in_lab)
        return endpoint_parse(span_str(address), ret, e);
    const char *slash = strrchr(asked->path, '/');
    (void)snprintf(path, sizeof(path), "%.*s/%s.sock", (int)(slash - asked->path), asked->path,
                   name);
    return endpoint_parse(span_str(path), ret, e);
}
