/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a keeper can be asked for: one row a verb. */
#include "base/mem.h"
#include "emulator/lab/inside.h"
#include "emulator/lab/words.h"
#include "emulator/scenario/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Of the commands that ask; they are in no header that this room may use. */
#define EXIT_FAILED 1
#define EXIT_WRONG  64
#define EXIT_CANNOT 77
#define LABEL_MAX   44

struct request {
    const char *verb;
    const char *words[LAB_WORDS_MAX];
    size_t count;
};

/* ---- answers ---- */

static int exit_of(int code)
{
    return code == -E_INVALID ? EXIT_WRONG : code == -E_UNSUPPORTED ? EXIT_CANNOT : EXIT_FAILED;
}

/* error NULL: none. text: JSON, or NULL. */
static void put_answer(struct buf *line, int exit, const char *error, const struct buf *text)
{
    struct jsonw w;
    jsonw_init(&w, line);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "exit", (uint64_t)exit);
    if (error != NULL)
        jsonw_kv_string(&w, "error", error);
    if (text != NULL)
        jsonw_kv_string(&w, "text", buf_str(text));
    jsonw_end(&w);
    buf_putc(line, '\n');
}

static void answer(struct caller *c, int exit, const char *error, const struct buf *text)
{
    struct buf line = {0};
    put_answer(&line, exit, error, text);
    control_answer(c, &line);
    buf_free(&line);
}

void lab_answered(struct caller *c, int exit, const char *error)
{
    answer(c, exit, error, NULL);
}

static void refused(struct caller *c, const struct err *e)
{
    answer(c, exit_of(e->code), e->text, NULL);
}

/* ---- steps ---- */

static uint64_t story_ns(struct lab *lab)
{
    return live_now_ns() - runner_result(live_runner(lab->live)).started_ns;
}

/* What the words mean, checked; negative: the caller has been told what is wrong. */
static int parse(struct lab *lab, const struct request *r, struct caller *c, struct scenario **ret)
{
    const struct scenario *s = lab->o->scenario;
    struct lab_step step;
    struct by_hand_fault fault = {.at = {.start = DIAG_NOWHERE}};
    struct buf text = {0};
    struct err e = {0};
    int code = lab_words(r->words, r->count, (unsigned)scenario_nodes_count(s), &step, &e);
    if (code == 0)
        code = scenario_by_hand(s, buf_str(&step.json), live_world(), ret, &fault, &e);
    const char *beyond = code == 0 ? runner_beyond_kernel(*ret) : NULL;
    if (beyond != NULL && !netem_carrier_is_user(live_net(lab->live))) {
        scenario_free(*ret);
        code = err_set(&e, -E_UNSUPPORTED, "%s: the kernel's carrier cannot do it; this lab has it",
                       beyond);
    }
    if (code < 0) {
        buf_putf(&text, "%s\n", e.text);
        lab_words_point(&step, r->words, r->count, fault.at, fault.hint, &text);
        answer(c, exit_of(code), buf_str(&text), NULL);
    }
    buf_free(&text);
    lab_step_free(&step);
    return code;
}

/* So that a fault in force can be told: the words it was begun with. */
static void put_label(struct scenario_step *step, const struct request *r)
{
    struct buf text = {0};
    for (size_t i = 0; i < r->count && text.len <= LABEL_MAX; i++)
        buf_putf(&text, "%s%s", i == 0 ? "" : " ", r->words[i]);
    if (text.len > LABEL_MAX)
        (void)snprintf(text.data + LABEL_MAX - 3, 4, "...");
    mem_free(step->label);
    step->label = mem_strdup(buf_str(&text));
    buf_free(&text);
}

/* Whoever waited for the step before does not wait any more: it goes on. */
static void let_go(struct lab *lab)
{
    if (lab->under_way && lab->waiting != NULL)
        lab_answered(lab->waiting, 0, NULL);
    lab->under_way = false;
    lab->waiting = NULL;
}

void lab_look(struct lab *lab)
{
    struct err e = {0};
    if (!lab->under_way)
        return;
    struct lab_deed *deed = &lab->deeds.items[lab->deeds.count - 1];
    int did = runner_did(live_runner(lab->live), &e);
    deed->went_on = deed->went_on || did > 0;
    if (did > 0)
        return;
    deed->done = did == 0;
    if (lab->waiting != NULL)
        lab_answered(lab->waiting, did < 0 ? EXIT_FAILED : 0, did < 0 ? e.text : NULL);
    lab->under_way = false;
    lab->waiting = NULL;
}

static void do_step(struct lab *lab, const struct request *r, struct caller *c)
{
    struct scenario *parsed = NULL;
    struct err e = {0};
    if (parse(lab, r, c, &parsed) < 0)
        return;
    put_label(&parsed->steps.steps[0], r);
    let_go(lab);
    int code = lab_deeds_add(&lab->deeds, parsed, story_ns(lab), &e);
    if (code < 0) {
        scenario_free(parsed);
        refused(c, &e);
        return;
    }
    code = runner_do(live_runner(lab->live), &parsed->steps, &e);
    if (code < 0) {
        lab->deeds.items[lab->deeds.count - 1].done = false;
        lab_answered(c, code == -E_UNSUPPORTED ? EXIT_WRONG : EXIT_FAILED, e.text);
        return;
    }
    lab->under_way = true;
    lab->waiting = c;
    (void)runner_advance(live_runner(lab->live)); /* most steps are done by then */
    lab_look(lab);
}

