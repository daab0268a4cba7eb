/* init: keys, card and settings of a new node, all in one folder that appears whole or not at all.
 *
 * Knows no store: the node makes it at its first start. Key files: docs/formats-keys.md; card: docs/formats.md.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/card_draft.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "crypto/vault.h"

#define FOLDER_MODE \
    0711 /* users with a role pass through to the control socket; all files are the node's alone */
#define KEYS_MODE 0700
#define KEY_MODE 0600
#define CARD_MODE 0644
#define ETC_MODE 0755
#define SERVICE_SOCKET "/run/tamga/control.sock"

const struct tg_option tg_init_options[] = {
    {"country", 0, TG_OPTION_TEXT, false, "CC", "the node's country, two letters as in ISO 3166", NULL, 0, 0},
    {"name", 0, TG_OPTION_TEXT, false, "TEXT", "the name that partners see on the card", NULL, 0, 0},
    {"listen", 0, TG_OPTION_TEXT, false, "URL",
     "where this node is reached, tcp://ADDRESS:PORT (none: dial only)", NULL, 0, 0},
    {"endpoint", 0, TG_OPTION_TEXT, true, "URL", "where partners dial, if not at --listen; may repeat", NULL,
     0, 0},
    {"contact", 0, TG_OPTION_TEXT, false, "TEXT",
     "who answers at any hour, as partners shall see it on the card", NULL, 0, 0},
    {"relay", 0, TG_OPTION_FILE, true, "NODE|CARD", "who carries for us what it cannot read; may repeat",
     NULL, 0, 0},
    {"witness", 0, TG_OPTION_FILE, true, "NODE|CARD", "who cosigns our log: node id or card file; may repeat",
     NULL, 0, 0},
    {"passphrase-file", 0, TG_OPTION_FILE, false, "FILE",
     "passphrase of the keys (else it is asked for); readable "
     "by you alone",
     NULL, 0, 0},
    {"root", 0, TG_OPTION_FILE, false, "FILE",
     "root.pub of 'tamga card root': the root key stays on the machine that made it", NULL, 0, 0},
    {"root-here", 0, TG_OPTION_FLAG, false, NULL, "make root and recovery key here, to be moved away", NULL,
     0, 0},
    {"config", 0, TG_OPTION_FILE, false, "FILE",
     "write the settings there, as a service needs them (else DIR/tamga.conf)", NULL, 0, 0},
    {"user", 0, TG_OPTION_TEXT, false, "NAME", "give the folder to the user who runs the node (root only)",
     NULL, 0, 0},
    TG_OPTION_END,
};

/* Everything that one call makes. */
struct making {
    struct tg_cli *cli;
    const struct tg_args *args;
    const char *folder;               /* where it shall be */
    const char *config;               /* --config, or NULL: in the folder */
    const struct passwd *user;        /* --user, or NULL: whoever calls */
    char work[TG_CLI_PATH_BYTES_MAX]; /* where it is made */
    char keys[TG_CLI_PATH_BYTES_MAX]; /* work/keys */
    struct tg_secret *passphrase;
    struct tg_keyfile node, root, recovery, next_root;
    bool root_here;
    struct tg_root_file root_file; /* public halves, made here or elsewhere */
    struct tg_card *card;
    struct tg_buf note; /* the signed card, or a draft */
};

static void making_release(struct making *making)
{
    tg_secret_free(making->passphrase);
    tg_keyfile_release(&making->node);
    tg_keyfile_release(&making->root);
    tg_keyfile_release(&making->recovery);
    tg_keyfile_release(&making->next_root);
    free(making->card);
    tg_buf_release(&making->note);
}
TG_AUTO_DEFINE(making, making_release)

static tg_err country_check(const char *country, struct tg_errmsg *em)
{
    bool good = country && strlen(country) == 2;
    for (size_t i = 0; good && i < 2; i++) good = country[i] >= 'A' && country[i] <= 'Z';
    if (good) return TG_OK;
    if (!country) return tg_fail(em, TG_EUSAGE, "'init' needs --country, two letters such as TJ");
    return tg_fail(em, TG_EUSAGE, "'%.40s' is no country code: two capital letters such as TJ", country);
}

