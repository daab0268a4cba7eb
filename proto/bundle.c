/* Evidence bundles: every file of one checked, cards first, since all else stands on them.
 *
 * Must not know: stores, peers, folders. Format: docs/formats-evidence.md "Evidence bundle".
 */
#include "proto/bundle.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "proto/card_chain.h"
#include "proto/receipt_known.h"

static const struct {
    const char *name, *text;
} steps[] = {
#define TG_BUNDLE_ROW(id, name, text) {name, text},
    TG_BUNDLE_STEPS(TG_BUNDLE_ROW)
#undef TG_BUNDLE_ROW
};

const char *tg_bundle_step_name(enum tg_bundle_step step)
{
    return (size_t)step < sizeof steps / sizeof steps[0] ? steps[step].name : "nothing";
}

/* One load. */
struct loading {
    const struct tg_tiles_source *source;
    const char *const *names;
    size_t count;
    const struct tg_known_cards *outside;
    struct tg_arena *arena;
    const struct tg_card **cards; /* of the bundle */
    struct tg_bundle *bundle;
    struct tg_errmsg *em;
};

static bool stands_in(const char *name, const char *folder)
{
    return strncmp(name, folder, strlen(folder)) == 0;
}

static tg_err refuse(struct loading *loading, enum tg_bundle_step step, const char *name, tg_err err)
{
    loading->bundle->step = step;
    return tg_context(loading->em, err, "%s: '%.100s'", tg_bundle_step_name(step), name);
}

/* The file's bytes, in the arena. */
static tg_err file_read(struct loading *loading, enum tg_bundle_step step, const char *name, size_t bytes_max,
                        struct tg_view *ret_view)
{
    TG_AUTO(tg_buf) struct tg_buf file = {0};
    tg_err err = loading->source->read(loading->source->ctx, name, bytes_max, &file, loading->em);
    if (err) return refuse(loading, step, name, err);
    const uint8_t *copy = tg_arena_copy(loading->arena, file.data, file.bytes);
    if (!copy) return refuse(loading, step, name, tg_fail(loading->em, TG_ENOMEM, "over the memory budget"));
    *ret_view = tg_view_of(copy, file.bytes);
    return TG_OK;
}

static size_t files_in(const struct loading *loading, const char *folder)
{
    size_t count = 0;
    for (size_t i = 0; i < loading->count; i++) count += stands_in(loading->names[i], folder);
    return count;
}

/* ---- cards ---- */

/* A chain begins with the first card, or behind one that the reader has; and says nothing else than the reader's. */
static tg_err chain_check(struct loading *loading, const struct tg_card *const *cards, size_t count)
{
    bool rooted = cards[0]->serial == 1;
    if (!loading->outside) return TG_OK;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < loading->outside->count; k++) {
            const struct tg_card *outside = loading->outside->cards[k];
            if (!tg_node_id_equal(&outside->node, &cards[i]->node) || outside->serial != cards[i]->serial)
                continue;
            if (!tg_hash_equal(&outside->text_hash, &cards[i]->text_hash))
                return tg_fail(loading->em, TG_EFORK,
                               "the card that you gave of this node with serial %llu is another",
                               (unsigned long long)outside->serial);
            rooted = rooted || i == 0;
        }
    if (rooted) return TG_OK;
    return tg_fail(loading->em, TG_EKEY,
                   "it begins with serial %llu: give that card, got from the node, with --card",
                   (unsigned long long)cards[0]->serial);
}

static tg_err chain_load(struct loading *loading, const char *name)
{
    struct tg_view file;
    const struct tg_card **cards = NULL;
    size_t count = 0;
    uint64_t bad;
    struct tg_bundle *bundle = loading->bundle;
    tg_err err =
        file_read(loading, TG_BUNDLE_CARDS, name, (size_t)TG_CARD_CHAIN_MAX * TG_NOTE_BYTES_MAX, &file);
    if (err) return err;
    err = tg_card_chain_open(file, loading->arena, &cards, &count, &bad, loading->em);
    if (!err) err = chain_check(loading, cards, count);
    if (!err && bundle->known.count + count > TG_CARD_CHAIN_MAX * 2)
        err = tg_fail(loading->em, TG_ELIMIT, "too many cards");
    if (err) return refuse(loading, TG_BUNDLE_CARDS, name, err);
    for (size_t i = 0; i < count; i++) loading->cards[bundle->known.count++] = cards[i];
    bundle->newest[bundle->chain_count++] = cards[count - 1];
    return TG_OK;
}

