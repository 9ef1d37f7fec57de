/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl transfer and stepdown: leadership goes elsewhere, and the answer says how long it took.
 */
#include "base/units.h"
#include "raftctl/cmd.h"
#include "raftctl/steer.h"

static enum ctl_exit tell(const struct ctl *ctl, const struct survey *before,
                          const struct survey *after, uint64_t took_ns)
{
    struct buf out = {0};
    unsigned long long ms = took_ns / NS_PER_MS;
    if (ctl_output_is_json(ctl->output)) {
        struct jsonw w;
        jsonw_init(&w, &out);
        jsonw_object(&w);
        jsonw_kv_u64(&w, "v", 1);
        jsonw_kv_string(&w, "from", before->cluster.leader);
        jsonw_kv_string(&w, "to", after->cluster.leader);
        jsonw_kv_u64(&w, "term_before", before->cluster.term);
        jsonw_kv_u64(&w, "term", after->cluster.term);
        jsonw_kv_u64(&w, "ms", ms);
        jsonw_end(&w);
    } else {
        buf_puts(&out, "leader ");
        print_escaped(&out, span_str(before->cluster.leader));
        buf_puts(&out, " -> ");
        print_escaped(&out, span_str(after->cluster.leader[0] == '\0' ? "nobody yet"
                                                                      : after->cluster.leader));
        buf_putf(&out, " in %llu ms (term %llu -> %llu)", ms,
                 (unsigned long long)before->cluster.term, (unsigned long long)after->cluster.term);
    }
    return print_answer(ctl, &out, CTL_OK);
}

static enum ctl_exit hand_over(const struct ctl *ctl, const struct span *words, size_t count)
{
    static struct survey before, after; /* large, and there is one of each */
    struct answer answer;
    struct failure failure;
    uint64_t took_ns;
    if (steer_leader(ctl, words, count, &answer, &before, &took_ns, &failure) != CTL_OK)
        return steer_failed(ctl, &failure);
    conn_close(&answer.conn);
    if (ask_survey(ctl, conn_now_ns() + ctl->timeout_ns, &after, &failure) != CTL_OK)
        return print_failure(ctl, &failure);
    return tell(ctl, &before, &after, took_ns);
}

enum ctl_exit cmd_transfer(const struct ctl *ctl)
{
    const struct span words[] = {span_str("RAFT"), span_str("TRANSFER"),
                                 span_str(ctl->argc == 0 ? "" : ctl->argv[0])};
    return hand_over(ctl, words, ctl->argc == 0 ? 2 : 3);
}

enum ctl_exit cmd_stepdown(const struct ctl *ctl)
{
    const struct span words[] = {span_str("RAFT"), span_str("STEPDOWN"), span_str("FORCE")};
    return hand_over(ctl, words, ctl->given[OPT_FORCE] ? 3 : 2);
}
