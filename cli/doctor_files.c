/* doctor: the node's folder — permissions, keys, passphrase, card, socket, store.
 *
 * Looks, and changes nothing; no key is opened.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/doctor.h"
#include "crypto/keyfile.h"

#define CREDENTIAL_UNIT_FILE "/etc/tamga/passphrase"

/* ---- permissions ---- */

/* The first of them that group or others may read or change. */
static bool open_to_others(struct tg_doctor *doctor, const char *const *paths, size_t count, mode_t forbidden)
{
    struct stat info;
    for (size_t i = 0; i < count; i++) {
        if (lstat(paths[i], &info) || !(info.st_mode & forbidden)) continue;
        tg_doctor_advise(doctor, "chmod go-rwx '%s'", paths[i]);
        (void)tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "'%s' is open to others (mode %04o)", paths[i],
                            info.st_mode & 07777);
        return true;
    }
    return false;
}

enum tg_doctor_level tg_doctor_folder(struct tg_doctor *doctor)
{
    struct stat info;
    char store[TG_DOCTOR_PATH_BYTES];
    const char *data = doctor->config->node.data;
    tg_doctor_path(doctor, data, "store", store);
    const char *inner[] = {doctor->config->node.keys, store};
    if (stat(data, &info)) {
        bool absent = errno == ENOENT;
        if (!absent) tg_doctor_advise(doctor, "call this as the node's user, or as root");
        return tg_doctor_say(doctor, absent ? TG_DOCTOR_PROBLEM : TG_DOCTOR_WARNING, "%s '%s'",
                             absent ? "there is no folder" : "this user may not look into", data);
    }
    /* Users with a role pass through it to the control socket; nobody else's business is what lies in it. */
    if (open_to_others(doctor, &data, 1, 066)) {
        tg_doctor_advise(doctor, "chmod go-rw '%s'", data);
        return TG_DOCTOR_PROBLEM;
    }
    if (open_to_others(doctor, inner, 2, 077)) return TG_DOCTOR_PROBLEM;
    return tg_doctor_say(doctor, TG_DOCTOR_OK, "'%s' is the node's alone", data);
}

static const char *user_text(uid_t uid, char out[static 64])
{
    const struct passwd *user = getpwuid(uid);
    if (user)
        (void)snprintf(out, 64, "%s", user->pw_name);
    else
        (void)snprintf(out, 64, "#%u", uid);
    return out;
}

enum tg_doctor_level tg_doctor_owner(struct tg_doctor *doctor)
{
    static const char *const names[] = {"", "store", "card.note", "mark", "keys", "keys/node.key"};
    char path[TG_DOCTOR_PATH_BYTES], owner[64], user[64];
    struct stat info;
    if (!doctor->user_known) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "no folder");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bool key = strncmp(names[i], "keys", 4) == 0;
        tg_doctor_path(doctor, key ? doctor->config->node.keys : doctor->config->node.data,
                       key ? names[i] + 4 : names[i], path);
        if (lstat(path, &info) || info.st_uid == doctor->user) continue;
        tg_doctor_advise(doctor, "chown -R %s '%s'", user_text(doctor->user, user),
                         doctor->config->node.data);
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "'%s' belongs to %s, and the node runs as %s", path,
                             user_text(info.st_uid, owner), user_text(doctor->user, user));
    }
    return tg_doctor_say(doctor, TG_DOCTOR_OK, "all of it belongs to %s", user_text(doctor->user, user));
}

/* ---- keys ---- */

enum tg_doctor_level tg_doctor_node_key(struct tg_doctor *doctor)
{
    char path[TG_DOCTOR_PATH_BYTES];
    struct stat info;
    tg_doctor_path(doctor, doctor->config->node.keys, "node.key", path);
    const char *paths[] = {path};
    if (lstat(path, &info) && errno == EACCES)
        return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "this user may not look");
    if (lstat(path, &info)) {
        tg_doctor_advise(doctor, "put node.key back from where you keep its copy, or set [node] keys");
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "there is no '%s'", path);
    }
    if (!S_ISREG(info.st_mode))
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM,
                             "'%s' is no regular file, and the node will not follow", path);
    if (open_to_others(doctor, paths, 1, 077)) return TG_DOCTOR_PROBLEM;
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    tg_err err = tg_file_read(path, TG_KEYFILE_BYTES_MAX, &bytes, NULL);
    if (err) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "this user may not read it");
    struct tg_errmsg em = {.text = ""};
    /* Without a passphrase: whether it is whole is looked at first, and it is never opened. */
    TG_AUTO(tg_keyfile) struct tg_keyfile none = {0};
    err = tg_keyfile_open(tg_buf_view(&bytes), tg_view_str(""), &none, &em);
    if (err != TG_EPASSPHRASE)
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "'%s': %s", path, tg_errmsg_text(&em, err));
    return tg_doctor_say(doctor, TG_DOCTOR_OK, "there, and the node's alone");
}

