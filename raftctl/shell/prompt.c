/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/shell/prompt.h"

#include "raftctl/print.h"
#include "raftctl/status_doc.h"

#define RED   "\001\033[31m\002"
#define GREEN "\001\033[32m\002"
#define PLAIN "\001\033[0m\002"

static void put_colored(struct buf *out, const char *color, const char *text, bool in_color)
{
    buf_puts(out, in_color ? color : "");
    print_escaped(out, span_str(text));
    buf_puts(out, in_color ? PLAIN : "");
}

static void put_number(struct buf *out, const char *letter, uint64_t number)
{
    if (number != STATUS_NUMBER_NONE)
        buf_putf(out, " %s%llu", letter, (unsigned long long)number);
}

void prompt_put(struct buf *out, const struct scout_view *view, bool color)
{
    print_escaped(out, span_str(view->cluster[0] != '\0' ? view->cluster : "raftctl"));
    if (view->looked) {
        buf_putc(out, ' ');
        if (!view->reached)
            put_colored(out, RED, "unreachable", color);
        else if (!view->leads)
            put_colored(out, RED, "no-leader", color);
        else
            put_colored(out, GREEN, view->leader, color);
        if (view->reached && view->leads)
            buf_putc(out, '*');
        if (view->reached) {
            put_number(out, "t", view->term);
            put_number(out, "c", view->commit);
        }
    }
    buf_puts(out, "> ");
}

static void put_state(struct buf *out, const struct scout_view *view)
{
    if (!view->reached)
        buf_puts(out, "no node answers");
    else if (!view->leads)
        buf_puts(out, "no leader");
    else
        print_escaped(out, span_str(view->leader));
}

bool prompt_news(const struct scout_view *before, const struct scout_view *now, struct buf *ret)
{
    if (!before->looked)
        return false;
    bool same_leader =
        before->leads == now->leads && (!now->leads || strcmp(before->leader, now->leader) == 0);
    if (before->reached == now->reached && (!now->reached || same_leader))
        return false;
    buf_puts(ret, "leader ");
    put_state(ret, before);
    buf_puts(ret, " -> ");
    put_state(ret, now);
    if (now->reached)
        buf_putf(ret, " (term %llu)", (unsigned long long)now->term);
    return true;
}
