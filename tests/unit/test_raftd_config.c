/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options, the file, what values must be to each other, and how all of that is complained about. */
#include "raftd/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define WORDS_MAX 32
#define PORTS     "--listen-peer 127.0.0.1:7001 --listen-client 127.0.0.1:8001"
#define BASE      "--name n1 --data-dir /d " PORTS

static struct config config;
static struct err error;

/* Loads from a command line split at spaces. */
static int load(const char *line)
{
    static char copy[2048];
    char *argv[WORDS_MAX] = {(char[]){"raftd"}};
    int argc = 1;
    (void)snprintf(copy, sizeof(copy), "%s", line);
    for (char *at = copy; *at != '\0';) {
        assert_true(argc < WORDS_MAX);
        argv[argc++] = at;
        at += strcspn(at, " ");
        if (*at != '\0')
            *at++ = '\0';
    }
    config_free(&config);
    error = (struct err){0};
    return config_load(argc, argv, &config, &error);
}

static void ways_out_arrive(void **state)
{
    (void)state;
    assert_int_equal(load(BASE), 0);
    assert_int_equal(config.on_sigterm, CONFIG_STOP);
    assert_int_equal(config.leave_timeout_ns, 10000000000);
    assert_int_equal(config.shutdown_on_remove, 0);
    /* A default that decides nothing forbids nothing. */
    assert_int_equal(load(BASE " --on-sigterm transfer --election-timeout 5s..20s"), 0);
    assert_int_equal(config.on_sigterm, CONFIG_TRANSFER);
    assert_int_equal(load(BASE " --on-sigterm leave --leave-timeout 1200ms "
                               "--shutdown-on-remove on"),
                     0);
    assert_int_equal(config.on_sigterm, CONFIG_LEAVE);
    assert_int_equal(config.leave_timeout_ns, 1200000000);
    assert_int_equal(config.shutdown_on_remove, 1);
}

static void good_values_arrive(void **state)
{
    (void)state;
    assert_int_equal(load(BASE " --election-timeout=1s..2s --heartbeat 100ms --prevote off "
                               "--bootstrap n1=127.0.0.1:7001,n2=[::1]:7002 --max-clients 7 "
                               "--segment-size 64KiB --unsafe-no-fsync --log-format json"),
                     0);
    assert_string_equal(config.name, "n1");
    assert_string_equal(config.cluster, "raftlab");
    assert_int_equal(config.timing.election_ns_min, 1000000000);
    assert_int_equal(config.timing.election_ns_max, 2000000000);
    assert_int_equal(config.timing.heartbeat_ns, 100000000);
    assert_int_equal(config.pre_vote, 0);
    assert_int_equal(config.check_quorum, 1);
    assert_int_equal(config.lease_reads, 0);
    assert_int_equal(config.clock_drift_ppm, 100000);
    assert_int_equal(config.max_staleness_ns, 0);
    assert_int_equal(config.bootstrap.count, 2);
    assert_string_equal(config.bootstrap.list[1].name, "n2");
    assert_string_equal(config.bootstrap.list[1].address, "[::1]:7002");
    assert_int_equal(config.clients_max, 7);
    assert_int_equal(config.segment_bytes, 65536);
    assert_int_equal(config.unsafe_no_fsync, 1);
    assert_int_equal(config.log_json, 1);
    assert_int_equal(config.client_deadline_ns, 5000000000);
    assert_true(config.lab_fd == LAB_FD_NONE);
    assert_string_equal(config.warning, "");
}

