/* Records as JSON: what `show --format json` prints and `add` reads.
 *
 * Must not know: where the text comes from. Described in docs/records.md.
 */
#ifndef TG_PROTO_JSON_H
#define TG_PROTO_JSON_H

#include "proto/record.h"

/* One record from JSON text, as bytes ready to be sealed; it decodes with tg_record_decode.
 *
 * text       one JSON object, at most TG_JSON_BYTES_MAX: {"v":1,"kind":"person","head":{…},"person":{…}}.
 *            The keys id, digest, newer, summary, normal and refusal that tg_record_to_json adds are passed over.
 * ret_bytes  lives in the arena; untouched on failure
 *
 * Unknown keys and names are refused with the nearest known one; selectors must have a normal form.
 * Errors: TG_EFORMAT no JSON (line and column), TG_EVALUE, TG_ELIMIT, TG_ENOMEM; the message begins with the
 * path: "person.births[0].date: …".
 */
tg_err tg_record_from_json(struct tg_view text, struct tg_arena *arena, struct tg_view *ret_bytes,
                           struct tg_errmsg *em);

/* One line of JSON (no newline at the end) appended to out; keys in the order of the schema. Unknown parts are
 * shown under "unknown" with field number and hexadecimal value. out is unchanged on failure. */
tg_err tg_record_to_json(const struct tg_record *rec, struct tg_buf *out);

/* A JSON string with its quotes, every character below 0x20 and DEL escaped; invalid UTF-8 becomes U+FFFD. */
tg_err tg_json_put_text(struct tg_buf *out, struct tg_view text);

#endif
