/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to nodes, asked again until they are answered as the step expects: who leads may change
 * at any time, and so may what is possible. */
#include "base/units.h"
#include "emulator/runner/runner_private.h"

#include <stdio.h>
#include <string.h>

#define AGAIN_NS   (50 * NS_PER_MS)
#define TIMEOUT_NS (20 * NS_PER_S) /* of a subject, if the step does not say */

enum weight { WEIGHT_DONE, WEIGHT_AGAIN, WEIGHT_FAILED };

static bool has_code(const char *text, const char *code)
{
    size_t len = strlen(code);
    return strncmp(text, code, len) == 0 && (text[len] == ' ' || text[len] == '\0');
}

static bool listed(const char *text, const char *const *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (has_code(text, codes[i]))
            return true;
    }
    return false;
}

/* It was asked at a bad moment, or of the wrong node; that says nothing about the question. */
static bool bad_moment(const char *text, const struct scenario_step *step)
{
    static const char *const codes[] = {"NOLEADER", "INPROGRESS", "BUSY"};
    bool wrong_node = has_code(text, "NOTLEADER") || has_code(text, "NOTMEMBER");
    bool elsewhere = wrong_node && scenario_arg(&step->args, PARAM_by) == NULL;
    return elsewhere || listed(text, codes, ARRAY_LEN(codes));
}

/* May be otherwise in a moment. */
static bool may_change(const char *text)
{
    static const char *const codes[] = {
        "NOLEADER", "NOTLEADER", "NOTMEMBER",   "INPROGRESS", "BUSY",     "TRANSFER",    "CONFLICT",
        "TIMEOUT",  "CHANGED",   "NOTCAUGHTUP", "TOOSLOW",    "NOTARGET", "QUORUMGUARD", "UNKNOWN"};
    return listed(text, codes, ARRAY_LEN(codes));
}

/* Who is to lead is perhaps about to be added. */
static bool may_come(const struct scenario_step *step, const char *text)
{
    return step->action == ACTION_leader_transfer && has_code(text, "NOSUCHMEMBER");
}

static enum weight contradict(struct err *e, const char *how, const char *text)
{
    (void)err_set(e, -E_MISMATCH, "%s: %s", how, text[0] == '\0' ? "without a word" : text);
    return WEIGHT_FAILED;
}

static enum weight weigh_refusal(const struct scenario_step *step, enum world_reply reply,
                                 const char *text, struct err *e)
{
    const char *code = scenario_arg_text(&step->args, PARAM_error, NULL);
    if (reply == WORLD_OK)
        return contradict(e, "accepted, and should have been refused", text);
    if (reply == WORLD_LOST)
        return WEIGHT_AGAIN;
    if (code != NULL && has_code(text, code))
        return WEIGHT_DONE;
    if (bad_moment(text, step))
        return WEIGHT_AGAIN;
    return code == NULL ? WEIGHT_DONE : contradict(e, "refused for another reason", text);
}

static enum weight weigh(const struct scenario_step *step, struct admin_task *a,
                         enum world_reply reply, const char *text, struct err *e)
{
    const char *expect = scenario_arg_text(&step->args, PARAM_expect, "ok");
    if (strcmp(expect, "refused") == 0)
        return weigh_refusal(step, reply, text, e);
    if (strcmp(expect, "any") == 0)
        return reply == WORLD_REFUSED && bad_moment(text, step) ? WEIGHT_AGAIN : WEIGHT_DONE;
    if (reply == WORLD_OK)
        return WEIGHT_DONE;
    a->unsure = a->unsure || reply == WORLD_LOST || has_code(text, "UNKNOWN");
    if (reply == WORLD_LOST || may_change(text) || may_come(step, text))
        return WEIGHT_AGAIN;
    return contradict(e, "refused", text);
}

static uint64_t timeout_of(const struct scenario_step *step)
{
    return scenario_arg_u64(&step->args, PARAM_timeout, TIMEOUT_NS);
}

static bool waits_for_answer(const struct scenario_step *step)
{
    return scenario_arg_bool(&step->args, PARAM_waitCommit, true) &&
           scenario_arg_bool(&step->args, PARAM_waitAnswer, true);
}

static void say(struct runner *r, const struct admin_task *a, const struct scenario_step *step,
                const char *text)
{
    const char *name = vocab_action(step->action)->name;
    if (a->subject < 0)
        runner_say(r, "%s: %s", name, text);
    else
        runner_say(r, "%s n%d: %s", name, a->subject + 1, text);
}

static void turn_done(struct runner *r, struct admin_task *a, const struct scenario_step *step,
                      const char *text)
{
    say(r, a, step, text[0] == '\0' ? "done" : text);
    a->turn = false;
}

void admin_abandon(struct runner *r, struct admin_task *a)
{
    if (a->asking)
        r->w.admin_done(r->w.arg, a->ticket);
    a->asking = a->on = false;
}

