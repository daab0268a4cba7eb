/* Tables that several commands print: partners, logs, receipts.
 *
 * Knows no verb; rows are those of docs/control.md.
 */
#include "cli/tables.h"

#define TABLE(name, row_name)                                                \
    const struct tg_table_kind tg_table_##name = {.row = (row_name),         \
                                                  .columns = name##_columns, \
                                                  .as = name##_as,           \
                                                  .count = sizeof name##_columns / sizeof *name##_columns}

static const struct tg_column peers_columns[] = {
    {"country", "", TG_COLUMN_TEXT, false},          {"name", "name", TG_COLUMN_TEXT, true},
    {"state", "link", TG_COLUMN_TEXT, false},        {"since_ms", "since", TG_COLUMN_TIME, false},
    {"lag", "behind", TG_COLUMN_NUMBER, false},      {"enrolled_us", "knows us", TG_COLUMN_TEXT, false},
    {"refused", "refused", TG_COLUMN_NUMBER, false}, {"sent", NULL, TG_COLUMN_NUMBER, false},
    {"received", NULL, TG_COLUMN_NUMBER, false},     {"endpoint", NULL, TG_COLUMN_TEXT, false},
    {"serial", NULL, TG_COLUMN_NUMBER, false},       {"node", NULL, TG_COLUMN_TEXT, false},
    {"fingerprint", NULL, TG_COLUMN_TEXT, false},    {"contact", NULL, TG_COLUMN_TEXT, false},
};
static const enum tg_cell_as peers_as[] = {
    TG_AS_TEXT,   TG_AS_NAME,   TG_AS_TEXT, TG_AS_TIME,   TG_AS_NUMBER, TG_AS_YES,  TG_AS_NUMBER,
    TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_TEXT, TG_AS_NUMBER, TG_AS_TEXT,   TG_AS_TEXT, TG_AS_TEXT};
TABLE(peers, "peer");

/* For programs; a person is shown fewer of them, in words (cli/cmd_status.c). */
static const struct tg_column partners_columns[] = {
    {"country", "", TG_COLUMN_TEXT, false},      {"name", "", TG_COLUMN_TEXT, true},
    {"node", "", TG_COLUMN_TEXT, false},         {"state", "", TG_COLUMN_TEXT, false},
    {"since_ms", "", TG_COLUMN_TIME, false},     {"heard_ms", "", TG_COLUMN_TIME, false},
    {"enrolled_us", "", TG_COLUMN_TEXT, false},  {"software", "", TG_COLUMN_TEXT, false},
    {"skew_ms", "", TG_COLUMN_NUMBER, false},    {"sent", "", TG_COLUMN_NUMBER, false},
    {"waiting", "", TG_COLUMN_NUMBER, false},    {"waiting_since_ms", "", TG_COLUMN_TIME, false},
    {"overdue", "", TG_COLUMN_NUMBER, false},    {"withdrawals_open", "", TG_COLUMN_NUMBER, false},
    {"lag", "", TG_COLUMN_NUMBER, false},        {"received", "", TG_COLUMN_NUMBER, false},
    {"missing", "", TG_COLUMN_NUMBER, false},    {"leaves_behind", "", TG_COLUMN_NUMBER, false},
    {"refused", "", TG_COLUMN_NUMBER, false},    {"refused_codes", "", TG_COLUMN_TEXT, false},
    {"we_refused", "", TG_COLUMN_NUMBER, false}, {"receipt_ms", "", TG_COLUMN_TIME, false},
    {"oddities", "", TG_COLUMN_NUMBER, false},   {"trouble", "", TG_COLUMN_TEXT, false},
    {"refused_refs", "", TG_COLUMN_TEXT, false}, {"we_not_understood", "", TG_COLUMN_NUMBER, false},
    {"seconds", "", TG_COLUMN_NUMBER, false},
};
static const enum tg_cell_as partners_as[] = {
    TG_AS_TEXT,   TG_AS_NAME,   TG_AS_TEXT,   TG_AS_TEXT,   TG_AS_TIME,   TG_AS_TIME,   TG_AS_YES,
    TG_AS_TEXT,   TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_TIME,   TG_AS_NUMBER, TG_AS_NUMBER,
    TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_TEXT,   TG_AS_NUMBER,
    TG_AS_TIME,   TG_AS_NUMBER, TG_AS_TEXT,   TG_AS_TEXT,   TG_AS_NUMBER, TG_AS_NUMBER};
