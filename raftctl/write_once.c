/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/write_once.h"

#include "base/mem.h"
#include "base/units.h"
#include "raftctl/again.h"
#include "raftctl/leaderless.h"
#include "raftctl/patience.h"
#include "raftctl/stop.h"

#include <stdio.h>
#include <stdlib.h>

#define PAUSE_NS    (50 * NS_PER_MS)
#define WORDS_AHEAD 6 /* RAFT SESSION WRITE ID SEQ FIRST_OPEN */

/* The session outlives the last attempt by as long as a person may take to repeat it, and not by
 * much: nobody else closes it after a crash. */
#define SESSION_TTL_NS(timeout_ns) ((timeout_ns) + 600 * NS_PER_S)

/* The same question to one endpoint alone, with its share of the time that is left. */
static struct ctl one_endpoint(const struct ctl *ctl, size_t i, uint64_t deadline_ns)
{
    struct ctl one = *ctl;
    uint64_t now_ns = conn_now_ns();
    uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    one.endpoints[0] = ctl->endpoints[i];
    one.endpoints_count = 1;
    one.timeout_ns = left_ns / (ctl->endpoints_count - i);
    return one;
}

/* A session that was opened twice, because a reply got lost, only expires. */
static enum ctl_exit open_session(const struct ctl *ctl, char id[24], struct failure *f)
{
    struct answer answer;
    char ttl[24];
    (void)snprintf(ttl, sizeof(ttl), "%llu",
                   (unsigned long long)(SESSION_TTL_NS(ctl->timeout_ns) / NS_PER_MS));
    const struct span words[] = {span_str("RAFT"), span_str("SESSION"), span_str("OPEN"),
                                 span_str(ttl)};
    enum ctl_exit exit = leaderless_ask(ctl, words, ARRAY_LEN(words), &answer, f);
    if (exit != CTL_OK)
        return exit;
    if (answer.value->kind == RESP_INTEGER)
        (void)snprintf(id, 24, "%lld", (long long)answer.value->integer);
    else
        exit = ask_surprised(&answer, f);
    conn_close(&answer.conn);
    return exit;
}

/* No reply to the opening: of the write nothing has left. */
static enum ctl_exit not_even_tried(const struct ctl *ctl, struct failure *f)
{
    char timeout[UNITS_TEXT_MAX];
    struct failure silence = *f;
    failure_set(f, CTL_TRY_AGAIN, "TIMEOUT", "no session within %s; nothing was written",
                units_print_duration(ctl->timeout_ns, timeout));
    failure_why(f, "%s", silence.why);
    failure_fix(f, "raftctl wait leader");
    return f->exit;
}

/* What is known of the write so far. */
struct attempts {
    bool in_doubt;        /* one was sent and not answered: it may have been executed */
    bool gone;            /* and its session cannot say so any more */
    struct failure doubt; /* that one's */
    struct failure said;  /* of this round: the first that counts, or the first */
    bool was_said;
};

static bool session_gone(const struct failure *f)
{
    return strcmp(f->name, "NOSESSION") == 0 || strcmp(f->name, "STALESEQ") == 0;
}

/* True if this attempt settles it. A refusal settles nothing while there is a doubt, unless it is
 * the session's answer: executed, and an error came of it. */
static bool settled(struct attempts *a, enum ctl_exit exit, const struct failure *f)
{
    a->gone = a->in_doubt && exit == CTL_NO && session_gone(f);
    if (exit == CTL_OK || (exit == CTL_NO && !a->gone))
        return true;
    if (exit == CTL_UNKNOWN) {
        a->in_doubt = true;
        a->doubt = *f;
    } else if (!a->was_said || (ask_counts_less(&a->said) && exit != CTL_UNREACHABLE)) {
        a->was_said = true;
        a->said = *f;
    }
    return exit == CTL_NOT_PERMITTED && !a->in_doubt;
}

