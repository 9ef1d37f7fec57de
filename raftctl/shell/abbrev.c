/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/abbrev.h"

#include "base/mem.h"

#include <string.h>

/* Whether the option's value is the next word. */
static bool takes_next(const char *word)
{
    enum ctl_option option = CTL_OPTIONS_COUNT;
    if (word[1] != '-')
        option = verbs_option_letter(NULL, word[strlen(word) - 1]);
    else if (strchr(word, '=') == NULL)
        option = verbs_option_name(word + 2, strlen(word) - 2);
    return option != CTL_OPTIONS_COUNT && ctl_options[option].arg != NULL;
}

size_t abbrev_places(char *const *words, size_t count, size_t ret[2])
{
    size_t found = 0;
    for (size_t i = 0; i < count && found < 2; i++) {
        if (words[i][0] != '-' || words[i][1] == '\0')
            ret[found++] = i;
        else if (takes_next(words[i]))
            i++;
    }
    return found;
}

/* The words that may stand at one place of a verb's name and begin like what was typed. */
struct search {
    const char *typed;
    const char *group; /* the first word, of verbs of two; NULL: it is looked for */
    char found[64];
    bool exact;
    size_t count;
    struct buf *several;
};

static void consider(struct search *s, const char *word, size_t len)
{
    size_t typed = strlen(s->typed);
    if (len >= sizeof(s->found) || len < typed || strncmp(word, s->typed, typed) != 0)
        return;
    if (s->count > 0 && strlen(s->found) == len && strncmp(s->found, word, len) == 0)
        return; /* another verb of the same group */
    s->exact = s->exact || len == typed;
    s->count++;
    memcpy(s->found, word, len);
    s->found[len] = '\0';
    buf_putf(s->several, "%s%s", s->count > 1 ? " " : "", s->found);
}

static void search(struct search *s)
{
    size_t count;
    const struct ctl_verb *verbs = verbs_all(&count);
    buf_reset(s->several);
    for (size_t i = 0; i < count; i++) {
        const char *name = verbs[i].name;
        size_t first = strcspn(name, " ");
        if (s->group == NULL) {
            consider(s, name, first);
            if (verbs[i].alias != NULL)
                consider(s, verbs[i].alias, strlen(verbs[i].alias));
        } else if (name[first] == ' ' && strlen(s->group) == first &&
                   strncmp(name, s->group, first) == 0) {
            consider(s, name + first + 1, strlen(name + first + 1));
        }
    }
}

/* True: the word is a verb's by now, or none's; false: it begins several. */
static bool expand(char **word, const char *group, struct buf *ret_several)
{
    struct search s = {.typed = *word, .group = group, .several = ret_several};
    search(&s);
    if (s.exact || s.count == 0)
        return true;
    if (s.count > 1)
        return false;
    mem_free(*word);
    *word = mem_strdup(s.found);
    return true;
}

bool abbrev_expand(char **words, size_t count, struct buf *ret_several)
{
    size_t places[2];
    size_t found = abbrev_places(words, count, places);
    if (found == 0)
        return true;
    if (!expand(&words[places[0]], NULL, ret_several))
        return false;
    size_t ignored;
    char *first[] = {words[places[0]], NULL};
    if (found < 2 || !verbs_group(first[0]) || verbs_find(first, 1, &ignored) != NULL)
        return true;
    return expand(&words[places[1]], first[0], ret_several);
}