static tg_err cards_load(struct loading *loading)
{
    struct tg_bundle *bundle = loading->bundle;
    loading->cards = tg_arena_take_array(loading->arena, TG_CARD_CHAIN_MAX * 2, sizeof(struct tg_card *));
    bundle->newest = tg_arena_take_array(loading->arena, files_in(loading, TG_BUNDLE_CARDS_FOLDER) + 1,
                                         sizeof(struct tg_card *));
    if (!loading->cards || !bundle->newest) return tg_fail(loading->em, TG_ENOMEM, "over the memory budget");
    bundle->known.cards = loading->cards;
    for (size_t i = 0; i < loading->count; i++) {
        if (!stands_in(loading->names[i], TG_BUNDLE_CARDS_FOLDER)) continue;
        tg_err err = chain_load(loading, loading->names[i]);
        if (err) return err;
    }
    return TG_OK;
}

/* ---- what stands on them ---- */

static tg_err record_load(struct loading *loading, const char *name)
{
    struct tg_view file;
    struct tg_bundle *bundle = loading->bundle;
    struct tg_bundle_record *record = &bundle->records[bundle->record_count++];
    record->file = name;
    tg_err err = file_read(loading, TG_BUNDLE_RECORDS, name, TG_EVIDENCE_BYTES_MAX, &file);
    if (err) return err;
    err = tg_evidence_parse(file, loading->arena, &record->evidence, NULL, loading->em);
    if (!err)
        err = tg_evidence_verify(&record->evidence, bundle->known.cards, bundle->known.count, loading->arena,
                                 &record->report, loading->em);
    return err ? refuse(loading, TG_BUNDLE_RECORDS, name, err) : TG_OK;
}

static tg_err checkpoint_load(struct loading *loading, const char *name)
{
    struct tg_view file;
    const struct tg_note_key *key;
    struct tg_bundle *bundle = loading->bundle;
    struct tg_bundle_checkpoint *checkpoint = &bundle->checkpoints[bundle->checkpoint_count++];
    checkpoint->file = name;
    tg_err err = file_read(loading, TG_BUNDLE_CHECKPOINTS, name, TG_NOTE_BYTES_MAX, &file);
    if (err) return err;
    err = tg_cosigned_open(file, NULL, &bundle->known, loading->arena, &checkpoint->checkpoint, &key,
                           &checkpoint->cosigned, loading->em);
    return err ? refuse(loading, TG_BUNDLE_CHECKPOINTS, name, err) : TG_OK;
}

static tg_err receipt_load(struct loading *loading, const char *name)
{
    struct tg_view file;
    struct tg_bundle *bundle = loading->bundle;
    struct tg_bundle_receipt *receipt = &bundle->receipts[bundle->receipt_count++];
    receipt->file = name;
    tg_err err = file_read(loading, TG_BUNDLE_RECEIPTS, name, TG_RECEIPT_BYTES_MAX, &file);
    if (err) return err;
    err = tg_receipt_open_known(file, &bundle->known, loading->arena, &receipt->receipt, &receipt->card,
                                loading->em);
    return err ? refuse(loading, TG_BUNDLE_RECEIPTS, name, err) : TG_OK;
}

static tg_err each(struct loading *loading, const char *folder,
                   tg_err (*load)(struct loading *, const char *))
{
    tg_err err = TG_OK;
    for (size_t i = 0; i < loading->count && !err; i++)
        if (stands_in(loading->names[i], folder)) err = load(loading, loading->names[i]);
    return err;
}