/* Command line, exit code, and the sentence, whole. */
static const struct {
    const char *line;
    int exit_code;
    const char *text;
} bad_values[] = {
    {"", 64, "config: name: missing: say --name NAME, or \"name\" in the file"},
    {"stray", 64, "config: stray: no option: all begin with --; raftd --help lists them"},
    {"--heartbaet 5ms", 64, "config: --heartbaet: no such option; did you mean --heartbeat?"},
    {"--quorumisation 5", 64, "config: --quorumisation: no such option; raftd --help lists them"},
    {"--heartbeat", 64, "config: --heartbeat: needs a value: DURATION"},
    {"--heartbeat --name n1", 64, "config: --heartbeat: needs a value: DURATION"},
    {"--config", 64, "config: --config: needs a value: FILE"},
    {BASE " --heartbeat 50", 64,
     "config: heartbeat: 50: must be a duration with its unit, as in 50ms (command line)"},
    {BASE " --election-timeout 300ms", 64,
     "config: election_timeout: 300ms: must be two durations, the lower first, as in "
     "150ms..300ms (command line)"},
    {BASE " --name n/1", 64,
     "config: name: n/1: a name is made of letters, digits, '-', '_' and '.' (command line)"},
    {BASE " --listen-peer 127.0.0.1", 64,
     "config: listen_peer: 127.0.0.1: must be HOST:PORT, as in 127.0.0.1:7001 or [::1]:7001 "
     "(command line)"},
    {BASE " --listen-peer ::1:7001", 64,
     "config: listen_peer: ::1:7001: the host may hold letters, digits, '.', '-' and '_'; an "
     "IPv6 host stands in brackets, as in [::1]:7001 (command line)"},
    {BASE " --listen-peer h:70000", 64,
     "config: listen_peer: h:70000: the port must be a number from 1 to 65535, as in "
     "127.0.0.1:7001 (command line)"},
    {BASE " --prevote yes", 64, "config: prevote: yes: must be on or off (command line)"},
    {BASE " --log-level loud", 64,
     "config: log_level: loud: must be debug, info, warning or error (command line)"},
    {BASE " --max-clients 0", 64,
     "config: max_clients: 0: must be a number from 1 to 60000 (command line)"},
    {BASE " --watch-history 0", 64,
     "config: watch_history: 0: must be a number of changes from 1 to 1000000 (command line)"},
    {BASE " --metrics 9100", 64,
     "config: metrics: 9100: must be HOST:PORT, as in 127.0.0.1:7001 or [::1]:7001 (command line)"},
    {BASE " --segment-size 10KiB", 64,
     "config: segment_size: 10KiB: must be a multiple of 4KiB from 8KiB to 1GiB (command "
     "line)"},
    {BASE " --snapshot-every often", 64,
     "config: snapshot_every: often: must be a number of entries from 0 to 1000000000 (command "
     "line)"},
    {BASE " --snapshot-rate 12B", 64,
     "config: snapshot_rate: 12B: must be off, or a size of 1KiB or more, as in 10MiB (command "
     "line)"},
    {BASE " --bootstrap n1=a:1,n1=b:2", 64,
     "config: bootstrap: n1=a:1,n1=b:2: n1 stands there twice (command line)"},
    {BASE " --bootstrap n1=a:1,n2=a:1", 64,
     "config: bootstrap: n1=a:1,n2=a:1: a:1 stands there twice (command line)"},
    {BASE " --bootstrap n1", 64,
     "config: bootstrap: n1: must be NAME=HOST:PORT,NAME=HOST:PORT,... as in "
     "n1=127.0.0.1:7001 (command line)"},
    {BASE " --bootstrap n2=a:1", 78, "config: bootstrap: n1 is not in the list of founders"},
    {BASE " --on-sigterm die", 64,
     "config: on_sigterm: die: must be stop, transfer or leave (command line)"},
    {BASE " --shutdown-on-remove maybe", 64,
     "config: shutdown_on_remove: maybe: must be on or off (command line)"},
    /* relations */
    {BASE " --leave-timeout 500ms", 78,
     "config: leave_timeout: 500ms: too short to elect and commit (4 x 300ms)"},
    {BASE " --on-sigterm leave --election-timeout 1s..3s", 78,
     "config: leave_timeout: 10s: too short to elect and commit (4 x 3s)"},
    {BASE " --heartbeat 60ms", 78,
     "config: election_timeout: 150ms: must be at least 3 x heartbeat (180ms), or one late "
     "heartbeat starts an election"},
    {BASE " --election-timeout 100ms..200ms", 78,
     "config: election_timeout: 100ms: must be at least 3 x heartbeat (150ms), or one late "
     "heartbeat starts an election"},
    {BASE " --election-timeout 150ms..200ms", 78,
     "config: election_timeout: 150ms..200ms: upper end must be at least twice the lower, or "
     "votes split"},
    {BASE " --heartbeat 100us", 78, "config: heartbeat: 100us: below 1ms"},
    {BASE " --election-timeout 1s..90s", 78, "config: election_timeout: 1s..90s: above 60s"},
    {BASE " --lease-reads on --max-clock-drift 300000ppm", 78,
     "config: max_clock_drift: 300000ppm: lease of 81ms would not outlive two heartbeats (100ms)"},
    {BASE " --lease-reads on --max-clock-drift 500000ppm", 78,
     "config: max_clock_drift: 500000ppm: must be below 500000ppm, or clocks say nothing of each "
     "other"},
    {BASE " --lease-reads on --check-quorum off", 78,
     "config: lease_reads: on: needs check_quorum on"},
    {BASE " --max-clock-drift 10%", 64,
     "config: max_clock_drift: 10%: must be millionths with their unit, as in 100000ppm for a "
     "tenth (command line)"},
    {BASE " --max-clock-drift -5ppm", 64,
     "config: max_clock_drift: -5ppm: must be millionths with their unit, as in 100000ppm for a "
     "tenth (command line)"},
    {BASE " --max-staleness 0s", 64,
     "config: max_staleness: 0s: must be off, or a duration with its unit, as in 500ms (command "
     "line)"},
    {BASE " --client-deadline 0ms", 78, "config: client_deadline: 0s: below 1ms"},
    {BASE " --listen-client 127.0.0.1:7001", 78,
     "config: listen_client: 127.0.0.1:7001: is listen_peer already"},
    {BASE " --listen-peer 0.0.0.0:7001", 78,
     "config: advertise_peer: 0.0.0.0:7001: nobody can dial this address; say one that reaches "
     "this node"},
    {BASE " --lab-fd 1000000", 64,
     "config: lab_fd: 1000000: not an open descriptor; the parent passes it on"},
};

