/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/lab_view.h"

#include "base/units.h"
#include "emulator/scenario/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- JSON ---- */

static const char *text_of(const struct json *object, const char *key, const char *none)
{
    const struct json *v = json_get(object, key);
    return v == NULL || v->text == NULL ? none : v->text;
}

static struct json_doc *read_state(const struct buf *state)
{
    struct diags diags;
    diags_init(&diags, "state", buf_str(state), state->len);
    struct json_doc *doc = json_read(buf_str(state), state->len, &diags);
    if (doc == NULL)
        cmd_error("the keeper's answer makes no sense");
    diags_free(&diags);
    return doc;
}

static uint64_t number_of(const struct json *object, const char *key)
{
    uint64_t n = 0;
    return json_u64(json_get(object, key), UINT64_MAX, &n) < 0 ? 0 : n;
}

/* ---- nodes ---- */

/* The process behind a socket, in our numbers, not in those of the lab: the kernel translates.
 * 0: there is none. */
static long process_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct ucred peer = {0};
    socklen_t len = sizeof(peer);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
        peer.pid = 0;
    if (fd >= 0)
        (void)close(fd);
    return peer.pid;
}

static void print_node(const struct at_lab *at, const struct json *node, unsigned number)
{
    char path[LABS_PATH_MAX], pid[24] = "-";
    long process = process_at(labs_socket(at->folder, at->name, number, path));
    if (process > 0)
        (void)snprintf(pid, sizeof(pid), "%ld", process);
    (void)printf("  %-5s %-8s %-10s %5s %8s %8s  %s\n", text_of(node, "name", "?"),
                 text_of(node, "process", "?"), text_of(node, "role", "-"),
                 text_of(node, "term", "-"), text_of(node, "commit", "-"), pid,
                 text_of(node, "address", "?"));
}

static void print_fault(const struct json *fault)
{
    char span[UNITS_TEXT_MAX];
    const char *step = text_of(fault, "step", "?"), *action = text_of(fault, "action", "?");
    bool said = strncmp(step, action, strlen(action)) == 0;
    (void)printf("  in force: %s%s%s", said ? "" : action, said ? "" : ": ", step);
    if (json_get(fault, "ends_in_ns") != NULL)
        (void)printf(
            ", for another %s",
            units_print_duration(number_of(fault, "ends_in_ns") / NS_PER_MS * NS_PER_MS, span));
    (void)putchar('\n');
}

static int view_nodes(const struct at_lab *at, const struct buf *state)
{
    char span[UNITS_TEXT_MAX];
    struct json_doc *doc = read_state(state);
    if (doc == NULL)
        return EXIT_INTERNAL;
    const struct json *root = json_root(doc), *nodes = json_get(root, "nodes");
    const struct json *faults = json_get(root, "faults");
    (void)printf("lab %s: %s, up for %s, leader %s, term %s\n", at->name,
                 text_of(root, "carrier", "?"),
                 units_print_duration(number_of(root, "age_ns") / NS_PER_S * NS_PER_S, span),
                 text_of(root, "leader", "none"), text_of(root, "term", "?"));
    (void)printf("  %-5s %-8s %-10s %5s %8s %8s  %s\n", "NODE", "PROCESS", "ROLE", "TERM", "COMMIT",
                 "PID", "ADDRESS");
    unsigned number = 0;
    for (const struct json *n = nodes == NULL ? NULL : nodes->child; n != NULL; n = n->next)
        print_node(at, n, number++);
    for (const struct json *f = faults == NULL ? NULL : faults->child; f != NULL; f = f->next)
        print_fault(f);
    json_free(doc);
    return 0;
}

/* ---- links ---- */

/* The link between the two, or NULL: it is perfect. */
static const struct json *link_of(const struct json *links, const char *from, const char *to)
{
    for (const struct json *l = links->child; l != NULL; l = l->next) {
        if (strcmp(text_of(l, "from", ""), from) != 0)
            continue;
        for (const struct json *t = json_get(l, "to")->child; t != NULL; t = t->next) {
            if (strcmp(t->text, to) == 0)
                return l;
        }
    }
    return NULL;
}

static const char *sign(const struct json *links, const char *from, const char *to)
{
    if (strcmp(from, to) == 0)
        return "-";
    const struct json *link = link_of(links, from, to);
    return link == NULL ? "." : json_get(link, "cut")->truth ? "x" : "~";
}

static void print_impaired(const struct json *links)
{
    for (const struct json *l = links->child; l != NULL; l = l->next) {
        if (json_get(l, "cut")->truth)
            continue;
        for (const struct json *t = json_get(l, "to")->child; t != NULL; t = t->next)
            (void)printf("~ %s>%s: %s\n", text_of(l, "from", "?"), t->text, text_of(l, "is", "?"));
    }
}

/* Nodes, and hosts of clients, if something is not perfect at one of them. */
static size_t choose_ends(const struct json *root, bool all, const char **ret, size_t max)
{
    const struct json *lists[] = {json_get(root, "nodes"), json_get(root, "hosts")};
    const struct json *links = json_get(root, "links");
    size_t count = 0;
    bool hosts = all;
    for (const struct json *l = links->child; l != NULL; l = l->next) {
        hosts = hosts || text_of(l, "from", "")[0] == 'c';
        for (const struct json *t = json_get(l, "to")->child; t != NULL; t = t->next)
            hosts = hosts || t->text[0] == 'c';
    }
    for (size_t k = 0; k < (hosts ? 2 : 1); k++) {
        for (const struct json *n = lists[k]->child; n != NULL && count < max; n = n->next)
            ret[count++] = text_of(n, "name", "?");
    }
    return count;
}

static int view_net(const struct buf *state, bool all)
{
    const char *ends[NETEM_ENDPOINTS_MAX];
    struct json_doc *doc = read_state(state);
    if (doc == NULL)
        return EXIT_INTERNAL;
    const struct json *root = json_root(doc), *links = json_get(root, "links");
    size_t count = choose_ends(root, all, ends, ARRAY_LEN(ends));
    (void)printf("from\\to");
    for (size_t i = 0; i < count; i++)
        (void)printf(" %4s", ends[i]);
    (void)putchar('\n');
    for (size_t i = 0; i < count; i++) {
        (void)printf("%-7s", ends[i]);
        for (size_t k = 0; k < count; k++)
            (void)printf(" %4s", sign(links, ends[i], ends[k]));
        (void)putchar('\n');
    }
    (void)printf(". open   x cut   ~ impaired\n");
    print_impaired(links);
    json_free(doc);
    return 0;
}

/* ---- asking ---- */

int lab_view(struct at_lab *at, enum lab_view what)
{
    struct lab_answer answer;
    int code = at_lab_ask(at, "state", NULL, 0, &answer);
    if (code != 0)
        return code;
    switch (what) {
    case LAB_VIEW_NODES: code = view_nodes(at, &answer.text); break;
    case LAB_VIEW_NET:
    case LAB_VIEW_NET_ALL: code = view_net(&answer.text, what == LAB_VIEW_NET_ALL); break;
    case LAB_VIEW_JSON: (void)printf("%s\n", buf_str(&answer.text)); break;
    }
    lab_answer_free(&answer);
    return code;
}

int lab_view_of(const char *name, enum lab_view what)
{
    struct at_lab at;
    int code = at_lab_call(name, &at);
    if (code == 0)
        code = lab_view(&at, what);
    at_lab_end(&at);
    return code;
}
