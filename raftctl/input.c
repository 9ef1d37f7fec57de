/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/input.h"

#include "raftctl/stop.h"

#include <errno.h>
#include <stdio.h>

enum ctl_exit input_read(const char *name, size_t max, struct buf *ret, struct failure *f)
{
    char bytes[65536];
    size_t n;
    bool standard = strcmp(name, "-") == 0;
    const char *shown = standard ? "standard input" : name;
    FILE *file = standard ? stdin : fopen(name, "re");
    f->exit = CTL_OK;
    buf_init(ret, max);
    if (file == NULL) {
        failure_set(f, CTL_NO_INPUT, "NOINPUT", "%s: %s", shown, strerror(errno));
        return f->exit;
    }
    /* An end that a terminal has told is not asked for again, nor is a ^C. */
    do {
        n = fread(bytes, 1, sizeof(bytes), file);
        buf_put(ret, bytes, n);
    } while (n > 0 && !feof(file) && !ferror(file) && !ret->overflow);
    if (stop_asked())
        failure_set(f, CTL_INTERRUPTED, "CANCELLED", "cancelled: nothing was sent");
    else if (ferror(file))
        failure_set(f, CTL_IO, "IO", "%s: %s", shown, strerror(errno));
    else if (ret->overflow)
        failure_set(f, CTL_INPUT, "INPUT", "%s is longer than %zu bytes",
                    standard ? "the value" : shown, max);
    if (!standard)
        (void)fclose(file);
    return f->exit;
}
