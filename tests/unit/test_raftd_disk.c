/* SPDX-License-Identifier: GPL-3.0-or-later */
/* struct vfs on real files, its worker threads, a log and images on top of it. */
#include "raftd/disk.h"

#include "raftd/disk_files.h"
#include "store/blocks.h"
#include "store/image.h"

#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];
static struct disk *disk;
static struct vfs vfs;
static int woken = -1;

static void wake(void *arg)
{
    uint64_t one = 1;
    (void)arg;
    ssize_t n = write(woken, &one, sizeof(one));
    ASSERT(n == (ssize_t)sizeof(one));
}

static int setup(void **state)
{
    struct err e = {0};
    struct disk_options options = {.wake = wake};
    (void)state;
    (void)snprintf(root, sizeof(root), "/tmp/raftd-disk-XXXXXX");
    if (mkdtemp(root) == NULL)
        return -1;
    woken = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (disk_open(&options, &disk, &e) < 0)
        return -1;
    vfs = disk_vfs(disk);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    disk_stop(disk);
    disk_free(disk);
    (void)close(woken);
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *in_root(const char *name)
{
    static char path[VFS_PATH_MAX];
    vfs_path(path, root, name);
    return path;
}

/* ---- blocking calls ---- */

static void files_keep_what_they_are_given(void **state)
{
    struct err e = {0};
    struct vfs_file *f;
    struct blocks b = {0};
    uint64_t size;
    (void)state;
    blocks_reserve(&b, 2 * VFS_BLOCK);
    assert_int_equal(vfs.open(vfs.arg, in_root("a"), VFS_WRITE, &f, &e), -E_NOTFOUND);
    assert_non_null(strstr(e.text, "/a: cannot open: No such file"));
    assert_int_equal(vfs.open(vfs.arg, in_root("a"), VFS_WRITE | VFS_CREATE | VFS_DIRECT, &f, &e),
                     0);
    memset(b.data, 'x', 2 * VFS_BLOCK);
    assert_int_equal(vfs.write(vfs.arg, f, VFS_BLOCK, b.data, 2 * VFS_BLOCK, &e), 0);
    assert_int_equal(vfs.sync(vfs.arg, f, &e), 0);
    assert_int_equal(vfs.size(vfs.arg, f, &size, &e), 0);
    assert_int_equal(size, 3 * VFS_BLOCK);
    memset(b.data, 0, 2 * VFS_BLOCK);
    assert_int_equal(vfs.read(vfs.arg, f, 2 * VFS_BLOCK, b.data, VFS_BLOCK, &e), 0);
    assert_int_equal(b.data[0], 'x');
    assert_int_equal(vfs.read(vfs.arg, f, 2 * VFS_BLOCK, b.data, 2 * VFS_BLOCK, &e), -E_IO);
    assert_non_null(strstr(e.text, "ends at 12288, 4096 bytes more were expected"));
    vfs.close(vfs.arg, f);
    assert_int_equal(vfs.open(vfs.arg, in_root("a"), VFS_WRITE | VFS_CREATE, &f, &e), -E_EXISTS);
    blocks_free(&b);
}

static void count_name(void *ctx, const char *name)
{
    unsigned *count = ctx;
    *count += strcmp(name, "two") == 0 ? 10 : 1;
}

static void names_come_and_go(void **state)
{
    struct err e = {0};
    struct vfs_file *f;
    char from[VFS_PATH_MAX];
    unsigned count = 0;
    (void)state;
    vfs_path(from, root, "one");
    assert_int_equal(vfs.open(vfs.arg, from, VFS_WRITE | VFS_CREATE, &f, &e), 0);
    vfs.close(vfs.arg, f);
    assert_int_equal(vfs.rename(vfs.arg, from, in_root("two"), &e), 0);
    assert_int_equal(vfs.mkdir(vfs.arg, in_root("sub"), &e), 0);
    assert_int_equal(vfs.mkdir(vfs.arg, in_root("sub"), &e), -E_EXISTS);
    assert_int_equal(vfs.sync_dir(vfs.arg, root, &e), 0);
    assert_int_equal(vfs.list(vfs.arg, root, count_name, &count, &e), 0);
    assert_int_equal(count, 11);
    assert_int_equal(vfs.unlink(vfs.arg, in_root("two"), &e), 0);
    assert_int_equal(vfs.unlink(vfs.arg, in_root("two"), &e), -E_NOTFOUND);
    assert_int_equal(vfs.rename(vfs.arg, from, in_root("x"), &e), -E_NOTFOUND);
}

/* In another process: that is whom it is against. */
static int lock_elsewhere(struct err *e)
{
    int status;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct err said = {0};
        struct disk_files files = {.lock_fd = -1}; /* no threads in a forked child */
        struct vfs v = disk_files_vfs(&files);
        int code = v.lock_dir(v.arg, root, &said);
        _exit(write(fds[1], &said, sizeof(said)) == (ssize_t)sizeof(said) ? -code : 99);
    }
    (void)close(fds[1]);
    assert_int_equal(read(fds[0], e, sizeof(*e)), sizeof(*e));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    (void)close(fds[0]);
    return -WEXITSTATUS(status);
}

