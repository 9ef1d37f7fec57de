/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults of disks: which calls they meet, what a power cut leaves, what a directory was. */
#include "base/mem.h"
#include "emulator/sim/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LOG_FILE   SIM_DATA_DIR "/log-1"
#define IMAGE_FILE SIM_DATA_DIR "/image-5"

/* Two nodes' disks, without processes: running is set where calls are to be met. */
struct rig {
    struct sim sim;
    struct sim_outcome outcome;
    struct sim_options options; /* nobody is told anything */
};

static struct rig *open_rig(void)
{
    struct rig *r = mem_alloc(sizeof(*r));
    r->sim.outcome = &r->outcome;
    r->sim.options = &r->options;
    r->sim.net = sim_net_new(2, 3, &r->sim.queue);
    r->sim.nodes_count = 2;
    r->sim.nodes = mem_array(2, sizeof(*r->sim.nodes));
    r->sim.seed = 3;
    for (unsigned i = 0; i < 2; i++) {
        (void)sim_node_init(&r->sim, i);
        r->sim.nodes[i].running = true;
    }
    return r;
}

static void close_rig(struct rig *r)
{
    disk_saves_free(&r->sim.saves);
    for (unsigned i = 0; i < 2; i++)
        sim_node_free(&r->sim.nodes[i]);
    sim_queue_free(&r->sim.queue);
    sim_net_free(r->sim.net);
    free(r->sim.nodes);
    free(r);
}

static uint64_t put(struct rig *r, nodeset nodes, const struct world_disk *fault)
{
    struct err e;
    uint64_t number = 0;
    assert_int_equal(sim_disks_add(&r->sim, nodes, fault, &number, &e), 0);
    return number;
}

static struct vfs_file *make(struct memvfs *m, const char *path)
{
    const struct vfs *v = memvfs_vfs(m);
    struct vfs_file *file = NULL;
    assert_int_equal(v->open(v->arg, path, VFS_WRITE | VFS_CREATE, &file, NULL), 0);
    return file;
}

static int write_at(struct memvfs *m, struct vfs_file *file, uint64_t block, uint8_t what)
{
    static _Alignas(VFS_BLOCK) uint8_t bytes[VFS_BLOCK];
    const struct vfs *v = memvfs_vfs(m);
    memset(bytes, what, sizeof(bytes));
    return v->write(v->arg, file, block * VFS_BLOCK, bytes, sizeof(bytes), NULL);
}

static int sync_file(struct memvfs *m, struct vfs_file *file)
{
    const struct vfs *v = memvfs_vfs(m);
    return v->sync(v->arg, file, NULL);
}

static void an_error_meets_its_calls_and_no_others(void **state)
{
    struct rig *r = open_rig();
    struct memvfs *one = r->sim.nodes[0].disk, *other = r->sim.nodes[1].disk;
    struct vfs_file *log = make(one, LOG_FILE), *image = make(one, IMAGE_FILE);
    struct vfs_file *others = make(other, LOG_FILE);
    (void)state;
    uint64_t number = put(r, 1,
                          &(struct world_disk){.kind = WORLD_DISK_ERROR,
                                               .ops = WORLD_DISK_FSYNC,
                                               .files = WORLD_FILE_LOG,
                                               .code = -E_IO,
                                               .after = 2,
                                               .count = 1});
    for (int i = 0; i < 2; i++)
        assert_int_equal(sync_file(one, log), 0);
    assert_int_equal(sync_file(one, image), 0);
    assert_int_equal(write_at(one, log, 0, 'a'), 0);
    assert_int_equal(sync_file(other, others), 0);
    assert_true(sim_disks_active(&r->sim, number));
    assert_false(sim_disks_blamed(&r->sim.nodes[0], NODE_EXIT_DISK));
    assert_int_equal(sync_file(one, log), -E_IO);
    assert_false(sim_disks_active(&r->sim, number));
    assert_true(sim_disks_blamed(&r->sim.nodes[0], NODE_EXIT_DISK) &&
                !sim_disks_blamed(&r->sim.nodes[1], NODE_EXIT_DISK));
    assert_int_equal(sync_file(one, log), 0);
    close_rig(r);
}