TABLE(partners, "partner");

static const struct tg_column logs_columns[] = {
    {"country", "log of", TG_COLUMN_TEXT, false},    {"epoch", "epoch", TG_COLUMN_NUMBER, false},
    {"size", "entries", TG_COLUMN_NUMBER, false},    {"held", "held", TG_COLUMN_NUMBER, false},
    {"missing", "missing", TG_COLUMN_NUMBER, false}, {"early", "early", TG_COLUMN_NUMBER, false},
    {"standing", "state", TG_COLUMN_TEXT, true},     {"origin", NULL, TG_COLUMN_TEXT, false},
    {"root", NULL, TG_COLUMN_TEXT, false},           {"checkpoint", NULL, TG_COLUMN_TEXT, false},
    {"state", NULL, TG_COLUMN_TEXT, false},          {"witnesses", NULL, TG_COLUMN_NUMBER, false},
    {"cosigned", NULL, TG_COLUMN_NUMBER, false},     {"needed", NULL, TG_COLUMN_NUMBER, false},
    {"excluded", NULL, TG_COLUMN_TEXT, false},       {"not_cosigned", NULL, TG_COLUMN_TEXT, false},
    {"cosigned_ms", NULL, TG_COLUMN_TIME, false},    {"stale", NULL, TG_COLUMN_TEXT, false},
    {"forked", NULL, TG_COLUMN_TEXT, false},
};
static const enum tg_cell_as logs_as[] = {
    TG_AS_TEXT, TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_TEXT,
    TG_AS_TEXT, TG_AS_HEX,    TG_AS_TEXT,   TG_AS_TEXT,   TG_AS_NUMBER, TG_AS_NUMBER, TG_AS_NUMBER,
    TG_AS_YES,  TG_AS_TEXT,   TG_AS_TIME,   TG_AS_YES,    TG_AS_YES};
TABLE(logs, "log");

static const struct tg_column forks_columns[] = {
    {"number", "proof", TG_COLUMN_NUMBER, false},
    {"country", "log of", TG_COLUMN_TEXT, false},
    {"epoch", "epoch", TG_COLUMN_NUMBER, false},
    {"shows", "shows", TG_COLUMN_TEXT, true},
    {"first", "first", TG_COLUMN_NUMBER, false},
    {"second", "second", TG_COLUMN_NUMBER, false},
    {"at_ms", "at", TG_COLUMN_TIME, false},
    {"state", "state", TG_COLUMN_TEXT, false},
    {"shown_by_country", "by", TG_COLUMN_TEXT, false},
    {"measure", NULL, TG_COLUMN_TEXT, false},
    {"origin", NULL, TG_COLUMN_TEXT, false},
    {"shown_by", NULL, TG_COLUMN_TEXT, false},
    {"bytes", NULL, TG_COLUMN_NUMBER, false},
};
static const enum tg_cell_as forks_as[] = {TG_AS_NUMBER, TG_AS_TEXT, TG_AS_NUMBER, TG_AS_TEXT, TG_AS_NUMBER,
                                           TG_AS_NUMBER, TG_AS_TIME, TG_AS_TEXT,   TG_AS_TEXT, TG_AS_TEXT,
                                           TG_AS_TEXT,   TG_AS_TEXT, TG_AS_NUMBER};
TABLE(forks, "fork");