/* R-TIME-1 */
static void bad_values_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad_values); i++) {
        int code = load(bad_values[i].line);
        if (code != bad_values[i].exit_code || strcmp(error.text, bad_values[i].text) != 0)
            print_error("%s\n", bad_values[i].line);
        assert_string_equal(error.text, bad_values[i].text);
        assert_int_equal(code, bad_values[i].exit_code);
    }
}

/* What passes just so, and what only warns. */
static void edges_are_inside(void **state)
{
    (void)state;
    assert_int_equal(load(BASE " --election-timeout 150ms..300ms --heartbeat 50ms"), 0);
    assert_int_equal(load(BASE " --election-timeout 3ms..6ms --heartbeat 1ms"), 0);
    /* 150 ms * 0.8/1.2 = 100 ms do not outlive two heartbeats, a little more does; and where leases
     * are off nothing depends on the drift. */
    assert_int_equal(load(BASE " --lease-reads on --max-clock-drift 200000ppm"), 78);
    assert_int_equal(load(BASE " --lease-reads on --max-clock-drift 199999ppm"), 0);
    assert_int_equal(load(BASE " --max-clock-drift 900000ppm --check-quorum off"), 0);
    assert_int_equal(load(BASE " --lease-reads on --max-clock-drift 0ppm"), 0);
    assert_int_equal(load(BASE " --election-timeout 30s..60s --heartbeat 10s"), 0);
    assert_string_equal(
        config.warning,
        "config: client_deadline: 5s: shorter than an election (60s): requests fail "
        "whenever the leader changes");
}