static bool is_known_name(const char *name)
{
    static const char *const folders[] = {TG_BUNDLE_CARDS_FOLDER, TG_BUNDLE_RECORDS_FOLDER,
                                          TG_BUNDLE_CHECKPOINTS_FOLDER, TG_BUNDLE_RECEIPTS_FOLDER};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (stands_in(name, folders[i])) return true;
    return strcmp(name, TG_BUNDLE_SHEET_NAME) == 0 || strcmp(name, TG_BUNDLE_TEXT_NAME) == 0;
}

tg_err tg_bundle_load(const struct tg_tiles_source *source, const char *const *names, size_t count,
                      const struct tg_known_cards *outside, struct tg_arena *arena,
                      struct tg_bundle *ret_bundle, struct tg_errmsg *em)
{
    *ret_bundle = (struct tg_bundle){.step = TG_BUNDLE_STEP_COUNT, .file_count = count};
    struct loading loading = {source, names, count, outside, arena, NULL, ret_bundle, em};
    for (size_t i = 0; i < count; i++)
        if (!is_known_name(names[i]))
            return refuse(&loading, TG_BUNDLE_SUMS, names[i],
                          tg_fail(em, TG_EFORMAT, "belongs to no bundle"));
    if (files_in(&loading, TG_BUNDLE_RECORDS_FOLDER) > TG_BUNDLE_RECORDS_MAX)
        return refuse(&loading, TG_BUNDLE_SUMS, TG_BUNDLE_RECORDS_FOLDER,
                      tg_fail(em, TG_ELIMIT, "too many files"));
    ret_bundle->records = tg_arena_take_array(arena, count + 1, sizeof *ret_bundle->records);
    ret_bundle->checkpoints = tg_arena_take_array(arena, count + 1, sizeof *ret_bundle->checkpoints);
    ret_bundle->receipts = tg_arena_take_array(arena, count + 1, sizeof *ret_bundle->receipts);
    if (!ret_bundle->records || !ret_bundle->checkpoints || !ret_bundle->receipts)
        return tg_fail(em, TG_ENOMEM, "over the memory budget");
    tg_err err = cards_load(&loading);
    if (!err) err = each(&loading, TG_BUNDLE_RECORDS_FOLDER, record_load);
    if (!err) err = each(&loading, TG_BUNDLE_CHECKPOINTS_FOLDER, checkpoint_load);
    return err ? err : each(&loading, TG_BUNDLE_RECEIPTS_FOLDER, receipt_load);
}

/* ---- sums ---- */

struct sums {
    const char *names[TG_BUNDLE_FILES_MAX];
    size_t count;
};

/* Letters, digits and what file names are made of here; no way out of the folder. */
static bool name_good(struct tg_view name)
{
    for (size_t i = 0; i < name.bytes; i++) {
        char c = (char)name.data[i];
        bool first = i == 0 || name.data[i - 1] == '/';
        bool good = tg_ascii_is_alnum(c) || (!first && (c == '.' || c == '-' || c == '_' || c == '/'));
        if (!good) return false;
    }
    return name.bytes && name.bytes <= TG_BACKUP_NAME_BYTES_MAX && name.data[name.bytes - 1] != '/';
}

/* "<64 hex digits>  <name>" */
static tg_err sum_line(struct loading *loading, struct tg_view line, struct sums *sums)
{
    struct tg_hash want, have;
    bool shape = line.bytes > 66 && line.data[64] == ' ' && line.data[65] == ' ' &&
                 !tg_hex_decode(tg_view_of(line.data, 64), want.bytes, TG_HASH_BYTES);
    struct tg_view name = shape ? tg_view_of(line.data + 66, line.bytes - 66) : line, file;
    if (!shape || !name_good(name))
        return tg_fail(loading->em, TG_EFORMAT, "sums: a line of '" TG_BUNDLE_SUMS_NAME "' is none of a sum");
    const char *text = tg_arena_text(loading->arena, name);
    if (!text) return tg_fail(loading->em, TG_ENOMEM, "over the memory budget");
    if (sums->count == TG_BUNDLE_FILES_MAX)
        return tg_fail(loading->em, TG_ELIMIT, "sums: more than %d files", TG_BUNDLE_FILES_MAX);
    if (sums->count && strcmp(sums->names[sums->count - 1], text) >= 0)
        return tg_fail(loading->em, TG_EFORMAT, "sums: '%.100s' is out of order, or comes twice", text);
    sums->names[sums->count++] = text;
    tg_err err =
        file_read(loading, TG_BUNDLE_SUMS, text, (size_t)TG_CARD_CHAIN_MAX * TG_NOTE_BYTES_MAX, &file);
    if (err) return err;
    tg_sha256_of(file, &have);
    if (tg_hash_equal(&have, &want)) return TG_OK;
    return tg_fail(loading->em, TG_EHASH, "sums: '%.100s' was changed: it is not what its sum says", text);
}

