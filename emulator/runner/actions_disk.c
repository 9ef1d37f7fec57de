/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps about disks. */
#include "emulator/runner/runner_private.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* One of the words of the scenario language (the parser lets no other one through) as a number. */
struct word {
    const char *name;
    int value;
};

static int word_of(const struct word *words, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].name, name) == 0)
            return words[i].value;
    }
    UNREACHABLE();
}

#define WORD(words, step, id, otherwise) \
    word_of(words, ARRAY_LEN(words), scenario_arg_text(&(step)->args, id, otherwise))

static const struct word op_words[] = {{"any", WORLD_DISK_ANY},
                                       {"read", WORLD_DISK_READ},
                                       {"write", WORLD_DISK_WRITE},
                                       {"fsync", WORLD_DISK_FSYNC},
                                       {"rename", WORLD_DISK_RENAME}};
static const struct word file_words[] = {
    {"any", WORLD_FILE_ANY},   {"all", WORLD_FILE_ANY},   {"log", WORLD_FILE_LOG},
    {"meta", WORLD_FILE_META}, {"vote", WORLD_FILE_META}, {"snapshot", WORLD_FILE_SNAPSHOT}};
static const struct word errno_words[] = {{"EIO", -E_IO},
                                          {"ENOSPC", -E_NOSPACE},
                                          {"EDQUOT", -E_NOSPACE},
                                          {"EROFS", -E_PERMISSION},
                                          {"EACCES", -E_PERMISSION}};
static const struct word loss_words[] = {{"all", WORLD_LOSE_ALL},
                                         {"suffix", WORLD_LOSE_SUFFIX},
                                         {"randomSubset", WORLD_LOSE_RANDOM},
                                         {"dirEntries", WORLD_LOSE_NAMES}};

static const struct word region_words[] = {{"", WORLD_REGION_ANY},
                                           {"header", WORLD_REGION_HEADER},
                                           {"crc", WORLD_REGION_CRC},
                                           {"middle", WORLD_REGION_MIDDLE},
                                           {"last", WORLD_REGION_LAST}};
static const struct word keep_words[] = {
    {"prefix", WORLD_KEEP_PREFIX}, {"suffix", WORLD_KEEP_SUFFIX}, {"random", WORLD_KEEP_RANDOM}};

static enum world_disk_kind kind_of(enum action_id action)
{
    switch ((unsigned)action) {
    case ACTION_disk_slow: return WORLD_DISK_SLOW;
    case ACTION_disk_stall: return WORLD_DISK_STALL;
    case ACTION_disk_error: return WORLD_DISK_ERROR;
    case ACTION_disk_full: return WORLD_DISK_FULL;
    case ACTION_disk_readonly: return WORLD_DISK_READONLY;
    case ACTION_disk_loseUnsynced: return WORLD_DISK_UNSYNCED;
    case ACTION_disk_tear: return WORLD_DISK_TEAR;
    default: UNREACHABLE();
    }
}

static struct world_tear tear_of(const struct scenario_step *step)
{
    return (struct world_tear){.keep =
                                   (enum world_keep)WORD(keep_words, step, PARAM_keep, "prefix"),
                               .at_bytes = scenario_arg_u64(&step->args, PARAM_at, 0),
                               .sector_bytes = scenario_arg_u64(&step->args, PARAM_sector, 0)};
}

/* What calls it is about. What was written of late is read from memory: a disk that is slow or
 * stands is slow to read from only if the step says so. */
static unsigned ops_of(const struct scenario_step *step)
{
    unsigned ops = (unsigned)WORD(op_words, step, PARAM_op, "any");
    bool all = scenario_arg(&step->args, PARAM_op) == NULL;
    return all && step->action != ACTION_disk_error ? ops & ~(unsigned)WORLD_DISK_READ : ops;
}

/* An error without a count and without an end happens once. */
static struct world_disk fault_of(const struct scenario_step *step)
{
    const struct scenario_args *args = &step->args;
    return (struct world_disk){.kind = kind_of(step->action),
                               .ops = ops_of(step),
                               .files = (unsigned)WORD(file_words, step, PARAM_file, "any"),
                               .delay_ns = scenario_arg_u64(args, PARAM_delay, 0),
                               .jitter_ns = scenario_arg_u64(args, PARAM_jitter, 0),
                               .probability = scenario_arg_share(args, PARAM_probability, 1),
                               .code = WORD(errno_words, step, PARAM_errno, "EIO"),
                               .after = scenario_arg_u64(args, PARAM_after, 0),
                               .count =
                                   scenario_arg_u64(args, PARAM_count, step->for_ns == 0 ? 1 : 0),
                               .free_bytes = scenario_arg_u64(args, PARAM_free, 0),
                               .loss = (enum world_loss)WORD(loss_words, step, PARAM_policy, "all"),
                               .lies = scenario_arg_bool(args, PARAM_lieAboutFsync, false),
                               .tear = tear_of(step)};
}

/* The power fails now: they die, and their disks forget. */
static int cut_power(struct runner *r, const struct scenario_step *step, nodeset nodes,
                     uint64_t number, struct err *e)
{
    int code = 0;
    for (unsigned i = 0; i < r->o->nodes_count && code == 0; i++) {
        if ((nodes >> i & 1) == 0 || !r->o->nodes[i].alive)
            continue;
        r->dead |= NODE_BIT(i);
        code = r->w.kill(r->w.arg, i, SIGKILL, "power", 0, e);
    }
    r->w.undisk(r->w.arg, number);
    return code < 0 ? code : fault_begin(r, step, FAULT_DEAD, NULL, nodes, e);
}

