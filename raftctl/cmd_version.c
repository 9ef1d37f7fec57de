/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl version */
#include "base/version.h"
#include "raftctl/cmd.h"

const struct form form_version = {.line = "raftctl {version}", .schema = "version:s"};

enum ctl_exit cmd_version(const struct ctl *ctl)
{
    struct buf json = {0};
    struct jsonw w;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "v", 1);
    jsonw_kv_string(&w, "version", RAFTLAB_VERSION);
    jsonw_end(&w);
    return form_show(ctl, &form_version, &json, CTL_OK);
}
