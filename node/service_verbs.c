/* The table of verbs: who may call them, and with which fields.
 *
 * Knows no verb's meaning. Contract: docs/control.md "Verbs".
 */
#include "node/catch_up.h"
#include "node/service_internal.h"
#include "proto/reasons.h"

#define TEXT(name)                   \
    {                                \
        name, TG_CONTROL_TEXT, false \
    }
#define TEXTS(name)                 \
    {                               \
        name, TG_CONTROL_TEXT, true \
    }
#define DATAS(name)                 \
    {                               \
        name, TG_CONTROL_DATA, true \
    }
#define NUMBER(name)                   \
    {                                  \
        name, TG_CONTROL_NUMBER, false \
    }
#define END                          \
    {                                \
        NULL, TG_CONTROL_TEXT, false \
    }

static const struct tg_verb_field no_fields[] = {END};
static const struct tg_verb_field publish_fields[] = {
    DATAS("record"), TEXT("to"), NUMBER("precedence"), TEXT("until"), NUMBER("wait_ms"), END};
static const struct tg_verb_field ack_fields[] = {TEXTS("ref"), TEXT("state"),     TEXT("by"), TEXT("text"),
                                                  TEXT("to"),   NUMBER("wait_ms"), END};
static const struct tg_verb_field inbox_fields[] = {NUMBER("limit"), NUMBER("alerts"), END};
static const struct tg_verb_field import_begin_fields[] = {TEXT("to"),        TEXT("list"),  NUMBER("full"),
                                                           NUMBER("dry_run"), NUMBER("yes"), END};
static const struct tg_verb_field import_batch_fields[] = {DATAS("record"), END};
static const struct tg_verb_field query_fields[] = {TEXT("text"),
                                                    TEXT("name"),
                                                    TEXT("birth"),
                                                    TEXT("nationality"),
                                                    TEXT("sex"),
                                                    TEXT("type"),
                                                    TEXT("value"),
                                                    TEXT("document"),
                                                    TEXTS("kind"),
                                                    TEXT("origin"),
                                                    TEXT("facility"),
                                                    TEXT("list"),
                                                    NUMBER("from"),
                                                    NUMBER("to"),
                                                    TEXT("sort"),
                                                    NUMBER("limit"),
                                                    NUMBER("offset"),
                                                    NUMBER("all"),
                                                    END};
static const struct tg_verb_field screen_fields[] = {
    {TG_FIELD_SCREENED, TG_CONTROL_DATA, false}, TEXT("file"), NUMBER("all"), END};
static const struct tg_verb_field ref_fields[] = {TEXT("ref"), END};
static const struct tg_verb_field records_fields[] = {TEXTS("kind"),    TEXT("origin"),   TEXT("list"),
                                                      TEXT("facility"), TEXT("state"),    NUMBER("as_of"),
                                                      NUMBER("limit"),  NUMBER("offset"), END};
static const struct tg_verb_field why_fields[] = {TEXT("first"), TEXT("second"), END};
static const struct tg_verb_field withdraw_fields[] = {
    TEXT("ref"),     TEXT("reason"),        TEXT("note"),      TEXT("successor"),
    TEXT("dispute"), NUMBER("deadline_ms"), NUMBER("wait_ms"), END};
static const struct tg_verb_field dispute_fields[] = {
    TEXT("ref"),           TEXT("ground"), TEXT("raised_by"), TEXT("text"),
    NUMBER("deadline_ms"), TEXT("to"),     NUMBER("wait_ms"), END};
static const struct tg_verb_field dispute_word_fields[] = {TEXT("ref"), TEXT("text"), NUMBER("wait_ms"), END};
static const struct tg_verb_field review_list_fields[] = {NUMBER("until_day"), NUMBER("limit"), END};
static const struct tg_verb_field dispute_list_fields[] = {TEXT("which"), END};
static const struct tg_verb_field log_fields[] = {TEXT("origin"), END};
static const struct tg_verb_field log_entries_fields[] = {TEXT("origin"), NUMBER("epoch"), NUMBER("from"),
                                                          NUMBER("limit"), END};
static const struct tg_verb_field log_receipts_fields[] = {TEXT("peer"), NUMBER("overdue_ms"),
                                                           NUMBER("overdue"), NUMBER("limit"), END};
static const struct tg_verb_field log_tiles_fields[] = {
    TEXT("origin"), NUMBER("size"), {"root", TG_CONTROL_DATA, false}, END};
static const struct tg_verb_field log_forks_fields[] = {NUMBER("number"), END};
static const struct tg_verb_field notices_fields[] = {NUMBER("after"),    NUMBER("newest"), NUMBER("limit"),
                                                      NUMBER("follow"),   TEXTS("kind"),    TEXT("from"),
                                                      TEXT("precedence"), NUMBER("mine"),   END};
