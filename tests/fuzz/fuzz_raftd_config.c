/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A configuration file: any bytes are either taken or complained about, and what is taken is parsed
 * by every option's own rules. */
#include "raftd/options.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config c;
    struct err e = {0};
    struct buf text = {0};
    c = (struct config){.lab_fd = LAB_FD_NONE};
    buf_put(&text, data, size);
    int code = config_read_text(&c, "f", &text, &e);
    ASSERT(code == 0 ? e.code == 0 : e.text[0] != '\0');
    for (size_t i = 0; i < option_rows_count && code == 0; i++) {
        char why[OPTION_WHY_MAX];
        if (c.values[i].text != NULL)
            (void)option_rows[i].parse(c.values[i].text, (char *)&c + option_rows[i].offset, why);
    }
    config_free(&c);
    buf_free(&text);
    return 0;
}
