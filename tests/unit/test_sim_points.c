/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points in a node's work: their names, the calls to the disk behind them, and a host that stands
 * still. */
#include "base/units.h"
#include "emulator/disk/memvfs.h"
#include "emulator/scenario/point.h"
#include "emulator/sim/net.h"
#include "trace/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void names_are_events_and_calls(void **state)
{
    struct trace_point p;
    const char *near = NULL;
    (void)state;
    assert_true(scenario_point_find("becameLeader", &p, &near));
    assert_int_equal(p.event, TRACE_becameLeader);
    assert_true(scenario_point_find("imageRename", &p, &near));
    assert_true(p.event == -1 && p.file == POINT_image && p.call == POINT_Rename && !p.after);
    assert_true(scenario_point_find("after-dirSync", &p, &near));
    assert_true(p.file == POINT_dir && p.call == POINT_Sync && p.after);
    assert_false(scenario_point_find("imageRenam", &p, &near));
    assert_string_equal(near, "imageRename");
    assert_false(scenario_point_find("becameLeadr", &p, &near));
    assert_string_equal(near, "becameLeader");
    /* No node writes these, and no call is made of those. */
    assert_false(scenario_point_find("crashed", &p, &near));
    assert_false(scenario_point_find("usage", &p, &near));
    assert_false(scenario_point_find("logLine", &p, &near));
    assert_false(scenario_point_find("clientInvoke", &p, &near));
    assert_false(scenario_point_find("after-becameLeader", &p, &near));
    assert_false(scenario_point_find("metaRename", &p, &near));
    assert_false(scenario_point_find("", &p, &near));
}

/* ---- the disk ---- */

struct watcher {
    struct memvfs *disk;
    enum memvfs_call halt_before; /* MEMVFS_LOCK: none */
    char seen[512];
};

static void watch(void *arg, enum memvfs_call call, const char *path, bool after)
{
    static const char letters[] = "kmdlruoczeWS"; /* in the order of the calls */
    struct watcher *w = arg;
    size_t at = strlen(w->seen);
    assert_true(at + 2 < sizeof(w->seen));
    w->seen[at] = letters[call];
    w->seen[at + 1] = after ? '+' : ' ';
    assert_true(strncmp(path, "/d", 2) == 0);
    if (call == w->halt_before && call != MEMVFS_LOCK && !after)
        memvfs_halt_at(w->disk, 1);
}

static int make_file(struct memvfs *m)
{
    static _Alignas(VFS_BLOCK) uint8_t block[VFS_BLOCK];
    const struct vfs *v = memvfs_vfs(m);
    struct vfs_file *file = NULL;
    int code = v->open(v->arg, "/d/a.tmp", VFS_WRITE | VFS_CREATE, &file, NULL);
    if (code == 0)
        code = v->write(v->arg, file, 0, block, sizeof(block), NULL);
    if (code == 0)
        code = v->sync(v->arg, file, NULL);
    if (file != NULL) {
        assert_string_equal(memvfs_path_of(file), "/d/a.tmp");
        v->close(v->arg, file);
    }
    if (code == 0)
        code = v->rename(v->arg, "/d/a.tmp", "/d/a", NULL);
    return code == 0 ? v->sync_dir(v->arg, "/d", NULL) : code;
}

static void calls_are_told_before_and_after(void **state)
{
    struct watcher w = {.disk = memvfs_new(1)};
    (void)state;
    memvfs_watch(w.disk, watch, &w);
    assert_int_equal(make_file(w.disk), 0);
    assert_string_equal(w.seen, "c c+W W+S S+r r+d d+");
    memvfs_free(w.disk);
}

static void a_halt_before_a_call_is_before_it(void **state)
{
    struct watcher w = {.disk = memvfs_new(1), .halt_before = MEMVFS_RENAME};
    (void)state;
    memvfs_watch(w.disk, watch, &w);
    assert_int_equal(make_file(w.disk), -E_IO);
    assert_string_equal(w.seen, "c c+W W+S S+r ");
    memvfs_crash(w.disk, MEMVFS_KILL);
    assert_true(memvfs_exists(w.disk, "/d/a.tmp"));
    assert_false(memvfs_exists(w.disk, "/d/a"));
    memvfs_free(w.disk);
}

/* ---- a host that stands still ---- */

static void what_a_quiet_host_sends_leaves_later_or_never(void **state)
{
    struct sim_queue q = {0};
    struct sim_net *net = sim_net_new(2, 1, &q);
    (void)state;
    sim_net_quiet(net, 0, 5 * NS_PER_S);
    sim_net_send(net, sim_packet_new(PACKET_FRAME, 0, 1, 0, "a", 1), NS_PER_S);
    sim_net_send(net, sim_packet_new(PACKET_FRAME, 1, 0, 0, "b", 1), NS_PER_S);
    struct sim_event e = sim_queue_take(&q); /* the other host's is not kept */
    assert_true(e.kind == SIM_PACKET && e.t_ns == NS_PER_S);
    sim_packet_free(sim_net_arrive(net, e.what, e.t_ns));
    e = sim_queue_take(&q);
    assert_true(e.kind == SIM_RESEND && e.t_ns == 5 * NS_PER_S);
    sim_net_send(net, e.what, e.t_ns);
    e = sim_queue_take(&q);
    assert_true(e.kind == SIM_PACKET && e.t_ns == 5 * NS_PER_S);
    sim_packet_free(sim_net_arrive(net, e.what, e.t_ns));
    sim_net_quiet(net, 0, UINT64_MAX);
    sim_net_send(net, sim_packet_new(PACKET_FRAME, 0, 1, 0, "c", 1), 6 * NS_PER_S);
    assert_int_equal(q.count, 0);
    sim_net_free(net);
    sim_queue_free(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_events_and_calls),
        cmocka_unit_test(calls_are_told_before_and_after),
        cmocka_unit_test(a_halt_before_a_call_is_before_it),
        cmocka_unit_test(what_a_quiet_host_sends_leaves_later_or_never),
    };
    return cmocka_run_group_tests_name("sim_points", tests, NULL, NULL);
}
