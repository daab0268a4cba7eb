/* Who may do what: the operating system's user, held against the role lists of the configuration.
 *
 * Knows no verb. The lists are described in docs/formats-wire.md.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "node/config_roles.h"

#define NAME_BYTES 256
#define LOOKUP_BYTES_FIRST 4096
#define LOOKUP_BYTES_MAX 1048576
#define GROUPS_FIRST 64
#define GROUPS_MAX 65536

/* A user as the lists name one. */
struct user {
    uid_t uid;
    char name[NAME_BYTES]; /* "" when the system knows none */
    gid_t *groups;
    int group_count;
};

static void user_release(struct user *user)
{
    free(user->groups);
}
TG_AUTO_DEFINE(user, user_release)

static void find_name(struct user *user)
{
    struct passwd entry, *found = NULL;
    TG_AUTO(tg_buf) struct tg_buf room = {.data = NULL};
    for (size_t bytes = LOOKUP_BYTES_FIRST; bytes <= LOOKUP_BYTES_MAX; bytes *= 2) {
        if (tg_buf_reserve(&room, bytes)) return;
        int rc = getpwuid_r(user->uid, &entry, (char *)room.data, bytes, &found);
        if (rc == ERANGE) continue;
        if (rc == 0 && found && strlen(found->pw_name) < sizeof user->name) {
            memcpy(user->name, found->pw_name, strlen(found->pw_name) + 1);
        }
        return;
    }
}

static void find_groups(struct user *user, gid_t primary)
{
    for (int count = GROUPS_FIRST; count <= GROUPS_MAX; count *= 2) {
        gid_t *groups = realloc(user->groups, (size_t)count * sizeof *groups);
        if (!groups) return;
        user->groups = groups;
        int got = count;
        if (user->name[0] == '\0') {
            groups[0] = primary;
            user->group_count = 1;
            return;
        }
        if (getgrouplist(user->name, primary, groups, &got) < 0) continue;
        user->group_count = got;
        return;
    }
}

static bool group_id(struct tg_view name, gid_t *ret_gid)
{
    char text[NAME_BYTES];
    uint64_t number;
    if (name.bytes >= sizeof text) return false;
    if (tg_text_u64(name, UINT32_MAX, &number) == TG_OK) {
        *ret_gid = (gid_t)number;
        return true;
    }
    memcpy(text, name.data, name.bytes);
    text[name.bytes] = '\0';
    struct group entry, *found = NULL;
    TG_AUTO(tg_buf) struct tg_buf room = {.data = NULL};
    for (size_t bytes = LOOKUP_BYTES_FIRST; bytes <= LOOKUP_BYTES_MAX; bytes *= 2) {
        if (tg_buf_reserve(&room, bytes)) return false;
        int rc = getgrnam_r(text, &entry, (char *)room.data, bytes, &found);
        if (rc == ERANGE) continue;
        if (rc == 0 && found) *ret_gid = found->gr_gid;
        return rc == 0 && found;
    }
    return false;
}

static bool in_group(const struct user *user, struct tg_view name)
{
    gid_t gid;
    if (!group_id(name, &gid)) return false;
    for (int i = 0; i < user->group_count; i++) {
        if (user->groups[i] == gid) return true;
    }
    return false;
}

static bool item_is(const struct user *user, struct tg_view item)
{
    uint64_t number;
    if (item.data[0] == '@') return in_group(user, tg_view_of(item.data + 1, item.bytes - 1));
    if (tg_text_u64(item, UINT32_MAX, &number) == TG_OK) return number == user->uid;
    return user->name[0] && tg_view_equal_str(item, user->name);
}

static bool listed(const struct user *user, const char *list)
{
    struct tg_view rest = tg_view_str(list), item;
    while (tg_config_list_next(&rest, &item)) {
        if (item_is(user, item)) return true;
    }
    return false;
}

unsigned tg_config_roles(const struct tg_config *config, uid_t uid, gid_t gid, uid_t owner)
{
    TG_AUTO(user) struct user user = {.uid = uid};
    find_name(&user);
    find_groups(&user, gid);
    unsigned roles = uid == owner ? TG_ROLE_ANALYST | TG_ROLE_OFFICER | TG_ROLE_ADMIN : 0;
    if (listed(&user, config->control.analyst)) roles |= TG_ROLE_ANALYST;
    if (listed(&user, config->control.officer)) roles |= TG_ROLE_ANALYST | TG_ROLE_OFFICER;
    if (listed(&user, config->control.auditor)) roles |= TG_ROLE_AUDITOR;
    if (listed(&user, config->control.admin)) roles |= TG_ROLE_ADMIN;
    return roles;
}

const char *tg_role_name(enum tg_role role)
{
    switch (role) {
    case TG_ROLE_ANALYST:
        return "analyst";
    case TG_ROLE_OFFICER:
        return "officer";
    case TG_ROLE_AUDITOR:
        return "auditor";
    case TG_ROLE_ADMIN:
        return "admin";
    default:
        return NULL;
    }
}
