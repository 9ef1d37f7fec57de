/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How texts of the history stand in sentences. */
#include "emulator/check/lin/lin.h"

#include <stdio.h>
#include <string.h>

#define SHOWN 32 /* bytes of a long text: its end, where lists differ */

const char *lin_text(const struct history *h, uint32_t number, char out[LIN_TEXT_MAX])
{
    return lin_spell(texts_get(&h->texts, number), LIN_AS_IS, out);
}

const char *lin_piece(struct trace_text text, char out[LIN_TEXT_MAX])
{
    if (lin_is_element(text))
        text = (struct trace_text){text.at + 1, text.len - 1};
    return lin_spell(text, LIN_AS_IS, out);
}

enum lin_spelling lin_spelling_of(const struct history *h, uint32_t key)
{
    for (size_t i = 0; i < h->count; i++) {
        const struct history_op *op = &h->ops[i];
        if (op->key != key)
            continue;
        switch ((enum history_kind)op->kind) {
        case HISTORY_READ: break; /* of anything */
        case HISTORY_APPEND:
            return lin_is_element(texts_get(&h->texts, op->value)) ? LIN_AS_LIST : LIN_AS_IS;
        case HISTORY_ENQUEUE:
        case HISTORY_DEQUEUE: return LIN_AS_LIST;
        case HISTORY_ADD:
        case HISTORY_REMOVE:
        case HISTORY_CONTAINS: return LIN_AS_SET;
        case HISTORY_WRITE:
        case HISTORY_CAS:
        case HISTORY_DELETE:
        case HISTORY_INCR: return LIN_AS_IS;
        }
    }
    return LIN_AS_IT_LOOKS;
}

const char *lin_content(const struct history *h, uint32_t key, uint32_t number,
                        char out[LIN_TEXT_MAX])
{
    return lin_spell(texts_get(&h->texts, number), lin_spelling_of(h, key), out);
}

/* ",a,b" between brackets, or the end of it. */
static void spell_elements(struct trace_text text, const char *brackets, char out[LIN_TEXT_MAX])
{
    size_t from = text.len;
    for (size_t room = SHOWN; from > 0;) {
        size_t takes = text.at[from - 1] == ',' ? strlen(", ") : 1;
        if (takes > room)
            break;
        room -= takes;
        from--;
    }
    int at = snprintf(out, LIN_TEXT_MAX, "%c%s", brackets[0], from > 0 ? "…" : "");
    for (size_t i = from == 0 ? strlen(",") : from; i < text.len; i++) {
        out[at++] = text.at[i];
        if (text.at[i] == ',')
            out[at++] = ' ';
    }
    out[at++] = brackets[1];
    out[at] = '\0';
    ASSERT(at < LIN_TEXT_MAX);
}

const char *lin_spell(struct trace_text text, enum lin_spelling how, char out[LIN_TEXT_MAX])
{
    bool elements = text.len == 0 ? how != LIN_AS_IT_LOOKS : text.at[0] == ',';
    if (how != LIN_AS_IS && elements)
        spell_elements(text, how == LIN_AS_SET ? "{}" : "[]", out);
    else if (text.at == NULL)
        (void)snprintf(out, LIN_TEXT_MAX, "nothing");
    else if (text.len <= SHOWN)
        (void)snprintf(out, LIN_TEXT_MAX, "%.*s", (int)text.len, text.at);
    else
        (void)snprintf(out, LIN_TEXT_MAX, "…%.*s", SHOWN, text.at + text.len - SHOWN);
    return out;
}