static void addresses_are_derived(void **state)
{
    (void)state;
    assert_int_equal(load(BASE), 0);
    assert_string_equal(config.advertise_peer, "127.0.0.1:7001");
    assert_string_equal(config.advertise_client, "127.0.0.1:8001");
    assert_int_equal(load(BASE " --listen-peer 0.0.0.0:7001 --bootstrap n1=host-a:7001"), 0);
    assert_string_equal(config.advertise_peer, "host-a:7001");
    assert_int_equal(load(BASE " --bootstrap n1=host-a:7001 --advertise-peer b:1"), 0);
    assert_string_equal(config.advertise_peer, "b:1");
}

static void actions_come_first(void **state)
{
    (void)state;
    assert_int_equal(load("--help"), 0);
    assert_int_equal(config.action, CONFIG_HELP);
    assert_int_equal(load("--version --check-config"), 0);
    assert_int_equal(config.action, CONFIG_VERSION);
    assert_int_equal(load(BASE " --check-config"), 0);
    assert_int_equal(config.action, CONFIG_CHECK);
    assert_int_equal(load(BASE " --print-config=json"), 0);
    assert_int_equal(config.action, CONFIG_PRINT_JSON);
}

/* ---- the file ---- */

static char path[] = "/tmp/raftd-config-XXXXXX";

/* The command line `before`, then --config with a file of this content. */
static int load_file(const char *before, const char *content)
{
    char line[1024];
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    (void)fputs(content, f);
    assert_int_equal(fclose(f), 0);
    (void)snprintf(line, sizeof(line), "%s%s--config %s", before, before[0] != '\0' ? " " : "",
                   path);
    return load(line);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    config_free(&config);
    return unlink(path);
}

static void options_win_over_the_file(void **state)
{
    (void)state;
    assert_int_equal(load_file("--name n2",
                               "{\"name\": \"n1\", \"data_dir\": \"/d\",\n"
                               "\"listen_peer\": \"h:1\", \"listen_client\": \"h:2\",\n"
                               "\"prevote\": false, \"check_quorum\": \"off\",\n"
                               "\"max_clients\": 12, \"unsafe_no_fsync\": true}"),
                     0);
    assert_string_equal(config.name, "n2");
    assert_string_equal(config.listen_client, "h:2");
    assert_int_equal(config.pre_vote, 0);
    assert_int_equal(config.check_quorum, 0);
    assert_int_equal(config.clients_max, 12);
    assert_int_equal(config.unsafe_no_fsync, 1);
}