static tg_err url_check(const char *option, const char *url, struct tg_errmsg *em)
{
    const char *port = strrchr(url, ':');
    uint64_t number = 0;
    bool tcp = strncmp(url, "tcp://", 6) == 0 && port && port > url + 6;
    if (tcp && !tg_text_u64(tg_view_str(port + 1), 65535, &number) && number &&
        strlen(url) <= TG_CARD_ENDPOINT_BYTES_MAX)
        return TG_OK;
    return tg_fail(em, TG_EUSAGE, "'--%s' takes tcp://ADDRESS:PORT, not '%.80s'", option, url);
}

/* An address that means "every interface" tells a partner nothing. */
static bool is_wildcard(const char *url)
{
    static const char *const wild[] = {"tcp://*:", "tcp://0.0.0.0:", "tcp://[::]:"};
    for (size_t i = 0; i < sizeof wild / sizeof wild[0]; i++)
        if (strncmp(url, wild[i], strlen(wild[i])) == 0) return true;
    return false;
}

/* The name stands on one line of the card and on partners' screens. */
static tg_err name_check(const char *name, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf safe = {0};
    if (!name || !name[0]) return tg_fail(em, TG_EUSAGE, "'init' needs --name, as partners shall see it");
    if (tg_text_escape(tg_view_str(name), &safe)) return tg_fail(em, TG_ENOMEM, "out of memory");
    if (!tg_view_equal_str(tg_buf_view(&safe), name))
        return tg_fail(em, TG_EUSAGE,
                       "the name holds a line break or another character that does not show: '%.200s'",
                       safe.bytes < 200 && !tg_buf_put(&safe, "", 1) ? (const char *)safe.data : "...");
    if (strlen(name) > TG_CARD_NAME_BYTES_MAX)
        return tg_fail(em, TG_EUSAGE, "the name is longer than %d bytes", TG_CARD_NAME_BYTES_MAX);
    return TG_OK;
}

static tg_err args_check(const struct tg_args *args, struct tg_errmsg *em)
{
    const char *name = tg_args_text(args, "name", NULL), *listen = tg_args_text(args, "listen", NULL), *url;
    if (tg_args_has(args, "root") == tg_args_has(args, "root-here"))
        return tg_fail(
            em, TG_EUSAGE,
            "say where the root key is: '--root root.pub' of 'tamga card root' on a machine without a "
            "network, or '--root-here' to make it in place and move it away");
    tg_err err = country_check(tg_args_text(args, "country", NULL), em);
    if (err) return err;
    if ((err = name_check(name, em))) return err;
    if (tg_args_has(args, "contact") && tg_card_contact_check(tg_args_text(args, "contact", ""), em))
        return TG_EUSAGE;
    if (listen && (err = url_check("listen", listen, em))) return err;
    for (size_t at = 0; (url = tg_args_each(args, "endpoint", &at));)
        if ((err = url_check("endpoint", url, em))) return err;
    if (listen && is_wildcard(listen) && !tg_args_has(args, "endpoint"))
        return tg_fail(em, TG_EUSAGE,
                       "'%s' does not tell partners where to dial: add --endpoint tcp://ADDRESS:PORT",
                       listen);
    return TG_OK;
}

/* The folder may be there only when it is empty. */
static tg_err folder_check(const char *folder, struct tg_errmsg *em)
{
    DIR *entries = opendir(folder);
    if (!entries && errno == ENOENT) return TG_OK;
    if (!entries) return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot use '%s' as the node's folder", folder);
    bool empty = true;
    for (const struct dirent *entry; empty && (entry = readdir(entries));)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    (void)closedir(entries);
    return empty ? TG_OK
                 : tg_fail(em, TG_EEXIST, "'%s' is not empty: choose a new folder, nothing was changed",
                           folder);
}

