/* verify: anything that was given out as a proof, checked offline: what it proves, and what it does not.
 *
 * Knows no node and no format: each kind of thing has a row and a file of its own.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cli/verify.h"
#include "proto/card_chain.h"

#define ARENA_BYTES 536870912
#define CARDS_BYTES_MAX ((size_t)TG_CARD_CHAIN_MAX * TG_NOTE_BYTES_MAX)

const struct tg_option tg_verify_options[] = {
    {"card", 0, TG_OPTION_FILE, true, "FILE",
     "a card that you got another way, of the origin or of a witness; may repeat", NULL, 0, 0},
    {"since", 0, TG_OPTION_FILE, false, "FILE",
     "of a log as tiles: an older checkpoint of it that must still hold", NULL, 0, 0},
    {"contents", 0, TG_OPTION_FLAG, false, NULL, "show what the record says", NULL, 0, 0},
    TG_OPTION_END,
};

/* By what a thing begins with, or by what stands in a folder. The first that fits takes it, so the last takes all. */
const struct tg_verify_kind tg_verify_kinds[] = {
    {"evidence bundle", tg_verify_is_bundle, tg_verify_bundle},
    {"log as tiles", tg_verify_is_tiles, tg_verify_tiles},
    {"tlog-proof", tg_verify_is_proof, tg_verify_proof},
    {"receipt", tg_verify_is_receipt, tg_verify_receipt},
    {"card", tg_verify_is_cards, tg_verify_cards},
    {"checkpoint", tg_verify_is_checkpoint, tg_verify_checkpoint},
    {"fork proof", tg_verify_is_fork, tg_verify_fork},
    {"withholding", tg_verify_is_withholding, tg_verify_withholding},
    {"evidence file", tg_verify_is_evidence, tg_verify_evidence},
};
const size_t tg_verify_kinds_count = sizeof tg_verify_kinds / sizeof tg_verify_kinds[0];

/* One file may hold the cards of one node one behind the other. */
static tg_err card_file_take(struct tg_verifying *verifying, const char *path,
                             const struct tg_card ***ret_cards, size_t *ret_count, struct tg_errmsg *em)
{
    uint64_t bad = 0;
    struct tg_buf file = {0};
    tg_err err = tg_file_read(path, CARDS_BYTES_MAX, &file, em);
    if (!err) {
        err = tg_card_chain_open(tg_buf_view(&file), &verifying->arena, ret_cards, ret_count, &bad, em);
        if (err) err = tg_context(em, err, "'%s' is no card", path);
    }
    tg_buf_release(&file);
    return err;
}

static tg_err cards_read(struct tg_verifying *verifying, struct tg_errmsg *em)
{
    const char *path;
    const struct tg_card **all = tg_arena_take_array(&verifying->arena, TG_CARD_CHAIN_MAX, sizeof *all);
    if (!all) return tg_fail(em, TG_ENOMEM, "out of memory");
    for (size_t at = 0; (path = tg_args_each(verifying->args, "card", &at));) {
        const struct tg_card **cards = NULL;
        size_t count = 0;
        tg_err err = card_file_take(verifying, path, &cards, &count, em);
        if (err) return err;
        if (verifying->known.count + count > TG_CARD_CHAIN_MAX)
            return tg_fail(em, TG_EUSAGE, "more than %d cards", TG_CARD_CHAIN_MAX);
        for (size_t i = 0; i < count; i++) all[verifying->known.count++] = cards[i];
    }
    verifying->known.cards = all;
    return TG_OK;
}

static tg_err thing_read(struct tg_verifying *verifying, struct tg_errmsg *em)
{
    struct stat about;
    const char *since = tg_args_text(verifying->args, "since", NULL);
    verifying->folder = stat(verifying->path, &about) == 0 && S_ISDIR(about.st_mode);
    tg_err err =
        verifying->folder ? TG_OK : tg_file_read(verifying->path, CARDS_BYTES_MAX, &verifying->file, em);
    if (!err && since) err = tg_file_read(since, TG_NOTE_BYTES_MAX, &verifying->since, em);
    return err;
}

static tg_err thing_verify(struct tg_verifying *verifying, struct tg_errmsg *em)
{
    for (size_t i = 0; i < tg_verify_kinds_count; i++) {
        const struct tg_verify_kind *kind = &tg_verify_kinds[i];
        if (!kind->is(verifying)) continue;
        if (verifying->since.data && kind->verify != tg_verify_tiles)
            return tg_fail(em, TG_EUSAGE, "--since goes with a log as tiles, and '%s' is %s %s",
                           verifying->path, strchr("aeiou", kind->name[0]) ? "an" : "a", kind->name);
        return kind->verify(verifying, em);
    }
    return tg_fail(em, TG_EFORMAT, "'%s' is a folder with neither a checkpoint nor an evidence bundle in it",
                   verifying->path);
}

tg_err tg_cmd_verify(struct tg_cli *cli, const struct tg_args *args, struct tg_errmsg *em)
{
    TG_AUTO_FREE struct tg_verifying *verifying = calloc(1, sizeof *verifying);
    if (!verifying) return tg_fail(em, TG_ENOMEM, "out of memory");
    *verifying = (struct tg_verifying){.cli = cli, .args = args, .path = args->words[0]};
    tg_arena_init(&verifying->arena, ARENA_BYTES);
    tg_err err = cards_read(verifying, em);
    if (!err) err = thing_read(verifying, em);
    if (!err) err = thing_verify(verifying, em);
    tg_buf_release(&verifying->file);
    tg_buf_release(&verifying->since);
    tg_arena_release(&verifying->arena);
    return err;
}