static const struct tg_column receipts_columns[] = {
    {"by", NULL, TG_COLUMN_TEXT, false},           {"country", "by", TG_COLUMN_TEXT, false},
    {"of", "log of", TG_COLUMN_TEXT, false},       {"size", "entries", TG_COLUMN_NUMBER, false},
    {"have", "has", TG_COLUMN_TEXT, true},         {"missing", "misses", TG_COLUMN_TEXT, false},
    {"refused", "refused", TG_COLUMN_TEXT, false}, {"withdrawn", "withdrew", TG_COLUMN_TEXT, false},
    {"at_ms", "at", TG_COLUMN_TIME, false},        {"epoch", NULL, TG_COLUMN_NUMBER, false},
};
static const enum tg_cell_as receipts_as[] = {TG_AS_TEXT, TG_AS_TEXT, TG_AS_TEXT, TG_AS_NUMBER, TG_AS_TEXT,
                                              TG_AS_TEXT, TG_AS_TEXT, TG_AS_TEXT, TG_AS_TIME,   TG_AS_NUMBER};
TABLE(receipts, "receipt");

static const struct tg_column entries_columns[] = {
    {"index", "entry", TG_COLUMN_NUMBER, false},
    {"created", "signed", TG_COLUMN_TIME, false},
    {"precedence", "precedence", TG_COLUMN_TEXT, false},
    {"records", "records", TG_COLUMN_NUMBER, false},
    {"bytes", "bytes", TG_COLUMN_NUMBER, false},
    {"state", "state", TG_COLUMN_TEXT, false},
    {"why", "why", TG_COLUMN_TEXT, true},
    {"leaf", NULL, TG_COLUMN_TEXT, false},
};
static const enum tg_cell_as entries_as[] = {TG_AS_NUMBER, TG_AS_SECONDS, TG_AS_TEXT, TG_AS_NUMBER,
                                             TG_AS_NUMBER, TG_AS_TEXT,    TG_AS_TEXT, TG_AS_HEX};
TABLE(entries, "entry");

static const struct tg_column access_columns[] = {
    {"seq", "no", TG_COLUMN_NUMBER, false},       {"at_ms", "at", TG_COLUMN_TIME, false},
    {"user", "user", TG_COLUMN_TEXT, false},      {"verb", "verb", TG_COLUMN_TEXT, false},
    {"hits", "hits", TG_COLUMN_NUMBER, false},    {"detail", "what", TG_COLUMN_BELOW, false},
    {"records", "records", TG_COLUMN_TEXT, true}, {"record_count", NULL, TG_COLUMN_NUMBER, false},
    {"made", NULL, TG_COLUMN_TEXT, false},        {"case", "case", TG_COLUMN_TEXT, false},
    {"reason", "why", TG_COLUMN_BELOW, false},
};
static const enum tg_cell_as access_as[] = {TG_AS_NUMBER, TG_AS_TIME, TG_AS_TEXT, TG_AS_TEXT,
                                            TG_AS_NUMBER, TG_AS_TEXT, TG_AS_TEXT, TG_AS_NUMBER,
                                            TG_AS_YES,    TG_AS_TEXT, TG_AS_TEXT};
TABLE(access, "access");

static const struct tg_column exposed_columns[] = {
    {"ref", "entry", TG_COLUMN_TEXT, false},         {"created", "signed", TG_COLUMN_TIME, false},
    {"how", "how", TG_COLUMN_TEXT, false},           {"precedence", "precedence", TG_COLUMN_TEXT, false},
    {"records", "records", TG_COLUMN_NUMBER, false}, {"state", "now", TG_COLUMN_TEXT, true},
};
static const enum tg_cell_as exposed_as[] = {TG_AS_TEXT, TG_AS_SECONDS, TG_AS_TEXT,
                                             TG_AS_TEXT, TG_AS_NUMBER,  TG_AS_TEXT};
TABLE(exposed, "exposed");

static const struct tg_column closed_columns[] = {
    {"ref", "entry", TG_COLUMN_TEXT, false},
    {"error", "error", TG_COLUMN_TEXT, false},
    {"why", "why", TG_COLUMN_TEXT, true},
};
static const enum tg_cell_as closed_as[] = {TG_AS_TEXT, TG_AS_TEXT, TG_AS_TEXT};
TABLE(closed, "closed");

