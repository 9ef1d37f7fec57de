/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/script_main.h"

#include <stdio.h>
#include <string.h>

static int read_file(const char *path, struct buf *text, struct err *e)
{
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return err_set(e, -E_IO, "%s: cannot be opened", path);
    char chunk[4096];
    size_t n;
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        buf_put(text, chunk, n);
    (void)fclose(f);
    return 0;
}

static int write_file(const char *path, const struct buf *text, struct err *e)
{
    FILE *f = fopen(path, "w");
    bool ok = f != NULL && fwrite(buf_str(text), 1, text->len, f) == text->len;
    if (f != NULL && fclose(f) != 0)
        ok = false;
    return ok ? 0 : err_set(e, -E_IO, "%s: cannot be written", path);
}

static int run_file(const char *path, bool rewrite, const struct script_tier *tier)
{
    struct err e = {0};
    struct buf text = {0}, rewritten = {0};
    void *arg = tier->open();
    struct script_result result = {0};
    int code = read_file(path, &text, &e);
    if (code == 0)
        code = script_run(path, buf_str(&text), tier->run, arg, &rewritten, &result, &e);
    if (code == 0 && rewrite && result.wrong > 0)
        code = write_file(path, &rewritten, &e);
    if (code < 0)
        fprintf(stderr, "%s\n", e.text);
    else
        printf("%s: %u blocks, %u %s\n", path, result.blocks, result.wrong,
               rewrite ? "rewritten" : "wrong");
    tier->close(arg);
    buf_free(&text);
    buf_free(&rewritten);
    if (code < 0)
        return 2;
    return result.wrong > 0 && !rewrite ? 1 : 0;
}

int script_main(int argc, char **argv, const struct script_tier *tier)
{
    bool rewrite = argc > 1 && strcmp(argv[1], "--rewrite") == 0;
    int worst = argc > 1 + rewrite ? 0 : 2;
    for (int i = 1 + rewrite; i < argc; i++) {
        int code = run_file(argv[i], rewrite, tier);
        worst = code > worst ? code : worst;
    }
    return worst;
}