static void bad_files_name_the_place(void **state)
{
    static const struct {
        const char *content;
        const char *text; /* with %s for the path */
    } cases[] = {
        {"{\n  \"heartbeat\": \"60\"\n}",
         "config: heartbeat: 60: must be a duration with its unit, as in 50ms (%s:2:3)"},
        {"{\"heartbeat\": 60}",
         "config: heartbeat: 60: must be a duration with its unit, as in 50ms (%s:1:2)"},
        {"{\"a\\\"{\": 1}", "config: a\"{: no such key (%s:1:2)"},
        {"{\"heartbeat\": \"50ms\",\n \"hartbeat\": 1}",
         "config: hartbeat: no such key; did you mean heartbeat? (%s:2:2)"},
        {"{\"data-dir\": \"/d\"}",
         "config: data-dir: no such key; did you mean data_dir? (%s:1:2)"},
        {"{\"cluster\": \"a\",\n\n  \"cluster\": \"b\"}",
         "config: cluster: stands there twice (%s:3:3)"},
        {"{\"cluster\": [\"{\\\"cluster\\\": 1\"], \"name\": 1}",
         "config: cluster: must be a string, as on the command line (%s:1:2)"},
        {"{\"heartbeat\": true}",
         "config: heartbeat: must be a string, as on the command line (%s:1:2)"},
        {"{\"heartbeat\":\n  nonsense}", "config: not JSON here (%s:2:3)"},
        {"[]", "config: the file must be one JSON object (%s:1:1)"},
        {"", "config: not JSON here (%s:1:1)"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char wanted[512];
        const char *hole = strstr(cases[i].text, "%s");
        assert_non_null(hole);
        (void)snprintf(wanted, sizeof(wanted), "%.*s%s%s", (int)(hole - cases[i].text),
                       cases[i].text, path, hole + 2);
        int code = load_file(BASE, cases[i].content);
        assert_string_equal(error.text, wanted);
        assert_int_equal(code, 78);
    }
}

static void missing_file_is_said(void **state)
{
    (void)state;
    assert_int_equal(load(BASE " --config /nowhere/at.all"), 78);
    assert_string_equal(error.text, "config: /nowhere/at.all: No such file or directory");
}

/* What --print-config=json prints is a file that means the same. */
static void printed_json_is_a_file(void **state)
{
    struct buf first = {0}, second = {0};
    (void)state;
    assert_int_equal(load(BASE " --bootstrap n1=127.0.0.1:7001 --prevote off --max-clients 007 "
                               "--unsafe-no-fsync --lab-fd 1"),
                     0);
    config_print_json(&config, &first);
    assert_int_equal(load_file("", buf_str(&first)), 0);
    config_print_json(&config, &second);
    assert_string_equal(buf_str(&first), buf_str(&second));
    assert_int_equal(config.clients_max, 7);
    assert_int_equal(config.lab_fd, 1);
    buf_free(&first);
    buf_free(&second);
}

static void printed_text_names_origins(void **state)
{
    struct buf out = {0};
    char wanted[128];
    (void)state;
    assert_int_equal(load_file(BASE, "{\"heartbeat\": \"40ms\"}"), 0);
    config_print(&config, &out);
    assert_non_null(strstr(buf_str(&out), "name = n1  # command line\n"));
    assert_non_null(strstr(buf_str(&out), "cluster = raftlab  # default\n"));
    assert_non_null(strstr(buf_str(&out), "# admin_socket: not given\n"));
    (void)snprintf(wanted, sizeof(wanted), "heartbeat = 40ms  # %s:1:2\n", path);
    assert_non_null(strstr(buf_str(&out), wanted));
    buf_free(&out);
}

static void the_manual_knows_every_option(void **state)
{
    struct buf page = {0};
    char chunk[4096], wanted[64];
    FILE *f = fopen("raftd/raftd.8", "re");
    (void)state;
    assert_non_null(f);
    for (size_t n; (n = fread(chunk, 1, sizeof(chunk), f)) > 0;)
        buf_put(&page, chunk, n);
    (void)fclose(f);
    for (size_t i = 0; i < option_rows_count; i++) {
        (void)snprintf(wanted, sizeof(wanted), "\n.B%s --%s",
                       option_rows[i].metavar == NULL                ? ""
                       : strchr(option_rows[i].metavar, '|') != NULL ? "R"
                                                                     : "I",
                       option_rows[i].name);
        if (strstr(buf_str(&page), wanted) == NULL)
            print_error("raftd.8 has no %s\n", wanted + 1);
        assert_non_null(strstr(buf_str(&page), wanted));
    }
    buf_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_out_arrive),
        cmocka_unit_test(good_values_arrive),
        cmocka_unit_test(bad_values_are_named),
        cmocka_unit_test(edges_are_inside),
        cmocka_unit_test(addresses_are_derived),
        cmocka_unit_test(actions_come_first),
        cmocka_unit_test(options_win_over_the_file),
        cmocka_unit_test(bad_files_name_the_place),
        cmocka_unit_test(missing_file_is_said),
        cmocka_unit_test(printed_json_is_a_file),
        cmocka_unit_test(printed_text_names_origins),
        cmocka_unit_test(the_manual_knows_every_option),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
