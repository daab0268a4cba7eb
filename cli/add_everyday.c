/* Options of 'add contact', 'add custody', 'add link': who spoke with whom, who is held where, what binds two.
 *
 * The command itself is cli/cmd_add.c; fields: cli/fields.c and cli/about.c.
 */
#include "cli/command.h"
#include "cli/option_rows.h"

const struct tg_option tg_add_contact_options[] = {
    TG_ROW_ONE_OF("kind", TG_ENUM_CONTACT_KIND, "call, message, meeting, transfer, visit ... (needed)"),
    TG_ROW_MANY("initiator", "TYPE=VALUE", "who called, wrote, paid: phone=...; may repeat"),
    TG_ROW_MANY("receiver", "TYPE=VALUE", "who was called, written to, paid; may repeat"),
    TG_ROW_MANY("person", "REF|NAME", "who took part; may repeat"),
    TG_ROW_DATE("from", "first day"),
    TG_ROW_DATE("until", "last day"),
    TG_ROW_TIME("at", "or the hour"),
    TG_ROW_COUNT("times", "how often"),
    TG_ROW_TEXT("facility", "NAME", "where"),
    TG_ROW_TEXT("to", "WHO", "KG,UZ or all or none; else the node's default"),
    TG_OPTION_END,
};
const struct tg_option tg_add_contact_more_options[] = {
    TG_ROW_TEXT("facility-country", "CC", "country of the facility"),
    TG_ROW_TEXT("place", "TEXT", "or another place"),
    TG_ROW_TEXT("text", "TEXT", "anything else"),
    TG_ROW_WAIT,
    TG_ROWS_BRIEF_HEAD,
    TG_OPTION_END,
};
const struct tg_option tg_add_custody_options[] = {
    TG_ROW_TEXT("person", "REF|NAME", "who (needed)"),
    TG_ROW_TEXT("facility", "NAME", "where (needed)"),
    TG_ROW_ONE_OF("status", TG_ENUM_CUSTODY_STATUS, "held, transferred, released, escaped ... (needed)"),
    TG_ROW_DATE("from", "since when"),
    TG_ROW_DATE("until", "until when"),
    TG_ROW_DATE("expected-release", "when release is expected"),
    TG_ROW_TEXT("section", "TEXT", "block, wing or cell"),
    TG_ROW_TEXT("sentence", "TEXT", "as pronounced"),
    TG_ROW_TEXT("text", "TEXT", "anything else"),
    TG_ROW_TEXT("to", "WHO", "KG,UZ or all or none; else the node's default"),
    TG_OPTION_END,
};
const struct tg_option tg_add_custody_more_options[] = {
    TG_ROW_TEXT("facility-country", "CC", "country of the facility"),
    TG_ROW_TEXT("regime", "TEXT", "under which"),
    TG_ROW_WAIT,
    TG_ROWS_BRIEF_HEAD,
    TG_OPTION_END,
};
const struct tg_option tg_add_link_options[] = {
    TG_ROW_TEXT("subject", "REF|NAME", "who (needed)"),
    TG_ROW_ONE_OF("relation", TG_ENUM_LINK_RELATION, "member_of, leads, kin, visitor, uses ... (needed)"),
    TG_ROW_TEXT("object", "REF|NAME", "whom or what, also phone=+992... (needed)"),
    TG_ROW_TEXT("detail", "TEXT", "such as brother, lawyer"),
    TG_ROW_DATE("from", "since when"),
    TG_ROW_DATE("until", "until when"),
    TG_ROW_TEXT("text", "TEXT", "anything else"),
    TG_ROW_TEXT("to", "WHO", "KG,UZ or all or none; else the node's default"),
    TG_ROW_WAIT,
    TG_OPTION_END,
};
