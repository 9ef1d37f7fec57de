/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What doctor says of each capability: where it is to be had, what stands in the way. */
#include "emulator/commands/doctor_needs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint64_t others(const char *sut)
{
    (void)sut;
    return 1ull << CAP_flow | 1ull << CAP_member;
}

static const struct lint_world live = {.name = "live",
                                       .capabilities = 1ull << CAP_flow | 1ull << CAP_netReset |
                                                       1ull << CAP_member | 1ull << CAP_netHold |
                                                       1ull << CAP_procSignal,
                                       .others = others};
static const struct lint_world sim = {.name = "sim",
                                      .capabilities = 1ull << CAP_flow | 1ull << CAP_netReset |
                                                      1ull << CAP_member | 1ull << CAP_netLane |
                                                      1ull << CAP_netHold};

static struct netem_caps machine(enum netem_cap_state sandbox, enum netem_cap_state resets)
{
    return (struct netem_caps){.count = 3,
                               .items = {{.name = "sandbox", .state = sandbox},
                                         {.name = "user carrier"},
                                         {.name = "connection resets", .state = resets}}};
}

static void says(struct netem_caps caps, const char *const *lines, size_t count)
{
    struct buf out = {0};
    doctor_needs(&caps, &live, &sim, &out);
    for (size_t i = 0; i < count; i++) {
        if (strstr(buf_str(&out), lines[i]) == NULL)
            fail_msg("not said: %s\n%s", lines[i], buf_str(&out));
    }
    size_t names = 0;
    for (const char *at = buf_str(&out); *at != '\0'; at += strcspn(at, "\n") + 1)
        names += *at != ' ';
    assert_int_equal(names, CAPABILITIES_COUNT);
    buf_free(&out);
}

static void test_all_is_there(void **state)
{
    static const char *const lines[] = {
        "ok       flow               waits, marks and repeated steps: real processes and virtual "
        "time, with other systems than raftd, too\n",
        "ok       netLane            links of single message types: in virtual time alone\n"
        "                            fix: raft-emulator sim runs what needs it\n",
        "ok       netReset           connection resets: real processes and virtual time\n",
        "ok       procSignal         stopping, killing and starting nodes: real processes alone\n",
        "if their adapter can\n",
        "missing  clockWall "};
    (void)state;
    says(machine(NETEM_CAP_OK, NETEM_CAP_WARN), lines, ARRAY_LEN(lines));
}

static void test_what_is_missing_is_named(void **state)
{
    static const char *const one[] = {
        "missing  netReset           connection resets: in virtual time alone; real processes: "
        "connection resets, see above\n"
        "                            fix: raft-emulator sim runs what needs it\n",
        "ok       netHold "};
    static const char *const all[] = {
        "missing  flow               waits, marks and repeated steps: in virtual time alone; real "
        "processes: sandbox, see above\n",
        "missing  procSignal         stopping, killing and starting nodes: real processes: "
        "sandbox, see above\n",
        "ok       netLane "};
    (void)state;
    says(machine(NETEM_CAP_OK, NETEM_CAP_MISSING), one, ARRAY_LEN(one));
    says(machine(NETEM_CAP_MISSING, NETEM_CAP_MISSING), all, ARRAY_LEN(all));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_there),
        cmocka_unit_test(test_what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