static void a_read_only_disk_can_be_read(void **state)
{
    struct rig *r = open_rig();
    struct memvfs *m = r->sim.nodes[0].disk;
    const struct vfs *v = memvfs_vfs(m);
    struct vfs_file *log = make(m, LOG_FILE);
    static _Alignas(VFS_BLOCK) uint8_t bytes[VFS_BLOCK];
    (void)state;
    assert_int_equal(write_at(m, log, 0, 'a'), 0);
    uint64_t number = put(r, 1, &(struct world_disk){.kind = WORLD_DISK_READONLY});
    assert_int_equal(write_at(m, log, 0, 'b'), -E_PERMISSION);
    assert_int_equal(v->rename(v->arg, LOG_FILE, IMAGE_FILE, NULL), -E_PERMISSION);
    assert_int_equal(v->unlink(v->arg, LOG_FILE, NULL), -E_PERMISSION);
    assert_int_equal(v->read(v->arg, log, 0, bytes, sizeof(bytes), NULL), 0);
    sim_disks_remove(&r->sim, number);
    assert_int_equal(write_at(m, log, 0, 'b'), 0);
    close_rig(r);
}

static void a_full_disk_has_what_is_free(void **state)
{
    struct rig *r = open_rig();
    struct memvfs *m = r->sim.nodes[0].disk;
    struct vfs_file *log = make(m, LOG_FILE);
    (void)state;
    assert_int_equal(write_at(m, log, 0, 'a'), 0);
    uint64_t number =
        put(r, 1, &(struct world_disk){.kind = WORLD_DISK_FULL, .free_bytes = VFS_BLOCK});
    assert_int_equal(write_at(m, log, 1, 'b'), 0);
    assert_int_equal(write_at(m, log, 2, 'c'), -E_NOSPACE);
    assert_int_equal(write_at(m, log, 1, 'd'), 0); /* no space needed */
    sim_disks_remove(&r->sim, number);
    assert_int_equal(write_at(m, log, 2, 'c'), 0);
    close_rig(r);
}

/* ---- operations ---- */

static void slow_and_hanging_operations_are_those_meant(void **state)
{
    struct rig *r = open_rig();
    struct sim_node *n = &r->sim.nodes[0];
    struct vfs_op write = {.kind = VFS_OP_WRITE, .writes_count = 1};
    struct vfs_op image = {.kind = VFS_OP_CHANGE};
    (void)state;
    write.writes[0].file = make(n->disk, LOG_FILE);
    (void)snprintf(image.change.rename_from, VFS_NAME_MAX, "image-5.tmp");
    (void)put(r, 1,
              &(struct world_disk){.kind = WORLD_DISK_SLOW,
                                   .ops = WORLD_DISK_FSYNC,
                                   .files = WORLD_FILE_LOG,
                                   .probability = 1,
                                   .delay_ns = 7});
    assert_int_equal(sim_disks_delay_ns(n, &write), 7);
    assert_int_equal(sim_disks_delay_ns(n, &image), 0);
    assert_int_equal(sim_disks_delay_ns(&r->sim.nodes[1], &write), 0);
    uint64_t number =
        put(r, 1,
            &(struct world_disk){
                .kind = WORLD_DISK_STALL, .ops = WORLD_DISK_RENAME, .files = WORLD_FILE_ANY});
    assert_true(sim_disks_hangs(n, &image));
    assert_false(sim_disks_hangs(n, &write) || sim_disks_hangs(n, NULL));
    n->disk_waiting = 2;
    sim_disks_remove(&r->sim, number);
    assert_false(sim_disks_hangs(n, &image));
    assert_int_equal(r->sim.queue.count, 2); /* what waited goes on */
    close_rig(r);
}

/* ---- crashes ---- */

/* How many of 8 blocks, written and not synced, are there after the power failed. */
static unsigned left_after(enum memvfs_crash how, bool lies, uint64_t seed, bool *ret_prefix)
{
    struct memvfs *m = memvfs_new(seed);
    const struct vfs *v = memvfs_vfs(m);
    struct vfs_file *file = make(m, LOG_FILE);
    unsigned left = 0, last = 0;
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(write_at(m, file, i, 0), 0);
    assert_int_equal(sync_file(m, file), 0);
    assert_int_equal(v->sync_dir(v->arg, SIM_DATA_DIR, NULL), 0);
    memvfs_lie(m, lies);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(write_at(m, file, i, 'x'), 0);
    if (lies)
        assert_int_equal(sync_file(m, file), 0);
    memvfs_crash(m, how);
    size_t len = 0;
    const uint8_t *bytes = memvfs_bytes(m, LOG_FILE, &len);
    assert_int_equal(len, 8 * VFS_BLOCK);
    for (unsigned i = 0; i < 8; i++) {
        if (bytes[i * VFS_BLOCK] == 'x') {
            left++;
            last = i;
        }
    }
    *ret_prefix = left == 0 || left == last + 1;
    v->close(v->arg, file);
    memvfs_free(m);
    return left;
}

