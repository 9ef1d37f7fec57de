/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/near.h"

#include "base/spelling.h"

#include <string.h>

#define WRONG_MAX 2 /* letters */
#define START_MIN 2 /* letters that are taken for the start of a name: as near as one wrong */

struct near near_new(struct span word)
{
    return (struct near){.word = word, .wrong = SIZE_MAX};
}

void near_offer(struct near *n, struct span spelled, struct span told)
{
    bool starts = n->word.len >= START_MIN && spelled.len > n->word.len &&
                  memcmp(spelled.data, n->word.data, n->word.len) == 0;
    size_t wrong = spelling_distance(n->word, spelled);
    wrong = starts && wrong > 1 ? 1 : wrong;
    if (wrong > WRONG_MAX || 2 * wrong > n->word.len || wrong > n->wrong)
        return; /* more of it wrong than right: a guess */
    if (wrong < n->wrong)
        n->count = 0;
    n->wrong = wrong;
    for (size_t i = 0; i < n->count; i++) {
        if (span_equal(n->names[i], told))
            return;
    }
    if (n->count < NEAR_NAMES)
        n->names[n->count++] = told;
}

void near_put(struct buf *out, const struct near *n, const char *mark)
{
    for (size_t i = 0; i < n->count; i++)
        buf_putf(out, "%s%s%.*s",
                 i == 0              ? "; did you mean "
                 : i + 1 == n->count ? " or "
                                     : ", ",
                 mark, (int)n->names[i].len, n->names[i].data);
    buf_puts(out, n->count > 0 ? "?" : "");
}

/* Within a group its second word counts; else the first one, and a second one that is all right. */
static void offer_verb(struct near *n, const struct ctl_verb *verb, const char *group)
{
    size_t len = strcspn(verb->name, " ");
    struct span name = span_str(verb->name), first = span_of(verb->name, len);
    struct span second = verb->name[len] == ' ' ? span_str(verb->name + len + 1) : first;
    if (group != NULL) {
        if (second.len > 0 && span_equal(first, span_str(group)))
            near_offer(n, second, name);
        return;
    }
    near_offer(n, first, first);
    if (verb->alias != NULL)
        near_offer(n, span_str(verb->alias), name);
    if (span_equal(second, n->word))
        near_offer(n, second, name);
}

void near_verb(struct failure *f, char *const *words, size_t count)
{
    size_t verbs_count;
    const struct ctl_verb *verbs = verbs_all(&verbs_count);
    const char *group = count > 1 && verbs_group(words[0]) ? words[0] : NULL;
    const char *word = words[group != NULL];
    struct near n = near_new(span_str(word));
    struct buf text = {0};
    for (size_t i = 0; i < verbs_count; i++)
        offer_verb(&n, &verbs[i], group);
    near_put(&text, &n, "");
    failure_set(f, CTL_USAGE, "USAGE", "there is no verb \"%s%s%s\"%s", group != NULL ? group : "",
                group != NULL ? " " : "", word, buf_str(&text));
    if (n.count > 0)
        failure_fix(f, "raftctl %.*s --help", (int)n.names[0].len, n.names[0].data);
    else
        failure_fix(f, "raftctl %s%s--help", group != NULL ? group : "", group != NULL ? " " : "");
    buf_free(&text);
}

void near_option(struct failure *f, const struct ctl_verb *verb, struct span name, const char *word)
{
    struct near n = near_new(name);
    struct buf text = {0};
    for (unsigned i = 0; i < CTL_OPTIONS_COUNT; i++) {
        struct span option = span_str(ctl_options[i].name);
        if (verb == NULL || verbs_takes(verb, (enum ctl_option)i))
            near_offer(&n, option, option);
    }
    near_put(&text, &n, "--");
    failure_set(f, CTL_USAGE, "USAGE", "%s: not an option of raftctl%s", word, buf_str(&text));
    failure_fix(f, "raftctl %s%s--help", verb != NULL ? verb->name : "", verb != NULL ? " " : "");
    buf_free(&text);
}
