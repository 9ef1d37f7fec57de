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
    .line = "now    " TEXT(
        "now") "[   <- {needed}]\n"
               "after  " TEXT("after") "[   <- {warning}]\n"
                                       "could commit now: {commits}[ (not heard from: {silent})]"
                                       "[\n{leader} leads and would vote no more: "
                                       "leadership goes to another voter]"
                                       "[\nwould be refused: {refusal}]",
    .schema = "now:" SIDE " after:" SIDE
              " joint:b blocks:b commits:b silent:[s] needed?:s warning?:s refusal?:s leader?:s"};

/* Whether the answer counts it among the voters of afterwards. */
static bool stays(const cJSON *doc, const char *name)
{
    const cJSON *voter, *after = cJSON_GetObjectItemCaseSensitive(doc, "after");
    cJSON_ArrayForEach(voter, cJSON_GetObjectItemCaseSensitive(after, "voters"))
    {
        if (cJSON_IsString(voter) && strcmp(voter->valuestring, name) == 0)
            return true;
    }
    return false;
}

enum ctl_exit preview_show(const struct ctl *ctl, const struct answer *answer,
                           const struct survey *before)
{
    struct span told = answer->value->kind == RESP_BULK ? answer->value->text : span_of(NULL, 0);
    cJSON *doc = exact_parse(told);
    bool commits = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(doc, "commits")) != 0;
    if (cJSON_IsObject(doc) && !stays(doc, before->cluster.leader))
        (void)cJSON_AddStringToObject(doc, "leader", before->cluster.leader);
    char *text = cJSON_IsObject(doc) ? cJSON_PrintUnformatted(doc) : NULL;
    enum ctl_exit exit = form_show_node(ctl, &form_preview, NULL,
                                        span_str(text != NULL ? text : ""), answer->conn.to.text);
    cJSON_free(text);
    cJSON_Delete(doc);
    return exit == CTL_OK && !commits ? CTL_NO : exit;
}