/* Sent again by hand it would be another write; in its session it is the same one. */
static void say_safe_way(const struct ctl *ctl, const struct attempts *a, const char *session,
                         struct failure *f)
{
    struct buf command = {0};
    bool key = ctl->argc > 0 && verbs_arg(ctl->verb, 0)->kind == KIND_KEY;
    again_put(&command, ctl, session);
    if (a->gone)
        failure_set(f, CTL_UNKNOWN, "UNKNOWN",
                    "outcome unknown: its session is gone; the write may or may not be applied");
    if (!a->gone && verbs_takes(ctl->verb, OPT_SESSION) && command.len < FAILURE_TEXT_MAX)
        failure_fix(f, "%s", buf_str(&command));
    else if (!a->gone && verbs_takes(ctl->verb, OPT_SESSION))
        failure_fix(f, "the same command with --session %s, which executes it once", session);
    else if (key && strlen(ctl->argv[0]) < FAILURE_TEXT_MAX / 2)
        failure_fix(f, "raftctl get %s, before it is written again: that would be another write",
                    ctl->argv[0]);
    else
        failure_fix(f, "read what it writes, before it is written again");
    buf_free(&command);
}

/* Whether there is more to ask, and a moment has passed: a doubt to settle, until the time is up,
 * or a leader to wait for. */
static bool go_on(const struct attempts *a, const struct patience *p)
{
    if (!a->in_doubt)
        return leaderless_is(&a->said) && patience_again(p);
    if (!a->gone)
        stop_rest(PAUSE_NS, p->deadline_ns);
    return !a->gone && !stop_asked() && conn_now_ns() < p->deadline_ns;
}

/* One endpoint after the other, and all of them again. */
static enum ctl_exit repeat(const struct ctl *ctl, struct patience *p, const struct span *words,
                            size_t words_count, struct attempts *a, struct answer *ret,
                            struct failure *f)
{
    do {
        (void)patience_begin(p);
        a->was_said = false;
        for (size_t i = 0; i < ctl->endpoints_count && !a->gone; i++) {
            struct ctl one = one_endpoint(ctl, i, p->deadline_ns);
            enum ctl_exit exit = ask_cluster(&one, ASK_WRITE, words, words_count, ret, f);
            if (settled(a, exit, f))
                return exit;
        }
    } while (go_on(a, p));
    *f = a->in_doubt ? a->doubt : a->said;
    leaderless_tell(ctl, p->deadline_ns, f);
    return f->exit;
}

/* A session to write in: a new one, or that of the write which is said once more. */
static enum ctl_exit choose_session(const struct ctl *ctl, char id[24], struct attempts *a,
                                    struct failure *f)
{
    struct ctl alone = *ctl; /* without what goes ahead of the write */
    alone.before_count = 0;
    if (ctl->value[OPT_SESSION] == NULL) {
        enum ctl_exit exit = open_session(&alone, id, f);
        return exit == CTL_UNKNOWN ? not_even_tried(ctl, f) : exit;
    }
    (void)snprintf(id, 24, "%s", ctl->value[OPT_SESSION]);
    a->in_doubt = true;
    failure_set(&a->doubt, CTL_UNKNOWN, "UNKNOWN",
                "outcome unknown, as before: the write may or may not be applied");
    return CTL_OK;
}

enum ctl_exit write_once(const struct ctl *ctl, const struct span *argv, size_t argc,
                         struct answer *ret, struct failure *f)
{
    struct patience patience = patience_new(ctl);
    char id[24];
    struct attempts a = {0};
    enum ctl_exit exit = choose_session(ctl, id, &a, f);
    if (exit != CTL_OK)
        return exit;
    struct span *words = mem_array(WORDS_AHEAD + argc, sizeof(*words));
    const struct span ahead[WORDS_AHEAD] = {span_str("RAFT"),  span_str("SESSION"),
                                            span_str("WRITE"), span_str(id),
                                            span_str("1"),     span_str("1")};
    memcpy(words, ahead, sizeof(ahead));
    memcpy(words + WORDS_AHEAD, argv, argc * sizeof(*argv));
    exit = repeat(ctl, &patience, words, WORDS_AHEAD + argc, &a, ret, f);
    mem_free(words);
    if (exit == CTL_UNKNOWN)
        say_safe_way(ctl, &a, id, f);
    if (exit == CTL_OK)
        (void)snprintf(ret->session, sizeof(ret->session), "%s", id);
    return exit;
}
