/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/become.h"

#include "raftctl/program.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The one beside this program; false: where that is is not known. */
static bool find_beside(char ret[PATH_MAX + 8])
{
    char self[PATH_MAX] = "";
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    (void)snprintf(ret, PATH_MAX + 8, "%s/raftd", dirname(self));
    return len > 0;
}

void become_raftd(char *const *argv)
{
    char beside[PATH_MAX + 8];
    if (find_beside(beside))
        (void)execv(beside, argv);
    (void)execvp("raftd", argv);
}

static int run_into(char *const *argv, int out, int err)
{
    char beside[PATH_MAX + 8];
    int code = find_beside(beside) ? program_run_into(beside, argv, out, err) : -ENOENT;
    return code < 0 ? program_run_into("raftd", argv, out, err) : code;
}

static void take(int fd, struct buf *ret)
{
    char bytes[4096];
    ssize_t n;
    (void)lseek(fd, 0, SEEK_SET);
    while ((n = read(fd, bytes, sizeof(bytes))) > 0)
        buf_put(ret, bytes, (size_t)n);
    (void)close(fd);
}

int become_read(char *const *argv, struct buf *out, struct buf *said)
{
    int to = out == NULL ? -1 : memfd_create("out", MFD_CLOEXEC),
        err = memfd_create("err", MFD_CLOEXEC);
    int code = (to < 0 && out != NULL) || err < 0 ? -errno : run_into(argv, to, err);
    if (out != NULL)
        take(to, out);
    take(err, said);
    return code;
}

void become_failed(struct failure *f, int error_number)
{
    failure_set(f, CTL_UNREACHABLE, "NORAFTD", "raftd: %s", strerror(error_number));
    failure_why(f, "the files of a node are read by raftd, which is neither beside raftctl nor in "
                   "PATH");
}