static void a_power_cut_forgets_as_asked(void **state)
{
    bool prefix, ever_between = false, ever_holes = false;
    (void)state;
    assert_int_equal(left_after(MEMVFS_CUT_LOSE, false, 1, &prefix), 0);
    assert_int_equal(left_after(MEMVFS_CUT_NAMES, false, 1, &prefix), 8);
    assert_int_equal(left_after(MEMVFS_CUT_LOSE, true, 1, &prefix), 0); /* the sync was a lie */
    for (uint64_t seed = 1; seed <= 20; seed++) {
        unsigned left = left_after(MEMVFS_CUT_SUFFIX, false, seed, &prefix);
        assert_true(prefix);
        ever_between = ever_between || (left > 0 && left < 8);
        (void)left_after(MEMVFS_CUT_RANDOM, false, seed, &prefix);
        ever_holes = ever_holes || !prefix;
    }
    assert_true(ever_between && ever_holes);
}

static void names_that_were_not_synced_are_gone(void **state)
{
    struct memvfs *m = memvfs_new(1);
    struct vfs_file *file = make(m, LOG_FILE);
    const struct vfs *v = memvfs_vfs(m);
    (void)state;
    assert_int_equal(v->sync_dir(v->arg, SIM_DATA_DIR, NULL), 0);
    assert_int_equal(v->rename(v->arg, LOG_FILE, IMAGE_FILE, NULL), 0);
    memvfs_crash(m, MEMVFS_CUT_NAMES);
    assert_true(memvfs_exists(m, LOG_FILE) && !memvfs_exists(m, IMAGE_FILE));
    v->close(v->arg, file);
    memvfs_free(m);
}

static void who_lied_is_known(void **state)
{
    struct rig *r = open_rig();
    struct world_disk fault = {.kind = WORLD_DISK_UNSYNCED, .loss = WORLD_LOSE_SUFFIX};
    (void)state;
    assert_int_equal(sim_disks_crash(&r->sim.nodes[0]), MEMVFS_KILL);
    (void)put(r, 1, &fault);
    assert_int_equal(sim_disks_crash(&r->sim.nodes[0]), MEMVFS_CUT_SUFFIX);
    assert_int_equal(r->outcome.bad_disks, 0); /* forgetting what was not synced is honest */
    fault.lies = true;
    (void)put(r, 2, &fault);
    assert_int_equal(sim_disks_crash(&r->sim.nodes[1]), MEMVFS_CUT_SUFFIX);
    assert_int_equal(r->outcome.bad_disks, 2);
    close_rig(r);
}

/* ---- images ---- */

static void a_directory_comes_back_as_it_was(void **state)
{
    struct rig *r = open_rig();
    struct sim_node *n = &r->sim.nodes[0];
    struct err e;
    size_t len = 0;
    (void)state;
    memvfs_put(n->disk, LOG_FILE, "old", 3);
    memvfs_put(n->disk, IMAGE_FILE, "old", 3);
    assert_int_equal(sim_disks_image(n, WORLD_IMAGE_SAVE, WORLD_FILE_ANY, "then", &e), 0);
    memvfs_put(n->disk, LOG_FILE, "newer", 5);
    memvfs_put(n->disk, IMAGE_FILE, "newer", 5);
    assert_int_equal(sim_disks_image(n, WORLD_IMAGE_RESTORE, WORLD_FILE_LOG, "then", &e), -E_BUSY);
    n->running = false;
    assert_int_equal(sim_disks_image(n, WORLD_IMAGE_RESTORE, WORLD_FILE_LOG, "now", &e),
                     -E_NOTFOUND);
    assert_int_equal(r->outcome.bad_disks, 0);
    assert_int_equal(sim_disks_image(n, WORLD_IMAGE_RESTORE, WORLD_FILE_LOG, "then", &e), 0);
    assert_memory_equal(memvfs_bytes(n->disk, LOG_FILE, &len), "old", 3);
    assert_memory_equal(memvfs_bytes(n->disk, IMAGE_FILE, &len), "newer", 5);
    assert_int_equal(r->outcome.bad_disks, 1);
    assert_int_equal(sim_disks_image(n, WORLD_IMAGE_WIPE, WORLD_FILE_SNAPSHOT, "", &e), 0);
    assert_true(memvfs_exists(n->disk, LOG_FILE) && !memvfs_exists(n->disk, IMAGE_FILE));
    assert_int_equal(sim_disks_image(n, WORLD_IMAGE_WIPE, WORLD_FILE_ANY, "", &e), 0);
    assert_false(memvfs_exists(n->disk, LOG_FILE));
    assert_true(n->joined); /* an empty directory does not found the cluster again */
    close_rig(r);
}

