/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"
#include "base/utf8.h"
#include "raftctl/shell/lineedit.h"

#include <stdio.h> /* before readline, which needs it */

#include <readline/history.h>
#include <readline/readline.h>
#include <stdlib.h>

#define GREY  "\033[90m"
#define FAINT "\033[2m" /* where colours are not wanted */
#define PLAIN "\033[0m"

static struct {
    struct lineedit_hooks hooks;
    bool shown;
    char *prompt; /* owned */
    struct buf hint;
    size_t takes;     /* bytes of the hint that can be taken over */
    bool ghost;       /* there is grey text behind the cursor */
    const char *grey; /* how it begins; NULL: the terminal has no such thing */
    struct lineedit_choices choices;
    unsigned place; /* of what was last put above, and the rows it takes; 0: none that counts */
    size_t rows;
} editor;

const char *lineedit_lacks(void)
{
    return "";
}

/* ---- hints ---- */

static bool at_end(void)
{
    return rl_point == rl_end;
}

static void wipe_ghost(void)
{
    if (editor.ghost)
        fputs("\033[K", rl_outstream);
    editor.ghost = false;
}

/* Columns that text takes; a character of UTF-8 counts as one. \001 to \002 take none. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    bool hidden = false;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\001' || *p == '\002')
            hidden = *p == '\001';
        else if (!hidden && ((unsigned char)*p & 0xc0) != 0x80)
            width++;
    }
    return width;
}

/* Bytes of the hint that fit into so many columns. */
static size_t fitting(const struct buf *hint, size_t columns)
{
    size_t at = 0;
    while (at < hint->len && columns > 0) {
        size_t len = utf8_length((const uint8_t *)hint->data + at, hint->len - at);
        if (len == 0 || (unsigned char)hint->data[at] < 0x20)
            break;
        at += len;
        columns--;
    }
    return at;
}

/* Behind the cursor, up to the end of its row and no further. */
static void put_ghost(void)
{
    int rows, columns;
    rl_get_screen_size(&rows, &columns);
    if (columns < 2)
        return;
    size_t column = (width_of(editor.prompt) + width_of(rl_line_buffer)) % (size_t)columns;
    size_t len = fitting(&editor.hint, (size_t)columns - 1 - column);
    if (len == 0)
        return;
    char *cut = mem_dup(editor.hint.data, len);
    fprintf(rl_outstream, "%s%s" PLAIN "\033[%zuD", editor.grey, cut, width_of(cut));
    mem_free(cut);
    editor.ghost = true;
}

static void redisplay(void)
{
    wipe_ghost();
    rl_redisplay();
    buf_reset(&editor.hint);
    editor.takes = 0;
    bool searching = RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH) != 0;
    if (editor.grey != NULL && at_end() && rl_end > 0 && !searching &&
        strchr(rl_line_buffer, '\n') == NULL) {
        editor.takes = editor.hooks.hint(editor.hooks.to, rl_line_buffer, &editor.hint);
        put_ghost();
    }
    fflush(rl_outstream);
}

/* → at the end of the line takes the hint over, elsewhere it goes on by a character. */
static int forward(int count, int key)
{
    if (!at_end() || editor.takes == 0)
        return rl_forward_char(count, key);
    char *taken = mem_dup(editor.hint.data, editor.takes);
    (void)rl_insert_text(taken);
    mem_free(taken);
    return 0;
}

static int enter(int count, int key)
{
    editor.takes = 0;
    rl_point = rl_end;
    wipe_ghost();
    return rl_newline(count, key);
}

static int question(int count, int key)
{
    if (!at_end() || !editor.hooks.ask(editor.hooks.to, rl_line_buffer))
        return rl_insert(count, key);
    return 0;
}

/* ---- completion ---- */

static void drop_choices(void)
{
    for (size_t i = 0; i < editor.choices.count; i++)
        mem_free(editor.choices.list[i]);
    mem_free(editor.choices.list);
    editor.choices = (struct lineedit_choices){0};
}

/* readline frees what it gets. */
static char *next_choice(const char *begun, int state)
{
    static size_t at;
    (void)begun;
    at = state == 0 ? 0 : at;
    return at < editor.choices.count ? strdup(editor.choices.list[at++]) : NULL;
}

static char **complete(const char *begun, int start, int end)
{
    drop_choices();
    editor.hooks.complete(editor.hooks.to, rl_line_buffer, (size_t)start, (size_t)end,
                          &editor.choices);
    rl_attempted_completion_over = !editor.choices.files;
    rl_filename_completion_desired = 0;
    return editor.choices.count > 0 ? rl_completion_matches(begun, next_choice) : NULL;
}

/* As readline does it, but for the hint. */
static void list_choices(char **matches, int count, int width_max)
{
    wipe_ghost();
    rl_display_match_list(matches, count, width_max);
    rl_forced_update_display();
}

/* ---- lines ---- */

static void hide(void)
{
    wipe_ghost();
    rl_callback_handler_remove();
    editor.shown = false;
}

static void on_line(char *line)
{
    hide();
    if (line == NULL)
        fputc('\n', rl_outstream);
    editor.hooks.line(editor.hooks.to, line);
    mem_free(line);
}

static const char *grey(void)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    if (term == NULL || *term == '\0' || strcmp(term, "dumb") == 0)
        return NULL;
    return no_color != NULL && *no_color != '\0' ? FAINT : GREY;
}

