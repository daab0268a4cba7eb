/* restore --recovery-key: the recovery key is read here, lent to the node a page at a time, and what came of it told.
 *
 * The secret leaves this process sealed to the node's seal key alone, and is written nowhere. Verb `recovery`:
 * docs/control.md.
 */
#include "cli/recovery.h"

#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/tables.h"
#include "crypto/hpke.h"
#include "proto/card.h"
#include "proto/control.h"

#define SECRET_NAME "recovery"
#define WRITTEN_WAIT_MS 20000
#define LOOK_MS 100

struct recovering {
    struct tg_cli *cli;
    struct tg_keys keys;
    struct tg_card *card; /* of the node */
    int64_t opened, refused, readable;
    bool listed;
    struct tg_table table;
    struct tg_errmsg *em;
};

static void recovering_free(struct recovering *recovering)
{
    if (!recovering) return;
    tg_table_release(&recovering->table);
    tg_keys_release(&recovering->keys);
    free(recovering->card);
    free(recovering);
}
TG_AUTO_PTR_DEFINE(recovering, recovering_free)

static tg_err secret_read(struct recovering *recovering, const struct tg_args *args)
{
    char folder[TG_KEYS_PATH_BYTES];
    const char *path = tg_args_text(args, "recovery-key", ""), *slash = strrchr(path, '/');
    (void)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    tg_err err = tg_keys_open(recovering->cli, slash == path ? "/" : folder, slash ? slash + 1 : path,
                              tg_args_text(args, "passphrase-file", NULL), &recovering->keys, recovering->em);
    const struct tg_secret *secret = err ? NULL : tg_keyfile_get(&recovering->keys.keyfile, SECRET_NAME);
    if (!err && (!secret || tg_secret_bytes(secret) != TG_KEY_BYTES))
        err = tg_fail(recovering->em, TG_EKEY, "'%s' holds no recovery key", path);
    return err;
}

static tg_err node_card(struct recovering *recovering)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg done;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    recovering->card = calloc(1, sizeof *recovering->card);
    if (!recovering->card) return tg_fail(recovering->em, TG_ENOMEM, "out of memory");
    tg_err err = tg_session_ask(recovering->cli, "card", &arena, &done, recovering->em);
    return err ? err : tg_card_open(tg_row_view(&done, "card"), recovering->card, recovering->em);
}

/* enc ‖ ciphertext, fresh for each call. */
static tg_err secret_seal(const struct recovering *recovering, struct tg_buf *out)
{
    static const char info[] = TG_CONTROL_RECOVERY_INFO;
    uint8_t sealed[TG_HPKE_ENC_BYTES + TG_KEY_BYTES + TG_HPKE_TAG_BYTES];
    const struct tg_secret *secret = tg_keyfile_get(&recovering->keys.keyfile, SECRET_NAME);
    tg_err err = tg_hpke_seal(&recovering->card->seal, TG_VIEW_ARRAY(info),
                              TG_VIEW_ARRAY(recovering->card->node.bytes),
                              tg_view_of(tg_secret_data(secret), TG_KEY_BYTES), recovering->cli->random,
                              sealed, sealed + TG_HPKE_ENC_BYTES);
    return err ? err : tg_buf_put(out, sealed, sizeof sealed);
}

static tg_err on_row(void *ctx, const struct tg_control_msg *msg)
{
    struct recovering *recovering = ctx;
    if (!tg_row_is(msg, "closed")) return TG_OK;
    tg_table_fields(&recovering->table, msg, tg_table_closed.as);
    recovering->refused++;
    return recovering->table.err;
}

static tg_err pages(struct recovering *recovering)
{
    bool more = true;
    int64_t at_log = 0, below = INT64_MAX;
    while (more) {
        TG_AUTO(tg_request) struct tg_request request;
        TG_AUTO(tg_arena) struct tg_arena arena;
        TG_AUTO(tg_buf) struct tg_buf sealed = {0};
        struct tg_control_msg done;
        tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
        tg_request_begin(recovering->cli, &request, "recovery");
        tg_err err = secret_seal(recovering, &sealed);
        if (err) return err;
        tg_request_data(&request, "sealed", tg_buf_view(&sealed));
        if (below != INT64_MAX) {
            tg_request_number(&request, "at_log", at_log);
            tg_request_number(&request, "below", below);
        }
        err = tg_session_call(recovering->cli, &request, on_row, recovering, &arena, &done, recovering->em);
        if (err) return err;
        recovering->opened += tg_control_number(&done, "opened", 0);
        recovering->listed = tg_control_number(&done, "listed", 0) != 0;
        more = tg_control_number(&done, "more", 0) != 0;
        at_log = tg_control_number(&done, "at_log", 0);
        below = tg_control_number(&done, "below", 0);
    }
    return TG_OK;
}

