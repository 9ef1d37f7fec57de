/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A client history judged, whoever wrote it. */
#ifndef EMULATOR_JUDGE_HISTORY_H
#define EMULATOR_JUDGE_HISTORY_H

/* Judges the file, says what came of it, and returns the exit code. model: a name that
 * lin_data_find knows, or NULL for what the operations' names suggest. */
int judge_history(const char *path, const char *model);

#endif
