/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decisions of the core that whoever runs the node should hear of. */
#include "node/node_private.h"

static bool worth_saying(enum raft_reason_code code, enum env_level *ret_level)
{
    switch ((int)code) {
    case RAFT_BECAUSE_REGRESSED: *ret_level = ENV_ERROR; return true;
    case RAFT_BECAUSE_DISK_SLOW:
    case RAFT_BECAUSE_DISK_STUCK:
    case RAFT_BECAUSE_DISK_FULL:
    case RAFT_BECAUSE_DISK_FULL_STILL:
    case RAFT_BECAUSE_ORPHAN: *ret_level = ENV_WARNING; return true;
    case RAFT_BECAUSE_RESTORED:
    case RAFT_BECAUSE_HANDED_BACK:
    case RAFT_BECAUSE_STEPPED_DOWN: *ret_level = ENV_INFO; return true;
    default: return false;
    }
}

static enum env_topic topic_of(enum raft_reason_code code)
{
    switch ((int)code) {
    case RAFT_BECAUSE_DISK_SLOW:
    case RAFT_BECAUSE_RESTORED:
    case RAFT_BECAUSE_DISK_FULL:
    case RAFT_BECAUSE_DISK_FULL_STILL:
    case RAFT_BECAUSE_DISK_STUCK: return ENV_ABOUT_DISK;
    case RAFT_BECAUSE_ORPHAN: return ENV_ABOUT_MEMBER;
    default: return ENV_ABOUT_LEADER;
    }
}

static const char *name_of(void *arg, raft_id id)
{
    return node_name_of(arg, id);
}

void notices_say(struct node *n)
{
    const struct raft_names names = {.of = name_of, .arg = n};
    if (n->env.decided != NULL && n->out->reasons_count > 0)
        n->env.decided(n->env.arg, n->out->reasons, n->out->reasons_count);
    for (uint32_t i = 0; i < n->out->reasons_count; i++) {
        char text[256];
        enum env_level level;
        if (worth_saying(n->out->reasons[i].code, &level))
            journal_say(n, topic_of(n->out->reasons[i].code), level,
                        raft_describe_reason(&n->out->reasons[i], &names, text, sizeof(text)));
    }
}
