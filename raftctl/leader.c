/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/leader.h"

#include "raftctl/form.h"

const struct form form_leader = {.line = "{leader}", .schema = "leader:s term:n"};

enum ctl_exit leader_print(const struct ctl *ctl, const struct survey *survey)
{
    struct buf json = {0};
    struct jsonw w;
    ASSERT(survey->cluster.leader[0] != '\0');
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "leader", survey->cluster.leader);
    jsonw_kv_u64(&w, "term", survey->cluster.term);
    form_put_via(&w, survey->via);
    jsonw_end(&w);
    return form_show(ctl, &form_leader, &json, CTL_OK);
}
