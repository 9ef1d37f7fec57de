/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of a node's disk, as they are told over the lab channel: which calls fail, wait, and go
 * on; and the journal, from which a power cut leaves what it leaves of a disk in memory. */
#include "emulator/disk/memdisk.h"
#include "emulator/disk/unsynced.h"
#include "raftd/disk_files.h"
#include "raftd/lab.h"
#include "raftd/lab_calls.h"
#include "store/blocks.h"

#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static uv_loop_t loop;
static struct logger silent = {.level = ENV_ERROR + 1};
static struct turn turn;
static char bytes[4096];
static struct lab *lab;
static int far; /* the laboratory's end */
static char root[64], data[80], undo[80];
static struct disk_files files;
static struct vfs vfs; /* the node's */
static struct blocks block;

static int setup(void **state)
{
    int fds[2];
    struct err e = {0};
    (void)state;
    (void)snprintf(root, sizeof(root), "/tmp/raftd-lab-disk-XXXXXX");
    if (mkdtemp(root) == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
        return -1;
    (void)snprintf(data, sizeof(data), "%s/data", root);
    (void)snprintf(undo, sizeof(undo), "%s/undo", root);
    far = fds[1];
    (void)uv_loop_init(&loop);
    turn = (struct turn){
        .loop = &loop, .log = &silent, .read_bytes = bytes, .read_size = sizeof(bytes)};
    (void)uv_idle_init(&loop, &turn.again);
    files = (struct disk_files){.lock_fd = -1};
    if (lab_open(&turn, fds[0], "n1", &lab, &e) < 0)
        return -1;
    const struct vfs below = disk_files_vfs(&files);
    vfs = lab_calls_vfs(lab_calls_of(lab), &below);
    blocks_reserve(&block, 4 * VFS_BLOCK);
    return mkdir(data, 0750);
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
    lab_stop(lab);
    uv_close((uv_handle_t *)&turn.again, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    lab_free(lab);
    blocks_free(&block);
    (void)close(far);
    (void)nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return uv_loop_close(&loop);
}

/* ---- the channel ---- */

/* Sends a command, and has it carried out unless it is to wait in the socket. */
static void send_only(const char *command)
{
    assert_int_equal(write(far, command, strlen(command)), strlen(command));
}

static void command(const char *text)
{
    send_only(text);
    lab_serve(lab, 0);
}

/* Whether what the lab has said since has those words, so often. */
static unsigned told(const char *words)
{
    static char text[65536];
    struct err e = {0};
    unsigned count = 0;
    assert_int_equal(lab_flush(lab, 1000, &e), 0);
    ssize_t n = recv(far, text, sizeof(text) - 1, MSG_DONTWAIT);
    text[n > 0 ? n : 0] = '\0';
    for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
        count++;
    return count;
}

/* ---- files ---- */

static struct vfs_file *create(const char *name)
{
    char path[VFS_PATH_MAX];
    struct vfs_file *file = NULL;
    struct err e = {0};
    vfs_path(path, data, name);
    assert_int_equal(vfs.open(vfs.arg, path, VFS_CREATE | VFS_WRITE, &file, &e), 0);
    return file;
}

static int write_block(struct vfs_file *file, uint64_t number, uint8_t fill)
{
    struct err e = {0};
    memset(block.data, fill, VFS_BLOCK);
    return vfs.write(vfs.arg, file, number * VFS_BLOCK, block.data, VFS_BLOCK, &e);
}

static int sync_file(struct vfs_file *file)
{
    struct err e = {0};
    return vfs.sync(vfs.arg, file, &e);
}

static int rename_to(const char *from, const char *to)
{
    char from_path[VFS_PATH_MAX], to_path[VFS_PATH_MAX];
    struct err e = {0};
    vfs_path(from_path, data, from);
    vfs_path(to_path, data, to);
    return vfs.rename(vfs.arg, from_path, to_path, &e);
}

static void errors_are_counted_and_told(void **state)
{
    (void)state;
    struct vfs_file *log = create("log-0000000000000001"), *other = create("hardstate");
    command("1 disk rule=7 kind=error op=4 file=1 errno=io after=1 count=2\n");
    assert_int_equal(told("labDone"), 1);
    assert_int_equal(sync_file(log), 0); /* the one that succeeds first */
    assert_int_equal(sync_file(other), 0);
    assert_int_equal(write_block(log, 0, 1), 0);
    assert_int_equal(told("labMet"), 0);
    assert_int_equal(sync_file(log), -E_IO);
    assert_int_equal(sync_file(log), -E_IO);
    assert_int_equal(sync_file(log), 0);
    assert_int_equal(told("\"ev\":\"labMet\",\"id\":7"), 2);
    command("2 disk rule=8 kind=error op=2 file=7 errno=nospace after=0 count=0\n");
    assert_int_equal(write_block(log, 0, 1), -E_NOSPACE);
    command("3 disk-end rule=8\n");
    assert_int_equal(write_block(log, 0, 1), 0);
    vfs.close(vfs.arg, log);
    vfs.close(vfs.arg, other);
}

static void a_disk_that_is_full_or_readonly(void **state)
{
    (void)state;
    struct vfs_file *log = create("log-0000000000000001");
    assert_int_equal(write_block(log, 0, 1), 0);
    command("1 disk rule=1 kind=full op=15 file=7 bytes=8192\n");
    assert_int_equal(write_block(log, 1, 1), 0);
    assert_int_equal(write_block(log, 2, 1), -E_NOSPACE);
    assert_int_equal(write_block(log, 1, 2), 0); /* no longer for that */
    command("2 disk-end rule=1\n");
    assert_int_equal(write_block(log, 2, 1), 0);
    command("3 disk rule=2 kind=readonly op=15 file=7\n");
    assert_int_equal(write_block(log, 0, 1), -E_PERMISSION);
    assert_int_equal(rename_to("log-0000000000000001", "log-0000000000000002"), -E_PERMISSION);
    assert_int_equal(sync_file(log), 0);
    vfs.close(vfs.arg, log);
}

static void a_file_is_met_by_its_new_name(void **state)
{
    (void)state;
    struct vfs_file *file = create("new.tmp");
    command("1 disk rule=1 kind=error op=2 file=2 errno=io after=0 count=0\n");
    assert_int_equal(write_block(file, 0, 1), 0);
    assert_int_equal(rename_to("new.tmp", "hardstate"), 0);
    assert_int_equal(write_block(file, 0, 1), -E_IO);
    vfs.close(vfs.arg, file);
}

static atomic_bool released;

static void *sync_late(void *arg)
{
    bool *ret = arg;
    struct vfs_file *file = create("log-0000000000000001");
    assert_int_equal(sync_file(file), 0);
    *ret = atomic_load(&released);
    vfs.close(vfs.arg, file);
    return NULL;
}

/* Whoever hangs goes on when the fault is over, and no sooner. */
static void a_stall_lasts_until_its_end(void **state)
{
    pthread_t thread;
    bool late = false;
    (void)state;
    command("1 disk rule=1 kind=stall op=4 file=1\n");
    assert_int_equal(pthread_create(&thread, NULL, sync_late, &late), 0);
    for (unsigned i = 0; i < 10; i++)
        lab_serve(lab, 5); /* it would be there by now */
    atomic_store(&released, true);
    command("2 disk-end rule=1\n");
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(late);
}

/* The loop, held up by a read, hears of the end. */
static void the_loop_is_held_up_and_released(void **state)
{
    struct err e = {0};
    (void)state;
    struct vfs_file *log = create("log-0000000000000001");
    assert_int_equal(write_block(log, 0, 1), 0);
    command("1 disk rule=1 kind=stall op=1 file=7\n");
    send_only("2 disk-end rule=1\n");
    assert_int_equal(vfs.read(vfs.arg, log, 0, block.data, VFS_BLOCK, &e), 0);
    assert_int_equal(told("labDone"), 2);
    vfs.close(vfs.arg, log);
}

static void bad_commands_are_refused(void **state)
{
    static const char *const bad[] = {
        "1 disk kind=stall op=1 file=7\n",
        "1 disk rule=1 kind=melt op=1 file=7\n",
        "1 disk rule=1 kind=stall op=16 file=7\n",
        "1 disk rule=1 kind=stall op=1 file=7 delay=3\n",
        "1 disk rule=1 kind=slow op=1 file=7 delay=3 jitter=0 chance=1000001\n",
        "1 disk rule=1 kind=error op=1 file=7 errno=never after=0 count=0\n",
        "1 disk rule=1 kind=power op=4 file=1\n", /* there is no journal */
        "1 disk-undo\n",
        "1 disk-undo dir=/nonexistent/undo\n",
        "1 disk-end\n"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        command(bad[i]);
        assert_int_equal(told("labError"), 1);
    }
}

/* ---- power cuts ---- */

#define OPEN_MAX 4

/* The same calls to the node's files and to a disk in memory. */
struct pair {
    struct memvfs *m;
    struct vfs_file *real[OPEN_MAX], *model[OPEN_MAX];
    char name[OPEN_MAX][VFS_NAME_MAX];
    struct prng dice;
    unsigned names;
};

static const struct vfs *model_of(const struct pair *p)
{
    return memvfs_vfs(p->m);
}

static void paths(char real[VFS_PATH_MAX], char model[VFS_PATH_MAX], const char *name)
{
    vfs_path(real, data, name);
    vfs_path(model, DIRECTORY_INSIDE, name);
}

static void pair_create(struct pair *p, unsigned at)
{
    char real[VFS_PATH_MAX], model[VFS_PATH_MAX];
    struct err e = {0};
    const struct vfs *m = model_of(p);
    if (p->real[at] != NULL) {
        vfs.close(vfs.arg, p->real[at]);
        m->close(m->arg, p->model[at]);
    }
    (void)snprintf(p->name[at], VFS_NAME_MAX, "log-%u", ++p->names);
    paths(real, model, p->name[at]);
    assert_int_equal(vfs.open(vfs.arg, real, VFS_CREATE | VFS_WRITE, &p->real[at], &e), 0);
    assert_int_equal(m->open(m->arg, model, VFS_CREATE | VFS_WRITE, &p->model[at], &e), 0);
}

static void pair_write(struct pair *p, unsigned at)
{
    struct err e = {0};
    const struct vfs *m = model_of(p);
    uint64_t offset = prng_below(&p->dice, 5) * VFS_BLOCK;
    size_t len = (size_t)(1 + prng_below(&p->dice, 2)) * VFS_BLOCK;
    memset(block.data, (int)prng_below(&p->dice, 256), len);
    assert_int_equal(vfs.write(vfs.arg, p->real[at], offset, block.data, len, &e), 0);
    assert_int_equal(m->write(m->arg, p->model[at], offset, block.data, len, &e), 0);
}

static void pair_rename(struct pair *p, unsigned from, unsigned to)
{
    char real[2][VFS_PATH_MAX], model[2][VFS_PATH_MAX];
    struct err e = {0};
    const struct vfs *m = model_of(p);
    bool onto = to != from && p->real[to] != NULL;
    char name[VFS_NAME_MAX];
    (void)snprintf(name, sizeof(name), "image-%u", ++p->names);
    if (onto)
        memcpy(name, p->name[to], sizeof(name));
    paths(real[0], model[0], p->name[from]);
    paths(real[1], model[1], name);
    if (onto) { /* nobody writes to what is replaced */
        vfs.close(vfs.arg, p->real[to]);
        m->close(m->arg, p->model[to]);
        p->real[to] = p->model[to] = NULL;
    }
    assert_int_equal(vfs.rename(vfs.arg, real[0], real[1], &e), 0);
    assert_int_equal(m->rename(m->arg, model[0], model[1], &e), 0);
    memcpy(p->name[from], name, sizeof(name));
}

static void pair_unlink(struct pair *p, unsigned at)
{
    char real[VFS_PATH_MAX], model[VFS_PATH_MAX];
    struct err e = {0};
    const struct vfs *m = model_of(p);
    paths(real, model, p->name[at]);
    vfs.close(vfs.arg, p->real[at]);
    m->close(m->arg, p->model[at]);
    p->real[at] = p->model[at] = NULL;
    assert_int_equal(vfs.unlink(vfs.arg, real, &e), 0);
    assert_int_equal(m->unlink(m->arg, model, &e), 0);
}

static void pair_sync(struct pair *p, unsigned at)
{
    struct err e = {0};
    const struct vfs *m = model_of(p);
    assert_int_equal(vfs.sync(vfs.arg, p->real[at], &e), 0);
    assert_int_equal(m->sync(m->arg, p->model[at], &e), 0);
}

static void pair_sync_dir(struct pair *p)
{
    struct err e = {0};
    const struct vfs *m = model_of(p);
    assert_int_equal(vfs.sync_dir(vfs.arg, data, &e), 0);
    assert_int_equal(m->sync_dir(m->arg, DIRECTORY_INSIDE, &e), 0);
}

static void pair_step(struct pair *p)
{
    unsigned at = (unsigned)prng_below(&p->dice, OPEN_MAX);
    unsigned what = (unsigned)prng_below(&p->dice, 16);
    if (p->real[at] == NULL)
        pair_create(p, at);
    else if (what < 7)
        pair_write(p, at);
    else if (what < 10)
        pair_sync(p, at);
    else if (what < 12)
        pair_rename(p, at, (unsigned)prng_below(&p->dice, OPEN_MAX));
    else if (what < 13)
        pair_unlink(p, at);
    else
        pair_sync_dir(p);
}

static void pair_close(struct pair *p)
{
    const struct vfs *m = model_of(p);
    for (unsigned i = 0; i < OPEN_MAX; i++) {
        if (p->real[i] == NULL)
            continue;
        vfs.close(vfs.arg, p->real[i]);
        m->close(m->arg, p->model[i]);
    }
}

struct compared {
    struct memvfs *a, *b;
    unsigned count;
};

static void compare_one(void *ctx, const char *name)
{
    struct compared *c = ctx;
    char path[VFS_PATH_MAX];
    size_t a_len = 0, b_len = 0;
    vfs_path(path, DIRECTORY_INSIDE, name);
    assert_true(memvfs_exists(c->b, path));
    const uint8_t *a = memvfs_bytes(c->a, path, &a_len), *b = memvfs_bytes(c->b, path, &b_len);
    assert_int_equal(a_len, b_len);
    assert_memory_equal(a, b, a_len);
    c->count++;
}

static void count_one(void *ctx, const char *name)
{
    (void)name;
    ++*(unsigned *)ctx;
}

static void assert_same(struct memvfs *a, struct memvfs *b)
{
    struct compared c = {.a = a, .b = b};
    unsigned b_count = 0;
    memvfs_names(a, DIRECTORY_INSIDE, compare_one, &c);
    memvfs_names(b, DIRECTORY_INSIDE, count_one, &b_count);
    assert_int_equal(c.count, b_count);
}

static void cut_and_compare(struct pair *p, enum memvfs_crash how)
{
    char torn[VFS_NAME_MAX];
    struct memvfs *m = NULL;
    struct err e = {0};
    assert_int_equal(unsynced_read(data, undo, 1, &m, torn, &e), 0);
    assert_string_equal(torn, "");
    assert_same(p->m, m);
    memvfs_crash(p->m, how);
    memvfs_crash(m, how);
    assert_same(p->m, m);
    assert_int_equal(directory_write(m, data, &e), 0);
    assert_int_equal(unsynced_forget(undo, &e), 0);
    memvfs_free(m);
    assert_int_equal(unsynced_read(data, undo, 1, &m, torn, &e), 0);
    memvfs_crash(m, MEMVFS_CUT_LOSE); /* what is left is synced */
    assert_same(p->m, m);
    memvfs_free(m);
}

/* How a cut goes that no dice decide. */
static void cuts_leave(enum memvfs_crash how, uint64_t seed)
{
    char text[128];
    struct pair p = {.m = memvfs_new(1), .dice = prng_seed(seed)};
    (void)snprintf(text, sizeof(text), "1 disk-undo dir=%s\n", undo);
    command(text);
    assert_int_equal(told("labDone"), 1);
    unsigned steps = (unsigned)prng_below(&p.dice, 60);
    for (unsigned i = 0; i < steps; i++)
        pair_step(&p);
    pair_close(&p);
    cut_and_compare(&p, how);
    memvfs_free(p.m);
}

/* Each with a process of its own, as after a cut. */
static void cuts_leave_what_they_leave_in_memory(void **state)
{
    static const enum memvfs_crash ways[] = {MEMVFS_CUT_LOSE, MEMVFS_CUT_NAMES, MEMVFS_CUT_KEEP};
    assert_int_equal(teardown(state), 0);
    for (uint64_t seed = 1; seed <= 60; seed++) {
        assert_int_equal(setup(state), 0);
        cuts_leave(ways[seed % ARRAY_LEN(ways)], seed);
        assert_int_equal(teardown(state), 0);
    }
    assert_int_equal(setup(state), 0);
}

/* A disk that lies has synced nothing since then. */
static void a_sync_that_was_a_lie_is_lost(void **state)
{
    char text[128], torn[VFS_NAME_MAX];
    struct memvfs *m = NULL;
    struct err e = {0};
    size_t len = 0;
    (void)state;
    (void)snprintf(text, sizeof(text), "1 disk-undo dir=%s\n", undo);
    command(text);
    struct vfs_file *log = create("log-1");
    assert_int_equal(vfs.sync_dir(vfs.arg, data, &e), 0);
    assert_int_equal(write_block(log, 0, 1), 0);
    assert_int_equal(sync_file(log), 0);
    command("2 disk rule=1 kind=lie op=15 file=7\n");
    assert_int_equal(write_block(log, 1, 2), 0);
    assert_int_equal(sync_file(log), 0);
    assert_int_equal(unsynced_read(data, undo, 1, &m, torn, &e), 0);
    memvfs_crash(m, MEMVFS_CUT_LOSE);
    assert_int_equal(memvfs_bytes(m, DIRECTORY_INSIDE "/log-1", &len)[0], 1);
    assert_int_equal(len, VFS_BLOCK);
    memvfs_free(m);
    vfs.close(vfs.arg, log);
}

/* What stood in a block before it was written last comes back from the journal. */
static void what_stood_there_before_is_known(void **state)
{
    char text[128], torn[VFS_NAME_MAX];
    struct memvfs *m = NULL;
    struct err e = {0};
    (void)state;
    (void)snprintf(text, sizeof(text), "1 disk-undo dir=%s\n", undo);
    command(text);
    struct vfs_file *log = create("hardstate");
    for (uint8_t fill = 1; fill <= 3; fill++) {
        assert_int_equal(write_block(log, 0, fill), 0);
        assert_int_equal(sync_file(log), 0);
    }
    assert_int_equal(unsynced_read(data, undo, 1, &m, torn, &e), 0);
    const struct inode *i = memvfs_inode(m, DIRECTORY_INSIDE "/hardstate");
    assert_int_equal(inode_seen(i, 5), 3);
    assert_int_equal(inode_past(i, 5), 2);
    memvfs_free(m);
    vfs.close(vfs.arg, log);
}

/* The power fails in one thread's sync; another's call still has its record written before the
 * process is gone. Here that is another process with the same journal. */
static void a_write_is_torn_though_others_go_on(void **state)
{
    char text[128], torn[VFS_NAME_MAX];
    struct memvfs *m = NULL;
    struct err e = {0};
    int status = 0;
    (void)state;
    (void)snprintf(text, sizeof(text), "1 disk-undo dir=%s\n", undo);
    command(text);
    struct vfs_file *log = create("log-1"), *slots = create("hardstate");
    assert_int_equal(write_block(log, 0, 1), 0);
    command("2 disk rule=1 kind=power op=15 file=7\n");
    pid_t child = fork();
    if (child == 0) {
        (void)!sync_file(log);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(write_block(slots, 0, 2), 0);
    assert_int_equal(unsynced_read(data, undo, 1, &m, torn, &e), 0);
    assert_string_equal(torn, "log-1");
    memvfs_free(m);
    vfs.close(vfs.arg, log);
    vfs.close(vfs.arg, slots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(errors_are_counted_and_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_is_full_or_readonly, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_is_met_by_its_new_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stall_lasts_until_its_end, setup, teardown),
        cmocka_unit_test_setup_teardown(the_loop_is_held_up_and_released, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_commands_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(cuts_leave_what_they_leave_in_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sync_that_was_a_lie_is_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(what_stood_there_before_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_is_torn_though_others_go_on, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
