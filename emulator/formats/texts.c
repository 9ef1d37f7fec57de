/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values as the texts that records hold, where equality is equality of bytes. */
#include "emulator/formats/inside.h"

#include <string.h>

static struct trace_text keep(struct foreign *f, const struct buf *text)
{
    return texts_get(&f->made, texts_add(&f->made, buf_str(text), text->len));
}

static int no_scalar(uint32_t line, struct err *e)
{
    return err_set(e, -E_CORRUPT,
                   "line %u: a collection where one value is wanted: is this another --model?",
                   line);
}

/* Would the bare string look like something that is no string? */
static bool is_ambiguous(struct trace_text text)
{
    return text.len == 0 || strchr("0123456789+-:\\\"", text.at[0]) != NULL ||
           trace_text_is(text, "nil") || trace_text_is(text, "null") ||
           trace_text_is(text, "true") || trace_text_is(text, "false");
}

int text_scalar(struct foreign *f, const struct value *v, uint32_t line, struct trace_text *ret,
                struct err *e)
{
    struct buf quoted = {0};
    if (value_is_collection(v))
        return no_scalar(line, e);
    if (v->type != VALUE_STRING || !is_ambiguous(v->text)) {
        *ret = v->text;
        return 0;
    }
    buf_putc(&quoted, '"');
    buf_put(&quoted, v->text.at, v->text.len);
    buf_putc(&quoted, '"');
    *ret = keep(f, &quoted);
    buf_free(&quoted);
    return 0;
}

int text_bytes(const struct value *v, uint32_t line, struct trace_text *ret, struct err *e)
{
    if (value_is_collection(v))
        return no_scalar(line, e);
    *ret = v->text;
    return 0;
}

/* Commas separate elements: inside of one they are written otherwise. */
static int put_element(struct foreign *f, struct buf *out, const struct value *v, uint32_t line,
                       struct err *e)
{
    struct trace_text text = {0};
    int code = text_scalar(f, v, line, &text, e);
    if (code < 0)
        return code;
    if (text.at == NULL)
        text = trace_text_of("nil");
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == ',' || text.at[i] == '%')
            buf_putf(out, "%%%02x", (unsigned)(unsigned char)text.at[i]);
        else
            buf_putc(out, text.at[i]);
    }
    return 0;
}

static int finish(struct foreign *f, struct buf *out, int code, uint32_t line,
                  struct trace_text *ret, struct err *e)
{
    if (code == 0 && out->overflow)
        code = err_set(e, -E_LIMIT, "line %u: a value of more than %zu bytes", line, out->max);
    if (code == 0)
        *ret = out->len == 0 ? (struct trace_text){0} : keep(f, out);
    buf_free(out);
    return code;
}

int text_element(struct foreign *f, const struct value *v, bool comma, uint32_t line,
                 struct trace_text *ret, struct err *e)
{
    struct buf out;
    buf_init(&out, FOREIGN_BYTES_MAX);
    if (comma)
        buf_putc(&out, ',');
    return finish(f, &out, put_element(f, &out, v, line, e), line, ret, e);
}

int text_elements(struct foreign *f, const struct value_tree *t, const struct value *v,
                  uint32_t line, struct trace_text *ret, struct err *e)
{
    struct buf out;
    int code = 0;
    if (v->type != VALUE_LIST && v->type != VALUE_SET)
        return err_set(e, -E_CORRUPT,
                       "line %u: a collection of elements is wanted here, as [1 2] or #{1 2}",
                       line);
    buf_init(&out, FOREIGN_BYTES_MAX);
    for (uint32_t at = v->child; at != VALUE_NONE && code == 0; at = t->nodes[at].next) {
        buf_putc(&out, ',');
        code = put_element(f, &out, &t->nodes[at], line, e);
    }
    return finish(f, &out, code, line, ret, e);
}

int text_number(const struct value *v, const char *none, uint32_t line, struct trace_text *ret,
                struct err *e)
{
    struct trace_text text = v->text;
    size_t sign = v->type == VALUE_ATOM && text.len > 1 && text.at[0] == '-';
    bool fine = v->type == VALUE_ATOM && text.len - sign <= 18;
    for (size_t i = sign; i < text.len && fine; i++)
        fine = text.at[i] >= '0' && text.at[i] <= '9';
    if (!fine)
        return err_set(e, -E_CORRUPT,
                       "line %u: a counter's value is a whole number of at most 18 digits", line);
    *ret = trace_text_is(text, none) ? (struct trace_text){0} : text;
    return 0;
}

const struct value *event_value(const struct foreign *f, const struct event *event,
                                struct value_tree *t)
{
    static const struct trace_text nil[] = {{"nil", 3}, {"null", 4}};
    struct trace_text text = event->value.at != NULL ? event->value : nil[f->events.notation];
    struct source s = {.at = text.at, .end = text.at + text.len, .notation = f->events.notation};
    bool fine = value_read(t, &s);
    ASSERT(fine);
    return &t->nodes[0];
}

const struct value *event_inner(const struct foreign *f, const struct event *event,
                                struct value_tree *t, const struct value **ret_key)
{
    const struct value *v = event_value(f, event, t);
    *ret_key = NULL;
    if (!f->independent)
        return v;
    if (v->type != VALUE_LIST || v->count != 2)
        return NULL;
    *ret_key = value_child(t, v, 0);
    return value_child(t, v, 1);
}
