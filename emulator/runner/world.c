/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/runner/world.h"

#include "base/limits.h"

#include <stdio.h>

void world_fault_write(const struct world_fault *f, uint64_t t_ns, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_kv_u64(&w, "t", t_ns);
    jsonw_kv_string(&w, "ev", "fault");
    jsonw_kv_string(&w, "step", f->step);
    jsonw_kv_string(&w, "phase", f->phase);
    jsonw_kv_string(&w, "action", f->action);
    jsonw_key(&w, "targets");
    jsonw_array(&w);
    for (unsigned i = 0; i < LIMIT_MEMBERS; i++) {
        char name[8];
        if ((f->targets >> i & 1) == 0)
            continue;
        (void)snprintf(name, sizeof(name), "n%u", i + 1);
        jsonw_string(&w, name);
    }
    jsonw_end(&w);
    if (f->params != NULL) {
        jsonw_key(&w, "params");
        jsonw_raw(&w, f->params);
    }
    jsonw_end(&w);
    buf_putc(out, '\n');
}
