/* Records: bytes ↔ checked struct, content digest, one-line summary, lines for people, rows for the index.
 *
 * Must not know: envelopes, stores, who sent it. Described in proto/tamga.proto and docs/records.md.
 */
#ifndef TG_PROTO_RECORD_H
#define TG_PROTO_RECORD_H

#include "base/arena.h"
#include "base/limits.h"
#include "proto/record_types.h"

struct tg_record {
    enum tg_kind kind;
    /* Holds a kind, field or value that this program does not know; what it knows is filled in. */
    bool newer;
    struct tg_hash id;              /* H("tamga/record/v1" 00 ‖ bytes) */
    struct tg_hash digest;          /* content digest, see tg_record_digest */
    struct tg_view bytes;           /* the record's bytes, copied into the arena */
    const struct tg_rec_head *head; /* never NULL */
    union {
        const void *body; /* NULL for TG_KIND_NEWER */
        const struct tg_rec_alert *alert;
        const struct tg_rec_indicator *indicator;
        const struct tg_rec_person *person;
        const struct tg_rec_cell *cell;
        const struct tg_rec_facility *facility;
        const struct tg_rec_incident *incident;
        const struct tg_rec_assessment *assessment;
        const struct tg_rec_measure *measure;
        const struct tg_rec_withdrawal *withdrawal;
        const struct tg_rec_contact *contact;
        const struct tg_rec_custody *custody;
        const struct tg_rec_link *link;
        const struct tg_rec_request *request;
        const struct tg_rec_answer *answer;
        const struct tg_rec_sighting *sighting;
        const struct tg_rec_sameness *sameness;
        const struct tg_rec_dispute *dispute;
        const struct tg_rec_acknowledgement *acknowledgement;
    };
    const void *wire; /* proto/'s own business */
};

/* The record that these bytes hold, checked in every field.
 *
 * bytes      any bytes at all; copied, so they may go afterwards
 * arena      gives all memory; TG_RECORD_PARSE_BUDGET_BYTES is enough for every record that is accepted.
 *            Clear it after a failure.
 * ret_rec    lives in the arena; untouched on failure
 *
 * A selector without a normal form does not refuse a peer's record: it is kept, with its refusal text, and
 * gives no index row. Writing such a record is refused (tg_record_from_json, import).
 *
 * Errors: TG_ELIMIT too long, too many, too deep    TG_ESHORT, TG_EFORMAT  no such protobuf message
 *         TG_EVALUE a field is missing or wrong      TG_ENEWER critical parts are unknown here
 *         TG_ENOMEM over the arena's budget.         The message names the field: "person.names[2].text: …"
 * Thread: any.
 */
tg_err tg_record_decode(struct tg_view bytes, struct tg_arena *arena, struct tg_record **ret_rec,
                        struct tg_errmsg *em);

/* H("tamga/record/v1" 00 ‖ bytes). */
void tg_record_id(struct tg_view bytes, struct tg_hash *ret_id);

/* Content digest: what the record says, whenever and instead of whatever it was entered. With H' the bytes of
 * Head without its fields `reported` and `supersedes`, and B' the bytes of all other top-level fields, both as
 * they stand and in their order:
 *     H("tamga/content/v1" 00 ‖ u32 length of H' ‖ H' ‖ B')
 * TG_EFORMAT when the bytes are no record. */
tg_err tg_record_digest(struct tg_view bytes, struct tg_hash *ret_digest);

/* "person", "alert"…; "newer" for TG_KIND_NEWER. Static storage. */
const char *tg_kind_name(enum tg_kind kind);
/* False when there is none of that name. */
bool tg_kind_from_name(struct tg_view name, enum tg_kind *ret_kind);
/* All kinds this program knows, for tables and help. */
extern const enum tg_kind tg_kinds[];
extern const size_t tg_kinds_count;
/* Another number for another schema: what one did not understand the other may. */
uint32_t tg_record_schema_mark(void);

