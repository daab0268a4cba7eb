/* Who may call a verb, and what is said to who may not: the role that is needed and who has it here.
 *
 * Knows no verb's meaning. Roles stand in [control] of the configuration; the verbs' roles in node/service_verbs.c.
 */
#include <pwd.h>

#include "node/service_internal.h"

/* Room that the names of one role may take in a refusal; what does not fit is counted. */
#define NAMES_BYTES 180
#define PATH_SHOWN_BYTES 60

struct role_row {
    enum tg_role role;
    size_t offset; /* of its list in struct tg_config */
};
static const struct role_row role_rows[] = {
    {TG_ROLE_ANALYST, offsetof(struct tg_config, control.analyst)},
    {TG_ROLE_OFFICER, offsetof(struct tg_config, control.officer)},
    {TG_ROLE_AUDITOR, offsetof(struct tg_config, control.auditor)},
    {TG_ROLE_ADMIN, offsetof(struct tg_config, control.admin)},
};
#define ROLE_COUNT (sizeof role_rows / sizeof role_rows[0])

unsigned tg_service_roles(const struct tg_service *service, const struct tg_client *client)
{
    return tg_config_roles(service->config, client->uid, client->gid, service->owner);
}

bool tg_call_may_read(const struct tg_call *call)
{
    return (tg_service_roles(call->service, call->client) & (TG_ROLE_ANALYST | TG_ROLE_OFFICER)) != 0;
}

void tg_user_name(uid_t uid, char *out, size_t out_bytes)
{
    const struct passwd *entry = getpwuid(uid);
    if (entry)
        (void)snprintf(out, out_bytes, "%s", entry->pw_name);
    else
        (void)snprintf(out, out_bytes, "#%lu", (unsigned long)uid);
}

static size_t role_count(unsigned roles)
{
    size_t count = 0;
    for (size_t i = 0; i < ROLE_COUNT; i++) count += (roles & role_rows[i].role) != 0;
    return count;
}

/* "analyst, officer or admin" */
void tg_roles_text(unsigned roles, char *out, size_t out_bytes)
{
    size_t at = 0, left = role_count(roles);
    out[0] = 0;
    for (size_t i = 0; i < ROLE_COUNT && at < out_bytes; i++) {
        if (!(roles & role_rows[i].role)) continue;
        const char *before = at == 0 ? "" : left == 1 ? " or " : ", ";
        at += (size_t)snprintf(out + at, out_bytes - at, "%s%s", before, tg_role_name(role_rows[i].role));
        left--;
    }
}

/* "tamga, @duty, rustam and 3 more"; who runs the node comes first where that makes the role. */
static void names_put(const struct tg_service *service, const struct role_row *row, size_t room,
                      struct tg_buf *out)
{
    size_t begun = out->bytes, left_out = 0;
    char owner[64] = "";
    if (row->role != TG_ROLE_AUDITOR) {
        tg_user_name(service->owner, owner, sizeof owner);
        (void)tg_text_escape(tg_view_str(owner), out);
    }
    struct tg_view rest = tg_view_str((const char *)service->config + row->offset), item;
    while (tg_config_list_next(&rest, &item)) {
        if (tg_view_equal_str(item, owner)) continue;
        if (out->bytes - begun + item.bytes > room)
            left_out++;
        else
            (void)tg_buf_putf(out, "%s%.*s", out->bytes > begun ? ", " : "", TG_VIEW_PRINT(item));
    }
    if (left_out) (void)tg_buf_putf(out, "%s%zu more", out->bytes > begun ? " and " : "", left_out);
    if (out->bytes == begun) (void)tg_buf_put_str(out, "nobody");
}

/* The end of a long path says more than its beginning. */
static void path_put(const char *path, struct tg_buf *out)
{
    size_t bytes = path ? strlen(path) : 0;
    if (!path)
        (void)tg_buf_put_str(out, "the node's configuration");
    else if (bytes > PATH_SHOWN_BYTES)
        (void)tg_buf_putf(out, "'...%s'", path + bytes - PATH_SHOWN_BYTES);
    else
        (void)tg_buf_putf(out, "'%s'", path);
}

tg_err tg_role_check(const struct tg_service *service, const struct tg_client *client,
                     const struct tg_verb *verb, struct tg_errmsg *em)
{
#ifdef TG_CONTROL_NO_ROLE
    (void)service, (void)client, (void)verb, (void)em, (void)path_put, (void)names_put;
    return TG_OK;
#else
    unsigned roles = tg_service_roles(service, client);
    if (roles & verb->roles) return TG_OK;
    char needed[64];
    TG_AUTO(tg_buf) struct tg_buf who = {0};
    tg_roles_text(verb->roles, needed, sizeof needed);
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (!(verb->roles & role_rows[i].role)) continue;
        (void)tg_buf_putf(&who, "; %ss here: ", tg_role_name(role_rows[i].role));
        names_put(service, &role_rows[i], NAMES_BYTES / role_count(verb->roles), &who);
    }
    (void)tg_buf_put_str(&who, "; roles stand in [control] of ");
    path_put(service->config_path, &who);
    return tg_fail(em, TG_EDENIED, "user '%.40s' may not '%s': it needs role %s%s%.*s", client->user,
                   verb->name, needed, roles ? "" : ", and this user has none",
                   TG_VIEW_PRINT(tg_buf_view(&who)));
#endif
}
