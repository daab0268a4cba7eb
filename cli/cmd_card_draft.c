/* card draft, card install: a node's next card, drafted with new keys where its key file is, signed elsewhere, installed.
 *
 * Signs nothing. Verbs `card`, `log`, `card.install`: docs/control.md; files: docs/formats-keys.md.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/card_draft.h"
#include "cli/command.h"
#include "cli/keys_next.h"
#include "cli/output.h"
#include "cli/session.h"
#include "proto/endpoint.h"

#define DRAFT_MODE 0644
#define DRAFT_NAME "card.draft"
#define CARD_NAME "card.note"

const struct tg_option tg_card_draft_options[] = {
    {"rotate", 0, TG_OPTION_CHOICE, true, "KEY", "make a new key of that name; may repeat", tg_rotating_names,
     0, 0},
    {"revoke", 0, TG_OPTION_TEXT, true, "KEY@ENTRY",
     "log, envelope or a former one's id: counts for nothing from there on", NULL, 0, 0},
    {"new-epoch", 0, TG_OPTION_TEXT, false, "REASON",
     "the log goes on as a new one: entries of it are lost for ever", NULL, 0, 0},
    {"after", 0, TG_OPTION_NUMBER, false, "N", "log and envelope keys change after so many more entries (64)",
     NULL, 0, 1000000},
    {"endpoint", 0, TG_OPTION_TEXT, true, "URL", "where partners dial, instead of what is there; 'none'",
     NULL, 0, 0},
    {"witness", 0, TG_OPTION_TEXT, true, "NODE", "who cosigns our log, instead of who is there; 'none'", NULL,
     0, 0},
    {"relay", 0, TG_OPTION_TEXT, true, "NODE", "who passes our envelopes on, instead of who is there; 'none'",
     NULL, 0, 0},
    {"name", 0, TG_OPTION_TEXT, false, "TEXT", "the name that partners see", NULL, 0, 0},
    {"contact", 0, TG_OPTION_TEXT, false, "TEXT", "who answers at any hour; empty: nobody is named", NULL, 0,
     0},
    {"out", 'o', TG_OPTION_FILE, false, "FILE", "where the draft goes (else card.draft)", NULL, 0, 0},
    {"passphrase-file", 0, TG_OPTION_FILE, false, "FILE", "passphrase of node.key (else as the settings say)",
     NULL, 0, 0},
    TG_OPTION_END,
};

const struct tg_option tg_card_install_options[] = {
    {"revoke", 0, TG_OPTION_FLAG, false, NULL, "the card may take a key from entries that it has signed",
     NULL, 0, 0},
    TG_OPTION_END,
};

/* ---- the lines of the card ---- */

static tg_err nodes_take(const struct tg_args *args, const char *option, struct tg_node_id *nodes, size_t max,
                         size_t *count, struct tg_errmsg *em)
{
    const char *text;
    if (!tg_args_has(args, option)) return TG_OK;
    *count = 0;
    for (size_t at = 0; (text = tg_args_each(args, option, &at));) {
        if (strcmp(text, "none") == 0) continue;
        if (*count == max) return tg_fail(em, TG_EUSAGE, "'--%s': more than %zu nodes", option, max);
        if (tg_node_id_parse(tg_view_str(text), &nodes[*count]))
            return tg_fail(em, TG_EUSAGE,
                           "'--%s' takes a node id in full ('tamga peer list --format json' has them), "
                           "not '%.60s'",
                           option, text);
        (*count)++;
    }
    return TG_OK;
}

static tg_err endpoints_take(const struct tg_args *args, struct tg_card *card, struct tg_errmsg *em)
{
    const char *url;
    if (!tg_args_has(args, "endpoint")) return TG_OK;
    card->endpoint_count = 0;
    for (size_t at = 0; (url = tg_args_each(args, "endpoint", &at));) {
        if (strcmp(url, "none") == 0) continue;
        if (card->endpoint_count == TG_CARD_ENDPOINTS_MAX)
            return tg_fail(em, TG_EUSAGE, "more than %d endpoints", TG_CARD_ENDPOINTS_MAX);
        if (!tg_endpoint_valid(url, false))
            return tg_fail(em, TG_EUSAGE, "'--endpoint' takes tcp://ADDRESS:PORT, not '%.80s'", url);
        (void)snprintf(card->endpoints[card->endpoint_count++], sizeof card->endpoints[0], "%s", url);
    }
    return TG_OK;
}