static void root_secret(const struct tg_keyfile *keyfile, struct tg_sign_secret *ret_secret,
                        struct tg_sign_public *ret_public)
{
    tg_sign_secret_from_seed(tg_secret_data(tg_keyfile_get(keyfile, "root")), ret_secret, ret_public);
}

/* What the operator keeps offline, made in place because he says so. */
static tg_err root_make(struct making *making)
{
    const struct tg_random *random = making->cli->random;
    struct tg_root_file *file = &making->root_file;
    tg_err err = tg_keyfile_generate(&making->root, "root", TG_SIGN_SEED_BYTES, random);
    if (!err) err = tg_keyfile_generate(&making->next_root, "root", TG_SIGN_SEED_BYTES, random);
    if (!err) err = tg_keyfile_generate(&making->recovery, "recovery", TG_KEY_BYTES, random);
    if (err) return err;
    TG_AUTO(tg_sign_secret) struct tg_sign_secret root, next;
    TG_AUTO(tg_key) struct tg_key recovery;
    struct tg_sign_public next_public;
    root_secret(&making->root, &root, &file->root);
    root_secret(&making->next_root, &next, &next_public);
    tg_sha256_of(TG_VIEW_ARRAY(next_public.bytes), &file->next_root);
    memcpy(recovery.bytes, tg_secret_data(tg_keyfile_get(&making->recovery, "recovery")),
           sizeof recovery.bytes);
    tg_seal_public_of(&recovery, &file->recovery);
    return TG_OK;
}

static tg_err keys_make(struct making *making, struct tg_errmsg *em)
{
    tg_err err = tg_vault_keys_generate(&making->node, making->cli->random);
    if (err) return err;
    return making->root_here
               ? root_make(making)
               : tg_root_file_read(tg_args_text(making->args, "root", ""), &making->root_file, em);
}

static tg_err card_keys(struct making *making, struct tg_errmsg *em)
{
    struct tg_card *card = making->card;
    const struct tg_root_file *file = &making->root_file;
    struct tg_vault_public public_keys;
    tg_err err = tg_vault_public_of_keyfile(&making->node, &public_keys, em);
    if (err) return err;
    card->logs[0] = (struct tg_card_key){.until = UINT64_MAX};
    card->envelopes[0] = (struct tg_card_key){.until = UINT64_MAX};
    card->log_count = card->envelope_count = 1;
    const struct tg_node_id *node = &card->node;
    err = tg_card_key_make(node, TG_KEY_ROLE_ROOT, 0, &file->root, &card->root);
    if (!err) err = tg_card_key_make(node, TG_KEY_ROLE_LOG, 0, &public_keys.log, &card->logs[0].key);
    if (!err)
        err = tg_card_key_make(node, TG_KEY_ROLE_ENVELOPE, 0, &public_keys.envelope, &card->envelopes[0].key);
    if (!err) err = tg_card_key_make(node, TG_KEY_ROLE_CLOCK, 0, &public_keys.clock, &card->clock);
    if (!err) err = tg_card_key_make(node, TG_KEY_ROLE_STORE, 0, &public_keys.store, &card->store);
    card->seal = public_keys.seal;
    memcpy(card->curve, public_keys.curve.bytes, sizeof card->curve);
    card->recovery = file->recovery;
    return err;
}

static tg_err endpoint_put(struct tg_card *card, const char *url, struct tg_errmsg *em)
{
    if (card->endpoint_count == TG_CARD_ENDPOINTS_MAX)
        return tg_fail(em, TG_EUSAGE, "more than %d endpoints", TG_CARD_ENDPOINTS_MAX);
    (void)snprintf(card->endpoints[card->endpoint_count++], sizeof card->endpoints[0], "%s", url);
    return TG_OK;
}

/* A node as one is named on a card: by its id, or by the file of its card. */
static tg_err node_read(const char *option, const char *text, struct tg_node_id *ret_id, struct tg_errmsg *em)
{
    if (!tg_node_id_parse(tg_view_str(text), ret_id)) return TG_OK;
    TG_AUTO(tg_card_file) struct tg_card_file file = {0};
    tg_err err = tg_card_file_read(text, &file, em);
    if (err) return tg_context(em, err, "'--%s' takes a node id of 52 characters or a card file", option);
    *ret_id = file.card->node;
    return TG_OK;
}