void lineedit_open(const struct lineedit_hooks *hooks)
{
    editor.hooks = *hooks;
    editor.grey = grey();
    rl_readline_name = "raftctl";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_completer_word_break_characters = " \t\n;";
    rl_completer_quote_characters = NULL;
    rl_attempted_completion_function = complete;
    rl_completion_display_matches_hook = list_choices;
    rl_variable_bind("enable-bracketed-paste", "on");
    rl_variable_bind("show-all-if-ambiguous", "on");
    rl_initialize();
    rl_redisplay_function = redisplay; /* not before: readline takes no terminal for capable then */
    rl_bind_keyseq("\\e[C", forward);
    rl_bind_keyseq("\\eOC", forward);
    rl_bind_key('F' & 0x1f, forward);
    rl_bind_key('\r', enter);
    rl_bind_key('\n', enter);
    rl_bind_key('?', question);
    using_history();
}

void lineedit_close(void)
{
    if (editor.shown)
        hide();
    drop_choices();
    buf_free(&editor.hint);
    mem_free(editor.prompt);
    editor.prompt = NULL;
    clear_history();
}

static bool keep_prompt(const char *prompt)
{
    if (editor.prompt != NULL && strcmp(editor.prompt, prompt) == 0)
        return false;
    char *copy = mem_strdup(prompt);
    mem_free(editor.prompt);
    editor.prompt = copy;
    return true;
}

void lineedit_show(const char *prompt)
{
    ASSERT(!editor.shown);
    (void)keep_prompt(prompt);
    editor.ghost = false;
    editor.place = 0;
    editor.shown = true;
    rl_callback_handler_install(editor.prompt, on_line);
}

bool lineedit_shown(void)
{
    return editor.shown;
}

static void draw_again(void)
{
    editor.ghost = false;
    rl_on_new_line();
    rl_redisplay_function();
}

void lineedit_prompt(const char *prompt)
{
    if (!editor.shown || RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH) || !keep_prompt(prompt))
        return;
    rl_clear_visible_line();
    rl_set_prompt(editor.prompt);
    draw_again();
}

void lineedit_read(void)
{
    rl_callback_read_char();
}

/* Rows that whole lines take on a screen of so many columns. */
static size_t rows_of(const struct buf *text, size_t columns)
{
    size_t rows = 0, column = 0;
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->data[i];
        if (c == '\n') {
            rows += column <= columns ? 1 : (column + columns - 1) / columns;
            column = 0;
        } else {
            column += (c & 0xc0) != 0x80;
        }
    }
    return rows;
}

/* Bytes of whole lines that fit into so many rows; a line that does not is cut at the end of a row.
 */
static size_t fit(const struct buf *text, size_t columns, size_t rows)
{
    size_t row = 0, column = 0;
    for (size_t i = 0; i < text->len; i++) {
        unsigned char c = (unsigned char)text->data[i];
        bool is_end = c == '\n', is_begun = (c & 0xc0) != 0x80;
        if (is_begun && !is_end && column == columns) {
            column = 0;
            row++;
        }
        if (row == rows)
            return i;
        column = is_end ? 0 : column + is_begun;
        row += is_end;
    }
    return text->len;
}

/* A picture stays in its place only where there is room for it: without its end, if need be. */
static void cut(struct buf *text, size_t columns, size_t rows)
{
    size_t len = rows > 3 ? fit(text, columns, rows - 3) : text->len;
    if (len == text->len)
        return;
    text->len = len;
    buf_puts(text, len > 0 && text->data[len - 1] != '\n' ? "\n...\n" : "...\n");
}

void lineedit_above(struct buf *text, unsigned place)
{
    int rows, columns;
    rl_get_screen_size(&rows, &columns);
    if (place != 0)
        cut(text, (size_t)columns, (size_t)rows);
    if (editor.shown)
        rl_clear_visible_line();
    /* What has scrolled away stays where it is. */
    if (editor.shown && place != 0 && place == editor.place && editor.rows + 1 < (size_t)rows)
        fprintf(rl_outstream, "\033[%zuA\r\033[J", editor.rows);
    editor.place = place;
    editor.rows = rows_of(text, (size_t)columns);
    fwrite(buf_str(text), 1, text->len, rl_outstream);
    fflush(rl_outstream);
    if (editor.shown)
        draw_again();
}

bool lineedit_give_up(void)
{
    bool had = rl_end > 0 || RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH);
    rl_callback_sigcleanup();
    rl_free_line_state();
    wipe_ghost(); /* these have drawn the line again */
    rl_point = rl_end;
    rl_redisplay();
    fputs("^C\n", rl_outstream);
    rl_replace_line("", 1);
    hide();
    return had;
}

void lineedit_resized(void)
{
    if (editor.shown)
        rl_clear_visible_line();
    rl_reset_screen_size();
    editor.place = 0; /* its rows are others now */
    if (editor.shown)
        draw_again();
}

void lineedit_continued(void)
{
    if (!editor.shown)
        return;
    rl_deprep_terminal(); /* somebody else had it meanwhile */
    rl_prep_terminal(1);
    draw_again();
}

void lineedit_remember(const char *entry)
{
    add_history(entry);
}

void lineedit_forget(void)
{
    clear_history();
}
