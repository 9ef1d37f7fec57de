/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "raftctl/profile.h"

#include "base/mem.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX (64u << 10)

static bool path_of(char path[PATH_MAX])
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int len = -1;
    if (config != NULL && config[0] == '/')
        len = snprintf(path, PATH_MAX, "%s/raftctl/config.json", config);
    else if (home != NULL && home[0] == '/')
        len = snprintf(path, PATH_MAX, "%s/.config/raftctl/config.json", home);
    return len >= 0 && len < PATH_MAX;
}

static enum ctl_exit wrong(struct failure *f, const char *path, const char *what, const char *thing)
{
    failure_set(f, CTL_CONFIG, "CONFIG", "%s: %s%s%s", path, what, thing != NULL ? " " : "",
                thing != NULL ? thing : "");
    failure_fix(f, "{\"profile\":\"NAME\",\"profiles\":{\"NAME\":{\"endpoints\":\"...\"}}}");
    return f->exit;
}

/* All of the file, or -errno. */
static int read_file(const char *path, struct buf *text)
{
    char bytes[4096];
    size_t n;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -errno;
    buf_init(text, FILE_MAX);
    while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
        buf_put(text, bytes, n);
    int code = ferror(file) ? -EIO : text->overflow ? -EFBIG : 0;
    (void)fclose(file);
    return code;
}

static enum ctl_exit take(const char *path, const cJSON *object, struct profile *ret,
                          struct failure *f)
{
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        enum ctl_option option = verbs_option_name(item->string, strlen(item->string));
        if (option >= CTL_OUTER_OPTIONS || option == OPT_PROFILE || ctl_options[option].arg == NULL)
            return wrong(f, path, "no option of a profile:", item->string);
        if (!cJSON_IsString(item))
            return wrong(f, path, "a profile's values are texts:", item->string);
        ret->value[option] = item->valuestring;
    }
    return CTL_OK;
}

/* What was asked for by name is not in it: what is. */
static enum ctl_exit no_profile(const char *path, const cJSON *all, const char *name,
                                struct failure *f)
{
    struct buf text = {0};
    const cJSON *one;
    cJSON_ArrayForEach(one, all) buf_putf(&text, "%s%s", text.len > 0 ? ", " : "", one->string);
    (void)wrong(f, path, "there is no profile", name);
    if (text.len > 0)
        failure_why(f, "there are %s", buf_str(&text));
    else
        failure_why(f, "it has no profiles");
    buf_free(&text);
    return f->exit;
}

static enum ctl_exit choose(const char *path, const char *name, struct profile *ret,
                            struct failure *f)
{
    const cJSON *own = cJSON_GetObjectItemCaseSensitive(ret->doc, "profile");
    const cJSON *all = cJSON_GetObjectItemCaseSensitive(ret->doc, "profiles");
    if (!cJSON_IsObject(ret->doc) || (own != NULL && !cJSON_IsString(own)))
        return wrong(f, path, "not an object with profiles", NULL);
    if (name == NULL && own == NULL)
        return CTL_OK;
    name = name != NULL ? name : own->valuestring;
    const cJSON *one = cJSON_GetObjectItemCaseSensitive(all, name);
    if (!cJSON_IsObject(one))
        return no_profile(path, cJSON_IsObject(all) ? all : NULL, name, f);
    return take(path, one, ret, f);
}

enum ctl_exit profile_read(const char *name, struct profile *ret, struct failure *f)
{
    char path[PATH_MAX] = "the configuration file, without HOME and XDG_CONFIG_HOME";
    struct buf text = {0};
    *ret = (struct profile){0};
    int code = path_of(path) ? read_file(path, &text) : -ENOENT;
    if (code == -ENOENT && name == NULL)
        return CTL_OK;
    if (code < 0) {
        buf_free(&text);
        return wrong(f, path, strerror(-code), NULL);
    }
    ret->doc = cJSON_ParseWithLength(buf_str(&text), text.len);
    buf_free(&text);
    if (ret->doc == NULL)
        return wrong(f, path, "not JSON", NULL);
    return choose(path, name, ret, f);
}

void profile_free(struct profile *p)
{
    cJSON_Delete(p->doc);
    p->doc = NULL;
}