static int begin(struct runner *r, const struct scenario_step *step, nodeset nodes, struct err *e)
{
    struct world_disk fault = fault_of(step);
    uint64_t number;
    ASSERT(r->w.disk != NULL);
    int code = r->w.disk(r->w.arg, nodes, &fault, &number, e);
    if (code < 0)
        return code;
    if (fault.kind == WORLD_DISK_UNSYNCED && !scenario_arg_bool(&step->args, PARAM_atCrash, true))
        return cut_power(r, step, nodes, number, e);
    code = fault_begin(r, step, FAULT_DISK, NULL, nodes, e);
    if (code == 0)
        r->faults[r->faults_count - 1].number = number;
    return code;
}

static int image(struct runner *r, const struct scenario_step *step, nodeset nodes, struct err *e)
{
    bool saves = step->action == ACTION_disk_snapshotDir, wipes = step->action == ACTION_disk_wipe;
    enum world_image what = saves   ? WORLD_IMAGE_SAVE
                            : wipes ? WORLD_IMAGE_WIPE
                                    : WORLD_IMAGE_RESTORE;
    const char *mark =
        scenario_arg_text(&step->args, saves ? PARAM_mark : PARAM_toMark, wipes ? "" : NULL);
    unsigned files = (unsigned)WORD(file_words, step, PARAM_file, "all");
    fault_tell(r, step, "begin", nodes);
    fault_tell(r, step, "end", nodes);
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        int code = (nodes >> i & 1) == 0 ? 0 : r->w.image(r->w.arg, i, what, files, mark, e);
        if (code < 0)
            return code;
    }
    return 0;
}

static enum world_damage_kind damage_kind_of(enum action_id action)
{
    switch ((unsigned)action) {
    case ACTION_disk_flip: return WORLD_DAMAGE_FLIP;
    case ACTION_disk_zero: return WORLD_DAMAGE_ZERO;
    case ACTION_disk_truncate: return WORLD_DAMAGE_TRUNCATE;
    case ACTION_disk_misdirect: return WORLD_DAMAGE_MISDIRECT;
    case ACTION_disk_stale: return WORLD_DAMAGE_STALE;
    case ACTION_disk_tear: return WORLD_DAMAGE_TEAR;
    default: UNREACHABLE();
    }
}

static struct world_damage damage_of(const struct scenario_step *step)
{
    bool tears = step->action == ACTION_disk_tear;
    return (struct world_damage){
        .kind = damage_kind_of(step->action),
        .files = (unsigned)WORD(file_words, step, PARAM_file, "any"),
        .region = tears ? WORLD_REGION_LAST
                        : (enum world_region)WORD(region_words, step, PARAM_region, ""),
        .count = scenario_arg_u64(&step->args, PARAM_count, 1),
        .bytes = scenario_arg_u64(&step->args, PARAM_bytes, 0),
        .tear = tear_of(step)};
}

/* What was done to which bytes belongs to the fault log. */
static void tell_damage(struct runner *r, const struct scenario_step *step, unsigned node,
                        const char *text)
{
    char name[RUNNER_STEP_NAME];
    struct buf params = {0};
    struct jsonw w;
    jsonw_init(&w, &params);
    jsonw_object(&w);
    jsonw_kv_string(&w, "places", text);
    jsonw_end(&w);
    r->w.fault(r->w.arg, &(struct world_fault){.step = step_name(step, name),
                                               .phase = "end",
                                               .action = vocab_action(step->action)->name,
                                               .targets = NODE_BIT(node),
                                               .params = buf_str(&params)});
    buf_free(&params);
}

static int damage(struct runner *r, const struct scenario_step *step, nodeset nodes, struct err *e)
{
    const struct world_damage what = damage_of(step);
    char text[WORLD_TEXT_MAX];
    fault_tell(r, step, "begin", nodes);
    for (unsigned i = 0; i < r->o->nodes_count; i++) {
        if ((nodes >> i & 1) == 0)
            continue;
        int code = r->w.damage(r->w.arg, i, &what, text, e);
        if (code == -E_NOTFOUND && !step->must) {
            (void)snprintf(text, sizeof(text), "none: %.200s", e->text);
            code = 0;
        }
        if (code < 0)
            return code;
        tell_damage(r, step, i, text);
    }
    return 0;
}

/* Of those that run the next write is torn, of the others the last one was. */
static int tear(struct runner *r, const struct scenario_step *step, nodeset nodes, struct err *e)
{
    nodeset running = 0;
    for (unsigned i = 0; i < r->o->nodes_count; i++)
        running |= (nodeset)r->o->nodes[i].alive << i;
    int code = (nodes & ~running) == 0 ? 0 : damage(r, step, nodes & ~running, e);
    return code < 0 || (nodes & running) == 0 ? code : begin(r, step, nodes & running, e);
}

int action_disk(struct runner *r, const struct scenario_step *step, nodeset *ret_nodes,
                struct err *e)
{
    struct targets taken = {0}, who = {0};
    int code = runner_targets(r, scenario_arg_who(&step->args, PARAM_who), &taken, &who, e);
    if (code < 0)
        return code;
    *ret_nodes = who.nodes;
    if (step->action == ACTION_disk_tear)
        return tear(r, step, who.nodes, e);
    if (step->action >= ACTION_disk_flip && step->action <= ACTION_disk_stale)
        return damage(r, step, who.nodes, e);
    bool of_images = step->action == ACTION_disk_wipe || step->action == ACTION_disk_rollback ||
                     step->action == ACTION_disk_snapshotDir;
    return of_images ? image(r, step, who.nodes, e) : begin(r, step, who.nodes, e);
}