/* What is opened is written with the node's next groups: until it is, or for so long. */
static tg_err written(struct recovering *recovering, struct tg_arena *arena,
                      struct tg_control_msg *ret_status)
{
    const int64_t until = tg_clock_mono_us(recovering->cli->clock) / 1000 + WRITTEN_WAIT_MS;
    for (;;) {
        tg_arena_clear(arena);
        tg_err err = tg_session_ask(recovering->cli, "status", arena, ret_status, recovering->em);
        if (err) return err;
        int64_t closed = tg_control_number(ret_status, "own_envelopes", 0) -
                         tg_control_number(ret_status, "own_readable", 0);
        if (closed <= recovering->refused || tg_clock_mono_us(recovering->cli->clock) / 1000 > until)
            return TG_OK;
        struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
    }
}

static tg_err told(struct recovering *recovering)
{
    TG_AUTO(tg_arena) struct tg_arena arena;
    struct tg_control_msg status;
    struct tg_cli *cli = recovering->cli;
    tg_arena_init(&arena, TG_CONTROL_PARSE_BUDGET_BYTES);
    tg_err err = written(recovering, &arena, &status);
    if (err) return err;
    int64_t known = tg_control_number(&status, "own_known", 0),
            envelopes = tg_control_number(&status, "own_envelopes", 0),
            readable = tg_control_number(&status, "own_readable", 0);
    if (cli->format == TG_FORMAT_JSON) {
        struct tg_json json;
        tg_json_begin(&json, "recovered");
        tg_json_number(&json, "opened", recovering->opened);
        tg_json_number(&json, "refused", recovering->refused);
        tg_json_number(&json, "own_known", known);
        tg_json_number(&json, "own_envelopes", envelopes);
        tg_json_number(&json, "own_readable", readable);
        return tg_json_put(&json, cli);
    }
    tg_put(cli, "%lld opened by the recovery key%s\n", (long long)recovering->opened,
           recovering->opened || recovering->refused ? "" : ": nothing was closed");
    tg_put(cli, "%lld of %lld own entries are here with their contents, %lld of these readable\n",
           (long long)envelopes, (long long)known, (long long)readable);
    if (envelopes < known)
        tg_put(cli,
               "%lld have no contents here: no key helps. What partners hold of them comes\n"
               "with the links; what was kept for this node alone is lost\n",
               (long long)(known - envelopes));
    if (recovering->refused)
        tg_put(cli,
               "%lld were sealed to another recovery key, as the rows say: 'tamga card sign\n"
               "--rotate-recovery' keeps the one before as old-recovery.key\n",
               (long long)recovering->refused);
    return TG_OK;
}

tg_err tg_restore_recovery(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    if (args->word_count)
        return tg_fail(em, TG_EUSAGE,
                       "'--recovery-key' goes to the node that runs: restore and start it first, then 'tamga "
                       "restore --recovery-key FILE' alone");
    TG_AUTO_PTR(recovering) struct recovering *recovering = calloc(1, sizeof *recovering);
    if (!recovering) return tg_fail(em, TG_ENOMEM, "out of memory");
    recovering->cli = cli;
    recovering->em = em;
    tg_table_start(&recovering->table, cli, &tg_table_closed);
    tg_err err = secret_read(recovering, args);
    if (!err) err = node_card(recovering);
    if (!err) err = pages(recovering);
    if (err) return tg_context(em, err, "nothing was opened");
    if (!recovering->opened && recovering->refused)
        return tg_fail(
            em, TG_EKEY,
            "it opens none of the %lld own envelopes that are closed: nothing was changed. It is %s",
            (long long)recovering->refused,
            recovering->listed ? "the recovery key of this node's card, but not the one that they "
                                 "were sealed to: try old-recovery.key"
                               : "not the recovery key of this node's card");
    if (recovering->refused) err = tg_table_end(&recovering->table);
    return err ? err : told(recovering);
}