/* ---- rot ---- */

static void a_write_is_torn_once_and_by_nobodys_lie(void **state)
{
    struct rig *r = open_rig();
    struct sim_node *n = &r->sim.nodes[0];
    struct vfs_file *log = make(n->disk, LOG_FILE), *image = make(n->disk, IMAGE_FILE);
    const struct vfs *v = memvfs_vfs(n->disk);
    size_t len = 0;
    (void)state;
    assert_int_equal(v->sync_dir(v->arg, SIM_DATA_DIR, NULL), 0);
    assert_int_equal(write_at(n->disk, log, 0, 'a'), 0);
    assert_int_equal(sync_file(n->disk, log), 0);
    uint64_t number = put(r, 1,
                          &(struct world_disk){.kind = WORLD_DISK_TEAR,
                                               .ops = WORLD_DISK_ANY,
                                               .files = WORLD_FILE_LOG,
                                               .tear = {.at_bytes = 1000}});
    assert_int_equal(write_at(n->disk, image, 0, 'i'), 0);
    assert_int_equal(sync_file(n->disk, image), 0); /* another file */
    assert_int_equal(sync_file(n->disk, log), 0);   /* nothing to tear */
    assert_true(sim_disks_active(&r->sim, number) && n->dying[0] == '\0');
    assert_int_equal(write_at(n->disk, log, 0, 'b'), 0);
    assert_int_equal(sync_file(n->disk, log), -E_IO);
    assert_true(n->dying[0] != '\0');
    assert_false(sim_disks_active(&r->sim, number));
    assert_int_equal(sim_disks_crash(n), MEMVFS_CUT_RANDOM);
    memvfs_crash(n->disk, MEMVFS_CUT_RANDOM);
    const uint8_t *data = memvfs_bytes(n->disk, LOG_FILE, &len);
    assert_true(data[0] == 'b' && data[999] == 'b' && data[1000] == 'a');
    assert_int_equal(r->outcome.bad_disks, 0);
    close_rig(r);
}

static void whoever_was_damaged_is_known(void **state)
{
    struct rig *r = open_rig();
    struct sim_node *n = &r->sim.nodes[1];
    char text[WORLD_TEXT_MAX];
    struct err e;
    struct world_damage what = {
        .kind = WORLD_DAMAGE_ZERO, .files = WORLD_FILE_META, .count = 1, .bytes = 8};
    (void)state;
    assert_int_equal(sim_disks_damage(n, &what, text, &e), -E_NOTFOUND);
    assert_int_equal(r->outcome.bad_disks, 0);
    static uint8_t slots[2 * VFS_BLOCK];
    memset(slots, 1, sizeof(slots));
    memvfs_put(n->disk, SIM_DATA_DIR "/hardstate", slots, sizeof(slots));
    assert_int_equal(sim_disks_damage(n, &what, text, &e), 0);
    assert_int_equal(r->outcome.bad_disks, 2);
    assert_true(sim_disks_blamed(n, NODE_EXIT_DISK) && sim_disks_blamed(n, NODE_EXIT_CONFIG));
    assert_false(sim_disks_blamed(n, NODE_EXIT_INVARIANT));
    assert_false(sim_disks_blamed(&r->sim.nodes[0], NODE_EXIT_DISK));
    close_rig(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_meets_its_calls_and_no_others),
        cmocka_unit_test(a_read_only_disk_can_be_read),
        cmocka_unit_test(a_full_disk_has_what_is_free),
        cmocka_unit_test(slow_and_hanging_operations_are_those_meant),
        cmocka_unit_test(a_power_cut_forgets_as_asked),
        cmocka_unit_test(names_that_were_not_synced_are_gone),
        cmocka_unit_test(who_lied_is_known),
        cmocka_unit_test(a_directory_comes_back_as_it_was),
        cmocka_unit_test(a_write_is_torn_once_and_by_nobodys_lie),
        cmocka_unit_test(whoever_was_damaged_is_known),
    };
    return cmocka_run_group_tests_name("sim_disks", tests, NULL, NULL);
}