static tg_err words_take(const struct tg_args *args, struct tg_card *card, struct tg_errmsg *em)
{
    const char *name = tg_args_text(args, "name", NULL), *contact = tg_args_text(args, "contact", NULL);
    if (name && (strlen(name) > TG_CARD_NAME_BYTES_MAX || !name[0]))
        return tg_fail(em, TG_EUSAGE, "a name has 1 to %d bytes", TG_CARD_NAME_BYTES_MAX);
    if (name) (void)snprintf(card->name, sizeof card->name, "%s", name);
    if (contact && contact[0] && tg_card_contact_check(contact, em)) return TG_EUSAGE;
    if (contact) (void)snprintf(card->contact, sizeof card->contact, "%s", contact);
    tg_err err = endpoints_take(args, card, em);
    if (!err)
        err = nodes_take(args, "witness", card->witnesses, TG_CARD_WITNESSES_MAX, &card->witness_count, em);
    return err ? err : nodes_take(args, "relay", card->relays, TG_CARD_RELAYS_MAX, &card->relay_count, em);
}

/* ---- its keys ---- */

static enum tg_rotating rotating_of(struct tg_view name)
{
    enum tg_rotating which = 0;
    while (which < TG_ROTATING && !tg_view_equal_str(name, tg_rotating_names[which])) which++;
    return which;
}

struct drafting {
    struct tg_cli *cli;
    const struct tg_args *args;
    struct tg_keys keys;
    struct tg_card_draft draft;
    struct tg_own_log log;
    bool keys_changed;
};

static void drafting_release(struct drafting *drafting)
{
    tg_keys_release(&drafting->keys);
    tg_card_draft_release(&drafting->draft);
}
TG_AUTO_DEFINE(drafting, drafting_release)

static tg_err rotate(struct drafting *drafting, enum tg_rotating which, uint64_t from, struct tg_errmsg *em)
{
    const struct tg_card *before = drafting->draft.previous.card;
    uint64_t until;
    const bool waits =
        tg_keys_still_signs(&drafting->keys.keyfile, which, before, drafting->log.size, &until);
    if (waits && !drafting->draft.begins)
        return tg_fail(em, TG_EBUSY,
                       "the last change of the '%s' key takes effect at entry %" PRIu64
                       ", and our log has %" PRIu64 ": wait for that",
                       tg_rotating_names[which], until, drafting->log.size);
    drafting->keys_changed = true;
    return tg_keys_rotate(&drafting->keys.keyfile, which, drafting->log.epoch + drafting->draft.begins, from,
                          drafting->cli->random, drafting->draft.card, em);
}

/* ---- a new epoch ---- */

/* What the node holds of its log is what can be proven. */
static tg_err prologue_begin(struct drafting *drafting, struct tg_errmsg *em)
{
    struct tg_prologue *prologue = &drafting->draft.prologue;
    const char *reason = tg_args_text(drafting->args, "new-epoch", NULL);
    TG_AUTO(tg_buf) struct tg_buf text = {0};
    if (!reason) return TG_OK;
    if (strlen(reason) > TG_PROLOGUE_REASON_BYTES_MAX)
        return tg_fail(em, TG_EUSAGE, "a reason has at most %d bytes", TG_PROLOGUE_REASON_BYTES_MAX);
    if (tg_args_has(drafting->args, "revoke"))
        return tg_fail(em, TG_EUSAGE,
                       "'--revoke' is of an epoch that goes on: draft it apart from --new-epoch");
    drafting->draft.begins = true;
    *prologue = (struct tg_prologue){.origin = drafting->draft.card->node,
                                     .epoch = drafting->log.epoch + 1,
                                     .size = drafting->log.size,
                                     .root = drafting->log.root,
                                     .time = (uint64_t)(tg_clock_wall_ms(drafting->cli->clock) / 1000)};
    (void)snprintf(prologue->reason, sizeof prologue->reason, "%s", reason);
    return tg_prologue_encode(prologue, &text, em);
}

/* Keys that are not changed go on in it. */
static tg_err range_continue(struct drafting *drafting, bool log, struct tg_errmsg *em)
{
    struct tg_card *card = drafting->draft.card;
    struct tg_card_key *keys = log ? card->logs : card->envelopes;
    size_t *count = log ? &card->log_count : &card->envelope_count;
    const uint32_t epoch = drafting->draft.prologue.epoch;
    const struct tg_card_key *last = &keys[*count - 1];
    struct tg_note_key key = last->key;
    if (last->epoch == epoch) return TG_OK;
    if (*count == TG_CARD_KEYS_MAX)
        return tg_fail(em, TG_ELIMIT, "the card lists %d keys already, the most there can be",
                       TG_CARD_KEYS_MAX);
    tg_err err =
        log ? tg_card_key_make(&card->node, TG_KEY_ROLE_LOG, epoch, &last->key.public_key, &key) : TG_OK;
    if (err) return err;
    keys[(*count)++] = (struct tg_card_key){.key = key, .epoch = epoch, .until = UINT64_MAX};
    return TG_OK;
}