static const struct tg_verb_field watch_add_fields[] = {
    TEXT("label"),       TEXT("text"),       TEXT("name"),    TEXT("birth"),
    TEXT("nationality"), TEXT("sex"),        TEXT("type"),    TEXT("value"),
    TEXT("origin"),      TEXT("facility"),   TEXT("list"),    TEXTS("kind"),
    NUMBER("until"),     NUMBER("everyone"), NUMBER("limit"), END};
static const struct tg_verb_field watch_list_fields[] = {NUMBER("all"), END};
static const struct tg_verb_field watch_fields[] = {NUMBER("watch"), END};
static const struct tg_verb_field export_fields[] = {TEXT("ref"), NUMBER("contents"), NUMBER("proof"), END};
static const struct tg_verb_field courier_export_fields[] = {TEXT("peer"), NUMBER("from_start"), TEXT("file"),
                                                             END};
static const struct tg_verb_field courier_begin_fields[] = {
    {"header", TG_CONTROL_DATA, false}, TEXT("file"), END};
static const struct tg_verb_field courier_block_fields[] = {{"block", TG_CONTROL_DATA, false}, END};
static const struct tg_verb_field courier_end_fields[] = {NUMBER("cut"), END};
static const struct tg_verb_field peer_list_fields[] = {NUMBER("detail"), NUMBER("overdue_ms"), END};
static const struct tg_verb_field peer_add_fields[] = {TEXT("card"), TEXT("prologue"), TEXT("endpoint"),
                                                       TEXT("contact"), END};
static const struct tg_verb_field peer_contact_fields[] = {TEXT("peer"), TEXT("contact"), END};
static const struct tg_verb_field exposure_fields[] = {TEXT("key"), NUMBER("from"), NUMBER("at_log"),
                                                       NUMBER("at"), END};
static const struct tg_verb_field attest_fields[] = {NUMBER("from"), NUMBER("until"), END};
static const struct tg_verb_field card_install_fields[] = {TEXT("card"), TEXT("prologue"), NUMBER("revoke"),
                                                           END};
static const struct tg_verb_field recovery_fields[] = {
    {"sealed", TG_CONTROL_DATA, false}, NUMBER("at_log"), NUMBER("below"), END};
static const struct tg_verb_field peer_fields[] = {TEXT("peer"), END};
static const struct tg_verb_field peer_test_fields[] = {TEXT("peer"), NUMBER("wait_ms"), END};
static const struct tg_verb_field backup_fields[] = {TEXT("to"), NUMBER("without_keys"), END};
static const struct tg_verb_field audit_access_fields[] = {TEXT("user"),
                                                           TEXT("verb"),
                                                           TEXT("for_case"),
                                                           TEXT("record"),
                                                           NUMBER("from"),
                                                           NUMBER("until"),
                                                           NUMBER("unreasoned"),
                                                           TEXT("by"),
                                                           NUMBER("limit"),
                                                           NUMBER("refs"),
                                                           END};
static const struct tg_verb_field audit_sample_fields[] = {TEXT("user"),
                                                           TEXT("verb"),
                                                           TEXT("for_case"),
                                                           TEXT("record"),
                                                           NUMBER("from"),
                                                           NUMBER("until"),
                                                           NUMBER("unreasoned"),
                                                           NUMBER("seed"),
                                                           NUMBER("limit"),
                                                           NUMBER("refs"),
                                                           END};
static const struct tg_verb_field audit_statistics_fields[] = {NUMBER("from"), NUMBER("until"), END};

#define READER (TG_ROLE_ANALYST | TG_ROLE_OFFICER)

