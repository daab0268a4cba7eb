/* Evidence bundles: many records with all that it takes to check them, and a sheet that sums up what is there.
 *
 * The sheet says nothing that cannot be worked out from the other files, except who made it, when, and what state the
 * maker's node gave each record: a reader works it out anew and compares.
 *
 * Must not know: stores, peers, folders. Format: docs/formats-evidence.md "Evidence bundle".
 */
#ifndef TG_PROTO_BUNDLE_H
#define TG_PROTO_BUNDLE_H

#include "proto/evidence.h"
#include "proto/receipt.h"
#include "proto/tiles.h"

/* Files of a bundle, and the folders that the others stand in. */
#define TG_BUNDLE_SUMS_NAME "SHA256SUMS"
#define TG_BUNDLE_SHEET_NAME "sheet.json"
#define TG_BUNDLE_TEXT_NAME "SHEET.txt"
#define TG_BUNDLE_CARDS_FOLDER "cards/"
#define TG_BUNDLE_RECORDS_FOLDER "records/"
#define TG_BUNDLE_RECEIPTS_FOLDER "receipts/"
#define TG_BUNDLE_CHECKPOINTS_FOLDER "checkpoints/"

/* X(ID, "name", "what has been checked when it passes") */
#define TG_BUNDLE_STEPS(X)                                                                        \
    X(SUMS, "sums", "every file is listed, is there, and is what its sum says")                   \
    X(CARDS, "cards", "each chain goes from its node's first root key to its newest card")        \
    X(RECORDS, "records", "every evidence file holds, each step of it")                           \
    X(CHECKPOINTS, "checkpoints", "signed by their logs; cosignatures of nodes with a card hold") \
    X(RECEIPTS, "receipts", "each signed by the store key of the card that it cites")             \
    X(SHEET, "sheet", "says what the other files say, in both forms")
enum tg_bundle_step {
#define TG_BUNDLE_ENUM(id, name, text) TG_BUNDLE_##id,
    TG_BUNDLE_STEPS(TG_BUNDLE_ENUM)
#undef TG_BUNDLE_ENUM
        TG_BUNDLE_STEP_COUNT
};
const char *tg_bundle_step_name(enum tg_bundle_step step);

/* What the maker said and nobody can work out; texts in the arena. */
struct tg_bundle_said {
    uint64_t made; /* unix seconds */
    struct tg_node_id by;
    bool contents;
    size_t record_count;
    const char *files[TG_BUNDLE_RECORDS_MAX];  /* in order of the sheet */
    const char *states[TG_BUNDLE_RECORDS_MAX]; /* "live" and the like */
};
/* Reads these fields of a sheet and passes over the rest, which the reader works out anew. TG_EFORMAT, TG_ELIMIT,
 * TG_EVERSION, TG_EMAGIC, TG_ENOMEM. */
tg_err tg_bundle_said_parse(struct tg_view sheet, struct tg_arena *arena, struct tg_bundle_said *ret_said,
                            struct tg_errmsg *em);

struct tg_bundle_record {
    const char *file;
    struct tg_evidence evidence;
    struct tg_evidence_report report;
};
struct tg_bundle_receipt {
    const char *file;
    struct tg_receipt receipt;
    const struct tg_card *card;
};
struct tg_bundle_checkpoint {
    const char *file;
    struct tg_checkpoint checkpoint;
    struct tg_cosigned cosigned;
};
/* Everything in one, checked; memory in the arena. */
struct tg_bundle {
    enum tg_bundle_step step;      /* that refused, or TG_BUNDLE_STEP_COUNT */
    size_t file_count;             /* that have a sum */
    struct tg_known_cards known;   /* those in it alone, so that every reader works out the same sheet */
    const struct tg_card **newest; /* of each chain in the bundle, in order of file names */
    size_t chain_count;
    struct tg_bundle_record *records;
    size_t record_count;
    struct tg_bundle_checkpoint *checkpoints;
    size_t checkpoint_count;
    struct tg_bundle_receipt *receipts;
    size_t receipt_count;
};

/* Read and check every file but sums and sheet.
 *
 * names    of all files, sorted by bytes; those of sums and sheet are passed over. They live as long as the bundle
 * outside  cards that the reader has: a chain in the bundle must not contradict them, and may begin with one of them
 *          instead of serial 1. NULL for the maker, who takes what its node holds
 *
 * The first failing step's error is returned, with a message that begins with its name and names the file. */
tg_err tg_bundle_load(const struct tg_tiles_source *source, const char *const *names, size_t count,
                      const struct tg_known_cards *outside, struct tg_arena *arena,
                      struct tg_bundle *ret_bundle, struct tg_errmsg *em);
/* Sums compared, then tg_bundle_load, then the sheet made anew and compared. ret_said: also filled. */
tg_err tg_bundle_verify(const struct tg_tiles_source *source, const struct tg_known_cards *outside,
                        struct tg_arena *arena, struct tg_bundle *ret_bundle, struct tg_bundle_said *ret_said,
                        struct tg_errmsg *em);

/* The sheet, appended: as JSON, and for people, 80 columns wide. said->files must be those of the records. */
tg_err tg_bundle_sheet_json(const struct tg_bundle *bundle, const struct tg_bundle_said *said,
                            struct tg_buf *out);
tg_err tg_bundle_sheet_text(const struct tg_bundle *bundle, const struct tg_bundle_said *said,
                            struct tg_buf *out);

/* What the newest receipt in the bundle by that node says of a record: "stored", "missing", "refused", "withdrawn",
 * "not yet known", "no receipt". Static. */
const char *tg_bundle_holding(const struct tg_bundle *bundle, const struct tg_bundle_record *record,
                              const struct tg_node_id *by);

#endif