static tg_err ranges_continue(struct drafting *drafting, struct tg_errmsg *em)
{
    if (!drafting->draft.begins) return TG_OK;
    tg_err err = range_continue(drafting, true, em);
    return err ? err : range_continue(drafting, false, em);
}

/* A former envelope key, by its id: its range ends earlier than it did, and nothing takes its place there. */
static bool former_end(struct tg_card *card, struct tg_view id, uint64_t from)
{
    for (size_t i = 0; i < card->envelope_count; i++) {
        struct tg_card_key *key = &card->envelopes[i];
        char text[16];
        (void)snprintf(text, sizeof text, "%08x", key->key.id);
        if (!tg_view_equal_str(id, text) || from <= key->from || from >= key->until) continue;
        if (key->until == UINT64_MAX) return false;
        key->until = from;
        return true;
    }
    return false;
}

static tg_err revokes_take(struct drafting *drafting, struct tg_errmsg *em)
{
    const char *text;
    for (size_t at = 0; (text = tg_args_each(drafting->args, "revoke", &at));) {
        const char *mark = strchr(text, '@');
        uint64_t from = 0;
        const enum tg_rotating which =
            mark ? rotating_of(tg_view_of(text, (size_t)(mark - text))) : TG_ROTATING;
        const bool number = mark && !tg_text_u64(tg_view_str(mark + 1), INT64_MAX, &from);
        if (number && former_end(drafting->draft.card, tg_view_of(text, (size_t)(mark - text)), from))
            continue;
        if (!number || (which != TG_ROTATING_LOG && which != TG_ROTATING_ENVELOPE))
            return tg_fail(
                em, TG_EUSAGE,
                "'--revoke' takes envelope@ENTRY, log@ENTRY or the id of a former envelope key and an "
                "entry that it signed, not '%.60s'",
                text);
        tg_err err = rotate(drafting, which, from, em);
        if (err) return err;
    }
    return TG_OK;
}

static tg_err rotates_take(struct drafting *drafting, struct tg_errmsg *em)
{
    const char *text;
    const uint64_t after = (uint64_t)tg_args_number(drafting->args, "after", TG_CARD_AFTER_ENTRIES);
    const uint64_t from = drafting->draft.begins ? 0 : drafting->log.size + after;
    for (size_t at = 0; (text = tg_args_each(drafting->args, "rotate", &at));) {
        tg_err err = rotate(drafting, rotating_of(tg_view_str(text)), from, em);
        if (err) return err;
    }
    return revokes_take(drafting, em);
}

static tg_err keys_open(struct drafting *drafting, struct tg_errmsg *em)
{
    TG_AUTO_FREE struct tg_config *config = calloc(1, sizeof *config);
    if (!config) return TG_ENOMEM;
    tg_err err = tg_keys_settings(drafting->cli, config, NULL, em);
    if (!err)
        err = tg_keys_edit_node(drafting->cli, config, tg_args_text(drafting->args, "passphrase-file", NULL),
                                &drafting->keys, em);
    if (!err)
        err = tg_keys_settle(&drafting->keys.keyfile, drafting->draft.previous.card, drafting->log.size, true,
                             &drafting->keys_changed, em);
    return err;
}

static tg_err draft_begin(struct drafting *drafting, struct tg_errmsg *em)
{
    struct tg_card_draft *draft = &drafting->draft;
    tg_err err = tg_card_file_own(drafting->cli, &draft->previous, em);
    if (err) return err;
    draft->card = malloc(sizeof *draft->card);
    if (!draft->card) return TG_ENOMEM;
    *draft->card = *draft->previous.card;
    draft->card->serial++;
    draft->card->has_prev = true;
    draft->card->prev = draft->previous.card->text_hash;
    return tg_own_log_get(drafting->cli, &draft->card->node, &drafting->log, em);
}

tg_err tg_cmd_card_draft(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(drafting) struct drafting drafting = {.cli = cli, .args = args};
    TG_AUTO(tg_buf) struct tg_buf bytes = {0};
    const char *out = tg_args_text(args, "out", DRAFT_NAME);
    const bool keys = tg_args_has(args, "rotate") || tg_args_has(args, "revoke");
    tg_err err = draft_begin(&drafting, em);
    if (!err) err = prologue_begin(&drafting, em);
    if (!err && keys) err = keys_open(&drafting, em);
    if (!err && keys) err = rotates_take(&drafting, em);
    if (!err) err = ranges_continue(&drafting, em);
    if (!err) err = words_take(args, drafting.draft.card, em);
    if (!err) err = tg_card_draft_encode(&drafting.draft, &bytes, em);
    if (!err && drafting.keys_changed) err = tg_keys_save(cli, &drafting.keys, em);
    if (!err) err = tg_file_write(out, tg_buf_view(&bytes), DRAFT_MODE, em);
    if (!err) err = tg_card_changes_print(cli, drafting.draft.previous.card, drafting.draft.card);
    if (!err && drafting.draft.begins) tg_prologue_print(cli, &drafting.draft.prologue);
    if (!err)
        tg_talk(cli,
                "\ndraft: %s. On the offline machine:\n  tamga card sign %s --keys DIR -o card.note\nthen "
                "here: tamga "
                "card install card.note%s\n",
                out, out, tg_args_has(args, "revoke") ? " --revoke" : "");
    return err;
}

