/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/leader.h"

#include "raftctl/print.h"

enum ctl_exit leader_print(const struct ctl *ctl, const struct survey *survey)
{
    struct buf out = {0};
    ASSERT(survey->cluster.leader[0] != '\0');
    if (ctl_output_is_json(ctl->output)) {
        struct jsonw w;
        jsonw_init(&w, &out);
        jsonw_object(&w);
        jsonw_kv_u64(&w, "v", 1);
        jsonw_kv_string(&w, "leader", survey->cluster.leader);
        jsonw_kv_u64(&w, "term", survey->cluster.term);
        jsonw_end(&w);
    } else {
        print_escaped(&out, span_str(survey->cluster.leader));
    }
    return print_answer(ctl, &out, CTL_OK);
}
