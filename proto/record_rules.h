/* Rules that hold between fields. Internal to proto/; described in docs/records.md. */
#ifndef TG_PROTO_RECORD_RULES_H
#define TG_PROTO_RECORD_RULES_H

#include "proto/record_fields.h"

/* Within one message: ranges the right way round, something stated. TG_EVALUE. */
tg_err tg_record_rules_message(const struct tg_message_info *info, const ProtobufCMessage *msg,
                               struct tg_errmsg *em);
/* What a kind needs of its head. TG_EVALUE; the message is to be read behind "<kind>: ". */
tg_err tg_record_rules_kind(const Tamga__V1__Record *msg, struct tg_errmsg *em);
/* Authors only: every selector has a normal form; one whose value must not be kept is replaced by its masked form,
 * which lives in the arena. */
tg_err tg_record_rules_selectors(Tamga__V1__Record *msg, struct tg_arena *arena, struct tg_errmsg *em);

#endif
