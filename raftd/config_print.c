/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of options and its values, for people and for --config. */
#include "base/jsonw.h"
#include "raftd/options.h"

#include <string.h>

static void put_row(struct buf *out, const char *name, const char *metavar, const char *help,
                    const char *fallback)
{
    size_t start = out->len;
    buf_putf(out, "  --%s", name);
    if (metavar != NULL)
        buf_putf(out, " %s", metavar);
    while (out->len - start < 36)
        buf_putc(out, ' ');
    buf_putf(out, " %s", help);
    if (fallback != NULL)
        buf_putf(out, " [%s]", fallback);
    buf_putc(out, '\n');
}

void config_help(struct buf *out)
{
    buf_puts(out, "usage: raftd --name NAME --data-dir DIR --listen-peer HOST:PORT\n"
                  "             --listen-client HOST:PORT [--bootstrap N1=ADDR,...] [option...]\n\n"
                  "One member of a cluster that replicates a key-value store. Clients speak "
                  "RESP: redis-cli works.\n\n");
    for (size_t i = 0; i < option_rows_count; i++) {
        const struct option_row *row = &option_rows[i];
        put_row(out, row->name, row->metavar, row->help,
                row->metavar != NULL ? row->fallback : NULL);
    }
    buf_putc(out, '\n');
    put_row(out, "config", "FILE", "JSON object: the options above with _ for -; options win",
            NULL);
    put_row(out, "check-config", NULL, "say whether the configuration is good, and exit", NULL);
    put_row(out, "print-config[=json]", NULL, "print the configuration in force, and exit", NULL);
    put_row(out, "recover", "DIR [--yes]",
            "alone: look at a data directory, or let it go on without the others", NULL);
    put_row(out, "version", NULL, "print the version, and exit", NULL);
    put_row(out, "help", NULL, "print this, and exit", NULL);
    buf_puts(out,
             "\nSignals: TERM, INT as --on-sigterm says (twice: stop at once);\n"
             "HUP reads log-level again; USR1 writes the state to the log.\n"
             "Exit codes: 0 stopped, 64 usage, 69 address in use, 70 an invariant is broken,\n"
             "73 cannot create the data directory, 74 disk, 75 leaving not confirmed in time,\n"
             "77 not permitted, 78 configuration, 86 removed from the cluster. See raftd(8).\n");
}

void config_print(const struct config *c, struct buf *out)
{
    for (size_t i = 0; i < option_rows_count; i++) {
        const struct config_value *v = &c->values[i];
        char key[OPTION_NAME_MAX];
        option_key(&option_rows[i], key);
        if (v->text != NULL)
            buf_putf(out, "%s = %s  # %s\n", key, v->text, v->origin);
        else
            buf_putf(out, "# %s: not given\n", key);
    }
}

static uint64_t number_of(const struct config *c, const struct option_row *row)
{
    uint64_t value;
    memcpy(&value, (const char *)c + row->offset, sizeof(value));
    return value;
}

void config_print_json(const struct config *c, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    for (size_t i = 0; i < option_rows_count; i++) {
        const struct config_value *v = &c->values[i];
        char key[OPTION_NAME_MAX];
        if (v->text == NULL)
            continue;
        jsonw_key(&w, option_key(&option_rows[i], key));
        switch (option_rows[i].json) {
        case OPTION_STRING:
        case OPTION_SWITCH: jsonw_string(&w, v->text); break;
        case OPTION_NUMBER: jsonw_u64(&w, number_of(c, &option_rows[i])); break;
        case OPTION_FLAG: jsonw_bool(&w, number_of(c, &option_rows[i]) != 0); break;
        }
    }
    jsonw_end(&w);
    buf_putc(out, '\n');
}