static void do_heal(struct lab *lab, const struct request *r, struct caller *c)
{
    struct err e = {0};
    (void)r;
    let_go(lab);
    if (lab_heal(lab, story_ns(lab), &e) < 0)
        refused(c, &e);
    else
        lab_answered(c, 0, NULL);
}

/* ---- looking ---- */

static void do_state(struct lab *lab, const struct request *r, struct caller *c)
{
    struct buf text = {0};
    struct jsonw w;
    (void)r;
    jsonw_init(&w, &text);
    lab_state(lab, &w);
    answer(c, 0, NULL, &text);
    buf_free(&text);
}

static void do_record(struct lab *lab, const struct request *r, struct caller *c)
{
    struct buf text = {0};
    struct err e = {0};
    (void)r;
    if (lab_deeds_record(&lab->deeds, lab->o->scenario, story_ns(lab), &text, &e) < 0)
        refused(c, &e);
    else
        answer(c, 0, NULL, &text);
    buf_free(&text);
}

static int node_of(const struct lab *lab, const char *name, struct err *e)
{
    unsigned count = (unsigned)scenario_nodes_count(lab->o->scenario);
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(netem_name(live_net(lab->live), netem_node(live_net(lab->live), (int)i)),
                   name) == 0)
            return (int)i;
    }
    return err_set(e, -E_INVALID, "no node %.40s: there are n1 to n%u", name, count);
}

/* The namespaces of a node: in all but the last it lives with the others. */
static void do_enter(struct lab *lab, const struct request *r, struct caller *c)
{
    static const char *const shared[] = {"/proc/self/ns/user", "/proc/self/ns/mnt",
                                         "/proc/self/ns/pid"};
    int fds[ARRAY_LEN(shared) + 1];
    struct err e = {0};
    struct buf line = {0};
    size_t opened = 0;
    int node = node_of(lab, r->count == 1 ? r->words[0] : "", &e);
    int code = node < 0 ? node : 0;
    for (; code == 0 && opened < ARRAY_LEN(shared); opened++) {
        fds[opened] = open(shared[opened], O_RDONLY | O_CLOEXEC);
        if (fds[opened] < 0) {
            code = err_set_errno(&e, -E_IO, errno, "%s", shared[opened]);
            break;
        }
    }
    if (code == 0)
        fds[opened] =
            netem_namespace_fd(live_net(lab->live), netem_node(live_net(lab->live), node));
    put_answer(&line, 0, NULL, NULL);
    if (code == 0)
        code = control_give(c, &line, fds, ARRAY_LEN(fds), &e);
    if (code < 0)
        refused(c, &e);
    while (opened > 0)
        (void)close(fds[--opened]);
    buf_free(&line);
}

static void do_down(struct lab *lab, const struct request *r, struct caller *c)
{
    (void)r;
    lab->down = true;
    lab_answered(c, 0, NULL);
}

/* ---- which ---- */

static const struct {
    const char *verb;
    bool early; /* also before the cluster has a leader */
    void (*run)(struct lab *lab, const struct request *r, struct caller *c);
} verbs[] = {{"step", false, do_step},     {"heal", false, do_heal},  {"state", true, do_state},
             {"record", false, do_record}, {"enter", true, do_enter}, {"down", true, do_down}};

/* {"verb": "step", "words": ["net.cut", "n1", "n2"]}; texts are the document's. */
static int read_request(const struct json_doc *doc, struct request *ret, struct err *e)
{
    struct json *root = doc == NULL ? NULL : json_root((struct json_doc *)doc);
    const struct json *verb = json_get(root, "verb"), *words = json_get(root, "words");
    if (verb == NULL || verb->type != JSON_STRING || words == NULL || words->type != JSON_ARRAY)
        return err_set(e, -E_INVALID, "a request is an object with a verb and words");
    if (words->count > LAB_WORDS_MAX)
        return err_set(e, -E_LIMIT, "more than %d words", LAB_WORDS_MAX);
    *ret = (struct request){.verb = verb->text};
    for (const struct json *w = words->child; w != NULL; w = w->next) {
        if (w->type != JSON_STRING)
            return err_set(e, -E_INVALID, "words are strings");
        ret->words[ret->count++] = w->text;
    }
    return 0;
}

static void dispatch(struct lab *lab, const struct request *r, struct caller *c)
{
    struct err e = {0};
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (strcmp(verbs[i].verb, r->verb) != 0)
            continue;
        if (lab->up || verbs[i].early) {
            verbs[i].run(lab, r, c);
            return;
        }
        (void)err_set(&e, -E_BUSY, "lab %s is just beginning: it has no leader yet", lab->o->name);
        refused(c, &e);
        return;
    }
    (void)err_set(&e, -E_INVALID, "a keeper knows no \"%.40s\"", r->verb);
    refused(c, &e);
}

void lab_request(struct lab *lab, struct caller *c, const char *text, size_t len)
{
    struct diags diags;
    struct request r;
    struct err e = {0};
    diags_init(&diags, "request", text, len);
    struct json_doc *doc = json_read(text, len, &diags);
    if (read_request(doc, &r, &e) < 0)
        refused(c, &e);
    else
        dispatch(lab, &r, c);
    json_free(doc);
    diags_free(&diags);
}