/* One question. Negative: the step has failed. */
static int ask(struct runner *r, struct admin_task *a, const struct scenario_step *step,
               struct err *e)
{
    const struct span *words;
    int whom = admin_whom(r, a, step);
    a->next_ns = runner_now(r) + AGAIN_NS;
    r->deeds++;
    if (a->unsure && admin_settled(r, a, step)) {
        turn_done(r, a, step, "done, though no answer came");
        return 0;
    }
    int at_rest = admin_at_rest(r, a, step, e);
    if (at_rest == -E_BUSY) {
        (void)snprintf(a->last, sizeof(a->last), "%.250s", e->text);
        return 0;
    }
    if (at_rest <= 0) {
        if (at_rest == 0)
            turn_done(r, a, step, "recovered, and started");
        return at_rest;
    }
    if (whom < 0) {
        (void)snprintf(a->last, sizeof(a->last), "nobody leads");
        return 0;
    }
    int code = admin_prepare(r, a, step, e);
    if (code < 0)
        return code;
    size_t count = admin_words(r, a, step, &words);
    code = r->w.admin(r->w.arg, (unsigned)whom, words, count, &a->ticket, e);
    a->asking = code == 0;
    if (code == 0 && !waits_for_answer(step)) {
        r->w.admin_done(r->w.arg, a->ticket);
        a->asking = false;
        turn_done(r, a, step, "asked");
    }
    return code;
}

/* Begins the next subject's turn; false: there is none. */
static bool next_turn(struct runner *r, struct admin_task *a, const struct scenario_step *step)
{
    if (a->todo == 0 && a->begun) {
        a->todo = a->leaving;
        a->leaving = 0;
    }
    if (a->todo == 0 && a->begun)
        return false;
    a->subject = nodeset_first(a->todo);
    a->todo &= a->todo - 1;
    a->begun = a->turn = true;
    a->unsure = false;
    a->last[0] = '\0';
    a->next_ns = runner_now(r);
    a->deadline_ns = a->next_ns + timeout_of(step);
    return true;
}

/* What came back. Negative: the step has failed. */
static int answered(struct runner *r, struct admin_task *a, const struct scenario_step *step,
                    enum world_reply reply, struct err *e)
{
    char text[WORLD_TEXT_MAX];
    memcpy(text, a->last, sizeof(text));
    r->w.admin_done(r->w.arg, a->ticket);
    a->asking = false;
    switch (weigh(step, a, reply, text, e)) {
    case WEIGHT_DONE: turn_done(r, a, step, text); return 0;
    case WEIGHT_AGAIN: a->next_ns = runner_now(r) + AGAIN_NS; return 0;
    case WEIGHT_FAILED: break;
    }
    return e->code;
}

/* Time is up. Negative: the step has failed. */
static int give_up(struct runner *r, struct admin_task *a, const struct scenario_step *step,
                   struct err *e)
{
    const char *expect = scenario_arg_text(&step->args, PARAM_expect, "ok");
    bool any = strcmp(expect, "any") == 0;
    char span[UNITS_TEXT_MAX];
    if (a->asking)
        r->w.admin_done(r->w.arg, a->ticket);
    a->asking = false;
    if (any || (a->unsure && admin_settled(r, a, step))) {
        turn_done(r, a, step, any ? "no answer" : "done, though no answer came");
        return 0;
    }
    return err_set(
        e, -E_TIMEOUT, "not %s within %s: %s", strcmp(expect, "refused") == 0 ? "refused" : "done",
        units_print_duration(timeout_of(step), span), a->last[0] == '\0' ? "no answer" : a->last);
}

static bool ended(struct runner *r, struct task *t, const struct scenario_step *step)
{
    admin_abandon(r, &t->admin);
    fault_tell(r, step, "end", 0);
    faults_close(r); /* who is removed is not missed any more */
    return true;
}

bool admin_advance(struct runner *r, struct task *t, const struct scenario_step *step,
                   uint64_t *wake, struct err *e, int *ret_code)
{
    struct admin_task *a = &t->admin;
    while (*ret_code == 0 && (a->turn || next_turn(r, a, step))) {
        uint64_t now = runner_now(r), until = a->deadline_ns;
        enum world_reply reply = WORLD_PENDING;
        if (a->asking)
            reply = r->w.admin_reply(r->w.arg, a->ticket, a->last);
        else if (a->next_ns < until)
            until = a->next_ns;
        if (reply != WORLD_PENDING) {
            *ret_code = answered(r, a, step, reply, e);
        } else if (now >= a->deadline_ns) {
            *ret_code = give_up(r, a, step, e);
        } else if (!a->asking && now >= a->next_ns) {
            *ret_code = ask(r, a, step, e);
        } else {
            *wake = until < *wake ? until : *wake;
            return false;
        }
    }
    return ended(r, t, step);
}