static void a_lock_holds_and_names_its_holder(void **state)
{
    struct err e = {0};
    char wanted[64];
    (void)state;
    assert_int_equal(vfs.lock_dir(vfs.arg, root, &e), 0);
    assert_int_equal(lock_elsewhere(&e), -E_BUSY);
    (void)snprintf(wanted, sizeof(wanted), "held by process %d", (int)getpid());
    assert_non_null(strstr(e.text, wanted));
    vfs.unlock_dir(vfs.arg, root);
    assert_int_equal(lock_elsewhere(&e), 0);
    assert_int_equal(vfs.lock_dir(vfs.arg, root, &e), 0); /* the other process has ended */
    vfs.unlock_dir(vfs.arg, root);
}

/* ---- workers ---- */

struct seen {
    struct vfs_op *ops[64];
    int statuses[64];
    unsigned count;
};

static void note(void *arg, struct vfs_op *op, int status)
{
    struct seen *s = arg;
    ASSERT(s->count < ARRAY_LEN(s->ops));
    s->ops[s->count] = op;
    s->statuses[s->count++] = status;
}

static void collect_until_idle(struct seen *s)
{
    disk_kick(disk);
    while (disk_busy(disk)) {
        struct pollfd ready = {.fd = woken, .events = POLLIN};
        uint64_t n;
        assert_int_equal(poll(&ready, 1, 20000), 1);
        (void)!read(woken, &n, sizeof(n));
        disk_collect(disk, note, s);
    }
}

static struct vfs_file *new_file(const char *name, unsigned flags)
{
    struct err e = {0};
    struct vfs_file *f;
    assert_int_equal(vfs.open(vfs.arg, in_root(name), flags, &f, &e), 0);
    return f;
}

static void writes_end_in_order(void **state)
{
    struct vfs_op ops[32] = {0};
    struct seen seen = {0};
    struct vfs_file *f = new_file("log", VFS_WRITE | VFS_CREATE);
    static const uint8_t byte = 'y';
    char data[33] = "";
    struct err e = {0};
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(ops); i++) {
        ops[i].kind = VFS_OP_WRITE;
        ops[i].writes_count = 1;
        ops[i].writes[0] = (struct vfs_write){.file = f, .offset = i, .data = &byte, .len = 1};
        vfs.submit(vfs.arg, &ops[i]);
    }
    disk_collect(disk, note, &seen);
    assert_int_equal(seen.count, 0); /* nothing starts before it is kicked */
    collect_until_idle(&seen);
    assert_int_equal(seen.count, ARRAY_LEN(ops));
    for (unsigned i = 0; i < seen.count; i++) {
        assert_ptr_equal(seen.ops[i], &ops[i]);
        assert_int_equal(seen.statuses[i], 0);
    }
    assert_int_equal(vfs.read(vfs.arg, f, 0, data, 32, &e), 0);
    assert_int_equal(strspn(data, "y"), 32);
    vfs.close(vfs.arg, f);
}

static void after_a_failure_nothing_is_written(void **state)
{
    struct vfs_op ops[3] = {0};
    struct seen seen = {0};
    struct vfs_file *good = new_file("good", VFS_WRITE | VFS_CREATE);
    struct vfs_file *bad = new_file("good", 0); /* cannot be written */
    static const uint8_t byte = 'z';
    uint64_t size;
    struct err e = {0};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        ops[i].kind = VFS_OP_WRITE;
        ops[i].writes_count = 1;
        ops[i].writes[0] =
            (struct vfs_write){.file = i == 1 ? bad : good, .offset = i, .data = &byte, .len = 1};
        vfs.submit(vfs.arg, &ops[i]);
    }
    collect_until_idle(&seen);
    assert_int_equal(seen.statuses[0], 0);
    assert_int_equal(seen.statuses[1], -E_IO);
    assert_int_equal(seen.statuses[2], -E_IO);
    assert_non_null(strstr(ops[2].error.text, "cannot write"));
    assert_int_equal(vfs.size(vfs.arg, good, &size, &e), 0);
    assert_int_equal(size, 1);
    vfs.close(vfs.arg, good);
    vfs.close(vfs.arg, bad);
}

/* ---- a log on top ---- */

struct drive {
    struct wal *wal;
    int failed;
};

static void give_to_wal(void *arg, struct vfs_op *op, int status)
{
    struct drive *d = arg;
    struct err e = {0};
    int code = wal_on_done(d->wal, op, status, &e);
    if (code < 0)
        d->failed = code;
}

