/* What differs between two versions of a record, and a new version made from an old one: in the terms of JSON.
 *
 * Must not know: who may, where records come from. Field names: docs/records.md.
 */
#ifndef TG_PROTO_RECORD_CHANGE_H
#define TG_PROTO_RECORD_CHANGE_H

#include "proto/record.h"

/* One field that differs; path as "person.births", values as JSON, empty when the field is not stated. Lists count as
 * one value. When it was entered and what it replaces are no difference. */
typedef tg_err tg_record_changed(void *ctx, const char *path, struct tg_view old_json,
                                 struct tg_view new_json);
/* Stops at the callback's first failure. TG_ENOMEM. */
tg_err tg_record_diff(const struct tg_record *older, const struct tg_record *newer,
                      tg_record_changed *changed, void *ctx);

/* The record with what the patch (a JSON object) says: objects go together, lists and plain values take the place of
 * the old ones. unset: paths ("head.note") that are taken out first. The result is JSON for tg_record_from_json, without
 * id and digest; appended to out.
 * Errors: TG_EFORMAT no JSON, TG_EVALUE nothing stands at a path, TG_ENEWER the record holds what this program does not
 * know and could not keep, TG_ENOMEM. */
tg_err tg_record_patch(const struct tg_record *rec, struct tg_view patch, const char *const *unset,
                       size_t unset_count, struct tg_buf *out, struct tg_errmsg *em);

#endif
