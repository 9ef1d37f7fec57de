/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/help.h"

#include <stdio.h>
#include <string.h>

static void put_option(struct buf *out, enum ctl_option option)
{
    const struct ctl_option_row *row = &ctl_options[option];
    char left[64];
    char letter[8] = "    ";
    if (row->letter != 0)
        (void)snprintf(letter, sizeof(letter), "-%c, ", row->letter);
    (void)snprintf(left, sizeof(left), "%s--%s%s%s", letter, row->name, row->arg != NULL ? " " : "",
                   row->arg != NULL ? row->arg : "");
    buf_putf(out, "  %-26s %s\n", left, row->help);
}

static void put_options(struct buf *out, uint64_t own)
{
    buf_puts(out, "\noptions\n");
    for (unsigned i = CTL_GLOBAL_OPTIONS; i < CTL_OPTIONS_COUNT; i++) {
        if ((own >> i & 1) != 0)
            put_option(out, (enum ctl_option)i);
    }
    for (unsigned i = 0; i < CTL_GLOBAL_OPTIONS; i++)
        put_option(out, (enum ctl_option)i);
}

static void put_line(struct buf *out, const struct ctl_verb *verb)
{
    struct buf left = {0};
    buf_putf(&left, "%s ", verb->name);
    verbs_put_args(&left, verb);
    buf_putf(out, "  %-34s %s\n", buf_str(&left), verb->summary);
    buf_free(&left);
}

void help_put_all(struct buf *out)
{
    size_t count;
    const struct ctl_verb *verbs = verbs_all(&count);
    buf_puts(out, "usage: raftctl [OPTION...] VERB [ARGUMENT...]\n\nverbs\n");
    for (size_t i = 0; i < count; i++)
        put_line(out, &verbs[i]);
    put_options(out, 0);
    buf_puts(out, "\nOptions with an argument may come from the environment: RAFTCTL_ENDPOINTS and "
                  "so on.\nExit codes: 0 yes, 1 no, 2 outcome unknown, 64 usage, 69 no node "
                  "reached,\n75 not applied (no leader), 77 not permitted. See raftctl(1).\n");
}

void help_put_verb(struct buf *out, const struct ctl_verb *verb)
{
    struct buf args = {0};
    verbs_put_args(&args, verb);
    buf_putf(out, "usage: raftctl %s%s%s\n\n%s\n", verb->name, args.len > 0 ? " " : "",
             buf_str(&args), verb->about);
    buf_free(&args);
    if (verb->alias != NULL)
        buf_putf(out, "Also called %s.\n", verb->alias);
    if (verb->timeout != NULL)
        buf_putf(out, "Gives up after %s unless --timeout says otherwise.\n", verb->timeout);
    put_options(out, verb->options);
}

void help_put_group(struct buf *out, const char *group)
{
    size_t count, len = strlen(group);
    const struct ctl_verb *verbs = verbs_all(&count);
    buf_putf(out, "usage: raftctl %s ...\n\n", group);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(verbs[i].name, group, len) == 0 && verbs[i].name[len] == ' ')
            put_line(out, &verbs[i]);
    }
    buf_puts(out, "\nOf one of them: raftctl ");
    buf_putf(out, "%s ... --help\n", group);
}

/* ---- for man(7) ---- */

static void put_roff(struct buf *out, const char *text)
{
    bool begins = true;
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            buf_puts(out, "\\e");
        else if (*text == '-')
            buf_puts(out, "\\-");
        else if (begins && (*text == '.' || *text == '\''))
            buf_putf(out, "\\&%c", *text);
        else
            buf_putc(out, *text);
        begins = *text == '\n';
    }
}

static void put_manual_verb(struct buf *out, const struct ctl_verb *verb)
{
    struct buf args = {0};
    verbs_put_args(&args, verb);
    buf_puts(out, ".TP\n\\fB");
    put_roff(out, verb->name);
    buf_puts(out, args.len > 0 ? "\\fR \\fI" : "");
    put_roff(out, buf_str(&args));
    buf_puts(out, "\\fR\n");
    buf_free(&args);
    put_roff(out, verb->about);
    buf_putc(out, '\n');
    if (verb->alias != NULL)
        buf_putf(out, "Also called \\fB%s\\fR.\n", verb->alias);
    if (verb->timeout != NULL)
        buf_putf(out, "Gives up after %s unless \\fB\\-\\-timeout\\fR says otherwise.\n",
                 verb->timeout);
}

/* Which verbs take the option, if not all do. */
static void put_takers(struct buf *out, enum ctl_option option)
{
    size_t count, takers = 0;
    const struct ctl_verb *verbs = verbs_all(&count);
    if (option < CTL_GLOBAL_OPTIONS)
        return;
    buf_puts(out, "For");
    for (size_t i = 0; i < count; i++) {
        if (!verbs_takes(&verbs[i], option))
            continue;
        buf_puts(out, takers++ > 0 ? ", " : " ");
        buf_putf(out, "\\fB%s\\fR", verbs[i].name);
    }
    buf_puts(out, ".\n");
}

static void put_manual_option(struct buf *out, enum ctl_option option)
{
    const struct ctl_option_row *row = &ctl_options[option];
    buf_puts(out, ".TP\n");
    if (row->letter != 0)
        buf_putf(out, "\\fB\\-%c\\fR, ", row->letter);
    buf_puts(out, "\\fB\\-\\-");
    put_roff(out, row->name);
    buf_puts(out, "\\fR");
    if (row->arg != NULL)
        buf_putf(out, " \\fI%s\\fR", row->arg);
    buf_putc(out, '\n');
    put_roff(out, row->help);
    buf_puts(out, ".\n");
    put_takers(out, option);
}

void help_put_manual(struct buf *out)
{
    size_t count;
    const struct ctl_verb *verbs = verbs_all(&count);
    buf_puts(out, ".SH VERBS\n");
    for (size_t i = 0; i < count; i++)
        put_manual_verb(out, &verbs[i]);
    buf_puts(out, ".SH OPTIONS\n");
    for (unsigned i = 0; i < CTL_OPTIONS_COUNT; i++)
        put_manual_option(out, (enum ctl_option)i);
}