static tg_err sums_check(struct loading *loading, struct sums *sums)
{
    struct tg_view text;
    loading->bundle->step = TG_BUNDLE_SUMS;
    tg_err err = file_read(loading, TG_BUNDLE_SUMS, TG_BUNDLE_SUMS_NAME, TG_BACKUP_SUMS_BYTES_MAX * 4, &text);
    while (!err && text.bytes) {
        const uint8_t *end = memchr(text.data, '\n', text.bytes);
        if (!end) return tg_fail(loading->em, TG_ESHORT, "sums: '" TG_BUNDLE_SUMS_NAME "' is cut off");
        size_t bytes = (size_t)(end - text.data);
        err = sum_line(loading, tg_view_of(text.data, bytes), sums);
        text = tg_view_of(end + 1, text.bytes - bytes - 1);
    }
    return err;
}

/* ---- the sheet ---- */

static tg_err sheet_compare(struct loading *loading, const char *name, const struct tg_buf *want)
{
    struct tg_view have;
    tg_err err = file_read(loading, TG_BUNDLE_SHEET, name, TG_BUNDLE_SHEET_BYTES_MAX, &have);
    if (err || tg_view_equal(have, tg_buf_view(want))) return err;
    return refuse(loading, TG_BUNDLE_SHEET, name,
                  tg_fail(loading->em, TG_EVALUE, "says something else than the other files"));
}

static tg_err sheet_check(struct loading *loading, struct tg_bundle_said *said)
{
    struct tg_view sheet;
    TG_AUTO(tg_buf) struct tg_buf json = {0}, text = {0};
    const struct tg_bundle *bundle = loading->bundle;
    tg_err err = file_read(loading, TG_BUNDLE_SHEET, TG_BUNDLE_SHEET_NAME, TG_BUNDLE_SHEET_BYTES_MAX, &sheet);
    if (err) return err;
    err = tg_bundle_said_parse(sheet, loading->arena, said, loading->em);
    bool same = !err && said->record_count == bundle->record_count;
    for (size_t i = 0; same && i < said->record_count; i++)
        same = strcmp(said->files[i], bundle->records[i].file) == 0;
    if (!err && !same) err = tg_fail(loading->em, TG_EVALUE, "lists other records than are there");
    if (!err) err = tg_bundle_sheet_json(bundle, said, &json);
    if (!err) err = tg_bundle_sheet_text(bundle, said, &text);
    if (err) return refuse(loading, TG_BUNDLE_SHEET, TG_BUNDLE_SHEET_NAME, err);
    err = sheet_compare(loading, TG_BUNDLE_SHEET_NAME, &json);
    return err ? err : sheet_compare(loading, TG_BUNDLE_TEXT_NAME, &text);
}

tg_err tg_bundle_verify(const struct tg_tiles_source *source, const struct tg_known_cards *outside,
                        struct tg_arena *arena, struct tg_bundle *ret_bundle, struct tg_bundle_said *ret_said,
                        struct tg_errmsg *em)
{
    *ret_bundle = (struct tg_bundle){.step = TG_BUNDLE_STEP_COUNT};
    struct sums *sums = tg_arena_take(arena, sizeof *sums);
    if (!sums) return tg_fail(em, TG_ENOMEM, "over the memory budget");
    struct loading loading = {source, NULL, 0, outside, arena, NULL, ret_bundle, em};
    tg_err err = sums_check(&loading, sums);
    if (!err) err = tg_bundle_load(source, sums->names, sums->count, outside, arena, ret_bundle, em);
    return err ? err : sheet_check(&loading, ret_said);
}