/* ---- install ---- */

/* Before the first start: the card is the one that `init` drafted, and is put beside it. */
static tg_err install_first(struct tg_cli *cli, const char *folder, const struct tg_card_file *file,
                            struct tg_errmsg *em)
{
    char draft_path[TG_CLI_PATH_BYTES_MAX], path[TG_CLI_PATH_BYTES_MAX];
    TG_AUTO(tg_card_draft) struct tg_card_draft draft = {.card = NULL};
    tg_err err = tg_path_join(folder, DRAFT_NAME, draft_path, sizeof draft_path, em);
    if (!err) err = tg_path_join(folder, CARD_NAME, path, sizeof path, em);
    if (!err) err = tg_card_draft_read(draft_path, &draft, em);
    if (err) return err;
    if (!tg_hash_equal(&draft.card->text_hash, &file->card->text_hash))
        return tg_fail(em, TG_EVALUE, "the card is not the one that '%s' drafts", draft_path);
    err = tg_file_create(path, tg_buf_view(&file->note), DRAFT_MODE, em);
    if (err) return err;
    (void)unlink(draft_path);
    tg_talk(cli, "card %" PRIu64 " of %s is in its place: start the node\n", file->card->serial,
            file->card->country);
    return TG_OK;
}

/* A folder that waits for its first card; out is "" when it is none. */
static tg_err first_folder(const struct tg_cli *cli, char out[static TG_CLI_PATH_BYTES_MAX],
                           struct tg_errmsg *em)
{
    TG_AUTO_FREE struct tg_config *config = calloc(1, sizeof *config);
    char path[TG_CLI_PATH_BYTES_MAX];
    out[0] = 0;
    if (!config) return TG_ENOMEM;
    if (tg_keys_settings(cli, config, NULL, NULL)) return TG_OK;
    tg_err err = tg_path_join(config->node.data, CARD_NAME, path, sizeof path, em);
    if (!err && access(path, F_OK)) err = tg_path_join(config->node.data, "", out, TG_CLI_PATH_BYTES_MAX, em);
    return err;
}

static tg_err installed_put(struct tg_cli *cli, const struct tg_control_msg *done)
{
    const bool restart = tg_control_number(done, "restart", 0) != 0;
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "installed");
        tg_json_number(&json, "serial", tg_control_number(done, "serial", 0));
        tg_json_number(&json, "restart", restart);
        if (tg_control_has(done, "epoch"))
            tg_json_number(&json, "epoch", tg_control_number(done, "epoch", 0));
        return tg_json_put(&json, cli);
    }
    tg_put(cli, "card %" PRId64 " is installed, and partners are told\n",
           tg_control_number(done, "serial", 0));
    if (tg_control_has(done, "epoch"))
        tg_put(cli, "our log goes on as epoch %" PRId64 "\n", tg_control_number(done, "epoch", 0));
    if (tg_control_has(done, "waits")) tg_put_wrapped(cli, "not yet: ", 9, tg_row_view(done, "waits"));
    if (restart)
        tg_talk(cli, "its keys are taken at the next start: when 'tamga key list' says that partners\n"
                     "have the card, start the node anew (systemctl restart tamgad)\n");
    return TG_OK;
}

tg_err tg_cmd_card_install(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO(tg_card_file) struct tg_card_file file = {0};
    TG_AUTO(tg_request) struct tg_request request;
    TG_AUTO(tg_arena) struct tg_arena arena;
    char folder[TG_CLI_PATH_BYTES_MAX];
    struct tg_control_msg done;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_request_begin(cli, &request, "card.install");
    tg_err err = tg_card_file_read(args->words[0], &file, em);
    if (!err && file.card->serial == 1) {
        err = first_folder(cli, folder, em);
        if (err || folder[0]) return err ? err : install_first(cli, folder, &file, em);
    }
    if (err) return err;
    tg_control_put_view(&request.out, "card", tg_buf_view(&file.note));
    if (file.prologue.bytes) tg_control_put_view(&request.out, "prologue", tg_buf_view(&file.prologue));
    tg_request_option(&request, args, "revoke");
    err = tg_session_call(cli, &request, NULL, NULL, &arena, &done, em);
    return err ? err : installed_put(cli, &done);
}
