/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which word is wrong, and which words an action takes. */
#include "emulator/lab/words.h"

#include "emulator/scenario/vocab.h"

#include <string.h>

/* The innermost origin around the place: the shortest. */
static const struct lab_origin *origin_of(const struct lab_step *s, struct place at)
{
    const struct lab_origin *best = NULL;
    for (size_t i = 0; i < s->origins_count; i++) {
        const struct lab_origin *o = &s->origins[i];
        bool around = at.start >= o->at.start && at.start - o->at.start < o->at.len;
        if (around && (best == NULL || o->at.len < best->at.len))
            best = o;
    }
    return best;
}

/* Where in its word a place is: within JSON that was typed as JSON to the byte, else what became
 * the string or the number there. */
static struct place in_word(const struct lab_step *s, const struct lab_origin *o, const char *word,
                            struct place at)
{
    size_t len = strlen(word) - o->from, from = o->from, wanted = o->at.len;
    if (lab_word_is_json(word + o->from)) {
        size_t into = at.start - o->at.start < len ? at.start - o->at.start : len;
        from += into;
        len -= into;
        wanted = at.len;
    } else if (s->json.data[o->at.start] == '"') {
        wanted -= 2;
    }
    return (struct place){from, wanted < len ? wanted : len};
}

void lab_words_point(const struct lab_step *s, const char *const *words, size_t count,
                     struct place at, const char *hint, struct buf *text)
{
    const struct lab_origin *o = at.start == DIAG_NOWHERE ? NULL : origin_of(s, at);
    size_t column = 0;
    for (size_t i = 0; i < count; i++) {
        buf_putf(text, "%s%s", i == 0 ? "  " : " ", words[i]);
        if (o != NULL && i < o->word)
            column += strlen(words[i]) + 1;
    }
    if (o == NULL) {
        buf_putf(text, "%s%s", hint[0] == '\0' ? "" : "\n  fix: ", hint);
        return;
    }
    struct place place = in_word(s, o, words[o->word], at);
    buf_puts(text, "\n  ");
    for (size_t i = 0; i < column + place.start; i++)
        buf_putc(text, ' ');
    for (size_t i = 0; i < place.len || i == 0; i++)
        buf_putc(text, i == 0 ? '^' : '~');
    buf_putf(text, "%s%s", hint[0] == '\0' ? "" : " ", hint);
}

static void usage_of(const struct param_spec *p, struct buf *text)
{
    const char *name = vocab_param_name(p->id);
    bool may = p->rule == RULE_may;
    if (p->rule == RULE_some)
        buf_putf(text, " [%s=…]", name);
    else if (p->type == PARAM_TYPE_link)
        buf_puts(text, " FROM TO|all");
    else if (p->type == PARAM_TYPE_groups && p->id == PARAM_groups)
        buf_puts(text, " A,B C,…");
    else if (p->rule == RULE_one)
        buf_putf(text, " | %s=…", name);
    else
        buf_putf(text, may ? " [%s]" : " %s", name);
}

void lab_words_usage(unsigned action, struct buf *text)
{
    const struct action_spec *a = vocab_action((enum action_id)action);
    buf_puts(text, a->name);
    for (int may = 0; may < 2; may++) {
        for (size_t i = 0; i < a->params.count; i++) {
            if ((a->params.items[i].rule == RULE_may) == (may == 1))
                usage_of(&a->params.items[i], text);
        }
    }
    if (a->undo != UNDO_no)
        buf_puts(text, a->undo == UNDO_may ? " [for=…]" : " for=…");
}
