/* Foreign files → records, one at a time, whatever the format.
 *
 * Must not know: files (bytes come through a callback), stores, peers. Described in docs/records.md.
 */
#ifndef TG_PROTO_IMPORT_H
#define TG_PROTO_IMPORT_H

#include "proto/record.h"

enum tg_import_format {
    TG_IMPORT_AUTO, /* by content */
    TG_IMPORT_UN_XML,
    TG_IMPORT_CSV,
    TG_IMPORT_JSON_LINES,
};

/* What a file does not say of its own records. Texts are borrowed for the life of the import; NULL is "". A value
 * in the file wins over the profile's. Review and expiry are fixed dates, so that the same file imported twice
 * gives the same content digests. */
struct tg_import_profile {
    const char *list;
    const char *agency;
    const char *desk;
    const char *language;
    enum tg_rec_source_type source_type;
    const char *source_name;
    const char *source_reference;
    struct tg_date source_date;
    enum tg_rec_tlp tlp;
    enum tg_rec_pap pap;
    enum tg_rec_release release;
    const char *purpose;
    const char *legal_basis;
    struct tg_date review;
    struct tg_date expiry;
    enum tg_rec_reliability reliability;
    enum tg_rec_credibility credibility;
    enum tg_rec_person_status person_status;
    enum tg_kind kind;   /* of rows that name none */
    int64_t reported_ms; /* when the import runs */
};
/* The built-in profile of a format, complete for its lists: review at the end of the year after now_ms, expiry
 * a year later. */
void tg_import_profile_default(enum tg_import_format format, int64_t now_ms,
                               struct tg_import_profile *ret_profile);
/* Set one field by name ("tlp", "purpose", "review"…); text is borrowed. TG_EUSAGE for an unknown name (with the
 * nearest), TG_EVALUE for a bad value. */
tg_err tg_import_profile_set(struct tg_import_profile *profile, const char *name, const char *text,
                             struct tg_errmsg *em);

/* Bytes of the file. Returns TG_OK with 1..bytes_max bytes, or 0 at the end; errors go to the caller as they are. */
struct tg_import_input {
    tg_err (*read)(void *ctx, void *out, size_t bytes_max, size_t *ret_bytes, struct tg_errmsg *em);
    void *ctx;
};
/* An input over bytes that outlive the import. */
struct tg_import_memory {
    struct tg_view left;
};
struct tg_import_input tg_import_input_memory(struct tg_import_memory *memory);

/* The format that a file's first bytes look like (one byte that is no white space is enough): never TG_IMPORT_AUTO. For
 * choosing a default profile before tg_import_open. */
enum tg_import_format tg_import_sniff(struct tg_view first);

/* What the file is told to be; all zero: guess. */
struct tg_import_shape {
    enum tg_import_format format;
    const char *encoding; /* as iconv(3) knows it; NULL: by byte-order mark and content. CSV and JSON lines */
    char delimiter;       /* , ; \t or |; 0: by the header line. CSV */
};

struct tg_import;
/* Start an import; reads as much as it needs to see the format and the header line.
 * Errors: TG_EFORMAT no known format, TG_EVALUE unknown column, TG_EUSAGE unknown encoding, what the input's read
 * returns. */
tg_err tg_import_open(struct tg_import_input input, const struct tg_import_shape *shape,
                      const struct tg_import_profile *profile, struct tg_import **ret_import,
                      struct tg_errmsg *em);
void tg_import_free(struct tg_import *import);
enum tg_import_format tg_import_format_of(const struct tg_import *import);
/* How the file is read. A file that is ASCII so far may turn out to be more. */
struct tg_import_reading {
    const char *encoding; /* NULL: the format says it itself. Lives as long as the import */
    bool encoding_guessed;
    char delimiter; /* 0: none */
    bool delimiter_guessed;
};
struct tg_import_reading tg_import_reading_of(const struct tg_import *import);
/* "un_xml", "csv", "jsonl". Static. */
const char *tg_import_format_name(enum tg_import_format format);

enum tg_import_outcome {
    TG_IMPORT_END,
    TG_IMPORT_RECORD,
    TG_IMPORT_REFUSED, /* this one only; go on */
};
struct tg_import_item {
    enum tg_import_outcome outcome;
    struct tg_view bytes;    /* RECORD: lives in the arena */
    enum tg_kind kind;       /* RECORD */
    const char *external_id; /* "" when there is none or it was not reached; in the arena */
    uint64_t line;           /* where it begins in the file, from 1 */
    uint64_t column;         /* REFUSED: where it went wrong, from 1; 0: the whole row */
    tg_err err;              /* REFUSED: why; */
    struct tg_errmsg reason; /* in words */
};
/* The next record of the file. Clear the arena between calls when the bytes are done with.
 * A failure (unlike REFUSED) ends the import: the file is broken from here on ("line 12:7: …"), or its read
 * failed. What was given before stands. */
tg_err tg_import_next(struct tg_import *import, struct tg_arena *arena, struct tg_import_item *ret_item,
                      struct tg_errmsg *em);

#endif
