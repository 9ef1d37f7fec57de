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

/* Takes the bytes over. */
static int take_bytes(char *bytes, size_t len, struct foreign **ret, struct err *e)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct foreign *f = mem_alloc(sizeof(*f));
    size_t skip = len >= 3 && memcmp(bytes, mark, 3) == 0 ? 3 : 0;
    f->bytes = bytes;
    f->data = bytes + skip;
    f->len = len - skip;
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

int foreign_open(const char *path, struct foreign **ret, struct err *e)
{
    char *bytes = NULL;
    size_t len = 0;
    bool given = strcmp(path, "-") == 0;
    FILE *file = given ? stdin : fopen(path, "rb");
    if (file == NULL)
        return err_set_errno(e, err_from_errno(errno), errno, "cannot open it");
    int code = slurp(file, &bytes, &len, e);
    if (!given)
        (void)fclose(file);
    return code < 0 ? code : take_bytes(bytes, len, ret, e);
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
