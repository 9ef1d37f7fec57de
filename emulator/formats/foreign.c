/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/formats/foreign.h"

#include "base/mem.h"
#include "emulator/formats/inside.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define CHUNK (1u << 20)

void foreign_free(struct foreign *f)
{
    if (f == NULL)
        return;
    events_free(&f->events);
    texts_free(&f->made);
    mem_free(f->path);
    mem_free(f->bytes);
    mem_free(f);
}

static int read_events(struct foreign *f, struct err *e)
{
    int code = recognise(f->data, f->len, &f->format, e);
    if (code < 0)
        return code;
    f->events.notation = f->format == FORMAT_JEPSEN_JSON ? NOTATION_JSON : NOTATION_EDN;
    switch (f->format) {
    case FORMAT_JEPSEN_EDN:
    case FORMAT_JEPSEN_JSON:
    case FORMAT_PORCUPINE: return jepsen_maps_read(&f->events, f->data, f->len, e);
    case FORMAT_JEPSEN_LOG: return jepsen_log_read(&f->events, f->data, f->len, e);
    case FORMAT_OWN: return 0;
    }
    UNREACHABLE();
}

void skip_mark(const char **at, size_t *len)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t skip = *len >= 3 && memcmp(*at, mark, 3) == 0 ? 3 : 0;
    *at += skip;
    *len -= skip;
}

/* Takes the bytes over. */
static int take_bytes(char *bytes, size_t len, struct foreign **ret, struct err *e)
{
    struct foreign *f = mem_alloc(sizeof(*f));
    f->bytes = bytes;
    f->data = bytes;
    f->len = len;
    skip_mark(&f->data, &f->len);
    int code = read_events(f, e);
    if (code < 0)
        foreign_free(f);
    else
        *ret = f;
    return code;
}

int foreign_read(const char *data, size_t len, struct foreign **ret, struct err *e)
{
    return take_bytes(mem_dup(data, len), len, ret, e);
}

/* All of a file, also of one whose size nobody knows before. */
static int slurp(FILE *file, char **ret_bytes, size_t *ret_len, struct err *e)
{
    size_t len = 0;
    size_t cap = CHUNK;
    char *bytes = mem_grow(NULL, cap, 1);
    for (;;) {
        size_t n = fread(bytes + len, 1, cap - len, file);
        len += n;
        if (n == 0 || len > FOREIGN_BYTES_MAX)
            break;
        if (len == cap)
            bytes = mem_grow(bytes, cap *= 2, 1);
    }
    if (ferror(file) != 0 || len > FOREIGN_BYTES_MAX) {
        mem_free(bytes);
        return ferror(file) != 0 ? err_set_errno(e, -E_IO, errno, "cannot read it")
                                 : err_set(e, -E_LIMIT, "more than 1 GiB: judge it in parts");
    }
    *ret_bytes = bytes;
    *ret_len = len;
    return 0;
}

/* Is it a file that can be read twice, and one of ours, by its first lines? Then nothing of it has
 * to be kept. What is at its end does not matter: another reader says what is wrong there. */
static bool is_our_file(FILE *file)
{
    struct stat st;
    enum format format = FORMAT_JEPSEN_EDN;
    if (fstat(fileno(file), &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    char *bytes = mem_grow(NULL, CHUNK, 1);
    size_t len = fread(bytes, 1, CHUNK, file);
    const char *at = bytes;
    skip_mark(&at, &len);
    bool ours = recognise(at, len, &format, NULL) == 0 && format == FORMAT_OWN;
    mem_free(bytes);
    rewind(file);
    return ours;
}

static int open_ours(const char *path, struct foreign **ret)
{
    struct foreign *f = mem_alloc(sizeof(*f));
    f->format = FORMAT_OWN;
    f->path = mem_strdup(path);
    *ret = f;
    return 0;
}

static int open_bytes(FILE *file, struct foreign **ret, struct err *e)
{
    char *bytes = NULL;
    size_t len = 0;
    int code = slurp(file, &bytes, &len, e);
    return code < 0 ? code : take_bytes(bytes, len, ret, e);
}

int foreign_open(const char *path, struct foreign **ret, struct err *e)
{
    if (strcmp(path, "-") == 0)
        return open_bytes(stdin, ret, e);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return err_set_errno(e, err_from_errno(errno), errno, "cannot open it");
    int code = is_our_file(file) ? open_ours(path, ret) : open_bytes(file, ret, e);
    (void)fclose(file);
    return code;
}

int foreign_play_own(const struct foreign *f, foreign_take take, void *arg, struct err *e)
{
    struct lines lines = lines_of(f->data, f->len);
    int code = f->path == NULL ? 0 : lines_open(&lines, f->path, e);
    if (code == 0)
        code = own_play(&lines, take, arg, e);
    lines_close(&lines);
    return code;
}

struct foreign_about foreign_about(const struct foreign *f)
{
    bool own = f->format == FORMAT_OWN;
    return (struct foreign_about){.format = format_name(f->format),
                                  .model =
                                      f->mixed ? "keys of several models" : lin_data_name(f->model),
                                  .counts = f->model == LIN_COUNTER,
                                  .mixed = f->mixed,
                                  .skipped = f->events.skipped,
                                  .timed = own || events_timed(&f->events),
                                  .dense = !own && events_dense(&f->events),
                                  .one_a_line = f->events.one_a_line,
                                  .untimed_line = f->events.untimed_line,
                                  .backwards_line = f->events.backwards_line,
                                  .transactions = f->transactions,
                                  .independent = f->independent};
}
