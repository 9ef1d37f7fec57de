/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"
#include "raftctl/shell/lineedit.h"

#include <stdio.h> /* before readline, which needs it */

#include <readline/history.h>
#include <readline/readline.h>
#include <stdlib.h>
#include <wchar.h>

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

/* The character at the beginning of the text: its bytes, and the columns it takes. */
static size_t glyph(const char *text, size_t len, size_t *ret_columns)
{
    mbstate_t state = {0};
    wchar_t wide = 0;
    size_t bytes = mbrtowc(&wide, text, len, &state);
    bool known = bytes > 0 && bytes <= len;
    int width = known ? wcwidth(wide) : 1;
    *ret_columns = width < 0 ? 1 : (size_t)width;
    return known ? bytes : 1;
}

/* Where on a screen of so many columns one stands that began at its upper left corner. */
struct pen {
    size_t columns, row, column;
};

static void put_glyph(struct pen *p, char first, size_t columns)
{
    if (first != '\n' && p->column + columns > p->columns) {
        p->column = 0;
        p->row++;
    }
    p->row += first == '\n';
    p->column = first == '\n' ? 0 : p->column + columns;
}

/* \001 to \002 take no columns. */
static void put_text(struct pen *p, const char *text)
{
    size_t len = strlen(text), columns;
    bool hidden = false;
    for (size_t at = 0, bytes; at < len; at += bytes) {
        bytes = glyph(text + at, len - at, &columns);
        if (text[at] == '\001' || text[at] == '\002')
            hidden = text[at] == '\001';
        else if (!hidden)
            put_glyph(p, text[at], columns);
    }
}

/* Bytes of the hint that fit into so many columns, and those they take. */
static size_t fitting(const struct buf *hint, size_t columns, size_t *ret_taken)
{
    size_t at = 0, more;
    *ret_taken = 0;
    while (at < hint->len && (unsigned char)hint->data[at] >= 0x20) {
        size_t bytes = glyph(hint->data + at, hint->len - at, &more);
        if (*ret_taken + more > columns)
            break;
        *ret_taken += more;
        at += bytes;
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
    struct pen pen = {.columns = (size_t)columns};
    size_t taken;
    put_text(&pen, editor.prompt);
    put_text(&pen, rl_line_buffer);
    size_t len = fitting(&editor.hint, (size_t)columns - 1 - pen.column % (size_t)columns, &taken);
    if (len == 0)
        return;
    char *cut = mem_dup(editor.hint.data, len);
    fprintf(rl_outstream, "%s%s" PLAIN "\033[%zuD", editor.grey, cut, taken);
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
    struct pen pen = {.columns = columns};
    put_text(&pen, buf_str(text));
    return pen.row;
}

/* Bytes of whole lines that fit into so many rows; a line that does not is cut at the end of a row.
 */
static size_t fit(const struct buf *text, size_t columns, size_t rows)
{
    struct pen pen = {.columns = columns};
    size_t at = 0, width;
    while (at < text->len) {
        size_t bytes = glyph(text->data + at, text->len - at, &width);
        put_glyph(&pen, text->data[at], width);
        if (pen.row >= rows)
            return at + (text->data[at] == '\n');
        at += bytes;
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