/* Each value of an option that names other nodes, onto the card. */
static tg_err nodes_put(const struct making *making, const char *option, struct tg_node_id *nodes, size_t max,
                        size_t *ret_count, struct tg_errmsg *em)
{
    const char *text;
    for (size_t at = 0; (text = tg_args_each(making->args, option, &at));) {
        if (*ret_count == max) return tg_fail(em, TG_EUSAGE, "more than %zu of --%s", max, option);
        tg_err err = node_read(option, text, &nodes[*ret_count], em);
        if (err) return err;
        for (size_t i = 0; i < *ret_count; i++)
            if (tg_node_id_equal(&nodes[i], &nodes[*ret_count]))
                return tg_fail(em, TG_EUSAGE, "'--%s %.60s' names a node that stands there already", option,
                               text);
        ++*ret_count;
    }
    return TG_OK;
}

static tg_err card_words(struct making *making, struct tg_errmsg *em)
{
    struct tg_card *card = making->card;
    const char *name = tg_args_text(making->args, "name", ""),
               *listen = tg_args_text(making->args, "listen", NULL);
    card->serial = 1;
    (void)snprintf(card->country, sizeof card->country, "%s", tg_args_text(making->args, "country", ""));
    (void)snprintf(card->name, sizeof card->name, "%s", name);
    (void)snprintf(card->contact, sizeof card->contact, "%s", tg_args_text(making->args, "contact", ""));
    tg_err named = nodes_put(making, "relay", card->relays, TG_CARD_RELAYS_MAX, &card->relay_count, em);
    if (!named)
        named =
            nodes_put(making, "witness", card->witnesses, TG_CARD_WITNESSES_MAX, &card->witness_count, em);
    if (named) return named;
    if (listen && !tg_args_has(making->args, "endpoint")) return endpoint_put(card, listen, em);
    const char *url;
    for (size_t at = 0; (url = tg_args_each(making->args, "endpoint", &at));) {
        tg_err err = endpoint_put(card, url, em);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err card_draft(struct making *making, struct tg_errmsg *em)
{
    struct tg_card_draft draft = {.card = making->card}; /* on loan */
    return tg_card_draft_encode(&draft, &making->note, em);
}

static tg_err card_make(struct making *making, struct tg_errmsg *em)
{
    making->card = calloc(1, sizeof *making->card);
    if (!making->card) return TG_ENOMEM;
    tg_node_id_of_root(&making->root_file.root, &making->card->node);
    making->card->has_next_root = true;
    making->card->next_root = making->root_file.next_root;
    tg_err err = card_words(making, em);
    if (!err) err = card_keys(making, em);
    if (err) return err;
    if (!making->root_here) return card_draft(making, em);
    TG_AUTO(tg_sign_secret) struct tg_sign_secret root;
    struct tg_sign_public root_public;
    root_secret(&making->root, &root, &root_public);
    struct tg_signer signer = tg_signer_of_secret(&root);
    return tg_card_sign(making->card, &signer, NULL, NULL, &making->note, em);
}

static tg_err keyfile_write(struct making *making, const struct tg_keyfile *keyfile, const char *name,
                            struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf sealed = {0};
    char path[TG_CLI_PATH_BYTES_MAX];
    struct tg_keyfile_cost cost = tg_keyfile_cost_normal();
    struct tg_view passphrase =
        tg_view_of(tg_secret_data(making->passphrase), tg_secret_bytes(making->passphrase));
    tg_err err = tg_path_join(making->keys, name, path, sizeof path, em);
    if (!err) err = tg_keyfile_seal(keyfile, passphrase, &cost, making->cli->random, &sealed, em);
    return err ? err : tg_file_create(path, tg_buf_view(&sealed), KEY_MODE, em);
}

static tg_err passphrase_setting(struct making *making, struct tg_buf *text)
{
    const char *file = tg_args_text(making->args, "passphrase-file", NULL);
    char path[PATH_MAX];
    if (!file || making->user || !realpath(file, path))
        return tg_buf_put_str(
            text, "# File with the passphrase of keys/node.key. Without it the node asks the terminal, or\n"
                  "# takes the systemd credential tamga.passphrase.\n"
                  "#passphrase = /etc/tamga/passphrase\n");
    return tg_buf_putf(text, "# File with the passphrase of keys/node.key.\npassphrase = %s\n", path);
}

static tg_err places_put(struct making *making, struct tg_buf *text)
{
    if (!making->config) return tg_buf_put_str(text, "data = .\nkeys = keys\n");
    char path[PATH_MAX];
    const char *folder = realpath(making->folder, path) ? path : making->folder;
    return tg_buf_putf(text, "data = %s\nkeys = %s/keys\n", folder, folder);
}

static tg_err listen_put(const struct making *making, struct tg_buf *text)
{
    const char *listen = tg_args_text(making->args, "listen", NULL);
    if (listen) return tg_buf_putf(text, "\n[net]\nlisten = %s\n", listen);
    return tg_buf_put_str(text, "\n[net]\n# Nobody can dial this node; it dials its partners.\n"
                                "#listen = tcp://0.0.0.0:7701\n");
}

/* The groups of a service are made when it is installed; by hand nobody but the caller has a role. */
static tg_err control_put(const struct making *making, struct tg_buf *text)
{
    bool service = making->config != NULL;
    const char *socket = making->cli->socket ? making->cli->socket
                         : service           ? SERVICE_SOCKET
                                             : "control.sock",
               *mark = service ? "" : "#";
    return tg_buf_putf(text,
                       "\n[control]\n"
                       "socket = %s\n"
                       "# Who may do what: users and @groups. Whoever runs the node is admin and officer.\n"
                       "%sanalyst = @tamga-analyst\n"
                       "%sofficer = @tamga-officer\n"
                       "%sauditor = @tamga-auditor\n"
                       "%sadmin = root, @tamga-admin\n"
                       "# What nobody does without --reason or --case: verbs or commands, or all.\n"
                       "#reason_required = query, show, export\n",
                       socket, mark, mark, mark, mark);
}

static tg_err settings_make(struct making *making, struct tg_buf *text)
{
    tg_err err = tg_buf_putf(text,
                             "# Settings of a tamga node; every key is explained in tamga.conf(5).\n"
                             "# Relative paths begin at this file's folder.\n"
                             "\n"
                             "[node]\n"
                             "country = %s\n",
                             tg_args_text(making->args, "country", ""));
    if (!err) err = places_put(making, text);
    if (!err) err = passphrase_setting(making, text);
    if (!err) err = listen_put(making, text);
    if (!err) err = control_put(making, text);
    if (!err)
        err = tg_buf_put_str(text, "\n[policy]\n"
                                   "# Who gets what names no addressee: countries, node ids, or all.\n"
                                   "default_audience = all\n"
                                   "flash_confirm = yes\n");
    return err;
}

static tg_err file_put(struct making *making, const char *name, struct tg_view content, unsigned mode,
                       struct tg_errmsg *em)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    tg_err err = tg_path_join(making->work, name, path, sizeof path, em);
    return err ? err : tg_file_create(path, content, mode, em);
}

static tg_err files_write(struct making *making, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf settings = {0};
    tg_err err = tg_path_join(making->work, "keys", making->keys, sizeof making->keys, em);
    if (!err) err = tg_dir_ensure(making->keys, KEYS_MODE, em);
    if (!err) err = keyfile_write(making, &making->node, "node.key", em);
    if (!err && making->root_here) err = keyfile_write(making, &making->root, "root.key", em);
    if (!err && making->root_here) err = keyfile_write(making, &making->next_root, "next-root.key", em);
    if (!err && making->root_here) err = keyfile_write(making, &making->recovery, "recovery.key", em);
    if (!err)
        err = file_put(making, making->root_here ? "card.note" : "card.draft", tg_buf_view(&making->note),
                       CARD_MODE, em);
    if (err || making->config) return err;
    err = settings_make(making, &settings);
    return err ? err : file_put(making, "tamga.conf", tg_buf_view(&settings), KEY_MODE, em);
}

/* Everything that the folder can hold. */
static const char *const names_made[] = {"keys/node.key",     "keys/root.key", "keys/next-root.key",
                                         "keys/recovery.key", "card.note",     "card.draft",
                                         "tamga.conf"};
#define NAMES_MADE (sizeof names_made / sizeof names_made[0])

static tg_err give(const struct making *making, const char *path, struct tg_errmsg *em)
{
    if (!lchown(path, making->user->pw_uid, making->user->pw_gid)) return TG_OK;
    return errno == ENOENT ? TG_OK
                           : tg_fail_errno(em, TG_ESYSTEM, errno, "cannot give '%s' to '%s'", path,
                                           making->user->pw_name);
}

/* Files first, so that nobody of that name can swap a folder under them. */
static tg_err give_all(const struct making *making, struct tg_errmsg *em)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    tg_err err = TG_OK;
    for (size_t i = 0; i < NAMES_MADE && !err; i++) {
        err = tg_path_join(making->work, names_made[i], path, sizeof path, em);
        if (!err) err = give(making, path, em);
    }
    if (!err) err = give(making, making->keys, em);
    return err ? err : give(making, making->work, em);
}

