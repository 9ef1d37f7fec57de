/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A command on data, from its words to what is shown of its reply. */
#ifndef RAFTCTL_REPLY_H
#define RAFTCTL_REPLY_H

#include "raftctl/ask.h"
#include "raftctl/form.h"

struct reply_view {
    const struct form *form;
    bool writes; /* in a session, executed once */
    /* Puts the members of the document; false: the request cannot have such a reply. *code, CTL_OK
     * when called, may become CTL_NO. */
    bool (*put)(struct jsonw *w, const struct ctl *ctl, const struct resp_value *value,
                enum ctl_exit *code);
    /* How tables and plain show it, line ends included; NULL: as the form says. */
    void (*text)(struct buf *out, const struct ctl *ctl, const struct resp_value *value);
    /* Where text shows nothing of a negative answer: what is said of it beside. NULL: it does. */
    void (*no)(struct failure *f, const struct ctl *ctl);
};

/* Asks, shows, and returns the exit code. */
enum ctl_exit reply_show(const struct ctl *ctl, const struct reply_view *view,
                         const struct span *words, size_t count);

/* Shows an answer that is there, and closes it. */
enum ctl_exit reply_show_answer(const struct ctl *ctl, const struct reply_view *view,
                                struct answer *answer);

/* A value of a key: bytes, or null. False: it is neither. */
bool reply_put_bytes(struct jsonw *w, const char *key, const struct resp_value *value);

#endif
