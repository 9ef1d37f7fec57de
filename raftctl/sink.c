/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool put_standard(void *to, enum sink_side side, const char *bytes, size_t len)
{
    FILE *stream = side == SINK_ANSWER ? stdout : stderr;
    (void)to;
    return fwrite(bytes, 1, len, stream) == len && fflush(stream) == 0;
}

void sink_standard(struct sink *ret)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    bool dumb =
        (term != NULL && strcmp(term, "dumb") == 0) || (no_color != NULL && *no_color != '\0');
    *ret = (struct sink){.put = put_standard};
    ret->terminal[SINK_ANSWER] = !dumb && isatty(STDOUT_FILENO) != 0;
    ret->terminal[SINK_FAILURE] = !dumb && isatty(STDERR_FILENO) != 0;
}

bool sink_put(struct sink *sink, enum sink_side side, const struct buf *text)
{
    return sink->put(sink->to, side, buf_str(text), text->len);
}

bool sink_end_picture(struct sink *sink)
{
    const char end = SINK_PICTURE_END;
    return !sink->pictures || sink->put(sink->to, SINK_ANSWER, &end, 1);
}