/* What a failed call leaves behind in its working folder. */
static void work_remove(const struct making *making)
{
    char path[TG_CLI_PATH_BYTES_MAX];
    for (size_t i = 0; i < NAMES_MADE; i++)
        if (!tg_path_join(making->work, names_made[i], path, sizeof path, NULL)) (void)unlink(path);
    if (!tg_path_join(making->work, "keys", path, sizeof path, NULL)) (void)rmdir(path);
    (void)rmdir(making->work);
}

static tg_err folder_make(struct making *making, struct tg_errmsg *em)
{
    int bytes = snprintf(making->work, sizeof making->work, "%s.new-XXXXXX", making->folder);
    if (bytes < 0 || (size_t)bytes >= sizeof making->work)
        return tg_fail(em, TG_ELIMIT, "the folder's path is too long");
    if (!mkdtemp(making->work))
        return tg_fail_errno(em, TG_ESYSTEM, errno, "cannot make a folder beside '%s'", making->folder);
    tg_err err = files_write(making, em);
    if (!err && making->user) err = give_all(making, em);
    if (!err && chmod(making->work, FOLDER_MODE))
        err = tg_fail_errno(em, TG_ESYSTEM, errno, "cannot set the mode of '%s'", making->work);
    if (!err && rename(making->work, making->folder))
        err = tg_fail_errno(em, TG_ESYSTEM, errno, "cannot put '%s' in its place", making->folder);
    if (err) work_remove(making);
    return err ? err : tg_dir_sync_of(making->folder, em);
}