/* Enumerations by name, for options and output. */
enum tg_rec_enum {
    TG_ENUM_SOURCE_TYPE,
    TG_ENUM_TLP,
    TG_ENUM_PAP,
    TG_ENUM_RELEASE,
    TG_ENUM_RELIABILITY,
    TG_ENUM_CREDIBILITY,
    TG_ENUM_REFERENCE_ROLE,
    TG_ENUM_NAME_KIND,
    TG_ENUM_PLACE_ROLE,
    TG_ENUM_DOCUMENT_TYPE,
    TG_ENUM_SELECTOR_TYPE,
    TG_ENUM_NATURE,
    TG_ENUM_PRECEDENCE,
    TG_ENUM_THREAD_KIND,
    TG_ENUM_ON_HIT,
    TG_ENUM_SEX,
    TG_ENUM_PERSON_STATUS,
    TG_ENUM_CELL_KIND,
    TG_ENUM_CELL_STATUS,
    TG_ENUM_FACILITY_KIND,
    TG_ENUM_INCIDENT_KIND,
    TG_ENUM_INCIDENT_STATUS,
    TG_ENUM_CASUALTY_GROUP,
    TG_ENUM_ITEM_CLASS,
    TG_ENUM_FACTOR,
    TG_ENUM_SEVERITY,
    TG_ENUM_MEASURE_STATUS,
    TG_ENUM_WITHDRAWAL_REASON,
    TG_ENUM_SUBJECT_KIND,
    TG_ENUM_CONTACT_KIND,
    TG_ENUM_CUSTODY_STATUS,
    TG_ENUM_LINK_RELATION,
    TG_ENUM_ANSWER_OUTCOME,
    TG_ENUM_SIGHTING_OUTCOME,
    TG_ENUM_SAMENESS_VERDICT,
    TG_ENUM_DISPUTE_GROUND,
    TG_ENUM_DISPUTE_RAISER,
    TG_ENUM_DISPUTE_DECISION,
    TG_ENUM_ACKNOWLEDGEMENT_STATE,
    TG_ENUMS,
};
/* Lower case with underscores, as in JSON: "hostage_taking"; NULL when the value is unknown here. Static. */
const char *tg_enum_name(enum tg_rec_enum which, int value);
/* Case does not matter; '-', '+' and ' ' are as good as '_'. TG_EVALUE with the nearest name in the message. */
tg_err tg_enum_parse(enum tg_rec_enum which, struct tg_view text, int *ret_value, struct tg_errmsg *em);
/* i-th name and value, from 0, without the "not stated" one; false at the end. */
bool tg_enum_at(enum tg_rec_enum which, size_t i, const char **ret_name, int *ret_value);

/* "FLASH alert: riot at Central Prison", "person: Karim Valiev (b. 1984) TJ, wanted". Appended to out; text
 * of peers is in it unescaped. An exercise or test says so first. */
tg_err tg_record_summary(const struct tg_record *rec, struct tg_buf *out);

/* Everything the record says, line by line, for `show`. depth from 0; label as "observed from"; value may be
 * empty (a heading) and is not escaped. Unknown parts come as lines too. Stops at the callback's first
 * failure and returns it. */
typedef tg_err tg_record_line(void *ctx, unsigned depth, const char *label, struct tg_view value);
tg_err tg_record_lines(const struct tg_record *rec, tg_record_line *line, void *ctx);

/* What an index needs of a record. */
enum tg_facet_subject {
    TG_FACET_PERSON = 1,
    TG_FACET_CELL,
    TG_FACET_FACILITY,
    TG_FACET_PLACE,
    TG_FACET_THING, /* never of a name: a thing's name is a text */
};
struct tg_facet_name {
    struct tg_view text;
    enum tg_facet_subject subject;
    enum tg_rec_name_kind kind;
};
struct tg_facet_birth {
    struct tg_date from; /* to = from unless a range */
    struct tg_date to;
    bool approximate;
};
struct tg_facet_selector {
    enum tg_selector_type type;
    struct tg_view normal; /* never empty here */
    struct tg_view written;
};
struct tg_facet_ref {
    const struct tg_hash *id;
    enum tg_rec_reference_role role;
};
struct tg_facet_text {
    struct tg_view text;
};
struct tg_facets {
    const struct tg_facet_name *names;
    size_t names_count;
    const struct tg_facet_birth *births;
    size_t births_count;
    const struct tg_facet_selector *selectors; /* distinct by (type, normal form) */
    size_t selectors_count;
    const struct tg_facet_text *texts; /* titles, free text, notes */
    size_t texts_count;
    const char *const
        *countries; /* distinct ISO codes of whom the names name: nationalities, places, issuers */
    size_t countries_count;
    const struct tg_facet_ref *refs; /* Head.refers and every other record id in the body */
    size_t refs_count;
    const struct tg_hash *supersedes; /* NULL: none */
    const struct tg_hash *target;     /* of a withdrawal; NULL: none */
    const char *list;                 /* "" : none */
    const char *external_id;
    enum tg_rec_sex sex;
    enum tg_rec_precedence precedence; /* routine unless an alert says more */
    enum tg_rec_tlp tlp;
    int64_t reported_ms;
    int64_t
        from_ms; /* of what it tells: first and last instant that its dates can mean; 0 both: not stated */
    int64_t to_ms;
    int64_t expiry_ms; /* last instant of the expiry day, or of a not_him's last day; 0: none */
};
/* Views point into the record; arrays into the arena. TG_ENOMEM. */
tg_err tg_record_facets(const struct tg_record *rec, struct tg_arena *arena, struct tg_facets *ret_facets);

/* Its number as a selector; false: it has no normal form, as many on lists have none. */
bool tg_document_selector(const struct tg_rec_document *document, struct tg_selector *ret_selector);
/* A document as one text that two mentions of it share: "passport TJ:A1234567". Appended; what is there when it fails is
 * of no use. TG_EVALUE when its number holds neither letter nor digit. */
tg_err tg_document_form(const struct tg_rec_document *document, struct tg_buf *out);

#endif
