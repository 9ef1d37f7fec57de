/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/status_view.h"

#include "base/mem.h"
#include "raftctl/pending.h"
#include "raftctl/print.h"

#include <stdio.h>

#define COLUMNS  10
#define CELL_MAX 96

/* The table as text: a row of heads, then a row for each node. */
struct cells {
    char (*texts)[COLUMNS][CELL_MAX]; /* owned */
    size_t rows_count;
};

static bool is_leader(const struct survey *s, const struct survey_row *row)
{
    return !row->is_foreign && row->member.name[0] != '\0' &&
           strcmp(row->member.name, s->cluster.leader) == 0 && !survey_leader_is_gone(s);
}

static void number_cell(char cell[CELL_MAX], uint64_t number)
{
    if (number == STATUS_NUMBER_NONE)
        (void)snprintf(cell, CELL_MAX, "-");
    else
        (void)snprintf(cell, CELL_MAX, "%llu", (unsigned long long)number);
}

/* How long ago the leader heard of it. */
static void contact_cell(char cell[CELL_MAX], uint64_t contact_ms)
{
    if (contact_ms == STATUS_NUMBER_NONE)
        (void)snprintf(cell, CELL_MAX, "-");
    else if (contact_ms < 1000)
        (void)snprintf(cell, CELL_MAX, "%llu ms", (unsigned long long)contact_ms);
    else
        (void)snprintf(cell, CELL_MAX, "%.1f s", (double)contact_ms / 1e3);
}

/* Escaped, and cut to the cell. */
static void text_cell(char cell[CELL_MAX], const char *words)
{
    struct buf text = {0};
    print_escaped(&text, span_str(words[0] == '\0' ? "-" : words));
    size_t len = text.len < CELL_MAX ? text.len : CELL_MAX - 1;
    memcpy(cell, buf_str(&text), len);
    cell[len] = '\0';
    buf_free(&text);
}

/* What keeps it from being a voter like others, or "". */
static const char *trouble_of(const struct survey_row *row)
{
    if (!row->reached)
        return row->error_text;
    if (row->is_foreign)
        return "another cluster";
    if (!row->is_member)
        return "not a member";
    if (row->member.refused[0] != '\0')
        return row->member.refused;
    if (!row->member.voter)
        return row->member.voter_old ? "outgoing voter" : "learner";
    return "";
}

static void note_cell(char cell[CELL_MAX], const struct survey *s, const struct survey_row *row)
{
    struct buf note = {0};
    buf_puts(&note, trouble_of(row));
    pending_remark(s, row, &note);
    if (note.len == 0 && row->node.lease_ms != STATUS_NUMBER_NONE)
        buf_putf(&note, "lease %llu ms", (unsigned long long)row->node.lease_ms);
    text_cell(cell, buf_str(&note));
    if (note.len == 0)
        cell[0] = '\0';
    buf_free(&note);
}

static void fill_row(const struct survey *s, const struct survey_row *row, bool plain,
                     char cells[COLUMNS][CELL_MAX])
{
    struct buf name = {0};
    buf_putf(&name, "%s%s", row->member.name, !plain && is_leader(s, row) ? " *" : "");
    text_cell(cells[0], buf_str(&name));
    buf_free(&name);
    text_cell(cells[1], row->reached ? row->node.role : "?");
    const uint64_t none = STATUS_NUMBER_NONE;
    number_cell(cells[2], row->reached ? row->node.term : none);
    number_cell(cells[3], row->reached ? row->node.last : none);
    number_cell(cells[4], row->reached ? row->node.commit : none);
    number_cell(cells[5], row->reached ? row->node.applied : none);
    number_cell(cells[6], survey_lag(s, row));
    if (plain)
        number_cell(cells[7], row->member.contact_ms);
    else
        contact_cell(cells[7], row->member.contact_ms);
    text_cell(cells[8], row->reached ? row->node.version : "");
    note_cell(cells[9], s, row);
}