/* Settings outside the folder: checked before anything is made, written when the folder stands. */
static tg_err config_check(const struct making *making, struct tg_errmsg *em)
{
    if (!making->config || access(making->config, F_OK)) return TG_OK;
    return tg_fail(em, TG_EEXIST, "'%s' is there already: move it away, nothing was changed", making->config);
}

static tg_err config_write(struct making *making, struct tg_errmsg *em)
{
    TG_AUTO(tg_buf) struct tg_buf settings = {0};
    char parent[TG_CLI_PATH_BYTES_MAX];
    (void)snprintf(parent, sizeof parent, "%s", making->config);
    char *slash = strrchr(parent, '/');
    if (slash && slash != parent) *slash = '\0';
    tg_err err = slash && slash != parent ? tg_dir_ensure(parent, ETC_MODE, em) : TG_OK;
    if (!err) err = settings_make(making, &settings);
    if (!err) err = tg_file_create(making->config, tg_buf_view(&settings), CARD_MODE, em);
    return err ? tg_context(em, err, "the node's folder is made, its settings are not") : TG_OK;
}

static tg_err user_find(const char *name, const struct passwd **ret_user, struct tg_errmsg *em)
{
    if (!name) return TG_OK;
    *ret_user = getpwnam(name);
    if (!*ret_user) return tg_fail(em, TG_EUSAGE, "'--user': this system has no user '%.60s'", name);
    if (geteuid() != 0 && (*ret_user)->pw_uid != geteuid())
        return tg_fail(em, TG_EDENIED, "only root can give the folder to '%.60s': call this with sudo", name);
    return TG_OK;
}