const struct tg_verb tg_verbs[] = {
    {"status", TG_VERB_ANY, no_fields, tg_verb_status},
    {"publish", TG_ROLE_OFFICER, publish_fields, tg_verb_publish},
    {"ack", READER, ack_fields, tg_verb_ack},
    {"inbox", READER, inbox_fields, tg_verb_inbox},
    {"import.begin", TG_ROLE_OFFICER, import_begin_fields, tg_verb_import_begin},
    {"import.batch", TG_ROLE_OFFICER, import_batch_fields, tg_verb_import_batch},
    {"import.end", TG_ROLE_OFFICER, no_fields, tg_verb_import_end},
    {"query", READER, query_fields, tg_verb_query},
    {"screen", READER, screen_fields, tg_verb_screen},
    {"show", READER | TG_ROLE_AUDITOR, ref_fields, tg_verb_show},
    {"why", READER, why_fields, tg_verb_why},
    {"records", READER, records_fields, tg_verb_records},
    {"withdraw", TG_ROLE_OFFICER, withdraw_fields, tg_verb_withdraw},
    {"dispute", TG_ROLE_OFFICER, dispute_fields, tg_verb_dispute},
    {"dispute.pass", TG_ROLE_OFFICER, dispute_word_fields, tg_verb_dispute_pass},
    {"dispute.decide", TG_ROLE_OFFICER, dispute_word_fields, tg_verb_dispute_decide},
    {"dispute.list", READER | TG_ROLE_AUDITOR, dispute_list_fields, tg_verb_dispute_list},
    {"reinstate", TG_ROLE_OFFICER | TG_ROLE_ADMIN, ref_fields, tg_verb_reinstate},
    {"reinstate.list", TG_ROLE_OFFICER | TG_ROLE_ADMIN, no_fields, tg_verb_reinstate_list},
    {"review.list", READER, review_list_fields, tg_verb_review_list},
    {"log", TG_VERB_ANY, log_fields, tg_verb_log},
    {"log.entries", TG_VERB_ANY, log_entries_fields, tg_verb_log_entries},
    {"log.receipts", TG_VERB_ANY, log_receipts_fields, tg_verb_log_receipts},
    {"log.withheld", TG_VERB_ANY, no_fields, tg_verb_log_withheld},
    {"log.tiles", TG_VERB_ANY, log_tiles_fields, tg_verb_log_tiles},
    {"log.notes", TG_VERB_ANY, log_fields, tg_verb_log_notes},
    {"log.forks", TG_VERB_ANY, log_forks_fields, tg_verb_log_forks},
    {"notices", READER, notices_fields, tg_verb_notices},
    {"watch.add", READER, watch_add_fields, tg_verb_watch_add},
    {"watch.list", READER | TG_ROLE_ADMIN, watch_list_fields, tg_verb_watch_list},
    {"watch.remove", READER | TG_ROLE_ADMIN, watch_fields, tg_verb_watch_remove},
    {"export", READER | TG_ROLE_AUDITOR, export_fields, tg_verb_export},
    {"courier.export", TG_ROLE_OFFICER | TG_ROLE_ADMIN, courier_export_fields, tg_verb_courier_export},
    {"courier.begin", TG_ROLE_OFFICER | TG_ROLE_ADMIN, courier_begin_fields, tg_verb_courier_begin},
    {"courier.block", TG_ROLE_OFFICER | TG_ROLE_ADMIN, courier_block_fields, tg_verb_courier_block},
    {"courier.end", TG_ROLE_OFFICER | TG_ROLE_ADMIN, courier_end_fields, tg_verb_courier_end},
    {"peer.list", TG_VERB_ANY, peer_list_fields, tg_verb_peer_list},
    {"peer.add", TG_ROLE_ADMIN, peer_add_fields, tg_verb_peer_add},
    {"peer.contact", TG_ROLE_ADMIN | TG_ROLE_OFFICER, peer_contact_fields, tg_verb_peer_contact},
    {"peer.remove", TG_ROLE_ADMIN, peer_fields, tg_verb_peer_remove},
    {"peer.unfreeze", TG_ROLE_ADMIN, peer_fields, tg_verb_peer_unfreeze},
    {"peer.test", TG_ROLE_ADMIN | TG_ROLE_OFFICER, peer_test_fields, tg_verb_peer_test},
    {"card", TG_VERB_ANY, no_fields, tg_verb_card},
    {"card.install", TG_ROLE_ADMIN, card_install_fields, tg_verb_card_install},
    {"exposure", TG_ROLE_AUDITOR | TG_ROLE_ADMIN, exposure_fields, tg_verb_exposure},
    {"attest", TG_ROLE_ADMIN, attest_fields, tg_verb_attest},
    {"recovery", TG_ROLE_ADMIN, recovery_fields, tg_verb_recovery},
    {"keys", TG_VERB_ANY, no_fields, tg_verb_keys},
    {"audit.access", TG_ROLE_AUDITOR | TG_ROLE_ADMIN, audit_access_fields, tg_verb_audit_access},
    {"audit.sample", TG_ROLE_AUDITOR | TG_ROLE_ADMIN, audit_sample_fields, tg_verb_audit_sample},
    {"audit.statistics", TG_ROLE_AUDITOR | TG_ROLE_ADMIN, audit_statistics_fields, tg_verb_audit_statistics},
    {"audit.redress", TG_ROLE_AUDITOR | TG_ROLE_ADMIN, ref_fields, tg_verb_audit_redress},
    {"backup", TG_ROLE_ADMIN, backup_fields, tg_verb_backup},
    {"reindex", TG_ROLE_ADMIN, no_fields, tg_verb_reindex},
    {"stop", TG_ROLE_ADMIN, no_fields, tg_verb_stop},
    {"doctor", TG_ROLE_ADMIN, no_fields, tg_verb_doctor},
};
const size_t tg_verbs_count = sizeof tg_verbs / sizeof tg_verbs[0];

