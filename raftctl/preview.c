/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/preview.h"

#include "raftctl/exact.h"
#include "raftctl/form.h"

#include <cjson/cJSON.h>

#define SIDE "{voters:[s] quorum:n reachable:n tolerates:n}"
#define TEXT(side)                                                                            \
    "voters {" side ".voters}   quorum {" side ".quorum}   reachable {" side ".reachable}   " \
    "tolerates {" side ".tolerates}"

const struct form form_preview = {
    .line = "now    " TEXT("now") "[   <- {needed}]\n"
                                  "after  " TEXT(
                                      "after") "[   <- {warning}]\n"
                                               "could commit now: {commits}[ (not heard from: {silent})]"
                                               "[\nwould be refused: {refusal}]",
    .schema = "now:" SIDE " after:" SIDE
              " joint:b blocks:b commits:b silent:[s] needed?:s warning?:s refusal?:s"};

static bool commits(struct span told)
{
    cJSON *doc = exact_parse(told);
    bool yes = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(doc, "commits")) != 0;
    cJSON_Delete(doc);
    return yes;
}

enum ctl_exit preview_show(const struct ctl *ctl, const struct answer *answer)
{
    struct span told = answer->value->kind == RESP_BULK ? answer->value->text : span_of(NULL, 0);
    enum ctl_exit exit = form_show_node(ctl, &form_preview, NULL, told, answer->conn.to.text);
    return exit == CTL_OK && !commits(told) ? CTL_NO : exit;
}
