/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim_story.h"

#define ROUND_S 10 /* of the faults below */

static void cluster(const struct sim_story *story, struct buf *out)
{
    buf_putf(out,
             "{\"version\": 1, \"name\": \"bench\", \"why\": \"measured\", \"run\": \"sim\",\n"
             " \"cluster\": {\"voters\": %u, \"config\": {\"election_timeout\": \"150ms..300ms\","
             " \"heartbeat\": \"50ms\"}},\n"
             " \"links\": {\"default\": {\"delay\": \"1ms\"%s}},\n",
             story->nodes, story->faults ? ", \"loss\": \"1%\", \"duplicate\": \"1%\"" : "");
    if (story->ops_per_s > 0)
        buf_putf(out,
                 " \"clients\": {\"count\": 8, \"model\": \"register\", \"ratePerS\": %u,"
                 " \"keys\": 5, \"mix\": {\"read\": 50, \"write\": 50}, \"timeout\": \"2s\","
                 " \"attach\": \"any\"},\n",
                 story->ops_per_s);
}

static void faults(unsigned rounds, struct buf *out)
{
    buf_putf(out,
             "  {\"repeat\": {\"times\": %u, \"steps\": [\n"
             "    {\"net.partition\": {\"shape\": \"minorityWithLeader\"}, \"for\": \"2s\"},\n"
             "    {\"wait\": \"5s\"},\n"
             "    {\"proc.kill\": {\"who\": \"random(1)\"}, \"as\": \"killed\"},\n"
             "    {\"wait\": \"3s\"},\n"
             "    {\"proc.start\": {\"who\": \"$killed\"}},\n"
             "    {\"wait\": \"2s\"}]}}],\n",
             rounds);
}

void sim_story_write(const struct sim_story *story, struct buf *out)
{
    cluster(story, out);
    buf_puts(out, " \"steps\": [\n"
                  "  {\"wait\": {\"leader\": {\"stable\": \"500ms\"}}, \"within\": \"60s\"},\n");
    if (story->faults)
        faults((story->seconds + ROUND_S - 1) / ROUND_S, out);
    else
        buf_putf(out, "  {\"wait\": \"%us\"}],\n", story->seconds);
    if (story->ops_per_s > 0)
        buf_puts(out, " \"expect\": {\"linearizable\": {\"model\": \"register\"}}}\n");
    else
        buf_puts(out, " \"expect\": {\"electionSafety\": {}}}\n");
}
