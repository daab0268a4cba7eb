/* Inside of the importers: buffered input, drivers, and a builder of records.
 *
 * Internal to proto/: holds generated types.
 */
#ifndef TG_PROTO_IMPORT_IMPL_H
#define TG_PROTO_IMPORT_IMPL_H

#include "proto/import_text.h"
#include "proto/record_fields.h"

/* Bytes that were read and not yet taken. */
struct tg_import_reader {
    struct tg_import_input input;
    uint8_t *chunk; /* TG_IMPORT_CHUNK_BYTES */
    size_t at;
    size_t end;
    bool ended;
};
/* At least one byte at `at`, or ended. Never moves bytes that are not yet taken unless the chunk is full of taken ones. */
tg_err tg_import_fill(struct tg_import_reader *reader, struct tg_errmsg *em);

struct tg_import;
struct tg_import_driver {
    const char *name;
    enum tg_import_format format;
    tg_err (*open)(struct tg_import *import, struct tg_errmsg *em);
    tg_err (*next)(struct tg_import *import, struct tg_arena *arena, struct tg_import_item *item,
                   struct tg_errmsg *em);
    void (*close)(struct tg_import *import);
};
extern const struct tg_import_driver tg_import_un_xml;
extern const struct tg_import_driver tg_import_csv;
extern const struct tg_import_driver tg_import_json_lines;

struct tg_import {
    const struct tg_import_driver *driver;
    struct tg_import_text text; /* where the reader's bytes come from */
    char delimiter;             /* as told, then as found; 0: unknown, or none */
    bool delimiter_guessed;
    struct tg_import_reader reader;
    struct tg_import_profile profile;
    struct tg_arena arena;       /* lives as long as the import */
    const Tamga__V1__Head *head; /* what the profile says, copied into every record */
    void *state;                 /* the driver's */
};

/* Head of the profile; sub-messages are NULL where the profile says nothing. NULL: over the budget. */
const Tamga__V1__Head *tg_import_head(const struct tg_import_profile *profile, struct tg_arena *arena);

/* A record under construction. Remembers running out of memory; asked once, by tg_build_end. */
struct tg_build {
    struct tg_arena *arena;
    Tamga__V1__Record *record;
    bool failed;
};
/* An empty record of that kind with a copy of the import's head; sub-messages of the head are shared until
 * tg_build_own makes one the record's own. */
void tg_build_begin(struct tg_build *build, const struct tg_import *import, struct tg_arena *arena,
                    enum tg_kind kind);
tg_err tg_build_end(struct tg_build *build, struct tg_view *ret_bytes, struct tg_errmsg *em);
/* New empty message; never NULL: after a failure a shared scratch is out of the question, so NULL is returned and
 * `failed` is set. */
void *tg_build_new(struct tg_build *build, const ProtobufCMessageDescriptor *pb);
/* Append a message to a repeated field. */
void tg_build_append(struct tg_build *build, void *array_at, size_t *count, const void *message);
/* "" when it fails. */
char *tg_build_text(struct tg_build *build, struct tg_view text);
/* White space and control characters in runs become one space, trimmed; for one-line fields. */
char *tg_build_line(struct tg_build *build, struct tg_view text);
/* Line breaks kept as \n, other control characters dropped, trimmed. */
char *tg_build_block(struct tg_build *build, struct tg_view text);
/* NULL for no date. */
Tamga__V1__Date *tg_build_date(struct tg_build *build, struct tg_date date);

/* ISO 15924 code of the script that most letters are of, or "". */
const char *tg_import_script(struct tg_view text);
Tamga__V1__Name *tg_build_name(struct tg_build *build, struct tg_view text, Tamga__V1__NameKind kind);

/* The row or element is refused: fills the item, whose outcome tells; returns TG_OK. */
tg_err tg_import_refuse(struct tg_import_item *item, tg_err err, const struct tg_errmsg *em);

#endif
