/* trust.c: whose a file is. Nobody but root and the server's own user may be able to change what becomes the server's
 * code. */
#include "loader/inside.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char owner_rule[] = "it must belong to root or to the server's own user";
static const char mode_rule[] = "it must not be writable by everybody";

static const char *trust_status(const struct stat *status)
{
    if (status->st_uid != 0 && status->st_uid != geteuid())
        return owner_rule;
    return status->st_mode & S_IWOTH ? mode_rule : NULL;
}

static void cut_to_folder(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
}

/* A link may lead to another file of the module folder, not out of it. */
static bool is_inside(const char *folder, const char *real)
{
    size_t length = strlen(folder);
    return strncmp(real, folder, length) == 0 && real[length] == '/';
}

/* The file that `real` names, and the folder it lies in. */
static const char *trust_real(char *real)
{
    struct stat status;
    if (stat(real, &status) < 0 || !S_ISREG(status.st_mode))
        return "it must be a regular file";
    const char *rule = trust_status(&status);
    if (rule)
        return rule;
    cut_to_folder(real);
    if (stat(real, &status) < 0 || trust_status(&status))
        return "its folder must belong to root or the server's own user and not be writable by everybody";
    return NULL;
}

const char *trust_file(const struct loader *loader, const char *path)
{
    char *folder = realpath(loader->module_dir, NULL), *real = realpath(path, NULL);
    const char *rule;
    if (!folder || !real)
        rule = "it must be a file that is there";
    else if (!is_inside(folder, real))
        rule = "a link must not lead out of the folder of modules";
    else
        rule = trust_real(real);
    free(folder);
    free(real);
    return rule;
}

void trust_say_file(const char *path, char *ret_words, size_t room)
{
    char target[PATH_MAX];
    struct stat status;
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length >= 0)
        print_into(ret_words, room, "a link to %.*s; nothing in it is read", (int)length, target);
    else if (lstat(path, &status) == 0)
        print_into(ret_words, room, "mode %04o, owner uid %u; nothing in it is read", (unsigned)status.st_mode & 07777,
                   (unsigned)status.st_uid);
    else
        print_into(ret_words, room, "%s", strerror(errno));
}

void trust_say_host(char *ret_words, size_t room)
{
    print_into(ret_words, room, "trust in files of root and of its own user (uid %u) alone", (unsigned)geteuid());
}

bool trust_folder(struct loader *loader)
{
    struct stat status;
    char has[128], host[128];
    const char *rule;
    if (stat(loader->module_dir, &status) < 0)
        rule = strerror(errno);
    else
        rule = S_ISDIR(status.st_mode) ? trust_status(&status) : "it must be a folder";
    if (!rule)
        return true;
    trust_say_file(loader->module_dir, has, sizeof has);
    trust_say_host(host, sizeof host);
    loader->refused = true;
    text_print(
        loader->why,
        "%s: refused as the folder of modules\n  it has and needs: %s\n  the host has:     %s\n"
        "  the broken rule:  %s\n"
        "  what to do:       see who has changed it, then chown root and chmod go-w it; or set core.module_dir\n",
        loader->module_dir, has, host, rule);
    return false;
}