static struct cells make_cells(const struct survey *s, bool plain)
{
    size_t count = s->rows_count + s->foreign_count;
    struct cells cells = {.texts = mem_array(count, sizeof(*cells.texts)), .rows_count = count};
    for (size_t r = 0; r < count; r++)
        fill_row(s, r < s->rows_count ? &s->rows[r] : &s->foreign[r - s->rows_count], plain,
                 cells.texts[r]);
    return cells;
}

static void put_rows(struct buf *out, const struct survey *s)
{
    static const char *const heads[COLUMNS] = {"NODE",    "ROLE", "TERM",    "LAST", "COMMIT",
                                               "APPLIED", "LAG",  "CONTACT", "VER",  "NOTE"};
    const unsigned numbers = 0xfcu; /* columns TERM to CONTACT stand to the right */
    struct cells cells = make_cells(s, false);
    const char **flat = mem_array((cells.rows_count + 1) * COLUMNS, sizeof(*flat));
    memcpy(flat, heads, sizeof(heads));
    for (size_t i = 0; i < cells.rows_count * COLUMNS; i++)
        flat[COLUMNS + i] = cells.texts[i / COLUMNS][i % COLUMNS];
    print_table(out, flat, cells.rows_count + 1, COLUMNS, numbers);
    mem_free(flat);
    mem_free(cells.texts);
}

/* Whoever still names one whose process is gone is about to elect another. */
static void put_leader(struct buf *out, const struct survey *s)
{
    bool gone = survey_leader_is_gone(s);
    buf_puts(out, gone ? "none (gone: " : "");
    print_escaped(out, span_str(s->cluster.leader[0] != '\0' ? s->cluster.leader : "none"));
    buf_puts(out, gone ? ")" : "");
}

static void put_head(struct buf *out, const struct survey *s)
{
    buf_puts(out, "cluster ");
    print_escaped(out, span_str(s->cluster.name[0] != '\0' ? s->cluster.name : s->cluster.id));
    char term[CELL_MAX], commit[CELL_MAX];
    number_cell(term, s->cluster.term);
    number_cell(commit, s->cluster.commit);
    buf_putf(out, "   term %s   leader ", term);
    put_leader(out, s);
    buf_putf(out, "   commit %s   quorum %zu of %zu %s   via ", commit, survey_quorum(s),
             s->voters_count, survey_has_quorum(s) ? "OK" : "LOST");
    print_escaped(out, span_str(s->via));
    buf_putc(out, '\n');
}

static void put_change(struct buf *out, const struct survey *s)
{
    struct buf text = {0};
    if (pending_say(s, &text)) {
        buf_puts(out, "change   ");
        print_escaped(out, span_of(text.data, text.len));
        buf_putc(out, '\n');
    }
    buf_free(&text);
}

/* What only the given up had is missing, for good. */
static void put_recovery(struct buf *out, const struct survey *s)
{
    struct buf text = {0};
    if (survey_put_recovery(s, &text)) {
        buf_puts(out, "recovered   ");
        print_escaped(out, span_of(text.data, text.len));
        buf_putc(out, '\n');
    }
    buf_free(&text);
}

/* Where a line of warning goes. */
struct lines {
    struct buf *out;
    const struct sink *sink;
};

static void say_line(void *to, const char *text)
{
    const struct lines *lines = to;
    print_warning(lines->out, lines->sink, text);
}

void status_put_table(struct buf *out, const struct survey *s, const struct sink *sink)
{
    struct lines lines = {out, sink};
    put_head(out, s);
    put_recovery(out, s);
    put_change(out, s);
    put_rows(out, s);
    survey_warn(s, say_line, &lines);
}

void status_put_plain(struct buf *out, const struct survey *s)
{
    struct cells cells = make_cells(s, true);
    for (size_t i = 0; i < cells.rows_count * COLUMNS; i++) {
        buf_puts(out, cells.texts[i / COLUMNS][i % COLUMNS]);
        buf_putc(out, (i + 1) % COLUMNS == 0 ? '\n' : '\t');
    }
    mem_free(cells.texts);
}