static const struct tg_column keys_columns[] = {
    {"name", "key", TG_COLUMN_TEXT, false},           {"id", "id", TG_COLUMN_TEXT, false},
    {"state", "state", TG_COLUMN_TEXT, false},        {"serial", "card", TG_COLUMN_NUMBER, false},
    {"since_ms", "since", TG_COLUMN_TIME, false},     {"range", "entries", TG_COLUMN_TEXT, false},
    {"needed_by", "needed by", TG_COLUMN_TEXT, true},
};
static const enum tg_cell_as keys_as[] = {TG_AS_TEXT, TG_AS_TEXT, TG_AS_TEXT, TG_AS_NUMBER,
                                          TG_AS_TIME, TG_AS_TEXT, TG_AS_TEXT};
TABLE(keys, "key");

static const struct tg_column checks_columns[] = {
    {"check", "check", TG_COLUMN_TEXT, false},
    {"result", "result", TG_COLUMN_TEXT, false},
    {"detail", "detail", TG_COLUMN_TEXT, true},
};
static const enum tg_cell_as checks_as[] = {TG_AS_TEXT, TG_AS_TEXT, TG_AS_TEXT};
TABLE(checks, "check");

static const struct tg_column notices_columns[] = {
    {"cursor", NULL, TG_COLUMN_NUMBER, false}, {"at_ms", "at", TG_COLUMN_TIME, false},
    {"kind", "kind", TG_COLUMN_TEXT, false},   {"ref", "record", TG_COLUMN_TEXT, false},
    {"other", "meets", TG_COLUMN_TEXT, false}, {"text", "text", TG_COLUMN_TEXT, true},
    {"country", NULL, TG_COLUMN_TEXT, false},  {"other_country", NULL, TG_COLUMN_TEXT, false},
    {"nature", NULL, TG_COLUMN_TEXT, false},   {"precedence", NULL, TG_COLUMN_TEXT, false},
    {"watch", NULL, TG_COLUMN_NUMBER, false},
};
static const enum tg_cell_as notices_as[] = {TG_AS_NUMBER, TG_AS_TIME, TG_AS_TEXT,  TG_AS_TEXT,
                                             TG_AS_TEXT,   TG_AS_TEXT, TG_AS_TEXT,  TG_AS_TEXT,
                                             TG_AS_TEXT,   TG_AS_TEXT, TG_AS_NUMBER};
TABLE(notices, "notice");

void tg_table_start(struct tg_table *table, struct tg_cli *cli, const struct tg_table_kind *kind)
{
    tg_table_begin(table, cli, kind->row, kind->columns, kind->count);
}

struct collecting {
    struct tg_table *table;
    const struct tg_table_kind *kind;
    size_t rows;
};

static tg_err on_answer(void *ctx, const struct tg_control_msg *msg)
{
    struct collecting *collecting = ctx;
    if (msg->kind != TG_CONTROL_ROW) return TG_OK;
    /* Verbs with rows of one sort alone need not name it. */
    if (tg_control_has(msg, "row") && !tg_row_is(msg, collecting->kind->row)) return TG_OK;
    tg_table_fields(collecting->table, msg, collecting->kind->as);
    collecting->rows++;
    return collecting->table->err;
}

tg_err tg_table_call(struct tg_cli *cli, struct tg_request *request, const struct tg_table_kind *kind,
                     struct tg_arena *arena, struct tg_control_msg *ret_done, size_t *ret_rows,
                     struct tg_errmsg *em)
{
    TG_AUTO(tg_table) struct tg_table table;
    tg_table_start(&table, cli, kind);
    struct collecting collecting = {.table = &table, .kind = kind};
    tg_err err = tg_session_call(cli, request, on_answer, &collecting, arena, ret_done, em);
    if (!err) err = tg_table_end(&table);
    if (ret_rows) *ret_rows = collecting.rows;
    return err;
}