static void settle(struct drive *d)
{
    for (;;) {
        (void)wal_flush(d->wal);
        if (!disk_busy(disk))
            break;
        struct pollfd ready = {.fd = woken, .events = POLLIN};
        uint64_t n;
        disk_kick(disk);
        assert_int_equal(poll(&ready, 1, 20000), 1);
        (void)!read(woken, &n, sizeof(n));
        disk_collect(disk, give_to_wal, d);
    }
}

static struct wal_options wal_settings(bool create)
{
    return (struct wal_options){
        .segment_bytes = 64 * 1024, .cache_bytes = 4096, .log_id = 7, .create = create};
}

static void a_log_survives_a_restart(void **state)
{
    enum { ENTRIES = 500 };
    struct err e = {0};
    struct drive d = {0};
    struct wal_recovered found;
    struct wal_options options = wal_settings(true);
    static uint8_t payload[1000];
    (void)state;
    assert_int_equal(wal_open(&vfs, root, &options, &d.wal, &found, &e), 0);
    (void)wal_reserve(d.wal);
    for (uint64_t i = 1; i <= ENTRIES; i++) {
        memset(payload, (int)(i & 0xff), sizeof(payload));
        struct entry entry = {.index = i,
                              .term = 1 + i / 100,
                              .kind = ENTRY_DATA,
                              .len = sizeof(payload),
                              .payload = payload};
        wal_append(d.wal, &entry, 1);
        if (i % 7 == 0)
            settle(&d);
    }
    settle(&d);
    assert_int_equal(d.failed, 0);
    assert_int_equal(wal_durable(d.wal), ENTRIES);
    wal_close(d.wal);
    options = wal_settings(false);
    assert_int_equal(wal_open(&vfs, root, &options, &d.wal, &found, &e), 0);
    assert_int_equal(found.last.index, ENTRIES);
    assert_int_equal(found.last.term, 6);
    for (uint64_t i = 1; i <= ENTRIES; i++) {
        struct entry entry;
        assert_int_equal(wal_read(d.wal, i, &entry, &e), 0);
        assert_int_equal(entry.len, sizeof(payload));
        assert_int_equal(entry.payload[999], i & 0xff);
    }
    wal_close(d.wal);
}

static void count_segment(void *ctx, const char *name)
{
    *(unsigned *)ctx += strncmp(name, "log-", 4) == 0;
}

/* Segments are given up and taken again by two threads; none is too much, and nothing is lost. */
static void a_log_is_compacted(void **state)
{
    enum { ENTRIES = 2000 };
    struct err e = {0};
    struct drive d = {0};
    struct wal_recovered found;
    struct wal_options options = wal_settings(true);
    static const uint8_t payload[500];
    (void)state;
    assert_int_equal(wal_open(&vfs, root, &options, &d.wal, &found, &e), 0);
    for (uint64_t i = 1; i <= ENTRIES; i++) {
        struct entry entry = {
            .index = i, .term = 1, .kind = ENTRY_DATA, .len = 500, .payload = payload};
        wal_append(d.wal, &entry, 1);
        if (i % 9 != 0)
            continue;
        settle(&d);
        wal_compact(d.wal, i % 90 == 0 ? i - 10 : 0);
    }
    settle(&d);
    assert_int_equal(d.failed, 0);
    struct wal_origin origin = {.at = {.index = 3000, .term = 2}, .chain = 9};
    unsigned files = 0;
    assert_int_equal(vfs.list(vfs.arg, root, count_segment, &files, &e), 0);
    assert_true(files <= 3 + WAL_SPARE_SEGMENTS_MAX);
    assert_int_equal(wal_base(d.wal).index, 1970);
    wal_close(d.wal);
    options = wal_settings(false);
    assert_int_equal(wal_open(&vfs, root, &options, &d.wal, &found, &e), 0);
    assert_int_equal(found.base.index, 1970);
    assert_int_equal(found.last.index, ENTRIES);
    wal_reset_to(d.wal, &origin);
    settle(&d);
    assert_int_equal(wal_durable(d.wal), 3000);
    wal_close(d.wal);
    assert_int_equal(wal_open(&vfs, root, &options, &d.wal, &found, &e), 0);
    assert_int_equal(found.base.index, 3000);
    wal_close(d.wal);
}

/* ---- images ---- */

static void give_to_writer(void *arg, struct vfs_op *op, int status)
{
    struct err e = {0};
    if (image_writer_on_done(arg, op, status, &e) < 0)
        fail_msg("%s", e.text);
}

