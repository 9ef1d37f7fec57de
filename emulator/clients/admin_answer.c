/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/clients/admin_answer.h"

#include <stdio.h>

enum world_reply admin_answer(const struct resp_value *reply, char ret_text[WORLD_TEXT_MAX])
{
    const struct resp_value *v = resp_bare(reply);
    switch ((int)v->kind) {
    case RESP_ERROR: world_text(v->text, ret_text); return WORLD_REFUSED;
    case RESP_SIMPLE:
    case RESP_BULK: world_text(v->text, ret_text); return WORLD_OK;
    case RESP_INTEGER:
        (void)snprintf(ret_text, WORLD_TEXT_MAX, "%lld", (long long)v->integer);
        return WORLD_OK;
    default: world_text(span_str(resp_kind_name(v->kind)), ret_text); return WORLD_OK;
    }
}