/* Where the root key is elsewhere. */
static void next_offline(const struct making *making)
{
    const char *folder = making->folder;
    tg_talk(making->cli,
            "\nNext:\n"
            "1. Carry %s/card.draft to the machine that has the root key, and there:\n"
            "   tamga card sign card.draft --keys DIR -o card.note\n"
            "2. Bring card.note back:      tamga --data %s card install card.note\n",
            folder, folder);
}

static void next_here(const struct making *making)
{
    tg_talk(making->cli,
            "\nNext:\n"
            "1. Move root.key, next-root.key and recovery.key from %s/keys\n"
            "   to media that stay in a safe, off this machine. The node runs without them;\n"
            "   whoever has root.key is this node.\n",
            making->folder);
}

static void next_steps(const struct making *making)
{
    struct tg_cli *cli = making->cli;
    const char *folder = making->folder;
    const int at = making->root_here ? 2 : 3;
    if (making->root_here)
        next_here(making);
    else
        next_offline(making);
    if (making->config)
        tg_talk(cli,
                "%d. Start the node:            systemctl enable --now tamgad   (or: tamgad %s)\n"
                "   It takes the passphrase from /etc/tamga/passphrase, which only root may read.\n"
                "%d. Hand partners the card:    %s/card.note\n"
                "%d. Enrol theirs:              tamga peer add THEIR.card\n",
                at, making->config, at + 1, folder, at + 2);
    else
        tg_talk(cli,
                "%d. Start the node:            tamgad %s\n"
                "%d. Hand partners the card:    %s/card.note\n"
                "%d. Enrol theirs:              tamga --data %s peer add THEIR.card\n",
                at, folder, at + 1, folder, at + 2, folder);
    tg_talk(cli, "   and read the fingerprint out to each other.\n");
}

static tg_err made_put(struct making *making)
{
    struct tg_cli *cli = making->cli;
    char node[TG_NODE_TEXT_BYTES];
    tg_node_id_format(&making->card->node, node);
    if (cli->format == TG_FORMAT_JSON) return tg_card_print(cli, making->card);
    tg_put(cli, "node      %s\ncountry   %s\nfolder    %s\n", node, making->card->country, making->folder);
    if (making->config) tg_put(cli, "settings  %s\n", making->config);
    next_steps(making);
    return TG_OK;
}

tg_err tg_cmd_init(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(making) struct making making = {.cli = cli, .args = args};
    char folder[TG_CLI_PATH_BYTES_MAX];
    int bytes = snprintf(folder, sizeof folder, "%s", args->words[0]);
    if (bytes <= 0 || (size_t)bytes >= sizeof folder)
        return tg_fail(em, TG_EUSAGE, "the folder's path is too long");
    while (bytes > 1 && folder[bytes - 1] == '/') folder[--bytes] = 0;
    making.folder = folder;
    making.config = tg_args_text(args, "config", NULL);
    making.root_here = tg_args_has(args, "root-here");
    tg_err err = args_check(args, em);
    if (!err) err = user_find(tg_args_text(args, "user", NULL), &making.user, em);
    if (!err) err = folder_check(folder, em);
    if (!err) err = config_check(&making, em);
    if (!err)
        err =
            tg_passphrase_get(cli, tg_args_text(args, "passphrase-file", NULL), true, &making.passphrase, em);
    if (!err) err = keys_make(&making, em);
    if (!err) err = card_make(&making, em);
    if (!err) err = folder_make(&making, em);
    if (!err && making.config) err = config_write(&making, em);
    return err ? err : made_put(&making);
}