enum tg_doctor_level tg_doctor_offline_keys(struct tg_doctor *doctor)
{
    static const char *const names[] = {"root.key", "next-root.key", "recovery.key"};
    char path[TG_DOCTOR_PATH_BYTES], found[128] = "";
    struct stat info;
    size_t at = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        tg_doctor_path(doctor, doctor->config->node.keys, names[i], path);
        if (lstat(path, &info)) continue;
        at += (size_t)snprintf(found + at, sizeof found - at, "%s%s", at ? ", " : "", names[i]);
    }
    if (!at) return tg_doctor_say(doctor, TG_DOCTOR_OK, "not on this machine");
    tg_doctor_advise(doctor, "move them from '%s' to media that stay in a safe", doctor->config->node.keys);
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING, "%s on this machine: who has it is this node", found);
}

/* Where systemd takes it from is root's alone, so what is not read is not wrong. */
static enum tg_doctor_level credential(struct tg_doctor *doctor)
{
    struct stat info;
    if (doctor->node != TG_NODE_STOPPED) return tg_doctor_say(doctor, TG_DOCTOR_OK, "the node was given it");
    if (!stat(CREDENTIAL_UNIT_FILE, &info)) {
        const char *paths[] = {CREDENTIAL_UNIT_FILE};
        if (open_to_others(doctor, paths, 1, 077)) return TG_DOCTOR_PROBLEM;
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "from '%s', by systemd", CREDENTIAL_UNIT_FILE);
    }
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING,
                         "it is asked for at the terminal: the node cannot start by itself");
}

enum tg_doctor_level tg_doctor_passphrase(struct tg_doctor *doctor)
{
    struct stat info;
    const char *path = doctor->config->node.passphrase;
    if (doctor->config_err) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "needs the settings");
    if (!path[0]) return credential(doctor);
    if (lstat(path, &info)) {
        if (errno == EACCES) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "this user may not look");
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "there is no '%s'", path);
    }
    if (!S_ISREG(info.st_mode) || info.st_size == 0)
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "'%s' is %s", path,
                             S_ISREG(info.st_mode) ? "empty" : "no regular file");
    if (open_to_others(doctor, &path, 1, 077)) return TG_DOCTOR_PROBLEM;
    if (doctor->user_known && info.st_uid != doctor->user && doctor->user != 0) {
        char user[64];
        tg_doctor_advise(doctor, "chown %s '%s'", user_text(doctor->user, user), path);
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "the node's user cannot read '%s'", path);
    }
    return tg_doctor_say(doctor, TG_DOCTOR_OK, "'%s'", path);
}

/* ---- card ---- */

enum tg_doctor_level tg_doctor_card(struct tg_doctor *doctor)
{
    if (doctor->card_err == TG_EDENIED || (doctor->card_err && access(doctor->config->node.data, X_OK)))
        return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "this user may not look");
    if (!doctor->card_err)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "serial %llu of %s",
                             (unsigned long long)doctor->card->serial, doctor->card->country);
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "%s", tg_errmsg_text(&doctor->card_em, doctor->card_err));
}

enum tg_doctor_level tg_doctor_card_country(struct tg_doctor *doctor)
{
    const char *set = doctor->config->node.country;
    if (doctor->card_err) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "needs the card");
    if (!set[0] || strcmp(set, doctor->card->country) == 0)
        return tg_doctor_say(doctor, TG_DOCTOR_OK, "the same");
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "the card is of %s, and [node] country says %s",
                         doctor->card->country, set);
}

static bool is_wildcard(const char *url)
{
    static const char *const wild[] = {"tcp://*:", "tcp://0.0.0.0:", "tcp://[::]:"};
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++)
        if (strncmp(url, wild[i], strlen(wild[i])) == 0) return true;
    return false;
}

enum tg_doctor_level tg_doctor_card_endpoint(struct tg_doctor *doctor)
{
    const struct tg_card *card = doctor->card;
    if (doctor->card_err) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "needs the card");
    for (size_t i = 0; i < card->endpoint_count; i++)
        if (is_wildcard(card->endpoints[i]))
            return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM,
                                 "the card tells partners to dial '%s', which is nowhere",
                                 card->endpoints[i]);
    if (doctor->config->net.listen[0] && !card->endpoint_count)
        return tg_doctor_say(doctor, TG_DOCTOR_WARNING, "the node listens, and its card does not say where");
    return tg_doctor_say(doctor, TG_DOCTOR_OK, "%s",
                         card->endpoint_count ? card->endpoints[0] : "none: the node only dials");
}

enum tg_doctor_level tg_doctor_card_port(struct tg_doctor *doctor)
{
    const struct tg_card *card = doctor->card;
    const char *listen_at = doctor->config->net.listen, *colon = strrchr(listen_at, ':');
    if (doctor->card_err) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "needs the card");
    if (!card->endpoint_count) return tg_doctor_say(doctor, TG_DOCTOR_OK, "the card names no endpoint");
    if (!colon)
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "the card says '%s', and the node does not listen",
                             card->endpoints[0]);
    for (size_t i = 0; i < card->endpoint_count; i++) {
        const char *theirs = strrchr(card->endpoints[i], ':');
        if (theirs && strcmp(theirs, colon) == 0) return tg_doctor_say(doctor, TG_DOCTOR_OK, "%s", colon + 1);
    }
    return tg_doctor_say(doctor, TG_DOCTOR_WARNING, "partners dial '%s', and the node listens at port %s",
                         card->endpoints[0], colon + 1);
}

