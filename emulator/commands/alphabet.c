/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "emulator/commands/alphabet.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX (64u << 10)
#define SEPARATORS     ", \t\r\n"

/* The word is the action's name, or what stands before its dot. */
static bool means(const char *word, const char *action)
{
    size_t len = strlen(word);
    return strncmp(word, action, len) == 0 && (action[len] == '\0' || action[len] == '.');
}

static bool add_word(const char *word, struct swarm_alphabet *ret)
{
    bool any = false;
    for (int i = 0; i < ACTIONS_COUNT; i++) {
        bool meant = means(word, vocab_action((enum action_id)i)->name);
        ret->has[i] = ret->has[i] || meant;
        any = any || meant;
    }
    return any;
}

static void blank_comments(char *text)
{
    for (char *at = text; (at = strchr(at, '#')) != NULL;) {
        size_t len = strcspn(at, "\n");
        memset(at, ' ', len);
    }
}

static int add_words(const struct cmd *cmd, char *text, struct swarm_alphabet *ret)
{
    char *rest = NULL;
    size_t count = 0;
    for (char *word = strtok_r(text, SEPARATORS, &rest); word != NULL;
         word = strtok_r(NULL, SEPARATORS, &rest)) {
        if (!add_word(word, ret))
            return cmd_usage(cmd,
                             "--alphabet: %s is no action and no kind of action, as net.cut or "
                             "net; raft-emulator schema has them all",
                             word);
        count++;
    }
    return count > 0 ? 0 : cmd_usage(cmd, "--alphabet: no word in it");
}

int alphabet_read(const struct cmd *cmd, const char *text, struct swarm_alphabet *ret)
{
    static char room[FILE_BYTES_MAX + 1];
    struct stat st;
    size_t len = strlen(text);
    *ret = (struct swarm_alphabet){0};
    if (stat(text, &st) == 0 && S_ISREG(st.st_mode)) {
        FILE *f = fopen(text, "re");
        if (f == NULL) {
            cmd_error("--alphabet %s: cannot be read", text);
            return EXIT_NO_INPUT;
        }
        len = fread(room, 1, sizeof(room), f);
        (void)fclose(f);
        if (len > FILE_BYTES_MAX || memchr(room, '\0', len) != NULL)
            return cmd_usage(cmd, "--alphabet %s: not a file of at most 64 KiB of text", text);
    } else if (len > FILE_BYTES_MAX) {
        return cmd_usage(cmd, "--alphabet: more than 64 KiB");
    } else {
        memcpy(room, text, len);
    }
    room[len] = '\0';
    blank_comments(room);
    return add_words(cmd, room, ret);
}