static void settle_image(struct image_writer *w)
{
    while (image_writer_flush(w) != NULL) {
        struct pollfd ready = {.fd = woken, .events = POLLIN};
        uint64_t n;
        disk_kick(disk);
        while (disk_busy(disk)) {
            assert_int_equal(poll(&ready, 1, 20000), 1);
            (void)!read(woken, &n, sizeof(n));
            disk_collect(disk, give_to_writer, w);
        }
    }
}

static void fill(struct image_writer *w, const uint8_t *bytes, uint64_t len)
{
    while (image_writer_next_offset(w) < len) {
        uint64_t at = image_writer_next_offset(w);
        size_t n = image_writer_room(w);
        n = n < len - at ? n : (size_t)(len - at);
        image_writer_append(w, bytes + at, n);
        settle_image(w);
    }
}

static void images_are_written_received_and_read(void **state)
{
    enum { BYTES = 2500000 };
    struct err e = {0};
    struct image_meta meta = {.at = {.index = 70, .term = 2}};
    struct image_writer *w = image_writer_begin(&vfs, root, 1, &meta);
    struct image *image;
    uint8_t *bytes = malloc(BYTES);
    static uint8_t out[IMAGE_READ_BYTES_MAX];
    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (uint8_t)(i * i >> 7);
    fill(w, bytes, BYTES);
    assert_int_equal(image_writer_finish(w, &e), 0);
    settle_image(w);
    assert_int_equal(image_writer_state(w), IMAGE_DONE);
    meta = *image_writer_meta(w);
    image_writer_close(w);
    assert_int_equal(image_open(&vfs, root, 1, meta.at, &image, &e), 0);
    assert_int_equal(image_verify(image, &e), 0);
    assert_int_equal(image_read(image, 1234567, out, sizeof(out), &e), 0);
    assert_memory_equal(out, bytes + 1234567, sizeof(out));
    image_close(image);

    meta.at.index = 71;
    w = image_partial_begin(&vfs, root, 1, &meta);
    fill(w, bytes, BYTES / 2);
    image_writer_close(w);
    assert_int_equal(image_partial_resume(&vfs, root, 1, &w, &e), 0);
    assert_non_null(w);
    assert_true(image_writer_next_offset(w) > BYTES / 2 - IMAGE_PIECE_BYTES);
    fill(w, bytes, BYTES);
    assert_int_equal(image_writer_finish(w, &e), 0);
    settle_image(w);
    assert_int_equal(image_writer_state(w), IMAGE_DONE);
    image_writer_close(w);
    assert_int_equal(image_open(&vfs, root, 1, meta.at, &image, &e), 0);
    assert_int_equal(image_verify(image, &e), 0);
    image_close(image);
    free(bytes);
}

/* What fails beside the log does not fail the log. */
static void a_failed_change_fails_alone(void **state)
{
    struct vfs_op ops[3] = {0};
    struct seen seen = {0};
    struct vfs_file *f = new_file("good", VFS_WRITE | VFS_CREATE);
    static const uint8_t byte = 'w';
    (void)state;
    ops[0].kind = VFS_OP_CHANGE;
    (void)snprintf(ops[0].change.dir, sizeof(ops[0].change.dir), "%s", root);
    (void)snprintf(ops[0].change.create, sizeof(ops[0].change.create), "made");
    (void)snprintf(ops[0].change.rename_from, sizeof(ops[0].change.rename_from), "missing");
    (void)snprintf(ops[0].change.rename_to, sizeof(ops[0].change.rename_to), "other");
    (void)snprintf(ops[0].change.undo, sizeof(ops[0].change.undo), "made");
    ops[1] = ops[0];
    ops[1].change.rename_from[0] = '\0';
    ops[2].kind = VFS_OP_WRITE;
    ops[2].writes_count = 1;
    ops[2].writes[0] = (struct vfs_write){.file = f, .data = &byte, .len = 1};
    for (unsigned i = 0; i < 3; i++) {
        vfs.submit(vfs.arg, &ops[i]);
        collect_until_idle(&seen);
    }
    assert_int_equal(seen.statuses[0], -E_NOTFOUND);
    assert_non_null(strstr(ops[0].error.text, "missing"));
    assert_null(ops[0].change.ret_file);
    assert_int_equal(seen.statuses[1], 0);
    assert_int_equal(seen.statuses[2], 0);
    assert_int_equal(access(in_root("made"), F_OK), 0);
    vfs.close(vfs.arg, ops[1].change.ret_file);
    vfs.close(vfs.arg, f);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(files_keep_what_they_are_given),
        CASE(names_come_and_go),
        CASE(a_lock_holds_and_names_its_holder),
        CASE(writes_end_in_order),
        CASE(after_a_failure_nothing_is_written),
        CASE(a_log_survives_a_restart),
        CASE(a_log_is_compacted),
        CASE(images_are_written_received_and_read),
        CASE(a_failed_change_fails_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
