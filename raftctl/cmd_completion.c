/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raftctl completion: a few lines for a shell, which ask raftctl itself what may stand next. */
#include "base/units.h"
#include "raftctl/ask.h"
#include "raftctl/cmd.h"
#include "raftctl/complete.h"

#define PATIENCE_NS (300 * NS_PER_MS) /* a person waits for it while typing */

/* bash splits words at COMP_WORDBREAKS, so at = and : too, and puts what is answered behind the
 * last piece: they are joined again, and of the answers only that piece is left. */
static const char bash_lines[] =
    "_raftctl() {\n"
    "    local word rest=${COMP_LINE:0:COMP_POINT} cut= i\n"
    "    local -a words=()\n"
    "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if ((i == 0)) || [[ $rest == [[:blank:]]* ]]; then words+=(\"$word\")\n"
    "        else words[${#words[@]}-1]+=$word; fi\n"
    "        rest=${rest#\"${rest%%[![:blank:]]*}\"}\n"
    "        rest=${rest#\"$word\"}\n"
    "    done\n"
    "    word=${words[${#words[@]}-1]}\n"
    "    [[ $word == *\"$2\" ]] && cut=${word%\"$2\"}\n"
    "    COMPREPLY=()\n"
    "    while IFS=$'\\t' read -r word _; do\n"
    "        if [[ $word == :files ]]; then compopt -o default 2>/dev/null\n"
    "        else COMPREPLY+=(\"${word#\"$cut\"}\"); fi\n"
    "        if [[ $word == *[=:] ]]; then compopt -o nospace 2>/dev/null; fi\n"
    "    done < <(\"${words[0]}\" completion words -- \"${words[@]:1}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _raftctl raftctl\n";

/* Behind = and : more is to come: no blank. */
static const char zsh_lines[] =
    "#compdef raftctl\n"
    "_raftctl() {\n"
    "    local -a offered begun\n"
    "    local line word files=0\n"
    "    while IFS= read -r line; do\n"
    "        word=${line%%$'\\t'*}\n"
    "        case $line in\n"
    "        :files) files=1 ;;\n"
    "        *[=:]$'\\t'*) begun+=(\"${word//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "        *) offered+=(\"${word//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "        esac\n"
    "    done < <(${words[1]} completion words -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
    "    (( $#offered )) && _describe raftctl offered\n"
    "    (( $#begun )) && _describe raftctl begun -S ''\n"
    "    (( files )) && _files\n"
    "}\n"
    "compdef _raftctl raftctl\n";

static const char fish_lines[] =
    "function __raftctl_complete\n"
    "    set -l before (commandline -opc)\n"
    "    set -l word (commandline -ct)\n"
    "    for line in (raftctl completion words -- $before[2..-1] \"$word\" 2>/dev/null)\n"
    "        if test \"$line\" = \":files\"\n"
    "            __fish_complete_path \"$word\"\n"
    "        else\n"
    "            echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c raftctl -f -a '(__raftctl_complete)'\n";

struct offers {
    struct buf out;
    const char *prefix;
};

static void put_offer(void *to, const char *word, const char *help)
{
    struct offers *o = to;
    print_escaped(&o->out, span_str(word));
    buf_putf(&o->out, "\t%s\n", help);
}

/* The cluster that the line itself names, else the one that is known without it. */
static int find_cluster(const struct ctl *ctl, struct endpoint *ret, size_t max)
{
    struct err ignored = {0};
    const char *list = ctl->value[OPT_ENDPOINTS], *lab = ctl->value[OPT_LAB];
    for (size_t i = 0; ctl->command[i] != NULL && ctl->command[i + 1] != NULL; i++) {
        const char *word = ctl->command[i];
        if (strcmp(word, "-e") == 0 || strcmp(word, "--endpoints") == 0)
            list = ctl->command[i + 1];
        else if (strcmp(word, "--lab") == 0)
            lab = ctl->command[i + 1];
    }
    if (list == NULL && lab == NULL)
        return 0;
    return list != NULL ? endpoint_parse_list(list, ret, max, &ignored)
                        : endpoint_lab(lab, ret, max, &ignored);
}

/* before, behind: what stands around their names. */
static void put_members(const struct ctl *ctl, const char *before, const char *behind,
                        struct offers *o)
{
    static struct ctl near; /* large, and there is one */
    static struct survey survey;
    struct failure failure;
    struct buf word = {0};
    near = *ctl;
    int count = find_cluster(ctl, near.endpoints, ARRAY_LEN(near.endpoints));
    if (count <= 0)
        return;
    near.endpoints_count = (size_t)count;
    if (ask_survey(&near, conn_now_ns() + PATIENCE_NS, &survey, &failure) != CTL_OK)
        return;
    for (size_t i = 0; i < survey.rows_count; i++) {
        const struct survey_row *row = &survey.rows[i];
        buf_reset(&word);
        buf_putf(&word, "%s%s%s", before, row->member.name, behind);
        if (strncmp(buf_str(&word), o->prefix, strlen(o->prefix)) == 0)
            put_offer(o, buf_str(&word), row->reached ? row->node.role : "unreachable");
    }
    buf_free(&word);
}

static enum ctl_exit complete_words(const struct ctl *ctl)
{
    size_t count = 0;
    struct complete c;
    struct offers o = {.prefix = ""};
    while (ctl->command[count] != NULL)
        count++;
    if (count > 0)
        o.prefix = ctl->command[--count];
    complete_ask(ctl->command, count, o.prefix, put_offer, &o, &c);
    if (c.kind == KIND_MEMBER && !c.none)
        put_members(ctl, "", "", &o);
    if (c.kind == KIND_CONDITION && !c.none)
        put_members(ctl, COMPLETE_NODE, COMPLETE_COLON, &o);
    if ((c.kind == KIND_FILE || c.kind == KIND_DIRECTORY) && !c.none)
        buf_puts(&o.out, ":files\n");
    complete_free(&c);
    enum ctl_exit exit = print_out(ctl, &o.out, CTL_OK);
    buf_free(&o.out);
    return exit;
}

enum ctl_exit cmd_completion(const struct ctl *ctl)
{
    static char *nothing[] = {NULL};
    const char *shell = ctl->argv[0];
    struct buf out = {0};
    if (strcmp(shell, "words") == 0) {
        struct ctl asked = *ctl;
        asked.command = ctl->command != NULL ? ctl->command : nothing;
        return complete_words(&asked);
    }
    buf_puts(&out, strcmp(shell, "bash") == 0  ? bash_lines
                   : strcmp(shell, "zsh") == 0 ? zsh_lines
                                               : fish_lines);
    enum ctl_exit exit = print_out(ctl, &out, CTL_OK);
    buf_free(&out);
    return exit;
}