static tg_err unknown_verb(const char *name, struct tg_errmsg *em)
{
    const char *names[sizeof tg_verbs / sizeof tg_verbs[0]];
    for (size_t i = 0; i < tg_verbs_count; i++) names[i] = tg_verbs[i].name;
    const char *nearest = tg_text_nearest(name, names, tg_verbs_count);
    if (nearest) return tg_fail(em, TG_EUSAGE, "no verb '%.40s'; did you mean '%s'?", name, nearest);
    return tg_fail(em, TG_EUSAGE, "no verb '%.40s' in this version of the node", name);
}

static tg_err unknown_field(const struct tg_verb *verb, const char *name, struct tg_errmsg *em)
{
    const char *names[TG_VERB_FIELDS_MAX];
    size_t count = 0;
    while (verb->fields[count].name && count < TG_VERB_FIELDS_MAX) {
        names[count] = verb->fields[count].name;
        count++;
    }
    const char *nearest = tg_text_nearest(name, names, count);
    if (nearest)
        return tg_fail(em, TG_EUSAGE, "'%s' takes no field '%.40s'; did you mean '%s'?", verb->name, name,
                       nearest);
    return tg_fail(em, TG_EUSAGE, "'%s' takes no field '%.40s'", verb->name, name);
}

static const struct tg_verb_field *field_of(const struct tg_verb *verb, const char *name)
{
    static const struct tg_verb_field of_all = TEXT(TG_FIELD_CASE);
    for (const struct tg_verb_field *field = verb->fields; field->name; field++)
        if (strcmp(field->name, name) == 0) return field;
    return strcmp(name, of_all.name) == 0 ? &of_all : NULL;
}

static tg_err fields_check(const struct tg_verb *verb, const struct tg_control_msg *msg, struct tg_errmsg *em)
{
    static const char *const types[] = {"text", "bytes", "a number"};
    for (size_t i = 0; i < msg->field_count; i++) {
        const struct tg_control_field *given = &msg->fields[i];
        const struct tg_verb_field *field = field_of(verb, given->name);
        if (!field) return unknown_field(verb, given->name, em);
        if (field->type != given->type)
            return tg_fail(em, TG_EUSAGE, "field '%s' of '%s' is %s", field->name, verb->name,
                           types[field->type]);
        if (!field->many && tg_control_each(msg, given->name, NULL) != given)
            return tg_fail(em, TG_EUSAGE, "field '%s' of '%s' stands twice", field->name, verb->name);
    }
    return TG_OK;
}

/* Of blanks alone is none. */
static bool is_given(const char *text)
{
    return tg_text_trim(tg_view_str(text)).bytes != 0;
}

static tg_err reason_check(const struct tg_service *service, const struct tg_verb *verb,
                           const struct tg_control_msg *msg, struct tg_errmsg *em)
{
    bool given = is_given(msg->reason) || is_given(tg_control_text(msg, TG_FIELD_CASE, ""));
    if (given || !tg_reason_required(service->config->control.reason_required, verb->name)) return TG_OK;
    return tg_fail(em, TG_EUSAGE,
                   "'%s' is not done here without saying why: add --reason TEXT or --case NUMBER (it is kept "
                   "in the access log)",
                   verb->name);
}

/* What is said to analysts, and not to everybody, is what records say. */
static tg_err contents_check(const struct tg_service *service, const struct tg_verb *verb,
                             struct tg_errmsg *em)
{
    bool contents = (verb->roles & TG_ROLE_ANALYST) && verb->roles != TG_VERB_ANY;
    const char *why = contents ? tg_node_answer_refused(service->node) : NULL;
    return why ? tg_fail(em, TG_EDENIED, "nothing is shown yet: %s", why) : TG_OK;
}

tg_err tg_verb_check(const struct tg_service *service, const struct tg_client *client,
                     const struct tg_control_msg *msg, const struct tg_verb **ret_verb, struct tg_errmsg *em)
{
    const struct tg_verb *verb = NULL;
    for (size_t i = 0; i < tg_verbs_count && !verb; i++)
        if (strcmp(tg_verbs[i].name, msg->verb) == 0) verb = &tg_verbs[i];
    if (!verb) return unknown_verb(msg->verb, em);
    tg_err err = tg_role_check(service, client, verb, em);
    if (!err) err = fields_check(verb, msg, em);
    if (!err) err = contents_check(service, verb, em);
    if (!err) err = reason_check(service, verb, msg, em);
    if (!err) *ret_verb = verb;
    return err;
}