/* ---- socket ---- */

enum tg_doctor_level tg_doctor_socket(struct tg_doctor *doctor)
{
    struct stat info;
    const char *path = doctor->config->control.socket;
    if (doctor->node != TG_NODE_STOPPED) return tg_doctor_say(doctor, TG_DOCTOR_OK, "'%s'", path);
    if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "its path is too long for a socket: '%.60s...'",
                             path);
    if (!lstat(path, &info)) {
        tg_doctor_advise(doctor, S_ISSOCK(info.st_mode) ? "nothing: the next start of the node takes it away"
                                                        : "move it away, or set [control] socket");
        return tg_doctor_say(doctor, S_ISSOCK(info.st_mode) ? TG_DOCTOR_WARNING : TG_DOCTOR_PROBLEM,
                             "'%s' is %s", path,
                             S_ISSOCK(info.st_mode) ? "left over, and nobody answers there" : "no socket");
    }
    char folder[TG_DOCTOR_PATH_BYTES];
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash && slash != folder) *slash = '\0';
    bool by_service = strncmp(path, "/run/", 5) == 0; /* systemd makes it when the node starts */
    if (slash && !by_service && stat(folder, &info))
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "there is no folder '%s' for the socket", folder);
    return tg_doctor_say(doctor, TG_DOCTOR_OK, "the node makes it when it starts");
}

/* ---- store ---- */

static bool size_of(const struct tg_doctor *doctor, const char *name, off_t *ret_bytes)
{
    char folder[TG_DOCTOR_PATH_BYTES], path[TG_DOCTOR_PATH_BYTES];
    struct stat info;
    tg_doctor_path(doctor, doctor->config->node.data, "store", folder);
    tg_doctor_path(doctor, folder, name, path);
    if (stat(path, &info)) return false;
    *ret_bytes = info.st_size;
    return true;
}

enum tg_doctor_level tg_doctor_store(struct tg_doctor *doctor)
{
    off_t log_bytes = 0, index_bytes = 0, lock_bytes;
    char path[TG_DOCTOR_PATH_BYTES];
    struct stat info;
    tg_doctor_path(doctor, doctor->config->node.data, "store", path);
    if (stat(path, &info)) {
        if (errno == EACCES) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "this user may not look");
        tg_doctor_path(doctor, doctor->config->node.data, "mark", path);
        if (stat(path, &info))
            return tg_doctor_say(doctor, TG_DOCTOR_OK, "the node makes it at its first start");
        tg_doctor_advise(
            doctor, "put the store back from a backup: the node will not append without asking partners");
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM,
                             "the mark says that there was a store, and it is gone");
    }
    tg_doctor_advise(doctor, "put the store back from a backup");
    if (!size_of(doctor, "store.lock", &lock_bytes) || !size_of(doctor, "log/data.mdb", &log_bytes))
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "'%s' lacks files of its log", path);
    if (!log_bytes) return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "the log in '%s' is an empty file", path);
    if (size_of(doctor, "index/data.mdb", &index_bytes) && !index_bytes) {
        tg_doctor_advise(doctor, "start the node with --discard-index: it is made anew from the log");
        return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM, "the index in '%s' is an empty file", path);
    }
    doctor->remedy[0] = '\0';
    return tg_doctor_say(doctor, TG_DOCTOR_OK, "'%s'", path);
}

enum tg_doctor_level tg_doctor_store_lock(struct tg_doctor *doctor)
{
    char folder[TG_DOCTOR_PATH_BYTES], path[TG_DOCTOR_PATH_BYTES];
    if (doctor->node != TG_NODE_STOPPED) return tg_doctor_say(doctor, TG_DOCTOR_OK, "the node has it");
    tg_doctor_path(doctor, doctor->config->node.data, "store", folder);
    tg_doctor_path(doctor, folder, "store.lock", path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "no store, or not for this user");
    bool taken = flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
    (void)close(fd); /* and with it the lock */
    if (!taken) return tg_doctor_say(doctor, TG_DOCTOR_OK, "free");
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM,
                         "another process has '%s', and it does not answer at the socket", folder);
}

enum tg_doctor_level tg_doctor_mark(struct tg_doctor *doctor)
{
    char path[TG_DOCTOR_PATH_BYTES];
    struct stat info;
    off_t log_bytes;
    if (!size_of(doctor, "log/data.mdb", &log_bytes))
        return tg_doctor_say(doctor, TG_DOCTOR_SKIPPED, "no store");
    tg_doctor_path(doctor, doctor->config->node.data, "mark", path);
    bool gone = stat(path, &info) != 0;
    if (!gone && info.st_size > 0) return tg_doctor_say(doctor, TG_DOCTOR_OK, "there");
    return tg_doctor_say(doctor, TG_DOCTOR_PROBLEM,
                         "'%s' is %s: the node will not append before it has asked partners", path,
                         gone ? "gone" : "empty");
}
